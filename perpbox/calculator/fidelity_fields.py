"""What ``docs/fidelity.md`` says of each field: formula, rounding, evidence, our choice."""

from typing import Final

import msgspec


class FieldLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table of fields.

    ``counted``: (field, group) of the checks that are counted here; a group of ``*`` is any.
    """

    name: str
    formula: str
    rounding: str
    evidence: str
    choice: str = ""
    counted: tuple[tuple[str, str], ...]


def one(name: str, *groups: str) -> tuple[tuple[str, str], ...]:
    """A field as counted, in these groups or in all."""
    return tuple((name, group) for group in groups) if groups else ((name, "*"),)


FIELDS: Final = (
    FieldLine(
        name="entryPrice",
        formula="adding: (held x entry + added x price) / (held + added); a close leaves it",
        rounding="13 significant digits, half up; from 2026 the quotient; printed as a double "
        "since 2021-08, five cut decimals before; from 2026 a price on the grid prints as "
        "integer x 10^-precision",
        evidence="recorded",
        choice="a close leaves the entry as it is, fills between are averaged one by one",
        counted=one("entryPrice"),
    ),
    FieldLine(
        name="breakEvenPrice",
        formula="(cost + side x (fees - realized)) / size, since flat",
        rounding="13 significant digits; from 2026 the raw double",
        evidence="recorded",
        choice="cost and fees at 8 decimals; fees in BNB count at the discounted rate",
        counted=one("breakEvenPrice"),
    ),
    FieldLine(
        name="notional",
        formula="quantity x mark, signed",
        rounding="cut at 8 decimals",
        evidence="recorded",
        counted=one("notional"),
    ),
    FieldLine(
        name="unRealizedProfit",
        formula="quantity x (mark - entry cut to 8 decimals)",
        rounding="cut toward zero at 8 decimals",
        evidence="recorded",
        counted=(*one("unRealizedProfit"), *one("unrealizedProfit")),
    ),
    FieldLine(
        name="isolatedMargin (isolated)",
        formula="isolatedWallet + unRealizedProfit as printed",
        rounding="none",
        evidence="recorded",
        counted=one("isolatedMargin", "isolated"),
    ),
    FieldLine(
        name="isolatedMargin (cross or flat)",
        formula="0",
        rounding="v2 `0.00000000`, v3 `0`",
        evidence="recorded",
        counted=one("isolatedMargin", "cross", "flat"),
    ),
    FieldLine(
        name="isolatedWallet after a fill",
        formula="+ value x rate + a taker's loss against the mark - commission",
        rounding="each cut as its own",
        evidence="recorded",
        choice="a close releases in proportion, cut",
        counted=one("isolatedWallet"),
    ),
    FieldLine(
        name="maintMargin",
        formula="notional x rate - cum of the bracket with floor < notional <= cap",
        rounding="cut at 8 decimals",
        evidence="recorded",
        counted=one("maintMargin"),
    ),
    FieldLine(
        name="positionInitialMargin",
        formula="notional x (1 / leverage rounded up at 8 decimals)",
        rounding="cut before 2025-07-01, away from zero since",
        evidence="recorded",
        choice="the day of the change (between 2025-06 and 2025-08-01)",
        counted=one("positionInitialMargin"),
    ),
    FieldLine(
        name="initialMargin",
        formula="one-way: max(|notional + bids|, |notional - asks|) x rate; "
        "hedge: only opening orders count",
        rounding="as positionInitialMargin",
        evidence="recorded",
        counted=one("initialMargin"),
    ),
    FieldLine(
        name="openOrderInitialMargin",
        formula="initialMargin - positionInitialMargin",
        rounding="none; whole amounts print without decimals",
        evidence="recorded",
        counted=one("openOrderInitialMargin"),
    ),
    FieldLine(
        name="bidNotional, askNotional",
        formula="sum of price x remaining quantity of orders that may open",
        rounding="each cut at 8 decimals",
        evidence="recorded",
        choice="conditional orders do not count before they trigger",
        counted=(*one("bidNotional"), *one("askNotional")),
    ),
    FieldLine(
        name="liquidationPrice (isolated)",
        formula="(isolatedWallet + cum - quantity x entry) / (size x rate - quantity)",
        rounding="entry cut to 8 decimals; half up at 8 decimals; 0 where it is not above 0",
        evidence="recorded",
        choice="the bracket is the one at the liquidation price itself",
        counted=one("liquidationPrice", "isolated"),
    ),
    FieldLine(
        name="liquidationPrice (cross)",
        formula="the same with cross wallet - maintenance + profit of the other cross symbols; "
        "both legs of a symbol share one",
        rounding="as isolated",
        evidence="page; recorded rows lead back to an equity of 8 decimals",
        choice="multi-assets: equity in dollars, back at the bid rate",
        counted=one("liquidationPrice", "cross"),
    ),
    FieldLine(
        name="liquidationPrice (flat)",
        formula="0",
        rounding="`0`",
        evidence="recorded",
        counted=one("liquidationPrice", "flat"),
    ),
    FieldLine(
        name="liquidationPrice (worked cases)",
        formula="as above",
        rounding="at the decimals of the case",
        evidence="page",
        counted=one("liquidationPrice", "worked case"),
    ),
    FieldLine(
        name="maxNotionalValue, maxNotional",
        formula="largest cap among the brackets that allow the leverage",
        rounding="whole; at leverage 1 a double since 2023",
        evidence="recorded",
        counted=(*one("maxNotionalValue"), *one("maxNotional")),
    ),
    FieldLine(
        name="bracket cum",
        formula="cum before + floor x (rate - rate before)",
        rounding="none",
        evidence="recorded",
        counted=one("cum"),
    ),
    FieldLine(
        name="commission",
        formula="price x quantity x fee rate",
        rounding="cut at 8 decimals",
        evidence="recorded",
        counted=one("commission"),
    ),
    FieldLine(
        name="realized profit",
        formula="proceeds less the part of the cost that is closed",
        rounding="the part rounded down, signed; the remainder stays",
        evidence="recorded",
        counted=one("realizedProfit"),
    ),
    FieldLine(
        name="cumQuote, avgPrice",
        formula="sum of price x quantity; over the executed quantity",
        rounding="cut at 8 decimals",
        evidence="recorded",
        counted=(*one("cumQuote"), *one("avgPrice")),
    ),
    FieldLine(
        name="walletBalance",
        formula="transfers + realized + funding - commission",
        rounding="none",
        evidence="recorded",
        choice="funding payments are cut toward zero",
        counted=(*one("walletBalance"), *one("fundingPayment")),
    ),
    FieldLine(
        name="crossWalletBalance",
        formula="walletBalance - isolated wallets",
        rounding="none",
        evidence="recorded",
        counted=one("crossWalletBalance"),
    ),
    FieldLine(
        name="marginBalance, totalMarginBalance",
        formula="walletBalance + unrealizedProfit",
        rounding="none",
        evidence="recorded",
        counted=(*one("marginBalance"), *one("totalMarginBalance")),
    ),
    FieldLine(
        name="totals of margins",
        formula="sums over the positions; multi-assets: each asset at its ask rate, "
        "open orders as the difference of the two sums",
        rounding="conversions cut at 8 decimals",
        evidence="recorded",
        counted=(
            *one("totalInitialMargin"),
            *one("totalMaintMargin"),
            *one("totalPositionInitialMargin"),
            *one("totalOpenOrderInitialMargin"),
        ),
    ),
    FieldLine(
        name="totalWalletBalance, totalUnrealizedProfit",
        formula="single-asset: those of USDT; multi-assets: each asset at its bid rate",
        rounding="conversions cut at 8 decimals",
        evidence="page; recorded in one row",
        choice="what is owed counts at the ask rate",
        counted=(*one("totalWalletBalance"), *one("totalUnrealizedProfit")),
    ),
    FieldLine(
        name="availableBalance",
        formula="max(0, cross wallet + cross profit - cross initial margin - margin of isolated "
        "orders - reserve); multi-assets: in dollars, each asset's at its ask rate",
        rounding="conversions cut at 8 decimals",
        evidence="recorded",
        choice="reserve: what the last price is worse than the mark for cross positions",
        counted=one("availableBalance"),
    ),
    FieldLine(
        name="maxWithdrawAmount",
        formula="max(0, min(cross wallet - margin of isolated orders - cross maintenance, "
        "availableBalance)); multi-assets: min(own wallet, availableBalance)",
        rounding="none",
        evidence="page; recorded",
        choice="carries the reserve",
        counted=one("maxWithdrawAmount"),
    ),
)
"""In the order of the page."""

PORTFOLIO: Final = "a row of the Portfolio Margin interface, which spells it in its own way"
NOISE: Final = "looks like binary noise; exact decimals fit more rows than any tried double"
DIGITS: Final = "the last of 13 digits; many unprinted fills, each average rounded, may explain it"
CLOSED: Final = "a part was closed before; no cost and fees of 8 decimals give these digits"
VET: Final = "in 2021 this contract priced with the entry cut to its 6 price decimals"
REASONS: Final[dict[tuple[str, str], str]] = {
    ("a2_btc_grid", "entryPrice"): DIGITS,
    ("r2_btc_009_cross", "entryPrice"): DIGITS,
    ("r2_scr_iso", "entryPrice"): DIGITS,
    ("r2_sand_iso", "entryPrice"): DIGITS,
    ("a2_ape_10x", "notional"): "re-typed by the one who published it; the number is right",
    ("a2_btc_10x_048", "initialMargin"): NOISE,
    ("a2_btc_10x_048", "positionInitialMargin"): NOISE,
    ("r3_bard_3", "initialMargin"): NOISE,
    ("r3_bard_3", "positionInitialMargin"): NOISE,
    ("o_aapl_close", "commission"): NOISE,
    ("o_aapl_close", "walletBalance"): "follows from the commission of the same row",
    ("a2_btc_10x_048", "breakEvenPrice"): CLOSED,
    ("r2_doge_iso", "breakEvenPrice"): CLOSED,
    ("r3_docs_comp", "breakEvenPrice"): "a documented row: its fee is not cut at 8 decimals",
    ("o_pm_doge", "breakEvenPrice"): PORTFOLIO,
    ("o_pm_doge", "maxNotionalValue"): PORTFOLIO,
    ("pm_btc_long", "markPrice"): PORTFOLIO,
    ("pm_btc_long", "maxNotionalValue"): PORTFOLIO,
    ("r1_btc_2020", "unRealizedProfit"): "in 2020 it was rounded half up",
    ("r2_vet_iso", "unRealizedProfit"): VET,
    ("r2_vet_iso", "liquidationPrice"): VET,
    ("o_bal_2718", "maxWithdrawAmount"): "in 2022 the reserve was not taken from this amount",
}
"""Why a recorded field is missed, by (row, field): every miss has its reason."""
