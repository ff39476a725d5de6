"""Recorded sequences of user events, done again on a box: the same shapes come out."""

from pathlib import Path

import msgspec
import pytest

from perpbox.wire.streams.user_forms import EventForms
from perpbox.wire.vintage import Vintage
from tests.golden.frames.comparing import data_of, differences, matched
from tests.golden.frames.scenes import PARTLY_QUOTED, PLAYED_FRAMES, SCENES
from tests.golden.frames.stage import Frame

HERE = Path(__file__).parent


class Sequence(msgspec.Struct):
    """Frames that one action of a user caused, as they came from the venue; ids are masked."""

    id: str
    action: str
    environment: str
    date: str
    quality: str
    frames: list[Frame]


class Difference(msgspec.Struct):
    """Something that is not as recorded, and why."""

    sequences: list[str]
    why: str
    what: str = ""
    places: list[str] = []


class Differences(msgspec.Struct):
    """``differences`` of shape, other ``values``, and sequences that are ``not_played``."""

    differences: list[Difference]
    values: list[Difference]
    not_played: list[Difference]


SEQUENCES = {
    each.id: each
    for each in msgspec.json.decode((HERE / "sequences.json").read_bytes(), type=list[Sequence])
}
KNOWN = msgspec.json.decode((HERE / "differences.json").read_bytes(), type=Differences)


def known_places(name: str) -> set[str]:
    return {place for each in KNOWN.differences if name in each.sequences for place in each.places}


def test_every_sequence_is_played_or_told_why_not() -> None:
    """USR-060."""
    left_out = {name for each in KNOWN.not_played for name in each.sequences}
    assert not left_out & set(SCENES)
    assert left_out | set(SCENES) == set(SEQUENCES)
    assert all(each.why for each in (*KNOWN.differences, *KNOWN.values, *KNOWN.not_played))


@pytest.mark.parametrize("name", SCENES)
def test_recorded_frames_come_out_again(name: str) -> None:
    """USR-060, USR-010, USR-011, USR-012, USR-020, USR-030, USR-031, USR-032, USR-033.

    Events, their order, keys and theirs, JSON types, words and text forms are as recorded; what
    is not is in the list of differences, and the list holds nothing else.
    """
    sequence = SEQUENCES[name]
    is_trimmed = EventForms(Vintage(sequence.date)).is_trimmed
    recorded = [data_of(frame) for frame in sequence.frames][: PLAYED_FRAMES.get(name)]
    ours = SCENES[name](sequence.date)
    found = {
        place: what
        for theirs, mine in matched(recorded, ours, is_whole=name not in PARTLY_QUOTED)
        for place, what in differences(theirs, mine, is_trimmed=is_trimmed)
    }
    assert set(found) == known_places(name), found


@pytest.mark.parametrize("name", SCENES)
def test_one_action_has_one_time(name: str) -> None:
    """USR-013: T is the time of what happened, E never before it; an order repeats T."""
    for frame in SCENES[name](SEQUENCES[name].date):
        at_ms, told_ms = frame["T"], frame["E"]
        assert isinstance(at_ms, int)
        assert isinstance(told_ms, int)
        assert told_ms >= at_ms
        order = frame.get("o")
        assert not isinstance(order, dict) or order["T"] == at_ms
