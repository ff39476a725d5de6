"""The control protocol of a stream connection: text in, answer and changes out. Pure.

A request is a JSON object ``{"method", "params", "id"}``. The id is echoed as it was written,
whatever its JSON type. Error texts are the venue's, whose parser counts lines and columns from
1 and stands on the last byte that it has read.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, NoReturn

STREAMS_MAX: Final = 1024
"""Streams of one connection."""
OLD_STREAMS_MAX: Final = 200
"""Before 2025-07-02."""
NAME_LENGTH_MAX: Final = 256
"""Letters of a name; no stream has a longer one."""
METHODS: Final = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
TOO_MANY: Final = (4, "Too many subscriptions")
CLOSE_TOO_MANY: Final = (1008, "Invalid request")
METHOD_SHOWN_MAX: Final = 100
NO_ID: Final = "null"

_SPACE = re.compile(r"[ \t\n\r]*")


class Outcome(NamedTuple):
    """What a request comes to: the answer, names to subscribe and unsubscribe, and the end."""

    reply: bytes
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    close: tuple[int, str] | None = None


class ControlError(Exception):
    """A request that is answered with an error: code and text of the venue."""

    def __init__(self, code: int, msg: str) -> None:
        super().__init__(code, msg)
        self.code = code
        self.msg = msg


class Field(NamedTuple):
    """A member of the request object: its value, its text, and where that ends."""

    value: object
    text: str
    end: int


class Control:
    """The list of names and the one property of a connection."""

    __slots__ = ("_names_max", "combined", "names")

    def __init__(
        self, names: Iterable[str] = (), *, combined: bool = False, names_max: int = STREAMS_MAX
    ) -> None:
        self._names_max = names_max
        self.names: dict[str, None] = dict.fromkeys(names)
        self.combined = combined

    def handle(self, text: str) -> Outcome:
        """Carry out one request."""
        request_id = NO_ID
        try:
            fields = parse(text)
            written = fields.get("id")
            if written is not None:
                request_id = written.text
            action = self._action(fields, text)
            result, added, removed = action(_params(fields))
        except ControlError as error:
            close = CLOSE_TOO_MANY if error.code == TOO_MANY[0] else None
            said = json.dumps({"code": error.code, "msg": error.msg}, separators=(",", ":"))
            return Outcome(_utf8(f'{{"error":{said},"id":{request_id}}}'), close=close)
        return Outcome(_utf8(f'{{"result":{result},"id":{request_id}}}'), added, removed)

    def _action(self, fields: dict[str, Field], text: str) -> "Action":
        method = fields.get("method")
        if method is None:
            at = position(text, len(text.rstrip()))
            raise ControlError(2, f"Invalid request: missing field `method` at {at}")
        action = self._actions().get(method.value) if isinstance(method.value, str) else None
        if action is not None:
            return action
        name = method.value if isinstance(method.value, str) else method.text
        known = ", ".join(f"`{known}`" for known in METHODS)
        raise ControlError(
            2,
            f"Invalid request: unknown variant `{name[:METHOD_SHOWN_MAX]}`, "
            f"expected one of {known} at {position(text, method.end)}",
        )

    def _actions(self) -> "dict[str, Action]":
        actions = (
            self._subscribe,
            self._unsubscribe,
            self._list,
            self._set_property,
            self._get_property,
        )
        return dict(zip(METHODS, actions, strict=True))

    def _subscribe(self, params: list[object]) -> "Result":
        named = dict.fromkeys(_names(params))
        added = tuple(name for name in named if name not in self.names)
        if len(self.names) + len(added) > self._names_max:
            raise ControlError(*TOO_MANY)
        self.names.update(dict.fromkeys(added))
        return "null", added, ()

    def _unsubscribe(self, params: list[object]) -> "Result":
        named = dict.fromkeys(_names(params))
        removed = tuple(name for name in named if name in self.names)
        for name in removed:
            del self.names[name]
        return "null", (), removed

    def _list(self, params: list[object]) -> "Result":
        _at_most(0, params)
        return json.dumps(list(self.names), ensure_ascii=False, separators=(",", ":")), (), ()

    def _set_property(self, params: list[object]) -> "Result":
        _at_most(2, params)
        _check_property(params)
        if len(params) < 2 or not isinstance(params[1], bool):
            raise ControlError(1, "Invalid value type: expected Boolean")
        self.combined = params[1]
        return "null", (), ()

    def _get_property(self, params: list[object]) -> "Result":
        _at_most(1, params)
        _check_property(params)
        return "true" if self.combined else "false", (), ()


Result = tuple[str, tuple[str, ...], tuple[str, ...]]
"""JSON of the result, names to subscribe, names to unsubscribe."""
Action = Callable[[list[object]], Result]


def is_name(name: str) -> bool:
    """Whether a text can be the name of a stream: not empty, not too long, and Unicode."""
    if not 0 < len(name) <= NAME_LENGTH_MAX:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def parse(text: str) -> dict[str, Field]:
    """The members of a request object; of one named twice the last counts.

    A request that is JSON, but no object, has no members.

    Raises:
        ControlError: the text is not JSON.
    """
    at = _skip(text, 0)
    try:
        if text[at : at + 1] == "{":
            fields, at = _members(text, at + 1)
        else:
            fields = {}
            _, at = _value(text, at)
    except json.JSONDecodeError as error:
        _malformed(text, error.pos)
    at = _skip(text, at)
    if at < len(text):
        _malformed(text, at)
    return fields


def position(text: str, end: int) -> str:
    """Where a parser stands that has read ``text[:end]``; columns count bytes."""
    line_start = text.rfind("\n", 0, end) + 1
    return f"line {text.count(chr(10), 0, end) + 1} column {len(_utf8(text[line_start:end]))}"


def _members(text: str, at: int) -> tuple[dict[str, Field], int]:
    fields: dict[str, Field] = {}
    at = _skip(text, at)
    if text[at : at + 1] == "}":
        return fields, at + 1
    while True:
        start = _skip(text, at)
        _expect(text, start, '"')
        name, at = _value(text, start)
        start = _skip(text, _expect(text, _skip(text, at), ":"))
        value, at = _value(text, start)
        fields[str(name)] = Field(value, text[start:at], at)
        at = _skip(text, at)
        if text[at : at + 1] == "}":
            return fields, at + 1
        at = _expect(text, at, ",")


def _expect(text: str, at: int, letter: str) -> int:
    if text[at : at + 1] != letter:
        raise json.JSONDecodeError("unexpected", text, at)
    return at + 1


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None  # it matches nothing too
    return match.end()


class UnsupportedConstant(ValueError):
    """NaN and the infinities are no JSON."""


def _no_constant(name: str) -> NoReturn:
    raise UnsupportedConstant(name)


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)


def _value(text: str, start: int) -> tuple[object, int]:
    """The JSON value that begins there, and where it ends."""
    try:
        value: object
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError:
        raise
    except (RecursionError, ValueError):  # too deep; NaN; a number of thousands of digits
        raise json.JSONDecodeError("unusable", text, start) from None
    return value, end


def _malformed(text: str, at: int) -> NoReturn:
    # The byte that cannot be is the last one read; at the end of the text there is none.
    where = position(text, min(at + 1, len(text)))
    raise ControlError(3, f"Invalid JSON: expected value at {where}") from None


def _params(fields: dict[str, Field]) -> list[object]:
    if "id" not in fields:
        raise ControlError(2, "Invalid request: request ID must be an unsigned integer")
    params = fields.get("params")
    if params is None or params.value is None:
        return []
    if not isinstance(params.value, list):
        raise ControlError(2, "Invalid request: params must be an array")
    return params.value


def _names(params: list[object]) -> list[str]:
    names = [name for name in params if isinstance(name, str) and is_name(name)]
    if len(names) != len(params):
        raise ControlError(2, "Invalid request: stream names must be strings")
    return names


def _at_most(count: int, params: list[object]) -> None:
    if len(params) > count:
        raise ControlError(2, "Invalid request: too many parameters")


def _check_property(params: list[object]) -> None:
    if not params or not isinstance(params[0], str):
        raise ControlError(2, "Invalid request: property name must be a string")
    if params[0] != "combined":
        raise ControlError(0, "Unknown property")


def _utf8(text: str) -> bytes:
    """UTF-8; halves of surrogate pairs, which have none, become question marks."""
    return text.encode(errors="replace")
