"""Journals of every version are replayed to the hashes that they hold."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from perpbox import __version__
from perpbox.audit.place import Place
from perpbox.audit.replay import replay
from perpbox.box import Box
from perpbox.gateway.journal import codec, snapshot
from perpbox.gateway.journal.errors import JournalError
from perpbox.gateway.journal.versions import REPLAYABLE
from tests.unit.gateway.journal.kept import crashed, hash_of, kept, order, trade
from tests.upgrade.make import EXPECTED, JOURNALS

WRITTEN = sorted(path.name for path in JOURNALS.iterdir())


def expected(version: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((JOURNALS / version / EXPECTED).read_text())
    return found


def copy_of(version: str, to: Path) -> Path:
    shutil.copytree(JOURNALS / version, to)
    return to


def test_every_version_that_is_replayed_has_a_journal() -> None:
    """JRN-050: this version and every one whose journals it replays have left one here."""
    assert set(REPLAYABLE) == set(WRITTEN)
    assert __version__ in REPLAYABLE


@pytest.mark.parametrize("version", WRITTEN)
def test_a_journal_comes_to_its_hashes(version: str) -> None:
    """JRN-050: the recorded hashes, whatever Python and machine they were made on, come out."""
    found = replay(Place(JOURNALS / version), verify=True)
    told = expected(version)
    assert found.difference is None, (
        f"a journal of {version} does not come to its hashes any more. If {version} is released, "
        "switch the rule or take it out of REPLAYABLE; if not, python -m tests.upgrade.make"
    )
    assert (found.hash, found.recorded, found.commands) == tuple(told.values())
    assert found.recorded >= 5


@pytest.mark.parametrize("version", WRITTEN)
@pytest.mark.parametrize("with_snapshots", [True, False])
def test_a_box_goes_on_from_it(version: str, with_snapshots: bool, tmp_path: Path) -> None:
    """JRN-050: a box starts from the directory of an earlier version, and goes on."""
    path = copy_of(version, tmp_path / "box")
    if not with_snapshots:
        shutil.rmtree(path / snapshot.FOLDER)
    with Box(data=path) as box:
        assert box.recovered is not None
        assert bool(box.recovered.snapshot_seq) is with_snapshots
        assert hash_of(box) == expected(version)["hash"]
        box.advance(minutes=1)


def test_a_version_that_is_not_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JRN-051: commands of a version that is not replayed are refused with the way out; once that
    version has ended orderly its snapshot is taken. No segment holds records of two versions."""
    monkeypatch.setattr("perpbox.lab.kept.__version__", "0.0.1")
    with kept(tmp_path / "box") as box:
        trade(box)
        before = hash_of(box)
        crash = crashed(tmp_path / "box", tmp_path / "crash")
    monkeypatch.undo()
    with pytest.raises(JournalError) as caught:
        kept(crash)
    assert "were written by perpbox 0.0.1, which perpbox" in str(caught.value)
    assert "start that version once more and end it with Ctrl-C" in str(caught.value)
    with kept(tmp_path / "box") as box:
        assert hash_of(box) == before
        box.submit(order(1, 50))
    headers = [
        codec.decode_header(path.read_bytes())[0] for path in Place(tmp_path / "box").segments()
    ]
    assert [header.engine for header in headers] == ["0.0.1", __version__]
    assert headers[1].chain != headers[0].chain
