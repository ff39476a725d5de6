"""Commands in a line, for people: what happened, without the wire's words."""

from collections.abc import Sequence
from enum import Enum
from functools import cache
from typing import Final, TypeAlias, get_args, get_type_hints

import msgspec

from perpbox.engine.commands import Command
from perpbox.engine.events import Event, Rejected
from perpbox.gateway.sequencer import Told
from perpbox.money import Amount, Price, Qty, Rate, plain

SUMMARY_LENGTH_MAX: Final = 300
_DECIMALS: Final = (Price, Qty, Amount, Rate)
_UNTOLD: Final = frozenset(("api_key", "public_key_pem"))
Row: TypeAlias = dict[str, object]


def log_row(told: Told) -> Row:
    """One command of the log: number, stamp, name, summary and the kinds of its events."""
    seq, at_ms, command, events = told
    row: Row = {
        "seq": seq,
        "at": at_ms,
        "command": type(command).__name__,
        "summary": summary(command),
        "events": list(dict.fromkeys(type(event).__name__ for event in events)),
    }
    refusal = _refusal(events)
    if refusal is not None:
        row["refused"] = refusal
    return row


def _refusal(events: Sequence[Event]) -> str | None:
    first = events[0] if events else None
    return first.reason.name.lower().replace("_", " ") if isinstance(first, Rejected) else None


def summary(command: Command) -> str:
    """The command's fields that say something, in their order."""
    parts = []
    for name, is_decimal, default in _fields(type(command)):
        value = getattr(command, name)
        if value is None or value in (default, (), ""):
            continue
        parts.append(_part(name, value, is_decimal))
    return " ".join(part for part in parts if part)[:SUMMARY_LENGTH_MAX]


def _part(name: str, value: object, is_decimal: bool) -> str:
    words = name.replace("_", " ").removesuffix(" id")
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, bool):
        return words if value else f"no {words}"
    if isinstance(value, int):
        return f"{words} {plain(value) if is_decimal else value}"
    if isinstance(value, str):
        return value if name in ("symbol", "asset") else f"{words} {value}"
    if isinstance(value, tuple):
        return f"{len(value)} {words}"
    if isinstance(value, msgspec.Struct):
        return str(getattr(value, "symbol", getattr(value, "asset", "")))
    return ""


@cache
def _fields(kind: type[Command]) -> tuple[tuple[str, bool, object], ...]:
    """(name, whether it is a decimal, default) of the fields that are told."""
    hints = get_type_hints(kind)
    return tuple(
        (
            field.name,
            any(each in _DECIMALS for each in (hints[field.name], *get_args(hints[field.name]))),
            field.default,
        )
        for field in msgspec.structs.fields(kind)
        if field.name not in _UNTOLD
    )
