"""One stream of book operations for every book: 60 % add, 35 % cancel, 5 % cross."""

import random
from collections.abc import Iterator

OPERATIONS = 40_000
SEED = 7
ADD, CANCEL, CROSS = "add", "cancel", "cross"
MIDDLE = 10_000
DEPTH = 200
Operation = tuple[str, int, bool, int, int]
"""(what, number of the order, whether it buys, price in ticks, quantity)."""


def operations(count: int = OPERATIONS) -> Iterator[Operation]:
    """Prices lie around a middle, so that only crosses trade; cancels name a random order.

    An order that a cross has filled may be named: a book finds out that it is gone.
    """
    chance = random.Random(SEED)
    known: list[tuple[int, bool, int]] = []
    for number in range(count):
        draw = chance.random()
        buys = chance.random() < 0.5
        if draw < 0.60 or not known:
            price = MIDDLE + (-1 if buys else 1) * chance.randint(1, DEPTH)
            known.append((number, buys, price))
            yield ADD, number, buys, price, chance.randint(1, 50)
        elif draw < 0.95:
            at = chance.randrange(len(known))
            known[at], known[-1] = known[-1], known[at]
            name, side, price = known.pop()
            yield CANCEL, name, side, price, 0
        else:
            price = MIDDLE + (DEPTH if buys else -DEPTH)
            yield CROSS, number, buys, price, chance.randint(1, 100)
