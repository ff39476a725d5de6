"""A disk in memory that forgets what was not synced, and fails when it is told to.

What is written is volatile until its file is synced, and a name until its folder is. A crash keeps
all that is durable, and of the rest of each file any piece from its front, down to the byte.
"""

import errno
import random
from pathlib import Path

PIECE_MAX = 1 << 20
FREE_BYTES = 1 << 40


class _Content:
    """The bytes of one file."""

    __slots__ = ("data", "durable")

    def __init__(self) -> None:
        self.data = bytearray()
        self.durable = 0
        """How many bytes from the front survive a crash."""


class SimFile:
    """An open file; writes may be short or fail, syncs may fail."""

    __slots__ = ("_content", "_disk")

    def __init__(self, disk: "SimDisk", content: _Content) -> None:
        self._disk = disk
        self._content = content

    def write(self, data: bytes) -> int:
        """Append; how much was taken."""
        taken = self._disk.take(len(data))
        self._content.data += data[:taken]
        return taken

    def sync(self) -> None:
        """Make everything written durable, unless this is the sync that fails."""
        self._disk.sync_or_fail()
        if not self._disk.lies:
            self._content.durable = len(self._content.data)

    def close(self) -> None:
        """Let it go."""


class SimDisk:
    """Files by path; ``short_writes``, ``full_after`` and ``bad_syncs`` are troubles to come."""

    def __init__(self) -> None:
        self._files: dict[Path, _Content] = {}
        self._durable_names: dict[Path, _Content] = {}
        self.short_writes = 0
        """How many of the next writes take one byte only."""
        self.full_after: int | None = None
        """Bytes until the disk is full."""
        self.bad_syncs = 0
        """How many of the next syncs fail."""
        self.lies = False
        """Whether syncs of files are said to be done and are not: a box cannot live with that."""

    # --- what a journal asks ---------------------------------------------------------------

    def make_folder(self, path: Path) -> None:
        """Folders are there."""

    def names(self, path: Path) -> list[str]:
        """What is in a folder."""
        return sorted(file.name for file in self._files if file.parent == path)

    def read(self, path: Path, size: int = -1) -> bytes:
        """A file, or its first ``size`` bytes."""
        data = self._found(path).data
        return bytes(data if size < 0 else data[:size])

    def append(self, path: Path) -> SimFile:
        """Open for appending."""
        return SimFile(self, self._files.setdefault(path, _Content()))

    def truncate(self, path: Path, size: int) -> None:
        """Cut a file, durably."""
        content = self._found(path)
        del content.data[size:]
        content.durable = len(content.data)
        self._durable_names[path] = content

    def replace(self, old: Path, new: Path) -> None:
        """Rename."""
        self._files[new] = self._found(old)
        del self._files[old]

    def remove(self, path: Path) -> None:
        """Remove a file."""
        self._found(path)
        del self._files[path]

    def sync_folder(self, path: Path) -> None:
        """Make the names in a folder durable."""
        self.sync_or_fail()
        others = {name: kept for name, kept in self._durable_names.items() if name.parent != path}
        here = {name: kept for name, kept in self._files.items() if name.parent == path}
        self._durable_names = others | here

    def free_bytes(self, path: Path) -> int:  # noqa: ARG002
        """Room enough."""
        return FREE_BYTES

    # --- troubles --------------------------------------------------------------------------

    def take(self, wanted: int) -> int:
        """How much of a write the disk takes.

        Raises:
            OSError: it is full.
        """
        if self.full_after is not None:
            if not self.full_after:
                raise OSError(errno.ENOSPC, "No space left on device")
            taken = min(wanted, self.full_after)
            self.full_after -= taken
            return taken
        if self.short_writes:
            self.short_writes -= 1
            return min(wanted, 1)
        return min(wanted, PIECE_MAX)

    def sync_or_fail(self) -> None:
        """Fail if this sync is to fail.

        Raises:
            OSError: it fails.
        """
        if self.bad_syncs:
            self.bad_syncs -= 1
            raise OSError(errno.EIO, "Input/output error")

    def crash(self, chance: random.Random) -> None:
        """Lose power: keep what is durable, and any front piece of the rest."""
        kept: dict[Path, _Content] = {}
        for path, content in self._files.items():
            if path not in self._durable_names and chance.random() < 0.5:
                continue
            size = chance.randint(content.durable, len(content.data))
            survivor = _Content()
            survivor.data = content.data[:size]
            survivor.durable = size
            kept[path] = survivor
        self._files = kept
        self._durable_names = dict(kept)
        self.short_writes, self.full_after, self.bad_syncs = 0, None, 0

    def _found(self, path: Path) -> _Content:
        content = self._files.get(path)
        if content is None:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))
        return content
