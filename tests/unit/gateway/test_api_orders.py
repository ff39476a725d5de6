import json
import re

import pytest

from perpbox.engine.commands import AdvanceTime
from perpbox.engine.hashing import state_hash
from tests.unit.gateway.rest_box import NOW_MS, RestBox

ORDER = "/fapi/v1/order"
BATCH = "/fapi/v1/batchOrders"
ACK_KEYS = [
    "orderId", "symbol", "status", "clientOrderId", "price", "origQty", "executedQty", "cumQty",
    "timeInForce", "type", "reduceOnly", "closePosition", "side", "positionSide", "stopPrice",
    "workingType", "priceProtect", "origType", "priceMatch", "selfTradePreventionMode",
    "goodTillDate", "updateTime",
]  # fmt: skip
MISSING = "Mandatory parameter '{}' was not sent, was empty/null, or malformed."


@pytest.fixture
def box() -> RestBox:
    return RestBox(rate_limits=False)


def code(answer: object) -> object:
    assert isinstance(answer, dict)
    return answer.get("code")


def market(box: RestBox, **params: object) -> dict[str, object]:
    return box.place(type="MARKET", price=None, timeInForce=None, **params)


def test_a_limit_order_that_rests(box: RestBox) -> None:
    """WIR-021, WIR-019."""
    answer = box.place(newClientOrderId="mine")
    assert list(answer) == ACK_KEYS
    assert answer["clientOrderId"] == "mine"
    assert (answer["price"], answer["origQty"], answer["status"]) == ("58000.00", "0.010", "NEW")
    made_up = box.place()["clientOrderId"]
    assert isinstance(made_up, str)
    assert re.fullmatch(r"[0-9A-Za-z]{22}", made_up)


def test_ack_tells_nothing_of_the_fills_and_result_does(box: RestBox) -> None:
    """WIR-020."""
    ack = market(box)
    assert (ack["status"], ack["executedQty"], ack["cumQty"]) == ("NEW", "0.000", "0.000")
    assert (ack["price"], ack["timeInForce"]) == ("0.00", "GTC")
    result = market(box, newOrderRespType="RESULT")
    assert (result["status"], result["executedQty"], result["cumQty"]) == (
        "FILLED",
        "0.010",
        "0.010",
    )
    assert "avgPrice" not in result


def test_before_2026_06_30_acks_told_average_and_quote() -> None:
    """WIR-021."""
    box = RestBox("2026-06-29")
    answer = box.place()
    assert list(answer)[5] == "avgPrice"
    assert list(answer)[9] == "cumQuote"
    assert (answer["avgPrice"], answer["cumQuote"]) == ("0.00", "0.00000")
    result = market(box, newOrderRespType="RESULT")
    assert (result["avgPrice"], result["cumQuote"]) == ("60001.00000", "600.01000")


def test_before_2023_09_05_orders_had_no_match_fields() -> None:
    """WIR-038."""
    answer = RestBox("2023-09-04").place()
    assert "priceMatch" not in answer
    assert answer["avgPrice"] == "0.00000"


@pytest.mark.parametrize(
    ("change", "expected", "text"),
    [
        ({"timeInForce": None}, -1102, MISSING.format("timeInForce")),
        ({"quantity": None}, -1102, MISSING.format("quantity")),
        ({"price": None}, -1102, MISSING.format("price")),
        ({"quantity": "NaN"}, -1102, MISSING.format("quantity")),
        ({"quantity": "0.0"}, -4003, "Quantity less than or equal to zero."),
        ({"quantity": "-1"}, -4003, "Quantity less than or equal to zero."),
        ({"quantity": "0.0001"}, -1111, "Precision is over the maximum defined for this asset."),
        ({"quantity": "100000"}, -4005, "Quantity greater than max quantity."),
        ({"price": "0"}, -4001, "Price less than 0."),
        ({"price": "58000.01"}, -4014, "Price not increased by tick size."),
        ({"price": "58000.0000000001"}, -1111,
         "Precision is over the maximum defined for this asset."),
        ({"price": "70000"}, -4016, "Limit price can't be higher than 63000.00."),
        ({"quantity": "0.001", "price": "40000"}, -4164,
         "Order's notional must be no smaller than 50 (unless you choose reduce only)."),
        ({"timeInForce": "NEVER"}, -1115, "Invalid timeInForce."),
        ({"positionSide": "UP"}, -4060, "Invalid position side."),
        ({"positionSide": "LONG"}, -4061,
         "Order's position side does not match user's setting."),
        ({"newOrderRespType": "FULL"}, -1136, "Invalid newOrderRespType."),
        ({"newClientOrderId": "ä"}, -4015, "Client order id is not valid."),
        ({"selfTradePreventionMode": "MAYBE"}, -5039, "Invalid self trade prevention mode"),
        ({"priceMatch": "OPPONENT_10", "price": None}, -5037, "Invalid price match"),
        ({"priceMatch": "OPPONENT"}, -5037, "Invalid price match"),
        ({"type": "MARKET", "price": None, "timeInForce": None, "priceMatch": "QUEUE"}, -5038,
         "Price match only supports order type: LIMIT, STOP AND TAKE_PROFIT"),
        ({"type": "MARKET", "timeInForce": None}, -1106,
         "Parameter 'price' sent when not required."),
        ({"type": "MARKET", "price": None}, -1106,
         "Parameter 'timeinforce' sent when not required."),
        ({"type": "STOP_MARKET"}, -4120,
         "Order type not supported for this endpoint. "
         "Please use the Algo Order API endpoints instead."),
        ({"closePosition": "true"}, -4136,
         "Target strategy invalid for orderType LIMIT,closePosition true"),
        ({"timeInForce": "GTD"}, -1102, MISSING.format("goodTillDate")),
        ({"timeInForce": "GTD", "goodTillDate": NOW_MS}, -5040,
         "The goodTillDate timestamp must be greater than the current time plus 600 seconds "
         "and smaller than 253402300799000 (UTC 9999-12-31 23:59:59)"),
        ({"goodTillDate": NOW_MS + 10**7}, -1106,
         "Parameter 'goodtilldate' sent when not required."),
        ({"reduceOnly": "true"}, -2022, "ReduceOnly Order is rejected."),
        ({"timeInForce": "GTX", "price": "60001"}, -5022,
         "Due to the order could not be executed as maker, the Post Only order will be rejected. "
         "The order will not be recorded in the order history"),
        ({"timeInForce": "FOK"}, -5021,
         "Due to the order could not be filled immediately, the FOK order has been rejected. "
         "The order will not be recorded in the order history"),
        ({"symbol": "B" * 1_000_000}, -1121, "Invalid symbol."),
        ({"price": ""}, -1105, "Parameter 'price' was empty."),
    ],
)  # fmt: skip
def test_bad_orders_are_refused_and_nothing_is_applied(
    box: RestBox, change: dict[str, object], expected: int, text: str
) -> None:
    """WIR-008, WIR-009, WIR-013, WIR-014, WIR-015, WIR-017, WIR-018, WIR-035."""
    answer = box.place(**change)
    assert (answer["code"], answer["msg"]) == (expected, text)
    assert box.call("GET", "/fapi/v1/openOrders") == []
    assert box.state.next_order_id == 1


def test_insufficient_margin(box: RestBox) -> None:
    """WIR-035."""
    assert code(box.place(quantity="100")) == -2019


def test_a_client_id_twice(box: RestBox) -> None:
    """WIR-035."""
    box.place(newClientOrderId="a")
    assert code(box.place(newClientOrderId="a")) == -4116


def test_reduce_only_in_hedge_mode_is_told_before_the_notional(box: RestBox) -> None:
    """WIR-016."""
    box.call("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")
    for value in ("true", "false"):
        answer = box.place(reduceOnly=value, positionSide="LONG", quantity="0.001", price="40000")
        assert answer["msg"] == "Parameter 'reduceonly' sent when not required."
    assert code(box.place()) == -4061
    assert box.place(positionSide="LONG")["positionSide"] == "LONG"


def test_price_match_takes_the_price_from_the_book(box: RestBox) -> None:
    """WIR-014."""
    answer = box.place(price=None, priceMatch="QUEUE_5")
    assert (answer["price"], answer["priceMatch"]) == ("59995.00", "QUEUE_5")
    assert box.place(priceMatch="NONE")["priceMatch"] == "NONE"


def test_good_till_date_is_cut_to_seconds(box: RestBox) -> None:
    """WIR-018."""
    date_ms = NOW_MS + 10**7 + 567
    assert box.place(timeInForce="GTD", goodTillDate=date_ms)["goodTillDate"] == date_ms - 567


def test_order_test_refuses_the_same_and_places_nothing(box: RestBox) -> None:
    """WIR-036, WIR-041."""
    order: dict[str, object] = {"symbol": "ETHUSDT", "side": "BUY", "type": "MARKET"}
    box.set_market("ETHUSDT", 2000)
    before = state_hash(box.state)
    answer = box.row("POST", "/fapi/v1/order/test", **order, quantity="0.001")
    assert answer["code"] == -4164
    answer = box.row("POST", "/fapi/v1/order/test", **order, quantity="1")
    assert (answer["orderId"], answer["symbol"], answer["status"]) == (0, "", "")
    assert list(answer) == ACK_KEYS
    assert state_hash(box.state) == before


def test_looking_an_order_up(box: RestBox) -> None:
    """WIR-026."""
    order_id = box.place(newClientOrderId="mine")["orderId"]
    by_id = box.row("GET", ORDER, symbol="BTCUSDT", orderId=order_id)
    assert by_id == box.row("GET", ORDER, symbol="btcusdt", origClientOrderId="mine")
    assert by_id == box.row("GET", "/fapi/v1/openOrder", symbol="BTCUSDT", orderId=order_id)
    assert by_id == box.row(
        "GET", ORDER, symbol="BTCUSDT", orderId=order_id, origClientOrderId="another"
    )
    keys = [key for key in ACK_KEYS if key != "cumQty"]
    keys.insert(5, "avgPrice")
    keys.insert(keys.index("executedQty") + 1, "cumQuote")
    keys.insert(keys.index("updateTime"), "time")
    assert list(by_id) == keys
    assert (by_id["avgPrice"], by_id["cumQuote"]) == ("0.00", "0.00000")


@pytest.mark.parametrize(
    ("method", "path", "unknown"),
    [
        ("GET", ORDER, -2013),
        ("GET", "/fapi/v1/openOrder", -2013),
        ("DELETE", ORDER, -2011),
        ("PUT", ORDER, -2013),
    ],
)
def test_orders_that_are_not_there(box: RestBox, method: str, path: str, unknown: int) -> None:
    """WIR-026."""
    change = {"side": "BUY", "quantity": "0.01", "price": "57000"} if method == "PUT" else {}
    for ids in ({"orderId": 99}, {"origClientOrderId": "99"}):
        answer = box.row(method, path, symbol="BTCUSDT", **ids, **change)
        assert answer["code"] == unknown
    order_id = box.place()["orderId"]
    assert code(box.call(method, path, symbol="ETHUSDT", orderId=order_id, **change)) == unknown
    neither = box.row(method, path, symbol="BTCUSDT", **change)
    assert neither["msg"] == (
        "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"
    )


def test_a_finished_order_is_no_open_order(box: RestBox) -> None:
    """WIR-026."""
    order_id = market(box)["orderId"]
    assert code(box.call("GET", "/fapi/v1/openOrder", symbol="BTCUSDT", orderId=order_id)) == -2013
    filled = box.row("GET", ORDER, symbol="BTCUSDT", orderId=order_id)
    assert (filled["status"], filled["avgPrice"], filled["cumQuote"]) == (
        "FILLED",
        "60001.00000",
        "600.01000",
    )


def test_open_orders_print_three_zeros_short(box: RestBox) -> None:
    """WIR-022."""
    box.place()
    (row,) = box.rows("GET", "/fapi/v1/openOrders", symbol="BTCUSDT")
    assert (row["avgPrice"], row["executedQty"], row["stopPrice"]) == ("0", "0", "0")
    assert row["cumQuote"] == "0.00000"
    assert list(row)[-3:] == ["time", "strategyType", "updateTime"]
    assert box.rows("GET", "/fapi/v1/openOrders", symbol="ETHUSDT") == []


def test_canceling(box: RestBox) -> None:
    """WIR-021, WIR-026, WIR-040."""
    order_id = box.place()["orderId"]
    answer = box.row("DELETE", ORDER, symbol="BTCUSDT", orderId=order_id)
    assert (list(answer), answer["status"]) == (ACK_KEYS, "CANCELED")
    assert code(box.call("DELETE", ORDER, symbol="BTCUSDT", orderId=order_id)) == -2011
    done = {"code": 200, "msg": "The operation of cancel all open order is done."}
    box.place()
    for _ in range(2):
        assert box.call("DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT") == done
    assert box.rows("GET", "/fapi/v1/openOrders") == []


def test_modifying(box: RestBox) -> None:
    """WIR-034."""
    order_id = box.place()["orderId"]
    change = {"symbol": "BTCUSDT", "orderId": order_id, "side": "BUY", "quantity": "0.020"}
    answer = box.row("PUT", ORDER, **change, price="57000.0")
    assert (list(answer), answer["price"], answer["origQty"]) == (ACK_KEYS, "57000.00", "0.020")
    assert code(box.call("PUT", ORDER, **change, price="57000")) == -5027
    assert code(box.call("PUT", ORDER, **change)) == -1102
    assert code(box.call("PUT", ORDER, **change, price="57000", priceMatch="QUEUE")) == -5037
    assert code(box.call("PUT", ORDER, **change, price="57000", reduceOnly="true")) == -5047
    tagged = box.row("PUT", ORDER, **change, priceMatch="QUEUE", modifyId=7)
    assert (list(tagged)[4], tagged["modifyId"], tagged["price"]) == ("modifyId", 7, "59999.00")


def test_a_batch_is_answered_element_by_element(box: RestBox) -> None:
    """WIR-024."""
    good = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
        "quantity": 0.01, "price": "58000.10", "reduceOnly": False, "newClientOrderId": None,
    }  # fmt: skip
    stop = {name: value for name, value in good.items() if name != "type"} | {"TYPE": "STOP"}
    elements = [good, good | {"quantity": 0.00001}, stop, 3, {"symbol": [1]}]
    rows = box.rows("POST", BATCH, batchOrders=json.dumps(elements))
    assert [row.get("code", "placed") for row in rows] == ["placed", -1111, -4120, -1130, -1130]
    changed = {"orderId": rows[0]["orderId"], "symbol": "BTCUSDT", "side": "BUY",
               "quantity": "0.02", "price": 57000.5}  # fmt: skip
    rows = box.rows("PUT", BATCH, batchOrders=json.dumps([changed, changed | {"orderId": 99}]))
    assert rows[0]["price"] == "57000.50"
    assert rows[1] == {"code": -2013, "msg": "Order does not exist."}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [("[]", -4082), ("[" + "1," * 5 + "1]", -4082), ("x", -1102), ("", -1102), ('{"a":1}', -1102)],
)
def test_batches_of_the_wrong_size(box: RestBox, sent: str, expected: int) -> None:
    """WIR-025."""
    assert code(box.call("POST", BATCH, batchOrders=sent)) == expected


def test_canceling_a_batch(box: RestBox) -> None:
    """WIR-002, WIR-024, WIR-025."""
    ids = [box.place(newClientOrderId=f"c{i}")["orderId"] for i in range(4)]
    rows = box.rows("DELETE", BATCH, symbol="BTCUSDT", orderidlist=f"[{ids[0]}, {ids[1]}, 99]")
    assert [row.get("status") for row in rows] == ["CANCELED", "CANCELED", None]
    assert rows[2] == {"code": -2011, "msg": "Unknown order sent."}
    rows = box.rows("DELETE", BATCH, symbol="BTCUSDT", origClientOrderIdList='["c2","c3"]')
    assert [row["clientOrderId"] for row in rows] == ["c2", "c3"]
    too_many = json.dumps(list(range(11)))
    assert code(box.call("DELETE", BATCH, symbol="BTCUSDT", orderIdList=too_many)) == -4032
    assert code(box.call("DELETE", BATCH, symbol="BTCUSDT", orderIdList='["x"]')) == -1130
    assert code(box.call("DELETE", BATCH, symbol="BTCUSDT", origClientOrderIdList="[{}]")) == -1130
    assert code(box.call("DELETE", BATCH, symbol="BTCUSDT")) == -1102


DAY_MS = 86_400_000


def test_all_orders_by_window_and_by_id(box: RestBox) -> None:
    """WIR-027."""
    path = "/fapi/v1/allOrders"
    first = box.place()["orderId"]
    box.box_ms += 8 * DAY_MS
    second = box.place()["orderId"]

    def found(**params: object) -> list[object]:
        return [row["orderId"] for row in box.rows("GET", path, symbol="BTCUSDT", **params)]

    assert found() == [second]
    assert found(orderId=first) == [first, second]
    assert found(startTime=NOW_MS) == [first]
    assert found(endTime=NOW_MS) == [first]
    assert found(startTime=NOW_MS + DAY_MS, endTime=NOW_MS + 2 * DAY_MS) == []
    (row,) = box.rows("GET", path)
    assert (row["orderId"], row["cumBase"], row["pair"]) == (second, "0", "BTCUSDT")


@pytest.mark.parametrize(
    ("window", "expected", "text"),
    [
        ({"startTime": 2, "endTime": 1}, -1023, "Start time is greater than end time."),
        ({"startTime": 1, "endTime": 2 + 7 * DAY_MS}, -4165, "Maximum time interval is 7 days"),
        ({"limit": 1001}, -1130, "Data sent for parameter 'limit' is not valid."),
        ({"limit": "many"}, -1130, "Data sent for parameter 'limit' is not valid."),
        ({"startTime": -1}, -1130, "Data sent for parameter 'starttime' is not valid."),
    ],
)
@pytest.mark.parametrize("path", ["/fapi/v1/allOrders", "/fapi/v1/userTrades"])
def test_bad_windows(
    box: RestBox, path: str, window: dict[str, object], expected: int, text: str
) -> None:
    """WIR-007, WIR-027."""
    assert box.call("GET", path, symbol="BTCUSDT", **window) == {"code": expected, "msg": text}


def test_all_orders_needed_a_symbol_until_2026_08_25() -> None:
    """WIR-038."""
    assert code(RestBox("2026-08-24").call("GET", "/fapi/v1/allOrders")) == -1102


def test_an_order_rests_for_a_year() -> None:
    """ORD-042: one that is a year old at a funding boundary expires, whoever changed it since."""
    box = RestBox(rate_limits=False)
    year_ms = 365 * 86_400_000
    box.place(newClientOrderId="old")
    box.box_ms += 8 * 3_600_000
    box.submit(AdvanceTime())
    box.place(newClientOrderId="young", price="57000.10")
    dated = {"timeInForce": "GTD", "goodTillDate": NOW_MS + 2 * year_ms}
    box.place(newClientOrderId="dated", **dated)
    box.box_ms = NOW_MS + year_ms - 1
    box.submit(AdvanceTime())
    assert len(box.rows("GET", "/fapi/v1/openOrders")) == 3
    change = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.02", "price": "57500"}
    box.row("PUT", "/fapi/v1/order", **change, origClientOrderId="old")
    box.box_ms = NOW_MS + year_ms + 8 * 3_600_000
    box.submit(AdvanceTime())
    left = [row["clientOrderId"] for row in box.rows("GET", "/fapi/v1/openOrders")]
    assert left == ["young", "dated"]
    gone = box.row("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="old")
    assert gone["status"] == "EXPIRED"
    box.box_ms += 8 * 3_600_000
    box.submit(AdvanceTime())
    assert [row["clientOrderId"] for row in box.rows("GET", "/fapi/v1/openOrders")] == ["dated"]
