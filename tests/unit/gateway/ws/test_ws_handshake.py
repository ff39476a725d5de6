"""How a connection begins, and what is no beginning."""

import json

import pytest

from perpbox.box import Box
from perpbox.gateway.ws.bounds import WsBounds
from tests.unit.gateway.http_probe import Client
from tests.unit.gateway.ws.ws_probe import ACCEPT, CLOSE, KEY, TEXT, client_frame, handshake, venue

PATHS = (
    "/ws",
    "/ws/",
    "/ws/btcusdt@aggTrade/btcusdt@depth",
    "/stream",
    "/stream?streams=",
    "/stream?streams=btcusdt@aggTrade/btcusdt@depth",
    "/public/ws",
    "/public/ws/0",
    "/market/stream?streams=btcusdt@aggTrade",
    "/private/ws?listenKey=abc",
)


@pytest.mark.parametrize("target", PATHS)
def test_every_form_of_a_path_opens(target: str) -> None:
    """WSS-001, WSS-020: clients of every kind connect."""
    with venue() as there, there.open(target) as client:
        assert client.answer.headers["sec-websocket-accept"] == ACCEPT
        assert client.answer.headers["upgrade"] == "websocket"
        assert client.request("GET_PROPERTY", ["combined"]) == {
            "result": "/stream" in target,
            "id": 1,
        }


def test_what_came_with_the_handshake_is_taken() -> None:
    """WSS-001: a client that does not wait for the answer would lose its first request."""
    early = client_frame(TEXT, b'{"method":"LIST_SUBSCRIPTIONS","id":1}')
    with venue() as there, there.open("/ws/a", early=early) as client:
        assert client.read_json() == {"result": ["a"], "id": 1}


@pytest.mark.parametrize(
    ("wrong", "right", "status"),
    [
        (b"Sec-WebSocket-Version: 8", b"Sec-WebSocket-Version: 13", 426),
        (b"", b"Sec-WebSocket-Version: 13\r\n", 426),
        (b"", b"Sec-WebSocket-Key: %s\r\n" % KEY, 400),
        (b"Sec-WebSocket-Key: short", b"Sec-WebSocket-Key: %s" % KEY, 400),
        (b"Sec-WebSocket-Key: !!!", b"Sec-WebSocket-Key: %s" % KEY, 400),
        (b"", b"Upgrade: websocket\r\n", 426),
        (b"Upgrade: h2c", b"Upgrade: websocket", 426),
        (b"Connection: close", b"Connection: keep-alive, Upgrade", 426),
        (b"POST", b"GET", 426),
        (b"HTTP/1.0", b"HTTP/1.1", 426),
    ],
)
def test_wrong_headers_are_refused_in_json(wrong: bytes, right: bytes, status: int) -> None:
    """WSS-002: a client that does it wrong would hang, or get an answer it cannot read."""
    asked = handshake("/ws/x")
    assert right in asked
    with Box(market="none", symbols=["BTCUSDT"]) as box, Client(_port(box)) as client:
        answer = client.ask(asked.replace(right, wrong))
        assert answer.status == status
        assert answer.headers["content-type"] == "application/json"
        assert json.loads(answer.body)["code"] == -1000
        if status == 426:
            assert answer.headers["upgrade"] == "websocket"
            assert answer.headers["sec-websocket-version"] == "13"


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/wsx", 404, -5000),
        ("/stream/btcusdt@depth", 404, -5000),
        ("/public", 404, -5000),
        ("/other/ws", 404, -5000),
        ("/ws-fapi/v2", 404, -5000),
        ("/stream?streams=btcusdt@depth,ethusdt@depth", 400, 2),
        ("/ws/" + "a" * 257, 400, 2),
        ("/ws/%ff", 400, 2),
        ("/stream?streams=" + "/".join(f"s{number}" for number in range(1025)), 400, 4),
    ],
)
def test_what_cannot_be_opened_is_said_in_json(target: str, status: int, code: int) -> None:
    """WSS-003, WSS-022: the handshake fails, and the connection goes on as HTTP."""
    with Box(market="none", symbols=["BTCUSDT"]) as box, Client(_port(box)) as client:
        answer = client.ask(handshake(target))
        assert answer.status == status
        assert json.loads(answer.body)["code"] == code
        client.send(b"GET /fapi/v1/ping HTTP/1.1\r\n\r\n")
        assert client.read_answer().status == 200


def test_rest_and_streams_share_the_port() -> None:
    """WSS-001: one address is all that a user has."""
    with Box(market="none", symbols=["BTCUSDT"]) as box, Client(_port(box)) as client:
        assert client.ask(b"GET /fapi/v1/ping HTTP/1.1\r\n\r\n").status == 200
        assert client.ask(handshake("/ws")).status == 101


def test_one_connection_too_many_is_refused() -> None:
    """WSS-004: the process would run out of sockets."""
    with venue(WsBounds(connections_max=2)) as there, there.open(), there.open() as second:
        with Client(there.port) as third:
            assert third.ask(handshake("/ws")).status == 503
        second.say(CLOSE)
        second.read_close()
        there.open().close()


def test_compression_is_declined_unless_it_is_on() -> None:
    """WSS-005: a client that offers it reads plain frames."""
    offer = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
    with venue() as there, there.open("/ws/x", offer) as client:
        assert "sec-websocket-extensions" not in client.answer.headers
        there.publish("x", b"{}")
        assert client.read_frame().first == 0x80 | TEXT


def test_malformed_extensions_are_refused() -> None:
    """WSS-005: the header would be guessed at."""
    with venue(deflate=True) as there, Client(there.port) as client:
        bad = b"Sec-WebSocket-Extensions: permessage-deflate;;="
        assert client.ask(handshake("/ws", bad)).status == 400


def _port(box: Box) -> int:
    return int(box.url.rsplit(":", 1)[1])
