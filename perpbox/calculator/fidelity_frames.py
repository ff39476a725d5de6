"""The part of ``docs/fidelity.md`` about user-data frames: what differs from recorded sequences."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

INTRO: Final = (
    "Recorded sequences of user events are done again on a box, and event types, order, keys,"
    " JSON types and text forms are compared. What differs, and why:"
)


class Difference(msgspec.Struct, frozen=True):
    """One difference: in which sequences, where, what it is, and why it stays."""

    sequences: list[str]
    why: str
    places: list[str] = []
    what: str = ""


class Frames(msgspec.Struct, frozen=True):
    """Differences of shape, of values only, and sequences that cannot be done yet."""

    differences: list[Difference]
    values: list[Difference]
    not_played: list[Difference]


Cells = tuple[str, str, str, str]


def read_frames(path: Path) -> Frames:
    """Read the list of differences.

    Raises:
        OSError: it cannot be read.
        msgspec.ValidationError: it is not such a list.
    """
    return msgspec.json.decode(path.read_bytes(), type=Frames)


def frame_rows(frames: Frames) -> Sequence[Cells]:
    """(kind, where, what, why) of every difference."""
    rows: list[Cells] = []
    for kind, found in (
        ("shape", frames.differences),
        ("value", frames.values),
        ("not played", frames.not_played),
    ):
        for each in found:
            where = ", ".join(each.places) or "whole sequence"
            what = each.what or ", ".join(each.sequences)
            rows.append((kind, where, what, each.why))
    return rows
