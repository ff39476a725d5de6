"""From bytes to whole requests: the parser's callbacks, and the bounds of one request.

Header pairs go from the parser straight into a dict. Bounds are looked at only when a read did
not end with a whole request, because one read is never longer than a bound.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from httptools import HttpRequestParser

from perpbox.gateway import response
from perpbox.gateway.bounds import HttpBounds
from perpbox.gateway.handler import Reply
from perpbox.gateway.upgrade import UpgradeRequest

_METHODS: Final = {name.encode(): name for name in ("GET", "POST", "PUT", "DELETE", "HEAD")}
_LENGTH_DIGITS_MAX: Final = 15


class Taker(Protocol):
    """Who answers."""

    def take(
        self,
        keep: bool,
        method: str,
        path: str,
        query: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes,
    ) -> None:
        """Answer a whole request; close the connection afterwards unless ``keep``."""

    def refuse(self, reply: Reply, *, keep: bool, with_body: bool) -> None:
        """Answer a request that is whole, but beyond a bound."""

    def end(self, reply: Reply) -> None:
        """Give the last answer of the connection, in the middle of a request."""


class Reader:
    """The request that is coming in on one connection, from its first byte to its last."""

    __slots__ = (
        "_body",
        "_body_bytes",
        "_bounds",
        "_carried",
        "_expects",
        "_fields",
        "_keep_alive",
        "_method",
        "_parser",
        "_refusal",
        "_taker",
        "_url_cut",
        "ended",
        "feed",
        "headers",
        "on_header",
        "since_ms",
        "url",
        "websocket",
    )

    def __init__(self, taker: Taker, bounds: HttpBounds) -> None:
        self._taker = taker
        self._bounds = bounds
        self._fields: dict[bytes, bytes] = {}
        # Called by the parser for each header line: no Python frame.
        self.on_header = self._fields.__setitem__
        self.headers: dict[bytes, bytes] | None = None
        """None until the head is whole."""
        self.url = b""
        """Empty between two requests."""
        self._url_cut = 0
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._refusal: Reply | None = None
        self._expects = True
        self._carried = 0
        self.since_ms = 0
        """When the request began, if it did not come in one read; else 0."""
        self.ended = False
        """Nothing more is taken from this connection."""
        self.websocket: UpgradeRequest | None = None
        self.renew()

    def renew(self) -> None:
        """Start with a fresh parser, between two requests."""
        parser = HttpRequestParser(self)
        self._parser = parser
        self.feed = parser.feed_data
        self._method = parser.get_method
        self._keep_alive = parser.should_keep_alive
        self.url = b""
        self.headers = None

    def forget(self) -> None:
        """Let the parser go: it holds this object and this object the parser."""
        self.ended = True
        del self._parser, self.feed, self._method, self._keep_alive

    # --- the parser calls these ------------------------------------------------------------

    def on_url(self, url: bytes) -> None:
        """The request target, whole or a part of it."""
        if not self.url:
            self.url = url
        elif len(self.url) <= self._bounds.url_bytes_max:
            self.url += url
        else:
            self._url_cut += len(url)

    def on_headers_complete(self) -> None:
        """The head is whole. Trailers come later and are not headers."""
        fields = self._fields
        self.headers = {name.lower(): value for name, value in fields.items()}
        if self._carried:
            self._check_head()
        fields.clear()

    def on_body(self, chunk: bytes) -> None:
        """A part of the body. What is too much is dropped at once (NET-010)."""
        self._body_bytes += len(chunk)
        if self._body_bytes <= self._bounds.body_bytes_max:
            self._body.append(chunk)
        else:
            self._refusal = self._refusal or response.BODY_TOO_LARGE
            self._body.clear()

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self.ended:
            return
        path, _, query = self.url.partition(b"?")
        headers = self.headers or {}
        keep = self._keep_alive()
        name = self._method()
        method = _METHODS.get(name) or name.decode("latin-1")
        if method == "CONNECT":
            return  # the parser stops here by raising HttpParserUpgrade
        if b"upgrade" in headers and self._parser.should_upgrade():
            if method == "GET" and self._is_handshake(headers):
                self.websocket = UpgradeRequest(path.decode("latin-1"), query, headers)
            return  # and here
        if self._fields:
            self._fields.clear()  # trailers: no headers of this request, and none of the next
        body = b""
        if self._body_bytes:
            body = b"".join(self._body)
            self._body.clear()
            self._body_bytes = 0
        self.url = b""
        self.headers = None
        self._carried = 0
        self.since_ms = 0
        if not keep:
            self.ended = True
        if self._refusal is None:
            self._taker.take(keep, method, path.decode("latin-1"), query, headers, body)
        else:
            refusal, self._refusal = self._refusal, None
            self._url_cut = 0
            self._taker.refuse(refusal, keep=keep, with_body=method != "HEAD")

    def _is_handshake(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether this can become a WebSocket; else it is a request like any other."""
        return (
            headers[b"upgrade"].strip().lower() == b"websocket"
            and self._parser.get_http_version() == "1.1"
            and b"transfer-encoding" not in headers
            and headers.get(b"content-length", b"0") == b"0"
        )

    # --- a request that is not whole yet ---------------------------------------------------

    def unfinished(self, read_bytes: int, now_ms: int, *, answered: bool) -> bytes:
        """A read ended inside a request: watch its bounds; return what must be said at once.

        A read that ``answered`` also held whole requests and is not counted: never too much, at
        most one read too little.
        """
        if self.ended:
            return b""
        bounds = self._bounds
        if not self.since_ms:
            self.since_ms = now_ms
            self._expects = True
        self._carried += 1 if answered else read_bytes
        url_bytes = len(self.url) + self._url_cut
        if self.headers is None:
            if self._carried - url_bytes > bounds.head_bytes_max:
                self._taker.end(response.HEAD_TOO_LARGE)
            elif url_bytes > bounds.drain_bytes_max:
                self._taker.end(response.URL_TOO_LONG)
        elif self._carried > bounds.drain_bytes_max:
            self._taker.end(response.BODY_TOO_LARGE)
        elif self._expects:
            self._expects = False
            return self._expectation(self.headers)
        return b""

    def _check_head(self) -> None:
        head_bytes = sum(len(name) + len(value) for name, value in self._fields.items())
        if len(self.url) + self._url_cut > self._bounds.url_bytes_max:
            self._refusal = response.URL_TOO_LONG
        elif head_bytes > self._bounds.head_bytes_max:
            self._refusal = response.HEAD_TOO_LARGE

    def _expectation(self, headers: Mapping[bytes, bytes]) -> bytes:
        """``Expect: 100-continue``: say go on, or say no before the body comes (NET-007)."""
        if self._body_bytes or headers.get(b"expect", b"").lower() != b"100-continue":
            return b""
        if self._parser.get_http_version() == "1.0":
            return b""
        length = headers.get(b"content-length", b"0")
        too_large = len(length) > _LENGTH_DIGITS_MAX or int(length) > self._bounds.body_bytes_max
        if self._refusal is not None or too_large:
            self._taker.end(self._refusal or response.BODY_TOO_LARGE)
            return b""
        return response.CONTINUE

    def without_upgrade(self) -> bytes | None:
        """The head once more, as if it had not asked for another protocol; then start afresh.

        None for ``CONNECT``: there is no tunnel here.
        """
        method, url, headers = self._method(), self.url, self.headers
        version = self._parser.get_http_version().encode()
        self.renew()
        if headers is None or b"upgrade" not in headers:
            return None
        del headers[b"upgrade"]
        lines = b"".join(b"%s: %s\r\n" % line for line in headers.items())
        return b"%s %s HTTP/%s\r\n%s\r\n" % (method, url, version, lines)
