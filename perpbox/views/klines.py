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
from perpbox.views.packed import PackedRows
from perpbox.views.runs import TradeRun

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


_INDEX, _OPEN, _HIGH, _LOW, _CLOSE = range(5)
_SUMS: Final = range(5, 10)
"""Volume, quote, trades and what takers bought, as ``Kline`` has them from ``volume`` on."""
_FIRST_ID, _LAST_ID = 10, 11
_WIDTH: Final = 12


class _Line:
    """The candles of one interval of a symbol, without what is still in its newest minute.

    Only periods with trades are kept. ``newest`` may still grow; those before it are packed.
    """

    __slots__ = ("_done", "_newest_index", "newest", "periods")

    def __init__(self, periods: Interval, rows_max: int) -> None:
        self.periods = periods
        self.newest: Kline | None = None
        self._newest_index = 0
        self._done = PackedRows(_WIDTH, rows_max)

    def take_in(self, minute: Kline) -> None:
        """Add a finished minute."""
        newest = self.newest
        if newest is not None:
            if minute.open_ms <= newest.close_ms:
                newest.take_in(minute)
                return
            self._done.append(_packed(self._newest_index, newest))
        periods = self.periods
        index = self._newest_index = periods.index_of(minute.open_ms)
        self.newest = _widened(minute, periods.open_of(index), periods.open_of(index + 1))

    def first_index(self) -> int | None:
        """The oldest period that is remembered."""
        if len(self._done):
            return self._done.row(0)[_INDEX]
        return None if self.newest is None else self._newest_index

    def between(self, first: int, last: int) -> dict[int, Kline]:
        """Candles of these periods and those between, by period."""
        done = self._done
        low, high = done.first_at_least(_INDEX, first), done.first_above(_INDEX, last)
        found = {row[_INDEX]: self._unpacked(row) for row in done.rows(low, high)}
        if self.newest is not None and first <= self._newest_index <= last:
            found[self._newest_index] = self.newest
        return found

    def sum_of(self, first: int, last: int) -> Kline | None:
        """What was traded in these periods and those between, as one candle."""
        done = self._done
        low, high = done.first_at_least(_INDEX, first), done.first_above(_INDEX, last)
        total = self._sum_of_rows(low, high) if low < high else None
        newest = self.newest
        if newest is None or not first <= self._newest_index <= last:
            return total
        return _together(total, newest)

    def close_before(self, first: int) -> Price:
        """Close of the newest candle before a period; 0 where there is none."""
        if self.newest is not None and self._newest_index < first:
            return self.newest.close
        place = self._done.first_at_least(_INDEX, first)
        return Price(self._done.row(place - 1)[_CLOSE] if place else 0)

    def _sum_of_rows(self, low: int, high: int) -> Kline:
        done = self._done
        oldest, latest = self._unpacked(done.row(low)), self._unpacked(done.row(high - 1))
        volume, quote, count, taker_volume, taker_quote = (
            sum(done.column(place, low, high)) for place in _SUMS
        )
        return Kline(
            oldest.open_ms,
            latest.close_ms,
            oldest.open,
            Price(max(done.column(_HIGH, low, high))),
            Price(min(done.column(_LOW, low, high))),
            latest.close,
            volume,
            quote,
            count,
            taker_volume,
            taker_quote,
            oldest.first_id,
            latest.last_id,
        )

    def _unpacked(self, row: tuple[int, ...]) -> Kline:
        opens = self.periods.open_of
        index, opening, high, low, close, volume, quote, count, taker_volume, taker_quote = row[:10]
        return Kline(
            opens(index),
            opens(index + 1) - 1,
            Price(opening),
            Price(high),
            Price(low),
            Price(close),
            volume,
            quote,
            count,
            taker_volume,
            taker_quote,
            row[_FIRST_ID],
            row[_LAST_ID],
        )


def _packed(index: int, candle: Kline) -> tuple[int, ...]:
    return (
        index,
        candle.open,
        candle.high,
        candle.low,
        candle.close,
        candle.volume,
        candle.quote,
        candle.count,
        candle.taker_buy_volume,
        candle.taker_buy_quote,
        candle.first_id,
        candle.last_id,
    )


def _together(total: Kline | None, later: Kline) -> Kline:
    """A candle of its own that holds both."""
    if total is None:
        return copy(later)
    total.take_in(later)
    return total


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


def _minute_of(run: TradeRun, low: int, high: int) -> Kline:
    """The trades of a run from one place up to another, all of one minute."""
    at_ms = run.times_ms[low]
    open_ms = at_ms - at_ms % MINUTE_MS
    prices = run.prices[low:high]
    return Kline(
        open_ms,
        open_ms + MINUTE_MS - 1,
        prices[0],
        max(prices),
        min(prices),
        prices[-1],
        sum(run.quantities[low:high]),
        sum(run.quotes[low:high]),
        high - low,
        run.bought_by_takers(run.quantities, low, high),
        run.bought_by_takers(run.quotes, low, high),
        run.first_id + low,
        run.first_id + high - 1,
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

    def run_printed(self, run: TradeRun) -> None:
        """Add the trades of a run, minute by minute."""
        for low, high in run.parts(MINUTE_MS):
            part = _minute_of(run, low, high)
            chart = self._charts.get(run.symbol)
            if chart is None:
                self._charts[run.symbol] = _Chart(part, self._candles_max)
            elif part.open_ms > chart.minute.open_ms:
                chart.hand_on()
                chart.minute = part
            else:
                chart.minute.take_in(part)

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
        periods = line.periods
        newest = chart.minute
        newest_index = periods.index_of(newest.open_ms)
        first = line.first_index()
        if first is None:
            first = newest_index
        last = periods.index_of(max(now_ms, newest.open_ms))
        if end_ms is not None:
            last = min(last, periods.index_of(end_ms))
        if start_ms is not None:
            start_index = periods.index_of(start_ms - 1) + 1
            first = max(first, start_index)
            last = min(last, first + limit - 1)
        else:
            first = max(first, last - limit + 1)
        series = line.between(first, last)
        close = line.close_before(first)
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
        minutes, hours = chart.lines["1m"], chart.lines["1h"]
        total = minutes.sum_of(first_minute, first_hour * HOUR_MS // MINUTE_MS - 1)
        later = hours.sum_of(first_hour, last_hour)
        if later is not None:
            total = _together(total, later)
        return _together(total, chart.minute)


def _with_newest(candle: Kline | None, newest: Kline, open_ms: int, next_open_ms: int) -> Kline:
    """The candle that the newest minute belongs to, as a copy with that minute in it."""
    if candle is None:
        return _widened(newest, open_ms, next_open_ms)
    whole = copy(candle)
    whole.take_in(newest)
    return whole
