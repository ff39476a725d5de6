"""Answers of the WebSocket API, recorded on the real venue or shown on its pages."""

import re
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest

from perpbox.engine.algo_orders import FIRST_ALGO_ID
from perpbox.wire.errors import WireError
from perpbox.wire.routes import ROUTES
from perpbox.wire.ws_api import METHODS, SESSION_METHODS, answered, rate_limits, refused
from tests.unit.gateway.test_ws_api_session import LoggedOnBox
from tests.unit.gateway.ws_api_box import ORDER, WsApiBox


class Answer(msgspec.Struct):
    """One answer; ``api_date`` is that of a box that should give it. Keys and ids are masked."""

    method: str
    date: str
    source: str
    api_date: str
    reply: dict[str, Any]


ANSWERS = msgspec.json.decode(
    (Path(__file__).parent / "answers.json").read_bytes(), type=list[Answer]
)
RESULTS = [each for each in ANSWERS if each.reply["status"] == 200]
RECORDED = [each for each in ANSWERS if each.source == "recorded, production"]
SERVED = {(route.method, route.path) for route in ROUTES}
NUMBER = re.compile(r"-?\d+(?:\.(\d+))?")


def name(answer: Answer) -> str:
    return f"{answer.method or 'none'}-{answer.reply['status']}-{answer.date}"


def counted(reply: dict[str, Any]) -> bytes:
    """The rate limits of an answer, written from the counts in it."""
    counts = [entry["count"] for entry in reply.get("rateLimits", ())]
    if not counts:
        return b""
    return rate_limits(counts[0], (counts[1], counts[2]) if len(counts) > 1 else None)


@pytest.mark.parametrize("answer", RECORDED, ids=name)
def test_recorded_envelopes(answer: Answer) -> None:
    """WSA-017: byte for byte, rate limits and errors included."""
    reply = answer.reply
    request_id = orjson.dumps(reply["id"])
    if "error" in reply:
        error = WireError(reply["status"], reply["error"]["code"], reply["error"]["msg"])
        written = refused(request_id, error, 0, counted(reply))
    else:
        written = answered(request_id, orjson.dumps(reply["result"]), counted(reply))
    assert written == orjson.dumps(reply)


def test_every_method_has_a_sample() -> None:
    """WSA-017."""
    assert {each.method for each in RESULTS} == METHODS.keys() | SESSION_METHODS.keys()


TAKE_PROFIT: dict[str, object] = {
    "algoType": "CONDITIONAL",
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "TAKE_PROFIT",
    "quantity": "0.010",
    "price": "62000",
    "triggerPrice": "61500",
    "timeInForce": "GTC",
    "newOrderRespType": "RESULT",
}


def prepared(answer: Answer) -> WsApiBox:
    """A box in which the method has something to tell."""
    box = WsApiBox(answer.api_date)
    if answer.method in ("order.modify", "order.cancel", "order.status"):
        box.place()
    if answer.method.startswith("v2/account"):
        box.call("POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity=1)
    return box


def told(answer: Answer) -> dict[str, Any]:
    """What a box answers to the same method."""
    if answer.method in SESSION_METHODS:
        logged_on = LoggedOnBox()
        return (
            logged_on.log_on()
            if answer.method == "session.logon"
            else logged_on.send(answer.method, {"returnRateLimits": "rateLimits" in answer.reply})
        )
    box = prepared(answer)
    if answer.method.startswith("userDataStream."):
        box.ask("userDataStream.start")
        return box.ask(answer.method)
    params: dict[str, object] = {"symbol": "BTCUSDT"}
    if answer.method == "order.place":
        params = ORDER
    elif answer.method == "order.modify":
        params |= {"orderId": 1, "side": "BUY", "quantity": "0.020", "price": "57000"}
    elif answer.method == "algoOrder.place":
        params = TAKE_PROFIT
    elif answer.method == "algoOrder.cancel":
        box.call("POST", "/fapi/v1/algoOrder", **TAKE_PROFIT)
        params = {"algoId": FIRST_ALGO_ID}
    elif answer.method.startswith("order."):
        params |= {"orderId": 1}
    elif answer.method.startswith("ticker.") and isinstance(answer.reply["result"], list):
        params = {}
    return box.ask(answer.method, **params)


def form(value: object, *, decimals: bool) -> object:
    """Types and keys in their order; of lists the first element; decimals of numbers in texts."""
    if isinstance(value, dict):
        return [(key, form(each, decimals=decimals)) for key, each in value.items()]
    if isinstance(value, list):
        return [form(value[0], decimals=decimals)] if value else []
    if isinstance(value, str) and decimals:
        match = NUMBER.fullmatch(value)
        return "str" if match is None else f"decimal {len(match[1] or '')}"
    return type(value).__name__


def without_stale_keys(answer: Answer) -> Any:
    """The page shows marginAvailable where the recorded REST answer of the same row has none."""
    result = answer.reply["result"]
    if answer.method == "v2/account.status":
        for row in result["assets"]:
            row.pop("marginAvailable", None)
    return result


def sorted_form(value: object) -> object:
    """As above, in any order of keys."""
    if isinstance(value, dict):
        return sorted((key, repr(sorted_form(each))) for key, each in value.items())
    if isinstance(value, list):
        return [sorted_form(value[0])] if value else []
    return type(value).__name__


@pytest.mark.parametrize(
    "answer",
    [each for each in RESULTS if METHODS.get(each.method) in SERVED | {None}],
    ids=name,
)
def test_results_have_the_keys_and_types_of_the_samples(answer: Answer) -> None:
    """WSA-017: recorded ones in their order, those of pages in any; orders to the decimals."""
    told_now = told(answer)
    assert told_now["status"] == 200
    if answer.source.startswith("recorded"):
        exact = answer.method.startswith("order.") and answer.reply["result"]["symbol"] == "BTCUSDT"
        expected = form(answer.reply["result"], decimals=exact)
        assert form(told_now["result"], decimals=exact) == expected
    else:
        assert sorted_form(told_now["result"]) == sorted_form(without_stale_keys(answer))
