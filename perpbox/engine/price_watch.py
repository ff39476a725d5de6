"""Who waits for which price: heaps, so that a price that reaches nobody costs one look.

Levels that stand are in two heaps. Trailing orders follow the price: those that have seen the
same extreme form a group, and because a later one has never seen a further extreme, groups form
a stack. A new extreme melts groups at its top together; each order changes groups at most
logarithmically often.
"""

from collections.abc import Container, Mapping
from heapq import heapify, heappop, heappush
from typing import Final

from perpbox import rounding
from perpbox.engine.types import Side
from perpbox.money import Price

STALE_MIN: Final = 64
"""A heap is not cleaned below this many entries."""


class Group:
    """Trailing orders that have seen the same extreme."""

    __slots__ = ("extreme", "rates", "serial")

    def __init__(self, extreme: int) -> None:
        self.extreme = extreme
        """Lowest price since activation; times -1 the highest one, for sells."""
        self.rates: list[tuple[int, int]] = []
        """Heap of (callback in percent, algo id)."""
        self.serial = 0


class Trail:
    """Active trailing orders of one direction. Prices are taken times the direction."""

    __slots__ = ("firing", "groups", "live", "next_serial", "side", "size")

    def __init__(self, side: Side) -> None:
        self.side = side
        self.groups: list[Group] = []
        """Oldest first, their extremes rising."""
        self.firing: list[tuple[int, int]] = []
        """Heap of (price times direction, serial of a group)."""
        self.live: dict[int, Group] = {}
        self.next_serial = 1
        self.size = 0

    def add(self, algo_id: int, callback_percent: int, price: Price) -> None:
        """Let an order follow from this price on."""
        group = self._lower(self.side * price)
        heappush(group.rates, (callback_percent, algo_id))
        self.size += 1
        self._restate(group)

    def move(self, price: Price) -> list[int]:
        """Follow the price; returns who has seen it come back far enough."""
        if not self.groups:
            return []
        at = self.side * price
        if at < self.groups[-1].extreme:
            self._restate(self._lower(at))
        fired: list[int] = []
        while self.firing and self.firing[0][0] <= at:
            group = self.live.pop(heappop(self.firing)[1], None)
            if group is None:
                continue
            while group.rates and self._point(group) <= at:
                fired.append(heappop(group.rates)[1])
            self._restate(group)
        self.size -= len(fired)
        return fired

    def between(self, floor: int, ceiling: int) -> tuple[int, int]:
        """Narrow bounds to those strictly between which a price moves nothing here.

        At the newest group's extreme nothing moves yet, beyond it the group follows. What is
        stale counts like what lives: a price that reaches it would take it out.
        """
        if not self.groups:
            return floor, ceiling
        follows = self.groups[-1].extreme - 1
        fires = self.firing[0][0] if self.firing else None
        if self.side is Side.BUY:
            return max(floor, follows), ceiling if fires is None else min(ceiling, fires)
        return floor if fires is None else max(floor, -fires), min(ceiling, -follows)

    def clean(self, alive: Container[int], count: int) -> None:
        """Drop what is stale once it is more than half."""
        if self.size <= 2 * count + STALE_MIN and len(self.groups) <= 2 * count + STALE_MIN:
            return
        self.size = 0
        self.firing.clear()
        self.live.clear()
        kept = []
        for group in self.groups:
            group.rates = sorted(entry for entry in group.rates if entry[1] in alive)
            if group.rates:
                kept.append(group)
                self.size += len(group.rates)
        self.groups = kept
        for group in kept:
            self._restate(group)

    def _lower(self, extreme: int) -> Group:
        """The group of a new extreme, with everybody in it who had not seen it yet."""
        merged = Group(extreme)
        while self.groups and self.groups[-1].extreme >= extreme:
            other = self.groups.pop()
            self.live.pop(other.serial, None)
            small, large = sorted((merged.rates, other.rates), key=len)
            for entry in small:
                heappush(large, entry)
            merged.rates = large
        self.groups.append(merged)
        return merged

    def _restate(self, group: Group) -> None:
        """Say at which price the first of a group fires."""
        self.live.pop(group.serial, None)
        if not group.rates:
            return
        group.serial = self.next_serial
        self.next_serial += 1
        self.live[group.serial] = group
        heappush(self.firing, (self._point(group), group.serial))
        if len(self.firing) > 2 * len(self.live) + STALE_MIN:
            self.firing = [entry for entry in self.firing if entry[1] in self.live]
            heapify(self.firing)

    def _point(self, group: Group) -> int:
        extreme = Price(self.side * group.extreme)
        percent = group.rates[0][0]
        if self.side is Side.BUY:
            return rounding.rebound_up(extreme, percent)
        return -rounding.rebound_down(extreme, percent)


class PriceWatch:
    """One price of one contract and everybody who waits for it."""

    __slots__ = ("buys", "falling", "rising", "sells")

    def __init__(self) -> None:
        self.rising: list[tuple[int, int]] = []
        """Heap of (level, algo id): reached by a price at or above it."""
        self.falling: list[tuple[int, int]] = []
        """Heap of (minus the level, algo id): reached by a price at or below it."""
        self.buys = Trail(Side.BUY)
        self.sells = Trail(Side.SELL)

    def wait(self, algo_id: int, level: Price, rises: bool) -> None:
        """Let an order wait for a level."""
        if rises:
            heappush(self.rising, (level, algo_id))
        else:
            heappush(self.falling, (-level, algo_id))

    def reached(self, price: Price) -> list[int]:
        """Take out who has waited for this price."""
        ids: list[int] = []
        while self.rising and self.rising[0][0] <= price:
            ids.append(heappop(self.rising)[1])
        while self.falling and -self.falling[0][0] >= price:
            ids.append(heappop(self.falling)[1])
        return ids

    def between(self, floor: int, ceiling: int) -> tuple[int, int]:
        """Narrow bounds to those strictly between which a price moves nobody here."""
        if self.rising:
            ceiling = min(ceiling, self.rising[0][0])
        if self.falling:
            floor = max(floor, -self.falling[0][0])
        return self.sells.between(*self.buys.between(floor, ceiling))

    def trail(self, side: Side) -> Trail:
        """The trailing orders of a direction."""
        return self.buys if side is Side.BUY else self.sells

    def clean(self, alive: Mapping[int, object]) -> None:
        """Drop what is stale once it is more than half of a heap."""
        for heap in (self.rising, self.falling):
            if len(heap) > 2 * len(alive) + STALE_MIN:
                heap[:] = sorted(entry for entry in heap if entry[1] in alive)
        self.buys.clean(alive, len(alive))
        self.sells.clean(alive, len(alive))
