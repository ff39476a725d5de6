"""Candles. A trade touches one candle, its minute; longer ones take in whole minutes.

A minute is handed on when the first trade after it comes, so reading never needs a timer and
folding needs no clock. Periods without trades are not kept: a reader gets them made up, flat
at the last close.
"""

from copy import copy
from typing import Final

import msgspec

from perpbox.engine.events import TradePrinted
from perpbox.money import Price
from perpbox.views.bounds import DAY_MS, ViewBounds
from perpbox.views.intervals import HOUR_MS, INTERVALS, MINUTE_MS, Interval

DAY_WINDOW_MINUTES: Final = DAY_MS // MINUTE_MS + 1
"""Minutes that a rolling day may touch."""
DAY_WINDOW_HOURS: Final = DAY_MS // HOUR_MS + 1
"""Hours that a rolling day may touch."""
_CANDLES_MIN: Final = {"1m": DAY_WINDOW_MINUTES, "1h": DAY_WINDOW_HOURS}
"""What the day ticker reads is kept whatever the bound says."""


class Kline(msgspec.Struct, gc=False):
    """One candle; prices and sums are exact integers at scale 1e-8.

    A period without trades has ``count`` 0 and the ids of no trade (0). Sums are plain integers:
    a ``NewType`` is a call, and there would be four in each trade.
    """

    open_ms: int
    close_ms: int
    """The last millisecond that belongs to it."""
    open: Price
    high: Price
    low: Price
    close: Price
    volume: int
    quote: int
    count: int
    taker_buy_volume: int
    taker_buy_quote: int
    first_id: int
    last_id: int

    def take_in(self, later: "Kline") -> None:
        """Add a candle that follows this one."""
        self.high = max(self.high, later.high)
        self.low = min(self.low, later.low)
        self.close = later.close
        self.volume += later.volume
        self.quote += later.quote
        self.count += later.count
        self.taker_buy_volume += later.taker_buy_volume
        self.taker_buy_quote += later.taker_buy_quote
        self.last_id = later.last_id


Series = dict[int, Kline]
"""Candles of one interval by period number, ascending; only periods with trades."""


class _Line:
    """The candles of one interval of a symbol, without what is still in its newest minute."""

    __slots__ = ("_newest", "_rows_max", "periods", "series")

    def __init__(self, periods: Interval, rows_max: int) -> None:
        self.periods = periods
        self._rows_max = rows_max
        self.series: Series = {}
        self._newest: Kline | None = None

    def take_in(self, minute: Kline) -> None:
        """Add a finished minute."""
        newest = self._newest
        if newest is not None and minute.open_ms <= newest.close_ms:
            newest.take_in(minute)
            return
        periods, series = self.periods, self.series
        index = periods.index_of(minute.open_ms)
        self._newest = series[index] = _widened(
            minute, periods.open_of(index), periods.open_of(index + 1)
        )
        if len(series) > self._rows_max:
            del series[next(iter(series))]


class _Chart:
    """All candles of a symbol. ``minute`` is the last one with a trade, not handed on yet."""

    __slots__ = ("lines", "minute")

    def __init__(self, minute: Kline, candles_max: int) -> None:
        self.minute = minute
        self.lines = {
            name: _Line(interval, max(candles_max, _CANDLES_MIN.get(name, 0)))
            for name, interval in INTERVALS.items()
        }

    def hand_on(self) -> None:
        """Put the finished minute into the candles of every interval."""
        for line in self.lines.values():
            line.take_in(self.minute)


def _widened(minute: Kline, open_ms: int, next_open_ms: int) -> Kline:
    """A candle of a longer period that holds this minute alone."""
    candle = copy(minute)
    candle.open_ms = open_ms
    candle.close_ms = next_open_ms - 1
    return candle


def _first_minute(event: TradePrinted) -> Kline:
    open_ms = event.at_ms - event.at_ms % MINUTE_MS
    price = event.price
    taker_buys = not event.buyer_is_maker
    return Kline(
        open_ms,
        open_ms + MINUTE_MS - 1,
        price,
        price,
        price,
        price,
        event.quantity,
        event.quote,
        1,
        event.quantity if taker_buys else 0,
        event.quote if taker_buys else 0,
        event.trade_id,
        event.trade_id,
    )


def _flat(open_ms: int, next_open_ms: int, price: Price) -> Kline:
    return Kline(open_ms, next_open_ms - 1, price, price, price, price, 0, 0, 0, 0, 0, 0, 0)


class Klines:
    """Fold of ``TradePrinted`` into candles of every interval."""

    __slots__ = ("_candles_max", "_charts")

    def __init__(self, bounds: ViewBounds) -> None:
        self._candles_max = bounds.candles
        self._charts: dict[str, _Chart] = {}

    def printed(self, event: TradePrinted) -> None:
        """Add a trade to its minute."""
        chart = self._charts.get(event.symbol)
        if chart is None:
            self._charts[event.symbol] = _Chart(_first_minute(event), self._candles_max)
            return
        minute = chart.minute
        if event.at_ms > minute.close_ms:
            chart.hand_on()
            chart.minute = _first_minute(event)
            return
        price = event.price
        quantity = event.quantity
        quote = event.quote
        if price > minute.high:
            minute.high = price
        elif price < minute.low:
            minute.low = price
        minute.close = price
        minute.volume += quantity
        minute.quote += quote
        minute.count += 1
        if not event.buyer_is_maker:
            minute.taker_buy_volume += quantity
            minute.taker_buy_quote += quote
        minute.last_id = event.trade_id

    def query(
        self,
        symbol: str,
        interval: str,
        start_ms: int | None,
        end_ms: int | None,
        limit: int,
        now_ms: int,
    ) -> list[Kline]:
        """Candles whose opening lies in the span (inclusive), ascending, none missing.

        The first ``limit`` from a start on, else the newest. The last one may be unfinished.
        Nothing comes before the first trade that is remembered.
        """
        chart = self._charts.get(symbol)
        if chart is None:
            return []
        line = chart.lines[interval]
        periods, series = line.periods, line.series
        newest = chart.minute
        newest_index = periods.index_of(newest.open_ms)
        first = next(iter(series), newest_index)
        last = periods.index_of(max(now_ms, newest.open_ms))
        if end_ms is not None:
            last = min(last, periods.index_of(end_ms))
        if start_ms is not None:
            start_index = periods.index_of(start_ms - 1) + 1
            first = max(first, start_index)
            last = min(last, first + limit - 1)
        else:
            first = max(first, last - limit + 1)
        close = _close_before(series, first)
        rows: list[Kline] = []
        for index in range(first, last + 1):
            candle = series.get(index)
            if index == newest_index:
                candle = _with_newest(
                    candle, newest, periods.open_of(index), periods.open_of(index + 1)
                )
            elif candle is None:
                candle = _flat(
                    periods.open_of(index),
                    periods.open_of(index + 1),
                    newest.close if index > newest_index else close,
                )
            close = candle.close
            rows.append(candle)
        return rows

    def span(self, symbol: str, start_ms: int) -> Kline | None:
        """All trades since a full minute not more than a day ago, as one candle.

        ``None`` where there were none. Whole hours are taken from the hourly candles.
        """
        chart = self._charts.get(symbol)
        if chart is None or chart.minute.close_ms < start_ms:
            return None
        first_hour = -(-start_ms // HOUR_MS)
        first_minute = start_ms // MINUTE_MS
        last_hour = chart.minute.open_ms // HOUR_MS
        minutes, hours = chart.lines["1m"].series, chart.lines["1h"].series
        parts = [minutes.get(i) for i in range(first_minute, first_hour * HOUR_MS // MINUTE_MS)]
        parts += [hours.get(i) for i in range(first_hour, last_hour + 1)]
        parts.append(chart.minute)
        total: Kline | None = None
        for part in parts:
            if part is None:
                continue
            if total is None:
                total = copy(part)
            else:
                total.take_in(part)
        return total


def _close_before(series: Series, first: int) -> Price:
    """Close of the newest handed-on candle before a period; 0 where none is needed."""
    if first in series:
        return Price(0)
    return next((series[index].close for index in reversed(series) if index < first), Price(0))


def _with_newest(candle: Kline | None, newest: Kline, open_ms: int, next_open_ms: int) -> Kline:
    """The candle that the newest minute belongs to, as a copy with that minute in it."""
    if candle is None:
        return _widened(newest, open_ms, next_open_ms)
    whole = copy(candle)
    whole.take_in(newest)
    return whole
