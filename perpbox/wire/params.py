"""Parameters of a request: what a route declares, how it is read, typed access for answers."""

from collections.abc import Callable, Container, Iterable, Mapping
from enum import Enum
from typing import Final, TypeVar

from perpbox.wire.errors import WireError, invalid, mandatory, wire_error
from perpbox.wire.kinds import Choice, Decimal, IllegalCharacters, Kind, Malformed, Symbol, Unfit

Word = TypeVar("Word", bound=Enum)
START_TIME: Final = "startTime"
END_TIME: Final = "endTime"
FEW: Final = 4
"""So few parameters are read soonest in their order."""


class Param:
    """One declared parameter. Names match in any case."""

    __slots__ = ("default", "is_symbol", "key", "kind", "mandatory", "name", "note")

    def __init__(
        self,
        name: str,
        kind: Kind,
        *,
        mandatory: bool = False,
        default: object = None,
        note: str = "",
    ) -> None:
        self.name = name
        self.key = name.lower()
        self.kind = kind
        self.is_symbol = isinstance(kind, Symbol)
        self.mandatory = mandatory
        self.default = default
        self.note = note

    def read(self, text: str, known: Container[str]) -> object:
        """The value of a non-empty text; ``known`` holds the symbols on the board.

        Raises:
            WireError: -1102 when a mandatory parameter (or any decimal, since those are
                mandatory wherever they are read) is malformed, -1130 when an optional one is.
        """
        try:
            value = self.kind.read(text)
        except Malformed:
            if self.mandatory or isinstance(self.kind, Decimal):
                raise mandatory(self.key) from None
            raise invalid(self.key) from None
        except Unfit:
            raise invalid(self.key) from None
        except IllegalCharacters as legal:
            raise wire_error(-1100, self.key, str(legal)) from None
        if self.is_symbol and value not in known:
            raise wire_error(-1121)
        return value


class Params:
    """Parsed parameters by their documented names.

    Decimals are integers at scale 1e-8, times epoch milliseconds. ``text``, ``number``,
    ``flag`` and ``choice`` are for parameters that are mandatory or have a default; the
    ``_or_none`` forms for those that may be absent.
    """

    __slots__ = ("values",)

    def __init__(self, values: dict[str, object]) -> None:
        self.values = values

    def has(self, name: str) -> bool:
        """Whether the parameter was sent or has a default."""
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """A text that is there."""
        value = self.values[name]
        assert isinstance(value, str), name
        return value

    def text_or_none(self, name: str) -> str | None:
        """A text, or None when it was not sent."""
        value = self.values.get(name)
        assert value is None or isinstance(value, str), name
        return value

    def number(self, name: str) -> int:
        """A number that is there."""
        value = self.values[name]
        assert isinstance(value, int), name
        return value

    def number_or_none(self, name: str) -> int | None:
        """A number, or None when it was not sent."""
        value = self.values.get(name)
        assert value is None or isinstance(value, int), name
        return value

    def flag(self, name: str) -> bool:
        """A truth value; absent is false."""
        return self.values.get(name) is True

    def choice(self, name: str, vocabulary: type[Word]) -> Word:
        """A word that is there, as a member of its vocabulary."""
        value = self.values[name]
        assert isinstance(value, vocabulary), name
        return value

    def choice_or_none(self, name: str, vocabulary: type[Word]) -> Word | None:
        """A word as a member of its vocabulary, or None when it was not sent."""
        value = self.values.get(name)
        assert value is None or isinstance(value, vocabulary), name
        return value

    def elements(self, name: str) -> list[object]:
        """The elements of a JSON array; empty when it was not sent."""
        value = self.values.get(name)
        assert value is None or isinstance(value, list), name
        return value or []


def _reader(kind: Kind) -> Callable[[str], object]:
    """How a kind reads a text that is right; of a wrong one it raises one error or another."""
    return kind.words.__getitem__ if isinstance(kind, Choice) else kind.read


class ParamTable:
    """The parameters of a route, in the order in which they are checked."""

    __slots__ = (
        "_defaults",
        "_has_span",
        "_mandatory_keys",
        "_readers",
        "_symbols",
        "mandatory",
        "params",
    )

    def __init__(self, params: Iterable[Param]) -> None:
        self.params = tuple(params)
        self.mandatory = tuple(param for param in self.params if param.mandatory)
        self._mandatory_keys = frozenset(param.key for param in self.mandatory)
        self._defaults = {param.name: param.default for param in self.params}
        self._has_span = {START_TIME, END_TIME} <= self._defaults.keys()
        self._symbols = tuple(param.name for param in self.params if param.is_symbol)
        self._readers = {param.key: (param.name, _reader(param.kind)) for param in self.params}

    def read(self, values: Mapping[str, str], known: Container[str]) -> Params:
        """Parse what was sent (lower-case name -> text); unknown names are ignored.

        Raises:
            WireError: presence of every mandatory parameter is checked before any value, and
                a span of time that ends before it begins (-1023) after every value.
        """
        parsed = self._read_as_sent(values, known) if len(self.params) > FEW else None
        if parsed is None:
            parsed = self._read_in_order(values, known)
        if self._has_span:
            _check_span(parsed)
        return Params(parsed)

    def _read_as_sent(
        self, values: Mapping[str, str], known: Container[str]
    ) -> dict[str, object] | None:
        """Read only what is there, as long as nothing is wrong with it; else None.

        In which order faults are told does not matter before there is one.
        """
        if not values.keys() >= self._mandatory_keys:
            return None
        readers, parsed = self._readers, self._defaults.copy()
        try:
            for key, text in values.items():
                found = readers.get(key)
                if found is not None:
                    if not text:
                        return None
                    parsed[found[0]] = found[1](text)
        except (WireError, ValueError, KeyError):
            return None
        for name in self._symbols:
            symbol = parsed[name]
            if symbol is not None and symbol not in known:
                return None
        return parsed

    def _read_in_order(self, values: Mapping[str, str], known: Container[str]) -> dict[str, object]:
        """Check one thing after the other, so that the first fault is the one that is told."""
        for param in self.mandatory:
            if not values.get(param.key):
                raise mandatory(param.key)
        parsed: dict[str, object] = {}
        for param in self.params:
            text = values.get(param.key)
            if text is None:
                parsed[param.name] = param.default
            elif text:
                parsed[param.name] = param.read(text, known)
            else:
                raise wire_error(-1105, param.key)
        return parsed


def _check_span(parsed: Mapping[str, object]) -> None:
    """Refuse a time that ends before it begins, whatever the route makes of times."""
    start_ms, end_ms = parsed[START_TIME], parsed[END_TIME]
    if isinstance(start_ms, int) and isinstance(end_ms, int) and start_ms > end_ms:
        raise wire_error(-1023)
