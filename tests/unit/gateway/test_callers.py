"""Web pages of others: what they can send never reaches the exchange."""

import json

import pytest

from perpbox.box import Box
from perpbox.gateway.callers import FOREIGN_ORIGIN, UNKNOWN_HOST, Callers
from perpbox.gateway.handler import Reply
from perpbox.lab.api import PREFIX
from perpbox.lab.routes import ROUTES
from tests.unit.gateway.http_probe import Client
from tests.unit.gateway.ws.ws_probe import handshake

LOOPBACK = Callers("127.0.0.1")
EVERYWHERE = Callers("0.0.0.0", ["Box.example"])
OWN = {b"host": b"127.0.0.1:8800"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        OWN,
        {b"host": b"127.0.0.1"},
        {b"host": b"127.1.2.3:1"},
        {b"host": b"localhost:8800"},
        {b"host": b"LocalHost:9000"},
        {b"host": b"[::1]:8800"},
        {b"host": b"[::1]"},
        OWN | {b"origin": b"http://127.0.0.1:8800"},
        OWN | {b"origin": b"https://127.0.0.1:8800"},
        OWN | {b"origin": b"http://127.0.0.1:8800", b"sec-fetch-site": b"same-origin"},
        OWN | {b"sec-fetch-site": b"none", b"sec-fetch-dest": b"document"},
        OWN | {b"sec-fetch-site": b"cross-site", b"sec-fetch-dest": b"document"},
    ],
)
def test_programs_and_own_pages_may_ask(headers: dict[bytes, bytes]) -> None:
    """SEC-001, SEC-002, SEC-003: nothing that a program or the box's own page sends is refused."""
    assert LOOPBACK.refusal(headers) is None
    assert LOOPBACK.refusal(headers) is None, "the second time it is remembered"


@pytest.mark.parametrize(
    "headers",
    [
        OWN | {b"origin": b"https://elsewhere.example"},
        OWN | {b"origin": b"null"},
        OWN | {b"origin": b"http://127.0.0.1:9999"},
        OWN | {b"origin": b"http://localhost:8800"},
        OWN | {b"origin": b"ftp://127.0.0.1:8800"},
        OWN | {b"origin": b""},
        {b"origin": b"http://"},
        {b"origin": b"http://127.0.0.1:8800"},
    ],
)
def test_a_page_of_another_origin_may_not(headers: dict[bytes, bytes]) -> None:
    """SEC-001: any page that somebody visits could trade with the demo key."""
    assert LOOPBACK.refusal(headers) is FOREIGN_ORIGIN


@pytest.mark.parametrize("site", [b"cross-site", b"same-site"])
@pytest.mark.parametrize("dest", [b"image", b"script", b"iframe", b"empty"])
def test_what_a_page_embeds_may_not(site: bytes, dest: bytes) -> None:
    """SEC-003: pictures and frames carry no Origin, and would use up the address's weight."""
    headers = OWN | {b"sec-fetch-site": site, b"sec-fetch-dest": dest}
    assert LOOPBACK.refusal(headers) is FOREIGN_ORIGIN


@pytest.mark.parametrize(
    "host",
    [
        b"elsewhere.example:8800",
        b"127.0.0.1.elsewhere.example",
        b"localhost.elsewhere.example",
        b"10.0.0.7:8800",
        b"[2001:db8::1]",
        b"user@127.0.0.1",
        b"\xff",
        b":",
        b"",
        b"127.0.0.1:8800:8800",
        b"[::1",
    ],
)
def test_a_name_made_to_point_here_is_not_served(host: bytes) -> None:
    """SEC-002: by DNS rebinding a page has its own name in Host and is its own origin."""
    headers = {b"host": host, b"origin": b"http://" + host}
    assert LOOPBACK.refusal(headers) is UNKNOWN_HOST


@pytest.mark.parametrize(
    ("host", "refusal"),
    [
        (b"10.0.0.7:8800", None),
        (b"[2001:db8::1]:8800", None),
        (b"box.example", None),
        (b"BOX.example:443", None),
        (b"localhost:8800", None),
        (b"other.example", UNKNOWN_HOST),
        (b"sub.box.example", UNKNOWN_HOST),
    ],
)
def test_a_box_for_others_has_its_names(host: bytes, refusal: Reply | None) -> None:
    """SEC-002: off loopback any address serves, and of names those that were allowed."""
    assert EVERYWHERE.refusal({b"host": host}) is refusal


def test_spellings_of_host_are_remembered_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """SEC-002: a caller that varies Host would fill the memory."""
    monkeypatch.setattr("perpbox.gateway.callers.HOSTS_REMEMBERED_MAX", 3)
    callers = Callers("127.0.0.1")
    for port in range(10):
        assert callers.refusal({b"host": b"localhost:%d" % port}) is None
    assert len(callers._good) == 3


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"Host: 127.0.0.1\r\nOrigin: https://elsewhere.example", -9013),
        (b"Host: elsewhere.example", -9016),
    ],
)
def test_every_door_refuses(line: bytes, code: int) -> None:
    """SEC-001, SEC-002, WSS-029, LAB-021: REST, the lab, its pages and WebSocket handshakes."""
    asked = [
        b"%s %s%s HTTP/1.1\r\n%s\r\n\r\n"
        % (r.method.encode(), PREFIX.encode(), r.path.encode(), line)
        for r in ROUTES
    ]
    asked += [
        b"GET %s HTTP/1.1\r\n%s\r\n\r\n" % (path, line)
        for path in (b"/", b"/docs", b"/fapi/v1/ping", b"/no/such/path")
    ]
    asked += [
        handshake(path).replace(b"Host: localhost", line)
        for path in ("/ws", "/ws-fapi/v1", "/private/ws?listenKey=x")
    ]
    with Box(market="none", symbols=["BTCUSDT"]) as box:
        seq = box.desk.sequencer.seq
        with Client(int(box.url.rsplit(":", 1)[1])) as client:
            for request in asked:
                answer = client.ask(request)
                assert answer.status == 403
                assert json.loads(answer.body)["code"] == code
                assert "access-control-allow-origin" not in answer.headers
            assert (
                client.ask(b"GET /fapi/v1/ping HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200
            )
        assert box.desk.sequencer.seq == seq


def test_a_box_lets_its_names_be_set() -> None:
    """SEC-002: behind a proxy a box is asked by the proxy's name."""
    with Box(market="none", symbols=["BTCUSDT"], allowed_host="box.example,other.example") as box:
        assert box.config.allowed_host == ("box.example", "other.example")
        with Client(int(box.url.rsplit(":", 1)[1])) as client:
            asked = b"GET /fapi/v1/ping HTTP/1.1\r\nHost: box.example\r\n\r\n"
            assert client.ask(asked).status == 200
