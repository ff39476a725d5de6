"""A journal cut anywhere or with any bit flipped: recovered, or refused with the exact place."""

import shutil
from pathlib import Path

import pytest

from perpbox import __version__
from perpbox.engine.hashing import state_hash
from perpbox.gateway.journal import codec
from perpbox.gateway.journal.directory import DataDirectory, Recovered
from perpbox.gateway.journal.disk import RealDisk
from perpbox.gateway.journal.entries import GroupBegan, GroupEnded
from perpbox.gateway.journal.errors import Damaged, JournalError
from perpbox.gateway.journal.reader import FOLDER, Journalled, JournalReader
from perpbox.gateway.journal.replica import Replica
from perpbox.market.source import NoSource
from tests.unit.gateway.journal.kept import BTC, crashed, journalled, kept, order, segment


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """What a box left that crashed after three orders."""
    with kept(tmp_path / "live") as running:
        running.set_price(BTC, 60_000)
        for number in range(3):
            running.submit(order(1, number))
        return crashed(tmp_path / "live", tmp_path / "box")


class Held(RealDisk):
    """A disk whose one segment is in memory."""

    def __init__(self, data: bytearray) -> None:
        self.data = data

    def read(self, path: Path, size: int = -1) -> bytes:
        assert path.suffix == ".log"
        return bytes(self.data[:size] if size >= 0 else self.data)


def recovered(box: Path) -> Recovered:
    directory = DataDirectory(box)
    assert directory.header is not None
    try:
        return directory.recover(
            lambda: Replica(NoSource), founding=directory.header.founding, engine=__version__
        )
    finally:
        directory.close()


def hashes(found: list[Journalled]) -> dict[int, str]:
    """Hash of the state after each record."""
    replica, after = Replica(NoSource), {}
    for one in found:
        replica.take(one.entry)
        after[one.entry.seq] = state_hash(replica.exchange.state)
    return after


def test_cut_at_every_byte_of_the_last_records(box: Path, tmp_path: Path) -> None:
    """JRN-002: a tail cut at any byte is cut at its last whole record, and said so to the byte."""
    found = journalled(box)
    expected, path = hashes(found), segment(box)
    data = path.read_bytes()
    ends = [*(one.offset for one in found[1:]), len(data)]
    for size in range(found[-3].offset, len(data)):
        path.write_bytes(data[:size])
        reader = JournalReader(RealDisk(), box / FOLDER)
        kept_seqs = [one.entry.seq for one in reader.read()]
        whole = max(end for end in ends if end <= size)
        assert kept_seqs[-1] == ends.index(whole) + 1
        if size == whole:
            assert reader.torn is None
        else:
            assert reader.torn is not None
            assert (reader.torn.path, reader.torn.offset) == (path, whole)
            assert (reader.torn.size, reader.torn.last_seq) == (size - whole, kept_seqs[-1])
        if size % 29 == 0 or size == whole:
            copy = tmp_path / f"cut-{size}"
            shutil.copytree(box, copy)
            came = recovered(copy)
            assert state_hash(came.replica.exchange.state) == expected[kept_seqs[-1]]
            assert segment(copy).stat().st_size == whole


def test_a_cut_is_told(box: Path) -> None:
    """JRN-002: the start says file, offset and the last sequence number that was kept."""
    found, path = journalled(box), segment(box)
    path.write_bytes(path.read_bytes()[:-1])
    with kept(box) as running:
        assert running.recovered is not None
        told = running.recovered.lines()[-1]
        assert f"off {path} at byte {found[-1].offset}" in told
        assert f"the last sequence number kept is {found[-2].entry.seq}" in told
        running.submit(order(1, 7))
    seqs = [one.entry.seq for one in journalled(box)]
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) >= len(found)


def test_every_bit_of_a_record_flipped(box: Path) -> None:
    """JRN-003: any flipped bit is damage, named with file, offset and sequence number; in the very
    last record it cannot be told from a torn tail, and is cut and reported."""
    found, path = journalled(box), segment(box)
    data = bytearray(path.read_bytes())
    disk = Held(data)
    middle, after, last = found[-3], found[-2], found[-1]
    for start, end in ((middle.offset, after.offset), (last.offset, len(data))):
        for bit in range(start * 8, end * 8):
            data[bit // 8] ^= 1 << bit % 8
            reader = JournalReader(disk, box / FOLDER)
            if start == last.offset:
                assert list(reader.read())[-1].entry.seq == after.entry.seq
                assert reader.torn is not None
                assert reader.torn.offset == last.offset
            else:
                with pytest.raises(Damaged) as caught:
                    list(reader.read())
                place = (caught.value.path, caught.value.offset, caught.value.seq)
                assert place == (path, middle.offset, middle.entry.seq)
            data[bit // 8] ^= 1 << bit % 8


def test_every_bit_of_the_header_flipped(box: Path) -> None:
    """JRN-003: a flipped bit of a header is refused: damage at byte 0, or an unknown format."""
    data = bytearray(segment(box).read_bytes())
    size = codec.decode_header(bytes(data))[2]
    for bit in range(size * 8):
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(JournalError, match=r"is damaged at byte 0|has format version"):
            list(JournalReader(Held(data), box / FOLDER).read())
        data[bit // 8] ^= 1 << bit % 8


def test_damage_stops_the_start_and_touches_nothing(box: Path) -> None:
    """JRN-003: a damaged journal is refused with what to do, and stays as it is."""
    found, path = journalled(box), segment(box)
    data = bytearray(path.read_bytes())
    data[found[-2].offset + codec.RECORD_HEAD_BYTES + 5] ^= 1
    path.write_bytes(data)
    with pytest.raises(Damaged) as caught:
        kept(box)
    seq = found[-2].entry.seq
    assert f"is damaged at byte {found[-2].offset}, sequence number {seq}" in str(caught.value)
    assert f"perpbox journal truncate {box} --keep {seq - 1}" in str(caught.value)
    assert path.read_bytes() == data


def test_records_that_were_taken_out_or_swapped(box: Path) -> None:
    """JRN-003: records that are whole but do not follow one another are damage."""
    found, path = journalled(box), segment(box)
    data = path.read_bytes()
    first, second, third = (one.offset for one in found[-3:])
    for forged in (
        data[:first] + data[second:],
        data[:first] + data[second:third] + data[first:second] + data[third:],
        data + data[third:],
    ):
        path.write_bytes(forged)
        with pytest.raises(Damaged, match="does not follow from the record before"):
            list(JournalReader(RealDisk(), box / FOLDER).read())


def test_a_group_is_there_whole_or_not_at_all(box: Path, tmp_path: Path) -> None:
    """JRN-004: what belongs together (an account and its deposit) is cut as one."""
    with kept(box) as running:
        running.account(usdt=10, hedge=True)
        box = crashed(box, tmp_path / "opened")
    found, path = journalled(box), segment(box)
    assert isinstance(found[-1].entry.what, GroupEnded)
    began = max(
        number for number, one in enumerate(found) if isinstance(one.entry.what, GroupBegan)
    )
    assert len(found) - began > 3
    data = path.read_bytes()
    for cut in range(began + 1, len(found)):
        path.write_bytes(data[: found[cut].offset])
        came = recovered(box)
        assert came.replica.seq == found[began - 1].entry.seq
        assert len(came.replica.exchange.state.accounts) == 1
        assert path.stat().st_size == found[began].offset


def test_a_founding_that_was_cut_off_is_done_again(tmp_path: Path) -> None:
    """JRN-004: a box that was killed while it was founded is founded at the next start."""
    with kept(tmp_path / "live"):
        crashed(tmp_path / "live", tmp_path / "box")
    path = segment(tmp_path / "box")
    data = path.read_bytes()
    for size in (len(data) - 5, len(data) // 2, 100, 10, 0):
        path.write_bytes(data[:size])
        copy = crashed(tmp_path / "box", tmp_path / f"cut-{size}")
        with kept(copy) as running:
            assert len(running.state.accounts) == 1
            running.set_price(BTC, 60_000)
