"""Answers about the book: depth, rpiDepth and bookTicker."""

from collections.abc import Iterable
from typing import Final

from perpbox.engine.state import Account, Market
from perpbox.engine.symbol import Instrument
from perpbox.engine.types import Side
from perpbox.money import Price, Qty, fixed
from perpbox.wire.desk import Desk
from perpbox.wire.market.text import market_of, one_or_all, price_text, quantity_text
from perpbox.wire.params import Params

DEPTH_LIMIT: Final = 500
RPI_DEPTH_LIMIT: Final = 1000


def _changed_ms(desk: Desk, market: Market) -> int:
    """When the book last changed; a book that never did prints the present."""
    return market.book.changed_ms or desk.now_ms()


def _levels(levels: Iterable[tuple[Price, Qty]], instrument: Instrument) -> str:
    price_places = instrument.price_precision
    quantity_places = instrument.quantity_precision
    return ",".join(
        f'["{fixed(price, price_places)}","{fixed(quantity, quantity_places)}"]'
        for price, quantity in levels
    )


def depth(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/depth``: E is the clock, T the time of the last change."""
    return _depth(desk, market_of(desk, params), params.number_or_none("limit") or DEPTH_LIMIT)


def rpi_depth(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/rpiDepth``: nobody has RPI orders, so it is the whole book (our choice)."""
    return _depth(desk, market_of(desk, params), RPI_DEPTH_LIMIT)


def _depth(desk: Desk, market: Market, limit: int) -> bytes:
    bids, asks = market.book.depth(limit)
    return (
        f'{{"lastUpdateId":{market.book.update_id},"E":{desk.now_ms()},'
        f'"T":{_changed_ms(desk, market)},'
        f'"bids":[{_levels(bids, market.instrument)}],'
        f'"asks":[{_levels(asks, market.instrument)}]}}'
    ).encode()


def _best(market: Market, side: Side) -> tuple[str, str]:
    """Best price and its quantity as text; zeros for an empty side."""
    book = market.book
    price = book.best_bid() if side is Side.BUY else book.best_ask()
    quantity = Qty(0) if price is None else book.quantity_at(side, price)
    return price_text(price or 0, market.instrument), quantity_text(quantity, market.instrument)


def ticker_book(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/ticker/bookTicker``: an object with a symbol, an array without."""

    def row(market: Market) -> str:
        bid_price, bid_quantity = _best(market, Side.BUY)
        ask_price, ask_quantity = _best(market, Side.SELL)
        return (
            f'{{"lastUpdateId":{market.book.update_id},"symbol":"{market.instrument.symbol}",'
            f'"bidPrice":"{bid_price}","bidQty":"{bid_quantity}",'
            f'"askPrice":"{ask_price}","askQty":"{ask_quantity}",'
            f'"time":{_changed_ms(desk, market)}}}'
        )

    return one_or_all(desk, params, row)
