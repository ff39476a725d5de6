"""How the numbers of one leg came about: everything but its liquidation price."""

from typing import Final

from perpbox import rounding
from perpbox.engine.margin import netted_notional
from perpbox.engine.position import Holding, Leg
from perpbox.engine.symbol import Bracket, Instrument
from perpbox.engine.types import PositionSide
from perpbox.money import SCALE, Amount, fixed, plain
from perpbox.views.explained import (
    AWAY_FROM_ZERO,
    TOWARD_ZERO,
    BracketChoice,
    Explanation,
    Rounding,
    Step,
    Term,
    entry_exact_text,
    explanation,
    nothing,
    quantity_text,
    rounded,
    step,
)
from perpbox.views.positions import PositionRow

RATIO: Final = rounded(rounding.ratio_e8, TOWARD_ZERO)
NOTIONAL: Final = rounded(rounding.notional, TOWARD_ZERO)
PROFIT: Final = rounded(rounding.unrealized_profit, TOWARD_ZERO)
ENTRY_CUT: Final = rounded(rounding.entry_cut, TOWARD_ZERO)
MARGIN_RATE: Final = rounded(rounding.margin_rate, AWAY_FROM_ZERO)
MAINTENANCE: Final = rounded(rounding.maintenance_margin, TOWARD_ZERO)
INITIAL_UP: Final = rounded(rounding.initial_margin, AWAY_FROM_ZERO)
INITIAL_CUT: Final = rounded(rounding.initial_margin, TOWARD_ZERO)

_NETTING: Final = {
    PositionSide.BOTH: "max(abs(notional + bidNotional), abs(notional - askNotional))",
    PositionSide.LONG: "notional + bidNotional",
    PositionSide.SHORT: "askNotional - notional",
}


def where(holding: Holding, leg: Leg) -> str:
    """A leg in words: ``BTCUSDT``, ``BTCUSDT LONG``."""
    symbol = holding.instrument.symbol
    return symbol if leg.side is PositionSide.BOTH else f"{symbol} {leg.side.name}"


def base_unit(instrument: Instrument) -> str:
    """What a quantity counts."""
    pair = instrument.symbol.partition("_")[0]
    base = pair.removesuffix(instrument.margin_asset)
    return base if base and base != pair else "contracts"


def quantity_term(holding: Holding, leg: Leg, suffix: str = "") -> Term:
    """The signed size of a leg."""
    instrument = holding.instrument
    text = quantity_text(leg.quantity, instrument.quantity_precision)
    source = f"position of {where(holding, leg)}"
    return Term(f"quantity{suffix}", text, base_unit(instrument), source)


def entry_step(holding: Holding, leg: Leg, suffix: str = "") -> Step:
    """The entry price as the engine prices with it."""
    asset = holding.instrument.margin_asset
    kept = Term(
        f"entryPrice{suffix}",
        entry_exact_text(leg.entry_e20),
        asset,
        f"entry price of {where(holding, leg)}, as it is kept",
    )
    name = f"pricingEntry{suffix}"
    return step(name, kept.name, [kept], fixed(leg.entry8), asset, ENTRY_CUT)


def bracket_choice(place: str, bracket: Bracket, value: Amount) -> BracketChoice:
    """A bracket with the reason: ``floor < notional <= cap``."""
    floor, cap, shown = plain(bracket.notional_floor), plain(bracket.notional_cap), fixed(value)
    if value > bracket.notional_cap:
        why = f"{shown} is above every cap: the last bracket"
    elif value <= bracket.notional_floor:
        why = f"{shown} <= {cap}, the first cap that holds it"
    else:
        why = f"{floor} < {shown} <= {cap}"
    return BracketChoice(
        place,
        bracket.bracket,
        floor,
        cap,
        plain(bracket.maint_margin_rate),
        plain(bracket.cum),
        shown,
        why,
    )


def bracket_terms(holding: Holding, bracket: Bracket, suffix: str = "") -> tuple[Term, Term]:
    """Rate and cum of a bracket."""
    instrument = holding.instrument
    rate, cum = plain(bracket.maint_margin_rate), plain(bracket.cum)
    source = f"bracket {bracket.bracket} of {instrument.symbol}: {rate}, cum {cum}"
    if holding.notional_coefficient != SCALE:
        source += f" (scaled by the account's {plain(holding.notional_coefficient)})"
    return (
        Term(f"maintMarginRate{suffix}", rate, "rate", source),
        Term(f"cum{suffix}", cum, instrument.margin_asset, source),
    )


class LegExplainer:
    """Explains the numbers of one row."""

    def __init__(self, row: PositionRow, initial_rounds_up: bool) -> None:
        self.row = row
        self.initial_rounding: Rounding = INITIAL_UP if initial_rounds_up else INITIAL_CUT
        self.asset = row.holding.instrument.margin_asset
        self.where = where(row.holding, row.leg)

    def explanations(self) -> list[Explanation]:
        """Every number of the row but break-even and liquidation price."""
        return [
            explanation("notional", [self.notional()]),
            explanation("unRealizedProfit", self.profit()),
            self._isolated_margin(),
            explanation("initialMargin", self.initial()),
            explanation("positionInitialMargin", self.position_initial()),
            explanation("openOrderInitialMargin", self.open_order_initial()),
            self.maintenance(),
            *self._isolated_ratio(),
        ]

    def notional(self) -> Step:
        """Signed value at mark."""
        terms = [quantity_term(self.row.holding, self.row.leg), self._mark()]
        value = fixed(self.row.risk.notional)
        return step("notional", "quantity * markPrice", terms, value, self.asset, NOTIONAL)

    def profit(self) -> list[Step]:
        """Unrealized profit."""
        leg, holding = self.row.leg, self.row.holding
        entry = entry_step(holding, leg)
        return [
            entry,
            step(
                "unRealizedProfit",
                "quantity * (markPrice - pricingEntry)",
                [quantity_term(holding, leg), self._mark(), entry.term()],
                fixed(self.row.risk.unrealized),
                self.asset,
                PROFIT,
            ),
        ]

    def initial(self) -> list[Step]:
        """Initial margin, orders netted."""
        leg, risk = self.row.leg, self.row.risk
        if not leg.bid_notional and not leg.ask_notional:
            return self.position_initial("initialMargin")
        rate, notional = self._rate(), self.notional()
        bid, ask = leg.bid_notional, leg.ask_notional
        netted = netted_notional(leg, risk.notional, bid, ask)
        orders = f"open orders of {self.where} that may add:"
        formula = _NETTING[leg.side]
        terms = [
            notional.term(),
            Term("bidNotional", fixed(bid), self.asset, f"{orders} what is left of buys"),
            Term("askNotional", fixed(ask), self.asset, f"{orders} what is left of sells"),
        ]
        used = [term for term in terms if term.name in formula]
        reached = step("orderNotional", formula, used, fixed(netted), self.asset)
        return [
            rate,
            notional,
            reached,
            step(
                "initialMargin",
                "orderNotional * marginRate",
                [reached.term(), rate.term()],
                fixed(risk.initial),
                self.asset,
                self.initial_rounding,
            ),
        ]

    def open_order_initial(self) -> list[Step]:
        """What open orders add to the initial margin."""
        risk = self.row.risk
        initial, position = self.initial(), self.position_initial()
        known = {each.name for each in initial}
        return [
            *initial,
            *(each for each in position if each.name not in known),
            step(
                "openOrderInitialMargin",
                "initialMargin - positionInitialMargin",
                [initial[-1].term(), position[-1].term()],
                fixed(risk.open_order_initial),
                self.asset,
            ),
        ]

    def maintenance(self) -> Explanation:
        """Maintenance margin with its bracket."""
        row, holding = self.row, self.row.holding
        if not row.risk.notional:
            steps = [nothing("maintMargin", fixed(row.risk.maintenance), self.asset)]
            return explanation("maintMargin", steps, note=f"{self.where} has no notional")
        magnitude = Amount(abs(row.risk.notional))
        bracket = row.risk.bracket
        notional = self.notional()
        last = step(
            "maintMargin",
            "abs(notional) * maintMarginRate - cum",
            [notional.term(), *bracket_terms(holding, bracket)],
            fixed(row.risk.maintenance),
            self.asset,
            MAINTENANCE,
        )
        choice = bracket_choice(self.where, bracket, magnitude)
        return explanation("maintMargin", [notional, last], [choice])

    def _isolated_margin(self) -> Explanation:
        row, field = self.row, "isolatedMargin"
        value = fixed(row.isolated_margin)
        if not row.leg.quantity:
            return explanation(
                field, [nothing(field, value, self.asset)], note=f"{self.where} is flat"
            )
        if not row.holding.is_isolated:
            note = f"{self.where} is cross: it has no margin of its own"
            return explanation(field, [nothing(field, value, self.asset)], note=note)
        profit = self.profit()
        terms = [isolated_wallet_term(row), profit[-1].term()]
        formula = "isolatedWallet + unRealizedProfit"
        return explanation(field, [*profit, step(field, formula, terms, value, self.asset)])

    def _isolated_ratio(self) -> list[Explanation]:
        """Margin ratio of an isolated position; a cross one shares that of its pool."""
        row = self.row
        if not row.holding.is_isolated or not row.leg.quantity or row.isolated_margin <= 0:
            return []
        margin, need = self._isolated_margin().steps, self.maintenance().steps
        ratio = rounding.ratio_e8(row.risk.maintenance, row.isolated_margin)
        terms = [need[-1].term(), margin[-1].term()]
        formula = "maintMargin / isolatedMargin"
        last = step("marginRatio", formula, terms, fixed(ratio), "rate", RATIO)
        note = "at 1 the position is liquidated"
        return [explanation("marginRatio", [*margin, *need, last], note=note)]

    def position_initial(self, name: str = "positionInitialMargin") -> list[Step]:
        """Initial margin of the position alone."""
        rate, notional = self._rate(), self.notional()
        return [
            rate,
            notional,
            step(
                name,
                "abs(notional) * marginRate",
                [notional.term(), rate.term()],
                fixed(self.row.risk.position_initial),
                self.asset,
                self.initial_rounding,
            ),
        ]

    def _rate(self) -> Step:
        holding = self.row.holding
        leverage = Term(
            "leverage", str(holding.leverage), "x", f"leverage of {holding.instrument.symbol}"
        )
        return step(
            "marginRate", "1 / leverage", [leverage], fixed(holding.rate), "rate", MARGIN_RATE
        )

    def _mark(self) -> Term:
        symbol = self.row.holding.instrument.symbol
        return Term("markPrice", fixed(self.row.market.mark), self.asset, f"mark price of {symbol}")


def isolated_wallet_term(row: PositionRow, suffix: str = "") -> Term:
    """What is set aside for an isolated leg."""
    return Term(
        f"isolatedWallet{suffix}",
        fixed(row.leg.isolated_wallet),
        row.holding.instrument.margin_asset,
        f"isolated wallet of {where(row.holding, row.leg)} (part of the wallet balance)",
    )
