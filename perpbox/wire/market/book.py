"""Answers about the book: depth, rpiDepth and bookTicker."""

from collections.abc import Iterable
from typing import Final

from perpbox.engine.matching import crosses
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
    """``GET /fapi/v1/rpiDepth``: the book with the orders for retail price improvement in it."""
    market = market_of(desk, params)
    sides = (rpi_levels(market, side, RPI_DEPTH_LIMIT) for side in (Side.BUY, Side.SELL))
    return _shown(desk, market, *sides)


def rpi_levels(market: Market, side: Side, limit: int) -> list[tuple[Price, Qty]]:
    """The best levels of a side, best first, orders for retail price improvement included.

    Of those, levels that the other side's best order reaches are hidden (page).
    """
    sums = dict(market.book.side(side).depth(limit))
    opposite = market.book.opposite(side).best()
    for price, quantity in market.rpi.side(side).depth(limit):
        if opposite is None or not crosses(side, price, opposite.price):
            sums[price] = Qty(sums.get(price, 0) + quantity)
    return sorted(sums.items(), reverse=side is Side.BUY)[:limit]


def shown_with_rpi(market: Market, side: Side, price: Price) -> Qty:
    """What rpiDepth shows at a price."""
    shown = market.book.quantity_at(side, price)
    opposite = market.book.opposite(side).best()
    if opposite is not None and crosses(side, price, opposite.price):
        return shown
    return Qty(shown + market.rpi.quantity_at(side, price))


def _depth(desk: Desk, market: Market, limit: int) -> bytes:
    return _shown(desk, market, *market.book.depth(limit))


def _shown(
    desk: Desk,
    market: Market,
    bids: Iterable[tuple[Price, Qty]],
    asks: Iterable[tuple[Price, Qty]],
) -> bytes:
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
