"""Recorded frames against ours: events and their order, keys and theirs, JSON types, text forms."""

import re
from collections.abc import Iterator, Sequence

from tests.golden.frames.stage import Frame

NUMBER = re.compile(r"-?\d+(\.\d+)?")
NAMES = ("c", "s", "stream")
"""Texts that name somebody's order or symbol."""
SCALED = ("TRADE_LITE",)
"""Events that never lost trailing zeros."""


def kind(frame: Frame) -> str:
    """Event type, with the execution type or the reason: ``ORDER_TRADE_UPDATE NEW``."""
    order, account = frame.get("o"), frame.get("a")
    detail = ""
    if isinstance(order, dict):
        detail = f" {order['x']} {order['X']}"
    elif isinstance(account, dict):
        detail = f" {account['m']}"
    return f"{frame['e']}{detail}"


def data_of(frame: Frame) -> Frame:
    """A frame without the envelope of a combined connection; a bare order gets its event's."""
    data = frame.get("data", frame)
    assert isinstance(data, dict)
    if "e" not in data:
        at_ms = data["T"]
        return {"e": "ORDER_TRADE_UPDATE", "T": at_ms, "E": at_ms, "o": data}
    return data


def matched(
    recorded: Sequence[Frame], ours: Sequence[Frame], *, is_whole: bool
) -> list[tuple[Frame, Frame]]:
    """Pairs of the same event, in order; a whole record leaves none of ours over."""
    said = [kind(frame) for frame in ours]
    if is_whole:
        assert said == [kind(frame) for frame in recorded]
    pairs: list[tuple[Frame, Frame]] = []
    place = 0
    for frame in recorded:
        assert kind(frame) in said[place:], f"{kind(frame)} is not among {said[place:]}"
        place = said.index(kind(frame), place) + 1
        pairs.append((frame, ours[place - 1]))
    return pairs


def form(text: str, *, is_trimmed: bool) -> str:
    """What kind of text a number is; any other text is its own form."""
    match = NUMBER.fullmatch(text)
    if match is None or not text.strip("0.-"):
        return text
    fraction = match[1]
    if is_trimmed:
        return f"trailing zeros: {text}" if fraction and text.endswith("0") else "trimmed"
    return f"{len(fraction) - 1} decimals" if fraction else "whole"


def differences(recorded: Frame, ours: Frame, *, is_trimmed: bool) -> Iterator[tuple[str, str]]:
    """(place, what) of everything in which the shapes of two events differ."""
    event = str(recorded["e"])
    trimmed = is_trimmed and event not in SCALED
    yield from _differences(event, recorded, ours, trimmed)


def _differences(
    place: str, recorded: object, ours: object, is_trimmed: bool
) -> Iterator[tuple[str, str]]:
    if type(recorded) is not type(ours):
        yield place, f"recorded {recorded!r}, here {ours!r}"
    elif isinstance(recorded, dict) and isinstance(ours, dict):
        if list(recorded) != list(ours):
            yield place, f"recorded keys {','.join(recorded)}, here {','.join(ours)}"
        for name, value in recorded.items():
            if name in ours and name not in NAMES:
                yield from _differences(f"{place}.{name}", value, ours[name], is_trimmed)
    elif isinstance(recorded, list) and isinstance(ours, list):
        if len(recorded) != len(ours):
            yield place, f"recorded {len(recorded)} rows, here {len(ours)}"
        for theirs, mine in zip(recorded, ours, strict=False):
            yield from _differences(place, theirs, mine, is_trimmed)
    elif isinstance(recorded, str) and isinstance(ours, str):
        if form(recorded, is_trimmed=is_trimmed) != form(ours, is_trimmed=is_trimmed):
            yield place, f"recorded {recorded}, here {ours}"
    elif isinstance(recorded, bool) and recorded is not ours:
        yield place, f"recorded {recorded}, here {ours}"
