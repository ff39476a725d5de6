"""Answers as bytes: preformatted heads, one ``Date`` a second."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from perpbox.gateway.handler import Reply

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_REASONS: Final = {status.value: status.phrase.encode() for status in HTTPStatus} | {
    # As recorded; Python prints a capital.
    418: b"I'm a teapot",
}
_BODILESS: Final = frozenset({204, 304})

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

BAD_REQUEST: Final[Reply] = (400, b"", b'{"code":-1000,"msg":"The HTTP request is malformed."}')
TIMED_OUT: Final[Reply] = (408, b"", b'{"code":-1007,"msg":"The HTTP request came too slowly."}')
BODY_TOO_LARGE: Final[Reply] = (
    413,
    b"",
    b'{"code":-1000,"msg":"The body of the request is too large."}',
)
URL_TOO_LONG: Final[Reply] = (414, b"", b'{"code":-1000,"msg":"The URL is too long."}')
HEAD_TOO_LARGE: Final[Reply] = (
    431,
    b"",
    b'{"code":-1000,"msg":"The header lines of the request are too large."}',
)
CRASHED: Final[Reply] = (
    500,
    b"",
    b'{"code":-1000,"msg":"An unknown error occured while processing the request."}',
)
OVERLOADED: Final[Reply] = (503, b"", b'{"code":-1000,"msg":"Too many connections are open."}')
TOO_FAST: Final[Reply] = (
    429,
    b"Retry-After: 1\r\n",
    b'{"code":-1003,"msg":"Too many new connections; keep connections open and use them again."}',
)


def http_date(seconds: float) -> bytes:
    """Unix seconds as an HTTP date, whatever the locale: ``Sun, 06 Nov 1994 08:49:37 GMT``."""
    at = time.gmtime(seconds)
    return (
        f"{_DAYS[at.tm_wday]}, {at.tm_mday:02} {_MONTHS[at.tm_mon - 1]} {at.tm_year} "
        f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} GMT"
    ).encode()


class Heads(dict[int, bytes]):
    """Status -> the head of a JSON answer on a connection that goes on, up to the extra lines.

    Filled on demand and emptied when the second changes.
    """

    __slots__ = ("_date", "_second", "_wall")

    def __init__(self, wall: Callable[[], float]) -> None:
        super().__init__()
        self._wall = wall
        self._second = -1
        self._date = b""
        self.tick()

    def tick(self) -> None:
        """Take the wall clock's second."""
        seconds = self._wall()
        if int(seconds) != self._second:
            self._second = int(seconds)
            self._date = http_date(seconds)
            self.clear()

    def __missing__(self, status: int) -> bytes:
        head = self.build(status, json=True, keep=True)
        self[status] = head
        return head

    def build(self, status: int, *, json: bool, keep: bool) -> bytes:
        """The status line and the lines that every answer has."""
        return b"HTTP/1.1 %d %s\r\nServer: perpbox\r\nDate: %s\r\n%sConnection: %s\r\n" % (
            status,
            _REASONS.get(status, b"Status"),
            self._date,
            b"Content-Type: application/json\r\n" if json else b"",
            b"keep-alive" if keep else b"close",
        )

    def assemble(self, reply: Reply, *, keep: bool, with_body: bool) -> bytes:
        """A whole answer, for the cases off the fast road."""
        status, extra, body = reply
        bodiless = status in _BODILESS
        json = not bodiless and b"Content-Type:" not in extra
        length = b"" if bodiless else b"Content-Length: %d\r\n" % len(body)
        shown = body if with_body and not bodiless else b""
        return b"%s%s%s\r\n%s" % (
            self.build(status, json=json, keep=keep),
            extra,
            length,
            shown,
        )
