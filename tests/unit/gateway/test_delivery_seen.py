"""What a client sees of a contract's end: answers, refusals, streams, in either kind of market."""

from decimal import Decimal
from typing import Any

import orjson
import pytest

from perpbox.box import Box
from perpbox.engine import commands as c
from perpbox.gateway.clock import PACES, Mode
from perpbox.money import SCALE, Price, Qty
from perpbox.specs import catalogue
from tests.unit.gateway.distress import Row, Trader, opened, words
from tests.unit.gateway.feed_box import FeedBox

QUARTERLY = "BTCUSDT_261225"
DELIVERY_MS = 1_798_185_600_000
MINUTE_MS = 60_000
START_MS = DELIVERY_MS - 120 * MINUTE_MS
PRICE = "60000"


def get(box: Box, path: str, query: str = "") -> Any:
    return orjson.loads(box.handle("GET", path, query.encode())[2])


def listed(box: Box, symbol: str = QUARTERLY) -> Row:
    rows = get(box, "/fapi/v1/exchangeInfo")["symbols"]
    return next(row for row in rows if row["symbol"] == symbol)


def quarterly(**options: object) -> Box:
    """A box with the perpetual and the quarterly of a pair, two hours before the delivery."""
    terms = {"market": "none", "clock": "frozen", "now": START_MS} | options
    return Box(symbols=["BTCUSDT", QUARTERLY], **terms)


def test_a_dated_contract_is_served_when_it_is_named() -> None:
    """SPC-016, DLV-014: its row as recorded, without funding; the default board has none."""
    assert QUARTERLY not in catalogue().instruments
    box = quarterly()
    row = listed(box)
    assert (row["pair"], row["contractType"], row["status"]) == (
        "BTCUSDT",
        "CURRENT_QUARTER",
        "TRADING",
    )
    assert row["deliveryDate"] == DELIVERY_MS
    box.set_price(QUARTERLY, PRICE)
    premium = get(box, "/fapi/v1/premiumIndex", f"symbol={QUARTERLY}")
    assert (premium["lastFundingRate"], premium["interestRate"]) == ("", "")
    assert premium["nextFundingTime"] == 0
    candles = get(
        box,
        "/fapi/v1/continuousKlines",
        "pair=BTCUSDT&contractType=CURRENT_QUARTER&interval=1m",
    )
    assert Decimal(candles[0][4]) == 60_000


def test_status_and_prices_on_the_way() -> None:
    """DLV-001, DLV-002, DLV-010, WIR-346: four statuses, and the price that was paid."""
    box = quarterly()
    box.set_price(QUARTERLY, PRICE)
    box.advance(minutes=90)
    assert listed(box)["status"] == "PRE_DELIVERING"
    box.advance(minutes=15)
    box.set_price(QUARTERLY, "60300.5")
    estimate = get(box, "/fapi/v1/premiumIndex", f"symbol={QUARTERLY}")["estimatedSettlePrice"]
    assert estimate == "60000.00000000"
    box.advance(minutes=7)
    premium = get(box, "/fapi/v1/premiumIndex", f"symbol={QUARTERLY}")
    assert premium["estimatedSettlePrice"] == "60095.61363636"
    assert get(box, "/futures/data/delivery-price", "pair=BTCUSDT") == []
    box.advance(minutes=8)
    assert listed(box)["status"] == "DELIVERING"
    # 900 samples at each of two prices, at the one decimal of the contract's prices.
    answer = get(box, "/futures/data/delivery-price", "pair=btcusdt")
    assert answer == [{"deliveryTime": DELIVERY_MS, "deliveryPrice": 60150.3}]
    box.advance(minutes=1)
    assert listed(box)["status"] == "DELIVERED"
    assert listed(box, "BTCUSDT")["status"] == "TRADING"
    symbols = {row["symbol"] for row in get(box, "/fapi/v1/ticker/24hr")}
    assert symbols == {"BTCUSDT"}


def test_an_hour_was_averaged_before_november_2024() -> None:
    """DLV-001: the window of an older API date is twice as long."""
    box = quarterly(api_date="2024-11-10")
    box.set_price(QUARTERLY, PRICE)
    box.advance(minutes=60)
    assert listed(box)["status"] == "PRE_DELIVERING"
    box.advance(minutes=45)
    box.set_price(QUARTERLY, "60400")
    box.advance(minutes=15)
    answer = get(box, "/futures/data/delivery-price", "pair=BTCUSDT")
    assert answer[0]["deliveryPrice"] == 60100


def test_refusals_on_the_way() -> None:
    """DLV-002, DLV-010, DLV-015: -4140 for what opens, -5024 for changes, -4141 after the end."""
    with opened("BTCUSDT", now=START_MS) as box:
        trader = Trader(box, box.account(10_000))
        trader.market("BTCUSDT", "BUY", "0.1")
        status, row = trader.rest.lab("POST", "/delivery", {"symbol": "BTCUSDT", "at": DELIVERY_MS})
        assert (status, row["status"], row["deliveryDate"]) == (200, "TRADING", DELIVERY_MS)
        box.advance(minutes=90)
        assert listed(box, "BTCUSDT")["status"] == "PRE_SETTLE"
        limit = {"symbol": "BTCUSDT", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
        order = "/fapi/v1/order"
        opens = trader.ask("POST", order, **limit, side="BUY", price="59000")
        assert opens == (400, {"code": -4140, "msg": "Invalid symbol status for opening position"})
        closes = {"side": "SELL", "reduceOnly": "true", "price": "61000"}
        placed = trader.do("POST", order, **limit, **closes)
        stop = {"algoType": "CONDITIONAL", "type": "STOP_MARKET", "triggerPrice": "65000"}
        algo = "/fapi/v1/algoOrder"
        waits = {"symbol": "BTCUSDT", "quantity": "0.01", "side": "BUY"} | stop
        assert trader.ask("POST", algo, **waits)[1]["code"] == -4140
        box.advance(minutes=30)
        assert trader.ask("POST", order, **limit, **closes)[1]["code"] == -4141
        assert trader.ask("POST", algo, **waits)[1]["code"] == -4141
        late = {"symbol": "BTCUSDT", "orderId": placed["orderId"]}
        assert trader.do("GET", order, **late)["status"] == "EXPIRED"
        assert listed(box, "BTCUSDT")["status"] == "SETTLING"
        lab = trader.rest.lab("POST", "/prices", {"symbol": "BTCUSDT", "mark": "1"})
        assert (lab[0], lab[1]["code"]) == (400, -9011)
        box.advance(minutes=1)
        assert listed(box, "BTCUSDT")["status"] == "CLOSE"


def test_settlement_over_the_user_stream() -> None:
    """DLV-005, DLV-006, DLV-011, USR-052: an order of its own name, its fill, income, a fee."""
    with opened("BTCUSDT", now=START_MS) as box:
        trader = Trader(box, box.account(10_000))
        trader.market("BTCUSDT", "BUY", "0.1")
        entry = Decimal(trader.risk("BTCUSDT")[0]["entryPrice"])
        trader.limit("BTCUSDT", "SELL", "0.01", "62000")
        assert trader.rest.lab("POST", "/delivery", {"symbol": "BTCUSDT", "at": DELIVERY_MS})[0]
        with trader.listening():
            box.advance(minutes=90)
            (ended,) = trader.heard()
            assert (ended["o"]["x"], ended["o"]["er"]) == ("EXPIRED", "7")
            box.advance(minutes=30)
            events = trader.heard()
        assert words(events) == [
            "ACCOUNT_UPDATE FUNDING_FEE",
            "TRADE_LITE",
            "NEW LIMIT BTCUSDT",
            "ACCOUNT_UPDATE ORDER",
            "TRADE LIMIT BTCUSDT",
        ]
        filled = events[-1]["o"]
        assert filled["c"].startswith(f"settlement_autoclose-{DELIVERY_MS:013d}")
        assert (filled["X"], filled["L"], filled["z"]) == ("FILLED", "60000", "0.1")
        assert filled["n"] == "3"
        profit = (60_000 - entry) * Decimal("0.1")
        assert trader.income("DELIVERED_SETTELMENT") == [profit]
        assert trader.income("REALIZED_PNL") == []
        (_, last) = trader.do("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")
        assert Decimal(last["realizedPnl"]) == profit
        assert trader.risk() == []
        income = trader.do("GET", "/fapi/v1/income", limit=1000)
        assert sum(Decimal(row["income"]) for row in income) == trader.wallet()
        state = trader.rest.lab("GET", "/state")[1]
        assert (state["ledgerSum"], state["positions"], state["openOrders"]) == ("0", 0, 0)


def test_contract_info_and_mark_price_streams() -> None:
    """DLV-010, DLV-014, STR-027: each status is told once; a dated contract has rate and time 0."""
    box = FeedBox(PACES[Mode.FROZEN], (QUARTERLY,), now_ms=START_MS)
    name = "btcusdt_261225@markPrice@1s"
    box.want("!contractInfo", name, "btcusdt_current_quarter@continuousKline_1m")
    box.set_mark(60_000, QUARTERLY)
    price = c.StreetTrade(QUARTERLY, Price(60_000 * SCALE), Qty(SCALE), buyer_is_maker=True)
    box.desk.submit(price)
    for minutes in (90, 20, 10, 1):
        box.desk.advance_to(box.desk.now_ms() + minutes * MINUTE_MS)
    told = box.payloads("!contractInfo")
    assert [row["cs"] for row in told] == ["PRE_DELIVERING", "DELIVERING", "DELIVERED"]
    assert {(row["s"], row["ct"], row["dt"]) for row in told} == {
        (QUARTERLY, "CURRENT_QUARTER", DELIVERY_MS)
    }
    marks = box.payloads(name)
    assert {(row["r"], row["T"]) for row in marks} == {("0.00000000", 0)}
    candle = box.payloads("btcusdt_current_quarter@continuousKline_1m")[0]
    assert (candle["ps"], candle["ct"]) == ("BTCUSDT", "CURRENT_QUARTER")
    assert box.replayed() == box.hub.frames


@pytest.mark.parametrize("seed", [1, 2])
def test_a_simulated_market_ends_too(seed: int) -> None:
    """DLV-012: nothing of the market source reaches a contract that is over."""
    with quarterly(market="sim", seed=seed) as box:
        trader = Trader(box, box.account(10_000))
        trader.market(QUARTERLY, "BUY", "0.1")
        box.advance(minutes=119)
        row = get(box, "/fapi/v1/premiumIndex", f"symbol={QUARTERLY}")
        assert row["markPrice"] == row["estimatedSettlePrice"]
        box.advance(minutes=1)
        (settled,) = get(box, "/futures/data/delivery-price", "pair=BTCUSDT")
        (_, last) = trader.do("GET", "/fapi/v1/userTrades", symbol=QUARTERLY)
        assert Decimal(last["price"]) == Decimal(str(settled["deliveryPrice"]))
        book = get(box, "/fapi/v1/depth", f"symbol={QUARTERLY}")
        assert (book["bids"], book["asks"]) == ([], [])
        trades = get(box, "/fapi/v1/trades", f"symbol={QUARTERLY}&limit=1")
        box.advance(minutes=10)
        assert get(box, "/fapi/v1/trades", f"symbol={QUARTERLY}&limit=1") == trades
        assert get(box, "/fapi/v1/depth", f"symbol={QUARTERLY}")["bids"] == []
        assert trader.rest.lab("GET", "/state")[1]["ledgerSum"] == "0"


def test_listed_again_with_a_later_date() -> None:
    """DLV-013: an ended contract that is listed with a date to come trades again."""
    box = quarterly()
    box.advance(hours=3)
    assert listed(box)["status"] == "DELIVERED"
    instrument = box.state.markets[QUARTERLY].instrument
    later = instrument.delivered_at(DELIVERY_MS + 90 * 24 * 60 * MINUTE_MS)
    box.desk.submit(c.ListInstrument(later))
    assert (listed(box)["status"], listed(box)["deliveryDate"]) == ("TRADING", later.delivery_ms)
    past = Box(market="none", clock="frozen", now=DELIVERY_MS + 1, symbols=[QUARTERLY])
    assert listed(past)["status"] == "DELIVERED"
