"""Refusals of conditional orders."""

import pytest

from perpbox.engine.algo_checks import OPEN_ALGO_ORDERS_MAX
from perpbox.engine.commands import PlaceAlgoOrder, StreetTrade
from perpbox.engine.triggers import TRIGGERS_PER_COMMAND_MAX
from perpbox.engine.types import AlgoType, PositionSide, Side, TimeInForce
from perpbox.money import SCALE, Price, Qty
from tests.unit.errors.stage import (
    BTC,
    HEDGE,
    LONG,
    Case,
    Signed,
    changed,
    check,
    done,
    name_of,
    neither,
    signed,
)
from tests.unit.gateway.rest_box import RestBox

PATH = "/fapi/v1/algoOrder"
NO_IDS = neither("algoid", "clientalgoid")
STOP: dict[str, object] = {
    "algoType": "CONDITIONAL",
    "symbol": BTC,
    "side": "SELL",
    "type": "STOP_MARKET",
    "quantity": "0.01",
    "triggerPrice": "59000",
}
LIMITED = STOP | {"type": "STOP", "price": "58900"}
TRAILING = changed(
    STOP, {"type": "TRAILING_STOP_MARKET", "triggerPrice": None, "callbackRate": "1"}
)
CLOSING = changed(STOP, {"quantity": None, "closePosition": "true"})


def place(base: dict[str, object], **changes: object) -> Signed:
    return signed("POST", PATH, **changed(base, changes))


def printed(box: RestBox) -> None:
    """There is a last price, which conditions are held against."""
    trade(box, 60_000)


def trade(box: RestBox, price: int) -> None:
    quantity = Qty(SCALE // 1000)
    box.submit(StreetTrade(BTC, Price(price * SCALE), quantity, buyer_is_maker=True))


def wait(box: RestBox, account_id: int, name: str) -> None:
    """One stop more, without the way over the wire."""
    box.submit(
        PlaceAlgoOrder(
            account_id, BTC, Side.SELL, PositionSide.BOTH, AlgoType.STOP_MARKET, TimeInForce.GTC,
            Qty(SCALE // 100), Price(0), Price(59_000 * SCALE), name, reduce_only=True,
        )
    )  # fmt: skip


def as_many_as_may_wait(box: RestBox) -> None:
    for number in range(OPEN_ALGO_ORDERS_MAX):
        wait(box, box.account_id, f"stop-{number}")


def more_than_one_command_triggers(box: RestBox) -> None:
    """Orders of other accounts come first, so that those of this one still wait."""
    printed(box)
    others = TRIGGERS_PER_COMMAND_MAX // OPEN_ALGO_ORDERS_MAX
    for number in range(others):
        account_id = box.open_account(f"{number:064}", "s" * 64)
        for order in range(OPEN_ALGO_ORDERS_MAX):
            wait(box, account_id, f"stop-{order}")
    wait(box, box.account_id, "late")
    trade(box, 59_000)


CASES = [
    Case(-1102, "no algoType", place(STOP, algoType=None), values=("algotype",)),
    Case(
        -1102, "a stop without its price", place(STOP, triggerPrice=None), values=("triggerprice",)
    ),
    Case(-1102, "a stop without a quantity", place(STOP, quantity=None), values=("quantity",)),
    Case(-1102, "STOP without a limit", place(LIMITED, price=None), values=("price",)),
    Case(
        -1102,
        "a trailing stop without its distance",
        place(TRAILING, callbackRate=None),
        values=("callbackrate",),
    ),
    Case(-1130, "an unknown algoType", place(STOP, algoType="VP"), values=("algotype",)),
    Case(
        -1130,
        "a distance too small",
        place(TRAILING, callbackRate="0.09"),
        values=("callbackrate",),
    ),
    Case(-1106, "a limit on a market stop", place(STOP, price="59000"), values=("price",)),
    Case(
        -1106,
        "a trailing stop with a stop price",
        place(TRAILING, triggerPrice="59000"),
        values=("triggerprice",),
    ),
    Case(-1106, "a date", place(STOP, goodTillDate=1_893_456_000_000), values=("goodtilldate",)),
    Case(
        -1106, "closing with reduceOnly", place(CLOSING, reduceOnly="true"), values=("reduceonly",)
    ),
    Case(
        -1106,
        "reduceOnly in hedge mode",
        place(STOP, reduceOnly="true", positionSide="LONG"),
        done(HEDGE),
        ("reduceonly",),
    ),
    Case(-1115, "GTD", place(STOP, timeInForce="GTD")),
    Case(-1116, "a plain type", place(STOP, type="LIMIT")),
    Case(
        -4031,
        "an unknown price to watch",
        place(STOP, workingType="INDEX_PRICE"),
        values=("INDEX_PRICE",),
    ),
    Case(-4136, "a closing STOP", place(LIMITED, closePosition="true"), values=("STOP", "true")),
    Case(
        -4136,
        "closing against its leg",
        place(CLOSING, positionSide="SHORT"),
        values=("STOP_MARKET", "true"),
    ),
    Case(-4137, "closing with a quantity", place(CLOSING, quantity="0.01")),
    Case(-5037, "price and price match", place(LIMITED, priceMatch="QUEUE")),
    Case(-5038, "price match on a market stop", place(STOP, priceMatch="QUEUE")),
    Case(-4003, "a quantity of zero", place(STOP, quantity="0")),
    Case(-4006, "a stop price of zero", place(STOP, triggerPrice="0")),
    Case(-4007, "a stop price above the greatest", place(STOP, triggerPrice="4600000")),
    Case(-4014, "a stop price off the tick", place(STOP, triggerPrice="59000.05")),
    Case(-4135, "an activation price of zero", place(TRAILING, activatePrice="0")),
    Case(-4135, "an activation price off the tick", place(TRAILING, activatePrice="61000.05")),
    Case(
        -4164,
        "a value below the least",
        place(STOP, quantity="0.001", triggerPrice="49000"),
        values=("50",),
    ),
    Case(
        -4183,
        "a limit above the cap of its stop",
        place(LIMITED, side="BUY", triggerPrice="61000", price="90000"),
    ),
    Case(-4184, "a limit below the floor of its stop", place(LIMITED, price="40000")),
    Case(-4061, "LONG in one-way mode", place(STOP, positionSide="LONG")),
    Case(-4509, "GTE_GTC without a position", place(STOP, timeInForce="GTE_GTC")),
    Case(
        -4116,
        "a name that is in use",
        place(STOP, clientAlgoId="one"),
        done(place(STOP, clientAlgoId="one")),
    ),
    Case(-4130, "a second closing stop", place(CLOSING), done(LONG, place(CLOSING))),
    Case(-2025, "one more than may wait", place(STOP), as_many_as_may_wait),
    Case(-2021, "a condition that is met", place(STOP, triggerPrice="60001"), printed),
    Case(
        -2021,
        "an activation price on the wrong side",
        place(TRAILING, activatePrice="59000"),
        printed,
    ),
    Case(-2013, "a cancel of an unknown order", signed("DELETE", PATH, algoId=7)),
    Case(-2013, "a look at an unknown order", signed("GET", PATH, clientAlgoId="nobody")),
    Case(-1102, "a cancel of no order", signed("DELETE", PATH), msg=NO_IDS),
    Case(-1102, "a look at no order", signed("GET", PATH), msg=NO_IDS),
]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_conditional_orders_are_refused_by_the_book(case: Case) -> None:
    """ERR-001, ALG-004, ALG-032."""
    check(case)


def test_what_is_about_to_be_triggered_cannot_be_canceled() -> None:
    """ERR-001, ALG-014: -4117, for the moment in which more wait than one command triggers."""
    box = RestBox(rate_limits=False)
    more_than_one_command_triggers(box)
    assert box.row("DELETE", PATH, clientAlgoId="late") == {
        "code": -4117,
        "msg": "stop order is triggering",
    }
