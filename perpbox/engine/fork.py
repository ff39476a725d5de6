"""A second state that can be changed without changing the first: what would happen if.

Copies are made when something is read, so a fork costs what the command on it touches, however
large the exchange is. The first state must not change while its fork is in use.
"""

from collections import deque
from collections.abc import Iterator, MutableMapping
from enum import Enum
from typing import Final, TypeVar, cast

import msgspec

from perpbox.engine.exchange import Exchange
from perpbox.engine.hashing import slots_of
from perpbox.engine.state import State

LAZY_FROM: Final = 16
"""Entries from which a table is copied entry by entry, when they are read."""
_ATOMS: Final = (int, str, bytes, type(None), tuple, frozenset, Enum, msgspec.Struct)
"""Types whose values never change. Tuples of the state hold such values only."""
T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
_MISSING: Final = object()
_IS_COMPILED: Final = hasattr(State, "__mypyc_attrs__")
"""The compiled core takes real dicts only, so there a fork copies everything at once."""


def fork(state: State) -> Exchange:
    """An exchange in the same state, apart from the one that it was taken from."""
    forked = Exchange()
    forked.state = _Copier().copy(state)
    return forked


class _Copier:
    """Copies values; what is met twice is copied once, so that copies meet each other too."""

    __slots__ = ("_copies", "_slots")

    def __init__(self) -> None:
        self._copies: dict[int, object] = {}
        self._slots: dict[type, tuple[str, ...]] = {}

    def copy(self, value: T) -> T:
        """The copy of a value, or the value itself where it never changes."""
        if isinstance(value, _ATOMS):
            return value
        known = self._copies.get(id(value))
        if known is None:
            known = self._copies[id(value)] = self._empty(value)
            self._fill(known, value)
        return cast("T", known)

    def _empty(self, value: object) -> object:
        if isinstance(value, dict):
            return Overlay(value, self) if len(value) >= LAZY_FROM and not _IS_COMPILED else {}
        if isinstance(value, deque):
            return deque(maxlen=value.maxlen)
        if isinstance(value, (list, set)):
            return type(value)()
        kind = type(value)
        return kind.__new__(kind)

    def _fill(self, made: object, value: object) -> None:
        if isinstance(made, Overlay):
            return
        if isinstance(made, dict):
            assert isinstance(value, dict)
            made.update((key, self.copy(each)) for key, each in value.items())
        elif isinstance(made, (list, deque)):
            assert isinstance(value, (list, deque))
            if value and isinstance(value[0], _ATOMS):
                made.extend(value)
            else:
                made.extend(self.copy(each) for each in value)
        elif isinstance(made, set):
            assert isinstance(value, set)
            made.update(value)
        else:
            kind = type(made)
            names = self._slots.get(kind)
            if names is None:
                names = self._slots[kind] = tuple(slots_of(kind))
            for name in names:
                setattr(made, name, self.copy(getattr(value, name)))


class Overlay(MutableMapping[K, V]):
    """A dict as far as the engine can tell: reads copy an entry, writes stay here."""

    __slots__ = ("_added", "_copier", "_gone", "_own", "_under")

    def __init__(self, under: dict[K, V], copier: _Copier) -> None:
        self._under = under
        self._copier = copier
        self._own: dict[K, V] = {}
        self._added: dict[K, V] = {}
        self._gone: set[K] = set()

    def __getitem__(self, key: K) -> V:
        if key in self._added:
            return self._added[key]
        if key in self._own:
            return self._own[key]
        if key in self._gone:
            raise KeyError(key)
        found = self._own[key] = self._copier.copy(self._under[key])
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._added or (key in self._under and key not in self._gone)

    def __setitem__(self, key: K, value: V) -> None:
        if key in self._under and key not in self._gone:
            self._own[key] = value
        else:
            self._added[key] = value

    def __delitem__(self, key: K) -> None:
        if self._added.pop(key, _MISSING) is not _MISSING:
            return
        if key not in self:
            raise KeyError(key)
        self._own.pop(key, None)
        self._gone.add(key)

    def __iter__(self) -> Iterator[K]:
        yield from (key for key in self._under if key not in self._gone)
        yield from self._added

    def __len__(self) -> int:
        return len(self._under) - len(self._gone) + len(self._added)

    def clear(self) -> None:
        """Forget every entry."""
        self._gone.update(self._under)
        self._own.clear()
        self._added.clear()
