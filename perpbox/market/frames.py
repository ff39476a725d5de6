"""Recorded stream frames: one line each, as received, read lazily and put in order of time.

A line is ``<local receive time> <json>``; the json is a combined-stream frame or the bare
answer of a depth snapshot. Prices and quantities stay the venue's own strings until a command
is made of them. Unknown fields are passed over.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from heapq import heappop, heappush
from typing import ClassVar, Final, TypeAlias

import msgspec

from perpbox.money import parse

Lines: TypeAlias = Callable[[], Iterator[bytes]]
"""Opens a recording at its first line, each time it is called."""

REORDER_MS: Final = 5_000
"""How late, against the newest time seen, a frame may arrive and still find its place.

Streams are interleaved by arrival and may lag by some seconds against each other.
"""
NUMBERS_KEPT: Final = 32_768
STREAM_NAME_END: Final = 48
"""A stream's name stands within this many bytes of its frame."""
MARKET_TRADE: Final = "MARKET"
"""Kind of a print between market participants; all others move nothing."""

number = lru_cache(maxsize=NUMBERS_KEPT)(parse)
"""``money.parse`` that remembers: a recording repeats its prices and quantities."""

TextLevels: TypeAlias = tuple[tuple[str, str], ...]


class Print(msgspec.Struct, tag_field="e", tag="trade"):
    """A trade. Comes before depth of the same time, which already shows its effect."""

    rank: ClassVar[int] = 0
    time_ms: int = msgspec.field(name="T")
    price: str = msgspec.field(name="p")
    quantity: str = msgspec.field(name="q")
    buyer_is_maker: bool = msgspec.field(name="m")
    kind: str = msgspec.field(name="X", default=MARKET_TRADE)


class Best(msgspec.Struct, tag_field="e", tag="bookTicker"):
    """Best bid and ask."""

    rank: ClassVar[int] = 1
    time_ms: int = msgspec.field(name="T")
    bid: str = msgspec.field(name="b")
    ask: str = msgspec.field(name="a")


class Diff(msgspec.Struct, tag_field="e", tag="depthUpdate"):
    """Levels that changed with update ids ``first_id``..``update_id``."""

    rank: ClassVar[int] = 2
    time_ms: int = msgspec.field(name="T")
    first_id: int = msgspec.field(name="U")
    update_id: int = msgspec.field(name="u")
    previous_id: int = msgspec.field(name="pu")
    bids: TextLevels = msgspec.field(name="b")
    asks: TextLevels = msgspec.field(name="a")


class Marks(msgspec.Struct, tag_field="e", tag="markPriceUpdate"):
    """Mark, index and the rate shown for the next settlement."""

    rank: ClassVar[int] = 3
    time_ms: int = msgspec.field(name="E")
    mark: str = msgspec.field(name="p")
    index: str = msgspec.field(name="i")
    rate: str = msgspec.field(name="r")


class Snapshot(msgspec.Struct):
    """The whole book, as far as it was asked for."""

    rank: ClassVar[int] = 2
    time_ms: int = msgspec.field(name="T")
    update_id: int = msgspec.field(name="lastUpdateId")
    bids: TextLevels
    asks: TextLevels


class IndexPrint(msgspec.Struct):
    """A trade of the market that stands in for the index."""

    rank: ClassVar[int] = 0
    time_ms: int
    price: str


Frame: TypeAlias = Print | Best | Diff | Marks | Snapshot | IndexPrint
_StreamData: TypeAlias = Print | Best | Diff | Marks


class _Envelope(msgspec.Struct):
    data: _StreamData


_envelope = msgspec.json.Decoder(_Envelope)
_snapshot = msgspec.json.Decoder(Snapshot)


def frames(lines: Iterator[bytes], *, with_best: bool) -> Iterator[Frame]:
    """Frames in the order of arrival.

    ``with_best`` adds best prices: of the many, the last one before each depth frame.
    """
    best: bytes | None = None
    for line in lines:
        start = line.index(b" ") + 1
        name = line.find(b"@", start, start + STREAM_NAME_END)
        if name < 0:
            yield _snapshot.decode(line[start:])
        elif line.startswith(b"@bookTicker", name):
            if with_best:
                best = line[start:]
        else:
            if best is not None and line.startswith(b"@depth", name):
                yield _envelope.decode(best).data
                best = None
            yield _envelope.decode(line[start:]).data


def index_prints(lines: Iterator[bytes]) -> Iterator[IndexPrint]:
    """Trades of a recording whose last price is the index; its other frames are passed over."""
    for line in lines:
        start = line.index(b" ") + 1
        name = line.find(b"@", start, start + STREAM_NAME_END)
        if name >= 0 and line.startswith(b"@trade", name):
            trade = _envelope.decode(line[start:]).data
            if isinstance(trade, Print) and trade.kind == MARKET_TRADE:
                yield IndexPrint(trade.time_ms, trade.price)


def in_time_order(arrived: Iterator[Frame]) -> Iterator[Frame]:
    """Sort by time, then rank, then arrival, holding ``REORDER_MS`` of frames.

    Within one stream times never go back, so that depth keeps the order of its update ids.
    """
    waiting: list[tuple[int, int, int, Frame]] = []
    newest_ms = 0
    for place, frame in enumerate(arrived):
        time_ms = frame.time_ms
        heappush(waiting, (time_ms, frame.rank, place, frame))
        newest_ms = max(newest_ms, time_ms)
        while waiting[0][0] < newest_ms - REORDER_MS:
            yield heappop(waiting)[3]
    while waiting:
        yield heappop(waiting)[3]
