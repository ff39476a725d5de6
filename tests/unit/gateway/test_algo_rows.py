"""The endpoints of conditional orders."""

import orjson
import pytest

from perpbox.engine.algo_orders import FIRST_ALGO_ID
from perpbox.engine.commands import StreetTrade
from perpbox.money import SCALE, Price, Qty
from tests.unit.gateway.rest_box import RestBox
from tests.unit.gateway.ws_api_box import WsApiBox

PATH = "/fapi/v1/algoOrder"
STOP: dict[str, object] = {
    "algoType": "CONDITIONAL",
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "STOP_MARKET",
    "quantity": "0.01",
    "triggerPrice": "59000",
}
LIMIT = STOP | {"type": "STOP", "price": "58900"}
TRAIL = {name: STOP[name] for name in ("algoType", "symbol", "side", "quantity")} | {
    "type": "TRAILING_STOP_MARKET",
    "callbackRate": "1",
}
CLOSE = {name: value for name, value in STOP.items() if name != "quantity"} | {
    "closePosition": "true"
}


def without(order: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in order.items() if key != name}


@pytest.fixture
def box() -> RestBox:
    box = RestBox(rate_limits=False)
    trade(box, 60_000)
    return box


def trade(box: RestBox, at: int) -> None:
    box.submit(StreetTrade("BTCUSDT", Price(at * SCALE), Qty(SCALE // 1000), buyer_is_maker=True))


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (without(STOP, "algoType"), -1102),
        (STOP | {"algoType": "VP"}, -1130),
        (STOP | {"type": "LIMIT"}, -1116),
        (STOP | {"side": "HOLD"}, -1117),
        (STOP | {"timeInForce": "GTD"}, -1115),
        (without(STOP, "triggerPrice"), -1102),
        (without(STOP, "quantity"), -1102),
        (without(LIMIT, "price"), -1102),
        (without(TRAIL, "callbackRate"), -1102),
        (STOP | {"price": "59000"}, -1106),
        (STOP | {"callbackRate": "1"}, -1106),
        (LIMIT | {"activatePrice": "61000"}, -1106),
        (TRAIL | {"triggerPrice": "59000"}, -1106),
        (STOP | {"goodTillDate": 1_893_456_000_000}, -1106),
        (CLOSE | {"quantity": "0.01"}, -4137),
        (CLOSE | {"reduceOnly": "true"}, -1106),
        (LIMIT | {"closePosition": "true"}, -4136),
        (TRAIL | {"closePosition": "true"}, -4136),
        (CLOSE | {"positionSide": "SHORT"}, -4136),
        (STOP | {"priceMatch": "QUEUE"}, -5038),
        (LIMIT | {"priceMatch": "QUEUE"}, -5037),
        (TRAIL | {"activatePrice": "0"}, -4135),
        (TRAIL | {"activatePrice": "59000"}, -2021),
        (STOP | {"triggerPrice": "60001"}, -2021),
        (STOP | {"triggerPrice": "0"}, -4006),
        (STOP | {"triggerPrice": "999999999"}, -4007),
        (LIMIT | {"price": "10000"}, -4184),
        (LIMIT | {"side": "BUY", "triggerPrice": "61000", "price": "90000"}, -4183),
        (STOP | {"timeInForce": "GTE_GTC"}, -4509),
        (STOP | {"positionSide": "LONG"}, -4061),
        (STOP | {"clientAlgoId": "no good"}, -4015),
        (STOP | {"quantity": "0.0001"}, -1111),
        (STOP | {"newOrderRespType": "FULL"}, -1136),
    ],
)
def test_refused_placements(box: RestBox, sent: dict[str, object], code: int) -> None:
    """ALG-004, ALG-032."""
    assert box.row("POST", PATH, **sent)["code"] == code
    assert box.rows("GET", "/fapi/v1/openAlgoOrders") == []


def test_second_closing_order_and_second_name(box: RestBox) -> None:
    """ALG-011, ALG-013."""
    box.row("POST", PATH, **CLOSE, clientAlgoId="one")
    assert box.row("POST", PATH, **CLOSE)["code"] == -4130
    assert box.row("POST", PATH, **STOP, clientAlgoId="one")["code"] == -4116


def test_reduce_only_is_not_for_hedge_mode(box: RestBox) -> None:
    """ALG-004."""
    box.row("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")
    hedged = STOP | {"positionSide": "LONG"}
    assert box.row("POST", PATH, **hedged, reduceOnly="false")["code"] == -1106
    assert box.row("POST", PATH, **hedged)["reduceOnly"] is True


@pytest.mark.parametrize(
    ("api_date", "rate", "code"),
    [
        ("2026-10-22", "10", None),
        ("2026-10-22", "10.1", -1130),
        ("2026-10-23", "20", None),
        ("2026-10-23", "20.1", -1130),
        ("2026-10-23", "0.1", None),
        ("2026-10-23", "0.09", -1130),
    ],
)
def test_bounds_of_the_callback(api_date: str, rate: str, code: int | None) -> None:
    """ALG-022: at most 10 percent before 2026-10-23, 20 since."""
    answer = RestBox(api_date).row("POST", PATH, **TRAIL | {"callbackRate": rate})
    assert answer.get("code") == code


def test_ids_of_conditions_and_orders_do_not_meet(box: RestBox) -> None:
    """ALG-017: a client that keys both by symbol and id keeps them apart."""
    limit = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    order = box.row("POST", "/fapi/v1/order", **limit, quantity="0.01", price="59000")
    stop = box.row("POST", PATH, **STOP)
    assert len(str(stop["algoId"])) == len("1000000204743716")
    assert box.row("GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=order["orderId"]) != stop
    assert box.row("GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=stop["algoId"])["code"] == (
        -2013
    )


def test_looking_up_and_canceling(box: RestBox) -> None:
    """ALG-014, ALG-033."""
    for name in ("a", "b", "c"):
        box.row("POST", PATH, **STOP, clientAlgoId=name)
    ids = [row["algoId"] for row in box.rows("GET", "/fapi/v1/openAlgoOrders")]
    assert ids == [FIRST_ALGO_ID, FIRST_ALGO_ID + 1, FIRST_ALGO_ID + 2]
    (second,) = box.rows("GET", "/fapi/v1/openAlgoOrders", algoId=ids[1])
    assert second["clientAlgoId"] == "b"
    assert box.rows("GET", "/fapi/v1/openAlgoOrders", symbol="ETHUSDT") == []
    box.row("DELETE", PATH, clientAlgoId="a")
    assert box.row("DELETE", PATH, clientAlgoId="a")["code"] == -2013
    assert box.row("DELETE", PATH)["code"] == box.row("GET", PATH)["code"] == -1102
    assert box.row("GET", PATH, clientAlgoId="a")["algoStatus"] == "CANCELED"
    assert box.row("GET", PATH, algoId=0)["code"] == -2013
    every = box.rows("GET", "/fapi/v1/allAlgoOrders", symbol="BTCUSDT")
    assert [row["algoStatus"] for row in every] == ["CANCELED", "NEW", "NEW"]
    last = box.rows("GET", "/fapi/v1/allAlgoOrders", symbol="BTCUSDT", limit=1)
    assert [row["algoId"] for row in last] == [ids[2]]
    later = box.rows("GET", "/fapi/v1/allAlgoOrders", symbol="BTCUSDT", algoId=ids[1], limit=1)
    assert [row["algoId"] for row in later] == [ids[1]]
    box.box_ms += 4 * 86_400_000
    assert box.row("GET", PATH, clientAlgoId="a")["code"] == -2013


def test_orders_do_not_mix(box: RestBox) -> None:
    """ALG-034: neither list has the other's, and neither cancel-all touches the other's."""
    box.row("POST", PATH, **STOP)
    box.place()
    assert len(box.rows("GET", "/fapi/v1/openOrders")) == 1
    box.row("DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")
    assert len(box.rows("GET", "/fapi/v1/openAlgoOrders")) == 1
    box.place()
    box.row("DELETE", "/fapi/v1/algoOpenOrders", symbol="BTCUSDT")
    assert len(box.rows("GET", "/fapi/v1/openOrders")) == 1


def test_a_triggered_order_and_its_child(box: RestBox) -> None:
    """ALG-005, ALG-035: linked by ids; the child shows where it comes from."""
    box.row("POST", PATH, **LIMIT | {"price": "60500"}, clientAlgoId="exit")
    trade(box, 59_000)
    algo = box.row("GET", PATH, clientAlgoId="exit")
    assert (algo["algoStatus"], algo["actualType"], algo["actualQty"]) == (
        "TRIGGERED", "LIMIT", "0.000",
    )  # fmt: skip
    child = box.row("GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=algo["actualOrderId"])
    assert (child["clientOrderId"], child["type"], child["origType"]) == ("exit", "LIMIT", "STOP")
    assert child["stopPrice"] == "59000.00"
    trade(box, 60_500)
    box.row("DELETE", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="exit")
    assert box.row("GET", PATH, clientAlgoId="exit")["algoStatus"] == "FINISHED"


def test_actual_fields_by_date() -> None:
    """ALG-036: before 2026-06-09 four prices that are always 0, and no actualType."""
    for api_date, extra in (("2026-06-08", "tpTriggerPrice"), ("2026-06-09", "actualType")):
        box = RestBox(api_date)
        box.row("POST", PATH, **STOP, clientAlgoId="x")
        trade(box, 59_000)
        row = box.row("GET", PATH, clientAlgoId="x")
        assert {"tpTriggerPrice", "actualType"} & row.keys() == {extra}


def test_a_placement_counts_as_one_order() -> None:
    """ALG-037: no weight, one order in both windows."""
    status, headers, _ = RestBox().raw("POST", PATH, RestBox().signed_query(**STOP))
    assert status == 200
    assert b"X-MBX-ORDER-COUNT-10S: 1" in headers


def test_the_websocket_api_leaves_out_what_trails() -> None:
    """ALG-038: activatePrice and callbackRate are told by REST only."""
    box = WsApiBox()
    rest = orjson.loads(orjson.dumps(box.call("POST", PATH, **TRAIL)))
    socket = box.ask("algoOrder.place", **TRAIL)["result"]
    assert [key for key in rest if key not in socket] == ["activatePrice", "callbackRate"]
