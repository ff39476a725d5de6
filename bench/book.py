"""Our book alone, fed the stream of ``bench.peers``: no accounts, no margin, no events.

``python -m bench.book`` prints operations a second as JSON.
"""

import json
import time
from collections.abc import Sequence

from bench.peers.stream import ADD, CANCEL, Operation, operations
from perpbox.engine.book import Book
from perpbox.engine.matching import crosses
from perpbox.engine.orders import Order
from perpbox.engine.types import (
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from perpbox.money import Price, Qty

SYMBOL = "X"


def _order(number: int, side: Side, price: int, quantity: int) -> Order:
    return Order(
        number,
        1,
        SYMBOL,
        "",
        side,
        PositionSide.BOTH,
        OrderType.LIMIT,
        TimeInForce.GTC,
        Qty(quantity),
        Price(price),
        False,
        SelfTradePrevention.NONE,
        PriceMatch.NONE,
        0,
    )


def feed(steps: Sequence[Operation]) -> float:
    """The whole stream through one book; operations a second."""
    book = Book()
    resting: dict[int, Order] = {}
    trades = 0
    began = time.perf_counter()
    for what, number, buys, price, quantity in steps:
        if what == CANCEL:
            order = resting.pop(number)
            if order.executed < order.quantity:
                book.side(order.side).remove(order)
            continue
        order = _order(number, Side.BUY if buys else Side.SELL, price, quantity)
        if what == ADD:
            resting[number] = order
        trades += _match(book, order)
        if order.executed < order.quantity:
            book.side(order.side).add(order)
    spent = time.perf_counter() - began
    assert trades
    return len(steps) / spent


def _match(book: Book, taker: Order) -> int:
    """Fill an order from the other side, best price and oldest order first; how many trades."""
    opposite = book.opposite(taker.side)
    left, trades = taker.quantity, 0
    while left and (level := opposite.best()) and crosses(taker.side, taker.price, level.price):
        maker = next(iter(level.orders.values()))
        quantity = min(left, maker.quantity - maker.executed)
        left = Qty(left - quantity)
        maker.executed = Qty(maker.executed + quantity)
        level.own = Qty(level.own - quantity)
        trades += 1
        if maker.executed == maker.quantity:
            opposite.remove(maker)
    taker.executed = Qty(taker.quantity - left)
    return trades


def main() -> None:
    print(json.dumps({"per_s": feed(list(operations()))}))


if __name__ == "__main__":
    main()
