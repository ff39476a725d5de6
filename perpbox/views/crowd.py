"""How many hold how much on which side, sampled on a grid of box time.

Nothing is sampled while nothing changes: the first event behind a point of the grid closes the
sample of what stood until then, and a reader takes the newest one before the time it asks for.
"""

from bisect import bisect_right
from collections.abc import Iterator
from operator import attrgetter
from typing import Final

import msgspec
from msgspec.structs import replace

from perpbox.engine.events import LedgerPosted, PositionChanged
from perpbox.engine.types import PositionSide
from perpbox.views.bounds import ViewBounds
from perpbox.views.history import History

GRID_MS: Final = 300_000
TOP_SHARE: Final = 5
"""One in five holders is a top trader, at least one."""
RANKED_ASSETS: Final = frozenset(("USDT", "USDC"))
"""Wallets by which holders are ranked."""

_AT_MS = attrgetter("at_ms")


class Side(msgspec.Struct, frozen=True, gc=False):
    """Who is on one side: how many accounts by their net position, and what legs hold in sum."""

    accounts: int
    quantity: int


class Crowd(msgspec.Struct, frozen=True, gc=False):
    """A contract's holders from ``at_ms`` on: all, and the richest fifth of them."""

    at_ms: int
    long: Side
    short: Side
    top_long: Side
    top_short: Side

    @property
    def open_interest(self) -> int:
        """Each contract once: the street holds what one side has more than the other."""
        return max(self.long.quantity, self.short.quantity)


_Legs = dict[tuple[int, PositionSide], int]


class Crowds:
    """Fold of ``PositionChanged`` and ``LedgerPosted``."""

    __slots__ = ("_due_ms", "_histories", "_legs", "_rows_max", "_touched", "_wallets", "_weighed")

    def __init__(self, bounds: ViewBounds) -> None:
        self._rows_max = bounds.crowds_per_symbol
        self._histories: dict[str, History[Crowd]] = {}
        self._legs: dict[str, _Legs] = {}
        """Open legs by contract."""
        self._wallets: dict[int, dict[str, int]] = {}
        self._touched: dict[str, None] = {}
        self._weighed = False
        """Whether a wallet moved since the last sample."""
        self._due_ms = 0
        """The point of the grid at which the present sample closes."""

    def moved(self, event: PositionChanged) -> None:
        """Take in what a leg came to."""
        if event.at_ms >= self._due_ms:
            self._close(event.at_ms)
        symbol = event.symbol
        legs = self._legs.get(symbol)
        if legs is None:
            legs = self._legs[symbol] = {}
        key = event.account_id, event.position_side
        if event.quantity:
            legs[key] = event.quantity
        else:
            legs.pop(key, None)
        self._touched[symbol] = None

    def posted(self, event: LedgerPosted) -> None:
        """Take in what a wallet came to."""
        if event.asset not in RANKED_ASSETS:
            return
        if event.at_ms >= self._due_ms:
            self._close(event.at_ms)
        self._wallets.setdefault(event.account_id, {})[event.asset] = event.balance
        self._weighed = True

    def _close(self, now_ms: int) -> None:
        """Keep the samples of what stood at the point that has passed."""
        for symbol, crowd in self._open_samples():
            history = self._histories.get(symbol)
            if history is None:
                history = self._histories[symbol] = History(self._rows_max, _AT_MS)
            elif replace(crowd, at_ms=history.rows[-1].at_ms) == history.rows[-1]:
                continue
            history.append(crowd, crowd.at_ms)
        self._touched.clear()
        self._weighed = False
        self._due_ms = now_ms - now_ms % GRID_MS + GRID_MS

    def _open_samples(self) -> Iterator[tuple[str, Crowd]]:
        for symbol in list(self._legs if self._weighed else self._touched):
            yield symbol, self._sample(symbol)

    def _sample(self, symbol: str) -> Crowd:
        legs = self._legs[symbol]
        nets: dict[int, int] = {}
        for (account_id, _), quantity in legs.items():
            nets[account_id] = nets.get(account_id, 0) + quantity
        ranked = sorted(nets, key=lambda account_id: (-self._wallet(account_id), account_id))
        top = frozenset(ranked[: -(-len(ranked) // TOP_SHARE)])
        top_nets = {account_id: nets[account_id] for account_id in top}
        top_legs = {key: quantity for key, quantity in legs.items() if key[0] in top}
        return Crowd(
            self._due_ms,
            _side(nets, legs, 1),
            _side(nets, legs, -1),
            _side(top_nets, top_legs, 1),
            _side(top_nets, top_legs, -1),
        )

    def _wallet(self, account_id: int) -> int:
        return sum(self._wallets.get(account_id, {}).values())

    def known_since_ms(self, symbol: str) -> int | None:
        """The first sample's time, if there ever was a position."""
        history = self._histories.get(symbol)
        if history is not None:
            return history.rows[0].at_ms
        return self._due_ms if symbol in self._touched else None

    def at(self, symbol: str, times_ms: list[int]) -> list[Crowd | None]:
        """What stood at each of these points of the grid; ``None`` before anything is known."""
        history = self._histories.get(symbol)
        rows = list(history.rows) if history else []
        if symbol in self._touched or (self._weighed and symbol in self._legs):
            rows.append(self._sample(symbol))
        places = [bisect_right(rows, at_ms, key=_AT_MS) for at_ms in times_ms]
        return [rows[place - 1] if place else None for place in places]


def _side(nets: dict[int, int], legs: _Legs, sign: int) -> Side:
    return Side(
        sum(sign * net > 0 for net in nets.values()),
        sum(abs(quantity) for quantity in legs.values() if sign * quantity > 0),
    )
