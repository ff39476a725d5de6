"""A box and the hands of a page: lab calls, calls in a session, streams. For tests of the lab."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import orjson
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from perpbox.box import Box
from perpbox.lab.api import PREFIX

LOOPBACK = {b"host": b"127.0.0.1"}
WAIT_S = 10
SILENCE_S = 0.2


class Wall:
    """A wall clock to turn."""

    def __init__(self, now_ms: int = 1_793_491_200_000) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


def lab(
    box: Box,
    method: str,
    path: str,
    body: object = None,
    headers: dict[bytes, bytes] | None = None,
    **query: object,
) -> tuple[int, Any]:
    """A call of the laboratory: status and parsed body."""
    raw = b"" if body is None else orjson.dumps(body)
    asked = urlencode(query).encode()
    status, _, answer = box.handle(method, PREFIX + path, asked, LOOPBACK | (headers or {}), raw)
    return status, orjson.loads(answer)


def done(box: Box, method: str, path: str, body: object = None, **query: object) -> Any:
    """A call of the laboratory that must succeed: its parsed body."""
    status, answer = lab(box, method, path, body, None, **query)
    assert status == 200, answer
    return answer


def token_of(box: Box, account: int = 1) -> str:
    """A new session of an account."""
    opened = done(box, "POST", "/sessions", {"account": account})
    assert isinstance(opened["session"], str)
    return opened["session"]


def as_page(
    box: Box, token: str, method: str, path: str, **params: object
) -> tuple[int, bytes, Any]:
    """A call of the exchange in a session: status, header lines, parsed body."""
    status, lines, answer = box.handle(
        method, path, urlencode(params).encode(), {b"x-perpbox-session": token.encode()}
    )
    return status, lines, orjson.loads(answer)


@contextmanager
def socket_to(box: Box, path: str) -> Iterator[ClientConnection]:
    """A WebSocket of a served box."""
    with connect(box.ws_url + path) as socket:
        yield socket


def said(socket: ClientConnection) -> Any:
    """The next message."""
    return orjson.loads(socket.recv(timeout=WAIT_S))


def is_silent(socket: ClientConnection) -> bool:
    """Whether nothing is said for a while, and the connection stays."""
    try:
        socket.recv(timeout=SILENCE_S)
    except TimeoutError:
        return True
    except ConnectionClosed:
        return False
    return False
