"""The box's API date: which of the dated changes have come. What is asked often is an attribute."""

import re
from typing import Final

import msgspec

from perpbox.engine.commands import Rules
from perpbox.money import Rate
from perpbox.views.bounds import DAY_MS, ViewBounds
from perpbox.wire.changes import ENDPOINTS, Change

NEWEST: Final = "2026-11-01"
"""Default API date; nothing on the wire changes after 2026-10-29."""
MONTH_MS: Final = 30 * DAY_MS
HALF_HOUR_MS: Final = 1_800_000

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Vintage:
    """What the contract looked like on ``api_date`` (``"YYYY-MM-DD"``).

    Raises:
        ValueError: the text is not a calendar date.
    """

    __slots__ = (
        "acks_without_average",
        "api_date",
        "date",
        "entry_as_double",
        "entry_unrounded",
        "has_match_fields",
        "is_merged",
        "open_orders_with_strategy",
        "risk_rows_extended",
        "trades_with_margin_asset",
        "trades_with_pair",
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
        has = self.has
        self.entry_as_double = has(Change.ENTRY_AS_DOUBLE)
        """Entry prices print as doubles (zero ``0.0``); before, fixed decimals."""
        self.risk_rows_extended = has(Change.BREAK_EVEN)
        """positionRisk rows carry breakEvenPrice, isolated and adlQuantile."""
        self.has_match_fields = has(Change.MATCH_FIELDS)
        """Orders carry priceMatch, selfTradePreventionMode and goodTillDate."""
        self.zero_average_short = has(Change.ZERO_AVERAGE_SHORT)
        """A zero avgPrice prints at the price scale; before, at the quote scale."""
        self.trades_with_pair = has(Change.PAIR_AND_BASE)
        """userTrades rows carry pair, baseQty and marginAsset, in a new order."""
        without = has(Change.TRADES_WITHOUT_MARGIN_ASSET)
        self.trades_with_margin_asset = self.trades_with_pair or not without
        """userTrades rows carry marginAsset."""
        self.entry_unrounded = has(Change.ENTRY_UNROUNDED)
        """Entry prices print the raw double instead of 13 significant digits."""
        self.acks_without_average = has(Change.ACKS_WITHOUT_AVERAGE)
        """Order acknowledgements carry neither avgPrice nor cumQuote."""
        self.open_orders_with_strategy = has(Change.OPEN_ORDERS_STRATEGY)
        """openOrders rows carry an empty strategyType."""
        self.is_merged = has(Change.STREAMS_TELL_KIND)
        """Coin-margined contracts share the streams, so rows say which kind they are."""

    def has(self, change: Change) -> bool:
        """Whether a change has come: the API date is its day or later."""
        return self.date >= change.value.day

    def serves(self, path: str) -> bool:
        """Whether the endpoint at this path has come; those that no change brought always have."""
        change = ENDPOINTS.get(path)
        return change is None or self.has(change)

    def since(self, year: int, month: int, day: int) -> bool:
        """Whether the API date is this day or later."""
        return self.date >= (year, month, day)

    def rules(self, liquidates: bool = True, margin_call_ratio: Rate | None = None) -> Rules:
        """What the engine needs to know of the date; without ``liquidates`` positions stay.

        ``margin_call_ratio``: from which on accounts are warned, where it is not the standard one.
        """
        return Rules(
            initial_margin_rounds_up=self.has(Change.INITIAL_MARGIN_UP),
            entry_price_digits=0 if self.entry_unrounded else 13,
            liquidates=liquidates,
            margin_call_ratio=Rules().margin_call_ratio
            if margin_call_ratio is None
            else margin_call_ratio,
            settlement_window_ms=HALF_HOUR_MS * (1 if self.has(Change.HALF_HOUR_SETTLEMENT) else 2),
        )

    def view_bounds(self, bounds: ViewBounds) -> ViewBounds:
        """How far histories reach back: where ``bounds`` is the default, as far as on the day."""
        standard = ViewBounds()
        fills_ms, trades_ms = bounds.user_trade_age_ms, bounds.trade_age_ms
        if fills_ms == standard.user_trade_age_ms and not self.has(Change.USER_TRADES_3_MONTHS):
            fills_ms = 6 * MONTH_MS
        if trades_ms == standard.trade_age_ms and not self.has(Change.OLD_TRADES_1_MONTH):
            trades_ms = 3 * MONTH_MS
        return msgspec.structs.replace(bounds, user_trade_age_ms=fills_ms, trade_age_ms=trades_ms)

    def midnight_ms(self) -> int:
        """00:00 UTC of the API date, in epoch milliseconds (where a frozen clock starts)."""
        year, month, day = self.date
        # Days since 1970-01-01 in the proleptic Gregorian calendar, years starting in March.
        shifted = year - (month <= 2)
        era, of_era = divmod(shifted, 400)
        of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
        days = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
        return days * DAY_MS
