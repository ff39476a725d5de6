"""Frames as they should be, and every way in which they should not."""

import asyncio
import json
import zlib

import pytest
from websockets.asyncio.client import connect

from perpbox.box import Box
from perpbox.gateway.ws.bounds import WsBounds
from perpbox.gateway.ws.framing import REASON_BYTES_MAX, close_frame, frame
from tests.unit.gateway.ws.ws_probe import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    PING,
    PONG,
    TEXT,
    WsClient,
    client_frame,
    masked,
    venue,
)

LIST = b'{"method":"LIST_SUBSCRIPTIONS","id":1}'
LISTED = {"result": [], "id": 1}
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"


def test_lengths_are_written_in_the_shortest_form() -> None:
    """WSS-010: clients refuse a length that is not minimal."""
    assert frame(b"a" * 125)[:2] == bytes((0x81, 125))
    assert frame(b"a" * 126)[:4] == bytes((0x81, 126, 0, 126))
    assert frame(b"a" * 65536)[:10] == bytes((0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0))


def test_a_reason_that_is_too_long_is_cut_between_letters() -> None:
    """WSS-010: a control frame has 125 bytes at most, in whole letters."""
    cut = close_frame(1008, "x" + "é" * 100)
    assert cut[1] <= REASON_BYTES_MAX + 2
    assert cut[4:].decode().startswith("xé")


def test_fragments_make_one_message_with_pings_between_them() -> None:
    """WSS-011: some clients send large requests in parts."""
    with venue() as there, there.open() as client:
        client.say(TEXT, LIST[:10], first=0)
        client.say(PING, b"p")
        client.say(CONTINUATION, LIST[10:20], first=0)
        client.say(CONTINUATION, b"", first=0)
        client.say(CONTINUATION, LIST[20:])
        got = client.read_frame()
        assert (got.opcode, got.payload) == (PONG, b"p")
        assert client.read_json() == LISTED


def test_bytes_may_come_one_by_one() -> None:
    """WSS-011: networks cut where they like."""
    with venue() as there, there.open() as client:
        for byte in client_frame(TEXT, LIST):
            client.send(bytes((byte,)))
        assert client.read_json() == LISTED


def test_a_binary_message_is_read_as_text() -> None:
    """WSS-011: clients that send bytes of JSON are understood."""
    with venue() as there, there.open() as client:
        client.say(BINARY, LIST)
        assert client.read_json() == LISTED


def test_a_client_ping_is_answered() -> None:
    """WSS-012: clients take a connection without pongs for dead."""
    with venue() as there, there.open() as client:
        client.say(PING, b"alive?")
        got = client.read_frame()
        assert (got.first, got.payload) == (FIN | PONG, b"alive?")


def unmasked(opcode: int, payload: bytes) -> bytes:
    return bytes((FIN | opcode, len(payload))) + payload


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (unmasked(TEXT, LIST), 1002),
        (client_frame(TEXT, LIST, first=FIN | 0x40), 1002),
        (client_frame(TEXT, LIST, first=FIN | 0x10), 1002),
        (client_frame(3, LIST), 1002),
        (client_frame(11, b""), 1002),
        (client_frame(PING, b"a" * 126), 1002),
        (client_frame(PING, b"a", first=0), 1002),
        (client_frame(CONTINUATION, LIST), 1002),
        (client_frame(TEXT, b"a", first=0) + client_frame(TEXT, b"b"), 1002),
        (client_frame(CLOSE, b"\x03"), 1002),
        (client_frame(CLOSE, b"\x03\xed"), 1002),
        (client_frame(CLOSE, b"\x03\xe8\xff"), 1002),
        (client_frame(TEXT, b"\xff\xfe"), 1007),
        (client_frame(TEXT, b"\xc3", first=0) + client_frame(CONTINUATION, b"\x28"), 1007),
        (client_frame(TEXT, b"a" * (2 << 20)), 1009),
        (client_frame(TEXT, b"a" * 100_000, first=0) * 1, None),
    ],
)
def test_what_is_no_frame_of_a_client_closes_its_connection_only(
    sent: bytes, code: int | None
) -> None:
    """WSS-013, WSS-014: one broken client would take others with it, or never learn why."""
    with venue() as there, there.open("/ws/x") as other, there.open() as client:
        client.send(sent)
        if code is None:  # only the first part of a message: nothing is wrong yet
            client.close()
        else:
            assert client.read_close().code == code
        there.publish("x", b"{}")
        assert other.read_json() == {}


def test_a_message_is_bounded_over_its_fragments() -> None:
    """WSS-014: memory would grow by small parts."""
    with venue(WsBounds(message_bytes_max=1000)) as there, there.open() as client:
        client.say(TEXT, b"a" * 600, first=0)
        client.say(CONTINUATION, b"a" * 401, first=0)
        assert client.read_close().code == 1009


def test_fragments_are_counted() -> None:
    """WSS-014: empty parts cost time and have no size."""
    with venue(WsBounds(fragments_max=3)) as there, there.open() as client:
        client.say(TEXT, b"a", first=0)
        for _ in range(3):
            client.say(CONTINUATION, b"", first=0)
        got = client.read_close()
        assert (got.code, got.reason) == (1008, "Too many fragments")


def test_a_socket_closed_in_the_middle_of_a_frame_leaves_nothing_behind() -> None:
    """WSS-015: the hub would write to a connection that is gone."""
    with venue() as there, there.open("/ws/x") as other:
        client = there.open("/ws/x")
        client.send(client_frame(TEXT, LIST)[:9])
        client.close()
        while there.count() > 1:
            other.say(PING)
            other.read_frame()
        there.publish("x", b"{}")
        assert other.read_json() == {}


@pytest.mark.parametrize("payload", [b"", b"\x03\xe8", b"\x03\xe9bye", b"\x0f\xa0"])
def test_a_client_that_closes_is_answered_in_kind(payload: bytes) -> None:
    """WSS-016: its library would wait for the answer, and report an error."""
    with venue() as there, there.open("/ws/x") as client:
        client.say(CLOSE, payload)
        got = client.read_close()
        assert got.payload == payload[:2]
        assert not there.running.call(lambda: there.hub.has("x"))


def test_a_crash_closes_the_connection_that_caused_it() -> None:
    """WSS-017: a bug of ours would end the box, or hang the client."""

    def explode(name: str) -> None:
        raise ZeroDivisionError(name)

    with venue() as there, there.open("/ws/x") as other, there.open() as client:
        there.hub.wanted = explode
        client.say(TEXT, b'{"method":"SUBSCRIBE","params":["boom"],"id":1}')
        assert client.read_json() == {"result": None, "id": 1}
        assert client.read_close().code == 1011
        there.publish("x", b"{}")
        assert other.read_json() == {}


def inflate(payload: bytes) -> bytes:
    return zlib.decompressobj(wbits=-15).decompress(payload + b"\0\0\xff\xff")


def deflate(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return (packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def test_compression_is_agreed_on_where_it_is_on() -> None:
    """WSS-005: every message stands alone, so that all clients get the same bytes."""
    event = json.dumps({"a": ["x" * 200]}).encode()
    with venue(deflate=True) as there, there.open("/ws/x", DEFLATE) as client:
        assert set(client.answer.headers["sec-websocket-extensions"].split("; ")) == {
            "permessage-deflate",
            "server_no_context_takeover",
            "client_no_context_takeover",
            "server_max_window_bits=12",
        }
        with there.open("/stream?streams=x", DEFLATE) as combined, there.open("/ws/x") as plain:
            there.publish("x", event)
            got = client.read_frame()
            assert got.first == FIN | 0x40 | TEXT
            assert len(got.payload) < 60
            assert inflate(got.payload) == event
            wrapped = inflate(combined.read_frame().payload)
            assert json.loads(wrapped) == {"stream": "x", "data": json.loads(event)}
            assert plain.read_json() == json.loads(event)
        client.say(TEXT, deflate(b'{"method":"LIST_SUBSCRIPTIONS","id":1}'), first=FIN | 0x40)
        assert json.loads(inflate(client.read_frame().payload)) == {"result": ["x"], "id": 1}
        client.say(TEXT, b'{"method":"LIST_SUBSCRIPTIONS","id":2}')
        assert json.loads(inflate(client.read_frame().payload)) == {"result": ["x"], "id": 2}


def test_compression_is_a_setting_of_the_box() -> None:
    """WSS-005: as a client library that offers it by default sees it."""

    async def listen(box: Box) -> tuple[int, object]:
        async with connect(box.ws_url + "/ws/x") as client:
            box.call(lambda: box.hub.publish("x", b'{"a":"%s"}' % (b"b" * 500)))
            return len(client.protocol.extensions), json.loads(await client.recv())

    for is_on in (False, True):
        with Box(market="none", symbols=["BTCUSDT"], ws_deflate=is_on) as box:
            assert asyncio.run(listen(box)) == (int(is_on), {"a": "b" * 500})


def test_an_offer_that_cannot_be_served_is_declined() -> None:
    """WSS-005: a client with a small window could not read what all get."""
    small = b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9"
    with venue(deflate=True) as there, there.open("/ws", small) as client:
        assert "sec-websocket-extensions" not in client.answer.headers


@pytest.mark.parametrize("fragments", [1, 3])
def test_a_bomb_is_not_unpacked(fragments: int) -> None:
    """WSS-014: a small frame would become gigabytes."""
    bomb = deflate(b"a" * (8 << 20))
    with venue(deflate=True) as there, there.open("/ws", DEFLATE) as client:
        size = len(bomb) // fragments + 1
        for start in range(0, len(bomb), size):
            is_last = start + size >= len(bomb)
            first = (FIN if is_last else 0) | (0x40 if start == 0 else 0)
            client.say(CONTINUATION if start else TEXT, bomb[start : start + size], first=first)
        assert client.read_close().code == 1009


def test_masks_are_undone() -> None:
    """WSS-010: the probe's own masking is its own inverse."""
    assert masked(masked(b"hello")) == b"hello"


def test_a_stopping_server_says_so() -> None:
    """WSS-018: clients connect again at once instead of waiting for a pong."""
    with venue() as there:
        client = WsClient(there.port)
        there.running.stop()
        got = client.read_close()
        assert (got.code, got.reason) == (1001, "Going away")
        client.close()
