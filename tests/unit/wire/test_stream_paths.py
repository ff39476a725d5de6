"""What a handshake asks for, form by form."""

import pytest

from perpbox.wire.errors import WireError
from perpbox.wire.streams.paths import (
    ApiTarget,
    NotAStream,
    StreamTarget,
    is_websocket_path,
    parse_target,
)
from perpbox.wire.streams.routing import delivers, route_of

KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("/ws", b"", StreamTarget("", False, ())),
        ("/ws/", b"", StreamTarget("", False, ())),
        ("/ws/a@x", b"", StreamTarget("", False, ("a@x",))),
        ("/ws/a@x/b@y/a@x", b"", StreamTarget("", False, ("a@x", "b@y"))),
        ("/ws/a%40x", b"", StreamTarget("", False, ("a@x",))),
        ("/ws/!ticker@arr", b"", StreamTarget("", False, ("!ticker@arr",))),
        ("/public/ws/0", b"", StreamTarget("public", False, ())),
        ("/market/ws/12", b"", StreamTarget("market", False, ())),
        ("/market/ws/a@x", b"", StreamTarget("market", False, ("a@x",))),
        ("/ws", b"streams=a@x", StreamTarget("", False, ())),
        ("/stream", b"", StreamTarget("", True, ())),
        ("/stream/", b"streams=a", StreamTarget("", True, ("a",))),
        ("/stream", b"streams=", StreamTarget("", True, ())),
        ("/stream", b"streams=a@x/b@y", StreamTarget("", True, ("a@x", "b@y"))),
        ("/stream", b"streams=a%40x%2Fb%40y", StreamTarget("", True, ("a@x", "b@y"))),
        ("/private/stream", b"", StreamTarget("private", True, ())),
        (f"/private/ws/{KEY}", b"", StreamTarget("private", False, (KEY,))),
        ("/private/ws", b"listenKey=k", StreamTarget("private", False, ("k",))),
        ("/ws", b"listenKey=", StreamTarget("", False, ())),
        (
            "/private/ws",
            b"listenKey=k&events=A/B",
            StreamTarget("private", False, ("k@A", "k@B")),
        ),
        ("/private/ws", b"events=A", StreamTarget("private", False, ())),
        ("/private/ws", b"listenKey=k&events=", StreamTarget("private", False, ("k",))),
        (
            "/private/stream",
            b"listenKey=k&events=A&listenKey=l&listenKey=m&events=B",
            StreamTarget("private", True, ("k@A", "l", "m@B")),
        ),
        ("/ws-fapi/v1", b"returnRateLimits=false", ApiTarget()),
        ("/ws-fapi/v1/", b"", ApiTarget()),
    ],
)
def test_paths(path: str, query: bytes, expected: StreamTarget | ApiTarget) -> None:
    """WSS-020, WSS-021, WSS-022, WSS-023: every form that clients use."""
    assert parse_target(path, query) == expected
    assert is_websocket_path(path)


@pytest.mark.parametrize(
    "path", ["/", "/fapi/v1/time", "/ws1", "/public", "/public/x/ws", "/stream/a", "", "ws"]
)
def test_other_paths_are_no_websockets(path: str) -> None:
    """WSS-003."""
    with pytest.raises(NotAStream):
        parse_target(path, b"")
    assert not is_websocket_path(path)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/stream", b"streams=a@x,b@y"),
        ("/ws/a@x,b@y", b""),
        ("/stream", b"streams=%ff"),
        ("/stream", b"streams=%ed%a0%80"),
        ("/ws/" + "/".join(map(str, range(10**6, 10**6 + 5))) + "/" + "a" * 257, b""),
    ],
)
def test_what_fails_the_handshake(path: str, query: bytes) -> None:
    """WSS-022: a comma between names, and names that are none."""
    with pytest.raises(WireError):
        parse_target(path, query)


@pytest.mark.parametrize(
    ("name", "route"),
    [
        ("btcusdt@bookTicker", "public"),
        ("!bookTicker", "public"),
        ("btcusdt@depth", "public"),
        ("btcusdt@depth20@100ms", "public"),
        ("btcusdt@rpiDepth@500ms", "public"),
        ("btcusdt@trade", "public"),
        ("btcusdt@aggTrade", "market"),
        ("btcusdt@markPrice@1s", "market"),
        ("!markPrice@arr", "market"),
        ("!miniTicker@arr", "market"),
        ("btcusdt@kline_1m", "market"),
        ("btcusdt_perpetual@continuousKline_1m", "market"),
        ("!contractInfo", "market"),
        ("tradingSession", "market"),
        (KEY, "private"),
        (f"{KEY}@ORDER_TRADE_UPDATE", "private"),
    ],
)
def test_every_stream_has_its_route(name: str, route: str) -> None:
    """WSS-024."""
    assert route_of(name) == route
    assert [other for other in ("public", "market", "private") if delivers(other, name)] == [route]
    assert delivers("", name)
