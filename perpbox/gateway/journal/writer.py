"""Write a journal: records are gathered, and one write and one sync make them durable."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from perpbox.engine.commands import Command
from perpbox.gateway.journal import codec
from perpbox.gateway.journal.disk import Disk, File, write_all
from perpbox.gateway.journal.entries import Fact, GroupBegan, GroupEnded, encode
from perpbox.gateway.journal.errors import Broken
from perpbox.gateway.journal.reader import Place, segment_name

SEGMENT_BYTES_MAX: Final = 64_000_000
"""A segment that has reached this is followed by a new one."""

PENDING_MAX: Final = 10_000
"""Records gathered at most, however long a turn of the loop takes."""


class Fsync(StrEnum):
    """When records are made durable."""

    ALWAYS = "always"
    """Each by itself."""
    BATCH = "batch"
    """All that came in one turn of the loop together, before anything of it is answered."""
    OFF = "off"
    """Written before anything is answered; the system brings it to the disk when it likes."""


class Counters(msgspec.Struct):
    """What the journal did since the box started."""

    appended: int = 0
    """Records taken."""
    written: int = 0
    """Records written to the file: the rest is the lag."""
    synced: int = 0
    """Records known to be on the disk."""
    batches: int = 0
    bytes: int = 0
    last_sync_us: int = 0
    longest_sync_us: int = 0
    segments: int = 0
    """Segments begun."""


class Journal:
    """The one writer of a journal; it goes on where a reader found the end.

    ``hurry`` is called when the first record of a batch is waiting: whoever runs the loop then
    sees to it that ``commit`` is called before the turn's answers leave. ``failed`` is called once,
    when nothing can be written any more.
    """

    def __init__(
        self,
        disk: Disk,
        folder: Path,
        *,
        identity: str,
        engine: str,
        founding: msgspec.Raw,
        fsync: Fsync = Fsync.BATCH,
        segment_bytes_max: int = SEGMENT_BYTES_MAX,
    ) -> None:
        self.counters: Final = Counters()
        self.identity: Final = identity
        self.fsync: Final = fsync
        self.hurry: Callable[[], None] = _nothing
        self.failed: Callable[[Exception], None] = _forget
        self.before: Final[list[Callable[[], None]]] = []
        """Called before a batch is written: what must be durable earlier."""
        self.broken: Exception | None = None
        """Why nothing can be written any more."""
        self.seq = 0
        """Sequence number of the last record taken."""
        self.chain = codec.NO_CHAIN
        """Chain of the last record taken."""
        self._link = codec.NO_CHAIN
        """What the next record is chained to: that, or the header of a fresh segment."""
        self.path = folder
        """The segment that is written."""
        self._disk = disk
        self._folder = folder
        self._engine = engine
        self._founding = founding
        self.segment_bytes_max = segment_bytes_max
        self._file: File | None = None
        self._size = 0
        self._first_seq = 0
        self._pending: list[bytes] = []
        self._groups = 0

    @property
    def is_pending(self) -> bool:
        """Whether there are records that must be durable before anything leaves."""
        return bool(self._pending)

    def begin(self) -> None:
        """Begin a new segment, after the records there are.

        Raises:
            OSError: the disk is full or fails.
        """
        header = codec.Header(
            journal=self.identity,
            first_seq=self.seq + 1,
            before=self._first_seq,
            chain=self.chain.hex(),
            engine=self._engine,
            founding=self._founding,
        )
        data = codec.encode_header(header)
        path = self._folder / segment_name(self.seq + 1)
        self._close_file()
        self._file = file = self._disk.append(path)
        write_all(file, data)
        if self.fsync is not Fsync.OFF:
            file.sync()
            self._disk.sync_folder(self._folder)
        self.path, self._size, self._first_seq = path, len(data), header.first_seq
        self._link = codec.decode_header(data)[1]
        self.counters.segments += 1

    def go_on(self, end: Place) -> None:
        """Go on in the segment that ends there."""
        self._file = self._disk.append(end.path)
        self.path, self._size, self._first_seq = end.path, end.offset, int(end.path.stem)
        self.seq, self.chain, self._link = end.seq, end.chain, end.link

    def append(self, at_ms: int, what: Command | Fact) -> int:
        """Take a record, to be written with the batch; return its sequence number.

        Raises:
            Broken: the journal cannot be written any more.
        """
        if self.broken is not None:
            raise Broken(str(self.broken))
        seq = self.seq + 1
        record, chain = codec.encode_record(self._link, encode(seq, at_ms, what))
        self.seq = seq
        self.chain = self._link = chain
        pending = self._pending
        pending.append(record)
        self.counters.appended += 1
        if len(pending) == 1:
            self.hurry()
        elif len(pending) >= PENDING_MAX:
            self.commit()
        return seq

    @contextmanager
    def group(self, at_ms: int) -> Iterator[None]:
        """What is appended inside is recovered whole or not at all. Groups may nest."""
        if not self._groups:
            self.append(at_ms, GroupBegan())
        self._groups += 1
        try:
            yield
        finally:
            self._groups -= 1
            if not self._groups and self.broken is None:
                self.append(at_ms, GroupEnded())

    def settle(self) -> None:
        """After a command: with ``always`` it is made durable by itself."""
        if self.fsync is Fsync.ALWAYS and not self._groups:
            self.commit()

    def commit(self) -> None:
        """Write what is waiting and, as the setting says, wait until it is durable.

        Raises:
            Broken: the disk failed, now or before; what was waiting may be on disk or not.
        """
        if self.broken is not None:
            raise Broken(str(self.broken))
        try:
            for companion in self.before:
                companion()
            if self._pending:
                batch = b"".join(self._pending)
                self._pending.clear()
                self._write(batch)
                if self._size >= self.segment_bytes_max and not self._groups:
                    self.begin()
        except OSError as error:
            self.fail(error)
            raise Broken(str(self.broken)) from error

    def _write(self, batch: bytes) -> None:
        file = self._file
        assert file is not None, "the journal was neither begun nor gone on with"
        write_all(file, batch)
        counters = self.counters
        counters.written = counters.appended
        if self.fsync is not Fsync.OFF:
            began_ns = time.perf_counter_ns()
            file.sync()
            counters.last_sync_us = took_us = (time.perf_counter_ns() - began_ns) // 1000
            counters.longest_sync_us = max(counters.longest_sync_us, took_us)
            counters.synced = counters.appended
        counters.batches += 1
        counters.bytes += len(batch)
        self._size += len(batch)

    def sync(self) -> None:
        """Make everything durable, whatever the setting.

        Raises:
            Broken: the disk failed.
        """
        self.commit()
        if self.fsync is Fsync.OFF and self._file is not None:
            try:
                self._file.sync()
            except OSError as error:
                self.fail(error)
                raise Broken(str(self.broken)) from error
            self.counters.synced = self.counters.appended

    def fail(self, error: Exception) -> None:
        """Nothing is written from here on, and nothing that waits may leave the box."""
        if self.broken is not None:
            return
        if isinstance(error, OSError):
            error = Broken(
                f"the journal cannot be written: {self.path}: {error.strerror or error}; "
                "the box has stopped, and nothing that is not on disk was answered"
            )
        self.broken = error
        self.failed(error)

    def crashed(self, seq: int, error: Exception) -> None:
        """The engine failed on a record: write it, for it reproduces the fault, and stop."""
        if self.broken is None:
            self._groups = 0
            self.sync()
            self.fail(
                Broken(
                    f"the exchange failed on the record {seq} of the journal {self._folder} "
                    f"({type(error).__name__}: {error}) and the box has stopped. This is a fault "
                    "of perpbox, and the journal reproduces it: please report it. To go on without "
                    f"that record: perpbox journal truncate {self._folder.parent} --keep {seq - 1}"
                )
            )

    def close(self) -> None:
        """Make everything durable and let the file go."""
        if self.broken is None:
            self.sync()
        self._close_file()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _nothing() -> None:
    """The hook before somebody sets it."""


def _forget(error: Exception) -> None:
    """The hook before somebody sets it."""
