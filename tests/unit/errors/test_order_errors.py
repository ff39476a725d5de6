"""Refusals of orders: placing, changing, canceling, looking up."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from perpbox.engine.commands import (
    AdvanceTime,
    ListInstrument,
    ModifyOrder,
    ScheduleDelivery,
    SetDepth,
)
from perpbox.engine.entry import AMENDMENTS_MAX
from perpbox.engine.symbol import PositionControl
from perpbox.engine.types import Side
from perpbox.money import SCALE, Price, Qty
from perpbox.specs import catalogue
from tests.unit.errors.stage import (
    BTC,
    HEDGE,
    LONG,
    MINE,
    ORDER,
    Case,
    Signed,
    check,
    done,
    limit,
    market,
    name_of,
    neither,
    signed,
)
from tests.unit.gateway.rest_box import NOW_MS, RestBox

BATCH = "/fapi/v1/batchOrders"
NO_IDS = neither("origClientOrderId", "orderId")


def relisted(**changes: object) -> Callable[[RestBox], None]:
    """The contract with other terms, over what rests and stands."""

    def arrange(box: RestBox) -> None:
        instrument = box.state.markets[BTC].instrument
        box.submit(ListInstrument(msgspec.structs.replace(instrument, **changes)))

    return arrange


def controlled(side: PositionControl) -> Callable[[RestBox], None]:
    return relisted(position_control=side)


def ended(box: RestBox) -> None:
    """The contract is settled, and the clock stands behind its end."""
    box.submit(ScheduleDelivery(BTC, NOW_MS + 1))
    box.box_ms += 120_000
    box.wall_ms = box.box_ms
    box.submit(AdvanceTime())


def tradfi(box: RestBox) -> None:
    box.submit(ListInstrument(catalogue(("XAUUSDT",)).instruments["XAUUSDT"]))


def empty_book(box: RestBox) -> None:
    box.submit(SetDepth(BTC, (), (), replace=True))


def far_ask(box: RestBox) -> None:
    """The best ask is further from the mark than the price filter lets a buyer go."""
    box.submit(SetDepth(BTC, (), ((Price(64_000 * SCALE), Qty(SCALE)),), replace=True))


def full_of_orders(box: RestBox) -> None:
    relisted(max_num_orders=2)(box)
    done(limit(), limit())(box)


def changed_often(box: RestBox) -> None:
    done(MINE)(box)
    for turn in range(AMENDMENTS_MAX):
        price = Price((58_000 + turn % 2 + 1) * SCALE)
        box.submit(ModifyOrder(box.account_id, BTC, 0, "mine", Side.BUY, Qty(SCALE // 100), price))


def modify(**changes: object) -> Signed:
    base: dict[str, object] = {
        "symbol": BTC,
        "side": "BUY",
        "quantity": "0.010",
        "price": "57000",
        "origClientOrderId": "mine",
    }
    sent = {name: value for name, value in (base | changes).items() if value is not None}
    return signed("PUT", ORDER, **sent)


def closed_and_halted(box: RestBox) -> None:
    done(MINE)(box)
    relisted(is_trading=False)(box)


def mine_below_the_least(box: RestBox) -> None:
    relisted(min_notional=100 * SCALE)(box)
    done(MINE)(box)


def mine_and_an_empty_book(box: RestBox) -> None:
    done(MINE)(box)
    empty_book(box)


def closing_twice(box: RestBox) -> None:
    done(HEDGE, market(positionSide="LONG"))(box)
    done(limit(side="SELL", positionSide="LONG", price="61000"))(box)


CASES = [
    # what a type needs and what it must not carry
    Case(-1102, "LIMIT without timeInForce", limit(timeInForce=None), values=("timeInForce",)),
    Case(-1102, "LIMIT without quantity", limit(quantity=None), values=("quantity",)),
    Case(-1102, "LIMIT without price", limit(price=None), values=("price",)),
    Case(-1102, "MARKET without quantity", market(quantity=None), values=("quantity",)),
    Case(-1102, "GTD without a date", limit(timeInForce="GTD"), values=("goodTillDate",)),
    Case(-1106, "MARKET with a time in force", market(timeInForce="GTC"), values=("timeinforce",)),
    Case(-1106, "MARKET with a price", market(price="60000"), values=("price",)),
    Case(-1106, "a date without GTD", limit(goodTillDate=NOW_MS + 10**7), values=("goodtilldate",)),
    Case(
        -1106,
        "reduceOnly in hedge mode",
        limit(reduceOnly="false", positionSide="LONG"),
        done(HEDGE),
        values=("reduceonly",),
    ),
    Case(-1115, "an unknown time in force", limit(timeInForce="GTE_GTC")),
    Case(-1116, "an unknown type", limit(type="LIMIT_MAKER")),
    Case(-1117, "an unknown side", limit(side="LONG")),
    Case(-1121, "an unknown symbol", limit(symbol="NOPEUSDT")),
    Case(
        -1130,
        "reduceOnly that is no truth value",
        limit(reduceOnly="maybe"),
        values=("reduceonly",),
    ),
    Case(-1136, "FULL answers", limit(newOrderRespType="FULL")),
    Case(-4015, "a client order id with a blank", limit(newClientOrderId="not good")),
    Case(-4060, "an unknown position side", limit(positionSide="UP")),
    Case(-4120, "a conditional type", limit(type="STOP", stopPrice="59000")),
    Case(
        -4136,
        "closePosition",
        market(closePosition="true", quantity="0"),
        values=("MARKET", "true"),
    ),
    Case(-5037, "an unknown price match", limit(priceMatch="OPPONENT_10", price=None)),
    Case(-5037, "price and price match", limit(priceMatch="QUEUE")),
    Case(-5038, "price match on MARKET", market(priceMatch="QUEUE")),
    Case(-5039, "an unknown self-trade prevention", limit(selfTradePreventionMode="DECREMENT")),
    # the contract and the account
    Case(
        -4105,
        "a contract on which both sides only reduce",
        limit(),
        controlled(PositionControl.BOTH),
    ),
    Case(-4106, "a contract on which buys only reduce", limit(), controlled(PositionControl.BUY)),
    Case(
        -4107,
        "a contract on which sells only reduce",
        market(side="SELL"),
        controlled(PositionControl.SELL),
    ),
    Case(-4141, "a contract that has ended", limit(), ended),
    Case(-4140, "a contract that does not trade", limit(), relisted(is_trading=False)),
    Case(-4411, "a traditional asset without the agreement", limit(symbol="XAUUSDT"), tradfi),
    # filters
    Case(-1111, "four decimals of three", limit(quantity="0.0101")),
    Case(-1111, "a price of three decimals of two", limit(price="58000.001")),
    Case(-1111, "nine decimals", limit(price="58000.123456789")),
    Case(-4003, "a quantity of zero", limit(quantity="0.0")),
    Case(
        -4004,
        "a quantity below the least",
        limit(quantity="0.001"),
        relisted(min_qty=Qty(SCALE // 100)),
    ),
    Case(-4005, "a quantity above the greatest", market(quantity="121")),
    Case(
        -4023,
        "a quantity off the step",
        limit(quantity="0.013"),
        relisted(step_size=Qty(SCALE // 100)),
    ),
    Case(-4001, "a price of zero", limit(price="0")),
    Case(-4002, "a price above the greatest", limit(price="4600000")),
    Case(-4013, "a price below the least", limit(price="500")),
    Case(-4014, "a price off the tick", limit(price="58000.05")),
    Case(-4016, "a buy above the band", limit(price="63000.10"), values=("63000.00",)),
    Case(
        -4024, "a sell below the band", limit(side="SELL", price="56999.90"), values=("57000.00",)
    ),
    Case(-4131, "MARKET without a counterparty", market(), empty_book),
    Case(-4131, "MARKET with a counterparty outside of the band", market(), far_ask),
    Case(
        -4164,
        "a value below the least",
        limit(quantity="0.001", price="49000"),
        relisted(multiplier_down=0),
        values=("50",),
    ),
    Case(
        -5041,
        "a price match without that level",
        limit(priceMatch="OPPONENT", price=None),
        empty_book,
    ),
    Case(-5040, "a date too near", limit(timeInForce="GTD", goodTillDate=NOW_MS + 600000)),
    Case(-5040, "a date too far", limit(timeInForce="GTD", goodTillDate=253402300799000)),
    # the account
    Case(-4061, "LONG in one-way mode", limit(positionSide="LONG")),
    Case(-4061, "no side in hedge mode", limit(), done(HEDGE)),
    Case(-2022, "nothing to reduce", limit(reduceOnly="true")),
    Case(
        -4118,
        "closing more than rests",
        limit(side="SELL", positionSide="LONG", price="61000"),
        closing_twice,
    ),
    Case(-4116, "a client order id that is in use", MINE, done(MINE)),
    Case(-2025, "more open orders than the contract takes", limit(), full_of_orders),
    Case(
        -2027,
        "beyond the cap of the leverage",
        limit(quantity="6"),
        done(signed("POST", "/fapi/v1/leverage", symbol=BTC, leverage=150)),
    ),
    Case(-2019, "more than the account can bear", limit(quantity="100")),
    # the book
    Case(-5022, "a post-only order that would take", limit(timeInForce="GTX", price="60001")),
    Case(
        -5021,
        "fill-or-kill of more than there is",
        limit(timeInForce="FOK", price="60001", quantity="11"),
    ),
    # changing
    Case(-1102, "a change without price", modify(price=None), done(MINE), values=("price",)),
    Case(-1102, "a change of no order", modify(origClientOrderId=None), msg=NO_IDS),
    Case(-2013, "a change of an unknown order", modify()),
    Case(-2013, "a change of the other side", modify(side="SELL"), done(MINE)),
    Case(-5024, "a change while the contract does not trade", modify(), closed_and_halted),
    Case(-5026, "a change too many", modify(), changed_often),
    Case(-5027, "a change to the same", modify(price="58000"), done(MINE)),
    Case(
        -5029,
        "a change below the least value",
        modify(quantity="0.001"),
        mine_below_the_least,
        values=("100",),
    ),
    Case(-5037, "a change with price and price match", modify(priceMatch="QUEUE"), done(MINE)),
    Case(
        -5041,
        "a change to a level that is not there",
        modify(priceMatch="OPPONENT", price=None),
        mine_and_an_empty_book,
    ),
    Case(-5047, "reduceOnly asked of an order without it", modify(reduceOnly="true"), done(MINE)),
    Case(-2019, "a change that the account cannot bear", modify(quantity="100"), done(MINE)),
    # canceling and looking up
    Case(-2011, "a cancel of an unknown order", signed("DELETE", ORDER, symbol=BTC, orderId=1)),
    Case(
        -2011,
        "a cancel of another symbol's order",
        signed("DELETE", ORDER, symbol="ETHUSDT", origClientOrderId="mine"),
        done(MINE),
    ),
    Case(-2013, "a look at an unknown order", signed("GET", ORDER, symbol=BTC, orderId=2**53 + 1)),
    Case(
        -2013,
        "a look for a finished order among the open",
        signed("GET", "/fapi/v1/openOrder", symbol=BTC, origClientOrderId="mine"),
        done(MINE, signed("DELETE", ORDER, symbol=BTC, origClientOrderId="mine")),
    ),
    Case(-1102, "a look at no order", signed("GET", ORDER, symbol=BTC), msg=NO_IDS),
    # batches
    Case(-4082, "a batch of none", signed("POST", BATCH, batchOrders="[]")),
    Case(-4082, "a batch of six", signed("POST", BATCH, batchOrders="[1,2,3,4,5,6]")),
    Case(-4082, "changes of six", signed("PUT", BATCH, batchOrders="[1,2,3,4,5,6]")),
    Case(
        -4032,
        "cancels of eleven",
        signed("DELETE", BATCH, symbol=BTC, orderIdList="[1,2,3,4,5,6,7,8,9,10,11]"),
    ),
    Case(
        -1102,
        "a batch that is not JSON",
        signed("POST", BATCH, batchOrders="two orders"),
        values=("batchorders",),
    ),
    Case(
        -1102,
        "cancels of nothing",
        signed("DELETE", BATCH, symbol=BTC),
        msg=neither("orderIdList", "origClientOrderIdList"),
    ),
    Case(
        -1130,
        "cancels that are not JSON",
        signed("DELETE", BATCH, symbol=BTC, orderIdList="1,2"),
        values=("orderidlist",),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_orders_are_refused_by_the_book(case: Case) -> None:
    """ERR-001, ORD-040, ORD-041."""
    check(case)


@pytest.mark.parametrize(
    ("control", "side"),
    [
        (PositionControl.BUY, Side.SELL),
        (PositionControl.SELL, Side.BUY),
        (PositionControl.NONE, Side.BUY),
    ],
)
def test_the_other_side_of_a_controlled_contract_is_free(
    control: PositionControl, side: Side
) -> None:
    """ORD-041."""
    box = RestBox()
    controlled(control)(box)
    assert "orderId" in box.place(type="MARKET", side=side.name, timeInForce=None, price=None)


def test_a_controlled_contract_lets_positions_go() -> None:
    """ORD-041: what only reduces is taken, and what triggers later is looked at again."""
    box = RestBox()
    done(LONG)(box)
    controlled(PositionControl.BOTH)(box)
    reduce: dict[str, object] = {"side": "SELL", "reduceOnly": "true"}
    assert "orderId" in box.place(
        type="MARKET", quantity="0.004", timeInForce=None, price=None, **reduce
    )
    stop: dict[str, object] = {"algoType": "CONDITIONAL", "symbol": BTC, "type": "STOP_MARKET"}
    stop |= {"side": "SELL", "triggerPrice": "59000"}
    path = "/fapi/v1/algoOrder"
    assert "algoId" in box.row("POST", path, **stop, closePosition="true")
    assert "algoId" in box.row("POST", path, **stop, quantity="0.001", reduceOnly="true")
    assert box.row("POST", path, **stop, quantity="0.001")["code"] == -4105


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in CASES
        if isinstance(case.ask, Signed) and (case.ask.method, case.ask.path) == ("POST", ORDER)
    ],
    ids=name_of,
)
def test_a_checked_order_is_refused_like_a_real_one(case: Case) -> None:
    """WIR-036."""
    assert isinstance(case.ask, Signed)
    check(case._replace(ask=replace(case.ask, path=f"{ORDER}/test")))
