"""What must never stand in the journal: secrets of keys, and listen keys.

One file beside the journal that only its owner may read (0600), a JSON object a line, appended to,
and written anew when most of it holds no more. A line is durable before the command that it belongs
to. The last line may be torn by a crash; nobody was told of what it says.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from perpbox.gateway.journal.disk import Disk, File, write_all
from perpbox.gateway.journal.errors import JournalError

NAME: Final = "secrets.jsonl"
BYTES_MAX: Final = 1_000_000
"""A longer file is written anew, if most of it holds no more."""
_GROUP_AND_OTHERS: Final = 0o077


class KeySecret(msgspec.Struct, frozen=True, tag="key"):
    """The HMAC secret of an API key."""

    key: str
    secret: str


class ListenKeyLine(msgspec.Struct, frozen=True, tag="listenKey"):
    """The listen key of an account, dead from ``end_ms`` on by its clock; empty: none."""

    account_id: int
    listen_key: str
    end_ms: int


_LINE = KeySecret | ListenKeyLine


class Secrets:
    """The secrets of a data directory."""

    def __init__(self, disk: Disk, folder: Path, *, syncs: bool = True) -> None:
        """Read them.

        Raises:
            JournalError: a line cannot be read, or others may read the file.
            OSError: the disk fails.
        """
        self.keys: dict[str, str] = {}
        """API key -> secret."""
        self.listen_keys: dict[int, tuple[str, int]] = {}
        """Account -> listen key and its end."""
        self._disk = disk
        self._path = folder / NAME
        self._syncs = syncs
        self._file: File | None = None
        self._pending: list[bytes] = []
        self._torn_at: int | None = None
        self._size = 0
        self.hurry: Callable[[], None] = _nothing
        """Called when something waits to be written."""
        if NAME in disk.names(folder):
            self._read()

    def _read(self) -> None:
        path = self._path
        if path.exists() and os.name != "nt" and path.stat().st_mode & _GROUP_AND_OTHERS:
            raise JournalError(f"{path} can be read by others: chmod 600 {path}")
        data = self._disk.read(path)
        self._size = len(data)
        whole, _, torn = data.rpartition(b"\n")
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                said = msgspec.json.decode(line, type=_LINE)
            except msgspec.MsgspecError:
                raise JournalError(
                    f"{path}, line {number}, cannot be read: repair or remove that line"
                ) from None
            if isinstance(said, KeySecret):
                self.keys[said.key] = said.secret
            else:
                self.listen_keys[said.account_id] = (said.listen_key, said.end_ms)
        if torn:
            self._torn_at = len(data) - len(torn)

    def mend(self) -> None:
        """Cut a torn last line."""
        if self._torn_at is not None:
            self._disk.truncate(self._path, self._torn_at)
            self._size, self._torn_at = self._torn_at, None

    def add(self, line: KeySecret | ListenKeyLine) -> None:
        """Keep something; it is written by ``commit``."""
        if isinstance(line, KeySecret):
            if self.keys.get(line.key) == line.secret:
                return
            self.keys[line.key] = line.secret
        else:
            self.listen_keys[line.account_id] = (line.listen_key, line.end_ms)
        self._pending.append(msgspec.json.encode(line) + b"\n")
        self.hurry()

    def commit(self) -> None:
        """Write what was added, durably.

        Raises:
            OSError: the disk is full or fails.
        """
        if not self._pending:
            return
        is_new = self._file is None
        file = self._file = self._file or self._disk.append(self._path)
        added = b"".join(self._pending)
        write_all(file, added)
        if self._syncs:
            file.sync()
            if is_new:
                self._disk.sync_folder(self._path.parent)
        self._pending.clear()
        self._size += len(added)
        if self._size > BYTES_MAX:
            self._rewrite()

    def _rewrite(self) -> None:
        """Write down what still holds, in the place of all that was ever said."""
        lines: list[KeySecret | ListenKeyLine] = [
            *(KeySecret(key, secret) for key, secret in self.keys.items()),
            *(ListenKeyLine(who, *kept) for who, kept in self.listen_keys.items() if kept[1]),
        ]
        data = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        if self._size < 2 * len(data):  # many keys: it has to be this long
            return
        self.close()
        fresh = self._path.with_suffix(".unfinished")
        if fresh.name in self._disk.names(fresh.parent):
            self._disk.remove(fresh)
        file = self._disk.append(fresh)
        try:
            write_all(file, data)
            file.sync()
        finally:
            file.close()
        self._disk.replace(fresh, self._path)
        self._disk.sync_folder(self._path.parent)
        self._size = len(data)

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _nothing() -> None:
    """The hook before somebody sets it."""
