"""``perpbox journal`` and ``perpbox replay``: what they tell of a journal, whole or not."""

import json
import shutil
from pathlib import Path

import pytest

from perpbox import cli
from perpbox.audit import replay as replaying
from perpbox.gateway.journal import codec, snapshot
from perpbox.gateway.journal.entries import StateHashed, encode
from tests.unit.gateway.journal.kept import (
    crashed,
    hash_of,
    journalled,
    kept,
    order,
    segment,
    trade,
)
from tests.unit.gateway.journal.test_snapshots import OFTEN, saved, snapshots


@pytest.fixture
def traded(tmp_path: Path) -> tuple[Path, str]:
    """What a box that traded left when it crashed, and its state hash."""
    with kept(tmp_path / "live") as box:
        trade(box)
        return crashed(tmp_path / "live", tmp_path / "box"), hash_of(box)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, output, errors."""
    code = cli.main([str(each) for each in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def rewritten(path: Path, changes: dict[int, str]) -> None:
    """Put other hashes into a journal, with true checksums and chains."""
    data = path.read_bytes()
    _, link, start = codec.decode_header(data)
    out = data[:start]
    for found in journalled(path.parent.parent):
        entry = found.entry
        what = entry.what
        if isinstance(what, StateHashed) and what.at_seq in changes:
            what = StateHashed(what.at_seq, changes[what.at_seq])
        record, link = codec.encode_record(link, encode(entry.seq, entry.at_ms, what))
        out += record
    path.write_bytes(out)


def test_verify_of_a_whole_journal(
    traded: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """JRN-030: verify reads every record and says what is there; its exit code is 0."""
    path, _ = traded
    count = len(journalled(path))
    code, out, _ = run(capsys, "journal", "verify", path)
    assert code == 0
    assert f"1 segments, {count} records, 1 to {count}: whole" in out
    assert run(capsys, "journal", "verify", path / "journal")[1] == out


def test_verify_of_a_torn_and_of_a_damaged_one(
    traded: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """JRN-030: a torn tail is told with exit code 1, damage with 3; nothing is changed."""
    path, _ = traded
    found, file = journalled(path), segment(path)
    data = file.read_bytes()
    file.write_bytes(data[:-1])
    code, out, _ = run(capsys, "journal", "verify", path)
    assert code == 1
    assert f"at byte {found[-1].offset}: the next start cuts them" in out
    damaged = bytearray(data)
    damaged[found[9].offset + 40] ^= 1
    file.write_bytes(damaged)
    code, _, err = run(capsys, "journal", "verify", path)
    assert code == 3
    assert f"is damaged at byte {found[9].offset}, sequence number 10" in err
    assert file.read_bytes() == damaged


def test_show_and_export(traded: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    """JRN-031: show prints a line a record, export a JSON object; both from and to a number."""
    path, _ = traded
    found = journalled(path)
    code, out, _ = run(capsys, "journal", "show", path, "--from", 5, "--to", 7)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["5", "6", "7"]
    code, out, _ = run(capsys, "journal", "export", path)
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["seq"] for row in rows] == [one.entry.seq for one in found]
    places = [row for row in rows if row["type"] == "PlaceOrder"]
    assert places[0]["client_order_id"] == "order-0"
    assert places[0]["price"] == 59_000 * 10**8


def test_truncate_keeps_and_sets_aside(
    traded: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """JRN-032: truncate keeps the records up to a number and sets the rest aside; then the box
    starts from there."""
    path, _ = traded
    found, file = journalled(path), segment(path)
    data = file.read_bytes()
    damaged = bytearray(data)
    damaged[found[-3].offset + 40] ^= 1
    file.write_bytes(damaged)
    keep = found[-4].entry.seq
    code, _, err = run(capsys, "journal", "truncate", path, "--keep", keep + 1)
    assert code == 3
    assert f"has no whole record {keep + 1}" in err
    code, out, _ = run(capsys, "journal", "truncate", path, "--keep", keep)
    assert code == 0
    aside = path / "cut" / f"{file.name}.1"
    assert f"set aside: {aside}" in out
    assert aside.read_bytes() == damaged[found[-3].offset :]
    assert file.read_bytes() == data[: found[-3].offset]
    with kept(path) as box:
        assert box.recovered is not None
        assert box.recovered.replica.seq == keep


def test_truncate_takes_later_segments_and_snapshots_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JRN-032: with the end of the journal its later segments and snapshots go aside."""
    path = tmp_path / "box"
    with kept(path, cadence=OFTEN, market="sim", retention="all") as box:
        journal = box.kept.journal
        assert journal is not None
        journal.segment_bytes_max = 20_000
        saved(box, 2)
    first, *later = snapshots(path)
    assert later
    keep = int(first.stem) + 5
    assert run(capsys, "journal", "truncate", path, "--keep", keep)[0] == 0
    assert snapshots(path) == [first]
    assert all((path / "cut" / f"{each.name}.1").exists() for each in later)
    assert journalled(path)[-1].entry.seq == keep
    with kept(path, market="sim") as box:
        assert box.recovered is not None
        assert box.recovered.snapshot_seq == int(first.stem)


def test_truncate_needs_the_lock(
    traded: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """JRN-032: the journal of a running box is not cut; it can be looked at."""
    path, _ = traded
    with kept(path):
        code, _, err = run(capsys, "journal", "truncate", path, "--keep", 5)
        assert code == 3
        assert "in use by another box" in err
        assert run(capsys, "journal", "verify", path)[0] == 0


def test_replay_comes_to_the_state_of_the_box(
    traded: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """JRN-033: a replay comes to the hash of the box that wrote the journal."""
    path, expected = traded
    code, out, _ = run(capsys, "replay", path)
    assert code == 0
    assert f"state hash {expected}, ledger sum 0" in out
    assert "no hash is recorded" in run(capsys, "replay", path, "--verify")[1]


@pytest.fixture(scope="module")
def hashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a box with many recorded hashes and every segment kept."""
    path = tmp_path_factory.mktemp("hashed") / "box"
    often = {"hash_records": 10, "snapshot_records": 10**6}
    with kept(path, cadence=often, market="sim") as box:
        box.account(usdt=1000)
        checkpoints = box.kept.checkpoints
        assert checkpoints is not None
        number = 0
        while checkpoints.counters.hashes < 12:
            number += 1
            box.submit(order(2, number, price=75_000))
            box.call(box.desk.tick)
    return path


def hash_facts(path: Path) -> list[StateHashed]:
    facts = [one.entry.what for one in journalled(path)]
    return [fact for fact in facts if isinstance(fact, StateHashed)]


def test_replay_verifies_recorded_hashes(hashed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JRN-034: with --verify every recorded hash agrees, and how many there were is said."""
    code, out, _ = run(capsys, "replay", hashed, "--verify")
    assert code == 0
    assert f"{len(hash_facts(hashed))} recorded hashes agree" in out


@pytest.mark.parametrize("wrong", [0, 1, 5, -1])
@pytest.mark.parametrize("stretch", [1, 4, 32])
def test_the_first_difference_is_found(
    hashed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    wrong: int,
    stretch: int,
) -> None:
    """JRN-034: from the first hash that differs on all differ; bisection finds that one."""
    monkeypatch.setattr(replaying, "STRETCH_MAX", stretch)
    path = crashed(hashed, tmp_path / "copy")
    facts = hash_facts(path)
    first = facts[wrong]
    rewritten(segment(path), {fact.at_seq: "0" * 64 for fact in facts[facts.index(first) :]})
    good = 0 if first is facts[0] else facts[facts.index(first) - 1].at_seq
    code, out, _ = run(capsys, "replay", path, "--verify")
    assert code == 1
    assert f"equal up to sequence number {good}, not at {first.at_seq} any more" in out
    assert f"recorded {'0' * 64}, computed {first.hash}" in out


def test_replay_begins_with_the_oldest_snapshot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JRN-035: where early segments were let go, the oldest snapshot is the beginning."""
    path = tmp_path / "box"
    with kept(path, cadence=OFTEN, market="sim", retention=1) as box:
        journal = box.kept.journal
        assert journal is not None
        journal.segment_bytes_max = 20_000
        saved(box, 3)
        expected = hash_of(box)
    seq = int(snapshots(path)[0].stem)
    code, out, _ = run(capsys, "replay", path, "--verify")
    assert code == 0
    assert f"sequence numbers {seq + 1} to" in out
    assert f"state hash {expected}" in out
    assert run(capsys, "journal", "verify", path)[0] == 0
    shutil.rmtree(path / snapshot.FOLDER)
    code, _, err = run(capsys, "replay", path)
    assert code == 3
    assert "there is no snapshot to begin with" in err


def test_where_there_is_no_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JRN-030: a directory without a journal is told plainly, with exit code 3."""
    for arguments in (("journal", "verify"), ("journal", "show"), ("replay",)):
        code, _, err = run(capsys, *arguments, tmp_path)
        assert (code, err) == (3, f"perpbox: {tmp_path} holds no journal\n")
    assert list(tmp_path.iterdir()) == []
