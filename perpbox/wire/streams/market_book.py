"""Stream payloads about the book: bookTicker and depthUpdate, in the recorded order of keys."""

from collections.abc import Iterable
from typing import NamedTuple

from perpbox.engine.book import Book, BookSide
from perpbox.engine.symbol import Instrument
from perpbox.money import Price, Qty, fixed
from perpbox.wire.market.text import price_text, quantity_text
from perpbox.wire.streams.market_text import pair_key, type_key
from perpbox.wire.vintage import Vintage


class Best(NamedTuple):
    """Best bid and ask with their quantities; zeros for an empty side."""

    bid: Price
    bid_quantity: Qty
    ask: Price
    ask_quantity: Qty


def best_of(book: Book) -> Best:
    """Both tops of a book."""
    return Best(*_top(book.bids), *_top(book.asks))


def _top(side: BookSide) -> tuple[Price, Qty]:
    level = side.best()
    return (level.price, Qty(level.street + level.own)) if level else (Price(0), Qty(0))


def book_ticker(
    instrument: Instrument, book: Book, best: Best, event_ms: int, vintage: Vintage
) -> bytes:
    """``bookTicker``; ``u`` is the book's update id, ``T`` the time of its last change."""
    return (
        f'{{"e":"bookTicker","u":{book.update_id},"s":"{instrument.symbol}",'
        f"{pair_key(instrument, vintage)}"
        f'"b":"{price_text(best.bid, instrument)}",'
        f'"B":"{quantity_text(best.bid_quantity, instrument)}",'
        f'"a":"{price_text(best.ask, instrument)}",'
        f'"A":"{quantity_text(best.ask_quantity, instrument)}",'
        f'"T":{book.changed_ms or event_ms},"E":{event_ms}{type_key(vintage)}}}'
    ).encode()


class Chain(NamedTuple):
    """Ids of a depth update: first and last of it, and the last of the one before."""

    first: int
    last: int
    previous: int


def depth_update(
    instrument: Instrument,
    chain: Chain,
    bids: Iterable[tuple[Price, Qty]],
    asks: Iterable[tuple[Price, Qty]],
    changed_ms: int,
    event_ms: int,
    vintage: Vintage,
) -> bytes:
    """``depthUpdate``: absolute quantities, 0 for a level that went."""
    return (
        f'{{"e":"depthUpdate","E":{event_ms},"T":{changed_ms},"s":"{instrument.symbol}",'
        f"{pair_key(instrument, vintage)}"
        f'"U":{chain.first},"u":{chain.last},"pu":{chain.previous},'
        f'"b":[{_levels(bids, instrument)}],"a":[{_levels(asks, instrument)}]'
        f"{type_key(vintage)}}}"
    ).encode()


def _levels(levels: Iterable[tuple[Price, Qty]], instrument: Instrument) -> str:
    price_places = instrument.price_precision
    quantity_places = instrument.quantity_precision
    return ",".join(
        f'["{fixed(price, price_places)}","{fixed(quantity, quantity_places)}"]'
        for price, quantity in levels
    )
