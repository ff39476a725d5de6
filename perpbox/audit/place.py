"""Where a data directory has what; read only, and no lock is taken."""

from pathlib import Path

import msgspec

from perpbox.gateway.journal.disk import Disk, RealDisk
from perpbox.gateway.journal.errors import JournalError
from perpbox.gateway.journal.reader import FOLDER, JournalReader, segment_name, segment_seqs
from perpbox.gateway.journal.snapshot import FOLDER as SNAPSHOTS
from perpbox.gateway.journal.snapshot import (
    SnapshotHeader,
    SnapshotUnreadable,
    Standing,
    decode_body,
    decode_header,
    snapshot_name,
    snapshot_seqs,
)


class LoadedSnapshot(msgspec.Struct, frozen=True):
    """A snapshot that could be read."""

    header: SnapshotHeader
    standing: Standing


class Place:
    """A data directory, or its ``journal`` folder."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        """See what is there.

        Raises:
            JournalError: there is no journal.
        """
        self.path = path.parent if path.name == FOLDER else path
        self.disk: Disk = RealDisk() if disk is None else disk
        self.folder = self.path / FOLDER
        self.snapshots = self.path / SNAPSHOTS
        self.first_seqs = segment_seqs(self.disk.names(self.folder))
        if not self.first_seqs:
            raise JournalError(f"{self.path} holds no journal")

    @property
    def first_seq(self) -> int:
        """Sequence number that the journal begins with; 1 if nothing was let go."""
        return self.first_seqs[0]

    def reader(self, after_seq: int | None = None) -> JournalReader:
        """Read what comes after a sequence number; all there is, when left out."""
        seq = self.first_seq - 1 if after_seq is None else after_seq
        return JournalReader(self.disk, self.folder, seq)

    def segments(self) -> list[Path]:
        """Files of the journal, in order."""
        return [self.folder / segment_name(seq) for seq in self.first_seqs]

    def snapshot_seqs(self) -> list[int]:
        """Sequence numbers of the snapshots, ascending."""
        return snapshot_seqs(self.disk.names(self.snapshots))

    def snapshot_path(self, seq: int) -> Path:
        """Where the snapshot at this number is."""
        return self.snapshots / snapshot_name(seq)

    def snapshot(self, seq: int) -> LoadedSnapshot:
        """Read a snapshot.

        Raises:
            SnapshotUnreadable: it cannot be read.
        """
        data = self.disk.read(self.snapshot_path(seq))
        header, start = decode_header(data)
        return LoadedSnapshot(header, decode_body(data, header, start))

    def oldest_snapshot(self) -> LoadedSnapshot | None:
        """The oldest one that can be read."""
        for seq in self.snapshot_seqs():
            try:
                return self.snapshot(seq)
            except SnapshotUnreadable:
                continue
        return None
