"""One box a data directory: a lock that the system lets go when the process ends, however."""

import os
from pathlib import Path
from typing import Final

from perpbox.gateway.journal.errors import JournalError

NAME: Final = "LOCK"


class DirectoryLock:
    """Held from ``__init__`` to ``release``."""

    __slots__ = ("_fd",)

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            JournalError: another box has it.
            OSError: the file cannot be made.
        """
        path = folder / NAME
        fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        if not _lock(fd):
            holder = os.read(fd, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(fd)
            raise JournalError(
                f"{folder} is in use by another box (process {holder}): stop that one, take "
                "another --data directory, or --ephemeral to keep nothing"
            )
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    def release(self) -> None:
        """Let it go. The file stays: removing it could remove somebody else's lock."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _lock(fd: int) -> bool:
    try:
        import fcntl  # noqa: PLC0415  (not on Windows, where nothing guards the directory)
    except ImportError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
