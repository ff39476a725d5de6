"""One timer for all connections: each stands in the slot of the time when it is looked at next."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Wheel(Generic[T]):
    """Slots of ``slot_ms``; something stands in one slot at a time and comes out late, not early.

    Times are milliseconds of any clock that the caller keeps to.
    """

    __slots__ = ("_slot_ms", "_slots", "_standing")

    def __init__(self, slot_ms: int) -> None:
        self._slot_ms = slot_ms
        self._slots: dict[int, dict[T, None]] = {}
        self._standing: dict[T, int] = {}

    def put(self, item: T, at_ms: int) -> None:
        """Let it come out at that time, and not when it was to come before."""
        self.remove(item)
        slot = -(-at_ms // self._slot_ms)
        self._slots.setdefault(slot, {})[item] = None
        self._standing[item] = slot

    def remove(self, item: T) -> None:
        """Forget it; no matter if it is not there."""
        slot = self._standing.pop(item, None)
        if slot is not None:
            items = self._slots[slot]
            del items[item]
            if not items:
                del self._slots[slot]

    def due(self, now_ms: int) -> list[T]:
        """Take out what is due, the earliest first."""
        now_slot = now_ms // self._slot_ms
        items: list[T] = []
        for slot in sorted(slot for slot in self._slots if slot <= now_slot):
            items += self._slots.pop(slot)
        for item in items:
            del self._standing[item]
        return items

    def __len__(self) -> int:
        return len(self._standing)
