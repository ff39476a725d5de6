"""How user events print numbers, and which keys they carry, by the box's API date.

Events of one kind changed their texts over the years: fixed scales first, then no trailing zeros.
Only the lightweight fill kept the symbol's scale. Where the day of a change is not known, it is
the day of the first record of the new form.
"""

from typing import Final

from perpbox import rounding
from perpbox.engine.symbol import Instrument
from perpbox.money import PLACES, SCALE, Amount, Price, Qty, fixed, plain
from perpbox.wire.changes import Change
from perpbox.wire.vintage import Vintage

SHORT_PLACES: Final = 5
"""Decimals of notionals and, at least, of average prices."""
_E20_PLACES: Final = 20


def trimmed(text: str) -> str:
    """A decimal text without trailing zeros."""
    return text.rstrip("0").rstrip(".") if "." in text else text


class EventForms:
    """Texts and switches of a date."""

    __slots__ = (
        "has_algo_active",
        "has_balance_change",
        "has_break_even",
        "has_expiry_reason",
        "has_funding_symbol",
        "has_modify_id",
        "has_trade_lite",
        "is_entry_fixed",
        "is_trimmed",
        "lists_both_leg",
        "tells_match_fields",
        "tells_no_commission",
    )

    def __init__(self, vintage: Vintage) -> None:
        has = vintage.has
        self.is_trimmed = has(Change.USER_NUMBERS_TRIMMED)
        """No trailing zeros; before, fixed scales."""
        self.has_balance_change = has(Change.BALANCE_CHANGE)
        """Balances carry ``bc``."""
        self.tells_no_commission = has(Change.NO_COMMISSION_TOLD)
        """``n`` and ``N`` are there without a commission too."""
        self.tells_match_fields = vintage.has_match_fields
        """Orders carry ``V``, ``pm`` and ``gtd``."""
        self.has_break_even = vintage.risk_rows_extended
        """Positions carry ``bep``."""
        self.is_entry_fixed = not has(Change.USER_ENTRY_DOUBLE)
        """Entry prices print with fixed decimals, zero too."""
        self.has_trade_lite = has(Change.TRADE_LITE)
        self.has_expiry_reason = has(Change.EXPIRY_REASON)
        """Orders carry ``er``."""
        self.lists_both_leg = not has(Change.BOTH_LEG_UNTOLD)
        """In hedge mode the BOTH row comes before the rows that changed."""
        self.has_funding_symbol = has(Change.FUNDING_SYMBOL)
        """Funding names its symbol in ``S``."""
        self.has_algo_active = has(Change.ALGO_ACTIVE)
        """Conditional orders carry ``ia``."""
        self.has_modify_id = has(Change.MODIFY_ID)

    def _scaled(self, value: int, places: int) -> str:
        if not value:
            return "0"
        return trimmed(fixed(value, places)) if self.is_trimmed else fixed(value, places)

    def price(self, price: Price, instrument: Instrument) -> str:
        """The price of an order or a fill; 0 as ``0``."""
        return self._scaled(price, instrument.price_precision)

    def quantity(self, quantity: Qty, instrument: Instrument) -> str:
        """A quantity or a position, never with trailing zeros.

        The venue repeated quantities as they were sent, so some records have them.
        """
        return trimmed(fixed(quantity, instrument.quantity_precision)) if quantity else "0"

    def average(self, quote: Amount, executed: Qty, instrument: Instrument) -> str:
        """The average price of what was filled; ``0`` before."""
        places = min(PLACES, max(SHORT_PLACES, instrument.price_precision))
        return self._scaled(rounding.average_price(quote, executed), places)

    def money(self, amount: Amount) -> str:
        """Wallets, profits, commissions: eight decimals; 0 as ``0``."""
        return self._scaled(amount, PLACES)

    def moved(self, amount: Amount) -> str:
        """What a transfer moved: whole amounts never had decimals."""
        return fixed(amount, 0) if amount % SCALE == 0 else self.money(amount)

    def notional(self, amount: Amount) -> str:
        """The value of open orders: five decimals, cut; whole amounts without."""
        return fixed(amount, 0) if amount % SCALE == 0 else self._scaled(amount, SHORT_PLACES)

    def entry(self, entry_e20: int, instrument: Instrument) -> str:
        """The entry price of a position."""
        if self.is_entry_fixed:
            places = min(PLACES, max(SHORT_PLACES, instrument.price_precision))
            return fixed(rounding.entry_cut(entry_e20), places)
        return plain(rounding.entry_pushed(entry_e20))

    def break_even(self, cost: Amount, net_fees: Amount, quantity: Qty) -> str:
        """The break-even price: 13 significant digits without trailing zeros; flat ``0``."""
        if not quantity:
            return "0"
        price_e20 = rounding.break_even_e20(Amount(abs(cost)), net_fees, quantity)
        shown = rounding.break_even_pushed_e20(price_e20)
        digits = str(abs(shown)).rjust(_E20_PLACES + 1, "0")
        sign = "-" if shown < 0 else ""
        return trimmed(f"{sign}{digits[:-_E20_PLACES]}.{digits[-_E20_PLACES:]}")
