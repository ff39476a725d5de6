"""The hook through which WebSockets will take a connection over."""

import asyncio
from typing import cast

from perpbox.gateway.handler import Reply
from perpbox.gateway.upgrade import UpgradeRequest
from tests.unit.gateway.http_probe import Client, serving

HANDSHAKE = (
    b"GET /ws/x?listenKey=k HTTP/1.1\r\nX-A: 1\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n"
)
GET = b"GET /a HTTP/1.1\r\n\r\n"


class Shout(asyncio.Protocol):
    """Not a WebSocket, but it talks on the connection that was HTTP."""

    def __init__(self, asked: UpgradeRequest) -> None:
        self._asked = asked

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + self._asked.query)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data.upper())


def take(asked: UpgradeRequest) -> asyncio.Protocol | Reply:
    if asked.path == "/ws/x" and asked.headers[b"x-a"] == b"1":
        return Shout(asked)
    return 404, b"", b"{}"


def test_the_hook_takes_the_connection_over() -> None:
    """NET-016: streams could not share the port, or would lose what came with the handshake."""
    with serving(upgrade=take) as running, Client(running.port) as client:
        client.send(GET * 20 + HANDSHAKE % b"WebSocket" + b"early ")
        for _ in range(20):
            assert client.read_answer().status == 200
        assert client.read_answer().status == 101
        client.send(b"late")
        assert client.read_bytes(21) == b"listenKey=kEARLY LATE"
        assert running.call(lambda: len(running.server.connections)) == 0


def test_the_hook_may_refuse() -> None:
    """NET-016: an unknown stream would end in a hung handshake."""
    with serving(upgrade=take) as running, Client(running.port) as client:
        client.send((HANDSHAKE % b"websocket").replace(b"/ws/x", b"/nowhere") + GET)
        assert client.read_answer().status == 404
        assert client.read_answer().echo["path"] == "/a"
        client.send(GET)
        assert client.read_answer().echo["path"] == "/a"


def test_without_a_hook_it_is_an_ordinary_request() -> None:
    """NET-016: the connection would hang or be closed without a word."""
    with serving() as running, Client(running.port) as client:
        client.send(HANDSHAKE % b"websocket" + GET)
        assert client.read_answer().echo["path"] == "/ws/x"
        assert client.read_answer().echo["path"] == "/a"


def test_another_protocol_is_ignored_together_with_a_body() -> None:
    """NET-016: Java's client offers h2c with its first POST; the body is part of that request."""
    body = b"symbol=BTCUSDT"
    head = (
        b"POST /order HTTP/1.1\r\nX-MBX-APIKEY: k\r\nContent-Length: %d\r\n"
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n"
    ) % len(body)
    for hook in (None, take):
        with serving(upgrade=hook) as running, Client(running.port) as client:
            client.send(head + body[:3])
            answer = client.ask(body[3:] + GET)
            assert answer.echo["body"] == body.decode()
            assert answer.echo["key"] == "k"
            assert client.read_answer().echo["path"] == "/a"


def test_there_is_no_tunnel() -> None:
    """NET-016: the box would be taken for a proxy."""
    with serving() as running, Client(running.port) as client:
        assert client.ask(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n").status == 400
        client.close()
