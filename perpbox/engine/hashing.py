"""The state hash: one number that says whether two boxes are in the same state.

Everything reachable from the state is written down in a canonical form and hashed with
SHA-256. The form depends on names and values only, never on memory addresses, hash seeds, the
process or the Python version. The order of a mapping counts: in the book it is time priority.

What is nothing is left out: fields that are zero, false, empty or the first of an enumeration, and
fields of frozen values that have their default. So a later version may add such fields, and a
journal of before still comes to its hashes. ``None`` is not nothing, and is written.
"""

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence, Set
from enum import Enum
from functools import cache
from typing import Final

import msgspec

from perpbox.engine.state import State

_SCALARS: Final = (bool, int, str, bytes, type(None))
_EMPTIABLE: Final = (bool, int, str, bytes, Mapping, Set, list, tuple, deque)
_PIECES_MAX: Final = 4096
"""Pieces of text held before they are fed to the hash."""


def state_hash(state: State) -> str:
    """SHA-256 over the whole state, as 64 hex digits."""
    writer = _Writer()
    writer.write(state)
    return writer.digest()


class _Writer:
    """Walks values depth first; an object met again is written as the number of its first visit."""

    __slots__ = ("_hash", "_pieces", "_seen", "_structs")

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._pieces: list[str] = []
        self._seen: dict[int, int] = {}
        self._structs: dict[int, str] = {}

    def digest(self) -> str:
        self._flush()
        return self._hash.hexdigest()

    def write(self, value: object) -> None:
        if isinstance(value, (Enum, *_SCALARS)):
            self._put(_scalar(value))
        elif isinstance(value, msgspec.Struct):
            self._put(self._struct(value))
        elif isinstance(value, Mapping):
            self._mapping(value)
        elif isinstance(value, Set):
            self._put("s{" + ",".join(sorted(_key(item) for item in value)) + "}")
        elif isinstance(value, (list, tuple, deque)):
            self._sequence(value)
        else:
            self._object(value)

    def _mapping(self, value: Mapping[object, object]) -> None:
        self._put("m{")
        for key, item in value.items():
            self._put(_key(key))
            self.write(item)
        self._put("}")

    def _sequence(self, value: Sequence[object] | deque[object]) -> None:
        self._put("[")
        for item in value:
            self.write(item)
        self._put("]")

    def _struct(self, value: msgspec.Struct) -> str:
        """Frozen value; the contract of each holding is the same object, so remember its text."""
        text = self._structs.get(id(value))
        if text is None:
            encoded = msgspec.json.encode(_told(value), order="deterministic").decode()
            text = self._structs[id(value)] = f"v{type(value).__name__}{encoded}"
        return text

    def _object(self, value: object) -> None:
        first_visit = self._seen.get(id(value))
        if first_visit is not None:
            self._put(f"r{first_visit}")
            return
        self._seen[id(value)] = len(self._seen)
        self._put(f"o{type(value).__name__}(")
        for name in slots_of(type(value)):
            held = getattr(value, name)
            if not _is_nothing(held):
                self._put(name)
                self.write(held)
        self._put(")")

    def _put(self, text: str) -> None:
        self._pieces.append(text)
        if len(self._pieces) >= _PIECES_MAX:
            self._flush()

    def _flush(self) -> None:
        self._hash.update("\x1f".join(self._pieces).encode())
        self._hash.update(b"\x1e")
        self._pieces.clear()


def _told(value: object) -> object:
    """A frozen value as JSON has it, without the fields that have their default."""
    if isinstance(value, msgspec.Struct):
        held = ((name, default, getattr(value, name)) for name, default in _fields(type(value)))
        return {name: _told(part) for name, default, part in held if part != default}
    if isinstance(value, (list, tuple)):
        return [_told(item) for item in value]
    return value


@cache
def _fields(cls: type[msgspec.Struct]) -> tuple[tuple[str, object], ...]:
    """Names and defaults; what has none is equal to no value."""
    return tuple((field.name, field.default) for field in msgspec.structs.fields(cls))


@cache
def _first(kind: type[Enum]) -> Enum:
    return next(iter(kind))


def _is_nothing(value: object) -> bool:
    """Zero, false, empty, the first of an enumeration, or an object that holds nothing else."""
    if isinstance(value, Enum):
        return value is _first(type(value))
    if value is None or isinstance(value, (float, msgspec.Struct)):
        return False
    if isinstance(value, _EMPTIABLE):
        return not value
    return all(_is_nothing(getattr(value, name)) for name in slots_of(type(value)))


_known_slots: dict[type, tuple[str, ...]] = {}


def slots_of(cls: type) -> tuple[str, ...]:
    """Names of what an object of the state is made of, in order.

    Raises:
        TypeError: it keeps something that has no name here.
    """
    known = _known_slots.get(cls)
    if known is not None:
        return known
    names = {
        name
        for base in cls.__mro__
        for name in _names(base.__dict__.get("__slots__") or _compiled_names(base))
        if not name.startswith("__")
    }
    if not names or "__dict__" in dir(cls):
        raise TypeError(f"{cls.__name__} cannot be hashed: give it __slots__")
    found = _known_slots[cls] = tuple(sorted(names))
    return found


def _compiled_names(cls: type) -> object:
    """The names of a class of the compiled core, which keeps its slots under another one."""
    return cls.__dict__.get("__mypyc_attrs__", ())


def _names(slots: object) -> Iterable[str]:
    return (slots,) if isinstance(slots, str) else slots if isinstance(slots, tuple) else ()


def _scalar(value: object) -> str:
    if isinstance(value, Enum):
        return f"e{type(value).__name__}.{value.name}"
    if isinstance(value, str):
        return f"t{len(value)}:{value}"
    if isinstance(value, bytes):
        return f"b{value.hex()}"
    return f"n{value!r}"


def _key(value: object) -> str:
    if isinstance(value, tuple):
        return "(" + ",".join(_key(item) for item in value) + ")"
    if isinstance(value, (Enum, *_SCALARS)):
        return _scalar(value)
    raise TypeError(f"{type(value).__name__} cannot be a key of hashed state")
