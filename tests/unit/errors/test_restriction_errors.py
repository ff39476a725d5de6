"""Refusals of an account that the venue restricts, and what is still open to it."""

import orjson
import pytest

from perpbox.engine.commands import RestrictAccount, StreetTrade
from perpbox.engine.types import Restriction
from perpbox.money import SCALE, Price, Qty
from tests.unit.errors.stage import (
    BTC,
    LONG,
    MINE,
    ORDER,
    Case,
    check,
    done,
    limit,
    market,
    name_of,
    signed,
)
from tests.unit.gateway.rest_box import RestBox
from tests.unit.gateway.ws_api_box import WsApiBox

REDUCES = market(side="SELL", reduceOnly="true")
STOP: dict[str, object] = {
    "algoType": "CONDITIONAL",
    "symbol": BTC,
    "side": "SELL",
    "type": "STOP_MARKET",
    "quantity": "0.01",
    "triggerPrice": "59000",
}
CHANGE = signed(
    "PUT", ORDER, symbol=BTC, side="BUY", quantity="0.02", price="57000", origClientOrderId="mine"
)


class restricted:  # noqa: N801
    """A restriction, after what the account did before."""

    def __init__(self, restriction: Restriction) -> None:
        self.restriction = restriction

    def __call__(self, box: RestBox) -> None:
        done(MINE, LONG)(box)
        box.submit(RestrictAccount(box.account_id, self.restriction))


ONLY_REDUCING = {
    -4087: Restriction.REDUCE_ONLY,
    -4189: Restriction.SYMBOL_REDUCE_ONLY,
    -4400: Restriction.QUANTITATIVE_RULES,
    -4401: Restriction.LARGE_POSITION,
}
NOTHING = {
    -4088: Restriction.NO_ORDERS,
    -4109: Restriction.INACTIVE,
    -4192: Restriction.COOLING_OFF,
    -4402: Restriction.REGION,
}
LOCKED = restricted(Restriction.LOCKED)
CASES = [
    *(
        Case(code, f"{fault} of an account under {restriction.value}", ask, restricted(restriction))
        for code, restriction in (ONLY_REDUCING | NOTHING).items()
        for fault, ask in (
            ("an order", limit()),
            ("a stop", signed("POST", "/fapi/v1/algoOrder", **STOP)),
            ("a change", CHANGE),
        )
    ),
    *(
        Case(code, f"a reducing order under {restriction.value}", REDUCES, restricted(restriction))
        for code, restriction in NOTHING.items()
    ),
    Case(-2017, "a look by a locked key", signed("GET", ORDER, symbol=BTC), LOCKED),
    Case(-2017, "an order by a locked key", limit(), LOCKED),
    Case(-2017, "a locked key without a signature", signed("POST", "/fapi/v1/listenKey"), LOCKED),
]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_restricted_accounts_are_refused_by_the_book(case: Case) -> None:
    """ERR-001, ACC-044."""
    check(case)


@pytest.mark.parametrize("restriction", ONLY_REDUCING.values())
def test_what_reduces_is_taken(restriction: Restriction) -> None:
    """ACC-044: orders, and conditions that close."""
    box = RestBox(rate_limits=False)
    restricted(restriction)(box)
    closing = {name: value for name, value in STOP.items() if name != "quantity"}
    assert "algoId" in box.row("POST", "/fapi/v1/algoOrder", **closing, closePosition="true")
    assert REDUCES(box)[0] == 200


@pytest.mark.parametrize("restriction", [*ONLY_REDUCING.values(), *NOTHING.values()])
def test_what_rests_can_be_looked_at_and_canceled(restriction: Restriction) -> None:
    """ACC-044: a restriction touches no order, and none is as it was before."""
    box = RestBox(rate_limits=False)
    restricted(restriction)(box)
    assert len(box.rows("GET", "/fapi/v1/openOrders")) == 1
    assert box.row("DELETE", ORDER, symbol=BTC, origClientOrderId="mine")["status"] == "CANCELED"
    box.submit(RestrictAccount(box.account_id, Restriction.NONE))
    assert "orderId" in box.place()


def test_what_triggers_meets_the_restriction() -> None:
    """ACC-044, ALG-007: the condition is rejected."""
    box = RestBox(rate_limits=False)
    box.submit(StreetTrade(BTC, Price(60_000 * SCALE), Qty(SCALE), buyer_is_maker=True))
    box.row("POST", "/fapi/v1/algoOrder", **STOP, clientAlgoId="stop")
    restricted(Restriction.COOLING_OFF)(box)
    box.submit(StreetTrade(BTC, Price(59_000 * SCALE), Qty(SCALE), buyer_is_maker=True))
    assert box.row("GET", "/fapi/v1/algoOrder", clientAlgoId="stop")["algoStatus"] == "REJECTED"


@pytest.mark.parametrize(
    "restriction", [each for each in Restriction if each is not Restriction.LOCKED]
)
def test_the_account_tells_that_it_may_not_trade(restriction: Restriction) -> None:
    """ACC-045: canTrade, and isLocked under the quantitative rules."""
    box = RestBox(rate_limits=False)
    box.submit(RestrictAccount(box.account_id, restriction))
    for path in ("/fapi/v2/account", "/fapi/v1/accountConfig"):
        assert box.row("GET", path)["canTrade"] is (restriction not in NOTHING.values())
    status = orjson.loads(orjson.dumps(box.row("GET", "/fapi/v1/apiTradingStatus")))
    is_locked = status["indicators"]["ACCOUNT"][0]["isLocked"]
    assert is_locked is (restriction is Restriction.QUANTITATIVE_RULES)


def test_a_locked_key_ends_a_session() -> None:
    """ACC-044: the WebSocket API refuses it as REST does."""
    box = WsApiBox()
    assert box.ask("account.balance")["status"] == 200
    box.submit(RestrictAccount(box.account_id, Restriction.LOCKED))
    assert box.error("account.balance", box.signed()) == (
        401,
        -2017,
        "API Keys are locked on this account.",
    )
