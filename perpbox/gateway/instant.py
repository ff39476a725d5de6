"""Points in time as people and programs write them."""

import datetime as dt
from typing import Final

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
INSTANT_MS_MAX: Final = 253_402_300_799_999
"""The last millisecond of the year 9999."""
_DIGITS_MAX: Final = 15
_TEXT_LENGTH_MAX: Final = 40
_MILLISECOND: Final = dt.timedelta(milliseconds=1)


class InstantError(ValueError):
    """Neither Unix milliseconds nor ISO-8601, or outside the years 1970 to 9999."""


def parse_instant(text: str | int) -> int:
    """Unix milliseconds of ``1700000000000`` or ``"2026-11-01T00:00:00Z"`` (NET-025).

    A date alone is its midnight; without an offset the time is UTC; what is finer than a
    millisecond is cut off. Digits alone are milliseconds.

    Raises:
        InstantError: the text is no such time.
    """
    if isinstance(text, bool):
        raise InstantError("a time is a number of milliseconds or an ISO-8601 text")
    if isinstance(text, int):
        return _within(text)
    if len(text) > _TEXT_LENGTH_MAX:
        raise InstantError("the time is too long")
    if text.isascii() and text.isdigit():
        if len(text) > _DIGITS_MAX:
            raise InstantError(f"{text} is after the year 9999")
        return _within(int(text))
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise InstantError(f"{text!r} is neither milliseconds nor an ISO-8601 time") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return _within((moment - EPOCH) // _MILLISECOND)


def _within(ms: int) -> int:
    if not 0 <= ms <= INSTANT_MS_MAX:
        raise InstantError(f"{ms} ms is outside the years 1970 to 9999")
    return ms
