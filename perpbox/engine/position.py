"""What an account holds in one symbol: settings, legs and the notional of its open orders."""

from perpbox.engine.symbol import Instrument, max_notional, scaled_brackets
from perpbox.engine.types import BOTH, LONG, SHORT, PositionSide
from perpbox.money import SCALE, Amount, Price, Qty, Rate
from perpbox.rounding import margin_rate


class Leg:
    """One position: BOTH in one-way mode, LONG or SHORT in hedge mode.

    ``cost`` is the signed quote value of what is held, at 8 places; ``entry_e20`` is the
    entry price at 20 decimals, changed only by a fill that adds; ``entry8`` is that price
    cut to 8 decimals, the one the engine prices with. ``fees_paid`` and ``realized`` count
    from the last time the leg was flat, ``lifetime_realized`` from the account's beginning.
    """

    __slots__ = (
        "adl",
        "ask_notional",
        "bid_notional",
        "cost",
        "entry8",
        "entry_e20",
        "fees_paid",
        "isolated_wallet",
        "lifetime_realized",
        "quantity",
        "realized",
        "side",
        "updated_ms",
        "version",
    )

    def __init__(self, side: PositionSide) -> None:
        self.side = side
        self.quantity = Qty(0)
        self.cost = Amount(0)
        self.entry_e20 = 0
        self.entry8 = Price(0)
        self.isolated_wallet = Amount(0)
        self.fees_paid = Amount(0)
        self.realized = Amount(0)
        self.lifetime_realized = Amount(0)
        self.bid_notional = Amount(0)
        self.ask_notional = Amount(0)
        self.updated_ms = 0
        self.adl = 0
        """Deleveraging quantile, 0 (last) to 4 (first)."""
        self.version = 0
        """Counts every change, so that rendered rows can be kept until it moves."""


class Holding:
    """An account's settings and legs in one symbol."""

    __slots__ = (
        "both",
        "brackets",
        "instrument",
        "is_auto_add",
        "is_isolated",
        "leverage",
        "long",
        "max_notional",
        "notional_coefficient",
        "open_orders",
        "rate",
        "reducing_orders",
        "short",
        "version",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.notional_coefficient = Rate(SCALE)
        self.brackets = instrument.brackets
        self.leverage = min(instrument.default_leverage, self.brackets[0].initial_leverage)
        self.rate: Rate = margin_rate(self.leverage)
        self.max_notional = max_notional(self.brackets, self.leverage)
        self.is_isolated = False
        self.is_auto_add = False
        self.both = Leg(BOTH)
        self.long = Leg(LONG)
        self.short = Leg(SHORT)
        self.open_orders = 0
        self.reducing_orders = 0
        self.version = 0
        """Counts every change of settings."""

    def leg(self, side: PositionSide) -> Leg:
        """The leg of that side."""
        if side is BOTH:
            return self.both
        return self.long if side is LONG else self.short

    def legs(self, hedge: bool) -> tuple[Leg, ...]:
        """The legs that exist in this position mode, in the order in which they are listed."""
        return (self.long, self.short) if hedge else (self.both,)

    def set_leverage(self, leverage: int) -> None:
        """Change leverage and the margin rate that follows from it."""
        self.leverage = leverage
        self.rate = margin_rate(leverage)
        self.max_notional = max_notional(self.brackets, leverage)
        self.version += 1

    def set_terms(self, instrument: Instrument, coefficient: Rate) -> None:
        """Take the brackets of a contract, scaled for this account; leverage stays in bounds."""
        self.instrument = instrument
        self.notional_coefficient = coefficient
        self.brackets = scaled_brackets(instrument.brackets, coefficient)
        self.set_leverage(min(self.leverage, self.brackets[0].initial_leverage))

    def set_isolated(self, isolated: bool) -> None:
        """Change the margin type; automatic margin is for isolated symbols only."""
        self.is_isolated = isolated
        self.is_auto_add = self.is_auto_add and isolated
        self.version += 1
