"""Listen keys: the names under which accounts get their own events, and how long each is good.

Keys belong to the shell: they are in no log, and a replay has none. Their hour counts on whatever
clock they are given (the wall's; a box can put them on its own).
"""

from collections.abc import Callable
from typing import Final

LIFE_MS: Final = 3_600_000
"""How long a key is good after it was asked for or prolonged."""


class ListenKeys:
    """One key an account. ``now_ms`` is the clock they live by, ``make`` gives a new key."""

    __slots__ = ("_accounts", "_make", "changed", "now_ms")

    def __init__(self, now_ms: Callable[[], int], make: Callable[[], str]) -> None:
        self.now_ms = now_ms
        self.changed: Callable[[int, str, int], None] = _nobody_minds
        """Told (account, key, moment from which it is dead); 0: it is over."""
        self._make = make
        self._accounts: dict[int, tuple[str, int]] = {}
        """Account -> key and the moment from which it is dead."""

    def __len__(self) -> int:
        return len(self._accounts)

    def open(self, account_id: int) -> str:
        """The live key of an account, good for an hour from now; a new one when it has none."""
        key = self.get(account_id) or self._make()
        self._set(account_id, key)
        return key

    def restore(self, account_id: int, key: str, dead_ms: int) -> None:
        """Give an account the key that it had; one that is dead is told to be over as ever."""
        self._accounts[account_id] = (key, dead_ms)

    def _set(self, account_id: int, key: str) -> None:
        dead_ms = self.now_ms() + LIFE_MS
        self._accounts[account_id] = (key, dead_ms)
        self.changed(account_id, key, dead_ms)

    def prolong(self, account_id: int) -> str | None:
        """The live key, good for an hour from now; None when there is none."""
        key = self.get(account_id)
        if key is not None:
            self._set(account_id, key)
        return key

    def close(self, account_id: int) -> bool:
        """End the live key; False when there was none."""
        key = self.get(account_id)
        if key is not None:
            del self._accounts[account_id]
            self.changed(account_id, key, 0)
        return key is not None

    def get(self, account_id: int) -> str | None:
        """The live key of an account."""
        found = self._accounts.get(account_id)
        return found[0] if found is not None and self.now_ms() < found[1] else None

    def owners(self) -> dict[str, int]:
        """The account of every live key."""
        return {key: each for each in self._accounts if (key := self.get(each)) is not None}

    def expire(self) -> list[str]:
        """Take out the keys whose hour is over; each is given once."""
        now_ms = self.now_ms()
        over = [account for account, (_, dead_ms) in self._accounts.items() if dead_ms <= now_ms]
        return [self._accounts.pop(account)[0] for account in over]

    def clear(self) -> None:
        """Forget all keys without a word."""
        self._accounts.clear()


def _nobody_minds(account_id: int, key: str, dead_ms: int) -> None:
    """The hook before somebody sets it."""
