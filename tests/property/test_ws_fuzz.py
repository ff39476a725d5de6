"""Anything at all on a WebSocket: the frame parser and the control protocol stand it."""

import contextlib
import json
from itertools import pairwise
from typing import TypeGuard

from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Opcode

from perpbox.gateway.ws.bounds import WsBounds
from perpbox.gateway.ws.reader import FrameReader, Refused
from perpbox.wire.errors import WireError
from perpbox.wire.streams.control import METHODS, STREAMS_MAX, Control
from perpbox.wire.streams.paths import ApiTarget, NotAStream, parse_target
from tests.unit.gateway.ws.ws_probe import (
    BINARY,
    CONTINUATION,
    FIN,
    PING,
    TEXT,
    client_frame,
    venue,
)

BOUNDS = WsBounds(message_bytes_max=300, fragments_max=4)
CODES = {1002, 1007, 1008, 1009}


def read(pieces: list[bytes]) -> list[object]:
    """What comes out: messages as text, control frames as pairs, a refusal as its code."""
    reader = FrameReader(BOUNDS)
    found: list[object] = []
    try:
        for piece in pieces:
            reader.feed(piece)
            while (frame := reader.next()) is not None:
                if frame.opcode in (Opcode.CLOSE, Opcode.PING, Opcode.PONG):
                    found.append((int(frame.opcode), bytes(frame.data)))
                elif (text := reader.join(frame)) is not None:
                    found.append(text)
    except Refused as refused:
        found.append(refused)
    assert all(end.code in CODES and end.reason.isascii() for end in found if is_end(end))
    return [(end.code, end.reason) if is_end(end) else end for end in found]


def is_end(found: object) -> TypeGuard[Refused]:
    return isinstance(found, Refused)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in cuts)})
    return [data[start:end] for start, end in pairwise(places)]


CUTS = st.lists(st.integers(0, 2000), max_size=8)
WILD_FRAMES = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.builds(
            lambda opcode, payload, first: client_frame(opcode, payload, first=first),
            st.integers(0, 15),
            st.one_of(st.binary(max_size=140), st.text(max_size=60).map(str.encode)),
            st.sampled_from([0, FIN, FIN, FIN, 0x40, 0x70]),
        ),
    ),
    max_size=8,
).map(b"".join)


@given(WILD_FRAMES, CUTS)
@settings(max_examples=300, deadline=None)
def test_how_bytes_are_cut_changes_nothing(data: bytes, cuts: list[int]) -> None:
    """WSS-060: what a network does to a stream of bytes must not be seen above it."""
    assert read(cut(data, cuts)) == read([data])


@given(WILD_FRAMES)
@settings(max_examples=300, deadline=None)
def test_a_read_that_is_a_whole_text_is_taken_as_the_parser_takes_it(data: bytes) -> None:
    """WSS-060: whoever reads it, the same text comes out, or the same refusal."""
    found: object
    try:
        found = FrameReader(BOUNDS).whole_text(data)
    except Refused as refused:
        found = refused.code, refused.reason
    assert found is None or read([data]) == [found]


@given(st.text(max_size=200))
def test_a_text_in_one_frame_needs_no_parser(text: str) -> None:
    """WSS-060: as long as it is not beyond the bound."""
    data = text.encode()
    taken = FrameReader(BOUNDS).whole_text(client_frame(TEXT, data))
    assert taken == (text if len(data) <= BOUNDS.message_bytes_max else None)


@given(
    st.lists(st.tuples(st.text(max_size=60), st.integers(1, 4), st.booleans()), max_size=6), CUTS
)
@settings(max_examples=150, deadline=None)
def test_good_messages_come_out_as_they_were_sent(
    messages: list[tuple[str, int, bool]], cuts: list[int]
) -> None:
    """WSS-060: in fragments, with pings between them, cut anywhere."""
    sent = b""
    expected: list[object] = []
    for text, parts, is_binary in messages:
        data = text.encode()
        size = -(-len(data) // parts) or 1
        for number in range(parts):
            opcode = CONTINUATION if number else (BINARY if is_binary else TEXT)
            is_last = number == parts - 1
            part = data[number * size :] if is_last else data[number * size : (number + 1) * size]
            sent += client_frame(opcode, part, first=FIN if is_last else 0)
            if not is_last:
                sent += client_frame(PING, b"p")
                expected.append((PING, b"p"))
        expected.append(text)
    assert read(cut(sent, cuts)) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(["a", "b@x", "c", "BTCUSDT@depth", "é"])
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "method": st.sampled_from(METHODS) | JSON,
        "params": st.lists(NAMES, max_size=5) | st.just(["combined", True]) | JSON,
        "id": JSON,
    },
)


@given(st.lists(REQUESTS.map(json.dumps) | st.text(max_size=40) | JSON.map(json.dumps), max_size=8))
@settings(max_examples=300, deadline=None)
def test_every_request_has_one_answer_and_the_lists_stay_in_step(texts: list[str]) -> None:
    """WSS-061: what is subscribed is what was told to be, whatever else came in."""
    control = Control(["a"])
    followed = {"a"}
    for text in texts:
        outcome = control.handle(text)
        answer = json.loads(outcome.reply)
        assert list(answer) in (["result", "id"], ["error", "id"])
        if "error" in answer:
            assert (outcome.added, outcome.removed) == ((), ())
            assert answer["error"]["code"] in (0, 1, 2, 3, 4)
        assert followed.isdisjoint(outcome.added)
        assert followed.issuperset(outcome.removed)
        followed = (followed | set(outcome.added)) - set(outcome.removed)
        assert set(control.names) == followed


@given(st.text(max_size=40), st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_target_is_a_path_or_is_none(tail: str, query: bytes) -> None:
    """WSS-062: a handshake is answered whatever it asks for."""
    for prefix in ("/ws/", "/stream", "/private/ws", ""):
        try:
            target = parse_target(prefix + tail.encode().decode("latin-1"), query)
        except (NotAStream, WireError):
            continue
        assert isinstance(target, ApiTarget) or len(target.names) <= STREAMS_MAX


@given(st.lists(st.tuples(WILD_FRAMES, CUTS), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_nobody_notices_what_another_sends(attacks: list[tuple[bytes, list[int]]]) -> None:
    """WSS-063: live connections, one of them good."""
    with venue() as there, there.open("/ws/x") as good:
        for data, cuts in attacks:
            # A connection that was closed for its first piece takes no second one.
            with there.open("/stream?streams=x") as bad, contextlib.suppress(ConnectionError):
                for piece in cut(data, cuts):
                    bad.send(piece)
        there.publish("x", b'"still here"')
        assert good.read_json() == "still here"
