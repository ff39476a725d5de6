"""Hashes and snapshots of a running box, made by a child process so that the box need not stop.

A fork sees the exchange as it stands between two turns of the loop. The child hashes the state,
writes the snapshot and ends; the box journals the hash and gives the file its name. Where there
is no fork (Windows) checkpoints are made at an orderly end only.
"""

import gc
import json
import logging
import os
import signal
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from perpbox.engine.hashing import state_hash
from perpbox.gateway.journal.disk import Disk, write_all
from perpbox.gateway.journal.entries import StateHashed
from perpbox.gateway.journal.pickling import layouts
from perpbox.gateway.journal.snapshot import (
    UNFINISHED,
    Standing,
    encode_snapshot,
    snapshot_name,
)
from perpbox.gateway.journal.writer import Journal

_REPORT_BYTES_MAX: Final = 4096
_logger: Final = logging.getLogger(__name__)


class Cadence(msgspec.Struct, frozen=True, kw_only=True):
    """How often the state is hashed and a snapshot written."""

    hash_records: int = 10_000
    """Records between two hashes of the state."""
    snapshot_records: int = 250_000
    """Records between two snapshots: a restart replays no more than these."""
    snapshot_bytes: int = 192_000_000
    """Bytes of journal between two snapshots: the directory holds a few times as much."""


class CheckpointCounters(msgspec.Struct):
    """What was done since the box started."""

    hashes: int = 0
    snapshots: int = 0
    failures: int = 0
    last_stop_us: int = 0
    """How long the box stood still for the last fork."""
    longest_stop_us: int = 0
    last_failure: str = ""


class Checkpoints:
    """Makes checkpoints of what ``take`` gives, one at a time. Loop thread only."""

    def __init__(
        self,
        disk: Disk,
        folder: Path,
        journal: Journal,
        engine: str,
        cadence: Cadence,
    ) -> None:
        self.counters: Final = CheckpointCounters()
        self.written: Callable[[], None] = _nobody_minds
        """Called when a snapshot has its name."""
        self._disk = disk
        self._folder = folder
        self._journal = journal
        self._engine = engine
        self._cadence = cadence
        self._hashed_seq = self._tried_seq = self._snapshot_seq = journal.seq
        self._snapshot_bytes = journal.counters.bytes
        self._child: _Child | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a child is at work."""
        return self._child is not None

    @property
    def unsaved(self) -> int:
        """Records since the newest snapshot."""
        return self._journal.seq - self._snapshot_seq

    def began_at(self, snapshot_seq: int) -> None:
        """The newest snapshot there is stands at this number."""
        self._tried_seq = self._snapshot_seq = snapshot_seq

    def tick(self, take: Callable[[], Standing]) -> None:
        """See whether the child is done, or one is due."""
        layouts()  # known from the first look on: the package may be replaced under a running box
        child = self._child
        if child is not None:
            report = child.poll()
            if report is not None:
                self._child = None
                self._finish(child, report)
        elif self._journal.broken is None and hasattr(os, "fork"):
            wants_snapshot = self._wants_snapshot()
            if wants_snapshot or self._wants_hash():
                self._start(take, with_snapshot=wants_snapshot)

    def finish(self, take: Callable[[], Standing], unsaved_max: int) -> None:
        """At an orderly end: a last snapshot, if more records than that are in none."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
        if self.unsaved > unsaved_max and self._journal.broken is None:
            self._journal.sync()
            standing, seq = take(), self._journal.seq
            found = state_hash(standing.state)
            _write(self._disk, self._path(seq), self._encode(standing, seq, found))
            self._finish_hash(seq, found)
            self._publish(seq)

    def _wants_snapshot(self) -> bool:
        size = self._journal.counters.bytes - self._snapshot_bytes
        cadence = self._cadence
        records = self._journal.seq - self._tried_seq
        return records >= cadence.snapshot_records or size >= cadence.snapshot_bytes

    def _wants_hash(self) -> bool:
        return self._journal.seq - self._hashed_seq >= self._cadence.hash_records

    def _start(self, take: Callable[[], Standing], *, with_snapshot: bool) -> None:
        journal = self._journal
        began_ns = time.perf_counter_ns()
        journal.commit()
        standing, seq, chain = take(), journal.seq, journal.chain
        path = self._path(seq)

        def work() -> str:
            found = state_hash(standing.state)
            if with_snapshot:
                _write(self._disk, path, self._encode(standing, seq, found, chain))
            return found

        self._hashed_seq = seq
        if with_snapshot:
            self._tried_seq, self._snapshot_bytes = seq, journal.counters.bytes
        try:
            if with_snapshot:
                self._disk.make_folder(self._folder)
            self._child = _Child(seq, work, with_snapshot=with_snapshot)
        except OSError as error:  # no folder, no other process: the next one is tried in its turn
            self._failed(error)
        stop_us = (time.perf_counter_ns() - began_ns) // 1000
        counters = self.counters
        counters.last_stop_us = stop_us
        counters.longest_stop_us = max(counters.longest_stop_us, stop_us)

    def _finish(self, child: "_Child", report: dict[str, str]) -> None:
        found = report.get("hash")
        if found is None:
            self._failed(report.get("error", "it ended without a word"))
            return
        self._finish_hash(child.seq, found)
        if child.with_snapshot:
            try:
                self._publish(child.seq)
            except OSError as error:  # the journal has everything all the same
                self._failed(error)

    def _failed(self, why: object) -> None:
        """Nothing is lost: the journal has everything. But it is not let go either, so say it."""
        self.counters.failures += 1
        self.counters.last_failure = str(why)
        _logger.warning(
            "a checkpoint failed; the journal is kept until one works",
            extra={"why": str(why), "failures": self.counters.failures, "unsaved": self.unsaved},
        )

    def _finish_hash(self, seq: int, found: str) -> None:
        self._journal.append(0, StateHashed(seq, found))
        self.counters.hashes += 1

    def _publish(self, seq: int) -> None:
        """Give the file its name: the journal is durable as far as the snapshot goes."""
        self._journal.sync()
        path = self._path(seq)
        self._disk.replace(path.with_suffix(UNFINISHED), path)
        self._disk.sync_folder(self._folder)
        self._snapshot_seq = seq
        self.counters.snapshots += 1
        self.written()

    def _path(self, seq: int) -> Path:
        return self._folder / snapshot_name(seq)

    def _encode(
        self, standing: Standing, seq: int, found: str, chain: bytes | None = None
    ) -> bytes:
        return encode_snapshot(
            standing,
            journal=self._journal.identity,
            seq=seq,
            chain=self._journal.chain if chain is None else chain,
            engine=self._engine,
            state_hash=found,
        )


def _write(disk: Disk, path: Path, data: bytes) -> None:
    unfinished = path.with_suffix(UNFINISHED)
    disk.make_folder(path.parent)
    if unfinished.name in disk.names(path.parent):
        disk.remove(unfinished)
    file = disk.append(unfinished)
    try:
        write_all(file, data)
        file.sync()
    finally:
        file.close()


class _Child:
    """A forked process that does one thing, says how it went through a pipe, and ends."""

    def __init__(self, seq: int, work: Callable[[], str], *, with_snapshot: bool) -> None:
        self.seq = seq
        self.with_snapshot = with_snapshot
        self._report, report_end = os.pipe()
        with warnings.catch_warnings():
            # Newer Pythons warn of forks beside threads. The child touches no lock of theirs.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if not pid:
            _be_child(report_end, work)
        self._pid = pid
        os.close(report_end)
        os.set_blocking(self._report, False)
        self._said = b""

    def poll(self) -> dict[str, str] | None:
        """What it said, once it has ended; until then ``None``."""
        ended, _ = os.waitpid(self._pid, os.WNOHANG)
        self._read()
        return self._end() if ended else None

    def kill(self) -> None:
        """End it: nobody waits for what it would say."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._report)

    def _end(self) -> dict[str, str]:
        self._read()
        os.close(self._report)
        try:
            found: dict[str, str] = msgspec.json.decode(self._said, type=dict[str, str])
        except msgspec.MsgspecError:
            return {}
        return found

    def _read(self) -> None:
        try:
            while len(self._said) < _REPORT_BYTES_MAX:
                more = os.read(self._report, _REPORT_BYTES_MAX)
                if not more:
                    return
                self._said += more
        except BlockingIOError:
            return


def _be_child(report_end: int, work: Callable[[], str]) -> NoReturn:
    """Let go of everything of the parent's, work, report, and end without any clean-up."""
    status = 1
    try:
        gc.disable()  # a collection would touch, and so copy, every page
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        # Sockets and the lock are the parent's alone: they must be free once it has ended.
        os.closerange(3, report_end)
        os.closerange(report_end + 1, _open_files_max())
        try:
            said = {"hash": work()}
        except BaseException as error:
            said = {"error": f"{type(error).__name__}: {error}"[: _REPORT_BYTES_MAX // 8]}
        os.write(report_end, json.dumps(said).encode())
        status = 0
    finally:
        os._exit(status)


def _open_files_max() -> int:
    import resource  # noqa: PLC0415  (not on every platform)

    return min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1_000_000)


def _nobody_minds() -> None:
    """The hook before somebody sets it."""
