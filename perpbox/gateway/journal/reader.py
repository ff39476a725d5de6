"""Read a journal from its folder: record after record, up to where it was torn.

A tail is *torn* when no whole record follows the first bad one: the box ended while it wrote, and
nobody was answered. A bad record that a whole one follows is *damage*, and an error (JRN-003).
"""

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from perpbox.gateway.journal import codec
from perpbox.gateway.journal.codec import Header
from perpbox.gateway.journal.disk import Disk
from perpbox.gateway.journal.entries import Entry, GroupBegan, GroupEnded, NotAnEntry, decode
from perpbox.gateway.journal.errors import Damaged, JournalError

FOLDER: Final = "journal"
SUFFIX: Final = ".log"
_DIGITS: Final = 20


def segment_name(first_seq: int) -> str:
    """File name of the segment whose first record has this number."""
    return f"{first_seq:0{_DIGITS}}{SUFFIX}"


def segment_seqs(names: list[str]) -> list[int]:
    """First sequence numbers of the segments among these names, ascending."""
    stems = (name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX))
    return sorted(int(stem) for stem in stems if len(stem) == _DIGITS and stem.isdecimal())


class Place(msgspec.Struct, frozen=True):
    """A point between two records: where the journal is whole up to."""

    path: Path
    offset: int
    seq: int
    """Sequence number of the last record before it."""
    chain: bytes
    """Chain of that record."""
    link: bytes
    """What the next record is chained to."""


class Torn(msgspec.Struct, frozen=True):
    """A tail that belongs to no whole record, or to a group that is not whole."""

    path: Path
    offset: int
    """First byte to cut; 0: the file has not even a header."""
    size: int
    """Bytes to cut."""
    last_seq: int
    """The last sequence number that is kept."""


class Journalled(msgspec.Struct, frozen=True, gc=False):
    """An entry with the place it was read from."""

    entry: Entry
    path: Path
    offset: int
    chain: bytes


class JournalReader:
    """Reads the records with a sequence number above ``after_seq``, checked.

    Once ``read`` is exhausted, ``end`` is where the journal goes on and ``torn`` what has to be
    cut before; ``headers`` are those of the segments that were read.
    """

    def __init__(self, disk: Disk, folder: Path, after_seq: int = 0) -> None:
        self._disk = disk
        self._folder = folder
        self._after_seq = after_seq
        self.first_seqs = segment_seqs(disk.names(folder))
        self.headers: list[Header] = []
        self.chain_after: bytes | None = None
        """Chain of the record ``after_seq``, once it was passed."""
        self.torn: Torn | None = None
        self.end: Place | None = None
        self._group_start: Place | None = None
        self._group: list[Journalled] = []

    def read(self) -> Iterator[Journalled]:
        """Records in order.

        Raises:
            Damaged: a record is bad and a whole one follows.
            JournalError: a segment is missing, of another journal, or of another format.
        """
        self._check_gaps()
        first_seqs = self._wanted()
        for number, first_seq in enumerate(first_seqs):
            is_last = number == len(first_seqs) - 1
            yield from self._segment(first_seq, is_last=is_last)
            if self.torn is not None:
                break
        group = self._group_start
        if group is not None and self.end is not None:
            # Everything since then belongs to something that nobody was told of.
            size = len(self._disk.read(group.path)) - group.offset
            self.torn = Torn(group.path, group.offset, size, group.seq)
            self.end = group

    def _check_gaps(self) -> None:
        """Each segment but the first must have the one before it, wanted or not."""
        for known, first_seq in pairwise(self.first_seqs):
            path = self._folder / segment_name(first_seq)
            try:
                header = codec.read_header(partial(self._disk.read, path))
            except (codec.Unreadable, codec.UnknownFormat):
                continue  # told when it is read, or torn
            if header.before != known and header.before < first_seq:
                raise JournalError(
                    f"{self._folder} has no segment {segment_name(header.before)}, which comes "
                    f"before {path.name}. Put it back from a copy, or give up what follows with: "
                    f"perpbox journal truncate {self._folder.parent} --keep {header.before - 1}"
                )

    def _wanted(self) -> list[int]:
        """Segments that hold anything after ``after_seq``, and the one that it is in."""
        first_seqs = self.first_seqs
        keep_from = 0
        for number, first_seq in enumerate(first_seqs):
            if first_seq <= self._after_seq:
                keep_from = number
        wanted = first_seqs[keep_from:]
        if wanted and wanted[0] > self._after_seq + 1:
            raise JournalError(
                f"{self._folder} begins with sequence number {wanted[0]}, and "
                f"{self._after_seq + 1} is needed: earlier segments or the snapshots "
                "are missing. Put them back from a copy, or begin anew in another --data directory"
            )
        return wanted

    def _segment(self, first_seq: int, *, is_last: bool) -> Iterator[Journalled]:
        path = self._folder / segment_name(first_seq)
        data = self._disk.read(path)
        opened = self._open(path, data, first_seq, is_last=is_last)
        if opened is None:
            return
        link, offset = opened
        seq, chain = first_seq - 1, bytes.fromhex(self.headers[-1].chain)
        if seq == self._after_seq and self.chain_after is None:
            self.chain_after = chain
        self.end = Place(path, offset, seq, chain, link)
        for record in codec.records(data, offset, link):
            try:
                entry = decode(record.payload)
            except NotAnEntry as error:
                raise JournalError(
                    f"{path}, byte {record.offset}: this version of perpbox does not understand "
                    f"the record {seq + 1} ({error}). Use the version that wrote it, "
                    f"{self.headers[-1].engine}, or a newer one"
                ) from None
            if entry.seq != seq + 1:
                raise Damaged(path, record.offset, seq + 1, f"it says it is number {entry.seq}")
            before = self.end
            seq, chain, offset = entry.seq, record.chain, record.end
            self.end = Place(path, offset, seq, chain, chain)
            if seq == self._after_seq:
                self.chain_after = chain
            yield from self._whole_groups(Journalled(entry, path, record.offset, chain), before)
        if offset < len(data):
            self._mind_rest(path, data, offset, seq, is_last=is_last)

    def _open(
        self, path: Path, data: bytes, first_seq: int, *, is_last: bool
    ) -> tuple[bytes, int] | None:
        """Check the header; ``None`` when the file was torn before it had one."""
        end = self.end
        try:
            header, chain, offset = codec.decode_header(data)
        except codec.UnknownFormat as error:
            raise JournalError(
                f"{path} has {error}, and this version of perpbox knows {codec.FORMAT} only: "
                "use the version that wrote it, or another --data directory"
            ) from None
        except codec.Unreadable as error:
            if is_last and codec.whole_after(data, -1) is None:
                self.torn = Torn(path, 0, len(data), first_seq - 1)
                return None
            raise Damaged(path, 0, first_seq, str(error)) from None
        if header.first_seq != first_seq:
            raise Damaged(path, 0, first_seq, f"its header says {header.first_seq}")
        if self.headers and header.journal != self.headers[-1].journal:
            raise JournalError(
                f"{path} is a segment of another journal than those before it: remove it, or "
                "take another --data directory"
            )
        if end is not None and end.seq != first_seq - 1:
            raise JournalError(
                f"{path.parent} has no sequence numbers {end.seq + 1} to {first_seq - 1}: a "
                "segment is missing. Put it back from a copy, or give up what follows with: "
                f"perpbox journal truncate {path.parent.parent} --keep {end.seq}"
            )
        if end is not None and header.chain != end.chain.hex():
            raise Damaged(path, 0, first_seq, "it does not follow from the segment before")
        self.headers.append(header)
        return chain, offset

    def _mind_rest(self, path: Path, data: bytes, offset: int, seq: int, *, is_last: bool) -> None:
        """There are bytes after the last record: a torn tail, or damage."""
        if codec.record_at(data, offset) is not None:
            raise Damaged(path, offset, seq + 1, "it does not follow from the record before")
        following = codec.whole_after(data, offset)
        if following is not None:
            problem = f"it cannot be read, and a whole record follows at byte {following.offset}"
            raise Damaged(path, offset, seq + 1, problem)
        if not is_last:
            raise Damaged(path, offset, seq + 1, "it cannot be read, and a whole segment follows")
        self.torn = Torn(path, offset, len(data) - offset, seq)

    def _whole_groups(self, found: Journalled, before: Place) -> Iterator[Journalled]:
        """A group is held back until its last record is there."""
        what = found.entry.what
        if isinstance(what, GroupBegan):
            self._group_start = before
        if self._group_start is not None:
            self._group.append(found)
            if not isinstance(what, GroupEnded):
                return
            ready, self._group, self._group_start = self._group, [], None
        else:
            ready = [found]
        for one in ready:
            if one.entry.seq > self._after_seq:
                yield one
