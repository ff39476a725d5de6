"""The doors on any bytes: who is let in, what a log shows, what a setting takes."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from perpbox.box import Box
from perpbox.config import ConfigError, load, options_layer
from perpbox.engine.hashing import state_hash
from perpbox.gateway.callers import Callers
from perpbox.gateway.logs import redacted
from perpbox.lab.api import PREFIX
from perpbox.lab.errors import LabCode
from perpbox.lab.route import LabRoute
from perpbox.lab.routes import ROUTES

bounded = settings(max_examples=200, deadline=None)
OWN = b"127.0.0.1:8800"
HOSTS = st.sampled_from([OWN, b"localhost", b"LOCALHOST:1", b"[::1]:8800", b"evil.example"])
BYTES = st.binary(max_size=40) | st.text("019.:[]@/-aelx%", max_size=20).map(str.encode)
SINGLES: list[object] = [None, True, -1, 0, 1, 2**63, 1e99, "", "0", "-5", "1e5", "BTCUSDT", "USDT"]
VALUES = st.sampled_from([*SINGLES, [], [[]], {}])
NAMES = st.sampled_from(sorted({name for route in ROUTES for name in route.names}))
BODIES = st.binary(max_size=60) | st.dictionaries(NAMES, VALUES, max_size=5).map(
    lambda fields: json.dumps(fields).encode()
)


@bounded
@given(st.none() | HOSTS | BYTES, st.none() | HOSTS.map(lambda h: b"http://" + h) | BYTES)
@example(b"localhost", b"http://localhost\x00")
@example(b"127.0.0.1", b"http://127.0.0.1@evil.example")
def test_only_own_pages_pass(host: bytes | None, origin: bytes | None) -> None:
    """SEC-001, SEC-002: no spelling of a foreign name passes, and none crashes the door."""
    sent = {b"host": host, b"origin": origin}
    headers = {name: value for name, value in sent.items() if value is not None}
    refused = Callers("127.0.0.1").refusal(headers)
    if refused is None:
        assert host is None or is_own(host)
        own = [scheme + (host or b"").lower() for scheme in (b"http://", b"https://")]
        assert origin is None or (host is not None and origin.lower() in own)
    else:
        assert refused[0] == 403
        assert json.loads(refused[2])["code"] in (-9013, -9016)


def is_own(host: bytes) -> bool:
    """Stated anew, the plain way: localhost or a loopback address, and perhaps a port."""
    name, colon, port = host.lower().partition(b"]") if host.startswith(b"[") else (host, b"", b"")
    if not colon:
        name, colon, port = host.lower().partition(b":")
    else:
        port = port.removeprefix(b":")
    loopback = name.strip(b"[") in (b"localhost", b"::1") or name.startswith(b"127.")
    return loopback and (port.isdigit() or not port)


@bounded
@given(st.sampled_from(ROUTES), st.binary(max_size=60), BODIES)
def test_any_bytes_are_answered_by_the_lab(route: LabRoute, query: bytes, body: bytes) -> None:
    """LAB-011: a refusal in JSON with a code of the lab, and nothing has changed."""
    before = state_hash(BOX.state)
    status, _, answer = BOX.handle(route.method, PREFIX + route.path, query, {}, body)
    assert status in {200, 400, 401, 404, 405, 413}
    told = json.loads(answer)
    if status != 200:
        assert told["code"] in set(LabCode)
        assert state_hash(BOX.state) == before


@bounded
@given(st.text(max_size=60), st.text("0123456789abcdefABCDEF", min_size=32, max_size=80))
def test_no_long_secret_is_shown(around: str, secret: str) -> None:
    """OPS-002: wherever a signature or key stands in a line."""
    for text in (f"{around}{secret}", f"{around} {secret}{around}", f"signature={secret}&{around}"):
        assert secret not in redacted(text)


@bounded
@given(
    st.sampled_from(["http", "ws", "histories", "account", "allowed_host", "tls_self_signed"]),
    st.text(max_size=40)
    | st.integers()
    | st.lists(st.text(max_size=9), max_size=3)
    | st.dictionaries(st.sampled_from(["candles", "idle_ms", "x"]), st.integers() | st.text()),
)
def test_any_setting_is_taken_or_refused(name: str, value: object) -> None:
    """LAB-002: a setting that cannot be used is refused by its name, whatever it is."""
    problem = ""
    try:
        load(options_layer({name: value}))
    except ConfigError as error:
        problem = str(error)
    assert not problem or problem.startswith(f"option {name}: ")


BOX = Box(market="none", symbols=["BTCUSDT"], clock="frozen")
