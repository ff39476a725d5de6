"""Rows of an account beside orders and risk: changes of orders, limits, indicators, agreements."""

import pytest

from perpbox.engine.commands import ListInstrument
from perpbox.specs import catalogue
from tests.unit.gateway.rest_box import NOW_MS, RestBox

AMENDMENTS = "/fapi/v1/orderAmendment"
AGREEMENT = "/fapi/v1/stock/contract"
STATUS = "/fapi/v1/apiTradingStatus"
PORTFOLIO = "/fapi/v1/pmAccountInfo"
BTC: dict[str, object] = {"symbol": "BTCUSDT"}


@pytest.fixture
def box() -> RestBox:
    return RestBox(rate_limits=False)


def modify(box: RestBox, price: str, **params: object) -> None:
    box.box_ms += 1000
    answer = box.row(
        "PUT", "/fapi/v1/order", **BTC, side="BUY", quantity="0.010", price=price,
        origClientOrderId="mine", **params,
    )  # fmt: skip
    assert "orderId" in answer, answer


def test_changes_of_an_order_are_told_newest_first(box: RestBox) -> None:
    """WIR-401: before and after, how manieth, and the caller's own mark where there is one."""
    order_id = box.place(newClientOrderId="mine")["orderId"]
    modify(box, "58000.10")
    modify(box, "57000.5", modifyId=123)
    rows = box.rows("GET", AMENDMENTS, **BTC, orderId=order_id)
    assert rows[0] == {
        "amendmentId": 2,
        "symbol": "BTCUSDT",
        "pair": "BTCUSDT",
        "orderId": order_id,
        "clientOrderId": "mine",
        "time": NOW_MS + 2000,
        "amendment": {
            "price": {"before": "58000.1", "after": "57000.5"},
            "origQty": {"before": "0.01", "after": "0.01"},
            "count": 2,
            "modifyId": 123,
        },
    }
    assert rows[1]["amendment"] == {
        "price": {"before": "58000", "after": "58000.1"},
        "origQty": {"before": "0.01", "after": "0.01"},
        "count": 1,
    }
    named: dict[str, object] = {**BTC, "origClientOrderId": "mine"}
    assert box.rows("GET", AMENDMENTS, **named) == rows
    assert box.rows("GET", AMENDMENTS, **named, limit=1) == rows[:1]
    assert box.rows("GET", AMENDMENTS, **named, endTime=NOW_MS + 1000) == rows[1:]
    assert box.rows("GET", AMENDMENTS, **named, startTime=NOW_MS + 2001) == []


def test_changes_are_asked_of_one_order(box: RestBox) -> None:
    """WIR-401: -1102 without an id, -2013 for none of the account's, -1130 above 100 rows."""
    box.place(newClientOrderId="mine")
    for params, code in (
        ({}, -1102),
        ({"orderId": 99}, -2013),
        ({"orderId": 1, "limit": 101}, -1130),
        ({"orderId": 1, "startTime": 2, "endTime": 1}, -1023),
        ({"orderId": 1, "startTime": 1, "endTime": 91 * 86_400_000}, -4165),
    ):
        assert box.row("GET", AMENDMENTS, **BTC, **params)["code"] == code
    assert box.rows("GET", AMENDMENTS, **BTC, orderId=1) == []


def test_contracts_on_traditional_assets_need_the_agreement(box: RestBox) -> None:
    """WIR-402: -4411 for orders and tests of orders until it is signed, once and for all."""
    box.submit(ListInstrument(catalogue(("XAUUSDT",)).instruments["XAUUSDT"]))
    box.set_market("XAUUSDT", 4000)
    gold: dict[str, object] = {"symbol": "XAUUSDT", "price": "3990", "quantity": "0.01"}
    assert box.place(**gold)["code"] == -4411
    test: dict[str, object] = {**gold, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    assert box.row("POST", "/fapi/v1/order/test", **test)["code"] == -4411
    assert "orderId" in box.place()
    for _ in range(2):
        assert box.row("POST", AGREEMENT) == {"code": 200, "msg": "success"}
    assert box.place(**gold)["status"] == "NEW"


def test_order_limits_of_the_account(box: RestBox) -> None:
    """WIR-403: the shorter window first."""
    rows = box.rows("GET", "/fapi/v1/rateLimit/order")
    assert [(row["interval"], row["intervalNum"], row["limit"]) for row in rows] == [
        ("SECOND", 10, 300),
        ("MINUTE", 1, 1200),
    ]


def indicators(box: RestBox, **params: object) -> dict[str, list[dict[str, object]]]:
    found = box.row("GET", STATUS, **params)["indicators"]
    assert isinstance(found, dict)
    return found


def test_trading_indicators_come_from_the_orders(box: RestBox) -> None:
    """WIR-404: shares over the last ten minutes; none for a symbol without orders."""
    assert list(indicators(box)) == ["ACCOUNT"]
    box.place(type="MARKET", price=None, timeInForce=None)
    box.place(newClientOrderId="gone")
    box.call("DELETE", "/fapi/v1/order", **BTC, origClientOrderId="gone")
    box.place(timeInForce="IOC", quantity="0.020")
    box.place()
    found = indicators(box, **BTC)
    values = {row["indicator"]: row["value"] for row in found["BTCUSDT"]}
    assert values["UFR"] == 0.75
    assert values["IFER"] == 1.0
    assert values["DR"] == 0.0
    assert found["ACCOUNT"][0]["value"] == 1
    assert not any(row["isLocked"] for row in found["BTCUSDT"])
    box.box_ms += 600_001
    assert list(indicators(box)) == ["ACCOUNT"]


def test_portfolio_margin_tells_what_may_leave(box: RestBox) -> None:
    """WIR-405: the asset's part and its dollars; -1108 for what is no margin asset."""
    assert box.row("GET", PORTFOLIO, asset="usdt")["maxWithdrawAmount"] == "100000.00000000"
    assert box.row("GET", PORTFOLIO, asset="BTC")["maxWithdrawAmountUSD"] == "0.00000000"
    assert box.row("GET", PORTFOLIO, asset="PEPPER")["code"] == -1108
    box.place(price="60001", quantity="1")
    assert float(str(box.row("GET", PORTFOLIO, asset="USDT")["maxWithdrawAmount"])) < 98_000
