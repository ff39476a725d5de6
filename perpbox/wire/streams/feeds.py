"""Which feed serves which stream."""

from collections.abc import Callable
from typing import Final

from perpbox.wire.desk import Desk
from perpbox.wire.streams.feed import Feed
from perpbox.wire.streams.feeds_book import BookTicker, BookTickers, DiffDepth, PartialDepth
from perpbox.wire.streams.names import Kind, Stream

FEEDS: Final[dict[Kind, Callable[[Desk, Stream], Feed]]] = {
    Kind.BOOK_TICKER: BookTicker,
    Kind.BOOK_TICKERS: BookTickers,
    Kind.PARTIAL_DEPTH: PartialDepth,
    Kind.DIFF_DEPTH: DiffDepth,
    Kind.RPI_DEPTH: DiffDepth,
}
"""By kind. No account has retail price improvement orders yet: that book is the book."""


def make_feed(desk: Desk, stream: Stream) -> Feed | None:
    """The feed of a stream; ``None`` while its contract or asset is not on the board."""
    state = desk.state
    if stream.symbol and stream.symbol not in state.markets:
        return None
    return FEEDS[stream.kind](desk, stream)
