"""A data directory: lock, journal, snapshots and secrets of one box.

    LOCK                      held while a box runs
    journal/00000000000000000001.log   segments, named by their first sequence number
    snapshots/                         state and views at a sequence number
    secrets.jsonl                      what must not stand in the journal, for the owner only

Opening it changes nothing but the lock; ``recover`` reads, cuts a torn tail, and hands over a
journal that goes on.
"""

import errno
import os
import secrets
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from perpbox.gateway.journal import codec
from perpbox.gateway.journal.checkpoints import Cadence, Checkpoints
from perpbox.gateway.journal.codec import Header
from perpbox.gateway.journal.disk import Disk, RealDisk
from perpbox.gateway.journal.entries import Entry, Fact
from perpbox.gateway.journal.errors import JournalError
from perpbox.gateway.journal.lock import DirectoryLock
from perpbox.gateway.journal.reader import (
    FOLDER,
    JournalReader,
    Torn,
    segment_name,
    segment_seqs,
)
from perpbox.gateway.journal.replica import Replica
from perpbox.gateway.journal.secrets import Secrets
from perpbox.gateway.journal.snapshot import FOLDER as SNAPSHOTS
from perpbox.gateway.journal.snapshot import (
    FORMAT,
    SnapshotFormatUnknown,
    SnapshotHeader,
    SnapshotUnreadable,
    decode_body,
    decode_header,
    snapshot_name,
    snapshot_seqs,
)
from perpbox.gateway.journal.versions import REPLAYABLE
from perpbox.gateway.journal.writer import Fsync, Journal

RETENTION: Final = 2
"""Snapshots that are kept, with the journal from the older one on."""
FREE_BYTES_MIN: Final = 16_000_000
"""A box does not start on a disk with less room than this."""


class Recovered(msgspec.Struct, frozen=True):
    """What was found in a data directory."""

    replica: Replica
    records: int
    """Records replayed."""
    torn: Torn | None
    """The tail that was cut."""
    snapshot_seq: int
    """The snapshot it began with; 0: none."""
    notes: tuple[str, ...]
    """What was passed over, and why."""

    def lines(self) -> list[str]:
        """What happened, for a person."""
        replica = self.replica
        lines = list(self.notes)
        if replica.is_founded:
            accounts = len(replica.exchange.state.accounts)
            start = f"snapshot {self.snapshot_seq} and " if self.snapshot_seq else ""
            lines.append(
                f"sequence number {replica.seq} ({start}{self.records} records), "
                f"{accounts} accounts"
            )
        torn = self.torn
        if torn is not None:
            lines.append(
                f"cut {torn.size} bytes of an unfinished record off {torn.path} at byte "
                f"{torn.offset}; the last sequence number kept is {torn.last_seq}"
            )
        return lines


class DataDirectory:
    """One box's directory, locked from ``__init__`` to ``close``."""

    def __init__(
        self,
        path: Path,
        disk: Disk | None = None,
        *,
        cadence: Cadence = Cadence(),  # noqa: B008 (frozen)
        retention: int = RETENTION,
    ) -> None:
        """Lock it and see what is there. ``retention``: snapshots that are kept, 0 for all.

        Raises:
            JournalError: it cannot be used.
        """
        self.path: Final = path
        self.disk: Final[Disk] = RealDisk() if disk is None else disk
        self.folder: Final = path / FOLDER
        self.snapshots: Final = path / SNAPSHOTS
        self.cadence: Final = cadence
        self.retention: Final = retention
        self.checkpoints: Checkpoints | None = None
        self.journal: Journal | None = None
        try:
            self.disk.make_folder(path)
            _check_writable(path)
            self._lock = DirectoryLock(path)
        except OSError as error:
            raise cannot_use(path, error) from None
        try:
            self.secrets = Secrets(self.disk, path)
            self.header: Final = self._newest_header()
            self._check_room()
        except OSError as error:
            self.close()
            raise cannot_use(path, error) from None
        except JournalError:
            self.close()
            raise

    @property
    def founding(self) -> msgspec.Raw | None:
        """Settings that the box was founded with, as JSON; ``None`` for a new box."""
        return None if self.header is None else self.header.founding

    def recover(
        self,
        make_replica: Callable[[], Replica],
        *,
        founding: msgspec.Raw,
        engine: str,
        fsync: Fsync = Fsync.BATCH,
    ) -> Recovered:
        """Fold what is there; afterwards ``journal`` goes on where it ends.

        Raises:
            JournalError: it cannot be used, and nothing was changed.
        """
        try:
            return self._recover(make_replica, founding, engine, fsync)
        except OSError as error:
            raise cannot_use(self.path, error) from None

    def _recover(
        self,
        make_replica: Callable[[], Replica],
        founding: msgspec.Raw,
        engine: str,
        fsync: Fsync,
    ) -> Recovered:
        replica = make_replica()
        notes: list[str] = []
        snapshot = self._restore(replica, notes)
        reader = JournalReader(self.disk, self.folder, replica.seq)
        records = 0
        for found in reader.read():
            self._check_engine(reader.headers[-1].engine, found.entry, engine)
            self._take(replica, found.entry)
            records += 1
        if snapshot is not None:
            self._check_snapshot(snapshot, reader)
        if reader.torn is not None:
            self._cut(reader.torn)
        self.secrets.mend()
        header = self.header
        self.journal = journal = Journal(
            self.disk,
            self.folder,
            identity=secrets.token_hex(16) if header is None else header.journal,
            engine=engine,
            founding=founding,
            fsync=fsync,
        )
        journal.before.append(self.secrets.commit)
        self.disk.make_folder(self.folder)
        if reader.end is not None:
            journal.go_on(reader.end)
        if reader.end is None or reader.headers[-1].engine != engine:
            journal.begin()
        snapshot_seq = 0 if snapshot is None else snapshot.seq
        self.checkpoints = checkpoints = Checkpoints(
            self.disk, self.snapshots, journal, engine, self.cadence
        )
        checkpoints.began_at(snapshot_seq)
        checkpoints.written = self._let_go
        return Recovered(replica, records, reader.torn, snapshot_seq, tuple(notes))

    def _check_engine(self, wrote: str, entry: Entry, engine: str) -> None:
        """Refuse to replay commands of a version that folds them in another way."""
        if wrote == engine or wrote in REPLAYABLE or isinstance(entry.what, Fact):
            return
        raise JournalError(
            f"the records of {self.folder} from {entry.seq} on were written by perpbox {wrote}, "
            f"which perpbox {engine} does not replay: start that version once more and end it with "
            "Ctrl-C, which leaves a snapshot, then start this one"
        )

    def _take(self, replica: Replica, entry: Entry) -> None:
        try:
            replica.take(entry)
        except Exception as error:
            raise JournalError(
                f"the exchange fails on the record {entry.seq} of the journal {self.folder} "
                f"({type(error).__name__}: {error}). This is a fault of perpbox, and the journal "
                "reproduces it: please report it. To go on without what follows: perpbox journal "
                f"truncate {self.path} --keep {entry.seq - 1}"
            ) from error

    def _restore(self, replica: Replica, notes: list[str]) -> SnapshotHeader | None:
        """Begin with the newest snapshot that can be used."""
        if self.header is None:
            return None
        for seq in reversed(snapshot_seqs(self.disk.names(self.snapshots))):
            path = self.snapshots / snapshot_name(seq)
            data = self.disk.read(path)
            try:
                header, start = decode_header(data)
                if header.journal != self.header.journal:
                    raise JournalError(
                        f"{path} is a snapshot of another journal: remove it, or take another "
                        "--data directory"
                    )
                replica.restore(decode_body(data, header, start), header.seq)
            except SnapshotFormatUnknown as error:
                raise JournalError(
                    f"{path}: {error}, and this version of perpbox knows {FORMAT} only: use the "
                    "version that wrote it, or another --data directory"
                ) from None
            except SnapshotUnreadable as error:
                notes.append(f"{path} cannot be used: {error}")
            else:
                return header
        return None

    def _check_snapshot(self, snapshot: SnapshotHeader, reader: JournalReader) -> None:
        """A snapshot stands for records that the journal has, or had before they were let go."""
        path = self.snapshots / snapshot_name(snapshot.seq)
        end = 0 if reader.end is None else reader.end.seq
        if end < snapshot.seq:
            raise JournalError(
                f"the journal in {self.folder} ends at sequence number {end}, and {path.name} is "
                f"later: records are missing. Put them back from a copy, or give up what follows "
                f"with: perpbox journal truncate {self.path} --keep {end}"
            )
        if reader.chain_after is None or reader.chain_after.hex() != snapshot.chain:
            raise JournalError(
                f"{path} does not stand in the journal beside it: remove it, or take another "
                "--data directory"
            )

    def _let_go(self) -> None:
        """Remove what the newest snapshots make superfluous."""
        if not self.retention:
            return
        kept = snapshot_seqs(self.disk.names(self.snapshots))
        if len(kept) < self.retention:
            return
        oldest = kept[-self.retention]
        for seq in kept[: -self.retention]:
            self.disk.remove(self.snapshots / snapshot_name(seq))
        first_seqs = segment_seqs(self.disk.names(self.folder))
        for first_seq, following in pairwise(first_seqs):
            if following > oldest + 1:
                break
            self.disk.remove(self.folder / segment_name(first_seq))

    def close(self) -> None:
        """Make everything durable, and let somebody else have it."""
        try:
            if self.journal is not None:
                self.journal.close()
        finally:
            if hasattr(self, "secrets"):
                self.secrets.close()
            self._lock.release()

    def abandon(self) -> None:
        """Let go of the lock and do nothing else: what is left of a process that died."""
        self._lock.release()

    def _cut(self, torn: Torn) -> None:
        if torn.offset:
            self.disk.truncate(torn.path, torn.offset)
        else:
            self.disk.remove(torn.path)
            self.disk.sync_folder(self.folder)

    def _newest_header(self) -> Header | None:
        """The header of the newest segment that has one."""
        for first_seq in reversed(segment_seqs(self.disk.names(self.folder))):
            path = self.folder / segment_name(first_seq)
            try:
                return codec.read_header(partial(self.disk.read, path))
            except codec.UnknownFormat as error:
                raise JournalError(
                    f"{path} has {error}, and this version of perpbox knows {codec.FORMAT} only: "
                    "use the version that wrote it, or another --data directory"
                ) from None
            except codec.Unreadable:
                continue
        return None

    def _check_room(self) -> None:
        free = self.disk.free_bytes(self.path)
        if free < FREE_BYTES_MIN:
            raise OSError(errno.ENOSPC, f"{free} bytes are free, {FREE_BYTES_MIN} are needed")


def _check_writable(path: Path) -> None:
    as_now = os.access in os.supports_effective_ids
    if not os.access(path, os.W_OK | os.X_OK, effective_ids=as_now):
        raise PermissionError(errno.EACCES, "no permission to write there")


def cannot_use(path: Path, error: OSError) -> JournalError:
    """Tell a person what the system said, and what to do."""
    out = {
        errno.ENOSPC: "make room",
        errno.EACCES: "give this user the right to write there",
        errno.EPERM: "give this user the right to write there",
        errno.EROFS: "mount it for writing",
        errno.ENOTDIR: "take a directory",
        errno.EEXIST: "take a directory",
    }.get(error.errno or 0, "see to the disk")
    return JournalError(
        f"cannot keep the box in {path}: {error.strerror or error}: {out}, take another "
        "--data directory, or --ephemeral to keep nothing"
    )
