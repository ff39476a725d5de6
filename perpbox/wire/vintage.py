"""The box's API date, and every behaviour that changed on a date as a named switch."""

import re
from typing import Final

from perpbox.engine.commands import Rules

NEWEST: Final = "2026-11-01"
"""Default API date; nothing on the wire changes after 2026-10-29."""
DAY_MS: Final = 86_400_000

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Vintage:
    """What the contract looked like on ``api_date`` (``"YYYY-MM-DD"``).

    Raises:
        ValueError: the text is not a calendar date.
    """

    __slots__ = (
        "acks_without_average",
        "algo_tells_actual",
        "api_date",
        "callback_percent_max",
        "date",
        "entry_as_double",
        "entry_unrounded",
        "has_match_fields",
        "has_rpi",
        "open_orders_with_strategy",
        "risk_rows_extended",
        "symbol_optional_in_history",
        "trades_with_margin_asset",
        "trades_with_pair",
        "unrouted_is_public",
        "zero_average_short",
    )

    def __init__(self, api_date: str = NEWEST) -> None:
        match = _DATE.fullmatch(api_date)
        if match is None:
            raise ValueError(f"not a date (YYYY-MM-DD): {api_date!r}")
        year, month, day = (int(part) for part in match.groups())
        if year < 2019 or not 1 <= month <= 12 or not 1 <= day <= _MONTH_DAYS[month - 1]:
            raise ValueError(f"not a date the exchange has lived: {api_date!r}")
        self.api_date = api_date
        self.date = (year, month, day)
        self.entry_as_double = self.since(2021, 8, 1)
        """Entry prices print as doubles (zero ``0.0``); before, fixed decimals."""
        self.risk_rows_extended = self.since(2023, 9, 5)
        """positionRisk rows carry breakEvenPrice, isolated and adlQuantile."""
        self.has_match_fields = self.since(2023, 9, 5)
        """Orders carry priceMatch, selfTradePreventionMode and goodTillDate."""
        self.zero_average_short = self.since(2024, 7, 1)
        """A zero avgPrice prints at the price scale; before, at the quote scale."""
        self.trades_with_margin_asset = not self.since(2024, 6, 25) or self.since(2026, 8, 7)
        """userTrades rows carry marginAsset."""
        self.has_rpi = self.since(2025, 11, 26)
        """Commission rates carry rpiCommissionRate."""
        self.entry_unrounded = self.since(2026, 1, 1)
        """Entry prices print the raw double instead of 13 significant digits."""
        self.unrouted_is_public = self.since(2026, 4, 23)
        """Stream paths without a route deliver what ``/public`` does."""
        self.algo_tells_actual = self.since(2026, 6, 9)
        """algoOrder tells actualType and actualQty after the trigger, and no tp and sl prices."""
        self.callback_percent_max = 20 if self.since(2026, 10, 23) else 10
        """Most that a trailing order may hang back, in percent."""
        self.acks_without_average = self.since(2026, 6, 30)
        """Order acknowledgements carry neither avgPrice nor cumQuote."""
        self.open_orders_with_strategy = self.since(2026, 6, 30)
        """openOrders rows carry an empty strategyType."""
        self.trades_with_pair = self.since(2026, 8, 7)
        """userTrades rows carry pair, baseQty and marginAsset, in a new order."""
        self.symbol_optional_in_history = self.since(2026, 8, 25)
        """allOrders may be asked without a symbol."""

    def since(self, year: int, month: int, day: int) -> bool:
        """Whether the API date is this day or later."""
        return self.date >= (year, month, day)

    def rules(self, *, liquidates: bool = True) -> Rules:
        """What the engine needs to know of the date; without ``liquidates`` positions stay."""
        return Rules(
            initial_margin_rounds_up=self.since(2025, 7, 1),
            entry_price_digits=0 if self.entry_unrounded else 13,
            liquidates=liquidates,
        )

    def midnight_ms(self) -> int:
        """00:00 UTC of the API date, in epoch milliseconds (where a frozen clock starts)."""
        year, month, day = self.date
        # Days since 1970-01-01 in the proleptic Gregorian calendar, years starting in March.
        shifted = year - (month <= 2)
        era, of_era = divmod(shifted, 400)
        of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
        days = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
        return days * DAY_MS
