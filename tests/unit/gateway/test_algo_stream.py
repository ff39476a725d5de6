"""What the user-data stream tells of conditional orders."""

import orjson
import pytest

from perpbox.engine.commands import Command, StreetTrade
from perpbox.engine.events import Event
from perpbox.gateway.user_streams import UserStreams
from perpbox.money import SCALE, Price, Qty
from tests.unit.gateway.rest_box import RestBox

PATH = "/fapi/v1/algoOrder"
STOP: dict[str, object] = {
    "algoType": "CONDITIONAL",
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "STOP_MARKET",
    "quantity": "0.01",
    "triggerPrice": "59000",
    "clientAlgoId": "guard",
}


class Listener:
    """A hub with one listener who keeps what it gets."""

    def __init__(self) -> None:
        self.frames: list[dict[str, object]] = []

    def has(self, name: str) -> bool:
        return "@" not in name

    def publish_event(self, key: str, kind: str, payload: bytes) -> None:
        assert key
        frame = orjson.loads(payload)
        assert frame["e"] == kind
        self.frames.append(frame)

    def hurry(self, key: str) -> None:
        assert key


class ToldBox(RestBox):
    """A box whose only account listens."""

    def __init__(self, api_date: str = "2026-11-01") -> None:
        self.listener = Listener()
        self.streams: UserStreams | None = None
        super().__init__(api_date)
        self.streams = UserStreams(self, self.listener)
        self.raw("POST", "/fapi/v1/listenKey")
        self.trade(60_000)

    def submit(self, command: Command) -> list[Event]:
        events = super().submit(command)
        if self.streams is not None:
            self.streams.after(self.state.seq, self.box_ms, command, events)
        return events

    def trade(self, at: int) -> list[str]:
        """A print, and what is told of it."""
        self.listener.frames.clear()
        quantity = Qty(SCALE // 1000)
        self.submit(StreetTrade("BTCUSDT", Price(at * SCALE), quantity, buyer_is_maker=True))
        return self.told()

    def told(self) -> list[str]:
        return [word(frame) for frame in self.listener.frames]


def order(frame: dict[str, object]) -> dict[str, object]:
    found = frame["o"]
    assert isinstance(found, dict)
    return found


def word(frame: dict[str, object]) -> str:
    """Kind of an event, with the status of a conditional order or the step of an order."""
    kind = str(frame["e"])
    if kind == "ALGO_UPDATE":
        return str(order(frame)["X"])
    return str(order(frame)["x"]) if kind == "ORDER_TRADE_UPDATE" else kind


def test_a_stop_from_placement_to_its_fill() -> None:
    """ALG-041: the child's events between TRIGGERING and TRIGGERED, then FINISHED."""
    box = ToldBox()
    box.row("POST", PATH, **STOP)
    (placed,) = box.listener.frames
    assert order(placed)["X"] == "NEW"
    assert list(order(placed))[-3:] == ["tt", "gtd", "ia"]
    assert not {"ap", "aq", "act", "rm"} & order(placed).keys()
    assert box.trade(59_000) == [
        "TRIGGERING", "TRADE_LITE", "NEW", "ACCOUNT_UPDATE", "TRADE", "TRIGGERED", "FINISHED",
    ]  # fmt: skip
    frames = box.listener.frames
    child, finished = order(frames[4]), order(frames[6])
    assert (child["c"], child["o"], child["ot"], child["sp"]) == (
        "guard", "MARKET", "STOP_MARKET", "59000",
    )  # fmt: skip
    assert (finished["ai"], finished["aq"]) == (str(child["i"]), "0.01")
    assert finished["ap"] == child["ap"] != "0"


def test_a_stop_that_is_canceled() -> None:
    """ALG-041."""
    box = ToldBox()
    box.row("POST", PATH, **STOP)
    box.row("DELETE", PATH, clientAlgoId="guard")
    assert box.told() == ["NEW", "CANCELED"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reduceOnly": "true"}, "Reduce Only reject"),
        ({"quantity": "100"}, "Margin is insufficient."),
    ],
)
def test_a_child_that_is_refused_says_why(changes: dict[str, object], reason: str) -> None:
    """ALG-007, ALG-042."""
    box = ToldBox()
    box.row("POST", PATH, **STOP | changes)
    assert box.trade(59_000) == ["TRIGGERING", "REJECTED"]
    assert order(box.listener.frames[-1])["rm"] == reason


def test_expiry_with_the_position() -> None:
    """ALG-012, ALG-041: told after what closed the position."""
    box = ToldBox()
    box.place(type="MARKET", price=None, timeInForce=None)
    box.row("POST", PATH, **STOP | {"timeInForce": "GTE_GTC"})
    box.listener.frames.clear()
    box.place(type="MARKET", price=None, timeInForce=None, side="SELL")
    assert box.told()[-2:] == ["TRADE", "EXPIRED"]


def test_a_trailing_order_tells_its_activation() -> None:
    """ALG-021: NEW twice, ``ia`` false and true."""
    box = ToldBox()
    terms = {key: value for key, value in STOP.items() if key != "triggerPrice"}
    terms |= {"type": "TRAILING_STOP_MARKET", "callbackRate": "1", "activatePrice": "61000"}
    box.row("POST", PATH, **terms)
    first = order(box.listener.frames[-1])["ia"]
    assert box.trade(61_000) == ["NEW"]
    assert (first, order(box.listener.frames[-1])["ia"]) == (False, True)


def test_a_closing_order_shows_as_reduce_only() -> None:
    """ALG-010: with quantity 0 while it waits."""
    box = ToldBox()
    terms = {key: value for key, value in STOP.items() if key != "quantity"}
    box.row("POST", PATH, **terms, closePosition="true")
    told = order(box.listener.frames[-1])
    assert (told["cp"], told["R"], told["q"]) == (True, True, "0")
