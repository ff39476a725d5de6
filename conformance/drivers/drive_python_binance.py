"""python-binance: its futures methods, streams and WebSocket API."""

import asyncio
import time
import warnings
from types import SimpleNamespace

from calls import Call, Refusal

warnings.simplefilter("ignore", DeprecationWarning)
from binance import FuturesDepthCacheManager
from binance.exceptions import BinanceAPIException
from connect import client, streaming_client

PAIR = "BTCUSDT"
WITHIN_S = 30
HOUR_MS = 3_600_000
kept = SimpleNamespace()


def ask(method, holds=lambda told: True, keep=None, named=None, **parameters):
    """Call a method; what it gives has to hold."""
    with Call(named or method):
        told = getattr(client, method)(**parameters)
        assert holds(told), f"unexpected: {str(told)[:120]}"
        if keep:
            setattr(kept, keep, told)


def market_data():
    for method in ("ping", "time", "exchange_info", "funding_rate", "v1_get_funding_info"):
        ask(f"futures_{method}")
    for method in (
        "order_book",
        "recent_trades",
        "historical_trades",
        "aggregate_trades",
        "mark_price",
        "ticker",
        "symbol_ticker",
        "orderbook_ticker",
        "open_interest",
        "rpi_depth",
    ):
        ask(f"futures_{method}", len, symbol=PAIR)
    for method in (
        "index_info",
        "v1_get_asset_index",
        "insurance_fund_balance_snapshot",
        "symbol_adl_risk",
    ):
        ask(f"futures_{method}")
    ask("futures_index_price_constituents", symbol=PAIR)
    ask("futures_delivery_price", pair=PAIR)
    candles = {"interval": "1m"}
    for method in ("klines", "mark_price_klines", "premium_index_klines"):
        ask(f"futures_{method}", len, symbol=PAIR, **candles)
    ask("futures_index_price_klines", len, pair=PAIR, **candles)
    ask("futures_continuous_klines", len, pair=PAIR, contractType="PERPETUAL", **candles)
    hour_ago = int(time.time() * 1000) - HOUR_MS // 2
    ask("futures_historical_klines", len, symbol=PAIR, start_str=hour_ago, **candles)
    ask("futures_historical_mark_price_klines", len, symbol=PAIR, start_str=hour_ago, **candles)
    for method in (
        "open_interest_hist",
        "top_longshort_account_ratio",
        "top_longshort_position_ratio",
        "global_longshort_ratio",
        "taker_longshort_ratio",
    ):
        ask(f"futures_{method}", symbol=PAIR, period="5m")
    ask("futures_basis", pair=PAIR, contractType="PERPETUAL", period="5m")


def settings():
    ask("futures_account_balance", len)
    ask("futures_account", lambda told: float(told["totalWalletBalance"]) > 0)
    ask("futures_account_config")
    ask("futures_symbol_config", len, symbol=PAIR)
    ask("futures_leverage_bracket", len, symbol=PAIR)
    ask("futures_commission_rate", symbol=PAIR)
    ask("futures_change_leverage", lambda told: told["leverage"] == 10, symbol=PAIR, leverage=10)
    ask("futures_change_margin_type", symbol=PAIR, marginType="ISOLATED")
    for is_hedge in ("true", "false"):
        ask("futures_change_position_mode", dualSidePosition=is_hedge)
    ask("futures_get_position_mode", lambda told: told["dualSidePosition"] is False)
    ask("futures_get_multi_assets_mode", lambda told: told["multiAssetsMargin"] is False)
    with Refusal("futures_change_multi_assets_mode with isolated margin", BinanceAPIException):
        client.futures_change_multi_assets_mode(multiAssetsMargin=True)
    ask("futures_api_trading_status")
    ask("futures_v1_post_fee_burn", feeBurn="true")
    ask("futures_v1_get_fee_burn", lambda told: told["feeBurn"] is True)
    ask("futures_v1_get_rate_limit_order", len)
    ask("futures_v1_get_pm_account_info", asset="USDT")


def limit(away, **more):
    price = round(float(client.futures_mark_price(symbol=PAIR)["markPrice"]) * away, 1)
    order = {"symbol": PAIR, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    return {**order, "quantity": 0.01, "price": price, **more}


def orders():
    ask("futures_create_test_order", **limit(0.95))
    ask("futures_create_order", lambda told: told["status"] == "NEW", "order", **limit(0.95))
    of_order = {"symbol": PAIR, "orderId": kept.order["orderId"]}
    change = {
        name: value for name, value in limit(0.94).items() if name in ("side", "quantity", "price")
    }
    ask("futures_modify_order", **of_order, **change)
    ask("futures_v1_get_order_amendment", len, **of_order)
    ask("futures_v1_get_open_order", **of_order)
    ask("futures_get_order", lambda told: told["status"] == "NEW", **of_order)
    ask("futures_get_open_orders", len, symbol=PAIR)
    ask("futures_cancel_order", lambda told: told["status"] == "CANCELED", **of_order)
    batch = [limit(away, quantity="0.01", price=str(limit(away)["price"])) for away in (0.93, 0.92)]
    ask("futures_place_batch_order", lambda told: len(told) == 2, "batch", batchOrders=batch)
    ids = [each["orderId"] for each in kept.batch]
    ask("futures_cancel_orders", symbol=PAIR, orderidlist=ids)
    ask("futures_cancel_all_open_orders", symbol=PAIR)
    ask("futures_countdown_cancel_all", symbol=PAIR, countdownTime=0)
    with Refusal("futures_create_order beyond the margin", BinanceAPIException):
        client.futures_create_order(**limit(0.99, quantity=500))


def position():
    market = {"symbol": PAIR, "side": "BUY", "type": "MARKET", "quantity": 0.02}
    ask("futures_create_order", named="futures_create_order: market", **market)
    ask("futures_position_information", lambda told: float(told[0]["positionAmt"]) > 0, symbol=PAIR)
    ask("futures_change_position_margin", symbol=PAIR, amount=10, type=1)
    ask("futures_position_margin_history", len, symbol=PAIR)
    ask("futures_adl_quantile_estimate", symbol=PAIR)
    ask("futures_liquidation_orders")
    stop = {"symbol": PAIR, "side": "SELL", "type": "STOP_MARKET", "quantity": 0.01}
    price = limit(0.9)["price"]
    ask(
        "futures_create_order",
        keep="stop",
        named="futures_create_order: stop",
        **stop,
        stopPrice=price,
    )
    of_algo = {"algoId": kept.stop["algoId"]}
    ask("futures_get_algo_order", lambda told: told["algoStatus"] == "NEW", **of_algo)
    ask("futures_get_open_algo_orders", len, symbol=PAIR)
    ask("futures_cancel_algo_order", symbol=PAIR, **of_algo)
    ask("futures_cancel_all_algo_open_orders", symbol=PAIR)
    ask("futures_get_all_algo_orders", len, symbol=PAIR)
    closing = market | {"side": "SELL", "reduceOnly": "true"}
    ask("futures_create_order", named="futures_create_order: reduce only", **closing)
    ask("futures_account_trades", lambda told: len(told) >= 2, symbol=PAIR)
    ask("futures_get_all_orders", len, symbol=PAIR)
    ask("futures_income_history", len)
    now_ms = int(time.time() * 1000)
    span = {"startTime": now_ms - HOUR_MS, "endTime": now_ms}
    for what in ("order", "trade", "income"):
        ask(f"futures_v1_get_{what}_asyn", keep="file", **span)
        ask(f"futures_v1_get_{what}_asyn_id", downloadId=kept.file["downloadId"])
    exchange = {"fromAsset": "USDT", "toAsset": "BTC"}
    ask("futures_v1_get_convert_exchange_info", len, **exchange)
    ask("futures_v1_post_convert_get_quote", keep="quote", **exchange, fromAmount=100)
    of_quote = {"quoteId": kept.quote["quoteId"]}
    ask("futures_v1_post_convert_accept_quote", **of_quote)
    ask("futures_v1_get_convert_order_status", lambda t: t["orderStatus"] == "SUCCESS", **of_quote)


def user_data_key():
    ask("futures_stream_get_listen_key", keep="key")
    ask("futures_stream_keepalive", listenKey=kept.key)
    ask("futures_stream_close", listenKey=kept.key)


async def hear(name, socket, holds=lambda told: True):
    """The first message on a socket of which this holds."""
    with Call(name):
        async with asyncio.timeout(WITHIN_S), socket as stream:
            while not holds(told := await stream.recv()):
                pass
            assert told.get("e") != "error", told


async def streams(sockets):
    for method, parameters in (
        ("aggtrade_futures_socket", {"symbol": PAIR}),
        ("symbol_mark_price_socket", {"symbol": PAIR}),
        ("all_mark_price_socket", {}),
        ("symbol_ticker_futures_socket", {"symbol": PAIR}),
        ("individual_symbol_ticker_futures_socket", {"symbol": PAIR}),
        ("all_ticker_futures_socket", {}),
        ("kline_futures_socket", {"symbol": PAIR}),
        ("futures_depth_socket", {"symbol": PAIR}),
        ("futures_rpi_depth_socket", {"symbol": PAIR}),
        ("futures_multiplex_socket", {"streams": ["btcusdt@aggTrade", "ethusdt@aggTrade"]}),
        ("futures_ticker_socket", {}),
    ):
        await hear(method, getattr(sockets, method)(**parameters))


async def user_data(sockets, asynchronous):
    with Call("futures_user_socket: own fill"):
        async with asyncio.timeout(WITHIN_S), sockets.futures_user_socket() as socket:
            await asyncio.sleep(0.5)
            market = {"symbol": PAIR, "side": "BUY", "type": "MARKET", "quantity": 0.01}
            await asynchronous.futures_create_order(**market)
            while (told := await socket.recv())["e"] != "ORDER_TRADE_UPDATE" or (
                told["o"]["X"] != "FILLED"
            ):
                pass


async def depth_cache(asynchronous, sockets):
    with Call("FuturesDepthCacheManager"):
        manager = FuturesDepthCacheManager(asynchronous, symbol=PAIR)
        manager._bm = sockets
        async with asyncio.timeout(WITHIN_S), manager as cache:
            book = await cache.recv()
            assert book.get_bids()[0] < book.get_asks()[0]


async def websocket_api(asynchronous):
    async def ask_there(method, keep=None, **parameters):
        with Call(f"ws_futures_{method}"):
            told = await getattr(asynchronous, f"ws_futures_{method}")(**parameters)
            if keep:
                setattr(kept, keep, told)

    for method in ("get_order_book", "get_order_book_ticker", "get_all_tickers"):
        parameters = {} if method == "get_all_tickers" else {"symbol": PAIR}
        await ask_there(method, **parameters)
    await ask_there("create_order", "order", **limit(0.95))
    of_order = {"symbol": PAIR, "orderId": kept.order["orderId"]}
    await ask_there("get_order", **of_order)
    change = limit(0.94)
    await ask_there(
        "edit_order", **of_order, **{n: change[n] for n in ("side", "quantity", "price")}
    )
    await ask_there("cancel_order", **of_order)
    stop = {"symbol": PAIR, "side": "SELL", "type": "STOP_MARKET", "quantity": 0.01}
    await ask_there(
        "create_algo_order",
        "stop",
        algoType="CONDITIONAL",
        **stop,
        triggerPrice=limit(0.9)["price"],
    )
    await ask_there("cancel_algo_order", algoId=kept.stop["algoId"])
    for method in (
        "account_position",
        "v2_account_position",
        "account_status",
        "v2_account_status",
        "account_balance",
        "v2_account_balance",
    ):
        await ask_there(method)


async def asynchronously():
    asynchronous, sockets = streaming_client()
    try:
        await streams(sockets)
        await user_data(sockets, asynchronous)
        await depth_cache(asynchronous, sockets)
        await websocket_api(asynchronous)
    finally:
        await asynchronous.close_connection()


for part in (market_data, settings, orders, position, user_data_key):
    part()
asyncio.run(asynchronously())
