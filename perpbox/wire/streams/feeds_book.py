"""Feeds that come from the book: bookTicker, partial depth and diff depth."""

from collections.abc import Iterable, Iterator

from perpbox.engine.events import BookChanged, RpiBookChanged
from perpbox.engine.state import Market
from perpbox.engine.types import Side
from perpbox.money import Price, Qty
from perpbox.wire.market.book import shown_with_rpi
from perpbox.wire.streams.feed import ALL, Feed, MarketDesk, MarketEvent
from perpbox.wire.streams.market_book import Best, Chain, best_of, book_ticker, depth_update
from perpbox.wire.streams.names import Stream


class BookTicker(Feed):
    """Pushes when price or quantity of the best bid or ask changed."""

    __slots__ = ("_best", "_market")

    watches = (BookChanged,)

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        self._market = desk.state.markets[stream.symbol]
        self._best = best_of(self._market.book)

    def seen(self, event: MarketEvent) -> bool:  # noqa: ARG002
        """Compare both tops with those told last."""
        best = best_of(self._market.book)
        if best == self._best:
            return False
        self._best = best
        return True

    def frames(self, end_ms: int, is_still: bool) -> Iterable[bytes]:  # noqa: ARG002
        """One row."""
        market = self._market
        yield book_ticker(market.instrument, market.book, self._best, end_ms, self.desk.vintage)


class BookTickers(Feed):
    """All contracts whose tops differ from what was told last, one message each."""

    __slots__ = ("_changed", "_told")

    watches = (BookChanged,)

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        markets = desk.state.markets
        self._told: dict[str, Best] = {name: best_of(markets[name].book) for name in markets}
        self._changed: dict[str, None] = {}

    def symbols(self) -> Iterable[str]:
        """Every contract."""
        return (ALL,)

    def seen(self, event: MarketEvent) -> bool:
        """Look at this contract when the window ends."""
        self._changed[event.symbol] = None
        return True

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """A row for each contract that moved."""
        changed, self._changed = self._changed, {}
        for symbol in changed:
            market = self.desk.state.markets[symbol]
            best = best_of(market.book)
            if best != self._told.get(symbol):
                self._told[symbol] = best
                yield book_ticker(market.instrument, market.book, best, end_ms, self.desk.vintage)


class _Chained(Feed):
    """Depth of one contract. ``u`` of each push is the book's id, ``pu`` that of the one before.

    ``U`` follows ``pu`` without a gap, so any id that REST answers with lies inside a push or is
    its ``pu`` (STR-041).
    """

    __slots__ = ("_market", "_told_id")

    watches: tuple[type[MarketEvent], ...] = (BookChanged,)

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        self._market: Market = desk.state.markets[stream.symbol]
        self._told_id = self._market.book.update_id

    def _frame(
        self,
        update_id: int,
        bids: Iterable[tuple[Price, Qty]],
        asks: Iterable[tuple[Price, Qty]],
        end_ms: int,
    ) -> bytes:
        chain = Chain(self._told_id + 1, update_id, self._told_id)
        self._told_id = update_id
        market = self._market
        return depth_update(
            market.instrument,
            chain,
            bids,
            asks,
            market.book.changed_ms,
            end_ms,
            self.desk.vintage,
        )


class PartialDepth(_Chained):
    """The best levels as they are at the end of a window in which the book changed."""

    __slots__ = ()

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """The levels, best first."""
        book = self._market.book
        bids, asks = book.depth(self.stream.levels)
        yield self._frame(book.update_id, bids, asks, end_ms)


class RpiDepth(_Chained):
    """Levels that changed in the window, orders for retail price improvement included.

    A level that they reach beyond the other side's best is told as gone (page).
    """

    __slots__ = ("_asks", "_bids", "_last_id")

    watches = (BookChanged, RpiBookChanged)

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        self._bids: dict[Price, None] = {}
        self._asks: dict[Price, None] = {}
        self._last_id = self._told_id

    def seen(self, event: MarketEvent) -> bool:
        """Keep which levels changed."""
        assert isinstance(event, BookChanged | RpiBookChanged)
        self._bids.update(dict.fromkeys(price for price, _ in event.bids))
        self._asks.update(dict.fromkeys(price for price, _ in event.asks))
        self._last_id = event.update_id
        return True

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """The levels of both sides, ascending by price."""
        bids, asks = sorted(self._bids), sorted(self._asks)
        self._bids.clear()
        self._asks.clear()
        yield self._frame(
            self._last_id,
            [(price, shown_with_rpi(self._market, Side.BUY, price)) for price in bids],
            [(price, shown_with_rpi(self._market, Side.SELL, price)) for price in asks],
            end_ms,
        )


class DiffDepth(_Chained):
    """Every level that changed in the window, with its last quantity."""

    __slots__ = ("_asks", "_bids", "_last_id")

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        self._bids: dict[Price, Qty] = {}
        self._asks: dict[Price, Qty] = {}
        self._last_id = self._told_id

    def seen(self, event: MarketEvent) -> bool:
        """Keep the newest quantity of each level."""
        assert isinstance(event, BookChanged)
        self._bids.update(event.bids)
        self._asks.update(event.asks)
        self._last_id = event.update_id
        return True

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """The levels of both sides, ascending by price (recorded)."""
        bids, asks = sorted(self._bids.items()), sorted(self._asks.items())
        self._bids.clear()
        self._asks.clear()
        yield self._frame(self._last_id, bids, asks, end_ms)
