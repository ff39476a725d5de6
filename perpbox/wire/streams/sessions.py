"""Trading sessions of the markets outside, by weekday and local time; no holidays (our choice).

A schedule is a week of (minute since Monday 00:00 local time, kind) steps. Local time is UTC
plus an offset; New York's moves with summer time, by the rule in force since 2007.
"""

from bisect import bisect_right
from typing import Final, NamedTuple

from perpbox.views.bounds import DAY_MS
from perpbox.views.intervals import HOUR_MS, MINUTE_MS, Months
from perpbox.wire.changes import Change
from perpbox.wire.vintage import Vintage

WEEK_MS: Final = 7 * DAY_MS
_MONDAY_MS: Final = 4 * DAY_MS
"""1970-01-05, the first Monday."""
_MONTHS: Final = Months()
_DAY_MINUTES: Final = 24 * 60
_SATURDAY: Final = 5
_SUNDAY: Final = 6
NO_TRADING: Final = "NO_TRADING"
REGULAR: Final = "REGULAR"


class Session(NamedTuple):
    """A span of box time, its end excluded, and what kind of trading there is."""

    start_ms: int
    end_ms: int
    kind: str


class Step(NamedTuple):
    """From this minute of the week on."""

    minute: int
    kind: str


class Outside(NamedTuple):
    """A market: name of its event, the change that brought it, schedule, and where it is."""

    event: str
    since: Change
    week: tuple[Step, ...]
    offset_ms: int
    """Of local time before UTC."""
    has_summer_time: bool = False


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _weekdays(*steps: tuple[str, str]) -> tuple[Step, ...]:
    """The same steps from Monday to Friday, merged where the kind stays."""
    week: list[Step] = []
    for day in range(_SATURDAY):
        week += (Step(day * _DAY_MINUTES + _minute(text), kind) for text, kind in steps)
    return _merged(week)


def _merged(steps: list[Step]) -> tuple[Step, ...]:
    """Leave out steps that change nothing; the week is a ring."""
    return tuple(step for i, step in enumerate(steps) if step.kind != steps[i - 1].kind)


def _equity_week() -> tuple[Step, ...]:
    """Overnight trading runs from Sunday to Friday, 20:00 to 04:00."""
    daily = (
        (_minute("4:00"), "PRE_MARKET"),
        (_minute("9:30"), REGULAR),
        (_minute("16:00"), "AFTER_MARKET"),
        (_minute("20:00"), "OVERNIGHT"),
    )
    week = [
        Step(day * _DAY_MINUTES + minute, kind)
        for day in range(_SATURDAY)
        for minute, kind in daily
    ]
    week[-1] = Step(week[-1].minute, NO_TRADING)
    return (*week, Step(_SUNDAY * _DAY_MINUTES + _minute("20:00"), "OVERNIGHT"))


_FX_WEEK: Final = (
    Step(4 * _DAY_MINUTES + _minute("17:00"), NO_TRADING),
    Step(_SUNDAY * _DAY_MINUTES + _minute("17:00"), REGULAR),
)
_NEW_YORK_MS: Final = -5 * HOUR_MS
_CHINA_MS: Final = 8 * HOUR_MS
_KOREA_MS: Final = 9 * HOUR_MS

OUTSIDE: Final[tuple[Outside, ...]] = (
    Outside("EquityUpdate", Change.TRADFI, _equity_week(), _NEW_YORK_MS, has_summer_time=True),
    Outside(
        "CommodityUpdate",
        Change.TRADFI,
        _weekdays(("9:30", REGULAR), ("16:00", NO_TRADING)),
        _NEW_YORK_MS,
        has_summer_time=True,
    ),
    Outside(
        "KR_EquityUpdate",
        Change.KR_SESSIONS,
        _weekdays(("9:00", REGULAR), ("15:30", NO_TRADING)),
        _KOREA_MS,
    ),
    Outside(
        "HK_EquityUpdate",
        Change.HK_SESSIONS,
        _weekdays(
            ("9:30", REGULAR), ("12:00", NO_TRADING), ("13:00", REGULAR), ("16:00", NO_TRADING)
        ),
        _CHINA_MS,
    ),
    Outside(
        "CN_EquityUpdate",
        Change.CN_SESSIONS,
        _weekdays(
            ("9:30", REGULAR), ("11:30", NO_TRADING), ("13:00", REGULAR), ("15:00", NO_TRADING)
        ),
        _CHINA_MS,
    ),
    Outside("FXUpdate", Change.FX_SESSIONS, _FX_WEEK, _NEW_YORK_MS, has_summer_time=True),
)
"""Every market, in the order in which its event is pushed."""


def outside_markets(vintage: Vintage) -> tuple[Outside, ...]:
    """Markets told of on the box's API date."""
    return tuple(market for market in OUTSIDE if vintage.has(market.since))


def session_at(market: Outside, at_ms: int) -> Session:
    """The session that holds a time."""
    local_ms = at_ms + _offset_ms(market, at_ms)
    week_ms = (local_ms - _MONDAY_MS) // WEEK_MS * WEEK_MS + _MONDAY_MS
    minute = (local_ms - week_ms) // MINUTE_MS
    index = bisect_right(market.week, minute, key=lambda step: step.minute) - 1
    kind = market.week[index].kind
    return Session(
        _utc(market, _step_ms(market, week_ms, index)),
        _utc(market, _step_ms(market, week_ms, index + 1)),
        kind,
    )


def _step_ms(market: Outside, week_ms: int, index: int) -> int:
    """Local time of a step; before the first comes the last one of the week before."""
    weeks, place = divmod(index, len(market.week))
    return week_ms + weeks * WEEK_MS + market.week[place].minute * MINUTE_MS


def _utc(market: Outside, local_ms: int) -> int:
    return local_ms - _offset_ms(market, local_ms - market.offset_ms)


def _offset_ms(market: Outside, at_ms: int) -> int:
    """Local time less UTC."""
    if market.has_summer_time and _is_summer(at_ms):
        return market.offset_ms + HOUR_MS
    return market.offset_ms


def _is_summer(at_ms: int) -> bool:
    """Second Sunday of March to first Sunday of November, switched at 2:00 New York time."""
    months = _MONTHS.index_of(at_ms)
    year_start = months - months % 12
    begins_ms = _sunday_ms(year_start + 2, 2) + 2 * HOUR_MS - _NEW_YORK_MS
    ends_ms = _sunday_ms(year_start + 10, 1) + HOUR_MS - _NEW_YORK_MS
    return begins_ms <= at_ms < ends_ms


def _sunday_ms(month: int, number: int) -> int:
    """00:00 of the first, second ... Sunday of a month (counted from January 1970)."""
    first_ms = _MONTHS.open_of(month)
    weekday = (first_ms - _MONDAY_MS) // DAY_MS % 7
    return first_ms + ((_SUNDAY - weekday) % 7 + (number - 1) * 7) * DAY_MS
