"""ccxt and ccxt.pro: unified methods over REST, streams and the WebSocket API."""

import asyncio
from types import SimpleNamespace

import ccxt
from calls import Call, Refusal
from connect import exchange

PAIR = "BTC/USDT:USDT"
PAIRS = [PAIR, "ETH/USDT:USDT"]
WITHIN_S = 30
kept = SimpleNamespace()


async def ask(method, *arguments, holds=lambda told: True, keep=None, named=None, **parameters):
    """Await a unified method; what it gives has to hold."""
    with Call(named or method):
        async with asyncio.timeout(WITHIN_S):
            told = await getattr(exchange, method)(*arguments, **parameters)
        assert holds(told), f"unexpected: {str(told)[:120]}"
        if keep:
            setattr(kept, keep, told)


async def market():
    await ask("load_markets", holds=lambda told: told[PAIR]["linear"])
    await ask("fetch_time")
    await ask("fetch_ticker", PAIR, keep="ticker")
    await ask("fetch_tickers", holds=lambda told: len(told) > 2)
    await ask("fetch_last_prices", PAIRS, holds=len)
    await ask("fetch_bids_asks", PAIRS, holds=len)
    await ask("fetch_mark_price", PAIR)
    await ask("fetch_mark_prices")
    await ask("fetch_order_book", PAIR, 20, holds=lambda told: told["bids"][0] < told["asks"][0])
    await ask("fetch_trades", PAIR, holds=len)
    await ask("fetch_trades", PAIR, named="fetch_trades: recent", holds=len, params=RECENT)
    await ask("fetch_trades", PAIR, named="fetch_trades: historical", holds=len, params=HISTORICAL)
    await ask("fetch_ohlcv", PAIR, "1m", holds=len)
    await ask("fetch_mark_ohlcv", PAIR, "1m", holds=len)
    await ask("fetch_index_ohlcv", PAIR, "1m", holds=len)
    await ask("fetch_premium_index_ohlcv", PAIR, "1m", holds=len)
    await ask("fetch_funding_rate", PAIR)
    await ask("fetch_funding_rates")
    await ask("fetch_funding_rate_history", PAIR)
    await ask("fetch_funding_intervals")
    await ask("fetch_open_interest", PAIR)
    await ask("fetch_open_interest_history", PAIR, "5m")
    await ask("fetch_long_short_ratio_history", PAIR, "5m")


RECENT = {"fetchTradesMethod": "fapiPublicGetTrades"}
HISTORICAL = {"fetchTradesMethod": "fapiPublicGetHistoricalTrades"}


async def settings():
    await ask("fetch_balance", holds=lambda told: told["USDT"]["free"] > 0)
    await ask("set_leverage", 10, PAIR, holds=lambda told: told["leverage"] == 10)
    await ask("set_margin_mode", "isolated", PAIR)
    await ask("set_position_mode", True)
    await ask("fetch_position_mode", holds=lambda told: told["hedged"])
    await ask("set_position_mode", False)
    await ask("fetch_margin_mode", PAIR, holds=lambda told: told["marginMode"] == "isolated")
    await ask("fetch_margin_modes", PAIRS)
    await ask("fetch_leverage", PAIR)
    await ask("fetch_leverages", PAIRS)
    await ask("fetch_leverage_tiers", PAIRS, holds=len)
    await ask("fetch_market_leverage_tiers", PAIR, holds=len)
    await ask("fetch_trading_fee", PAIR)
    await ask("fetch_trading_fees")


def below(away):
    return float(exchange.price_to_precision(PAIR, kept.ticker["last"] * away))


async def orders():
    limit = (PAIR, "limit", "buy", 0.01)
    await ask("create_order", *limit, below(0.95), keep="order")
    of_order = (kept.order["id"], PAIR)
    await ask("edit_order", *of_order, *limit[1:], below(0.94))
    await ask("fetch_order", *of_order, holds=lambda told: told["status"] == "open")
    await ask("fetch_open_order", *of_order)
    await ask("fetch_open_orders", PAIR, holds=len)
    await ask("cancel_order", *of_order)
    rows = [
        {"symbol": PAIR, "type": "limit", "side": "buy", "amount": 0.01, "price": below(away)}
        for away in (0.93, 0.92)
    ]
    await ask("create_orders", rows, keep="several")
    await ask(
        "edit_orders",
        [
            {**row, "id": each["id"], "amount": 0.02}
            for row, each in zip(rows, kept.several, strict=True)
        ],
    )
    await ask("cancel_orders", [each["id"] for each in kept.several], PAIR)
    await ask("cancel_all_orders", PAIR)
    await ask("create_order", *limit, below(0.95), {"test": True}, named="create_order: test")
    stop = (PAIR, "market", "sell", 0.01, None)
    for named, parameters in (
        ("stop loss", {"stopLossPrice": below(0.9)}),
        ("take profit", {"takeProfitPrice": below(1.1)}),
        ("trailing", {"trailingPercent": 1}),
    ):
        name = f"create_order: {named}"
        await ask("create_order", *stop, parameters, keep="stop", named=name)
    conditional = {"trigger": True}
    await ask(
        "fetch_open_orders",
        PAIR,
        params=conditional,
        named="fetch_open_orders: trigger",
        holds=lambda told: len(told) == 3,
    )
    of_stop = (kept.stop["id"], PAIR, conditional)
    await ask("fetch_order", *of_stop, named="fetch_order: trigger")
    await ask("cancel_order", *of_stop, named="cancel_order: trigger")
    await ask("cancel_all_orders", PAIR, conditional, named="cancel_all_orders: trigger")
    await ask("fetch_orders", PAIR, params=conditional, named="fetch_orders: trigger", holds=len)


async def position():
    market = (PAIR, "market", "buy", 0.02)
    await ask("create_order", *market, holds=lambda told: told["status"] == "closed")
    for version in ({}, {"useV2": True}):
        named = f"fetch_positions{': v2' if version else ''}"
        await ask(
            "fetch_positions",
            [PAIR],
            version,
            named=named,
            holds=lambda told: told[0]["contracts"] == 0.02,
        )
    risk = {"method": "positionRisk"}
    await ask(
        "fetch_positions",
        [PAIR],
        risk,
        named="fetch_positions: risk",
        holds=lambda told: told[0]["liquidationPrice"] > 0,
    )
    account = {"method": "account"}
    await ask("fetch_positions", [PAIR], account, named="fetch_positions: account", holds=len)
    await ask("add_margin", PAIR, 10)
    await ask("reduce_margin", PAIR, 5)
    await ask("fetch_margin_adjustment_history", PAIR, holds=lambda told: len(told) >= 2)
    await ask("fetch_position_adl_rank", PAIR)
    await ask("fetch_positions_adl_rank", [PAIR])
    await ask(
        "create_order",
        PAIR,
        "market",
        "sell",
        0.02,
        None,
        {"reduceOnly": True},
        named="create_order: reduce only",
    )
    await ask("fetch_my_trades", PAIR, holds=lambda told: len(told) >= 2)
    await ask("fetch_orders", PAIR, holds=len)
    await ask("fetch_closed_orders", PAIR, holds=len)
    await ask("fetch_canceled_orders", PAIR, holds=len)
    await ask("fetch_canceled_and_closed_orders", PAIR, holds=len)
    await ask("fetch_ledger", "USDT", holds=len)
    await ask("fetch_funding_history", PAIR)
    await ask("fetch_my_liquidations", PAIR)
    await ask("fetch_balance", {"useV2": True}, named="fetch_balance: v2")


async def refusals():
    cases = (
        (
            "create_order beyond the margin",
            ccxt.InsufficientFunds,
            lambda: exchange.create_order(PAIR, "limit", "buy", 500, below(0.99)),
        ),
        ("cancel_order of nothing", ccxt.OrderNotFound, lambda: exchange.cancel_order("99", PAIR)),
        ("fetch_order of nothing", ccxt.OrderNotFound, lambda: exchange.fetch_order("99", PAIR)),
        (
            "create_order post-only that takes",
            ccxt.OrderNotFillable,
            lambda: exchange.create_order(
                PAIR, "limit", "buy", 0.01, below(1.02), {"timeInForce": "GTX"}
            ),
        ),
        (
            "fapiPublicGetDepth of no symbol",
            ccxt.BadSymbol,
            lambda: exchange.fapiPublicGetDepth({"symbol": "NOPEUSDT"}),
        ),
    )
    for name, error, work in cases:
        with Refusal(name, error):
            await work()


async def first(watch, *arguments):
    """The first news that is not empty: positions begin with those there are."""
    while not (told := await watch(*arguments)):
        pass
    return told


async def streams():
    await ask("watch_trades", PAIR, holds=len)
    await ask("watch_trades_for_symbols", PAIRS, holds=len)
    await ask("watch_order_book", PAIR, holds=lambda told: told["bids"][0] < told["asks"][0])
    await ask("watch_order_book_for_symbols", PAIRS)
    await ask("watch_ohlcv", PAIR, "1m", holds=len)
    await ask("watch_ohlcv_for_symbols", [[PAIR, "1m"], [PAIRS[1], "1m"]])
    await ask("watch_ticker", PAIR)
    await ask("watch_tickers", PAIRS)
    await ask("watch_tickers", named="watch_tickers: all", holds=len)
    await ask("watch_bids_asks", PAIRS)
    await ask("watch_mark_price", PAIR)
    await ask("watch_mark_prices")
    # What follows is told when something happens to the account.
    hears = {
        name: asyncio.create_task(first(getattr(exchange, name), *arguments))
        for name, arguments in (
            ("watch_balance", ()),
            ("watch_orders", (PAIR,)),
            ("watch_my_trades", (PAIR,)),
            ("watch_positions", ([PAIR],)),
        )
    }
    await asyncio.sleep(2)
    await exchange.create_order(PAIR, "market", "buy", 0.01)
    for name, told in hears.items():
        with Call(name):
            await asyncio.wait_for(told, WITHIN_S)


async def websocket_api():
    limit = (PAIR, "limit", "buy", 0.01, below(0.95))
    await ask("fetch_balance_ws", holds=lambda told: told["USDT"]["total"] > 0)
    await ask("fetch_positions_ws", [PAIR], holds=len)
    await ask("fetch_position_ws", PAIR)
    await ask("fetch_ticker_ws", PAIR)
    await ask("fetch_order_book_ws", PAIR, 20)
    await ask("create_order_ws", *limit, keep="order")
    of_order = (kept.order["id"], PAIR)
    await ask("fetch_order_ws", *of_order)
    await ask("edit_order_ws", *of_order, *limit[1:4], below(0.94), keep="order")
    await ask("cancel_order_ws", kept.order["id"], PAIR)
    stop = (PAIR, "market", "sell", 0.01, None, {"stopLossPrice": below(0.9)})
    await ask("create_order_ws", *stop, keep="stop", named="create_order_ws: stop loss")
    await ask(
        "cancel_order_ws",
        kept.stop["id"],
        PAIR,
        {"trigger": True},
        named="cancel_order_ws: trigger",
    )


async def main():
    try:
        for part in (market, settings, orders, position, refusals, streams, websocket_api):
            await part()
    finally:
        await exchange.close()


asyncio.run(main())
