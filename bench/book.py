"""Our book alone, fed the stream of ``bench.peers``: no accounts, no margin, no events.

``python -m bench.book`` prints operations a second as JSON.
"""

import gc
import json
import time
from collections.abc import Iterable

from bench.peers.stream import ADD, CANCEL, Operation, operations
from perpbox.engine.book import Book
from perpbox.engine.matching import crosses
from perpbox.engine.orders import Order
from perpbox.engine.types import (
    BUY,
    SELL,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from perpbox.money import Price, Qty
from perpbox.units import as_qty

SYMBOL = "X"
KIND = (PositionSide.BOTH, OrderType.LIMIT, TimeInForce.GTC)
REST = (SelfTradePrevention.NONE, PriceMatch.NONE, 0)
Step = tuple[str, int, Side, Price, Qty]


def prepared(steps: Iterable[Operation]) -> list[Step]:
    """The stream in our own types, as each peer gets it in its own."""
    return [
        (what, number, BUY if buys else SELL, Price(price), Qty(quantity))
        for what, number, buys, price, quantity in steps
    ]


def feed(steps: list[Step]) -> float:
    """The whole stream through one book; operations a second."""
    book = Book()
    resting: dict[int, Order] = {}
    trades = 0
    gc.collect()
    gc.freeze()  # as a served box does: the collector need not look at what was there before
    began = time.perf_counter()
    for what, number, side, price, quantity in steps:
        if what == CANCEL:
            order = resting.pop(number)
            if order.executed < order.quantity:
                book.side(order.side).remove(order)
            continue
        order = Order(number, 1, SYMBOL, "", side, *KIND, quantity, price, False, *REST)
        if what == ADD:
            resting[number] = order
        trades += _match(book, order)
        if order.executed < order.quantity:
            book.side(side).add(order)
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
        left = as_qty(left - quantity)
        maker.executed = as_qty(maker.executed + quantity)
        level.own = as_qty(level.own - quantity)
        trades += 1
        if maker.executed == maker.quantity:
            opposite.remove(maker)
    taker.executed = as_qty(taker.quantity - left)
    return trades


def main() -> None:
    print(json.dumps({"per_s": feed(prepared(operations()))}))


if __name__ == "__main__":
    main()
