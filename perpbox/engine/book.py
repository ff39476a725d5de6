"""The limit order book of one symbol: orders of accounts and street depth at the same levels.

At each level the street's quantity that was there before an order is served before it; that
quantity is kept on the order (``street_ahead``). Street quantity that came later is behind.
"""

from bisect import bisect_left, insort

from perpbox.engine.commands import Levels
from perpbox.engine.orders import Order
from perpbox.engine.types import BUY, SELL, Side
from perpbox.money import Price, Qty
from perpbox.units import as_qty


class Level:
    """One price: street quantity and resting orders in time priority."""

    __slots__ = ("orders", "own", "price", "street")

    def __init__(self, price: Price) -> None:
        self.price = price
        self.street = as_qty(0)
        self.orders: dict[int, Order] = {}
        self.own = as_qty(0)
        """Sum of what remains of ``orders``."""


class BookSide:
    """Levels of one side. Keys are ``sign * price``, ascending, so that the best is last."""

    __slots__ = ("keys", "levels", "sign", "touched")

    def __init__(self, side: Side) -> None:
        self.sign = int(side)
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}
        self.touched: set[Price] = set()
        """Prices whose shown quantity changed since the last ``Book.flush``."""

    def best(self) -> Level | None:
        """The level served first."""
        return self.levels[self.keys[-1]] if self.keys else None

    def at(self, price: Price) -> Level | None:
        """The level of a price."""
        return self.levels.get(self.sign * price)

    def open(self, price: Price) -> Level:
        """The level of a price, made when it is missing."""
        key = self.sign * price
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = Level(price)
            insort(self.keys, key)
        return level

    def drop_if_empty(self, level: Level) -> None:
        """Forget a level with nothing left."""
        if level.street or level.orders:
            return
        key = self.sign * level.price
        if self.keys[-1] == key:
            self.keys.pop()
        else:
            del self.keys[bisect_left(self.keys, key)]
        del self.levels[key]

    def add(self, order: Order) -> None:
        """Rest an order at its price, behind everything that is there."""
        level = self.open(order.price)
        order.street_ahead = level.street
        level.orders[order.order_id] = order
        level.own = as_qty(level.own + order.quantity - order.executed)
        self.touched.add(order.price)

    def remove(self, order: Order) -> None:
        """Take a resting order out."""
        level = self.levels[self.sign * order.price]
        del level.orders[order.order_id]
        level.own = as_qty(level.own - (order.quantity - order.executed))
        self.touched.add(order.price)
        self.drop_if_empty(level)

    def set_street(self, price: Price, quantity: Qty) -> None:
        """Set the street quantity of a level; nobody's queue gets longer by it."""
        level = self.levels.get(self.sign * price)
        if level is None:
            if not quantity:
                return
            level = self.open(price)
        elif level.street == quantity:
            return
        level.street = quantity
        for order in level.orders.values():
            order.street_ahead = min(order.street_ahead, quantity)
        self.touched.add(price)
        self.drop_if_empty(level)

    def street_prices(self) -> list[Price]:
        """Prices with street quantity, best first."""
        levels = self.levels
        return [levels[key].price for key in reversed(self.keys) if levels[key].street]

    def depth(self, limit: int) -> list[tuple[Price, Qty]]:
        """The best ``limit`` levels with their total quantity, best first."""
        levels = self.levels
        shown = []
        for key in reversed(self.keys[-limit:]):
            level = levels[key]
            shown.append((level.price, as_qty(level.street + level.own)))
        return shown

    def changes(self) -> Levels:
        """Touched prices with their new total quantity, and forget them."""
        touched = self.touched
        if not touched:
            return ()
        prices = sorted(touched) if len(touched) > 1 else touched
        levels, sign = self.levels, self.sign
        rows = []
        for price in prices:
            level = levels.get(sign * price)
            rows.append((price, as_qty(level.street + level.own) if level else as_qty(0)))
        touched.clear()
        return tuple(rows)


class Book:
    """Both sides of a symbol and the id of its last change."""

    __slots__ = ("asks", "bids", "changed_ms", "update_id")

    def __init__(self) -> None:
        self.bids = BookSide(BUY)
        self.asks = BookSide(SELL)
        self.update_id = 0
        self.changed_ms = 0

    def side(self, side: Side) -> BookSide:
        """The side on which orders of that direction rest."""
        return self.bids if side is BUY else self.asks

    def opposite(self, side: Side) -> BookSide:
        """The side that an incoming order of that direction takes from."""
        return self.asks if side is BUY else self.bids

    def best_bid(self) -> Price | None:
        """Highest price somebody pays."""
        level = self.bids.best()
        return level.price if level else None

    def best_ask(self) -> Price | None:
        """Lowest price somebody asks."""
        level = self.asks.best()
        return level.price if level else None

    def quantity_at(self, side: Side, price: Price) -> Qty:
        """Total quantity shown at a price."""
        level = self.side(side).at(price)
        return as_qty(level.street + level.own) if level else as_qty(0)

    def depth(self, limit: int) -> tuple[list[tuple[Price, Qty]], list[tuple[Price, Qty]]]:
        """(bids, asks), best first, at most ``limit`` levels each."""
        return self.bids.depth(limit), self.asks.depth(limit)

    def is_touched(self) -> bool:
        """Whether a shown quantity changed since the last flush."""
        return bool(self.bids.touched or self.asks.touched)
