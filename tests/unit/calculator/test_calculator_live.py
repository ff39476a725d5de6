"""The calculator against a live box: an account that traded, written down, prints the same."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from perpbox.box import Box
from perpbox.calculator.account_file import read_account
from perpbox.calculator.aftermath import apply_shocks
from perpbox.calculator.build import build
from perpbox.calculator.render_json import answers
from perpbox.calculator.shocks import read_shocks
from perpbox.engine.commands import PinPrices
from perpbox.money import Price, parse, plain
from tests.live import Live
from tests.unit.calculator.papers import Paper, content

SYMBOLS = ("BTCUSDT", "ETHUSDT", "XRPUSDT")
RATES = ("bidRate", "askRate")
PRICES = {"BTCUSDT": "60000", "ETHUSDT": "3000", "XRPUSDT": "0.5"}
Row = dict[str, Any]


class Trader:
    """A client of a live box that can write its account down."""

    def __init__(self, box: Box, *, hedge: bool) -> None:
        self.box = box
        self.account = box.account(20_000, hedge=hedge)
        now_ms = box.desk.now_ms()
        self.live = Live(box.url, self.account.key, self.account.secret, now_ms)
        self.hedge = hedge
        for symbol, price in PRICES.items():
            box.set_price(symbol, price)

    def call(self, method: str, path: str, **params: object) -> Any:
        status, answer = self.live.signed(method, path, **params)
        assert status == 200, answer
        return answer

    def isolate(self, symbol: str) -> None:
        self.call("POST", "/fapi/v1/marginType", symbol=symbol, marginType="ISOLATED")

    def lever(self, symbol: str, leverage: int) -> None:
        self.call("POST", "/fapi/v1/leverage", symbol=symbol, leverage=leverage)

    def order(self, text: str, kind: str = "MARKET", **params: object) -> None:
        """``BUY 0.01 BTCUSDT [LONG]``; ``price=`` makes it a limit order."""
        side, quantity, symbol, *rest = text.split()
        if rest:
            params["positionSide"] = rest[0]
        if kind == "LIMIT":
            params["timeInForce"] = "GTC"
        self.call(
            "POST",
            "/fapi/v1/order",
            symbol=symbol,
            side=side,
            quantity=quantity,
            type=kind,
            **params,
        )

    def move(self, symbol: str, mark: str, last: str) -> None:
        """Marks with all their digits, apart from the last price."""
        prices = Price(parse(mark)), Price(parse(last))
        self.box.submit(PinPrices(symbol, prices[0], prices[0], prices[1]))

    def answers(self) -> Row:
        """What the server says, in the shape of the calculator."""
        rows: list[Row] = []
        for symbol in SYMBOLS:
            rows += self.call("GET", "/fapi/v2/positionRisk", symbol=symbol)
        said = {"positionRiskV2": rows, "account": self.call("GET", "/fapi/v2/account")}
        if self.box.desk.vintage.serves("/fapi/v3/positionRisk"):
            said["positionRiskV3"] = self.call("GET", "/fapi/v3/positionRisk")
        return said

    def paper(self) -> Paper:
        """The account file: only what a client can know, but for the last price."""
        said = self.answers()
        symbols: Paper = {}
        for row in said["positionRiskV2"]:
            market = self.box.state.markets[row["symbol"]]
            symbols[row["symbol"]] = {
                "mark": row["markPrice"],
                "last": plain(market.last),
                "leverage": int(row["leverage"]),
                "marginType": row["marginType"],
            }
        v3 = [(row["symbol"], row["positionSide"]) for row in said.get("positionRiskV3", ())]
        held = [row for row in said["positionRiskV2"] if row["updateTime"]]
        held.sort(
            key=lambda row: (
                v3.index((row["symbol"], row["positionSide"]))
                if (row["symbol"], row["positionSide"]) in v3
                else len(v3)
            )
        )
        return {
            "asOf": self.box.config.api_date,
            "hedge": self.hedge,
            "wallets": {
                row["asset"]: row["walletBalance"]
                for row in said["account"]["assets"]
                if row["walletBalance"] != "0.00000000"
            },
            "symbols": symbols,
            "positions": [self.position(row) for row in held],
            "orders": [self.resting(row) for row in self.call("GET", "/fapi/v1/openOrders")],
        }

    def position(self, row: Row) -> Paper:
        leg_key = {"symbol": row["symbol"], "positionSide": row["positionSide"]}
        shown = ("positionAmt", "entryPrice", "isolatedWallet", "marginType", "isAutoAddMargin")
        numbers = self.since_flat(row["symbol"], row["positionSide"])
        return {
            **leg_key,
            **{name: row[name] for name in shown},
            **numbers,
            "leverage": int(row["leverage"]),
            "updateTime": row["updateTime"],
            "adl": row.get("adlQuantile", 0),
        }

    def since_flat(self, symbol: str, side: str) -> Mapping[str, str]:
        """Fees and realized profit of the trades since the leg was flat, as a client sums them."""
        held = fees = realized = 0
        for trade in self.call("GET", "/fapi/v1/userTrades", symbol=symbol, limit=1000):
            if trade["positionSide"] != side:
                continue
            before, quantity = held, parse(trade["qty"])
            held += quantity if trade["side"] == "BUY" else -quantity
            fees += parse(trade["commission"])
            realized += parse(trade["realizedPnl"])
            if held == 0:
                fees = realized = 0
            assert before * held >= 0, "a flip splits its fee; trade without flips here"
        return {"feesPaid": plain(fees), "realized": plain(realized)}

    def resting(self, row: Row) -> Paper:
        shown = ("symbol", "side", "positionSide", "price")
        left = parse(row["origQty"]) - parse(row["executedQty"])
        reduces = row["reduceOnly"] and not self.hedge
        return {
            **{name: row[name] for name in shown},
            "quantity": plain(left),
            "reduceOnly": reduces,
        }


def trade_hedged(trader: Trader) -> None:
    """Both legs, averaged entries, a partial close, an isolated symbol, resting orders."""
    trader.lever("BTCUSDT", 7)
    trader.isolate("ETHUSDT")
    trader.order("BUY 0.011 BTCUSDT LONG")
    trader.move("BTCUSDT", "60123.45678912", "60111.1")
    trader.box.set_price("BTCUSDT", "60100")
    trader.order("BUY 0.007 BTCUSDT LONG")
    trader.order("SELL 0.005 BTCUSDT LONG")
    trader.order("SELL 0.013 BTCUSDT SHORT")
    trader.order("SELL 0.333 ETHUSDT SHORT")
    trader.box.set_price("ETHUSDT", "3011.37")
    trader.order("SELL 0.111 ETHUSDT SHORT")
    trader.order("BUY 0.004 BTCUSDT LONG", "LIMIT", price="58000")
    trader.order("SELL 0.003 BTCUSDT LONG", "LIMIT", price="61000")
    trader.order("SELL 0.5 ETHUSDT SHORT", "LIMIT", price="3200.5")
    trader.move("BTCUSDT", "59777.12345678", "59780.1")
    trader.move("ETHUSDT", "2987.65432109", "2990.01")


def trade_one_way(trader: Trader) -> None:
    """A short under a netting pair of orders, an isolated long, one closed again."""
    trader.isolate("BTCUSDT")
    trader.lever("BTCUSDT", 11)
    trader.order("BUY 0.021 BTCUSDT")
    trader.box.set_price("BTCUSDT", "59000.5")
    trader.order("BUY 0.013 BTCUSDT")
    trader.order("SELL 0.009 BTCUSDT")
    trader.order("SELL 1.234 ETHUSDT")
    trader.order("BUY 1.234 ETHUSDT")
    trader.order("SELL 777.7 XRPUSDT")
    trader.order("BUY 300 XRPUSDT", "LIMIT", price="0.49")
    trader.order("SELL 900.1 XRPUSDT", "LIMIT", price="0.51")
    trader.order("SELL 0.005 BTCUSDT", "LIMIT", price="61000", reduceOnly="true")
    trader.move("XRPUSDT", "0.50123456", "0.5013")
    trader.move("BTCUSDT", "59321.00000001", "59320.1")


def without_asset_times(answer: Row) -> Row:
    """A file does not say when a wallet was last touched."""
    for row in answer["account"]["assets"]:
        del row["updateTime"]
    return answer


def box_of(api_date: str) -> Box:
    return Box(market="none", clock="frozen", symbols=SYMBOLS, api_date=api_date, seed=1)


@pytest.mark.parametrize("api_date", ["2022-06-14", "2024-10-24", "2025-08-02", "2026-11-01"])
@pytest.mark.parametrize("hedge", [True, False])
def test_file_prints_what_the_box_answers(api_date: str, hedge: bool) -> None:
    """RSK-001: positionRisk v2 and v3 (since it is there) and account v2, string for string."""
    with box_of(api_date) as box:
        trader = Trader(box, hedge=hedge)
        (trade_hedged if hedge else trade_one_way)(trader)
        paper = trader.paper()
        said = trader.answers()
    assert len(paper["orders"]) == 3
    computed = json.loads(json.dumps(answers(build(read_account(content(paper))))))
    if "positionRiskV3" not in said:
        del computed["positionRiskV3"]
    assert without_asset_times(computed) == without_asset_times(said)


@pytest.mark.parametrize("with_rates", [True, False])
def test_multi_assets_file_prints_what_the_box_answers(with_rates: bool) -> None:
    """RSK-008: rates of assetIndex, or those that follow from the marks."""
    with box_of("2026-11-01") as box:
        trader = Trader(box, hedge=False)
        for asset, amount in (("BTC", "0.123"), ("ETH", "1.5"), ("BNB", "0.7")):
            box.deposit(trader.account.account_id, amount, asset)
        trader.call("POST", "/fapi/v1/multiAssetsMargin", multiAssetsMargin="true")
        trader.order("BUY 0.211 BTCUSDT")
        trader.order("SELL 3.21 ETHUSDT")
        trader.order("BUY 0.01 BTCUSDT", "LIMIT", price="58000")
        box.deposit(trader.account.account_id, "-20050")
        trader.move("ETHUSDT", "3012.34567891", "3012.3")
        trader.move("BTCUSDT", "59777.12345678", "59780.1")
        paper = {**trader.paper(), "multiAssets": True}
        if with_rates:
            paper["assets"] = {
                row["symbol"].removesuffix("USD"): {name: row[name] for name in RATES}
                for row in trader.call("GET", "/fapi/v1/assetIndex")
                if row["symbol"].endswith("USD")
            }
        said = trader.answers()
    assert paper["wallets"]["USDT"].startswith("-")
    computed = answers(build(read_account(content(paper))))
    assert without_asset_times(computed) == without_asset_times(said)


def test_shocks_end_where_the_box_ends() -> None:
    """RSK-010: a move, a fill and added margin give what the same events give a live account."""
    with box_of("2026-11-01") as box:
        trader = Trader(box, hedge=True)
        trade_hedged(trader)
        paper = trader.paper()
        box.set_price("BTCUSDT", "54000")
        trader.order("BUY 0.004 BTCUSDT SHORT")
        trader.order("SELL 0.21 ETHUSDT SHORT")
        trader.call(
            "POST",
            "/fapi/v1/positionMargin",
            symbol="ETHUSDT",
            positionSide="SHORT",
            amount="12.5",
            type=1,
        )
        said = without_asset_times(trader.answers())
        prices = [
            trader.call("GET", "/fapi/v1/userTrades", symbol=symbol)[-1]["price"]
            for symbol in ("BTCUSDT", "ETHUSDT")
        ]
    desk = build(read_account(content(paper)))
    shocks = [
        ("--fill", "BUY 0.004 BTCUSDT @ 58000 LONG maker"),
        ("--move", "BTCUSDT=54000"),
        ("--fill", f"BUY 0.004 BTCUSDT @ {prices[0]} SHORT"),
        ("--fill", f"SELL 0.21 ETHUSDT @ {prices[1]} SHORT"),
        ("--add-margin", "ETHUSDT:SHORT=12.5"),
    ]
    assert apply_shocks(desk, read_shocks(shocks)) == ()
    assert without_asset_times(answers(desk)) == said
