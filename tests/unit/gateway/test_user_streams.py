"""The key of the user-data stream over REST, and the stream itself over real sockets."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from perpbox.box import Box
from perpbox.engine.commands import PlaceOrder
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.gateway.keys import LISTEN_KEY_LENGTH
from perpbox.gateway.user_streams import UserStreams
from perpbox.gateway.ws.hub import Hub
from perpbox.lab.wishes import OpenedAccount
from perpbox.money import SCALE, Price, Qty
from perpbox.wire.streams.listen_keys import LIFE_MS
from tests.live import Live
from tests.unit.gateway.rest_box import KEY, RestBox

PATH = "/fapi/v1/listenKey"
WAIT_S = 5.0
SILENCE_S = 0.2


def key_of(answer: tuple[int, bytes, bytes]) -> str:
    status, _, body = answer
    assert status == 200, body
    key = orjson.loads(body)["listenKey"]
    assert isinstance(key, str)
    return key


def code_of(answer: tuple[int, bytes, bytes]) -> tuple[int, int]:
    status, _, body = answer
    return status, orjson.loads(body)["code"]


def test_post_gives_the_live_key_again() -> None:
    """USR-001."""
    box = RestBox()
    key = key_of(box.raw("POST", PATH))
    assert len(key) == LISTEN_KEY_LENGTH
    assert key.isalnum()
    box.wall_ms += LIFE_MS - 1
    assert key_of(box.raw("POST", PATH)) == key
    box.wall_ms += LIFE_MS - 1
    assert key_of(box.raw("PUT", PATH)) == key
    box.wall_ms += LIFE_MS
    assert key_of(box.raw("POST", PATH)) != key


def test_put_and_delete_need_a_live_key() -> None:
    """USR-002."""
    box = RestBox()
    assert code_of(box.raw("PUT", PATH)) == (400, -1125)
    assert code_of(box.raw("DELETE", PATH)) == (400, -1125)
    box.raw("POST", PATH)
    assert box.raw("DELETE", PATH)[2] == b"{}"
    assert code_of(box.raw("PUT", PATH)) == (400, -1125)


def test_only_the_key_header_is_needed() -> None:
    """USR-003: whatever else is sent is not looked at."""
    box = RestBox()
    assert code_of(box.raw("POST", PATH, headers={})) == (401, -2014)
    assert code_of(box.raw("POST", PATH, headers={b"x-mbx-apikey": b"unknown"})) == (401, -2015)
    status, head, _ = box.raw("POST", PATH, b"timestamp=1&signature=no&recvWindow=x")
    assert status == 200
    assert head == b"X-MBX-USED-WEIGHT-1M: 3\r\n"
    headers = {b"x-mbx-apikey": KEY.encode(), b"content-type": b"application/json"}
    assert key_of(box.raw("PUT", PATH, b"listenKey=another", headers=headers))
    assert box.raw("DELETE", PATH, body=b"listenKey=another&signature=")[0] == 200


class Wall:
    """A wall clock to turn."""

    def __init__(self) -> None:
        self.now_ms = 1_793_491_200_000

    def __call__(self) -> int:
        return self.now_ms


class Trader:
    """An account of a served box, its key, and its sockets."""

    def __init__(self, box: Box, account: OpenedAccount) -> None:
        self.box = box
        self.rest = Live(box.url, account.key, account.secret, box.desk.now_ms())
        self.account_id = account.account_id

    def listen_key(self, method: str = "POST") -> str:
        status, body = self.rest.call(method, PATH)
        assert status == 200, body
        return str(body["listenKey"])

    def order(self, **terms: str) -> None:
        status, body = self.rest.signed("POST", "/fapi/v1/order", symbol="BTCUSDT", **terms)
        assert status == 200, body

    @contextmanager
    def socket(self, path: str) -> Iterator[ClientConnection]:
        with connect(self.box.ws_url + path) as socket:
            yield socket


def said(socket: ClientConnection) -> dict[str, object]:
    event: dict[str, object] = orjson.loads(socket.recv(timeout=WAIT_S))
    return event


def is_silent(socket: ClientConnection) -> bool:
    try:
        socket.recv(timeout=SILENCE_S)
    except TimeoutError:
        return True
    except ConnectionClosed:
        return False
    return False


@pytest.fixture
def trader() -> Iterator[Trader]:
    with Box(market="none", clock="frozen", symbols=["BTCUSDT"], wall_ms=Wall()) as box:
        box.set_price("BTCUSDT", 60_000)
        yield Trader(box, box.account(usdt=10_000))


def wall_of(trader: Trader) -> Wall:
    wall = trader.box.desk.listen_keys.now_ms
    assert isinstance(wall, Wall)
    return wall


def test_all_connections_of_a_key_get_all(trader: Trader) -> None:
    """USR-006: in every form, and under the name of the key."""
    key = trader.listen_key()
    with (
        trader.socket(f"/private/ws?listenKey={key}") as first,
        trader.socket(f"/ws/{key}") as second,
        trader.socket(f"/private/stream?listenKey={key}") as third,
        trader.socket(f"/private/ws?listenKey={key}&events=ACCOUNT_UPDATE/TRADE_LITE") as some,
        trader.socket(f"/private/stream?listenKey={key}&events=ACCOUNT_UPDATE") as updates,
    ):
        trader.order(side="BUY", type="MARKET", quantity="0.1")
        kinds = ["TRADE_LITE", "ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"]
        events = [said(first) for _ in kinds]
        assert [event["e"] for event in events] == kinds
        assert [said(second) for _ in kinds] == events
        assert [said(third) for _ in kinds] == [{"stream": key, "data": each} for each in events]
        assert [said(some) for _ in range(2)] == [events[0], events[2]]
        assert said(updates) == {"stream": key, "data": events[2]}
        assert is_silent(updates)


def test_nobody_hears_another_account(trader: Trader) -> None:
    """USR-006."""
    key = trader.listen_key()
    other = Trader(trader.box, trader.box.account(usdt=10_000))
    with trader.socket(f"/private/ws/{key}") as own:
        other.order(side="BUY", type="MARKET", quantity="0.1")
        trader.box.deposit(other.account_id, 5)
        assert is_silent(own)
        trader.box.deposit(trader.account_id, 5)
        assert said(own)["e"] == "ACCOUNT_UPDATE"


def test_an_expired_key_says_so_and_falls_silent(trader: Trader) -> None:
    """USR-005, USR-004: the socket stays open, for it hears of the next key if it asks to."""
    key = trader.listen_key()
    with trader.socket(f"/private/ws/{key}") as socket:
        trader.box.deposit(trader.account_id, 1)
        assert said(socket)["e"] == "ACCOUNT_UPDATE"
        wall_of(trader).now_ms += LIFE_MS
        assert said(socket) == {
            "e": "listenKeyExpired",
            "E": trader.box.desk.now_ms(),
            "listenKey": key,
        }
        trader.box.deposit(trader.account_id, 1)
        assert is_silent(socket)
        assert trader.rest.call("PUT", PATH)[1]["code"] == -1125
        following = trader.listen_key()
        assert following != key
        socket.send(orjson.dumps({"method": "SUBSCRIBE", "params": [following], "id": 1}).decode())
        assert said(socket) == {"result": None, "id": 1}
        trader.box.deposit(trader.account_id, 1)
        assert said(socket)["e"] == "ACCOUNT_UPDATE"


def test_a_closed_key_falls_silent(trader: Trader) -> None:
    """USR-002."""
    key = trader.listen_key()
    with trader.socket(f"/private/ws/{key}") as socket:
        assert trader.rest.call("DELETE", PATH) == (200, {})
        trader.box.deposit(trader.account_id, 1)
        assert is_silent(socket)


def test_a_reset_ends_every_key(trader: Trader) -> None:
    """USR-008."""
    key = trader.listen_key()
    with trader.socket(f"/private/ws/{key}") as socket:
        trader.box.reset()
        assert len(trader.box.desk.listen_keys) == 0
        account = trader.box.account(usdt=10)
        assert account.account_id == trader.account_id
        trader.box.deposit(account.account_id, 1)
        assert is_silent(socket)


def test_keys_can_live_on_box_time() -> None:
    """USR-004."""
    with Box(market="none", clock="frozen", symbols=["BTCUSDT"], listen_keys="box") as box:
        trader = Trader(box, box.account(usdt=10_000))
        key = trader.listen_key()
        with trader.socket(f"/private/ws/{key}") as socket:
            box.advance(minutes=59)
            assert trader.listen_key("PUT") == key
            box.advance(minutes=59)
            assert trader.listen_key("PUT") == key
            box.advance(hours=1)
            assert said(socket)["e"] == "listenKeyExpired"


class Listener:
    """A connection that notes when it gets a frame and when it writes."""

    form = 0

    def __init__(self) -> None:
        self.steps: list[str] = []

    def put(self, ready: bytes) -> bool:
        assert ready
        self.steps.append("queued")
        return True

    def flush(self) -> None:
        self.steps.append("written")


def test_events_are_written_before_the_answer() -> None:
    """USR-007: what a command caused has left when its answer is made; one write for all of it."""
    box = Box(market="none", clock="frozen", symbols=["BTCUSDT"])
    box.set_price("BTCUSDT", 60_000)
    next_turn: list[Callable[[], None]] = []
    hub, listener = Hub(soon=next_turn.append), Listener()
    box.desk.observers.append(UserStreams(box.desk, hub).after)
    account = box.account(usdt=10_000)
    headers = {b"x-mbx-apikey": account.key.encode()}
    key = key_of(box.handle("POST", PATH, headers=headers))
    hub.subscribe(listener, key)
    box.submit(
        PlaceOrder(
            account.account_id,
            "BTCUSDT",
            Side.BUY,
            PositionSide.BOTH,
            OrderType.MARKET,
            TimeInForce.GTC,
            Qty(SCALE // 10),
            Price(0),
            False,
            "mine",
        )
    )
    assert listener.steps == ["queued"] * 4 + ["written"]
    box.handle("DELETE", PATH, headers=headers)
    box.deposit(account.account_id, 5)
    assert len(listener.steps) == 5
