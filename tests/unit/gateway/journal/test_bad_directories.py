"""Data directories that cannot be used: one line with the way out, exit code 3, nothing touched."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from perpbox import cli
from perpbox.gateway.journal import codec
from perpbox.gateway.journal.directory import DataDirectory
from perpbox.gateway.journal.disk import RealDisk
from perpbox.gateway.journal.errors import JournalError
from tests.unit.gateway.journal.kept import BTC, crashed, journalled, kept, order, segment

NOBODY = 65534


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """The directory of a box with several segments."""
    with kept(tmp_path / "live") as running:
        journal = running.kept.journal
        assert journal is not None
        journal.segment_bytes_max = 2_000
        running.set_price(BTC, 60_000)
        for number in range(20):
            running.submit(order(1, number))
        return crashed(tmp_path / "live", tmp_path / "box")


def contents(path: Path) -> dict[str, str]:
    """Every file but the lock, with its digest."""
    return {
        str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in path.rglob("*")
        if file.is_file() and file.name != "LOCK"
    }


def refused(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What ``perpbox serve`` says of a directory that it refuses, in one line, with code 3."""
    before = contents(path) if path.is_dir() else {}
    code = cli.main(["serve", "--data", str(path), "--port", "0"])
    said = capsys.readouterr()
    assert (code, said.out) == (3, "")
    assert said.err.startswith("perpbox: ")
    assert said.err.count("\n") == 1
    if before:
        assert contents(path) == before
    return said.err


def test_a_newer_format(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JRN-040: a journal of a newer format version is refused."""
    for path in (box / "journal").iterdir():
        data = bytearray(path.read_bytes())
        data[len(codec.MAGIC)] = codec.FORMAT + 1
        path.write_bytes(data)
    said = refused(box, capsys)
    assert f"has format version {codec.FORMAT + 1}" in said
    assert "use the version that wrote it, or another --data directory" in said


@pytest.mark.parametrize("with_snapshot", [False, True])
def test_a_missing_middle_segment(
    box: Path, with_snapshot: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """JRN-040: a gap between segments is refused, and the missing one named, also where a
    snapshot makes it superfluous."""
    if with_snapshot:
        kept(box).close()
    segments = sorted((box / "journal").iterdir())
    assert len(segments) > 4
    gone, following = segments[2], segments[3]
    gone.unlink()
    said = refused(box, capsys)
    assert f"has no segment {gone.name}, which comes before {following.name}" in said
    assert f"--keep {int(gone.stem) - 1}" in said


def test_a_missing_first_segment(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JRN-040: a journal that begins late, without a snapshot, is refused."""
    segment(box).unlink()
    assert "and 1 is needed: earlier segments or the snapshots are missing" in refused(box, capsys)


def test_a_segment_of_another_journal(
    box: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JRN-040: a segment of another journal among those of this one is refused."""
    with kept(tmp_path / "other"):
        pass
    last = sorted((box / "journal").iterdir())[-1]
    data = segment(tmp_path / "other").read_bytes()
    header = codec.decode_header(data)[0]
    forged = codec.Header(
        journal=header.journal,
        first_seq=int(last.stem),
        before=int(sorted((box / "journal").iterdir())[-2].stem),
        chain=header.chain,
        engine=header.engine,
        founding=header.founding,
    )
    last.write_bytes(codec.encode_header(forged))
    assert "is a segment of another journal than those before it" in refused(box, capsys)


def test_a_file_in_the_place_of_the_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JRN-040: a file is no directory."""
    (tmp_path / "box").write_text("")
    assert "take a directory" in refused(tmp_path / "box", capsys)


class FullDisk(RealDisk):
    """A disk without room."""

    def free_bytes(self, path: Path) -> int:
        assert path.exists()
        return 1000


def test_a_full_disk(box: Path) -> None:
    """JRN-040: a disk without room is refused before anything is written."""
    before = contents(box)
    with pytest.raises(JournalError, match=r"1000 bytes are free, .* are needed: make room"):
        DataDirectory(box, FullDisk())
    assert contents(box) == before


@contextmanager
def nobody() -> Iterator[None]:
    """Be a user without any rights, if the tests run as one with all of them."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_no_right_to_write(box: Path) -> None:
    """JRN-040: a directory that this user may not write to is refused."""
    with TemporaryDirectory() as public:
        Path(public).chmod(0o755)
        path = Path(public) / "box"
        shutil.copytree(box, path)
        path.chmod(0o555)
        before = contents(path)
        with nobody(), pytest.raises(JournalError) as caught:
            DataDirectory(path)
        assert contents(path) == before
        path.chmod(0o755)
    said = str(caught.value)
    assert "no permission to write there: give this user the right to write there" in said


def test_secrets_that_cannot_be_read(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JRN-040: a damaged line of secrets is named; a torn last line is cut, as nobody knows it."""
    file = box / "secrets.jsonl"
    text = file.read_text()
    file.write_text(text + '{"type":"key","key":"half')
    kept(box).close()
    assert file.read_text() == text
    file.write_text("nonsense\n" + text)
    assert f"{file}, line 1, cannot be read: repair or remove that line" in refused(box, capsys)


def test_a_setting_that_the_box_was_not_founded_with(
    box: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JRN-012: a founding setting that differs is refused as a wrong option, with exit code 2."""
    before = contents(box)
    code = cli.main(["serve", "--data", str(box), "--port", "0", "--market", "sim"])
    assert code == 2
    assert "market: the box in" in capsys.readouterr().err
    assert contents(box) == before


def test_segments_follow_one_another(box: Path) -> None:
    """JRN-041: a segment is named by its first sequence number, names the engine that wrote it,
    and goes on from the chain of the one before."""
    found = journalled(box)
    segments = sorted((box / "journal").iterdir())
    for path in segments:
        header = codec.decode_header(path.read_bytes())[0]
        assert header.first_seq == int(path.stem)
        assert header.engine
        before = header.first_seq - 2
        expected = codec.NO_CHAIN if before < 0 else found[before].chain
        assert bytes.fromhex(header.chain) == expected
    copy = box.parent / "copy"
    shutil.copytree(box, copy)
    first, second = segments[1], segments[2]
    first.write_bytes(first.read_bytes()[:-10])
    with pytest.raises(JournalError, match="and a whole segment follows"):
        kept(box)
    shutil.copy(copy / "journal" / first.name, first)
    second.write_bytes(b"")
    with pytest.raises(JournalError, match="is damaged at byte 0"):
        kept(box)
