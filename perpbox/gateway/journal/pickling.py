"""State and views as bytes, and back, without ever running what the bytes say.

The format is pickle, for its speed and because it keeps what is shared shared. Reading resolves
classes that the engine and the views define, and the few helpers named here; anything else is
refused. With the bytes goes the layout of every class, so that an object is never rebuilt into a
class that has changed since.
"""

import gc
import importlib
import io
import pickle
import pkgutil
from array import array
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, Final, TypeAlias

import msgspec

import perpbox.engine
import perpbox.views

PROTOCOL: Final = 5
GETTERS: Final = frozenset(("at_ms", "trade_id", "aggregate_id", "funding_ms"))
"""Fields by which histories are ordered."""
_NEW_OBJECT: Final[Any] = object().__reduce_ex__(PROTOCOL)[0]
_Reduced: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...], Any]
Layouts: TypeAlias = dict[str, list[str]]
"""Class, as ``module:name`` -> what its objects hold, in order."""


class NotReadable(ValueError):
    """Bytes that hold something that is not allowed, or a class that has changed."""


def pack(value: object) -> bytes:
    """Write down objects of the engine and the views, and plain Python values."""
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream, PROTOCOL)
    pickler.dispatch_table = {attrgetter: _reduce_getter, **_compiled_reducers()}
    pickler.dump(value)
    return stream.getvalue()


def unpack(data: bytes, written: Layouts) -> object:
    """Rebuild what ``pack`` wrote where classes had these layouts.

    Raises:
        NotReadable: something is not allowed, or a class has changed.
    """
    _compiled_reducers()
    collects = gc.isenabled()
    gc.disable()  # millions of objects are made and none is dropped: walking them finds nothing
    try:
        found: object = _Reader(data, written).load()
    except NotReadable:
        raise
    except Exception as error:  # whatever a damaged pickle leads to
        raise NotReadable(f"{type(error).__name__}: {error}") from None
    finally:
        if collects:
            gc.enable()
    return found


@cache
def layouts() -> Layouts:
    """What objects of every class hold in this version."""
    return {f"{module}:{name}": _layout(cls) for (module, name), cls in _classes().items()}


def named_getter(name: str) -> "attrgetter[Any]":
    """The key of a history."""
    if name not in GETTERS:
        raise NotReadable(f"{name!r} is no key of a history")
    return attrgetter(name)


def _reduce_getter(found: "attrgetter[Any]") -> tuple[Callable[..., object], tuple[object, ...]]:
    arguments = found.__reduce__()[1]
    assert isinstance(arguments, tuple)
    return named_getter, arguments


@cache
def _compiled_reducers() -> Mapping[type, Callable[[Any], _Reduced]]:
    """Classes of the compiled core do not tell pickle what they hold; these do it for them.

    Their own way of taking a state back knows another form than that of slots, so it goes.
    """
    found = [cls for cls in _classes().values() if "__mypyc_attrs__" in vars(cls)]
    for cls in found:
        if "__setstate__" in vars(cls):
            delattr(cls, "__setstate__")
    return dict.fromkeys(found, _reduce_compiled)


def _reduce_compiled(value: object) -> _Reduced:
    """What pickle makes of an object with slots: bytes of one core are read by the other."""
    cls = type(value)
    held = {name: getattr(value, name) for name in _layout(cls)}
    return _NEW_OBJECT, (cls,), (None, held)


class _Reader(pickle.Unpickler):
    """Finds no class that is not allowed."""

    def __init__(self, data: bytes, written: Layouts) -> None:
        super().__init__(io.BytesIO(data))
        self._written = written

    def find_class(self, module: str, name: str) -> object:
        """Resolve a name of the list.

        Raises:
            NotReadable: it is not on it, or its layout was another.
        """
        helper = _helpers().get((module, name))
        if helper is not None:
            return helper
        cls = _classes().get((module, name))
        if cls is None:
            raise NotReadable(f"{module}.{name} is not allowed")
        written, now = self._written.get(f"{module}:{name}"), layouts()[f"{module}:{name}"]
        if written is None or not _fits(cls, written, now):
            raise NotReadable(f"{module}.{name} was another in the version that wrote it")
        return cls

    def persistent_load(self, pid: object) -> object:
        """Nothing is kept elsewhere."""
        raise NotReadable(f"{pid!r} is not allowed")


def _fits(cls: type, written: list[str], now: list[str]) -> bool:
    """An enumeration may have grown; a struct too, by fields with defaults at its end."""
    if issubclass(cls, Enum):
        return set(written) <= set(now)
    if issubclass(cls, msgspec.Struct):
        added = len(now) - len(written)
        return now[: len(written)] == written and added <= len(cls.__struct_defaults__)
    return written == now


@cache
def _classes() -> Mapping[tuple[str, str], type]:
    """Every class that the engine and the views define."""
    found: dict[tuple[str, str], type] = {}
    for package in (perpbox.engine, perpbox.views):
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            for cls in vars(module).values():
                if isinstance(cls, type) and cls.__module__ == info.name:
                    found[info.name, cls.__qualname__] = cls
    return found


@cache
def _helpers() -> Mapping[tuple[str, str], object]:
    """What rebuilds plain objects; none of it runs what it is given."""
    structs = importlib.import_module("msgspec._utils")
    return {
        ("collections", "deque"): deque,
        ("array", "array"): array,
        ("array", "_array_reconstructor"): array("q").__reduce_ex__(PROTOCOL)[0],
        ("msgspec._utils", "rebuild"): structs.rebuild,
        (__name__, "named_getter"): named_getter,
    }


def _layout(cls: type) -> list[str]:
    if issubclass(cls, Enum):
        return [f"{member.name}={member.value}" for member in cls]
    if issubclass(cls, msgspec.Struct):
        return list(cls.__struct_fields__)
    if issubclass(cls, tuple):
        return list(getattr(cls, "_fields", ()))
    slots = (
        base.__dict__.get("__slots__") or base.__dict__.get("__mypyc_attrs__", ())
        for base in cls.__mro__
    )
    return sorted(
        name for found in slots for name in ((found,) if isinstance(found, str) else found)
    )
