"""Snapshots: written beside the running box, taken for what they are, and let go in time."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import time
from operator import attrgetter
from pathlib import Path
from urllib.request import urlopen

import pytest

from perpbox.box import Box
from perpbox.engine.types import Side
from perpbox.gateway.journal import snapshot
from perpbox.gateway.journal.entries import StateHashed
from perpbox.gateway.journal.errors import JournalError
from perpbox.gateway.journal.pickling import NotReadable, layouts, pack, unpack
from tests.unit.gateway.journal.kept import (
    BTC,
    crashed,
    hash_of,
    journalled,
    kept,
    plain,
    segment,
)

PATIENCE_S = 30
OFTEN = {"hash_records": 40, "snapshot_records": 80, "snapshot_bytes": 10**9}


def snapshots(path: Path) -> list[Path]:
    return sorted((path / snapshot.FOLDER).glob("*" + snapshot.SUFFIX))


def saved(box: Box, count: int) -> None:
    """Let the box go on, minute by minute, until it has written so many snapshots."""
    checkpoints = box.kept.checkpoints
    assert checkpoints is not None
    until = time.monotonic() + PATIENCE_S
    while checkpoints.counters.snapshots < count:
        assert time.monotonic() < until, checkpoints.counters
        assert not checkpoints.counters.failures, checkpoints.counters
        if checkpoints.unsaved < OFTEN["snapshot_records"]:
            box.advance(seconds=1)
        box.call(box.desk.tick)
        os.sched_yield()


@pytest.mark.parametrize("market", ["sim", "recorded"])
def test_snapshot_and_tail_are_the_whole_journal(tmp_path: Path, market: str) -> None:
    """JRN-020: newest snapshot and tail give what the whole journal gives, views and market too."""
    options = {"market": market, "symbols": [BTC], "retention": "all"}
    with kept(tmp_path / "box", cadence=OFTEN, **options) as box:
        saved(box, 2)
        box.advance(seconds=3)
        copy = crashed(tmp_path / "box", tmp_path / "copy")
        whole = crashed(tmp_path / "box", tmp_path / "whole")
        shutil.rmtree(whole / snapshot.FOLDER)
        with kept(copy, **options) as again, kept(whole, **options) as slow:
            assert again.recovered is not None
            assert slow.recovered is not None
            assert again.recovered.snapshot_seq > 0
            assert slow.recovered.snapshot_seq == 0
            assert again.recovered.records < slow.recovered.records
            for one in (box, again, slow):
                one.advance(seconds=20)
            assert hash_of(box) == hash_of(again) == hash_of(slow)
            assert plain(again.views) == plain(slow.views) == plain(box.views)


def test_hashes_are_journalled(tmp_path: Path) -> None:
    """JRN-021: every so many records the hash of the state stands in the journal."""
    with kept(tmp_path / "box", cadence=OFTEN, market="sim") as box:
        saved(box, 1)
    facts = [one.entry.what for one in journalled(tmp_path / "box")]
    hashes = [fact for fact in facts if isinstance(fact, StateHashed)]
    assert len(hashes) >= 2
    assert len({fact.hash for fact in hashes}) == len(hashes)
    assert all(facts[fact.at_seq - 1] is not None for fact in hashes)


def test_old_segments_and_snapshots_are_let_go(tmp_path: Path) -> None:
    """JRN-022: the newest snapshots stay, with the journal from the oldest of them on."""
    with kept(tmp_path / "box", cadence=OFTEN, retention=1, market="sim") as box:
        journal = box.kept.journal
        assert journal is not None
        journal.segment_bytes_max = 20_000
        saved(box, 3)
        before = hash_of(box)
        segments = list((tmp_path / "box" / "journal").iterdir())
        assert len(snapshots(tmp_path / "box")) == 1
        assert journal.counters.segments > len(segments)
        assert not segment(tmp_path / "box").exists()
    with kept(tmp_path / "box", retention=1, market="sim") as box:
        assert hash_of(box) == before


def test_a_damaged_snapshot_is_passed_over(tmp_path: Path) -> None:
    """JRN-023: a snapshot that cannot be read is told and not used; the one before it is."""
    with kept(tmp_path / "box", cadence=OFTEN, market="sim") as box:
        saved(box, 2)
        before = hash_of(box)
    older, newest = snapshots(tmp_path / "box")
    data = bytearray(newest.read_bytes())
    data[-100] ^= 1
    newest.write_bytes(data)
    with kept(tmp_path / "box", market="sim") as box:
        assert box.recovered is not None
        assert box.recovered.snapshot_seq == int(older.stem)
        assert [f"{newest} cannot be used: it is damaged or cut off"] == list(box.recovered.notes)
        assert hash_of(box) == before


def test_a_snapshot_of_another_journal(tmp_path: Path) -> None:
    """JRN-024: a snapshot that is not of the journal beside it is refused, nothing is touched."""
    for name in ("box", "other"):
        with kept(tmp_path / name, cadence=OFTEN, market="sim") as box:
            saved(box, 1)
    foreign = snapshots(tmp_path / "other")[0]
    place = tmp_path / "box" / snapshot.FOLDER / snapshot.snapshot_name(10**6)
    shutil.copy(foreign, place)
    with pytest.raises(JournalError, match="is a snapshot of another journal: remove it"):
        kept(tmp_path / "box", market="sim")
    place.unlink()
    kept(tmp_path / "box", market="sim").close()


def test_a_snapshot_of_another_format(tmp_path: Path) -> None:
    """JRN-024: a snapshot of an unknown format version is refused with the way out."""
    with kept(tmp_path / "box", cadence=OFTEN, market="sim") as box:
        saved(box, 1)
    newest = snapshots(tmp_path / "box")[-1]
    data = bytearray(newest.read_bytes())
    data[8] = 9
    newest.write_bytes(data)
    with pytest.raises(JournalError, match=r"format version 9, and this version .* knows 1 only"):
        kept(tmp_path / "box", market="sim")


def test_a_snapshot_later_than_the_journal(tmp_path: Path) -> None:
    """JRN-024: a journal that ends before its snapshot has lost records, and that is told."""
    with kept(tmp_path / "box", cadence=OFTEN, market="sim") as box:
        saved(box, 1)
    found = journalled(tmp_path / "box")
    found[-1].path.write_bytes(found[-1].path.read_bytes()[: found[50].offset])
    with pytest.raises(JournalError, match=r"ends at sequence number 50, .* --keep 50"):
        kept(tmp_path / "box", market="sim")


class Evil:
    """What an attacker would put into a snapshot."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("false",)


@pytest.mark.parametrize(
    "value",
    [Evil(), os.system, attrgetter("__class__"), Path("x"), getattr, eval, type, object],
    ids=("reduce", "system", "getter", "path", "getattr", "eval", "type", "object"),
)
def test_reading_runs_nothing(value: object) -> None:
    """JRN-025: only classes of engine and views are rebuilt; anything else is refused."""
    with pytest.raises(NotReadable):
        unpack(pickle.dumps(value, 5), layouts())


def test_a_class_that_changed_is_not_rebuilt() -> None:
    """JRN-025: what was written where a class had other fields is refused; a grown enum is not."""
    data, name = pack([Side.BUY]), "perpbox.engine.types:Side"
    assert unpack(data, layouts()) == [Side.BUY]
    assert unpack(data, {**layouts(), name: ["BUY=1"]}) == [Side.BUY]
    with pytest.raises(NotReadable, match="Side was another"):
        unpack(data, {**layouts(), name: ["BUY=1", "BOTH=2"]})
    with pytest.raises(NotReadable, match="Side was another"):
        unpack(data, {})


def read(data: bytes) -> snapshot.Standing:
    header, start = snapshot.decode_header(data)
    return snapshot.decode_body(data, header, start)


def test_a_cut_snapshot_is_unreadable(tmp_path: Path) -> None:
    """JRN-023: a snapshot cut at any of some thousand places is told apart."""
    with kept(tmp_path / "box", cadence=OFTEN, market="sim") as box:
        saved(box, 1)
    data = snapshots(tmp_path / "box")[0].read_bytes()
    for end in range(0, len(data), max(1, len(data) // 1000)):
        with pytest.raises(snapshot.SnapshotUnreadable):
            read(data[:end])


def test_a_snapshot_that_fails_is_told_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """JRN-027: nothing is let go meanwhile; log, health and metrics say so."""
    path = tmp_path / "box"
    with kept(path, cadence=OFTEN, market="sim", symbols=[BTC]) as box:
        (path / snapshot.FOLDER).write_text("in the way")
        checkpoints = box.kept.checkpoints
        assert checkpoints is not None
        while not checkpoints.counters.failures:
            box.advance(seconds=1)
            box.call(box.look)
        assert checkpoints.unsaved >= OFTEN["snapshot_records"]
        assert "a checkpoint failed" in caplog.text
        with urlopen(f"{box.url}/perpbox/v1/health") as health:
            assert json.load(health)["checkpointFailures"] == 1
        with urlopen(f"{box.url}/metrics") as page:
            assert b"\nperpbox_checkpoint_failures_total 1\n" in page.read()
        (path / snapshot.FOLDER).unlink()
        while not checkpoints.counters.snapshots:
            box.advance(seconds=1)
            box.call(box.look)
            os.sched_yield()
        assert checkpoints.counters.failures == 1


def test_a_snapshot_needs_nothing_of_the_package_as_it_stands_on_disk(tmp_path: Path) -> None:
    """JRN-026: a package that is replaced under a running box does not keep it from its end."""
    script = (
        "import importlib, sys\n"
        "from perpbox.box import Box\n"
        "box = Box(market='none', clock='frozen', symbols=['BTCUSDT'], data=sys.argv[1])\n"
        "box.call(box.look)\n"
        "importlib.import_module = None\n"
        "box.account(usdt=1)\n"
        "box.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "box")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(snapshots(tmp_path / "box")) == 1
