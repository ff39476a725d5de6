"""Refusals before anything is looked up: paths, keys, signatures, times, parameters, limits."""

import base64

import pytest

from perpbox.wire.limits import ORDERS_PER_10S_MAX, REFUSED_BEFORE_BAN_MAX
from tests.unit.errors.stage import (
    BTC,
    ORDER,
    Case,
    check,
    limit,
    name_of,
    public,
    raw,
    signed,
)
from tests.unit.gateway.rest_box import KEY, NOW_MS, RestBox
from tests.unit.gateway.ws_api_box import WsApiBox, payload
from tests.unit.gateway.ws_api_keys import RSA_PEM, rsa_signature

GOOD_KEY = {b"x-mbx-apikey": KEY.encode()}
OTHER_KEY = {b"x-mbx-apikey": b"x" * 64}
ENCODING = "UTF-8 in percent-encoding"
AHEAD = "Timestamp for this request was 1000ms ahead of the server's time."


def minute_is_used_up(box: RestBox) -> None:
    box.limits.weigh("127.0.0.1", 2400, box.wall_ms)


def banned(box: RestBox) -> None:
    minute_is_used_up(box)
    for _ in range(REFUSED_BEFORE_BAN_MAX + 1):
        box.raw("GET", "/fapi/v1/ping")


def orders_are_used_up(box: RestBox) -> None:
    for _ in range(ORDERS_PER_10S_MAX):
        box.limits.count_orders(str(box.account_id), 1, 1, box.wall_ms)


CASES = [
    Case(-5000, "an unknown path", public("/fapi/v9/order"), values=("/fapi/v9/order", "GET")),
    Case(-5000, "a wrong method", raw("PATCH", ORDER, "", {}), values=(ORDER, "PATCH")),
    Case(-2014, "no key", raw("GET", ORDER, "", {})),
    Case(-2014, "a key of 300 characters", raw("GET", ORDER, "", {b"x-mbx-apikey": b"k" * 300})),
    Case(-2015, "an unknown key", raw("GET", ORDER, "timestamp=1&signature=0", OTHER_KEY)),
    Case(-1102, "no timestamp", raw("GET", ORDER, "signature=0", GOOD_KEY), values=("timestamp",)),
    Case(
        -1102,
        "a timestamp with a fraction",
        raw("GET", ORDER, "timestamp=1.5", GOOD_KEY),
        values=("timestamp",),
    ),
    Case(-1102, "no signature", raw("GET", ORDER, "timestamp=1", GOOD_KEY), values=("signature",)),
    Case(
        -1022,
        "a signature of something else",
        raw("GET", ORDER, "timestamp=1&signature=0", GOOD_KEY),
    ),
    Case(-1021, "a timestamp too old", signed("GET", ORDER, timestamp=NOW_MS - 5001)),
    Case(-1021, "a timestamp ahead", signed("GET", ORDER, timestamp=NOW_MS + 1000), msg=AHEAD),
    Case(-1130, "a window below zero", signed("GET", ORDER, recvWindow=-1), values=("recvwindow",)),
    Case(
        -1100,
        "a broken percent-encoding",
        raw("GET", ORDER, "symbol=%zz"),
        values=("symbol", ENCODING),
    ),
    Case(
        -1100,
        "a control character",
        signed("GET", ORDER, symbol=BTC, origClientOrderId="\t"),
        values=("origclientorderid", "printable text"),
    ),
    Case(-1101, "a name twice", raw("GET", ORDER, f"symbol={BTC}&SYMBOL={BTC}")),
    Case(-1101, "300 parameters", public("/fapi/v1/time", **{f"p{n}": 1 for n in range(300)})),
    Case(-1102, "a mandatory parameter left out", signed("GET", ORDER), values=("symbol",)),
    Case(
        -1102,
        "a mandatory parameter left empty",
        signed("GET", ORDER, symbol=""),
        values=("symbol",),
    ),
    Case(
        -1105,
        "an optional parameter left empty",
        signed("GET", ORDER, symbol=BTC, orderId=""),
        values=("orderid",),
    ),
    Case(-1121, "an unknown symbol", public("/fapi/v1/depth", symbol="NOPE")),
    Case(
        -1130,
        "a word for a number",
        signed("GET", ORDER, symbol=BTC, orderId="one"),
        values=("orderid",),
    ),
    Case(
        -1130,
        "a limit above the greatest",
        public("/fapi/v1/klines", symbol=BTC, interval="1m", limit=1501),
        values=("limit",),
    ),
    Case(
        -1003,
        "more weight than a minute has",
        public("/fapi/v1/time"),
        minute_is_used_up,
        ("127.0.0.1",),
    ),
    Case(
        -1003,
        "an address that went on",
        public("/fapi/v1/time"),
        banned,
        status=418,
        msg=f"Way too many requests; IP(127.0.0.1) banned until {NOW_MS + 120_000}. "
        "Please use the websocket for live updates to avoid bans.",
    ),
    Case(
        -1015,
        "more orders than ten seconds have",
        limit(),
        orders_are_used_up,
        ("300", "10 SECOND"),
    ),
]

SESSION_CASES = [
    (-1000, "what is not JSON", "not json", "Invalid JSON request."),
    (-1000, "an array", "[]", "Invalid JSON request."),
    (-5000, "an unknown method", '{"id":1,"method":"guess"}', "Method guess is invalid"),
    (-2014, "no key", '{"id":1,"method":"account.balance"}', "API-key format invalid."),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_requests_are_refused_by_the_book(case: Case) -> None:
    """ERR-001."""
    check(case)


@pytest.mark.parametrize(("code", "fault", "text", "msg"), SESSION_CASES)
def test_sessions_are_refused_by_the_book(code: int, fault: str, text: str, msg: str) -> None:
    """ERR-001, WSA-001."""
    told = WsApiBox().text(text)
    assert told["error"] == {"code": code, "msg": msg}, fault


def test_only_some_keys_log_on() -> None:
    """ERR-001, WSA-023: -4056; an RSA key is told the text of the catalogue."""
    box = WsApiBox()
    box.keys.add_public_key("rsa", RSA_PEM, box.account_id)
    params: dict[str, object] = {"apiKey": "rsa", "timestamp": box.box_ms}
    params["signature"] = base64.b64encode(rsa_signature(payload(params))).decode()
    assert box.error("session.logon", params) == (400, -4056, "Invalid api key type.")
