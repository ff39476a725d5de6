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

    __slots__ = ("_accounts", "_make", "now_ms")

    def __init__(self, now_ms: Callable[[], int], make: Callable[[], str]) -> None:
        self.now_ms = now_ms
        self._make = make
        self._accounts: dict[int, tuple[str, int]] = {}
        """Account -> key and the moment from which it is dead."""

    def __len__(self) -> int:
        return len(self._accounts)

    def open(self, account_id: int) -> str:
        """The live key of an account, good for an hour from now; a new one when it has none."""
        key = self.get(account_id) or self._make()
        self._accounts[account_id] = (key, self.now_ms() + LIFE_MS)
        return key

    def prolong(self, account_id: int) -> str | None:
        """The live key, good for an hour from now; None when there is none."""
        key = self.get(account_id)
        if key is not None:
            self._accounts[account_id] = (key, self.now_ms() + LIFE_MS)
        return key

    def close(self, account_id: int) -> bool:
        """End the live key; False when there was none."""
        is_live = self.get(account_id) is not None
        if is_live:
            del self._accounts[account_id]
        return is_live

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
