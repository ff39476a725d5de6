"""Printed account totals and balances against the sums of the engine."""

from collections.abc import Mapping
from typing import Final

from perpbox import rounding
from perpbox.calculator.build import build
from perpbox.calculator.check import (
    FieldCheck,
    compare,
    given,
    inferred,
    not_checkable,
    printed_text,
)
from perpbox.calculator.desk import PaperDesk
from perpbox.calculator.document import AccountDocument, AssetTerms
from perpbox.engine.collateral import Funds, collateral_risk
from perpbox.engine.margin import AssetRisk
from perpbox.money import SCALE, Amount, Price, fixed, parse
from perpbox.wire.vintage import NEWEST

Row = Mapping[str, object]
REMARKS: Final = frozenset(("crossIM", "asset", "T", "updateTime"))
"""What a recorded row of totals carries besides its numbers."""
RESERVE: Final = "found from it: reserve {}, the gap between last price and mark"
DOLLARS: Final = "USDT"


def amount(row: Row, name: str) -> Amount:
    """A money field; 0 where it is not printed."""
    return Amount(parse(printed_text(row.get(name, "0"))))


def single_risk(row: Row, prefix: str) -> AssetRisk:
    """The engine's sums as a row of a single-asset account prints them."""
    risk = AssetRisk(
        amount(row, f"{prefix}WalletBalance"), amount(row, f"{prefix}CrossWalletBalance")
    )
    risk.unrealized = amount(row, f"{prefix}UnrealizedProfit")
    risk.cross_unrealized = amount(row, f"{prefix}CrossUnPnl")
    risk.maintenance = amount(row, f"{prefix}MaintMargin")
    risk.cross_maintenance = risk.maintenance
    risk.position_initial = amount(row, f"{prefix}PositionInitialMargin")
    risk.open_order_initial = amount(row, f"{prefix}OpenOrderInitialMargin")
    risk.initial = Amount(risk.position_initial + risk.open_order_initial)
    risk.cross_initial = amount(row, "crossIM")
    return risk


def reserve_of(risk: AssetRisk, available: Amount) -> Amount:
    """What is missing in a printed available balance."""
    return Amount(max(0, risk.available - available))


def check_single(name: str, row: Row) -> list[FieldCheck]:
    """Totals of a single-asset account.

    What of the margins is cross is a remark of the row (``crossIM``): positions are not printed.
    """
    risk = single_risk(row, "total")
    reserve = reserve_of(risk, amount(row, "availableBalance"))
    risk.adverse_gap = reserve
    computed = {
        "totalMarginBalance": fixed(risk.margin_balance),
        "totalInitialMargin": fixed(risk.initial),
        "availableBalance": fixed(risk.available),
        "maxWithdrawAmount": fixed(risk.max_withdraw),
    }
    return [_single_verdict(name, row, field, computed, reserve) for field in _fields(row)]


def _fields(row: Row) -> list[str]:
    return [field for field in row if field not in REMARKS]


def _single_verdict(
    name: str, row: Row, field: str, computed: Mapping[str, str], reserve: Amount
) -> FieldCheck:
    printed = printed_text(row[field])
    if field not in computed:
        return given(name, field, printed, fixed(parse(printed)))
    if field == "availableBalance" and reserve:
        return inferred(name, field, printed, RESERVE.format(fixed(reserve)))
    return compare(name, field, printed, computed[field])


def check_balance(name: str, row: Row) -> list[FieldCheck]:
    """A balance row of a single-asset account; its margins are not printed."""
    risk = AssetRisk(amount(row, "balance"), amount(row, "crossWalletBalance"))
    risk.cross_unrealized = amount(row, "crossUnPnl")
    risk.adverse_gap = reserve_of(risk, amount(row, "availableBalance"))
    found = []
    for field in _fields(row):
        printed = printed_text(row[field])
        if field == "availableBalance":
            found.append(not_checkable(name, field, printed, "margins are not printed"))
        elif field == "maxWithdrawAmount":
            note = "from the printed available balance"
            found.append(compare(name, field, printed, fixed(risk.max_withdraw), note))
        else:
            found.append(given(name, field, printed, fixed(parse(printed))))
    return found


def dollar_desk(wallets: Mapping[str, Amount], assets: Mapping[str, AssetTerms]) -> PaperDesk:
    """A multi-assets account with these wallets and rates."""
    return build(
        AccountDocument(
            api_date=NEWEST,
            multi_assets=True,
            wallets=dict(wallets),
            symbols={},
            assets=dict(assets),
        )
    )


def check_balance_multi(name: str, row: Row) -> list[FieldCheck]:
    """A balance row of a multi-assets account: what of it may be withdrawn.

    Other wallets and rates are not printed, so the rest of the dollar sum is put beside it.
    """
    asset = str(row["asset"])
    wallet, available = amount(row, "crossWalletBalance"), amount(row, "availableBalance")
    par = AssetTerms(bid_rate=Price(SCALE), ask_rate=Price(SCALE))
    rest = Amount(available - wallet)
    desk = dollar_desk({asset: wallet, "": rest}, {asset: par, "": par})
    funds = Funds(desk.state, desk.account, [asset, ""])
    found = []
    for field in _fields(row):
        printed = printed_text(row[field])
        if field == "availableBalance":
            why = "the dollar sum and the rate of the day are not printed"
            found.append(not_checkable(name, field, printed, why))
        elif field == "maxWithdrawAmount":
            note = "from the printed available balance"
            found.append(compare(name, field, printed, fixed(funds.max_withdraw(asset)), note))
        else:
            found.append(given(name, field, printed, fixed(parse(printed))))
    return found


MULTI_FIELDS: Final = (
    ("totalWalletBalance", "a_walletBalance", "wallet"),
    ("totalUnrealizedProfit", "a_unrealizedProfit", "unrealized"),
    ("totalMaintMargin", "a_maintMargin", "maintenance"),
    ("totalInitialMargin", "a_initialMargin", "initial"),
    ("totalPositionInitialMargin", "a_positionInitialMargin", "position_initial"),
    ("totalOpenOrderInitialMargin", "a_openOrderInitialMargin", "open_order_initial"),
)
"""Total in dollars, the same of the one asset, and the engine's name for it."""


def rates_between(total: Amount, part: Amount) -> range:
    """Rates (scale 1e-8) at which ``part`` converts to ``total``; both above 0."""
    first = -(-total * SCALE // part)
    return range(first, ((total + 1) * SCALE - 1) // part + 1)


def check_multi(name: str, row: Row) -> list[FieldCheck]:
    """Totals of a multi-assets account with one asset in use; its two rates are found first."""
    bids = rates_between(amount(row, "totalWalletBalance"), amount(row, "a_walletBalance"))
    asks = rates_between(amount(row, "totalInitialMargin"), amount(row, "a_initialMargin"))
    if not bids or not asks:
        return [not_checkable(name, field, str(row[field]), "no rate") for field in _fields(row)]
    terms = AssetTerms(bid_rate=Price(bids[0]), ask_rate=Price(asks[0]))
    wallet = amount(row, "a_walletBalance")
    desk = dollar_desk({DOLLARS: wallet}, {DOLLARS: terms})
    risk = AssetRisk(wallet, wallet)
    for _, field, attribute in MULTI_FIELDS[1:]:
        setattr(risk, attribute, amount(row, field))
    risk.cross_unrealized, risk.cross_initial = risk.unrealized, risk.initial
    total = collateral_risk(desk.state, {DOLLARS: risk})
    reserve = total.adverse_gap = reserve_of(total, amount(row, "availableBalance"))
    computed = {field: fixed(getattr(total, attribute)) for field, _, attribute in MULTI_FIELDS}
    computed["totalMarginBalance"] = fixed(total.margin_balance)
    computed["a_marginBalance"] = fixed(risk.margin_balance)
    per_asset = rounding.from_dollars(amount(row, "availableBalance"), terms.ask_rate)
    computed["a_availableBalance"] = fixed(per_asset)
    used_up = {
        "totalWalletBalance": f"found from it: bid rate {fixed(terms.bid_rate)}",
        "totalInitialMargin": f"found from it: ask rate {fixed(terms.ask_rate)}",
        "availableBalance": RESERVE.format(fixed(reserve)),
    }
    found = []
    for field in _fields(row):
        printed = printed_text(row[field])
        shown = field.removeprefix("a_")
        if field in used_up:
            found.append(inferred(name, shown, printed, used_up[field]))
        elif field in computed:
            found.append(compare(name, shown, printed, computed[field], "multi-assets, in dollars"))
        else:
            found.append(given(name, shown, printed, fixed(parse(printed))))
    return found
