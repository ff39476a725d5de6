"""A preview is the truth told early: the real order gets the same error, or the same figures."""

from random import Random
from typing import Any

import pytest

from perpbox.box import Box
from perpbox.engine.commands import SetDepth
from perpbox.engine.hashing import state_hash
from perpbox.money import SCALE, Price, Qty
from tests.unit.lab.lab_box import as_page, done, token_of

STEPS = 150
SYMBOLS = ("BTCUSDT", "ETHUSDT")
START = {"BTCUSDT": 60_000, "ETHUSDT": 3_000}
TYPES = ("MARKET", "LIMIT", "LIMIT", "LIMIT", "STOP_MARKET", "TAKE_PROFIT")
TIMES = ("GTC", "GTC", "IOC", "FOK", "GTX")
Params = dict[str, str]


class Trading:
    """Two boxes told the same; one of them is asked beforehand what would be."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        self.box = Box(market="none", clock="frozen", symbols=list(SYMBOLS), seed=1)
        for symbol in SYMBOLS:
            self.box.set_price(symbol, START[symbol])
        self.box.account(wallets={"USDT": 40_000, "BNB": 1}, hedge=True, fee_burn=True)
        self.box.account(wallets={"USDT": 3_000, "BTC": "0.5"}, multi_assets=True)
        self.tokens = {number: token_of(self.box, number) for number in (1, 2, 3)}

    def ask(self, number: int, method: str, path: str, **params: str) -> tuple[int, Any]:
        status, _, answer = as_page(self.box, self.tokens[number], method, path, **params)
        return status, answer

    def order(self, number: int) -> Params:
        """Parameters of an order, each as likely wrong as right."""
        draw = self.draw
        symbol, kind = draw.choice(SYMBOLS), draw.choice(TYPES)
        size = draw.choice(("0.001", "0.010", "0.100", "0.500", "3.000", "25.000", "0.0001", "0"))
        params = {"symbol": symbol, "side": draw.choice(("BUY", "SELL")), "type": kind}
        params["quantity"] = size
        near = str(round(START[symbol] * draw.gauss(1, 0.004), draw.choice((1, 1, 1, 4))))
        if kind in ("LIMIT", "TAKE_PROFIT"):
            params["price"] = near
        if kind == "LIMIT" and draw.random() < 0.95:
            params["timeInForce"] = draw.choice(TIMES)
        if kind in ("STOP_MARKET", "TAKE_PROFIT"):
            params["triggerPrice"] = str(round(START[symbol] * draw.gauss(1, 0.02), 1))
        if draw.random() < (0.9 if number == 2 else 0.1):
            params["positionSide"] = draw.choice(("LONG", "SHORT", "BOTH"))
        if draw.random() < 0.15:
            params["reduceOnly"] = draw.choice(("true", "false"))
        if draw.random() < 0.03:
            del params[draw.choice(list(params))]
        return params

    def disturb(self) -> None:
        """Something else happens in between."""
        draw, number, symbol = self.draw, self.draw.randint(1, 3), self.draw.choice(SYMBOLS)
        kind = draw.randrange(4)
        if kind == 0:
            self.box.set_price(symbol, round(START[symbol] * draw.gauss(1, 0.004), 1))
        elif kind == 1:
            leverage = str(draw.choice((3, 20, 50, 100)))
            self.ask(number, "POST", "/fapi/v1/leverage", symbol=symbol, leverage=leverage)
        elif kind == 2:
            wanted = draw.choice(("ISOLATED", "CROSSED"))
            self.ask(number, "POST", "/fapi/v1/marginType", symbol=symbol, marginType=wanted)
        else:
            price = START[symbol]
            bids = tuple((Price((price - n) * SCALE), Qty(n * SCALE // 4)) for n in range(1, 6))
            asks = tuple((Price((price + n) * SCALE), Qty(n * SCALE // 4)) for n in range(1, 6))
            self.box.submit(SetDepth(symbol, bids, asks, replace=True))

    def standing(self, number: int, params: Params) -> tuple[Any, str]:
        """The row of a leg and the available balance, as the exchange prints them."""
        _, rows = self.ask(number, "GET", "/fapi/v2/positionRisk", symbol=params["symbol"])
        side = params.get("positionSide", "BOTH")
        _, account = self.ask(number, "GET", "/fapi/v2/account")
        funds = {row["asset"]: row["availableBalance"] for row in account["assets"]}
        return next(row for row in rows if row["positionSide"] == side), funds["USDT"]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_previewed_is_what_happens(seed: int) -> None:
    """LAB-121, LAB-122, LAB-123: code and text, or fill, position, liquidation price, funds."""
    trading = Trading(seed)
    seen = {True: 0, False: 0}
    for _ in range(STEPS):
        if trading.draw.random() < 0.3:
            trading.disturb()
        number = trading.draw.randint(1, 3)
        params = trading.order(number)
        before = state_hash(trading.box.state)
        told = done(trading.box, "POST", "/preview", {"account": number, **params})
        assert state_hash(trading.box.state) == before
        conditional = params.get("type") in ("STOP_MARKET", "TAKE_PROFIT")
        path = "/fapi/v1/algoOrder" if conditional else "/fapi/v1/order"
        more = {"algoType": "CONDITIONAL"} if conditional else {"newOrderRespType": "RESULT"}
        status, answer = trading.ask(number, "POST", path, **params, **more)
        assert told["ok"] == (status == 200), (params, told, answer)
        seen[told["ok"]] += 1
        if not told["ok"]:
            assert (told["code"], told["msg"]) == (answer["code"], answer["msg"]), params
            continue
        position, available = trading.standing(number, params)
        assert told["position"] == position
        assert told["liquidationPriceAfter"] == position["liquidationPrice"]
        assert told["availableAfter"] == available
        if not conditional:
            named = {"symbol": params["symbol"], "orderId": str(answer["orderId"])}
            _, record = trading.ask(number, "GET", "/fapi/v1/order", **named)
            assert told["status"] == record["status"]
            assert float(told["filledQuantity"]) == float(record["executedQty"])
            assert float(told.get("averageFillPrice", 0)) == float(record["avgPrice"])
    assert min(seen.values()) > STEPS // 10, seen


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_cost_decides(number: int) -> None:
    """LAB-123: an order is refused for its margin exactly where its cost is above what is free."""
    box = Box(market="none", clock="frozen", symbols=["BTCUSDT"])
    box.set_price("BTCUSDT", 60_000)
    box.account(usdt=7_000, hedge=True)
    box.account(wallets={"USDT": 900, "BNB": 5}, multi_assets=True)
    side = {"positionSide": "LONG"} if number == 2 else {}
    order: dict[str, object] = {"account": number, "symbol": "BTCUSDT", "side": "BUY"}
    order |= {"type": "LIMIT", "timeInForce": "GTC", "price": "60100", **side}
    low, high = 1, 60_000  # thousandths of a coin
    while high - low > 1:
        middle = (low + high) // 2
        told = done(box, "POST", "/preview", {**order, "quantity": f"{middle / 1000:.3f}"})
        if told["ok"]:
            low = middle
            assert float(told["cost"]) <= float(told["available"])
            assert float(told["cost"]) == pytest.approx(
                float(told["initialMargin"]) + float(told["openLoss"])
            )
        else:
            high = middle
            assert told["code"] in (-2019, -2027)
    last = done(box, "POST", "/preview", {**order, "quantity": f"{low / 1000:.3f}"})
    step = float(last["cost"]) / low
    assert float(last["cost"]) + 1.01 * step > float(last["available"])
