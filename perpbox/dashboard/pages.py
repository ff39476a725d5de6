"""Hands out the built page: types, caching, compression, and what the page may load."""

import gzip
from collections.abc import Mapping
from functools import cache, cached_property
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from perpbox.gateway.handler import Reply

ASSETS: Final = "/assets/"
"""Files below it carry a hash of their content in their names and may be kept for ever."""
DOCUMENTS: Final = {"/": "index.html", "/docs": "docs.html"}
LICENCES: Final = "licences.txt"
COMPRESSED_MIN_BYTES: Final = 512
TYPES: Final = {
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".txt": b"text/plain; charset=utf-8",
    ".woff2": b"font/woff2",
}
PACKED: Final = frozenset((".woff2",))
"""What compressing would not make smaller."""
POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    b"font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)
"""The page loads from the box alone, runs nothing written inline and is framed by nobody."""


class Asset:
    """One built file; read and compressed when it is first asked for."""

    def __init__(self, source: Traversable, *, is_kept: bool) -> None:
        self._source = source
        self._suffix = "." + source.name.rsplit(".", 1)[-1]
        self._is_kept = is_kept

    @cached_property
    def content(self) -> bytes:
        """The file."""
        return self._source.read_bytes()

    @cached_property
    def _gzipped(self) -> bytes | None:
        if self._suffix in PACKED or len(self.content) < COMPRESSED_MIN_BYTES:
            return None
        return gzip.compress(self.content, mtime=0)

    @cached_property
    def _etag(self) -> bytes:
        return b'"%s"' % sha256(self.content).hexdigest()[:32].encode()

    @cached_property
    def _head(self) -> bytes:
        caching = b"public, max-age=31536000, immutable" if self._is_kept else b"no-cache"
        lines = [
            b"Cache-Control: " + caching,
            b"ETag: " + self._etag,
            b"Vary: Accept, Accept-Encoding",
            b"X-Content-Type-Options: nosniff",
            b"Referrer-Policy: no-referrer",
        ]
        if self._suffix == ".html":
            lines += [b"Content-Security-Policy: " + POLICY]
        return b"".join(line + b"\r\n" for line in lines)

    def reply(self, headers: Mapping[bytes, bytes]) -> Reply:
        """Answer with the file, or that the asker's copy is still right."""
        if self._etag in headers.get(b"if-none-match", b""):
            return 304, self._head, b""
        head = b"Content-Type: %s\r\n%s" % (TYPES[self._suffix], self._head)
        packed = self._gzipped if b"gzip" in headers.get(b"accept-encoding", b"") else None
        if packed is None:
            return 200, head, self.content
        return 200, head + b"Content-Encoding: gzip\r\n", packed


class Pages:
    """The documents at ``/`` and ``/docs``, and the files below ``/assets/``.

    They are looked for when one is first asked for: most boxes of tests show their page to nobody.
    """

    @cached_property
    def _documents(self) -> dict[str, Asset]:
        built = files("perpbox.dashboard") / "built"
        return {path: Asset(built / name, is_kept=False) for path, name in DOCUMENTS.items()}

    @cached_property
    def _assets(self) -> dict[str, Asset]:
        built = files("perpbox.dashboard") / "built" / "assets"
        return {
            ASSETS + each.name: Asset(each, is_kept=each.name != LICENCES)
            for each in built.iterdir()
        }

    def reply(self, method: str, path: str, headers: Mapping[bytes, bytes]) -> Reply | None:
        """Answer, or ``None`` where the path or its asker wants something else.

        Documents are for who accepts HTML; for others ``/`` stays the list of addresses, and
        ``/docs`` leads to the document that it shows.
        """
        if method != "GET":
            return None
        asset = self._assets.get(path) if path.startswith(ASSETS) else None
        if asset is None and b"text/html" in headers.get(b"accept", b""):
            asset = self._documents.get(path)
        return None if asset is None else asset.reply(headers)


@cache
def built_pages() -> Pages:
    """The pages that were built: boxes share them, and what of them was read and compressed."""
    return Pages()
