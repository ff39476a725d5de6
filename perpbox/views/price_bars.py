"""Candles of a price that has no trades, packed: four numbers and a period number each.

As with candles of trades, a change touches its minute only; a minute is handed on to the longer
intervals when the first change after it comes. Periods without a change are not kept: a reader
gets them made up, flat at the last close.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from perpbox.views.intervals import INTERVALS, MINUTE_MS, Interval
from perpbox.views.packed import PackedRows

_PLACES: Final = 5
"""Numbers of a packed candle: period, open, high, low, close."""
KEPT_MAX: Final = 2**63 - 1
"""A price beyond this is drawn as this."""


class Bar(msgspec.Struct, frozen=True, gc=False):
    """One candle; prices are integers at scale 1e-8, ``close_ms`` is its last millisecond."""

    open_ms: int
    close_ms: int
    open: int
    high: int
    low: int
    close: int


class _Span(NamedTuple):
    """What a price did from a time on, within one minute."""

    at_ms: int
    open: int
    high: int
    low: int
    close: int


class _Line:
    """Finished candles of one interval, oldest first."""

    __slots__ = ("_end_ms", "periods", "rows")

    def __init__(self, periods: Interval, rows_max: int) -> None:
        self.periods = periods
        self.rows = PackedRows(_PLACES, rows_max)
        self._end_ms = 0
        """Where the newest candle ends."""

    def take_in(self, span: _Span) -> None:
        """Add a finished minute."""
        if span.at_ms < self._end_ms:
            newest = self.rows.plain
            newest[-3] = max(newest[-3], span.high)
            newest[-2] = min(newest[-2], span.low)
            newest[-1] = span.close
            return
        periods = self.periods
        index = periods.index_of(span.at_ms)
        self._end_ms = periods.open_of(index + 1)
        self.rows.append((index, span.open, span.high, span.low, span.close))

    def candles(self) -> Iterator[tuple[int, ...]]:
        """Every candle that is kept, ascending by period number."""
        return self.rows.rows(0, len(self.rows))


class PriceBars:
    """The candles of one price in every interval."""

    __slots__ = ("_at_ms", "_close", "_end_ms", "_high", "_lines", "_low", "_open", "_rows_max")

    def __init__(self, rows_max: int) -> None:
        self._rows_max = rows_max
        self._lines: dict[str, _Line] = {}
        self._at_ms = self._end_ms = 0
        self._open = self._high = self._low = self._close = 0

    def add(self, at_ms: int, value: int) -> None:
        """Take in a new value; times never go back."""
        value = min(value, KEPT_MAX)
        if at_ms < self._end_ms:
            if value > self._high:
                self._high = value
            elif value < self._low:
                self._low = value
            self._close = value
            return
        if self._end_ms:
            self._hand_on()
        self._at_ms = at_ms - at_ms % MINUTE_MS
        self._end_ms = self._at_ms + MINUTE_MS
        self._open = self._high = self._low = self._close = value

    def _minute(self) -> _Span:
        return _Span(self._at_ms, self._open, self._high, self._low, self._close)

    def _hand_on(self) -> None:
        if not self._lines:
            self._lines = {
                name: _Line(interval, self._rows_max) for name, interval in INTERVALS.items()
            }
        minute = self._minute()
        for line in self._lines.values():
            line.take_in(minute)

    def query(
        self,
        interval: str,
        start_ms: int | None,
        end_ms: int | None,
        limit: int,
        now_ms: int,
        pending: tuple[int, int] | None = None,
    ) -> list[Bar]:
        """Candles whose opening lies in the span (inclusive), ascending, none missing.

        The first ``limit`` from a start on, else the newest; nothing before the first value that
        is remembered. ``pending`` is a (time, value) after all that was added, to be drawn too.
        """
        periods = INTERVALS[interval]
        line = self._lines.get(interval)
        known: _Known = {}
        if line is not None:
            known = {
                index: (opening, high, low, close)
                for index, opening, high, low, close in line.candles()
            }
        _lay_over(known, periods, self._tail(pending))
        if not known:
            return []
        first, last = next(iter(known)), periods.index_of(now_ms)
        if end_ms is not None:
            last = min(last, periods.index_of(end_ms))
        if start_ms is not None:
            first = max(first, periods.index_of(start_ms - 1) + 1)
            last = min(last, first + limit - 1)
        else:
            first = max(first, last - limit + 1)
        return list(_bars(known, periods, range(first, last + 1)))

    def _tail(self, pending: tuple[int, int] | None) -> Iterator[_Span]:
        """What no line has yet."""
        if self._end_ms:
            yield self._minute()
        if pending is not None:
            at_ms, value = pending
            yield _Span(at_ms, value, value, value, value)


_Known = dict[int, tuple[int, int, int, int]]


def _lay_over(known: _Known, periods: Interval, spans: Iterable[_Span]) -> None:
    """Add later spans to the candles they belong to."""
    for span in spans:
        index = periods.index_of(span.at_ms)
        there = known.get(index)
        if there is None:
            known[index] = span[1:]
        else:
            opening, high, low, _ = there
            known[index] = (opening, max(high, span.high), min(low, span.low), span.close)


def _bars(known: _Known, periods: Interval, wanted: range) -> Iterator[Bar]:
    """The candles of these periods, made up where nothing happened."""
    close = 0
    if wanted and wanted[0] not in known:
        close = next((known[index][3] for index in reversed(known) if index < wanted[0]), 0)
    for index in wanted:
        opening, high, low, close = known.get(index, (close, close, close, close))
        yield Bar(periods.open_of(index), periods.open_of(index + 1) - 1, opening, high, low, close)
