"""A box and its data directory, from the lock to the last commit."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from perpbox import __version__
from perpbox.gateway.gate import Gate, JournalGate
from perpbox.gateway.journal.checkpoints import Cadence, Checkpoints
from perpbox.gateway.journal.directory import DataDirectory, Recovered
from perpbox.gateway.journal.disk import Disk
from perpbox.gateway.journal.errors import Broken
from perpbox.gateway.journal.replica import Replica
from perpbox.gateway.journal.writer import Fsync, Journal

T = TypeVar("T")


class Kept:
    """Where a box is kept. An empty path: nowhere, and nothing here does anything."""

    def __init__(
        self, path: str, cadence: Cadence, retention: int, disk: Disk | None = None
    ) -> None:
        """Lock the directory. ``retention``: snapshots that are kept, 0 for all.

        Raises:
            JournalError: it cannot be used.
        """
        self.directory = (
            DataDirectory(Path(path), disk, cadence=cadence, retention=retention) if path else None
        )
        self.recovered: Recovered | None = None
        self.gate = Gate()

    @property
    def founding(self) -> msgspec.Raw | None:
        """What the box was founded with; ``None`` for a new one."""
        return None if self.directory is None else self.directory.founding

    @property
    def journal(self) -> Journal | None:
        """The journal, once it was recovered."""
        return None if self.directory is None else self.directory.journal

    @property
    def checkpoints(self) -> Checkpoints | None:
        """Hashes and snapshots, once it was recovered."""
        return None if self.directory is None else self.directory.checkpoints

    def recover(
        self, make_replica: Callable[[], Replica], founding: msgspec.Raw, fsync: Fsync
    ) -> None:
        """Read the journal; from here on nothing leaves the box that is not in it.

        Raises:
            JournalError: it cannot be used.
        """
        directory = self.directory
        if directory is None:
            return
        self.recovered = directory.recover(
            make_replica, founding=founding, engine=__version__, fsync=fsync
        )
        if directory.journal is not None:
            self.gate = JournalGate(directory.journal)
            directory.secrets.hurry = self.gate.close

    def durably(self, work: Callable[[], T]) -> T:
        """Do it; what it did is on disk before it returns.

        Raises:
            Broken: it is not, and the box has stopped.
        """
        done = work()
        self.gate.open()
        if self.gate.holds:
            raise Broken("the journal cannot be written, and the box has stopped")
        return done

    def loop_began(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """A loop serves the box from here on; ``None``: it has ended."""
        if isinstance(self.gate, JournalGate):
            self.gate.soon = None if loop is None else loop.call_soon
        self.gate.open()

    def close(self) -> None:
        """Make everything durable and let the directory go.

        Raises:
            Broken: the journal could not be written, and the box had stopped.
        """
        directory, self.directory = self.directory, None
        if directory is not None:
            directory.close()
            if directory.journal is not None and directory.journal.broken is not None:
                raise directory.journal.broken
