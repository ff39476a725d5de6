"""The WebSocket API answers over the rows, guards and counters of REST."""

import base64
from typing import Any

import orjson
import pytest

from perpbox.gateway.ws_api import WsSession
from perpbox.wire.auth import Hmac
from perpbox.wire.ws_api import METHODS, SESSION_METHODS
from tests.unit.gateway.rest_box import KEY, SECRET
from tests.unit.gateway.ws_api_box import ORDER, PEER, WsApiBox, payload
from tests.unit.gateway.ws_api_keys import ED25519_KEY, ED25519_PEM, RSA_PEM, rsa_signature

MISSING = "Mandatory parameter '{}' was not sent, was empty/null, or malformed."
BAD_KEY = (401, -2015, "Invalid API-key, IP, or permissions for action.")
BAD_SIGNATURE = (400, -1022, "Signature for this request is not valid.")


def weight_entry(count: int, limit: int = 2400) -> dict[str, object]:
    return {
        "rateLimitType": "REQUEST_WEIGHT",
        "interval": "MINUTE",
        "intervalNum": 1,
        "limit": limit,
        "count": count,
    }


def order_entries(in_10s: int, in_1m: int) -> list[dict[str, object]]:
    return [
        {
            "rateLimitType": "ORDERS",
            "interval": interval,
            "intervalNum": number,
            "limit": limit,
            "count": count,
        }
        for interval, number, limit, count in (
            ("SECOND", 10, 300, in_10s),
            ("MINUTE", 1, 1200, in_1m),
        )
    ]


def test_there_are_21_methods() -> None:
    """WSA-005."""
    assert len(METHODS) + len(SESSION_METHODS) == 21
    assert not METHODS.keys() & SESSION_METHODS.keys()


def test_a_text_that_is_no_request() -> None:
    """WSA-001: byte for byte, without rate limits, and without costing weight."""
    box = WsApiBox()
    assert box.session.handle("hello") == (
        b'{"id":null,"status":400,"error":{"code":-1000,"msg":"Invalid JSON request."}}'
    )
    assert box.send("session.status")["rateLimits"] == [weight_entry(7)]


@pytest.mark.parametrize("written", ["7", "1.50", '"a"', '"\\u00e9"', "null", "true", "[1, 2]"])
def test_the_id_comes_back_as_it_was_written(written: str) -> None:
    """WSA-002."""
    box = WsApiBox()
    for method in ("session.status", "nothing"):
        answer = box.session.handle(f'{{"id":{written},"method":"{method}"}}')
        assert answer.startswith(b'{"id":%s,"status":' % written.encode())


def test_unknown_methods() -> None:
    """WSA-007."""
    box = WsApiBox()
    told = {"code": -5000, "msg": "Method v2/depth is invalid"}
    assert box.send("v2/depth") == {"id": 7, "status": 400, "error": told}
    shown = box.send("x" * 5000)["error"]["msg"]
    assert shown == f"Method {'x' * 64} is invalid"
    assert box.send("v1/depth", {"symbol": "BTCUSDT"})["status"] == 200
    assert box.send("order.test")["error"]["code"] == -5000
    assert box.send("")["error"]["msg"] == "Method  is invalid"


MADE_UP = ("order.place", "order.modify", "userDataStream.start")
"""Methods whose answers hold something new each time."""


@pytest.mark.parametrize("name", sorted(set(METHODS) - set(MADE_UP)))
def test_every_method_answers_as_its_rest_endpoint(name: str) -> None:
    """WSA-005, WSA-008: also where the box does not have that endpoint."""
    values: dict[str, object] = {"symbol": "BTCUSDT", "orderId": 1, "limit": 5}
    told = []
    for is_rest in (True, False):
        box = WsApiBox()
        box.place()
        if is_rest:
            method, path = METHODS[name]
            told.append(box.call(method, path, **values))
        else:
            answer = box.ask(name, **values)
            told.append(answer["result"] if answer["status"] == 200 else answer["error"])
    assert told[0] == told[1]


def test_listen_keys() -> None:
    """WSA-016: the key is enough, and REST knows the same listen key."""
    box = WsApiBox()
    params = {"apiKey": KEY}
    assert box.error("userDataStream.ping", params)[1] == -1125
    started = box.send("userDataStream.start", params)
    listen_key = started["result"]
    assert started["rateLimits"] == [weight_entry(7)]
    assert box.send("userDataStream.ping", params)["result"] == listen_key
    assert box.call("POST", "/fapi/v1/listenKey") == listen_key
    assert box.send("userDataStream.stop", params)["result"] == {}
    assert box.error("userDataStream.ping", params)[1] == -1125
    assert box.error("userDataStream.start", {})[1] == -2014


def test_orders_live_and_die() -> None:
    """WSA-005: numbers and texts are both values."""
    box = WsApiBox()
    placed = box.ask("order.place", **{**ORDER, "quantity": 0.01, "price": 58000.0})["result"]
    assert (placed["status"], placed["price"], placed["origQty"]) == ("NEW", "58000.00", "0.010")
    named: dict[str, object] = {"symbol": "BTCUSDT", "orderId": placed["orderId"]}
    changed = box.ask("order.modify", **named, side="BUY", quantity="0.02", price=57000)["result"]
    assert (changed["orderId"], changed["origQty"]) == (placed["orderId"], "0.020")
    assert box.ask("order.status", **named)["result"]["price"] == "57000.00"
    by_text = {"symbol": "btcusdt", "orderId": str(placed["orderId"])}
    assert box.ask("order.cancel", **by_text)["result"]["status"] == "CANCELED"
    bought = box.ask(
        "order.place",
        symbol="BTCUSDT",
        side="BUY",
        type="MARKET",
        quantity="0.010",
        reduceOnly=False,
        newOrderRespType="RESULT",
    )["result"]
    assert bought["status"] == "FILLED"
    (position,) = box.ask("v2/account.position")["result"]
    assert position["positionAmt"] == "0.010"


def test_literal_tokens_are_what_is_signed() -> None:
    """WSA-004: 48500.0 and false, and parameters that no row knows."""
    box = WsApiBox()
    params = box.signed(**ORDER, stopLossPrice=48500.0, returnRateLimits=False)
    text = orjson.dumps({"id": 1, "method": "order.place", "params": params}).decode()
    assert '"stopLossPrice":48500.0' in text
    spoiled = text.replace("48500.0", "48500")
    assert box.text(spoiled)["error"]["code"] == -1022
    answer = box.text(text)
    assert answer["status"] == 200
    assert "rateLimits" not in answer


def test_signatures_of_all_kinds_of_keys() -> None:
    """WSA-003."""
    box = WsApiBox()
    box.keys.add_public_key("rsa", RSA_PEM, box.account_id)
    box.keys.add_public_key("ed", ED25519_PEM, box.account_id)
    for key, sign in (("rsa", rsa_signature), ("ed", ED25519_KEY.sign)):
        params: dict[str, object] = {"apiKey": key, "timestamp": box.box_ms}
        good = base64.b64encode(sign(payload(params))).decode()
        assert box.send("account.balance", {**params, "signature": good})["status"] == 200
        params["recvWindow"] = 1
        assert box.error("account.balance", {**params, "signature": good}) == BAD_SIGNATURE


def faulty(**params: object) -> dict[str, object]:
    signature = Hmac(SECRET.encode()).sign(payload(params)).decode()
    return {**params, "signature": signature}


def test_the_order_of_the_checks() -> None:
    """WSA-009: each request has all the faults of those below it."""
    box = WsApiBox()
    now_ms = box.box_ms
    other = "x" * 64
    bad: dict[str, object] = {"x": 1, "X": 2}
    rows: list[tuple[dict[str, object], tuple[int, int, str]]] = [
        (bad, (401, -2014, "API-key format invalid.")),
        ({**bad, "apiKey": ""}, (401, -2014, "API-key format invalid.")),
        ({**bad, "apiKey": None}, (401, -2014, "API-key format invalid.")),
        ({**bad, "apiKey": other}, (400, -1102, MISSING.format("timestamp"))),
        (
            {**bad, "apiKey": other, "timestamp": None, "signature": "?"},
            (400, -1102, MISSING.format("timestamp")),
        ),
        ({**bad, "apiKey": other, "timestamp": 1}, (400, -1102, MISSING.format("signature"))),
        ({**bad, "apiKey": other, "timestamp": 1, "signature": "?"}, BAD_KEY),
        ({**bad, "apiKey": KEY, "timestamp": 1, "signature": "?"}, BAD_SIGNATURE),
        (
            faulty(**bad, apiKey=KEY, timestamp=1),
            (400, -1021, "Timestamp for this request is outside of the recvWindow."),
        ),
        (
            faulty(**bad, apiKey=KEY, timestamp=now_ms),
            (400, -1101, "Too many parameters sent for this endpoint."),
        ),
        (faulty(apiKey=KEY, timestamp=str(now_ms)), (400, -1102, MISSING.format("symbol"))),
        (
            faulty(apiKey=KEY, timestamp=now_ms, symbol=None, side="BUY", type="LIMIT"),
            (400, -1102, MISSING.format("symbol")),
        ),
        (
            faulty(apiKey=KEY, timestamp=now_ms, **ORDER, reduceOnly=None),
            (400, -1105, "Parameter 'reduceonly' was empty."),
        ),
        (
            faulty(apiKey=KEY, timestamp=now_ms, **{**ORDER, "price": 58000.005}),
            (400, -1111, "Precision is over the maximum defined for this asset."),
        ),
    ]
    for params, told in rows:
        assert box.error("order.place", params) == told, params
    assert not box.state.accounts[box.account_id].open_orders


def test_public_methods_may_come_signed() -> None:
    """WSA-010: then the signature does not matter."""
    box = WsApiBox()
    signed = {"apiKey": "x", "timestamp": 1, "signature": "?", "symbol": "BTCUSDT", "limit": 5}
    assert len(box.send("depth", signed)["result"]["bids"]) == 5
    assert box.send("ticker.book", signed)["result"]["symbol"] == "BTCUSDT"


def test_rate_limits_by_method() -> None:
    """WSA-011."""
    box = WsApiBox()
    assert box.ask("account.balance")["rateLimits"] == [weight_entry(10)]
    nothing = weight_entry(-1, -1)
    assert box.ask("order.place", **ORDER)["rateLimits"] == [nothing, *order_entries(1, 1)]
    refused = box.ask("order.modify", symbol="BTCUSDT", orderId=99, side="BUY", quantity=1, price=1)
    assert refused["error"]["code"] == -2013
    assert refused["rateLimits"] == [nothing, *order_entries(2, 2)]
    unsigned = box.send("order.place", {**ORDER, "apiKey": KEY, "timestamp": box.box_ms})
    assert unsigned["rateLimits"] == [nothing]
    assert box.send("depth", {"symbol": "BTCUSDT"})["rateLimits"] == [weight_entry(11)]
    assert box.send("depth", {"symbol": "NOPE", "limit": 100})["rateLimits"] == [weight_entry(16)]
    assert box.send("ticker.book")["rateLimits"] == [weight_entry(21)]
    assert box.send("ticker.price")["rateLimits"] == [weight_entry(23)]


def test_counts_are_shared_with_rest_and_between_connections() -> None:
    """WSA-012: weight by address, orders by account."""
    box = WsApiBox()
    box.place()
    second = box.open()
    request = {"id": 1, "method": "order.place", "params": box.signed(**ORDER)}
    assert b'"limit":1200,"count":2}' in second.handle(orjson.dumps(request).decode())
    head = box.raw("GET", "/fapi/v1/time", peer=PEER)[1]
    assert head == b"X-MBX-USED-WEIGHT-1M: 11\r\n"


def test_rate_limits_can_be_hidden_and_shown() -> None:
    """WSA-013."""
    box = WsApiBox(query=b"timeUnit=ms&returnRateLimits=false")
    params: dict[str, object] = {"symbol": "BTCUSDT"}
    assert "rateLimits" not in box.send("depth", params)
    assert "rateLimits" not in box.send("depth", {})
    for shown in (True, "true", "TRUE"):
        assert "rateLimits" in box.send("depth", {**params, "returnRateLimits": shown})
    assert box.send("session.status")["result"]["returnRateLimits"] is False
    box = WsApiBox()
    for hidden in (False, "false"):
        assert "rateLimits" not in box.send("depth", {**params, "returnRateLimits": hidden})
    assert "rateLimits" in box.send("depth", {**params, "returnRateLimits": "perhaps"})
    assert box.send("session.status", {"returnRateLimits": False})["result"]["returnRateLimits"]


def test_too_much_weight() -> None:
    """WSA-014: the answer says until when, and a new connection is refused as well."""
    box = WsApiBox()
    answer: dict[str, Any] = {}
    for _ in range(121):
        answer = box.send("depth", {"symbol": "BTCUSDT", "limit": 1000})
    assert (answer["status"], answer["error"]["code"]) == (429, -1003)
    now_ms = box.wall_ms
    until_ms = now_ms - now_ms % 60_000 + 60_000
    assert answer["error"]["data"] == {"serverTime": now_ms, "retryAfter": until_ms}
    refusal = box.ws_api.open(b"", PEER)
    assert not isinstance(refusal, WsSession)
    assert refusal[0] == 429
    assert refusal[1].startswith(b"Retry-After: ")
    assert orjson.loads(refusal[2])["code"] == -1003


def test_too_many_orders() -> None:
    """WSA-014."""
    box = WsApiBox()
    params = box.signed()
    for _ in range(300):
        assert box.error("order.place", params)[1] == -1102
    answer = box.send("order.place", params)
    assert (answer["status"], answer["error"]["code"]) == (429, -1015)
    assert answer["error"]["data"]["retryAfter"] > answer["error"]["data"]["serverTime"]


def test_refusals_change_nothing() -> None:
    """WSA-015."""
    box = WsApiBox()
    before = box.state.seq
    for method in (*METHODS, *SESSION_METHODS):
        box.send(method, {"symbol": "NOPE", "timestamp": 1})
    box.send("order.place", {**box.signed(**ORDER), "price": "1"})
    assert box.state.seq == before
