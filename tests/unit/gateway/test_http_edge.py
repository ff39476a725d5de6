"""What our HTTP edge promises beyond the probes: bounds, times, crashes, backpressure."""

import json
import logging
import socket
import threading
from collections.abc import Mapping

import pytest

from perpbox.gateway.bounds import HttpBounds
from perpbox.gateway.handler import Reply
from tests.unit.gateway.http_probe import Client, echo, serving

GET = b"GET /fapi/v1/ping HTTP/1.1\r\nHost: x\r\n\r\n"
SMALL = HttpBounds(
    url_bytes_max=1000, head_bytes_max=2000, body_bytes_max=3000, drain_bytes_max=100_000
)
HASTY = HttpBounds(stall_ms=60, linger_ms=60, sweep_ms=10)


def post(body: bytes, lines: bytes = b"") -> bytes:
    return b"POST / HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s" % (lines, len(body), body)


def refused(client: Client, status: int) -> None:
    answer = client.read_answer()
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert set(json.loads(answer.body)) == {"code", "msg"}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(post(b"x" * 3001), 413, id="body"),
        pytest.param(post(b"x" * 90_000), 413, id="body of many reads"),
        pytest.param(b"GET /?" + b"s" * 999 + b" HTTP/1.1\r\n\r\n", 414, id="url"),
        pytest.param(b"GET /?" + b"s" * 90_000 + b" HTTP/1.1\r\n\r\n", 414, id="url of many reads"),
        pytest.param(
            b"GET / HTTP/1.1\r\n" + b"".join(b"a%d: %s\r\n" % (n, b"v" * 100) for n in range(20)),
            431,
            id="many lines",
        ),
    ],
)
def test_beyond_a_bound_the_connection_goes_on(sent: bytes, status: int) -> None:
    """NET-010: one oversized request would cost the client its connection, or be carried out."""
    if status == 431:
        sent += b"\r\n"
    with serving(bounds=SMALL) as running, Client(running.port) as client:
        client.send(sent + GET)
        refused(client, status)
        assert client.read_answer().echo["path"] == "/fapi/v1/ping"


def test_a_bound_is_the_same_however_packets_fall() -> None:
    """NET-010: the same request would be taken or refused by chance."""
    with serving(bounds=SMALL) as running, Client(running.port) as client:
        fits = post(b"x" * 3000)
        assert client.ask(fits).echo["body"] == "x" * 3000
        for cut in (10, 60, 2500):
            client.send(fits[:cut])
            assert client.ask(fits[cut:]).status == 200
        url = b"GET /?" + b"s" * 998 + b" HTTP/1.1\r\n\r\n"
        assert client.ask(url).status == 200
        client.send(url[:500])
        assert client.ask(url[500:]).status == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\r\na: " + b"v" * 50_000, 431, id="endless line"),
        pytest.param(b"GET /" + b"s" * 200_000, 414, id="endless url"),
        pytest.param(post(b"x" * 200_000), 413, id="huge body"),
        pytest.param(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 40_000,
            413,
            id="endless chunks",
        ),
    ],
)
def test_too_much_to_read_on_ends_the_connection(sent: bytes, status: int) -> None:
    """NET-010: memory or time without end; and the sender must see the answer, not a reset."""
    with serving(bounds=SMALL) as running, Client(running.port) as client:
        client.send(sent)
        refused(client, status)
        client.socket.shutdown(socket.SHUT_WR)
        assert client.read_end() == b""


def test_a_large_body_is_refused_before_it_is_sent() -> None:
    """NET-007: a client that asks first would send megabytes for nothing."""
    with serving(bounds=SMALL) as running, Client(running.port) as client:
        client.send(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3001\r\n\r\n")
        refused(client, 413)


def test_a_trailer_is_not_a_header() -> None:
    """NET-006: a key could be smuggled in behind the body."""
    with serving() as running, Client(running.port) as client:
        client.send(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        answer = client.ask(b"1\r\nT\r\n0\r\nX-MBX-APIKEY: trailer\r\n\r\n" + GET)
        assert (answer.echo["body"], answer.echo["key"]) == ("T", "")
        assert client.read_answer().echo["key"] == ""


def test_good_requests_before_garbage_are_answered() -> None:
    """NET-008: an order would be carried out and its answer lost."""
    with serving() as running, Client(running.port) as client:
        client.send(GET * 40 + b"\x00\x01\r\n\r\n")
        for _ in range(40):
            assert client.read_answer().status == 200
        refused(client, 400)
        client.socket.shutdown(socket.SHUT_WR)
        assert client.read_end() == b""


def test_http_1_0_keeps_the_connection_when_asked() -> None:
    """NET-001: ApacheBench would connect anew for each request."""
    with serving() as running, Client(running.port) as client:
        for _ in range(2):
            answer = client.ask(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert answer.headers["connection"] == "keep-alive"


def test_nothing_is_read_behind_a_close() -> None:
    """NET-001: a request behind the last one would be carried out without an answer."""
    with serving() as running, Client(running.port) as client:
        client.send(b"GET /last HTTP/1.1\r\nConnection: close\r\n\r\n" + GET)
        assert client.read_answer().echo["path"] == "/last"
        assert client.read_end() == b""


def test_half_closed_clients_get_their_answers() -> None:
    """NET-012: `nc -N` and some health checks would see nothing."""
    with serving() as running, Client(running.port) as client:
        client.send(GET * 100)
        client.socket.shutdown(socket.SHUT_WR)
        for _ in range(100):
            assert client.read_answer().status == 200
        assert client.read_end() == b""


def test_a_client_that_never_reads_is_cut_off() -> None:
    """NET-011, NET-014: its answers would stay in memory for ever."""

    def large(*_: object) -> Reply:
        return 200, b"", b"x" * (1 << 20)

    with serving(large, bounds=HASTY) as running, Client(running.port) as client:
        client.send(GET * 64)
        assert client.read_answer().status == 200
        while running.call(lambda: len(running.server.connections)):
            pass  # it is cut off without reading one byte more
        with pytest.raises((ConnectionError, AssertionError)):
            client.read_bytes(63 << 20)


def test_answers_wait_for_a_slow_reader() -> None:
    """NET-014: one client that does not read would make the box hold all its answers."""
    handled: list[bytes] = []

    def large(
        method: str, path: str, query: bytes, headers: Mapping[bytes, bytes], body: bytes, peer: str
    ) -> Reply:
        del method, path, headers, body, peer
        handled.append(query)
        return 200, b"", query + b"x" * (1 << 19)

    with serving(large) as running, Client(running.port) as client:
        client.send(b"".join(b"GET /?%03d HTTP/1.1\r\n\r\n" % n for n in range(100)))
        assert client.read_answer().body.startswith(b"000")
        turns = [running.call(lambda: len(handled)) for _ in range(50)]
        assert turns[-1] < 100
        for n in range(1, 100):
            assert client.read_answer().body.startswith(b"%03d" % n)
        assert client.ask(b"GET /?end HTTP/1.1\r\n\r\n").body.startswith(b"end")


def test_long_pipelines_share_the_loop() -> None:
    """NET-005: one client's thousand requests would hold up everyone else."""
    order: list[str] = []
    asked = threading.Event()

    def note(method: str, path: str, *_: object) -> Reply:
        order.append(path)
        assert path != "/many" or asked.wait(10)
        return 200, b"", method.encode()

    with (
        serving(note, bounds=HttpBounds(pipelined_max=4)) as running,
        Client(running.port) as many,
        Client(running.port) as one,
    ):
        assert one.ask(b"GET /warm HTTP/1.1\r\n\r\n").status == 200
        assert many.ask(b"GET /warm HTTP/1.1\r\n\r\n").status == 200
        many.send(b"GET /many HTTP/1.1\r\n\r\n" * 2000)
        one.send(b"GET /one HTTP/1.1\r\n\r\n")
        asked.set()
        assert one.read_answer().status == 200
        for _ in range(2000):
            assert many.read_answer().body == b"GET"
        assert order[-1] == "/many"


def test_a_crash_is_a_500_and_the_box_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """NET-013: one bug in one answer would end the exchange, or leave no trace."""
    with serving() as running, Client(running.port) as client:
        with caplog.at_level(logging.ERROR):
            answer = client.ask(b"GET /crash?signature=secret HTTP/1.1\r\n\r\n")
        assert answer.status == 500
        assert answer.body == (
            b'{"code":-1000,"msg":"An unknown error occured while processing the request."}'
        )
        assert client.ask(GET).status == 200
    assert caplog.records[0].__dict__["path"] == "/crash"
    assert "RuntimeError: a bug" in caplog.text
    assert "secret" not in caplog.text


def test_head_has_the_length_of_get() -> None:
    """NET-002: a monitor would see another page than a browser."""
    with serving() as running, Client(running.port) as client:
        full = client.ask(b"GET /a HTTP/1.1\r\n\r\n")
        head = client.ask(b"HEAD /a HTTP/1.1\r\n\r\n", head_only=True)
        assert head.headers["content-length"] == str(len(full.body))


def test_no_content_has_no_length() -> None:
    """NET-002: a 204 or 304 with a length is a broken answer."""

    def nothing(*_: object) -> Reply:
        return 304, b"ETag: x\r\n", b""

    with serving(nothing) as running, Client(running.port) as client:
        for _ in range(2):
            answer = client.ask(GET)
            assert answer.status == 304
            assert "content-length" not in answer.headers
            assert "content-type" not in answer.headers


def test_an_empty_body_has_a_length() -> None:
    """NET-002: the client would wait for the end of the connection."""

    def empty(*_: object) -> Reply:
        return 200, b"", b""

    with serving(empty) as running, Client(running.port) as client:
        assert client.ask(GET).headers["content-length"] == "0"


def test_the_echo_is_of_one_loop_turn() -> None:
    """NET-004: a batch leaves in one write: 16 answers arrive with one read."""
    with serving(echo) as running, Client(running.port) as client:
        client.send(GET * 16)
        first = client.socket.recv(1 << 16)
        assert first.count(b"HTTP/1.1 200 OK") == 16
