"""countdownCancelAll: a dead man's switch on the wall's clock or the box's."""

import pytest

from perpbox.box import Box
from perpbox.engine.commands import CancelAllOrders
from perpbox.genesis import DEMO_KEY, DEMO_SECRET
from perpbox.wire.auth import Hmac
from tests.unit.gateway.rest_box import RestBox

PATH = "/fapi/v1/countdownCancelAll"
BTC: dict[str, object] = {"symbol": "BTCUSDT"}


class Wall:
    """A wall clock that a test moves."""

    def __init__(self) -> None:
        self.now_ms = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now_ms


def call(box: Box, method: str, path: str, text: str) -> bytes:
    query = f"{text}&timestamp={box.desk.now_ms()}".encode()
    query += b"&signature=" + Hmac(DEMO_SECRET.encode()).sign(query)
    status, _, body = box.handle(method, path, query, {b"x-mbx-apikey": DEMO_KEY.encode()})
    assert status == 200, body
    return body


def place(box: Box, symbol: str) -> None:
    call(
        box, "POST", "/fapi/v1/order",
        f"symbol={symbol}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=990",
    )  # fmt: skip


def opened(clock: str, wall: Wall) -> Box:
    box = Box(
        market="none", clock="frozen", symbols=["BTCUSDT", "ETHUSDT"], countdowns=clock,
        wall_ms=wall, record=True,
    )  # fmt: skip
    for symbol in ("BTCUSDT", "ETHUSDT"):
        box.set_price(symbol, 1000)
        place(box, symbol)
    return box


def open_symbols(box: Box) -> list[str]:
    return [order.symbol for order in box.views.orders.open(1)]


def test_the_wall_clock_ends_a_countdown() -> None:
    """WIR-410: the orders of that symbol go, by a command; box time has no part in it."""
    wall = Wall()
    box = opened("wall", wall)
    answer = call(box, "POST", PATH, "symbol=BTCUSDT&countdownTime=5000")
    assert answer == b'{"symbol":"BTCUSDT","countdownTime":"5000"}'
    box.advance(hours=1)
    wall.now_ms += 4_999
    box.desk.tick()
    assert open_symbols(box) == ["BTCUSDT", "ETHUSDT"]
    wall.now_ms += 1
    box.desk.tick()
    assert open_symbols(box) == ["ETHUSDT"]
    assert box.log[-1][1] == CancelAllOrders(1, "BTCUSDT")
    box.desk.tick()
    assert len(box.desk.errands.countdowns) == 0


def test_a_call_in_time_begins_anew_and_zero_ends_it() -> None:
    """WIR-410."""
    wall = Wall()
    box = opened("wall", wall)
    call(box, "POST", PATH, "symbol=BTCUSDT&countdownTime=5000")
    wall.now_ms += 4_000
    call(box, "POST", PATH, "symbol=BTCUSDT&countdownTime=5000")
    wall.now_ms += 4_000
    box.desk.tick()
    call(box, "POST", PATH, "symbol=BTCUSDT&countdownTime=0")
    wall.now_ms += 10_000
    box.desk.tick()
    assert open_symbols(box) == ["BTCUSDT", "ETHUSDT"]


def test_box_time_ends_a_countdown_at_its_moment() -> None:
    """WIR-411: inside of an advance, at the stamp at which it is over."""
    wall = Wall()
    box = opened("box", wall)
    start_ms = box.desk.now_ms()
    call(box, "POST", PATH, "symbol=BTCUSDT&countdownTime=30000")
    call(box, "POST", PATH, "symbol=ETHUSDT&countdownTime=7200000")
    wall.now_ms += 60_000
    box.desk.tick()
    assert open_symbols(box) == ["BTCUSDT", "ETHUSDT"]
    box.advance(hours=1)
    assert open_symbols(box) == ["ETHUSDT"]
    assert (start_ms + 30_000, CancelAllOrders(1, "BTCUSDT")) in box.log
    box.reset()
    assert len(box.desk.errands.countdowns) == 0


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, -1102),
        ({"countdownTime": "soon"}, -1102),
        ({"countdownTime": -1}, -1130),
        ({"countdownTime": 1000, "symbol": "PEPPER"}, -1121),
    ],
)
def test_countdowns_that_are_refused(params: dict[str, object], expected: int) -> None:
    """WIR-410: nothing begins."""
    box = RestBox()
    assert box.row("POST", PATH, **{**BTC, **params})["code"] == expected
    assert len(box.errands.countdowns) == 0
