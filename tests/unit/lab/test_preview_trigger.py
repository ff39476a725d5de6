"""What a preview tells of a conditional order at its trigger is what happens there."""

from typing import Any

import pytest

from perpbox.box import Box
from perpbox.engine.commands import SetDepth
from perpbox.money import SCALE, Price, Qty
from tests.unit.lab.lab_box import as_page, done, token_of

SYMBOL = "BTCUSDT"
STOP = {"symbol": SYMBOL, "side": "SELL", "type": "STOP_MARKET", "triggerPrice": "59000"}


@pytest.fixture(name="box")
def quiet_box() -> Box:
    box = Box(market="none", clock="frozen", symbols=[SYMBOL])
    box.set_price(SYMBOL, 60_000)
    return box


def ask(box: Box, method: str, path: str, **params: str) -> Any:
    status, _, answer = as_page(box, token_of(box, 1), method, path, **params)
    assert status == 200, answer
    return answer


def buy(box: Box, quantity: str) -> None:
    market = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET"}
    ask(box, "POST", "/fapi/v1/order", **market, quantity=quantity)


def preview(box: Box, **params: str) -> Any:
    told = done(box, "POST", "/preview", {"account": 1, **params})
    assert told["ok"] is True, told
    return told


@pytest.mark.parametrize(
    ("held", "size"),
    [
        ("0.5", {"quantity": "0.5"}),
        ("0.5", {"closePosition": "true"}),
        ("0.5", {"quantity": "0.2", "reduceOnly": "true"}),
        ("0.5", {"quantity": "2"}),
        ("", {"quantity": "3"}),
    ],
    ids=["closes", "closePosition", "reduces", "reverses", "opens"],
)
def test_what_is_told_at_the_trigger_is_what_happens(
    box: Box, held: str, size: dict[str, str]
) -> None:
    """LAB-126: fill, position, liquidation price and funds, as fapi prints them there."""
    if held:
        buy(box, held)
    told = preview(box, **STOP, **size)
    assert (told["waits"], told["cost"]) == (True, "0")
    then = told["atTrigger"]
    assert (then["ok"], then["status"], then["triggerPrice"]) == (True, "FILLED", "59000")
    assert float(then["averageFillPrice"]) == 59_000
    ask(box, "POST", "/fapi/v1/algoOrder", **STOP, **size, algoType="CONDITIONAL")
    bids = ((Price(59_000 * SCALE), Qty(10 * SCALE)),)
    box.submit(SetDepth(SYMBOL, bids, (), replace=True, from_lab=True))
    box.set_price(SYMBOL, 59_000)
    (row,) = ask(box, "GET", "/fapi/v2/positionRisk", symbol=SYMBOL)
    assert then["position"] == row
    assert then["liquidationPriceAfter"] == row["liquidationPrice"]
    funds = {each["asset"]: each for each in ask(box, "GET", "/fapi/v2/account")["assets"]}
    assert then["availableAfter"] == funds["USDT"]["availableBalance"]


def test_an_order_that_opens_has_a_cost_at_its_trigger(box: Box) -> None:
    """LAB-126: initial margin at the trigger's price, not at the one of now."""
    told = preview(box, **STOP, quantity="1")
    assert told["atTrigger"]["initialMargin"] == "2950"
    assert told["atTrigger"]["notional"] == "59000"


def test_a_limit_out_of_reach_rests_at_the_trigger(box: Box) -> None:
    """LAB-126."""
    told = preview(box, **STOP | {"type": "STOP", "price": "59500"}, quantity="1")
    then = told["atTrigger"]
    assert (then["status"], then["filledQuantity"], then["restingQuantity"]) == ("NEW", "0", "1")


def test_what_would_be_refused_at_the_trigger_is_told(box: Box) -> None:
    """LAB-126: the order may wait all the same, as it may on the exchange."""
    told = preview(box, **STOP, quantity="100")
    then = told["atTrigger"]
    assert (then["ok"], then["code"], then["msg"]) == (False, -2019, "Margin is insufficient.")


def test_what_waits_on_the_way_is_met(box: Box) -> None:
    """LAB-126: a stop before it has closed the position, and nothing is left to reduce."""
    buy(box, "0.5")
    first = STOP | {"triggerPrice": "59500", "quantity": "0.5"}
    ask(box, "POST", "/fapi/v1/algoOrder", **first, algoType="CONDITIONAL")
    told = preview(box, **STOP, quantity="0.5", reduceOnly="true")
    assert told["atTrigger"]["code"] == -2022


def test_a_trailing_order_has_no_trigger_yet(box: Box) -> None:
    """LAB-126."""
    trailing = {"symbol": SYMBOL, "side": "SELL", "type": "TRAILING_STOP_MARKET"}
    assert "atTrigger" not in preview(box, **trailing, callbackRate="1", quantity="1")


def test_nothing_of_it_happens(box: Box) -> None:
    """LAB-120, LAB-126."""
    buy(box, "0.5")
    before = done(box, "GET", "/state", {})["hash"]
    preview(box, **STOP, quantity="0.5")
    assert done(box, "GET", "/state", {})["hash"] == before
