"""Histories as files: asked for, ready a little later, good for a week.

Files belong to the shell: they are in no log, and a box that ends forgets them.
"""

from collections.abc import Callable
from typing import Final

READY_AFTER_MS: Final = 1_000
"""From the question to the file; until then a client sees that it is being made."""
LIFE_MS: Final = 7 * 86_400_000
"""How long a link is good (documented)."""
FILES_MAX: Final = 1_000
BYTES_MAX: Final = 64_000_000
"""All files together; the oldest give way."""
FIRST_ID: Final = 546_000_000_000_000_001
PATH_PREFIX: Final = "/downloads/"


class Download:
    """One file. Who knows its ``token`` can read it."""

    __slots__ = ("account_id", "content", "download_id", "kind", "ready_ms", "token")

    def __init__(
        self,
        account_id: int,
        download_id: int,
        kind: str,
        token: str,
        content: bytes,
        ready_ms: int,
    ) -> None:
        self.account_id = account_id
        self.download_id = download_id
        self.kind = kind
        self.token = token
        self.content = content
        self.ready_ms = ready_ms

    @property
    def good_till_ms(self) -> int:
        """When the link ends."""
        return self.ready_ms + LIFE_MS

    @property
    def path(self) -> str:
        """Where the file is served."""
        return f"{PATH_PREFIX}{self.token}.csv"


class Downloads:
    """Files that were asked for, oldest first.

    ``now_ms`` is the clock they live by, ``make`` gives a token that nobody guesses,
    ``base_url`` the address in front of their paths.
    """

    __slots__ = ("_by_path", "_bytes", "_files", "_make", "_next_id", "base_url", "now_ms")

    def __init__(self, now_ms: Callable[[], int], make: Callable[[], str]) -> None:
        self.now_ms = now_ms
        self.base_url: Callable[[], str] = str
        self._make = make
        self._files: dict[int, Download] = {}
        self._by_path: dict[str, Download] = {}
        self._next_id = FIRST_ID
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._files)

    def add(self, account_id: int, kind: str, content: bytes) -> Download:
        """Keep a file that becomes readable in a moment."""
        ready_ms = self.now_ms() + READY_AFTER_MS
        made = Download(account_id, self._next_id, kind, self._make(), content, ready_ms)
        self._next_id += 1
        self._files[made.download_id] = self._by_path[made.path] = made
        self._bytes += len(content)
        while len(self._files) > FILES_MAX or (self._bytes > BYTES_MAX and len(self._files) > 1):
            self._drop_oldest()
        return made

    def find(self, account_id: int, kind: str, download_id: int) -> Download | None:
        """An account's file of a kind."""
        found = self._files.get(download_id)
        if found is None or (found.account_id, found.kind) != (account_id, kind):
            return None
        return found

    def is_ready(self, download: Download) -> bool:
        """Whether the file has been made."""
        return self.now_ms() >= download.ready_ms

    def is_expired(self, download: Download) -> bool:
        """Whether the link is over."""
        return self.now_ms() >= download.good_till_ms

    def content(self, path: str) -> bytes | None:
        """The file behind a path, while its link is good."""
        found = self._by_path.get(path)
        if found is None or not self.is_ready(found) or self.is_expired(found):
            return None
        return found.content

    def clear(self) -> None:
        """Forget all files."""
        self._files.clear()
        self._by_path.clear()
        self._bytes = 0

    def _drop_oldest(self) -> None:
        oldest = self._files.pop(next(iter(self._files)))
        del self._by_path[oldest.path]
        self._bytes -= len(oldest.content)
