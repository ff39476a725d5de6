"""What a client sees of a liquidation, over real sockets, and that all answers agree with it."""

from decimal import Decimal

import pytest

from perpbox.engine import liquidation
from tests.unit.gateway.distress import Row, Trader, opened, words

BTC, ETH, SOL = "BTCUSDT", "ETHUSDT", "SOLUSDT"


def long_of(trader: Trader) -> None:
    """An isolated 10x long of 0.1 BTC, and an order that rests far below."""
    trader.set_up(BTC, 10, isolated=True)
    trader.market(BTC, "BUY", "0.1")
    trader.limit(BTC, "BUY", "0.01", "50000")


def orders_of(events: list[Row], execution: str) -> list[Row]:
    updates = (event["o"] for event in events if event["e"] == "ORDER_TRADE_UPDATE")
    return [order for order in updates if order["x"] == execution]


def check_agreement(trader: Trader, events: list[Row]) -> None:
    """Wallets of the stream, of account and of income are the same, and no position is left."""
    assert trader.risk() == []
    updates = [event["a"] for event in events if event["e"] == "ACCOUNT_UPDATE"]
    told = {row["a"]: row for update in updates for row in update["B"]}
    rows = {row["asset"]: row for row in trader.do("GET", "/fapi/v3/account")["assets"]}
    for asset, row in told.items():
        assert Decimal(row["wb"]) == Decimal(rows[asset]["walletBalance"])
        assert Decimal(row["cw"]) == Decimal(rows[asset]["crossWalletBalance"])
        income = trader.do("GET", "/fapi/v1/income", limit=1000)
        total = sum(Decimal(each["income"]) for each in income if each["asset"] == asset)
        assert total == Decimal(row["wb"])
    forced = trader.do("GET", "/fapi/v1/forceOrders")
    filled = {order["i"]: order for order in orders_of(events, "TRADE")}
    assert {order["orderId"] for order in forced} == {
        number for number, order in filled.items() if order["c"].startswith("autoclose-")
    }
    for order in forced:
        assert (order["type"], order["timeInForce"], order["status"]) == ("LIMIT", "IOC", "FILLED")
        own = trader.do("GET", "/fapi/v1/userTrades", symbol=order["symbol"])
        fills = [fill for fill in own if fill["orderId"] == order["orderId"]]
        assert sum(Decimal(fill["qty"]) for fill in fills) == Decimal(order["executedQty"])
        assert all(Decimal(fill["commission"]) == 0 for fill in fills)
    status = trader.rest.lab("GET", "/state")[1]
    assert (status["ledgerSum"], status["openOrders"], status["positions"]) == ("0", 0, 0)


def test_an_isolated_long_is_liquidated_by_one_price() -> None:
    """USR-044, USR-045, USR-046, USR-047, WIR-325, LAB-067: in this order, and answers agree."""
    with opened(BTC) as box:
        trader = Trader(box, box.account(10_000))
        long_of(trader)
        with trader.listening():
            _, dead = trader.around_liquidation(BTC)
            trader.mark(BTC, dead)
            events = trader.heard()
        assert words(events) == [
            "MARGIN_CALL",
            "CANCELED LIMIT BTCUSDT",
            "TRADE_LITE",
            "NEW LIQUIDATION BTCUSDT",
            "ACCOUNT_UPDATE ORDER",
            "TRADE LIQUIDATION BTCUSDT",
            "ACCOUNT_UPDATE INSURANCE_CLEAR",
        ]
        (canceled,) = orders_of(events, "CANCELED")
        assert canceled["er"] == "5"
        (filled,) = orders_of(events, "TRADE")
        assert (filled["ot"], filled["f"], filled["n"]) == ("LIQUIDATION", "IOC", "0")
        assert filled["c"].startswith("autoclose-")
        assert len(filled["c"]) == len("autoclose-") + 19
        call = events[0]
        assert "cw" not in call
        (row,) = call["p"]
        assert (row["s"], row["pa"], row["mt"], row["mp"]) == (BTC, "0.1", "ISOLATED", str(dead))
        cleared = events[-1]["a"]
        assert Decimal(cleared["B"][0]["bc"]) == trader.income("INSURANCE_CLEAR")[0] < 0
        check_agreement(trader, events)


def test_one_tick_before_it_is_alive() -> None:
    """USR-047: the account is warned once, and keeps position and order."""
    with opened(BTC) as box:
        trader = Trader(box, box.account(10_000))
        long_of(trader)
        with trader.listening():
            alive, dead = trader.around_liquidation(BTC)
            trader.mark(BTC, alive)
            assert words(trader.heard()) == ["MARGIN_CALL"]
            assert trader.risk(BTC)[0]["positionAmt"] == "0.100"
            assert len(trader.do("GET", "/fapi/v1/openOrders")) == 1
            trader.mark(BTC, dead)
            events = trader.heard()
        assert words(events)[0] == "CANCELED LIMIT BTCUSDT"
        check_agreement(trader, events)


def test_cross_over_three_symbols() -> None:
    """USR-044, WIR-325: the mark of one symbol brings down all of them, one after another."""
    with opened(BTC, ETH, SOL) as box:
        trader = Trader(box, box.account(2_000))
        for symbol, quantity in ((BTC, "0.2"), (ETH, "2"), (SOL, "10")):
            trader.set_up(symbol, 20)
            trader.market(symbol, "BUY", quantity)
        trader.limit(SOL, "BUY", "1", "120")
        with trader.listening():
            alive, dead = trader.around_liquidation(BTC)
            trader.mark(BTC, alive)
            called = trader.heard()
            assert words(called) == ["MARGIN_CALL"]
            assert [row["s"] for row in called[0]["p"]] == [BTC, ETH, SOL]
            assert Decimal(called[0]["cw"]) == trader.wallet()
            assert len(trader.risk()) == 3
            trader.mark(BTC, dead)
            events = trader.heard()
        assert words(events)[0] == "CANCELED LIMIT SOLUSDT"
        assert [order["s"] for order in orders_of(events, "TRADE")] == [BTC, ETH, SOL]
        check_agreement(trader, events)


def test_both_legs_of_hedge_mode() -> None:
    """USR-044, USR-047: cross legs have one price, and each is closed by orders of its own."""
    with opened(BTC) as box:
        trader = Trader(box, box.account(1_000, hedge=True))
        trader.set_up(BTC, 20)
        trader.market(BTC, "BUY", "0.2", "LONG")
        trader.market(BTC, "SELL", "0.05", "SHORT")
        with trader.listening():
            alive, dead = trader.around_liquidation(BTC, "LONG")
            assert len({row["liquidationPrice"] for row in trader.risk(BTC)}) == 1
            trader.mark(BTC, alive)
            (called,) = trader.heard()
            assert [(row["ps"], row["pa"]) for row in called["p"]] == [
                ("LONG", "0.2"),
                ("SHORT", "-0.05"),
            ]
            trader.mark(BTC, dead)
            events = trader.heard()
        assert [order["ps"] for order in orders_of(events, "TRADE")] == ["LONG", "SHORT"]
        check_agreement(trader, events)


def test_multi_assets_mode() -> None:
    """USR-044, USR-046, AEX-003: all wallets stand behind the position, and pay for it."""
    with opened(BTC, ETH) as box:
        wallets = {"USDT": "500", "USDC": "500"}
        trader = Trader(box, box.account(wallets=wallets, multi_assets=True))
        trader.set_up(BTC, 20)
        trader.market(BTC, "BUY", "0.2")
        with trader.listening():
            alive, dead = trader.around_liquidation(BTC)
            assert alive < Decimal("57000")  # More than the 500 USDT of its own asset stood behind.
            trader.mark(BTC, alive)
            (called,) = trader.heard()
            total = Decimal(trader.do("GET", "/fapi/v3/account")["totalCrossWalletBalance"])
            assert (called["e"], Decimal(called["cw"])) == ("MARGIN_CALL", total)
            trader.mark(BTC, dead)
            events = trader.heard()
        assert words(events)[:4] == [
            "TRADE_LITE",
            "NEW LIQUIDATION BTCUSDT",
            "ACCOUNT_UPDATE ORDER",
            "TRADE LIQUIDATION BTCUSDT",
        ]
        # The fee; what the position cost beyond its own wallet, out of the other; what is short.
        assert words(events)[4:] == [
            "ACCOUNT_UPDATE INSURANCE_CLEAR",
            "ACCOUNT_UPDATE AUTO_EXCHANGE",
            "ACCOUNT_UPDATE AUTO_EXCHANGE",
            "ACCOUNT_UPDATE INSURANCE_CLEAR",
        ]
        assert trader.wallet("USDT") == trader.wallet("USDC") == 0
        check_agreement(trader, events)


def test_the_fund_takes_over_what_the_book_does_not() -> None:
    """USR-049: fills outside of the book are told like others; the public tape has none of them."""
    with opened(BTC) as box:
        trader = Trader(box, box.account(10_000))
        long_of(trader)
        trader.rest.lab("POST", "/depth", {"symbol": BTC, "asks": [["60000.1", "5"]]})
        prints = len(trader.rest.call("GET", f"/fapi/v1/trades?symbol={BTC}")[1])
        with trader.listening():
            _, dead = trader.around_liquidation(BTC)
            trader.mark(BTC, dead)
            events = trader.heard()
        assert words(events)[-2:] == ["ACCOUNT_UPDATE ORDER", "TRADE LIQUIDATION BTCUSDT"]
        (filled,) = orders_of(events, "TRADE")
        assert filled["L"] == filled["p"]
        assert len(trader.rest.call("GET", f"/fapi/v1/trades?symbol={BTC}")[1]) == prints
        check_agreement(trader, events)


def test_deleveraging_is_seen_by_both_sides() -> None:
    """USR-048, WIR-320, WIR-323: without fund and book the short is closed as well."""
    with opened(BTC) as box:
        trader = Trader(box, box.account(10_000))
        other = Trader(box, box.account(10_000))
        long_of(trader)
        other.market(BTC, "SELL", "0.3")
        trader.rest.lab("POST", "/depth", {"symbol": BTC, "asks": [["60000.1", "5"]]})
        trader.rest.lab("POST", "/insurance", {"asset": "USDT", "balance": "0"})
        risk = trader.rest.call("GET", f"/fapi/v1/symbolAdlRisk?symbol={BTC}")[1]
        assert risk["adlRisk"] == "high"
        with trader.listening(), other.listening():
            trader.mark(BTC, Decimal(53_000))
            lost, won = trader.heard(), other.heard()
        assert words(won) == [
            "TRADE_LITE",
            "NEW LIMIT BTCUSDT",
            "ACCOUNT_UPDATE ORDER",
            "TRADE LIMIT BTCUSDT",
        ]
        (mine,), (theirs,) = orders_of(lost, "TRADE"), orders_of(won, "TRADE")
        assert (mine["L"], mine["t"]) == (theirs["L"], theirs["t"])
        assert (theirs["c"], theirs["f"], theirs["n"]) == ("adl_autoclose", "IOC", "0")
        assert other.risk(BTC)[0]["positionAmt"] == "-0.200"
        assert trader.risk() == []
        for who, kind in ((trader, "LIQUIDATION"), (other, "ADL")):
            forced = who.do("GET", "/fapi/v1/forceOrders", autoCloseType=kind, symbol=BTC)
            assert len(forced) == 1
            none = "ADL" if kind == "LIQUIDATION" else "LIQUIDATION"
            assert who.do("GET", "/fapi/v1/forceOrders", autoCloseType=none) == []


def test_who_waits_to_be_liquidated_enters_no_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """WIR-324: -2023 for placing and changing; cancelling is free."""
    with opened(BTC, ETH) as box:
        trader = Trader(box, box.account(10_000))
        trader.set_up(ETH, 1)
        trader.limit(ETH, "BUY", "1", "2500")
        long_of(trader)
        (order,) = trader.do("GET", "/fapi/v1/openOrders", symbol=ETH)
        _, dead = trader.around_liquidation(BTC)
        with monkeypatch.context() as patched:
            patched.setattr(liquidation, "SCOPES_PER_COMMAND_MAX", 0)
            trader.mark(BTC, dead)
            terms = {"symbol": ETH, "side": "BUY", "quantity": "1"}
            placed = trader.ask("POST", "/fapi/v1/order", **terms, type="MARKET")
            assert placed == (400, {"code": -2023, "msg": "User in liquidation mode now."})
            changed = trader.ask(
                "PUT", "/fapi/v1/order", **terms, price="2400", orderId=order["orderId"]
            )
            assert changed[1]["code"] == -2023
            assert len(trader.risk(BTC)) == 1
        trader.do("DELETE", "/fapi/v1/order", symbol=ETH, orderId=order["orderId"])
        assert trader.risk(BTC) == []


def test_liquidation_can_be_switched_off() -> None:
    """LAB-068: the position goes under water and stays."""
    with opened(BTC, liquidation="off") as box:
        trader = Trader(box, box.account(10_000))
        long_of(trader)
        _, dead = trader.around_liquidation(BTC)
        with trader.listening():
            trader.mark(BTC, dead - 1000)
            assert trader.heard() == []
        (row,) = trader.risk(BTC)
        assert (row["positionAmt"], row["isolatedMargin"][0]) == ("0.100", "-")


def test_quantiles_of_both_modes() -> None:
    """WIR-321: BOTH in one-way mode, HEDGE as a sign for cross legs of hedge mode."""
    with opened(BTC) as box:
        trader = Trader(box, box.account(10_000))
        other = Trader(box, box.account(10_000, hedge=True))
        trader.market(BTC, "BUY", "0.01")
        other.market(BTC, "SELL", "0.01", "SHORT")
        box.advance(seconds=30)
        (row,) = trader.do("GET", "/fapi/v1/adlQuantile")
        assert row == {"symbol": BTC, "adlQuantile": {"LONG": 0, "SHORT": 0, "BOTH": 4}}
        (row,) = other.do("GET", "/fapi/v1/adlQuantile", symbol=BTC)
        assert row == {"symbol": BTC, "adlQuantile": {"LONG": 0, "SHORT": 4, "HEDGE": 0}}


def test_funding_is_seen() -> None:
    """FUN-020, LAB-066: the lab's rate is shown, paid at the boundary, told and listed."""
    with opened(BTC) as box:
        trader = Trader(box, box.account(10_000))
        trader.market(BTC, "BUY", "0.1")
        status, body = trader.rest.lab("POST", "/fundingRate", {"symbol": BTC, "rate": "0.001"})
        assert (status, body["rate"], body["set"]) == (200, "0.001", True)
        shown = trader.rest.call("GET", f"/fapi/v1/premiumIndex?symbol={BTC}")[1]
        assert shown["lastFundingRate"] == "0.00100000"
        with trader.listening():
            box.advance(hours=8)
            (event,) = trader.heard()
        update = event["a"]
        assert (update["m"], update["S"], update["P"]) == ("FUNDING_FEE", BTC, [])
        assert update["B"][0]["bc"] == "-6"
        assert trader.income("FUNDING_FEE") == [Decimal(-6)]
        assert Decimal(update["B"][0]["wb"]) == trader.wallet()
        (rate,) = trader.rest.call("GET", f"/fapi/v1/fundingRate?symbol={BTC}")[1]
        assert rate["fundingRate"] == "0.00100000"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/insurance", {"asset": "USDT"}, -9006),
        ("/insurance", {"asset": "USDT", "balance": "-1"}, -9007),
        ("/insurance", {"asset": "NONE", "balance": "1"}, -9010),
        ("/fundingRate", {"symbol": BTC}, -9006),
        ("/fundingRate", {"symbol": BTC, "rate": "1.1"}, -9007),
        ("/fundingRate", {"symbol": "NONE", "rate": "0"}, -9008),
    ],
)
def test_the_lab_refuses(path: str, body: object, code: int) -> None:
    """LAB-065, LAB-066: a field that is missing, too large, or names nothing."""
    with opened(BTC) as box:
        trader = Trader(box, box.account(1))
        status, answer = trader.rest.lab("POST", path, body)
        assert (status, answer["code"]) == (400, code)


def test_when_to_warn_is_a_setting() -> None:
    """LIQ-013: a margin ratio of 0.5 is enough where the box says so, and not before."""
    with opened(BTC, margin_call_ratio="0.5") as box:
        trader = Trader(box, box.account(10_000))
        long_of(trader)
        with trader.listening():
            # 0.0004 x mark is needed of 597.01 + 0.1 x (mark - 60000.1): half of it at 54465.7.
            trader.mark(BTC, Decimal("54466"))
            assert trader.heard() == []
            trader.mark(BTC, Decimal("54465"))
            assert words(trader.heard()) == ["MARGIN_CALL"]


def test_the_fund_opens_with_a_setting() -> None:
    """LAB-065, LAB-068, WIR-322: per asset that contracts settle in; the lab sets one of them."""
    with opened(BTC, insurance_fund_initial="2500.5") as box:
        trader = Trader(box, box.account(1))
        (fund,) = trader.rest.call("GET", "/fapi/v1/insuranceBalance")[1]
        assert [(row["asset"], row["marginBalance"]) for row in fund["assets"]] == [
            ("USDT", "2500.5")
        ]
        trader.rest.lab("POST", "/insurance", {"asset": "USDT", "balance": "7"})
        fund = trader.rest.call("GET", f"/fapi/v1/insuranceBalance?symbol={BTC}")[1]
        assert fund["assets"][0]["marginBalance"] == "7"
        assert fund["symbols"] == [BTC]
