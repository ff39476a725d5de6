"""Raw sockets against a live server: what the probes of the HTTP edge are made of."""

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from perpbox.gateway.bounds import HttpBounds
from perpbox.gateway.handler import Handler, Reply
from perpbox.gateway.http import HttpServer
from perpbox.gateway.serving import Serving
from perpbox.gateway.upgrade import Upgrade

PATIENCE_S = 10


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def echo(self) -> dict[str, object]:
        decoded = json.loads(self.body)
        assert isinstance(decoded, dict)
        return decoded


class Client:
    """One connection, spoken to in bytes."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""

    def send(self, sent: bytes) -> None:
        self.socket.sendall(sent)

    def _more(self) -> bool:
        part = self.socket.recv(1 << 16)
        self._unread += part
        return bool(part)

    def read_answer(self, *, head_only: bool = False) -> Answer:
        while b"\r\n\r\n" not in self._unread:
            assert self._more(), f"closed after {self._unread!r}"
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        length = 0 if head_only else int(headers.get("content-length", "0"))
        parts, missing = [self._unread[:length]], length - len(self._unread)
        self._unread = self._unread[length:]
        while missing > 0:
            part = self.socket.recv(min(missing, 1 << 20))
            assert part, "closed in the middle of a body"
            parts.append(part)
            missing -= len(part)
        return Answer(int(first.split(" ")[1]), headers, b"".join(parts))

    def ask(self, sent: bytes, *, head_only: bool = False) -> Answer:
        self.send(sent)
        return self.read_answer(head_only=head_only)

    def read_bytes(self, count: int) -> bytes:
        while len(self._unread) < count:
            assert self._more(), f"closed after {self._unread!r}"
        read, self._unread = self._unread[:count], self._unread[count:]
        return read

    @property
    def unread(self) -> bytes:
        """What came and was not asked for yet."""
        return self._unread

    def read_end(self) -> bytes:
        """What still comes until the server closes."""
        while self._more():
            pass
        return self._unread

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *about: object) -> None:
        self.close()


def echo(
    method: str,
    path: str,
    query: bytes,
    headers: Mapping[bytes, bytes],
    body: bytes,
    peer: str,
) -> Reply:
    """Answer with what arrived."""
    if path == "/crash":
        raise RuntimeError("a bug")
    if path == "/text":
        return 418, b"Content-Type: text/plain\r\nRetry-After: 3\r\n", b"teapot"
    said = {
        "method": method,
        "path": path,
        "query": query.decode("latin-1"),
        "key": headers.get(b"x-mbx-apikey", b"").decode("latin-1"),
        "body": body.decode("latin-1"),
        "peer": peer,
    }
    return 200, b"X-MBX-USED-WEIGHT-1M: 5\r\n", json.dumps(said).encode()


@contextmanager
def serving(
    handle: Handler = echo,
    *,
    upgrade: Upgrade | None = None,
    bounds: HttpBounds | None = None,
    tick: Callable[[], None] | None = None,
    tick_ms: int = 5,
    elapsed: Callable[[], float] = time.monotonic,
) -> Iterator[Serving]:
    server = HttpServer(handle, bounds or HttpBounds(), upgrade=upgrade, elapsed=elapsed)
    running = Serving(server, tick=tick, tick_ms=lambda: tick_ms)
    running.start()
    try:
        yield running
    finally:
        running.stop()
