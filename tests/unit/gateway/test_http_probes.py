"""The same raw-socket probes against our HTTP edge, on both loops, and against uvicorn."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn

from perpbox.gateway.asgi import asgi
from perpbox.gateway.http import HttpServer
from perpbox.gateway.serving import Serving, new_event_loop
from tests.unit.gateway.http_probe import Client, echo

GET = b"GET /fapi/v1/ping HTTP/1.1\r\nHost: x\r\n\r\n"


class Uvicorn(uvicorn.Server):
    """Says when it listens, so that nobody has to poll."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def serve_uvicorn() -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        asgi(echo), http="httptools", ws="none", lifespan="off", log_config=None
    )
    server = Uvicorn(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    assert server.listening.wait(10)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module", params=["perpbox", "perpbox-asyncio", "uvicorn"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    if request.param == "uvicorn":
        yield from serve_uvicorn()
        return
    loops = new_event_loop if request.param == "perpbox" else asyncio.new_event_loop
    running = Serving(HttpServer(echo), loop_factory=loops)
    running.start()
    yield running.port
    running.stop()


def test_keeps_the_connection_and_answers_json(port: int) -> None:
    """NET-001, NET-002: a client that calls twice would lose its connection or its type."""
    with Client(port) as client:
        for _ in range(2):
            answer = client.ask(GET)
            assert answer.status == 200
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["x-mbx-used-weight-1m"] == "5"
            assert answer.headers["date"].endswith(" GMT")
            assert answer.echo["path"] == "/fapi/v1/ping"
            assert answer.echo["peer"] == "127.0.0.1"


def test_content_type_and_status_of_the_reply(port: int) -> None:
    """NET-002: pages and texts would be sent as JSON."""
    with Client(port) as client:
        answer = client.ask(b"GET /text HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (answer.status, answer.body) == (418, b"teapot")
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["retry-after"] == "3"


def test_raw_query_and_path_are_kept(port: int) -> None:
    """NET-003: signatures are checked on the bytes as sent."""
    query = 'a=%2F&b=a+b&c=%zz&d=[{"x":1}]&&e'
    with Client(port) as client:
        answer = client.ask(f"GET /p%61th/x?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answer.echo["query"] == query
    assert answer.echo["path"] == "/p%61th/x"


def test_header_names_in_any_case(port: int) -> None:
    """NET-003: the key would not be found."""
    with Client(port) as client:
        for name in (b"X-MBX-APIKEY", b"x-mbx-apikey", b"X-Mbx-Apikey"):
            answer = client.ask(b"GET / HTTP/1.1\r\nHost: x\r\n" + name + b":  k1\r\n\r\n")
            assert answer.echo["key"] == "k1"


def test_connection_close(port: int) -> None:
    """NET-001: the client waits for an end that never comes."""
    with Client(port) as client:
        answer = client.ask(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.status == 200
        assert answer.headers["connection"] == "close"
        assert client.read_end() == b""


def test_http_1_0_closes(port: int) -> None:
    """NET-001: an old client waits for the end of the connection."""
    with Client(port) as client:
        assert client.ask(b"GET / HTTP/1.0\r\n\r\n").status == 200
        assert client.read_end() == b""


def test_head(port: int) -> None:
    """NET-002: a body after HEAD would be read as the next answer."""
    with Client(port) as client:
        client.send(b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
        head = client.read_answer(head_only=True)
        assert head.status == 200
        assert client.read_answer().echo["path"] == "/fapi/v1/ping"


def test_pipelined_in_order(port: int) -> None:
    """NET-004: answers would be taken for those to other requests."""
    with Client(port) as client:
        client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(50)))
        paths = [client.read_answer().echo["path"] for _ in range(50)]
    assert paths == [f"/{n}" for n in range(50)]


def test_split_at_every_byte(port: int) -> None:
    """NET-006: a request that comes in two packets would be lost."""
    whole = (
        b"POST /order?a=1 HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY: k\r\nContent-Length: 3\r\n\r\nb=2"
    )
    with Client(port) as client:
        for cut in range(1, len(whole), 7):
            client.send(whole[:cut])
            answer = client.ask(whole[cut:])
            assert answer.echo["query"] == "a=1"
            assert answer.echo["body"] == "b=2"
            assert answer.echo["key"] == "k"


def test_chunked_body(port: int) -> None:
    """NET-006: clients that stream a body would be refused."""
    with Client(port) as client:
        client.send(
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"4;ext=1\r\nsymb\r\n9\r\nol=BTCUSD\r\n"
        )
        answer = client.ask(b"1\r\nT\r\n0\r\n\r\n")
        assert answer.echo["body"] == "symbol=BTCUSDT"
        assert client.ask(GET).status == 200


@pytest.mark.parametrize("method", ["DELETE", "PUT", "POST", "PATCH", "GET"])
def test_every_method_may_have_a_body(port: int, method: str) -> None:
    """NET-006: python-binance sends the parameters of DELETE in a body."""
    with Client(port) as client:
        answer = client.ask(
            f"{method} /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\norderId=1".encode()
        )
        assert answer.echo["method"] == method
        assert answer.echo["body"] == "orderId=1"


def test_expect_100_continue(port: int) -> None:
    """NET-007: curl would wait a second before each large body."""
    with Client(port) as client:
        client.send(
            b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        assert client.read_answer().status == 100
        assert client.ask(b"ab").echo["body"] == "ab"
        assert client.ask(GET).status == 200


def test_a_header_of_20_kb(port: int) -> None:
    """NET-010: long cookies of a browser would shut the dashboard out."""
    with Client(port) as client:
        lines = b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"c" * 20_000
        assert client.ask(lines + b"\r\nX-MBX-APIKEY: k\r\n\r\n").echo["key"] == "k"


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
        b"hello\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nbroken header\r\n\r\n",
    ],
)
def test_garbage_is_refused_and_closed(port: int, garbage: bytes) -> None:
    """NET-008: a port scanner would hold or break the box."""
    with Client(port) as client:
        assert client.ask(garbage).status == 400
        assert client.read_end() == b""
    with Client(port) as client:
        assert client.ask(GET).status == 200


def test_an_upgrade_nobody_takes_is_ignored(port: int) -> None:
    """NET-016: Java's client offers h2c on every first request."""
    with Client(port) as client:
        lines = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"
        answer = client.ask(b"GET /a?b=c HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n")
        assert answer.echo["query"] == "b=c"


def test_a_client_that_leaves_in_the_middle(port: int) -> None:
    """NET-012: a dropped connection would take others with it."""
    for sent in (b"", b"GE", b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc", GET):
        with Client(port) as client:
            client.send(sent)
    with Client(port) as client:
        assert client.ask(GET).status == 200
