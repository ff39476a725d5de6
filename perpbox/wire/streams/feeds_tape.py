"""Feeds that come from trades: trade, aggTrade, tickers."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from perpbox.engine.events import TradePrinted
from perpbox.engine.symbol import Instrument
from perpbox.views.tickers import DayTicker
from perpbox.views.trades import AGGREGATE_MS
from perpbox.wire.streams.feed import ALL, Feed, MarketDesk, MarketEvent
from perpbox.wire.streams.market_tape import agg_trade, mini_ticker, ticker, trade
from perpbox.wire.streams.names import Kind, Stream
from perpbox.wire.vintage import Vintage

DayText = Callable[[DayTicker, Instrument, int, Vintage], str]
_DAY_TEXTS: Final[dict[Kind, DayText]] = {
    Kind.MINI_TICKER: mini_ticker,
    Kind.MINI_TICKERS: mini_ticker,
    Kind.TICKER: ticker,
    Kind.TICKERS: ticker,
}


class Trade(Feed):
    """Each trade as it happens."""

    __slots__ = ("_newest",)

    watches = (TradePrinted,)

    def seen(self, event: MarketEvent) -> bool:
        """Keep it; it is asked for at once."""
        assert isinstance(event, TradePrinted)
        self._newest = event
        return True

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """One trade."""
        instrument = self.desk.state.markets[self.stream.symbol].instrument
        yield trade(self._newest, instrument, end_ms)


class AggTrade(Feed):
    """Aggregates that can grow no more, each once, with the ids of REST."""

    __slots__ = ("_next_id",)

    watches = (TradePrinted,)

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        newest = desk.views.trades.newest_aggregate(stream.symbol)
        self._next_id = newest.aggregate_id + 1 if newest else 1
        if newest and desk.now_ms() < newest.at_ms + AGGREGATE_MS:
            self._wait_for(newest.aggregate_id)

    def _wait_for(self, aggregate_id: int) -> None:
        """It grows still, so it is told when it is whole, also to who came in the middle."""
        if not self.desk.views.trades.is_still:
            self._next_id = aggregate_id
            self.is_touched = True

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:
        """What is whole. The newest may have to wait for its 100 ms."""
        trades = self.desk.views.trades
        symbol = self.stream.symbol
        instrument = self.desk.state.markets[symbol].instrument
        rows = trades.aggregates_from(symbol, self._next_id)
        if rows and not is_still and rows[-1].at_ms + AGGREGATE_MS > end_ms:
            rows = rows[:-1]
            self.is_touched = True
        self._next_id += len(rows)
        for row in rows:
            yield agg_trade(row, instrument, end_ms, self.desk.vintage)


class DayTickers(Feed):
    """The rolling day of a contract that traded in the window."""

    __slots__ = ("_text",)

    watches = (TradePrinted,)

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        self._text = _DAY_TEXTS[stream.kind]

    def _rows(self, symbols: Iterable[str], end_ms: int) -> Iterator[str]:
        for symbol in symbols:
            day = self.desk.views.tickers.day(symbol, end_ms)
            if day is not None:
                instrument = self.desk.state.markets[symbol].instrument
                yield self._text(day, instrument, end_ms, self.desk.vintage)

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """One object."""
        for row in self._rows((self.stream.symbol,), end_ms):
            yield row.encode()


class DayTickerArray(DayTickers):
    """The rolling days of all contracts that traded in the window, in one array."""

    __slots__ = ("_changed",)

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        self._changed: set[str] = set()

    def symbols(self) -> Iterable[str]:
        """Every contract."""
        return (ALL,)

    def seen(self, event: MarketEvent) -> bool:
        """Put the contract into the next array."""
        self._changed.add(event.symbol)
        return True

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """One array, in the order of the board."""
        changed, self._changed = self._changed, set()
        listed = (symbol for symbol in self.desk.state.markets if symbol in changed)
        yield f"[{','.join(self._rows(listed, end_ms))}]".encode()
