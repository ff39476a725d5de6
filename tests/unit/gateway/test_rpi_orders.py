"""Orders for retail price improvement, over the wire."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from perpbox.box import Box
from perpbox.engine.commands import (
    CancelAllOrders,
    PlaceOrder,
    SetDepth,
    SetPrices,
    StreetTrade,
)
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.lab.wishes import OpenedAccount
from perpbox.money import SCALE, Price, Qty, parse
from tests.unit.gateway.feed_box import FROZEN, FeedBox

SYMBOL = "LTCUSDT"
"""A contract that takes them."""
BID, ASK = "99.00", "101.00"


def level(at: str) -> tuple[tuple[Price, Qty], ...]:
    return ((Price(parse(at)), Qty(5 * SCALE)),)


class Retail:
    """A book of one level a side, and two accounts."""

    def __init__(self, api_date: str = "2026-11-01") -> None:
        options: dict[str, object] = {"market": "none", "clock": "frozen", "seed": 1}
        self.box = Box(**options, symbols=[SYMBOL, "BTCUSDT"], api_date=api_date)
        self.maker, self.taker = self.box.account(), self.box.account()
        for symbol in (SYMBOL, "BTCUSDT"):
            self.box.set_price(symbol, 100)
            self.box.submit(SetDepth(symbol, level(BID), level(ASK), replace=True, from_lab=True))

    def call(
        self, method: str, path: str, account: OpenedAccount | None = None, **params: object
    ) -> Any:
        """The answer, or the code of a refusal."""
        who = account or self.maker
        query = urlencode({**params, "timestamp": self.box.desk.now_ms()})
        digest = hmac.new(who.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        status, _, body = self.box.handle(
            method,
            path,
            f"{query}&signature={digest}".encode(),
            {b"x-mbx-apikey": who.key.encode()},
        )
        answer = json.loads(body)
        return answer if status == 200 else answer["code"]

    def improve(self, price: str = "100", side: str = "BUY", symbol: str = SYMBOL) -> Any:
        return self.call(
            "POST",
            "/fapi/v1/order",
            symbol=symbol,
            side=side,
            type="LIMIT",
            timeInForce="RPI",
            quantity="1",
            price=price,
        )

    def depth(self, path: str = "depth") -> list[list[str]]:
        """Bids, best first."""
        found = self.call("GET", f"/fapi/v1/{path}", symbol=SYMBOL, limit=1000)["bids"]
        assert isinstance(found, list)
        return found

    def sell_print(self, price: str, quantity: str) -> None:
        """A print of the street whose seller takes."""
        self.box.submit(
            StreetTrade(SYMBOL, Price(parse(price)), Qty(parse(quantity)), True, from_lab=True)
        )


def test_who_may_improve() -> None:
    """MAT-020: post-only, of contracts that are listed for it, since its day."""
    retail = Retail()
    assert retail.improve(symbol="BTCUSDT") == -1115
    assert retail.improve(price="101") == -5022
    assert retail.improve()["timeInForce"] == "RPI"
    assert Retail("2025-11-17").improve() == -1115
    assert Retail("2025-11-18").improve()["status"] == "NEW"


def test_it_is_hidden_from_the_usual_book() -> None:
    """MAT-021: depth and bookTicker leave it out, rpiDepth shows it."""
    retail = Retail()
    retail.improve()
    assert retail.depth() == [[BID, "5.000"]]
    assert retail.call("GET", "/fapi/v1/ticker/bookTicker", symbol=SYMBOL)["bidPrice"] == BID
    assert retail.depth("rpiDepth") == [["100.00", "1.000"], [BID, "5.000"]]
    (order,) = retail.call("GET", "/fapi/v1/openOrders", symbol=SYMBOL)
    assert (order["timeInForce"], order["status"]) == ("RPI", "NEW")
    retail.call("DELETE", "/fapi/v1/order", symbol=SYMBOL, orderId=order["orderId"])
    assert retail.depth("rpiDepth") == [[BID, "5.000"]]


def test_levels_that_the_book_crosses_are_hidden() -> None:
    """MAT-021."""
    retail = Retail()
    retail.improve()
    lower = ((Price(parse("99.50")), Qty(SCALE)),)
    retail.box.submit(SetDepth(SYMBOL, (), lower, replace=False, from_lab=True))
    assert retail.depth("rpiDepth") == [[BID, "5.000"]]


@pytest.mark.parametrize("kind", ["MARKET", "LIMIT"])
def test_orders_of_the_api_pass_it_by(kind: str) -> None:
    """MAT-022: they get the usual book's price, though it is worse."""
    retail = Retail()
    retail.improve()
    limit: dict[str, object] = {"price": BID, "timeInForce": "IOC"} if kind == "LIMIT" else {}
    retail.call(
        "POST",
        "/fapi/v1/order",
        retail.taker,
        symbol=SYMBOL,
        side="SELL",
        type=kind,
        quantity="1",
        **limit,
    )
    (fill,) = retail.call("GET", "/fapi/v1/userTrades", retail.taker, symbol=SYMBOL)
    assert fill["price"] == BID
    assert len(retail.call("GET", "/fapi/v1/openOrders", symbol=SYMBOL)) == 1


def test_prints_of_the_street_fill_it() -> None:
    """MAT-023: at its own price and its own commission; the tape says so."""
    retail = Retail()
    retail.improve()
    retail.sell_print("100", "3")
    (fill,) = retail.call("GET", "/fapi/v1/userTrades", symbol=SYMBOL)
    assert (fill["price"], fill["qty"], fill["maker"]) == ("100.00", "1.000", True)
    assert fill["commission"] == "0.00000000"
    rows = retail.call("GET", "/fapi/v1/trades", symbol=SYMBOL, limit=2)
    assert [(row["qty"], row["isRPITrade"]) for row in rows] == [("1.000", True), ("2.000", False)]
    newest = retail.call("GET", "/fapi/v1/aggTrades", symbol=SYMBOL, limit=2)[-2:]
    assert sum(float(row["q"]) - float(row["nq"]) for row in newest) == 1


def test_it_stands_behind_everybody_else() -> None:
    """MAT-023: a usual order at its price is filled first."""
    retail = Retail()
    retail.improve()
    retail.call(
        "POST",
        "/fapi/v1/order",
        retail.taker,
        symbol=SYMBOL,
        side="BUY",
        type="LIMIT",
        timeInForce="GTC",
        quantity="1",
        price="100",
    )
    retail.sell_print("100", "1")
    assert retail.call("GET", "/fapi/v1/userTrades", symbol=SYMBOL) == []
    retail.sell_print("100", "0.4")
    (fill,) = retail.call("GET", "/fapi/v1/userTrades", symbol=SYMBOL)
    assert fill["qty"] == "0.400"
    assert retail.depth("rpiDepth")[0] == ["100.00", "0.600"]


def test_its_stream_tells_its_levels() -> None:
    """MAT-024: rpiDepth pushes what changed, depth stays silent; the chain has no gap."""
    box = FeedBox(FROZEN, (SYMBOL,))
    box.desk.submit(SetPrices(SYMBOL, Price(100 * SCALE), Price(100 * SCALE)))
    box.desk.submit(SetDepth(SYMBOL, level(BID), level(ASK), replace=True))
    name = SYMBOL.lower()
    box.want(f"{name}@rpiDepth@500ms", f"{name}@depth@500ms")
    order = PlaceOrder(
        1,
        SYMBOL,
        Side.BUY,
        PositionSide.BOTH,
        OrderType.LIMIT,
        TimeInForce.RPI,
        Qty(SCALE),
        Price(100 * SCALE),
        False,
        "improves",
    )
    box.desk.submit(order)
    ((stream, first),) = box.take()
    assert stream == f"{name}@rpiDepth@500ms"
    assert (first["b"], first["a"]) == ([["100.00", "1.000"]], [])
    box.desk.submit(CancelAllOrders(1, SYMBOL))
    ((_, last),) = box.take()
    assert (last["b"], last["pu"]) == ([["100.00", "0.000"]], first["u"])
