"""The official Python SDK: every method of its REST surface, its streams and its WebSocket API."""

import asyncio
import inspect
import time
from types import SimpleNamespace

from binance_common.errors import BadRequestError
from calls import Call, Refusal
from connect import client

PAIR = "BTCUSDT"
STREAM = "btcusdt"
WITHIN_S = 30
HOUR_MS = 3_600_000
BESIDES = {"send_request", "send_signed_request"}
"""Methods that stand for no row."""
rest = client.rest_api
called = set()
kept = SimpleNamespace()


def rest_call(method, holds=lambda data: True, keep=None, **parameters):
    """Call a method of the REST surface; its models read the answer."""
    called.add(method)
    with Call(method):
        data = getattr(rest, method)(**parameters).data()
        shown = getattr(data, "actual_instance", None) or data
        assert holds(shown), f"unexpected: {shown!r}"
        if keep:
            setattr(kept, keep, shown)


def filled(rows):
    return len(list(rows)) > 0


def market_data():
    of_symbol = (
        "open_interest",
        "order_book",
        "rpi_order_book",
        "recent_trades_list",
        "old_trades_lookup",
        "compressed_aggregate_trades_list",
        "query_index_price_constituents",
        "mark_price",
        "symbol_order_book_ticker",
        "symbol_price_ticker",
        "symbol_price_ticker_v2",
        "ticker24hr_price_change_statistics",
    )
    for method in of_symbol:
        rest_call(method, symbol=PAIR)
    of_all = (
        "test_connectivity",
        "check_server_time",
        "exchange_information",
        "trading_schedule",
        "adl_risk",
        "asset_index",
        "composite_index_symbol_information",
        "get_funding_rate_history",
        "get_funding_rate_info",
        "query_insurance_fund_balance_snapshot",
    )
    for method in of_all:
        rest_call(method)
    rest_call("kline_candlestick_data", filled, symbol=PAIR, interval="1m")
    for method in ("mark_price_kline_candlestick_data", "premium_index_kline_data"):
        rest_call(method, filled, symbol=PAIR, interval="1m")
    rest_call("index_price_kline_candlestick_data", filled, pair=PAIR, interval="1m")
    perpetual = {"pair": PAIR, "contract_type": "PERPETUAL"}
    rest_call("continuous_contract_kline_candlestick_data", filled, **perpetual, interval="1m")
    rest_call("basis", filled, **perpetual, period="5m")
    rest_call("quarterly_contract_settlement_price", pair=PAIR)
    statistics = (
        "open_interest_statistics",
        "top_trader_long_short_ratio_accounts",
        "top_trader_long_short_ratio_positions",
        "long_short_ratio",
        "taker_buy_sell_volume",
    )
    for method in statistics:
        rest_call(method, symbol=PAIR, period="5m")


def settings():
    rest_call("get_current_position_mode", lambda told: told.dual_side_position is False)
    for is_hedge in ("true", "false"):
        rest_call("change_position_mode", dual_side_position=is_hedge)
    rest_call("get_current_multi_assets_mode", lambda told: told.multi_assets_margin is False)
    for is_multi in ("true", "false"):
        rest_call("change_multi_assets_mode", multi_assets_margin=is_multi)
    rest_call("change_margin_type", symbol=PAIR, margin_type="ISOLATED")
    rest_call("change_initial_leverage", lambda told: told.leverage == 10, symbol=PAIR, leverage=10)
    rest_call("toggle_bnb_burn_on_futures_trade", fee_burn="true")
    rest_call("get_bnb_burn_status", lambda told: told.fee_burn is True)
    rest_call("symbol_configuration", symbol=PAIR)
    rest_call("notional_and_leverage_brackets", symbol=PAIR)
    rest_call("user_commission_rate", symbol=PAIR)
    rest_call("futures_account_configuration")
    rest_call("futures_trading_quantitative_rules_indicators")
    rest_call("query_user_rate_limit")
    rest_call("futures_tradfi_perps_contract")


def limit(away):
    price = round(float(kept.best.bid_price) * away, 1)
    return {"symbol": PAIR, "side": "BUY", "quantity": 0.01, "price": price}


RESTING = {"type": "LIMIT", "time_in_force": "GTC"}


def orders():
    rest_call("symbol_order_book_ticker", keep="best", symbol=PAIR)
    rest_call("test_order", **limit(0.95), **RESTING)
    rest_call("new_order", lambda told: told.status == "NEW", "order", **limit(0.95), **RESTING)
    of_order = {"symbol": PAIR, "order_id": kept.order.order_id}
    rest_call("modify_order", **limit(0.94), order_id=kept.order.order_id)
    rest_call("get_order_modify_history", filled, **of_order)
    rest_call("query_order", lambda told: told.status == "NEW", **of_order)
    rest_call("query_current_open_order", **of_order)
    rest_call("current_all_open_orders", filled, symbol=PAIR)
    rest_call("cancel_order", lambda told: told.status == "CANCELED", **of_order)
    batch = [
        {"symbol": PAIR, "side": "BUY", "type": "LIMIT", "time_in_force": "GTC"}
        | {"quantity": "0.01", "price": str(limit(away)["price"])}
        for away in (0.93, 0.92)
    ]
    rest_call("place_multiple_orders", filled, "batch", batch_orders=batch)
    ids = [each.order_id for each in kept.batch]
    changed = [
        {"symbol": PAIR, "side": "BUY", "order_id": each, "quantity": "0.02", "price": one["price"]}
        for each, one in zip(ids, batch, strict=True)
    ]
    rest_call("modify_multiple_orders", filled, batch_orders=changed)
    rest_call("cancel_multiple_orders", filled, symbol=PAIR, order_id_list=ids)
    rest_call("cancel_all_open_orders", symbol=PAIR)
    rest_call("auto_cancel_all_open_orders", symbol=PAIR, countdown_time=0)
    with Refusal("new_order beyond the margin", BadRequestError):
        rest.new_order(**{**limit(0.99), "quantity": 400}, **RESTING)


def position():
    rest_call("new_order", symbol=PAIR, side="BUY", type="MARKET", quantity=0.02)
    rest_call("position_information_v2", lambda rows: float(rows[0].position_amt) > 0, symbol=PAIR)
    rest_call("position_information_v3", lambda rows: float(rows[0].entry_price) > 0, symbol=PAIR)
    rest_call("modify_isolated_position_margin", symbol=PAIR, amount=10.0, type="1")
    rest_call("get_position_margin_change_history", filled, symbol=PAIR)
    rest_call("position_adl_quantile_estimation", symbol=PAIR)
    rest_call("users_force_orders")
    stop = {"algo_type": "CONDITIONAL", "symbol": PAIR, "side": "SELL", "quantity": 0.01}
    stop |= {"type": "STOP_MARKET", "trigger_price": limit(0.9)["price"], "reduce_only": "true"}
    rest_call("new_algo_order", keep="algo", **stop)
    of_algo = {"algo_id": kept.algo.algo_id}
    rest_call("query_algo_order", lambda told: told.algo_status == "NEW", **of_algo)
    rest_call("current_all_algo_open_orders", filled, symbol=PAIR)
    rest_call("cancel_algo_order", **of_algo)
    rest_call("cancel_all_algo_open_orders", symbol=PAIR)
    rest_call("query_all_algo_orders", filled, symbol=PAIR)
    closing = {"symbol": PAIR, "side": "SELL", "type": "MARKET", "reduce_only": "true"}
    rest_call("new_order", lambda told: told.reduce_only is True, **closing, quantity=0.02)


def account():
    for version in ("v2", "v3"):
        rest_call(f"account_information_{version}", lambda t: float(t.total_wallet_balance) > 0)
        rest_call(f"futures_account_balance_{version}", filled)
    rest_call("all_orders", filled, symbol=PAIR)
    rest_call("account_trade_list", lambda rows: len(list(rows)) >= 2, symbol=PAIR)
    rest_call("get_income_history", filled)
    rest_call("classic_portfolio_margin_account_information", asset="USDT")
    now_ms = int(time.time() * 1000)
    span = {"start_time": now_ms - HOUR_MS, "end_time": now_ms}
    for asked, link in (
        ("get_download_id_for_futures_order_history", "order_history_download_link_by_id"),
        ("get_download_id_for_futures_trade_history", "trade_download_link_by_id"),
        (
            "get_download_id_for_futures_transaction_history",
            "transaction_history_download_link_by_id",
        ),
    ):
        rest_call(asked, keep="file", **span)
        rest_call(f"get_futures_{link}", download_id=str(kept.file.download_id))
    rest_call("list_all_convert_pairs", filled, from_asset="USDT")
    exchange = {"from_asset": "USDT", "to_asset": "BTC", "from_amount": 100.0}
    rest_call("send_quote_request", keep="quote", **exchange)
    rest_call("accept_the_offered_quote", keep="done", quote_id=str(kept.quote.quote_id))
    rest_call("order_status", lambda t: t.order_status == "SUCCESS", order_id=kept.done.order_id)


def user_data_key():
    for method in (
        "start_user_data_stream",
        "keepalive_user_data_stream",
        "close_user_data_stream",
    ):
        rest_call(method)


MOVING = {
    "aggregate_trade_streams": {"symbol": STREAM},
    "mark_price_stream": {"symbol": STREAM, "update_speed": "1s"},
    "mark_price_stream_for_all_market": {"update_speed": "1s"},
    "kline_candlestick_streams": {"symbol": STREAM, "interval": "1m"},
    "continuous_contract_kline_candlestick_streams": {
        "pair": STREAM,
        "contract_type": "perpetual",
        "interval": "1m",
    },
    "individual_symbol_ticker_streams": {"symbol": STREAM},
    "individual_symbol_mini_ticker_stream": {"symbol": STREAM},
    "all_market_tickers_streams": {},
    "all_market_mini_tickers_stream": {},
    "individual_symbol_book_ticker_streams": {"symbol": STREAM},
    "all_book_tickers_stream": {},
    "diff_book_depth_streams": {"symbol": STREAM, "update_speed": "100ms"},
    "partial_book_depth_streams": {"symbol": STREAM, "levels": "5", "update_speed": "100ms"},
    "rpi_diff_book_depth_streams": {"symbol": STREAM},
    "asset_index": {},
}
QUIET = {
    "all_market_liquidation_order_streams": {},
    "liquidation_order_streams": {"symbol": STREAM},
    "composite_index_symbol_information_streams": {"symbol": STREAM},
    "contract_info_stream": {},
    "trading_session_stream": {},
}
"""Streams on which nothing need happen while one listens."""


async def streams():
    """Open every stream; where something has to come, its model has to read it."""
    streams = client.websocket_streams
    connection = await streams.create_connection()
    errors = []
    connection.on_connection("error", errors.append)
    for method, parameters in {**MOVING, **QUIET}.items():
        with Call(f"streams.{method}"):
            stream = await getattr(streams, method)(**parameters)
            heard = asyncio.get_running_loop().create_future()
            stream.on("message", lambda told, heard=heard: heard.done() or heard.set_result(told))
            if method in MOVING:
                await asyncio.wait_for(heard, WITHIN_S)
            assert not errors, str(errors)
            await stream.unsubscribe()
    with Call("streams.user_data: own fill"):
        key = rest.start_user_data_stream().data().listen_key
        stream = await streams.user_data(key)
        filled = asyncio.get_running_loop().create_future()

        def hear(event):
            told = event.actual_instance
            if type(told).__name__ == "OrderTradeUpdate" and told.o.X == "FILLED":
                filled.done() or filled.set_result(told)

        stream.on("message", hear)
        await asyncio.sleep(0.5)
        rest.new_order(symbol=PAIR, side="BUY", type="MARKET", quantity=0.01)
        await asyncio.wait_for(filled, WITHIN_S)
        assert not errors, str(errors)
    await connection.close_connection(close_session=True)


async def websocket_api():
    """Every method of the WebSocket API that a secret can sign."""
    connection = await client.websocket_api.create_connection()

    async def ask(method, keep=None, **parameters):
        with Call(f"websocket_api.{method}"):
            data = (await getattr(connection, method)(**parameters)).data()
            assert "error" not in (data if isinstance(data, dict) else {}), str(data)
            if keep:
                setattr(kept, keep, data.result)

    for method in ("order_book", "symbol_price_ticker", "symbol_order_book_ticker"):
        await ask(method, symbol=PAIR)
    await ask("new_order", "order", **limit(0.95), **RESTING)
    await ask("query_order", symbol=PAIR, order_id=kept.order.order_id)
    await ask("modify_order", **limit(0.94), order_id=kept.order.order_id)
    await ask("cancel_order", symbol=PAIR, order_id=kept.order.order_id)
    stop = {"algo_type": "CONDITIONAL", "symbol": PAIR, "side": "SELL", "quantity": 0.01}
    stop |= {"type": "STOP_MARKET", "trigger_price": limit(0.9)["price"]}
    await ask("new_algo_order", "algo", **stop)
    await ask("cancel_algo_order", algo_id=kept.algo.algo_id)
    for method in (
        "position_information",
        "position_information_v2",
        "account_information",
        "account_information_v2",
        "futures_account_balance",
        "futures_account_balance_v2",
        "start_user_data_stream",
        "keepalive_user_data_stream",
        "close_user_data_stream",
    ):
        await ask(method)
    await connection.close_connection(close_session=True)


market_data()
settings()
for part in (orders, position, account, user_data_key):
    part()
with Call("every REST method was called"):
    methods = {name for name, _ in inspect.getmembers(rest, inspect.ismethod) if name[0] != "_"}
    assert methods - called <= BESIDES, sorted(methods - called - BESIDES)
asyncio.run(streams())
asyncio.run(websocket_api())
