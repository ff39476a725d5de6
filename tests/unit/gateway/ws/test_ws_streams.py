"""Subscribing over a live connection: routes, forms, and what reaches whom."""

import asyncio
import json
from functools import partial

import pytest
from websockets.asyncio.client import connect

from perpbox.box import Box
from perpbox.gateway.open_files import allow_open_files
from tests.live import Live
from tests.unit.gateway.ws.ws_probe import Venue, WsClient, venue

BOOK, TRADES, KEY = "btcusdt@bookTicker", "btcusdt@aggTrade", "K" * 64
EVENT = b'{"e":1}'


def reached(there: Venue, client: WsClient) -> list[str]:
    """Which of the three kinds of stream reach the client."""
    names = [BOOK, TRADES, KEY]
    assert client.request("SUBSCRIBE", names) == {"result": None, "id": 1}
    assert client.request("LIST_SUBSCRIPTIONS") == {"result": names, "id": 1}
    client.request("SET_PROPERTY", ["combined", True])
    for name in names:
        there.publish(name, EVENT)
    client.say(1, b'{"method":"GET_PROPERTY","params":["combined"],"id":"end"}')
    found: list[str] = []
    while True:
        got = client.read_json()
        assert isinstance(got, dict)
        if got.get("id") == "end":
            return found
        found.append(str(got["stream"]))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/ws", [BOOK, TRADES, KEY]),
        ("/stream", [BOOK, TRADES, KEY]),
        ("/public/ws", [BOOK]),
        ("/public/stream", [BOOK]),
        ("/market/ws/0", [TRADES]),
        ("/private/stream?streams=", [KEY]),
    ],
)
def test_a_route_delivers_its_own_streams_and_is_silent_on_others(
    target: str, expected: list[str]
) -> None:
    """WSS-024: a bot would work here and get nothing from the real venue."""
    with venue() as there, there.open(target) as client:
        assert reached(there, client) == expected


@pytest.mark.parametrize("target", ["/ws", "/stream"])
def test_strict_unrouted_paths_are_public(target: str) -> None:
    """WSS-025: production delivers nothing else since 2026-04-23."""
    with venue(unrouted_is_public=True) as there, there.open(target) as client:
        assert reached(there, client) == [BOOK]


@pytest.mark.parametrize(
    ("unrouted", "api_date", "is_heard"),
    [
        ("all", "2026-11-01", True),
        ("strict", "2026-11-01", False),
        ("strict", "2026-04-22", True),
    ],
)
def test_what_unrouted_paths_serve_is_a_setting(
    unrouted: str, api_date: str, is_heard: bool
) -> None:
    """WSS-025."""
    options = {"market": "none", "clock": "frozen", "symbols": ["BTCUSDT"]}
    with (
        Box(**options, unrouted=unrouted, api_date=api_date) as box,
        WsClient(int(box.url.rsplit(":", 1)[1]), f"/ws/{TRADES}") as client,
    ):
        box.set_price("BTCUSDT", 60_000)
        client.say(1, b'{"method":"LIST_SUBSCRIPTIONS","id":1}')
        got = client.read_json()
        assert isinstance(got, dict)
        assert got.get("e") == ("aggTrade" if is_heard else None)


def test_names_of_the_path_are_subscribed_and_wrapped_on_stream_only() -> None:
    """WSS-021: clients of /ws read the event itself, those of /stream its envelope."""
    with (
        venue() as there,
        there.open("/ws/a@x/b@x") as raw,
        there.open("/stream?streams=a@x/b@x") as combined,
    ):
        for name in ("a@x", "b@x"):
            there.publish(name, EVENT)
            assert raw.read_json() == {"e": 1}
            assert combined.read_frame().payload == b'{"stream":"%s","data":{"e":1}}' % (
                name.encode()
            )


def test_names_beyond_ascii_are_written_as_they_are() -> None:
    """WSS-021: symbols in Chinese are raw UTF-8 in the envelope."""
    name = "币安人生usdt@depth"
    with venue() as there, there.open("/stream?streams=%E5%B8%81%E5%AE%89") as client:
        client.request("SUBSCRIBE", [name])
        there.publish(name, EVENT)
        got = client.read_frame().payload
        assert got == f'{{"stream":"{name}","data":{{"e":1}}}}'.encode()
        assert client.request("LIST_SUBSCRIPTIONS") == {"result": ["币安", name], "id": 1}


def test_the_answer_comes_before_the_first_event_and_after_the_last() -> None:
    """WSS-026: a client that knows when it is subscribed can rely on it."""
    with venue() as there, there.open("/ws/x") as client:
        there.hub.wanted = lambda name: there.hub.publish(name, b'"first"')
        assert client.request("SUBSCRIBE", ["y"]) == {"result": None, "id": 1}
        assert client.read_json() == "first"
        assert client.request("UNSUBSCRIBE", ["x", "never"]) == {"result": None, "id": 1}
        there.publish("x", EVENT)
        assert client.request("LIST_SUBSCRIPTIONS") == {"result": ["y"], "id": 1}


def test_the_property_changes_the_form_of_what_is_subscribed() -> None:
    """WSS-027: and the makers of the streams do not notice."""
    with venue() as there, there.open("/ws/x") as client:
        told: list[str] = []
        there.hub.wanted = there.hub.unwanted = told.append
        there.publish("x", EVENT)
        assert client.read_json() == {"e": 1}
        assert client.request("SET_PROPERTY", ["combined", True]) == {"result": None, "id": 1}
        there.publish("x", EVENT)
        assert client.read_json() == {"stream": "x", "data": {"e": 1}}
        client.request("SET_PROPERTY", ["combined", False])
        there.publish("x", EVENT)
        assert client.read_json() == {"e": 1}
        assert told == []


def test_events_of_one_kind_of_a_listen_key() -> None:
    """WSS-023: a client that asks for order updates only."""
    with (
        venue() as there,
        there.open(f"/private/ws?listenKey={KEY}&events=ORDER_TRADE_UPDATE/TRADE_LITE") as few,
        there.open(f"/private/ws?listenKey={KEY}") as every,
    ):
        listed = [f"{KEY}@ORDER_TRADE_UPDATE", f"{KEY}@TRADE_LITE"]
        assert few.request("LIST_SUBSCRIPTIONS") == {"result": listed, "id": 1}
        for kind in ("TRADE_LITE", "ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"):
            payload = json.dumps({"e": kind}).encode()
            there.running.call(partial(there.hub.publish_event, KEY, kind, payload))
            assert every.read_json() == {"e": kind}
        assert few.read_json() == {"e": "TRADE_LITE"}
        assert few.read_json() == {"e": "ORDER_TRADE_UPDATE"}


def test_a_box_pushes_what_its_user_does() -> None:
    """WSS-028: REST, market streams and user streams of one box on one port."""

    async def run(box: Box, live: Live) -> list[str]:
        _, opened = live.call("POST", "/fapi/v1/listenKey")
        private = f"{box.ws_url}/private/ws?listenKey={opened['listenKey']}"
        public = f"{box.ws_url}/public/stream?streams={BOOK}"
        async with connect(private) as user, connect(public) as market:
            live.signed(
                "POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.01
            )
            own = [json.loads(await user.recv())["e"] for _ in range(4)]
            return [*own, json.loads(await market.recv())["data"]["e"]]

    with Box(market="none", clock="frozen", symbols=["BTCUSDT"]) as box:
        box.set_price("BTCUSDT", 60_000)
        account = box.account()
        live = Live(box.url, account.key, account.secret, box.desk.now_ms())
        assert asyncio.run(run(box, live)) == [
            "TRADE_LITE",
            "ORDER_TRADE_UPDATE",
            "ACCOUNT_UPDATE",
            "ORDER_TRADE_UPDATE",
            "bookTicker",
        ]


IDLE_WANTED = 5_000
SPARE_FILES = 500


def test_five_thousand_idle_connections_are_held() -> None:
    """WSS-032: and each of them is still there when something is pushed."""
    files = allow_open_files(2 * IDLE_WANTED + SPARE_FILES)
    # Both ends are in this process. Where the system allows fewer files, as many as it allows.
    count = min(IDLE_WANTED, (files - SPARE_FILES) // 2)
    with venue() as there:
        clients = [there.open("/ws/x") for _ in range(count)]
        assert there.count() == count
        there.publish("x", EVENT)
        for client in clients:
            assert client.read_json() == {"e": 1}
        there.pass_ms(181_000)
        for client in clients:
            client.read_frame()
            client.close()
