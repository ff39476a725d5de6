"""Candle intervals as arithmetic on milliseconds since 1970-01-01 UTC.

Periods of an interval are numbered; the number is found from a time and the time of opening
from a number. Weeks begin on Monday, months on the 1st, periods of three days count from
1970-01-01 (recorded: 2019-09-08 opens one).
"""

from typing import Final, Protocol

from perpbox.views.bounds import DAY_MS

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
_MONDAY_MS: Final = 4 * DAY_MS
"""1970-01-05, the first Monday."""


class Interval(Protocol):
    """A way to cut time into numbered periods."""

    def index_of(self, at_ms: int) -> int:
        """Number of the period that holds a time."""

    def open_of(self, index: int) -> int:
        """Time at which a period begins."""


class Span:
    """Periods of one length."""

    __slots__ = ("_origin_ms", "_width_ms")

    def __init__(self, width_ms: int, origin_ms: int = 0) -> None:
        self._width_ms = width_ms
        self._origin_ms = origin_ms

    def index_of(self, at_ms: int) -> int:
        """Number of the period that holds a time."""
        return (at_ms - self._origin_ms) // self._width_ms

    def open_of(self, index: int) -> int:
        """Time at which a period begins."""
        return index * self._width_ms + self._origin_ms


class Months:
    """Calendar months, counted from January 1970."""

    __slots__ = ()

    def index_of(self, at_ms: int) -> int:
        """Number of the month that holds a time."""
        # Years are taken from 1 March on, so that the leap day is the last of its year.
        days = at_ms // DAY_MS + _DAYS_TO_1970_FROM_0000_03_01
        era, day_of_era = divmod(days, _DAYS_OF_400_YEARS)
        year_of_era = (
            day_of_era
            - day_of_era // (4 * 365)
            + day_of_era // _DAYS_OF_100_YEARS
            - day_of_era // (_DAYS_OF_400_YEARS - 1)
        ) // 365
        day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
        # 153 days are the five months from March to July, and again from August to December.
        month_from_march = (5 * day_of_year + 2) // 153
        return (era * 400 + year_of_era - 1970) * 12 + month_from_march + 2

    def open_of(self, index: int) -> int:
        """Time at which a month begins."""
        year, month_from_march = divmod(index - 2, 12)
        era, year_of_era = divmod(year + 1970, 400)
        day_of_year = (153 * month_from_march + 2) // 5
        day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
        return (era * _DAYS_OF_400_YEARS + day_of_era - _DAYS_TO_1970_FROM_0000_03_01) * DAY_MS


_DAYS_OF_400_YEARS: Final = 146_097
_DAYS_OF_100_YEARS: Final = 36_524
_DAYS_TO_1970_FROM_0000_03_01: Final = 719_468

INTERVALS: Final[dict[str, Interval]] = {
    "1m": Span(MINUTE_MS),
    "3m": Span(3 * MINUTE_MS),
    "5m": Span(5 * MINUTE_MS),
    "15m": Span(15 * MINUTE_MS),
    "30m": Span(30 * MINUTE_MS),
    "1h": Span(HOUR_MS),
    "2h": Span(2 * HOUR_MS),
    "4h": Span(4 * HOUR_MS),
    "6h": Span(6 * HOUR_MS),
    "8h": Span(8 * HOUR_MS),
    "12h": Span(12 * HOUR_MS),
    "1d": Span(DAY_MS),
    "3d": Span(3 * DAY_MS),
    "1w": Span(7 * DAY_MS, _MONDAY_MS),
    "1M": Months(),
}
"""Every interval served, by its name on the wire."""
