"""What the journal asks of a disk. A simulated one can stand in the place of the real one."""

import os
import shutil
from pathlib import Path
from typing import Protocol, runtime_checkable


class File(Protocol):
    """A file that only grows."""

    def write(self, data: bytes) -> int:
        """Append; may take fewer bytes than given. Raises ``OSError``."""
        ...

    def sync(self) -> None:
        """Return once everything written is durable. Raises ``OSError``."""
        ...

    def close(self) -> None:
        """Let it go."""
        ...


@runtime_checkable
class Disk(Protocol):
    """Files in folders. Everything raises ``OSError`` as ``os`` does."""

    def make_folder(self, path: Path) -> None:
        """Make it and what is above it, for the owner only; no matter if it is there."""
        ...

    def names(self, path: Path) -> list[str]:
        """What is in a folder; nothing when it is not there."""
        ...

    def read(self, path: Path, size: int = -1) -> bytes:
        """A file, or its first ``size`` bytes."""
        ...

    def append(self, path: Path) -> File:
        """Open for appending, made for the owner only when it is not there."""
        ...

    def truncate(self, path: Path, size: int) -> None:
        """Cut a file, durably."""
        ...

    def replace(self, old: Path, new: Path) -> None:
        """Rename over whatever was there."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file."""
        ...

    def sync_folder(self, path: Path) -> None:
        """Return once the names in the folder are durable."""
        ...

    def free_bytes(self, path: Path) -> int:
        """How much can still be written there."""
        ...


class RealFile:
    """A file of the operating system."""

    __slots__ = ("_fd",)

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def write(self, data: bytes) -> int:
        """Append."""
        return os.write(self._fd, data)

    def sync(self) -> None:
        """Wait for the disk."""
        _sync_data(self._fd)

    def close(self) -> None:
        """Let it go."""
        os.close(self._fd)


class RealDisk:
    """The operating system's disk."""

    def make_folder(self, path: Path) -> None:
        """Make it and what is above it."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def names(self, path: Path) -> list[str]:
        """What is in a folder."""
        try:
            return sorted(os.listdir(path))
        except FileNotFoundError:
            return []

    def read(self, path: Path, size: int = -1) -> bytes:
        """A file, or its beginning."""
        with path.open("rb") as file:
            return file.read(size)

    def append(self, path: Path) -> File:
        """Open for appending."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        return RealFile(os.open(path, flags, 0o600))

    def truncate(self, path: Path, size: int) -> None:
        """Cut a file, durably."""
        fd = os.open(path, os.O_RDWR)
        try:
            os.ftruncate(fd, size)
            os.fsync(fd)
        finally:
            os.close(fd)

    def replace(self, old: Path, new: Path) -> None:
        """Rename over whatever was there."""
        old.replace(new)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        path.unlink()

    def sync_folder(self, path: Path) -> None:
        """Wait for the names."""
        if os.name == "nt":  # folders cannot be opened there
            return
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def free_bytes(self, path: Path) -> int:
        """How much can still be written there."""
        return shutil.disk_usage(path).free


_sync_data = getattr(os, "fdatasync", os.fsync)


def write_all(file: File, data: bytes) -> None:
    """Append everything, however little the disk takes at once.

    Raises:
        OSError: the disk is full or fails; a part may have been written.
    """
    view = memoryview(data)
    while view:
        taken = file.write(bytes(view) if len(view) < len(data) else data)
        view = view[taken:]
