"""What-if tells what happens: move the prices for real, and the totals and the dead are those."""

from random import Random
from typing import Any

import pytest

from perpbox.box import Box
from perpbox.engine.commands import PinPrices
from perpbox.engine.events import ScopeLiquidated
from perpbox.engine.hashing import state_hash
from perpbox.money import SCALE, Price, parse
from tests.unit.lab.lab_box import as_page, done, token_of

SYMBOLS = ("BTCUSDT", "ETHUSDT")
START = {"BTCUSDT": 60_000, "ETHUSDT": 3_000}


def traded(seed: int, *, liquidation: str) -> Box:
    """A box with positions of every kind; the same for the same seed."""
    draw = Random(seed)
    box = Box(market="none", clock="frozen", symbols=list(SYMBOLS), seed=1, liquidation=liquidation)
    for symbol in SYMBOLS:
        box.set_price(symbol, START[symbol])
    box.account(usdt=3_000, hedge=True)
    box.account(wallets={"USDT": 150, "BTC": "0.02"}, multi_assets=True)
    for number in (1, 2, 3):
        token = token_of(box, number)
        for symbol in SYMBOLS:
            if number < 3 and draw.random() < 0.5:
                kind = {"symbol": symbol, "marginType": "ISOLATED"}
                as_page(box, token, "POST", "/fapi/v1/marginType", **kind)
            side = draw.choice(("BUY", "SELL"))
            order = {"symbol": symbol, "side": side, "type": "MARKET"}
            order["quantity"] = str(draw.choice((0.1, 0.2)) if symbol == "BTCUSDT" else 2)
            if number == 2:
                order["positionSide"] = "LONG" if side == "BUY" else "SHORT"
            as_page(box, token, "POST", "/fapi/v1/order", **order)
    return box


def pinned(symbol: str, mark: str) -> PinPrices:
    return PinPrices(symbol, Price(parse(mark)), Price(parse(mark)), None)


@pytest.mark.parametrize("seed", range(12))
def test_moves_for_real(seed: int) -> None:
    """LAB-124: equity, margins and liquidations of the exchange where the prices went there."""
    draw = Random(seed)
    quiet, deadly = (traded(seed, liquidation=mode) for mode in ("off", "on"))
    moves = {symbol: f"{draw.uniform(-0.2, 0.2):.4f}" for symbol in SYMBOLS}
    before = state_hash(quiet.state)
    told: dict[int, Any] = {}
    for number in (1, 2, 3):
        answer = done(quiet, "POST", "/whatif", {"account": number, "moves": moves})
        told[number] = answer["steps"][0]
    assert state_hash(quiet.state) == before
    for symbol in SYMBOLS:
        quiet.submit(pinned(symbol, told[1]["marks"][symbol]))
    for number in (1, 2, 3):
        row = done(quiet, "GET", "/accounts", fromId=number, limit=1)[0]
        assert (told[number]["equity"], told[number]["marginRatio"]) == (
            row["equity"],
            row["marginRatio"],
        )
        account = as_page(quiet, token_of(quiet, number), "GET", "/fapi/v2/account")[2]
        assert parse(told[number]["maintMargin"]) == parse(account["totalMaintMargin"])
        assert parse(told[number]["pnl"]) == parse(account["totalUnrealizedProfit"])
    # Both marks at once: the second alone decides what is looked at, so pin the first by hand.
    first, last = SYMBOLS
    market = deadly.state.markets[first]
    market.mark = market.index = Price(parse(told[1]["marks"][first]))
    events = [*deadly.submit(pinned(last, told[1]["marks"][last]))]
    events += deadly.submit(pinned(first, str(float(told[1]["marks"][first]) + 0.00000001)))
    events += deadly.submit(pinned(first, told[1]["marks"][first]))
    liquidated = {event.account_id for event in events if isinstance(event, ScopeLiquidated)}
    assert liquidated == {number for number in told if told[number]["dead"]}


def test_a_range() -> None:
    """LAB-124: steps of equal width over what is held, or over one symbol."""
    box = traded(1, liquidation="on")
    body = {"account": 1, "from": "-0.5", "to": 0.5, "steps": 11}
    steps = done(box, "POST", "/whatif", body)["steps"]
    assert [step["moves"]["BTCUSDT"] for step in steps] == [
        "-0.5", "-0.4", "-0.3", "-0.2", "-0.1", "0", "0.1", "0.2", "0.3", "0.4", "0.5"
    ]  # fmt: skip
    assert steps[5]["pnlChange"] == "0"
    assert steps[5]["marks"] == {"BTCUSDT": "60000", "ETHUSDT": "3000"}
    one = done(box, "POST", "/whatif", body | {"symbol": "ETHUSDT"})["steps"]
    assert set(one[0]["moves"]) == {"ETHUSDT"}
    assert len(done(box, "POST", "/whatif", {"account": 1, "from": 0, "to": 1})["steps"]) == 101
    assert done(box, "POST", "/whatif", {"account": 3, "from": 0, "to": 1, "steps": 2})["steps"]


def test_an_index_that_prices_collateral_moves_along() -> None:
    """LAB-124: coins in the wallet lose what their contract loses."""
    box = Box(market="none", clock="frozen", symbols=["BTCUSDT"])
    box.set_price("BTCUSDT", 50_000)
    number = box.account(wallets={"BTC": 1}, multi_assets=True).account_id
    body = {"account": number, "moves": {"BTCUSDT": "-0.5"}}
    now = done(box, "GET", "/accounts", fromId=number)[0]["equity"]
    there = done(box, "POST", "/whatif", body)["steps"][0]["equity"]
    assert parse(there) == pytest.approx(parse(now) // 2, abs=SCALE)
