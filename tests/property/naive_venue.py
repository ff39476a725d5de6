"""A slow and obvious venue: the oracle of the book and of matching.

Each price is one plain queue of chunks, ``[order id, quantity]``, served from the front; order
id 0 is the street. Nothing here is shared with the engine but the words of the trade.
"""

from dataclasses import dataclass, field

STREET = 0
Chunk = list[int]
Fill = tuple[int, int, int, int]
"""(price, quantity, resting order id or 0, incoming order id or 0)."""


@dataclass
class NaiveOrder:
    """An order that rests or comes in."""

    order_id: int
    account: int
    side: int
    price: int
    quantity: int
    tif: str
    reduce_only: bool
    prevention: str
    executed: int = 0

    @property
    def left(self) -> int:
        return self.quantity - self.executed


@dataclass
class NaiveVenue:
    """Queues by (side, price), positions by account; all moves by linear scans."""

    queues: dict[tuple[int, int], list[Chunk]] = field(default_factory=dict)
    orders: dict[int, NaiveOrder] = field(default_factory=dict)
    positions: dict[int, int] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    prints: list[tuple[int, int]] = field(default_factory=list)
    street_position: int = 0
    next_id: int = 1

    def copy(self) -> "NaiveVenue":
        """A venue of its own to try things on."""
        return NaiveVenue(
            {key: [list(chunk) for chunk in queue] for key, queue in self.queues.items()},
            {i: NaiveOrder(**vars(order)) for i, order in self.orders.items()},
            dict(self.positions),
            [],
            [],
            self.street_position,
            self.next_id,
        )

    # reading

    def best(self, side: int) -> int | None:
        """Best price of a side."""
        prices = [price for s, price in self.queues if s == side]
        if not prices:
            return None
        return max(prices) if side > 0 else min(prices)

    def shown(self, side: int) -> list[tuple[int, int]]:
        """(price, quantity) of a side, best first."""
        rows = [
            (price, sum(chunk[1] for chunk in queue))
            for (s, price), queue in self.queues.items()
            if s == side
        ]
        return sorted(rows, reverse=side > 0)

    def resting(self) -> list[tuple[int, int, int, int]]:
        """(order id, price, quantity, executed) of all resting orders, by id."""
        return sorted((o.order_id, o.price, o.quantity, o.executed) for o in self.orders.values())

    def ahead(self, order_id: int) -> int:
        """Street quantity served before an order."""
        order = self.orders[order_id]
        total = 0
        for owner, quantity in self.queues[order.side, order.price]:
            if owner == order_id:
                return total
            total += quantity if owner == STREET else 0
        raise AssertionError("an order without its chunk")

    def reducible(self, account: int, side: int) -> int:
        """What an order of that side can close of a position."""
        position = self.positions.get(account, 0)
        return abs(position) if position * side < 0 else 0

    def reaches(self, side: int, limit: int, price: int) -> bool:
        """Whether an order takes from a price."""
        return limit >= price if side > 0 else limit <= price

    # changing

    def _tidy(self, side: int, price: int) -> None:
        """Forget empty chunks and queues, and join street chunks that touch."""
        queue = self.queues.get((side, price))
        if queue is None:
            return
        kept: list[Chunk] = []
        for chunk in queue:
            if not chunk[1]:
                continue
            if kept and kept[-1][0] == STREET == chunk[0]:
                kept[-1][1] += chunk[1]
            else:
                kept.append(chunk)
        queue[:] = kept
        if not queue:
            del self.queues[side, price]

    def remove(self, order_id: int) -> None:
        """Take a resting order out."""
        order = self.orders.pop(order_id)
        queue = self.queues[order.side, order.price]
        queue[:] = [chunk for chunk in queue if chunk[0] != order_id]
        self._tidy(order.side, order.price)

    def _move(self, account: int, signed: int) -> None:
        self.positions[account] = self.positions.get(account, 0) + signed

    def _knock_out(self, account: int) -> None:
        for order in list(self.orders.values()):
            if (
                order.account == account
                and order.reduce_only
                and not self.reducible(account, order.side)
            ):
                self.remove(order.order_id)

    def _fill_resting(self, maker: NaiveOrder, quantity: int, taker: NaiveOrder | None) -> None:
        self.fills.append(
            (maker.price, quantity, maker.order_id, taker.order_id if taker else STREET)
        )
        self._move(maker.account, maker.side * quantity)
        if taker:
            self._move(taker.account, taker.side * quantity)
            taker.executed += quantity
        else:
            self.street_position -= maker.side * quantity
        maker.executed += quantity
        for chunk in self.queues[maker.side, maker.price]:
            if chunk[0] == maker.order_id:
                chunk[1] -= quantity
        if not maker.left:
            self.remove(maker.order_id)
        self._knock_out(maker.account)

    def _capacity(self, order: NaiveOrder) -> int:
        if not order.reduce_only:
            return order.left
        return min(order.left, self.reducible(order.account, order.side))

    def take(self, taker: NaiveOrder, limit: int) -> bool:
        """Match an incoming order; True when self-trade prevention ended it."""
        while self._capacity(taker):
            price = self.best(-taker.side)
            if price is None or not self.reaches(taker.side, limit, price):
                return False
            queue = self.queues[-taker.side, price]
            owner, available = queue[0]
            wanted = self._capacity(taker)
            if owner == STREET:
                quantity = min(available, wanted)
                queue[0][1] -= quantity
                self.fills.append((price, quantity, STREET, taker.order_id))
                self._move(taker.account, taker.side * quantity)
                self.street_position -= taker.side * quantity
                taker.executed += quantity
                self._tidy(-taker.side, price)
                continue
            maker = self.orders[owner]
            own = maker.account == taker.account
            if own and taker.prevention != "NONE" and taker.tif in ("GTC", "IOC"):
                if taker.prevention != "EXPIRE_TAKER":
                    self.remove(owner)
                if taker.prevention != "EXPIRE_MAKER":
                    return True
                continue
            self._fill_resting(maker, min(wanted, self._capacity(maker)), taker)
        return False

    def enter(self, order: NaiveOrder, limit: int, is_market: bool) -> None:
        """Match an order, then let what is left rest when it may."""
        stopped = self.take(order, limit)
        self._knock_out(order.account)
        if stopped or is_market or not order.left or order.tif in ("IOC", "FOK"):
            return
        if order.reduce_only and not self.reducible(order.account, order.side):
            return
        self.orders[order.order_id] = order
        self.queues.setdefault((order.side, order.price), []).append([order.order_id, order.left])

    def amend(self, order_id: int, price: int, quantity: int) -> None:
        """New price and quantity, at the back of the queue."""
        order = self.orders[order_id]
        best = self.best(-order.side)
        self.remove(order_id)
        late = best is not None and self.reaches(order.side, price, best)
        if quantity <= order.executed or (order.tif == "GTX" and late):
            return
        order.price, order.quantity = price, quantity
        self.enter(order, price, is_market=False)

    # the street

    def _name_level(self, side: int, price: int, quantity: int) -> None:
        """New street quantity of a level: nobody's queue gets longer, the rest goes behind."""
        queue = self.queues.setdefault((side, price), [])
        before = 0
        for chunk in queue:
            if chunk[0] == STREET:
                kept = min(chunk[1], quantity - before)
                before += kept
                chunk[1] = kept
        queue.append([STREET, quantity - before])
        self._tidy(side, price)

    def set_depth(self, named: dict[int, list[tuple[int, int]]], replace: bool) -> None:
        """Street levels by side; crossing ones fill resting orders at the orders' prices."""
        for side, levels in named.items():
            if replace:
                wanted = {price for price, quantity in levels if quantity}
                gone = [price for s, price in self.queues if s == side and price not in wanted]
            else:
                gone = [price for price, quantity in levels if not quantity]
            for price in gone:
                self._name_level(side, price, 0)
        for side, levels in named.items():
            for price, quantity in levels:
                if quantity:
                    self._name_level(side, price, self._cross(side, price, quantity))

    def _cross(self, side: int, limit: int, quantity: int) -> int:
        left = quantity
        while True:
            price = self.best(-side)
            if price is None or not self.reaches(side, limit, price):
                return left
            owners = [chunk[0] for chunk in self.queues[-side, price] if chunk[0] != STREET]
            self._name_level(-side, price, 0)
            for owner in owners:
                maker = self.orders.get(owner)
                if maker is not None and left:
                    filled = min(left, self._capacity(maker))
                    self._fill_resting(maker, filled, None)
                    left -= filled
            if any(owner in self.orders for owner in owners):
                return 0

    def street_print(self, price: int, quantity: int, buyer_is_maker: bool) -> None:
        """A print serves the maker side down to its price, street quantity ahead included."""
        side = 1 if buyer_is_maker else -1
        left = quantity
        served = 0
        while left:
            waiting = [
                o for o in self.orders.values() if o.side == side and o.price * side >= price * side
            ]
            if not waiting:
                break
            best = max(o.price * side for o in waiting) * side
            queue = self.queues[side, best]
            owner, available = queue[0]
            if owner == STREET and best != price:
                # Passed through: the queue does not protect it. It waits behind the orders.
                queue.append(queue.pop(0))
                continue
            if owner == STREET:
                used = min(available, left)
                queue[0][1] -= used
                queue.append([STREET, used])
                served += used
                left -= used
                self._tidy(side, best)
                continue
            filled = min(left, self._capacity(self.orders[owner]))
            self._fill_resting(self.orders[owner], filled, None)
            left -= filled
        if left + served:
            self.prints.append((price, left + served))
