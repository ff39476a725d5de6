"""Whatever is sent, the REST door answers: no exception, a known status, JSON of the right form.

And an answer that says no has changed nothing.
"""

from functools import cache

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perpbox.wire.kinds import Choice, Decimal, Flag, JsonList, OneOfWhole, Whole
from perpbox.wire.params import Param
from perpbox.wire.route import Route
from perpbox.wire.routes import ROUTES
from tests.unit.errors.stage import untouched
from tests.unit.gateway.rest_box import KEY, NOW_MS, RestBox

READ_EXAMPLES = 20
WRITE_EXAMPLES = 60
STATUSES = {200, 400, 401, 404, 418, 429}
NASTY = st.sampled_from(
    [
        "", "0", "-0", "-1", "1", "2", "0.001", "0.01", "58000", "60000.1", "1e-8", "1e99", "NaN",
        "inf", "9" * 19, "9" * 400, "9223372036854775807", "9223372036854775808", "true", "FALSE",
        "null", "[]", "[1]", "[null]", "[[]]", "{}", '[{"symbol":"BTCUSDT"}]', "BTCUSDT", "btcusdt",
        "\x00", "\ud7ff", "币", "%", "&", "+", "a" * 300, "253402300799000", "1793491200000",
        "LIMIT", "MARKET", "GTC", "GTX", "GTD", "BUY", "SELL", "LONG", "QUEUE", "ISOLATED",
    ]
)  # fmt: skip
ELEMENTS = st.lists(
    st.dictionaries(
        st.sampled_from(
            ["symbol", "side", "type", "timeInForce", "quantity", "price", "origClientOrderId"]
        ),
        st.sampled_from(
            ["BTCUSDT", "BUY", "SELL", "LIMIT", "MARKET", "GTC", "0.01", "58000", "one"]
        ),
    )
    | st.integers(1, 9),
    min_size=1,
    max_size=6,
).map(lambda value: orjson.dumps(value).decode())
TEXT = st.text("aZ09 .-_:/\\\"'[]{}%&=+\x00\n\u00fc\u5e01\U0001f600", max_size=12)
LONG_NUMBERS = st.sampled_from([0, 1, 2, 5, 500, 2**53 + 1, 2**63 - 1])
TIMES = st.integers(NOW_MS - 10**7, NOW_MS + 10**7)


def liked(param: Param) -> st.SearchStrategy[str]:
    """Values that the route may take."""
    kind = param.kind
    if param.is_symbol or param.name == "pair":
        return st.sampled_from(["BTCUSDT", "ETHUSDT", "btcusdt"])
    if "Time" in param.name:
        return TIMES.map(str)
    if isinstance(kind, Choice):
        return st.sampled_from([str(word) for word in kind.words])
    if isinstance(kind, Flag):
        return st.sampled_from(["true", "false"])
    if isinstance(kind, OneOfWhole):
        return st.sampled_from([str(value) for value in kind.values])
    if isinstance(kind, Whole):
        return LONG_NUMBERS.map(str)
    if isinstance(kind, Decimal):
        prices = "price" in param.key
        low, high = (570_000, 630_000) if prices else (1, 200)
        return st.integers(low, high).map(lambda n: f"{n / 10:.1f}" if prices else f"{n / 1000}")
    if isinstance(kind, JsonList):
        return ELEMENTS
    return st.sampled_from(["one", "two", "USDT", "BTC"])


LIMIT = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
    "quantity": "0.010", "price": "58000",
}  # fmt: skip
STOP = {
    "algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET",
    "quantity": "0.010", "triggerPrice": "58000",
}  # fmt: skip
CHANGE = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.01", "price": "57000", "orderId": "1"}
TAKEN: dict[str, dict[str, str]] = {
    "POST /fapi/v1/order": LIMIT,
    "POST /fapi/v1/order/test": LIMIT,
    "POST /fapi/v1/batchOrders": {"batchOrders": orjson.dumps([LIMIT]).decode()},
    "PUT /fapi/v1/order": CHANGE,
    "PUT /fapi/v1/batchOrders": {"batchOrders": orjson.dumps([CHANGE]).decode()},
    "POST /fapi/v1/algoOrder": STOP,
    "POST /fapi/v1/leverage": {"symbol": "BTCUSDT", "leverage": "10"},
    "POST /fapi/v1/positionMargin": {"symbol": "BTCUSDT", "amount": "1", "type": "1"},
    "POST /fapi/v1/convert/getQuote": {
        "fromAsset": "USDT", "toAsset": "BTC", "fromAmount": "100",
    },
}  # fmt: skip
"""Requests that would be taken, or nearly, of rows that need more than is mandatory."""


def parameters(route: Route) -> st.SearchStrategy[dict[str, str]]:
    """A request that the row may take, with up to three parameters changed, added or left out."""
    taken = TAKEN.get(route.name)
    whole = (
        st.just(taken)
        if taken is not None
        else st.fixed_dictionaries({param.name: liked(param) for param in route.table.mandatory})
    )
    if not route.table.params:
        return whole

    def change(param: Param) -> st.SearchStrategy[tuple[str, str | None]]:
        good = liked(param)
        values = st.one_of(good, good, good, NASTY, TEXT, st.none())
        return st.tuples(st.just(param.name), values)

    changes = st.lists(st.sampled_from(route.table.params).flatmap(change), max_size=3)
    return st.builds(
        lambda base, over: {
            name: value for name, value in (base | dict(over)).items() if value is not None
        },
        whole,
        changes,
    )


@cache
def busy_box() -> RestBox:
    """A box with positions, orders of both kinds and a stream; one for all, as it comes."""
    box = RestBox(rate_limits=False)
    box.set_market("ETHUSDT", 3000)
    for side, price in (("BUY", "59000"), ("SELL", "61000")):
        box.place(side=side, price=price, newClientOrderId=side)
    box.place(type="MARKET", price=None, timeInForce=None)
    stop = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01"}
    box.call("POST", "/fapi/v1/algoOrder", **stop, type="STOP_MARKET", triggerPrice="58000")
    box.call("POST", "/fapi/v1/listenKey")
    return box


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_any_parameters_are_answered_and_a_refusal_changes_nothing(route: Route) -> None:
    """WIR-042, WIR-047, ORD-040: and a question changes nothing, whatever is answered."""
    box = busy_box()
    writes = route.method != "GET"
    seen = [untouched(box.state)]

    @settings(
        max_examples=WRITE_EXAMPLES if writes else READ_EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(parameters(route))
    def answered(sent: dict[str, str]) -> None:
        params: dict[str, object] = {
            name: text.encode("utf-8", "ignore").decode() for name, text in sent.items()
        }
        status, _, body = box.raw(route.method, route.path, box.signed_query(**params))
        assert status in STATUSES
        answer = orjson.loads(body)
        if status == 200:
            assert not any(box.state.ledger.total().values())
            if writes:
                seen[0] = untouched(box.state)
            return
        assert set(answer) == {"code", "msg"}
        assert answer["code"] < 0
        assert "%s" not in answer["msg"]
        assert not writes or untouched(box.state) == seen[0]

    answered()
    assert untouched(box.state) == seen[0]


BOX = RestBox(rate_limits=False)


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "X"]),
    st.sampled_from([*(route.path for route in ROUTES), "/", "", "/fapi", "/%00", "//docs"]),
    st.binary(max_size=60),
    st.binary(max_size=60),
    st.dictionaries(st.sampled_from([b"x-mbx-apikey"]), st.just(KEY.encode()) | st.binary()),
)
def test_any_bytes_are_answered(
    method: str, path: str, query: bytes, body: bytes, headers: dict[bytes, bytes]
) -> None:
    """WIR-042."""
    status, _, answer = BOX.raw(method, path, query, body=body, headers=headers)
    assert status in STATUSES
    assert orjson.loads(answer) is not None
