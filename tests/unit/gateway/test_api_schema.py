"""What the box answers fits the document that describes it."""

import jsonschema_rs
import orjson
import pytest

from perpbox.engine.commands import StreetTrade
from perpbox.money import SCALE, Price, Qty
from perpbox.wire.downloads import FIRST_ID
from perpbox.wire.openapi import document
from perpbox.wire.route import Route
from perpbox.wire.routes import ROUTES
from tests.unit.gateway.rest_box import NOW_MS, RestBox

DOCUMENT = document(ROUTES)
OPEN: dict[str, object] = {"symbol": "BTCUSDT", "origClientOrderId": "open"}
ELEMENT: dict[str, object] = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "57000",
}
CHANGED: dict[str, object] = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "quantity": "0.02",
    "price": "56000",
    "origClientOrderId": "open",
}
SPAN: dict[str, object] = {"startTime": NOW_MS - 1000, "endTime": NOW_MS + 1000}
QUOTE: dict[str, object] = {"fromAsset": "USDT", "toAsset": "BTC", "fromAmount": "100"}
BTCUSDT: dict[str, object] = {"symbol": "BTCUSDT"}
STOP: dict[str, object] = {
    "algoType": "CONDITIONAL",
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "STOP_MARKET",
    "quantity": "0.01",
    "triggerPrice": "50000",
}
TRAIL: dict[str, object] = {
    "algoType": "CONDITIONAL",
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "TRAILING_STOP_MARKET",
    "quantity": "0.01",
    "callbackRate": "1",
}
WAITS: dict[str, object] = {"clientAlgoId": "waits"}
DONE: dict[str, object] = {"clientAlgoId": "done"}
EVERY: dict[str, object] = {}
STATISTICS: dict[str, object] = {"symbol": "BTCUSDT", "period": "5m"}
BASIS: dict[str, object] = {"pair": "BTCUSDT", "contractType": "PERPETUAL", "period": "5m"}
CALLS: dict[str, tuple[dict[str, object], ...]] = {
    "GET /futures/data/openInterestHist": (STATISTICS,),
    "GET /futures/data/topLongShortAccountRatio": (STATISTICS,),
    "GET /futures/data/topLongShortPositionRatio": (STATISTICS,),
    "GET /futures/data/globalLongShortAccountRatio": (STATISTICS,),
    "GET /futures/data/takerlongshortRatio": (STATISTICS,),
    "GET /futures/data/basis": (BASIS,),
    "GET /futures/data/delivery-price": ({"pair": "BTCUSDT"},),
    "GET /fapi/v1/continuousKlines": (
        {"pair": "BTCUSDT", "contractType": "PERPETUAL", "interval": "1m"},
    ),
    "GET /fapi/v1/klines": ({"symbol": "BTCUSDT", "interval": "1m"},),
    "GET /fapi/v1/indexPriceKlines": ({"pair": "BTCUSDT", "interval": "1m"},),
    "GET /fapi/v1/markPriceKlines": ({"symbol": "BTCUSDT", "interval": "1m"},),
    "GET /fapi/v1/premiumIndexKlines": ({"symbol": "BTCUSDT", "interval": "1m"},),
    "POST /fapi/v1/order": (ELEMENT,),
    "POST /fapi/v1/order/test": (ELEMENT,),
    "POST /fapi/v1/batchOrders": ({"batchOrders": orjson.dumps([ELEMENT, {}]).decode()},),
    "PUT /fapi/v1/order": (CHANGED, ),
    "PUT /fapi/v1/batchOrders": ({"batchOrders": orjson.dumps([CHANGED, {}]).decode()},),
    "DELETE /fapi/v1/order": (OPEN,),
    "DELETE /fapi/v1/batchOrders": (
        {"symbol": "BTCUSDT", "origClientOrderIdList": '["open","none"]'},
    ),
    "DELETE /fapi/v1/allOpenOrders": (BTCUSDT,),
    "POST /fapi/v1/algoOrder": (STOP, TRAIL),
    "DELETE /fapi/v1/algoOrder": (WAITS,),
    "DELETE /fapi/v1/algoOpenOrders": (BTCUSDT,),
    "GET /fapi/v1/algoOrder": (WAITS, DONE),
    "GET /fapi/v1/order": (OPEN,),
    "GET /fapi/v1/openOrder": (OPEN,),
    "POST /fapi/v1/leverage": ({"symbol": "BTCUSDT", "leverage": 5},),
    "POST /fapi/v1/marginType": ({"symbol": "ETHUSDT", "marginType": "CROSSED"},),
    "POST /fapi/v1/positionSide/dual": ({"dualSidePosition": "true"},),
    "POST /fapi/v1/multiAssetsMargin": ({"multiAssetsMargin": "true"},),
    "POST /fapi/v1/feeBurn": ({"feeBurn": "true"},),
    "DELETE /fapi/v1/listenKey": ({},),
    "GET /fapi/v1/assetIndex": ({"symbol": "BTCUSD"}, {}),
    "GET /fapi/v1/orderAmendment": (OPEN,),
    "POST /fapi/v1/countdownCancelAll": ({"symbol": "BTCUSDT", "countdownTime": 5000},),
    "GET /fapi/v1/order/asyn": (SPAN,),
    "GET /fapi/v1/order/asyn/id": ({"downloadId": FIRST_ID},),
    "GET /fapi/v1/trade/asyn": (SPAN,),
    "GET /fapi/v1/trade/asyn/id": ({"downloadId": FIRST_ID},),
    "GET /fapi/v1/income/asyn": (SPAN,),
    "GET /fapi/v1/income/asyn/id": ({"downloadId": FIRST_ID},),
    "GET /fapi/v1/pmAccountInfo": ({"asset": "USDT"},),
    "POST /fapi/v1/convert/getQuote": (QUOTE, {**QUOTE, "fromAmount": "2000000"}),
    "POST /fapi/v1/convert/acceptQuote": ({"quoteId": 12_000_000_001},),
    "GET /fapi/v1/convert/orderStatus": ({"orderId": 930_000_000_000_000_001},),
    "POST /fapi/v1/positionMargin": ({"symbol": "ETHUSDT", "amount": "1", "type": 1},),
}  # fmt: skip


MODES = (
    "POST /fapi/v1/positionSide/dual",
    "POST /fapi/v1/marginType",
    "POST /fapi/v1/multiAssetsMargin",
)


@pytest.fixture
def box() -> RestBox:
    return stage()


def stage() -> RestBox:
    """An account with fills, an open order and an isolated position."""
    box = RestBox(rate_limits=False)
    box.set_market("ETHUSDT", 2000)
    box.call("POST", "/fapi/v1/marginType", symbol="ETHUSDT", marginType="ISOLATED")
    for symbol in ("ETHUSDT", "BTCUSDT"):
        box.place(type="MARKET", price=None, timeInForce=None, symbol=symbol, quantity="0.1")
    box.place(newClientOrderId="open")
    for name, trigger in (("waits", "50000"), ("done", "59500")):
        stop = STOP | {"clientAlgoId": name, "triggerPrice": trigger}
        assert box.row("POST", "/fapi/v1/algoOrder", **stop)["algoStatus"] == "NEW"
    box.submit(StreetTrade("BTCUSDT", Price(59_500 * SCALE), Qty(SCALE), buyer_is_maker=True))
    # What the stop sold is bought back.
    box.place(type="MARKET", price=None, timeInForce=None, quantity="0.010")
    box.row("PUT", "/fapi/v1/order", **CHANGED | {"price": "56500", "quantity": "0.010"})
    if (wanted := box.row("GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=3)["status"]) != "NEW":
        raise AssertionError(wanted)
    return box


def schema(route: Route, status: int) -> dict[str, object]:
    paths = DOCUMENT["paths"]
    assert isinstance(paths, dict)
    content = paths[route.path][route.method.lower()]["responses"][str(status)]["content"]
    found = content["application/json"]["schema"]
    return {"$defs": {}, "components": DOCUMENT["components"], **found}


def mode_free(box: RestBox) -> None:
    """Close what would keep the position mode or the margin type from changing."""
    box.call("DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")
    for symbol in ("ETHUSDT", "BTCUSDT"):
        box.place(type="MARKET", price=None, timeInForce=None, symbol=symbol, side="SELL",
                  quantity="0.1")  # fmt: skip


def quote_and_take(box: RestBox, *, is_taken: bool) -> None:
    """Have a quote that can be taken, or a conversion that happened."""
    quote = box.row("POST", "/fapi/v1/convert/getQuote", **QUOTE)
    if is_taken:
        box.call("POST", "/fapi/v1/convert/acceptQuote", quoteId=quote["quoteId"])


def answers(box: RestBox, route: Route) -> list[object]:
    """What a row of the route table answers to each of its calls, after what it needs."""
    if route.name in MODES:
        mode_free(box)
    if route.path == "/fapi/v1/multiAssetsMargin":
        box.call("POST", "/fapi/v1/marginType", symbol="ETHUSDT", marginType="CROSSED")
    if route.path == "/fapi/v1/listenKey":
        box.call("POST", "/fapi/v1/listenKey")
    calls = CALLS.get(route.name)
    if calls is None:
        needs_symbol = any(param.name == "symbol" for param in route.table.mandatory)
        calls = (BTCUSDT,) if needs_symbol else (BTCUSDT, EVERY)
    if route.name.endswith(("acceptQuote", "orderStatus")):
        quote_and_take(box, is_taken=route.name.endswith("orderStatus"))
    if route.path.endswith("asyn/id"):
        box.call("GET", route.path.removesuffix("/id"), **SPAN)
    found: list[object] = []
    for params in calls:
        status, _, body = box.raw(route.method, route.path, box.signed_query(**params))
        assert status == 200, body
        found.append(orjson.loads(body))
    return found


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_answers_fit_their_schema(box: RestBox, route: Route) -> None:
    """WIR-037."""
    for answer in answers(box, route):
        jsonschema_rs.validate(schema(route, 200), answer)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_refusals_fit_their_schema(box: RestBox, route: Route) -> None:
    """WIR-037."""
    status, _, body = box.raw(route.method, route.path, b"a=%", headers={})
    assert status == (401 if route.security.is_keyed else 400)
    jsonschema_rs.validate(schema(route, status), orjson.loads(body))


@pytest.mark.parametrize("api_date", ["2021-01-01", "2023-01-01", "2024-01-01", "2025-01-01"])
def test_no_earlier_date_breaks_an_answer(api_date: str) -> None:
    """WIR-038."""
    box = RestBox(api_date, rate_limits=False)
    box.place(type="MARKET", price=None, timeInForce=None)
    box.place(newClientOrderId="open")
    box.row("POST", "/fapi/v1/algoOrder", **STOP | WAITS)
    quote_and_take(box, is_taken=True)
    for route in ROUTES:
        if route.method == "GET" and not route.path.endswith("asyn/id"):
            params = CALLS.get(route.name, (BTCUSDT,))[0]
            status, _, body = box.raw("GET", route.path, box.signed_query(**params))
            assert status == 200, (route.name, body)


@pytest.mark.parametrize("spoiled", [b"{}", b'{"serverTime":"1"}', b"[]", b'{"code":1,"msg":"x"}'])
def test_the_schema_would_notice(spoiled: bytes) -> None:
    """WIR-037."""
    time = next(route for route in ROUTES if route.path == "/fapi/v1/time")
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema(time, 200), orjson.loads(spoiled))
