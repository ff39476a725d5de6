"""How fast one address may open connections: a bucket each, of which only the level is kept."""

from typing import Final

ADDRESSES_MAX: Final = 10_000
"""Buckets remembered; beyond it the one that was filled first is forgotten."""
_US: Final = 1_000_000


class ConnectRate:
    """A bucket of ``burst_max`` connections that gets ``per_s`` new ones a second."""

    __slots__ = ("_burst_us", "_cost_us", "_full_us")

    def __init__(self, per_s: int, burst_max: int) -> None:
        self._cost_us = _US // per_s
        self._burst_us = self._cost_us * burst_max
        self._full_us: dict[str, int] = {}
        """Address -> when its bucket is full again."""

    def allows(self, address: str, now_ms: int) -> bool:
        """Count one connection more, unless it is one too many. Times may not go back."""
        now_us = now_ms * 1000
        full_us = max(self._full_us.get(address, 0), now_us) + self._cost_us
        if full_us - now_us > self._burst_us:
            return False
        if address not in self._full_us and len(self._full_us) >= ADDRESSES_MAX:
            self._forget(now_us)
        self._full_us[address] = full_us
        return True

    def _forget(self, now_us: int) -> None:
        """Forget the buckets that are full again, at least one."""
        self._full_us = {name: at for name, at in self._full_us.items() if at > now_us}
        if len(self._full_us) >= ADDRESSES_MAX:
            del self._full_us[next(iter(self._full_us))]

    def __len__(self) -> int:
        return len(self._full_us)
