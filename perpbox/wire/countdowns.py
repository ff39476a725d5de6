"""Countdowns: every open order of a symbol is canceled unless its owner calls in time.

They belong to the shell and are in no log; the cancellations that they cause are commands like
any other. They run on whatever clock they are asked by.
"""

from collections.abc import Callable, Iterator

from perpbox.engine.commands import CancelAllOrders, Command


class Countdowns:
    """One countdown an account and symbol. ``now_ms`` is the clock they run on."""

    __slots__ = ("_ends", "changed", "now_ms")

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self.now_ms = now_ms
        self.changed: Callable[[int, str, int], None] = _nobody_minds
        """Told (account, symbol, moment of the cancellation or 0) when a countdown changes."""
        self._ends: dict[tuple[int, str], int] = {}
        """(account, symbol) -> the moment of the cancellation."""

    def __len__(self) -> int:
        return len(self._ends)

    def start(self, account_id: int, symbol: str, length_ms: int) -> None:
        """Begin a countdown anew; a length of 0 ends it without a cancellation."""
        if length_ms:
            self.restore(account_id, symbol, self.now_ms() + length_ms)
            self.changed(account_id, symbol, self._ends[account_id, symbol])
        elif self._ends.pop((account_id, symbol), None) is not None:
            self.changed(account_id, symbol, 0)

    def restore(self, account_id: int, symbol: str, end_ms: int) -> None:
        """Let a countdown run that began earlier."""
        self._ends[account_id, symbol] = end_ms

    def ends(self) -> dict[tuple[int, str], int]:
        """When each one is over, by account and symbol."""
        return dict(self._ends)

    def next_ms(self) -> int | None:
        """When the next countdown is over."""
        return min(self._ends.values(), default=None)

    def due(self, until_ms: int) -> Iterator[tuple[int, Command]]:
        """(moment, cancellation) of each countdown that is over by then, which ends it."""
        over = sorted((end_ms, key) for key, end_ms in self._ends.items() if end_ms <= until_ms)
        for end_ms, key in over:
            del self._ends[key]
            self.changed(*key, 0)
            yield end_ms, CancelAllOrders(*key)

    def clear(self) -> None:
        """Forget all of them."""
        self._ends.clear()


def _nobody_minds(account_id: int, symbol: str, end_ms: int) -> None:
    """The hook before somebody sets it."""
