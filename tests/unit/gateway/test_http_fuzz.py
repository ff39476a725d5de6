"""The parser's edge against any bytes, cut anywhere (Hypothesis, the same examples each time)."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perpbox.gateway.bounds import HttpBounds
from perpbox.gateway.connection import Connection
from perpbox.gateway.http import HttpServer
from tests.unit.gateway.http_probe import echo

BOUNDS = HttpBounds(
    url_bytes_max=200,
    head_bytes_max=300,
    body_bytes_max=400,
    drain_bytes_max=2000,
    pipelined_max=2,
)
bounded = settings(max_examples=150, derandomize=True, deadline=None, database=None)


class Wire(asyncio.Transport):
    """The other end of a connection, where packets are cut as the test wants."""

    def __init__(self) -> None:
        super().__init__({"peername": ("203.0.113.9", 1)})
        self.written = b""
        self.closed = False
        self.reading = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.written += data

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


@contextmanager
def connected() -> Iterator[tuple[asyncio.AbstractEventLoop, Wire, Connection]]:
    loop = asyncio.new_event_loop()
    server = HttpServer(echo, BOUNDS, wall=lambda: 784_111_777.0)
    server.start(loop)
    wire, connection = Wire(), server.connect()
    connection.connection_made(wire)
    yield loop, wire, connection
    server.stop()
    connection.connection_lost(None)
    loop.close()


async def turn() -> None:
    await asyncio.sleep(0)


def talk(packets: list[bytes]) -> tuple[bytes, bool]:
    """What the server writes, and whether it closes."""
    with connected() as (loop, wire, connection):
        for packet in packets:
            connection.data_received(packet)
            while not wire.reading and not wire.closed:
                loop.run_until_complete(turn())
        loop.run_until_complete(turn())
        return wire.written, wire.closed


def cut(whole: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(whole), *(place % (len(whole) + 1) for place in places)})
    return [whole[a:b] for a, b in pairwise(edges)]


token = st.text("abcXYZ019-_", min_size=1, max_size=12).map(str.encode)
raw_query = st.text('ab=&%+2F[]{}":,;', max_size=40).map(str.encode)


@dataclass(frozen=True)
class Request:
    method: bytes
    path: bytes
    query: bytes
    key: bytes
    body: bytes
    chunked: bool

    def as_bytes(self) -> bytes:
        head = b"%s /%s?%s HTTP/1.1\r\nX-MBX-APIKEY: %s\r\n" % (
            self.method,
            self.path,
            self.query,
            self.key,
        )
        if not self.chunked:
            return head + b"Content-Length: %d\r\n\r\n%s" % (len(self.body), self.body)
        half = len(self.body) // 2
        parts = [part for part in (self.body[:half], self.body[half:]) if part]
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
        return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


requests = st.builds(
    Request,
    st.sampled_from([b"GET", b"POST", b"PUT", b"DELETE"]),
    token,
    raw_query,
    token,
    st.binary(max_size=80),
    st.booleans(),
)
places = st.lists(st.integers(0, 10_000), max_size=12)


def bodies(written: bytes) -> list[dict[str, str]]:
    found = []
    while written:
        head, _, written = written.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        found.append(json.loads(written[:length]))
        written = written[length:]
    return found


@bounded
@given(st.lists(requests, min_size=1, max_size=8), places)
def test_requests_cut_anywhere_are_answered_in_order(
    asked: list[Request], where: list[int]
) -> None:
    """NET-004, NET-006: what is answered would depend on how packets fall."""
    written, closed = talk(cut(b"".join(one.as_bytes() for one in asked), where))
    assert not closed
    answers = bodies(written)
    assert len(answers) == len(asked)
    for one, answer in zip(asked, answers, strict=True):
        assert answer["method"] == one.method.decode()
        assert answer["path"] == "/" + one.path.decode()
        assert answer["query"] == one.query.decode()
        assert answer["key"] == one.key.decode()
        assert answer["body"] == one.body.decode("latin-1")
        assert answer["peer"] == "203.0.113.9"


class Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


def check_sane(written: bytes) -> None:
    while written:
        head, _, written = written.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        assert status in {100, 200, 400, 413, 414, 431, 500, 418}
        if status != 100:
            length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
            json.loads(written[:length]) if status != 418 else None
            written = written[length:]


@bounded
@given(st.lists(st.binary(max_size=120), max_size=6))
def test_any_bytes_get_a_sane_answer_or_none(packets: list[bytes]) -> None:
    """NET-008: a scanner could crash a connection, or see half an answer."""
    written, _ = talk(packets)
    check_sane(written)


@settings(bounded, max_examples=300)
@given(
    st.lists(requests, min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 500), st.binary(max_size=4)), min_size=1, max_size=4),
    places,
)
def test_damaged_requests_never_crash_the_edge(
    asked: list[Request], damage: list[tuple[int, bytes]], where: list[int]
) -> None:
    """NET-008: one flipped byte could end in an exception instead of an answer."""
    whole = b"".join(one.as_bytes() for one in asked)
    for place, patch in damage:
        at = place % len(whole)
        whole = whole[:at] + patch + whole[at + 1 :]
    listener = Listener()
    logger = logging.getLogger("perpbox.gateway.connection")
    logger.addHandler(listener)
    try:
        written, _ = talk(cut(whole, where))
    finally:
        logger.removeHandler(listener)
    check_sane(written)
    assert not listener.heard


@pytest.mark.parametrize("read_bytes", [1, 7, 64, 1000])
def test_a_long_upload_keeps_no_more_than_its_bound(read_bytes: int) -> None:
    """NET-010: a refused body would still fill the memory."""
    with connected() as (_, wire, connection):
        connection.data_received(b"POST / HTTP/1.1\r\nContent-Length: 1500\r\n\r\n")
        for start in range(0, 1500, read_bytes):
            connection.data_received(b"x" * min(read_bytes, 1500 - start))
        assert b" 413 " in wire.written
        assert not wire.closed
