"""Whatever text comes, the WebSocket API answers with one envelope and goes on."""

import json
from functools import cache

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from perpbox.wire.auth import Hmac
from perpbox.wire.ws_api import METHODS, SESSION_METHODS
from tests.unit.errors.stage import untouched
from tests.unit.gateway.rest_box import KEY, SECRET
from tests.unit.gateway.ws_api_box import ORDER, WsApiBox

STATUSES = {200, 400, 401, 404, 418, 429}

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
METHOD = st.sampled_from([*METHODS, *SESSION_METHODS]) | TEXT
NUMBER = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
LEAF = st.none() | st.booleans() | NUMBER | TEXT
VALUE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)
NAME = (
    st.sampled_from(
        [*ORDER, "orderId", "apiKey", "timestamp", "signature", "limit", "returnRateLimits"]
    )
    | TEXT
)
PARAMS = st.dictionaries(NAME, VALUE, max_size=8)


@cache
def box() -> WsApiBox:
    """One box for all: what was sent before must not matter."""
    return WsApiBox(rate_limits=False)


class Envelope(msgspec.Struct):
    """What every answer is."""

    id: object
    status: int
    result: object = None
    error: dict[str, object] = {}


def answer(text: str) -> Envelope:
    """The answer, whose form is checked."""
    told = msgspec.json.decode(box().session.handle(text), type=Envelope)
    assert told.status in STATUSES
    assert (told.status == 200) == (not told.error)
    if told.error:
        assert set(told.error) <= {"code", "msg", "data"}
    return told


@settings(max_examples=120, deadline=None)
@given(TEXT | st.builds(json.dumps, VALUE))
@example("[" * 200_000)
@example('{"id":' * 50_000)
@example('{"id":1,"method":"depth","params":{"symbol":' + "9" * 100_000 + "}}")
@example("\ufeff{}")
def test_any_text(text: str) -> None:
    """WSA-018."""
    told = answer(text)
    assert told.status == 400


@settings(max_examples=150, deadline=None)
@given(VALUE, METHOD, PARAMS)
def test_any_request(request_id: object, method: str, params: dict[str, object]) -> None:
    """WSA-002, WSA-018: and the id comes back."""
    told = answer(json.dumps({"id": request_id, "method": method, "params": params}))
    assert told.id == request_id


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(METHODS)), PARAMS)
def test_any_signed_request(method: str, params: dict[str, object]) -> None:
    """WSA-004, WSA-015, WSA-018: tokens signed as they are written are never a wrong signature."""
    here = box()
    sent = {**params, "apiKey": KEY, "timestamp": here.box_ms, "recvWindow": 5000}
    sent.pop("signature", None)
    written = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in sent.items()
    }
    text = "&".join(f"{name}={written[name]}" for name in sorted(written)).encode()
    sent["signature"] = Hmac(SECRET.encode()).sign(text).decode()
    before = untouched(here.state)
    told = answer(json.dumps({"id": 1, "method": method, "params": sent}))
    assert told.error.get("code") != -1022
    assert told.status == 200 or untouched(here.state) == before
    assert here.send("session.status")["status"] == 200


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_requests(data: st.DataObject) -> None:
    """WSA-018: a good request, cut and with characters changed."""
    text = json.dumps({"id": 1, "method": "order.place", "params": box().signed(**ORDER)})
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 5)))
    answer(text[:start] + data.draw(TEXT) + text[end:])
