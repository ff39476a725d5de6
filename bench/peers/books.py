"""Order books from PyPI, fed the same stream: ``python -m bench.peers.books NAME``."""

import json
import logging
import sys
import time
from collections.abc import Callable
from decimal import Decimal

from bench.peers.stream import ADD, CANCEL, operations

Feed = Callable[[], int]
"""Feeds the whole stream; returns how many operations there were."""


def liquibook() -> Feed:
    import liquibook as library

    book = library.liquibook_book_OrderBook()
    steps = list(operations())

    def feed() -> int:
        orders = {}
        for what, number, buys, price, quantity in steps:
            if what == CANCEL:
                book.cancel(orders[number])  # kept: the library holds no reference of its own
            else:
                order = orders[number] = library.SimpleOrder(buys, price, quantity)
                book.add(order)
                book.perform_callbacks()
        return len(steps)

    return feed


def akhil4n_orderbook() -> Feed:
    import orderbook as library

    book = library.OrderBook()
    prices = {price: Decimal(price) for price in range(9_000, 11_001)}
    bid, ask = library.OrderSide.BID, library.OrderSide.ASK
    steps = list(operations())

    def feed() -> int:
        ids = {}
        for what, number, buys, price, quantity in steps:
            if what == CANCEL:
                book.cancel_order(ids.pop(number))
            else:
                order = library.Order(bid if buys else ask, prices[price], quantity)
                if what == ADD:
                    ids[number] = order.order_id
                book.add_limit_order(order)
        return len(steps)

    return feed


def pyorderbook() -> Feed:
    from pyorderbook import Book, ask, bid

    logging.disable(logging.CRITICAL)
    book = Book()
    steps = list(operations())

    def feed() -> int:
        orders = {}
        for what, number, buys, price, quantity in steps:
            if what == CANCEL:
                order = orders.pop(number)
                if order.id in book.order_map:
                    book.cancel(order)
            else:
                order = (bid if buys else ask)("X", price, quantity)
                if what == ADD:
                    orders[number] = order
                book.match(order)
        return len(steps)

    return feed


BOOKS = {
    "liquibook": liquibook,
    "akhil4n-orderbook": akhil4n_orderbook,
    "pyorderbook": pyorderbook,
}


def main() -> None:
    (name,) = sys.argv[1:]
    feed = BOOKS[name]()
    began = time.perf_counter()
    count = feed()
    print(json.dumps({"per_s": count / (time.perf_counter() - began)}))


if __name__ == "__main__":
    main()
