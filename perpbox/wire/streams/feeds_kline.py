"""Feeds of candles: the running one while trades touch it, and each once more when it ends."""

from collections.abc import Iterator

from perpbox.engine.events import TradePrinted
from perpbox.views.intervals import INTERVALS
from perpbox.views.klines import Kline
from perpbox.wire.streams.feed import Feed, MarketDesk, MarketEvent
from perpbox.wire.streams.market_tape import continuous_kline, kline
from perpbox.wire.streams.names import Stream


class Candles(Feed):
    """One interval of one contract.

    The push that ends a candle comes with its end, on the grid. While time runs, a candle
    without trades ends too, flat; where it leaps, only those that somebody traded in.
    """

    __slots__ = ("_interval", "_owed_ms")

    watches = (TradePrinted,)

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        self._interval = INTERVALS[stream.interval]
        running = self._newest(desk.now_ms())
        self._owed_ms = running.close_ms + 1 if running and running.count else 0
        """End of the candle that has trades, and is not ended for the reader; else 0."""

    def seen(self, event: MarketEvent) -> bool:
        """Its candle is to be ended."""
        assert isinstance(event, TradePrinted)
        self._owed_ms = self._end_after(event.at_ms)
        return True

    def next_ms(self, at_ms: int, runs: bool) -> int | None:
        """End of the running candle."""
        if self._owed_ms > at_ms:
            return self._owed_ms
        return self._end_after(at_ms) if runs else None

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:
        """The candle that the window lies in."""
        candle = self._newest(end_ms if is_still else end_ms - 1)
        if candle is None:
            return
        closed = end_ms > candle.close_ms
        if closed:
            self._owed_ms = 0
        yield self._text(candle, end_ms, closed)

    def _text(self, candle: Kline, end_ms: int, closed: bool) -> bytes:
        instrument = self.desk.state.markets[self.stream.symbol].instrument
        return kline(candle, instrument, self.stream.interval, end_ms, closed=closed)

    def _newest(self, at_ms: int) -> Kline | None:
        rows = self.desk.views.klines.query(
            self.stream.symbol, self.stream.interval, None, None, 1, at_ms
        )
        return rows[-1] if rows else None

    def _end_after(self, at_ms: int) -> int:
        return self._interval.open_of(self._interval.index_of(at_ms) + 1)


class ContinuousCandles(Candles):
    """The same by pair and contract type.

    ``f`` is the book's id when the candle was first looked at, ``L`` the one of now.
    """

    __slots__ = ("_first_id", "_open_ms")

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        self._open_ms = 0
        self._first_id = 0

    def seen(self, event: MarketEvent) -> bool:
        """Note where the book stood when its candle began to trade."""
        assert isinstance(event, TradePrinted)
        self._note_first(self._interval.open_of(self._interval.index_of(event.at_ms)))
        return super().seen(event)

    def _note_first(self, open_ms: int) -> None:
        if open_ms != self._open_ms:
            self._open_ms = open_ms
            self._first_id = self.desk.state.markets[self.stream.symbol].book.update_id

    def _text(self, candle: Kline, end_ms: int, closed: bool) -> bytes:
        market = self.desk.state.markets[self.stream.symbol]
        self._note_first(candle.open_ms)
        return continuous_kline(
            candle,
            market.instrument,
            self.stream.contract_type,
            self.stream.interval,
            (self._first_id, market.book.update_id),
            end_ms,
            closed=closed,
        )
