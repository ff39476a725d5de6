"""binance-futures-connector: every method of its REST client and every stream."""

import inspect
import json
import queue
import time
from types import SimpleNamespace

from binance.error import ClientError
from calls import Call, Refusal
from connect import client, streams

PAIR = "BTCUSDT"
WITHIN_S = 30
HOUR_MS = 3_600_000
NOT_FUTURES = {"blvt_kline"}
"""Methods for rows that the venue has retired."""
OF_ITS_BASE = {
    "query",
    "limit_request",
    "limited_encoded_sign_request",
    "send_request",
    "sign_request",
}
kept = SimpleNamespace()
called = set()


def ask(method, *arguments, holds=lambda told: True, keep=None, **parameters):
    """Call a method; what it gives has to hold."""
    called.add(method)
    with Call(method):
        told = getattr(client, method)(*arguments, **parameters)
        assert holds(told), f"unexpected: {str(told)[:120]}"
        if keep:
            setattr(kept, keep, told)


def market_data():
    for method in ("ping", "time", "exchange_info", "funding_info", "index_info", "asset_Index"):
        ask(method)
    for method in ("depth", "trades", "historical_trades", "agg_trades", "mark_price"):
        ask(method, PAIR, holds=len)
    for method in ("ticker_24hr_price_change", "ticker_price", "book_ticker", "open_interest"):
        ask(method, PAIR, holds=len)
    ask("funding_rate", PAIR)
    ask("index_price_constituents", PAIR)
    ask("quarterly_contract_settlement_price", PAIR)
    for method in ("klines", "index_price_klines", "mark_price_klines"):
        ask(method, PAIR, "1m", holds=len)
    ask("continuous_klines", PAIR, "PERPETUAL", "1m", holds=len)
    for method in (
        "open_interest_hist",
        "top_long_short_position_ratio",
        "long_short_account_ratio",
        "top_long_short_account_ratio",
        "taker_long_short_ratio",
    ):
        ask(method, PAIR, "5m", holds=len)


def settings():
    for is_on in ("true", "false"):
        ask("change_position_mode", is_on)
        ask("change_multi_asset_mode", is_on)
        ask("toggle_bnb_burn", is_on)
    ask("get_position_mode", holds=lambda told: told["dualSidePosition"] is False)
    ask("get_multi_asset_mode", holds=lambda told: told["multiAssetsMargin"] is False)
    ask("get_bnb_burn", holds=lambda told: told["feeBurn"] is False)
    ask("change_leverage", PAIR, 10, holds=lambda told: told["leverage"] == 10)
    ask("change_margin_type", PAIR, "ISOLATED")
    for method in ("balance", "account", "leverage_brackets", "api_trading_status"):
        ask(method, holds=len)
    for method in ("futures_account_configuration", "query_user_rate_limit"):
        ask(method, holds=len)
    ask("symbol_configuration", symbol=PAIR)
    ask("commission_rate", PAIR)


def limit(away, **more):
    price = round(float(client.mark_price(PAIR)["markPrice"]) * away, 1)
    order = {"symbol": PAIR, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    return {**order, "quantity": 0.01, "price": price, **more}


def orders():
    ask("new_order_test", **limit(0.95))
    ask("new_order", holds=lambda told: told["status"] == "NEW", keep="order", **limit(0.95))
    number = kept.order["orderId"]
    change = {name: limit(0.94)[name] for name in ("side", "quantity", "price")}
    ask("modify_order", PAIR, **change, orderId=number)
    ask("query_order", PAIR, orderId=number, holds=lambda told: told["status"] == "NEW")
    ask("get_open_orders", PAIR, orderId=number)
    ask("get_orders", holds=len)
    ask("cancel_order", PAIR, orderId=number, holds=lambda told: told["status"] == "CANCELED")
    batch = [{n: str(v) for n, v in limit(away).items()} for away in (0.93, 0.92)]
    ask("new_batch_order", batch, keep="batch", holds=lambda told: len(told) == 2)
    ids = [each["orderId"] for each in kept.batch]
    ask("cancel_batch_order", PAIR, ids, [], holds=lambda told: told[0]["status"] == "CANCELED")
    ask("cancel_open_orders", PAIR)
    ask("countdown_cancel_order", PAIR, 0)
    with Refusal("new_order beyond the margin", ClientError):
        client.new_order(**limit(0.99, quantity=500))


def position():
    market = {"symbol": PAIR, "side": "BUY", "type": "MARKET", "quantity": 0.02}
    ask("new_order", **market)
    ask("get_position_risk", symbol=PAIR, holds=lambda told: float(told[0]["positionAmt"]) > 0)
    ask("modify_isolated_position_margin", PAIR, 10, 1)
    ask("get_position_margin_history", PAIR, holds=len)
    ask("adl_quantile", symbol=PAIR)
    ask("force_orders")
    ask("new_order", **{**market, "side": "SELL", "reduceOnly": "true"})
    ask("get_account_trades", PAIR, holds=lambda told: len(told) >= 2)
    ask("get_all_orders", PAIR, holds=len)
    ask("get_income_history", holds=len)
    now_ms = int(time.time() * 1000)
    for asked, link in (
        ("download_transactions_asyn", "aysnc_download_info"),
        ("download_order_asyn", "async_download_order_id"),
        ("download_trade_asyn", "async_download_trade_id"),
    ):
        ask(asked, now_ms - HOUR_MS, now_ms, keep="file")
        ask(link, kept.file["downloadId"])
    ask("list_all_convert_pairs", fromAsset="USDT", holds=len)
    ask("send_quote_request", "USDT", "BTC", fromAmount=100, keep="quote")
    quote = kept.quote["quoteId"]
    ask("accept_offered_quote", quote)
    ask("order_status", quoteId=quote, holds=lambda told: told["orderStatus"] == "SUCCESS")


def own_events():
    ask("new_listen_key", keep="key")
    key = kept.key["listenKey"]
    ask("renew_listen_key", key)
    with Call("streams.user_data: own fill"):
        heard = queue.Queue()
        socket = streams(lambda _, text: heard.put(json.loads(text)))
        socket.user_data(key)
        while "result" not in heard.get(timeout=WITHIN_S):
            pass
        client.new_order(symbol=PAIR, side="BUY", type="MARKET", quantity=0.01)
        while (told := heard.get(timeout=WITHIN_S))["e"] != "ORDER_TRADE_UPDATE" or (
            told["o"]["X"] != "FILLED"
        ):
            pass
    socket.stop()
    ask("close_listen_key", key)


MOVING = {
    "agg_trade": {"symbol": PAIR},
    "mark_price": {"symbol": PAIR, "speed": 1},
    "mark_price_all_market": {},
    "kline": {"symbol": PAIR, "interval": "1m"},
    "continuous_kline": {"pair": PAIR, "contractType": "perpetual", "interval": "1m"},
    "mini_ticker": {"symbol": PAIR},
    "ticker": {"symbol": PAIR},
    "book_ticker": {"symbol": PAIR},
    "diff_book_depth": {"symbol": PAIR},
    "partial_book_depth": {"symbol": PAIR},
}
QUIET = {"liquidation_order": {"symbol": PAIR}, "composite_index": {"symbol": PAIR}}


def streamed():
    for method, parameters in {**MOVING, **QUIET}.items():
        with Call(f"streams.{method}"):
            heard = queue.Queue()
            socket = streams(lambda _, text, heard=heard: heard.put(json.loads(text)))
            try:
                getattr(socket, method)(**parameters)
                while "result" not in (told := heard.get(timeout=WITHIN_S)):
                    pass
                if method in MOVING:
                    told = heard.get(timeout=WITHIN_S)
                    assert isinstance(told, list) or "e" in told, told
            finally:
                socket.stop()


for part in (market_data, settings, orders, position, own_events):
    part()
with Call("every REST method was called"):
    methods = {name for name, _ in inspect.getmembers(client, inspect.ismethod) if name[0] != "_"}
    left = methods - called - NOT_FUTURES - OF_ITS_BASE
    assert not left, sorted(left)
streamed()
