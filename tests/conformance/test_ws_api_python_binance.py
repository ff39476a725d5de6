"""python-binance, unmodified, trades over the WebSocket API of a live box (WSA-902)."""

import asyncio
from typing import Any

import pytest

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount
from tests.conformance.python_binance import AsyncClient, BinanceAPIException

SYMBOL = "BTCUSDT"


async def trade(client: Any) -> None:
    """Every method that the library has."""
    order = await client.ws_futures_create_order(
        symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity=0.01, price="59000"
    )
    assert (order["status"], order["price"]) == ("NEW", "59000.00")
    named = {"symbol": SYMBOL, "orderId": order["orderId"]}
    changed = await client.ws_futures_edit_order(**named, side="BUY", quantity=0.02, price=58900)
    assert changed["origQty"] == "0.020"
    found = await client.ws_futures_get_order(**named)
    assert found["price"] == "58900.00"
    gone = await client.ws_futures_cancel_order(**named)
    assert gone["status"] == "CANCELED"
    await client.ws_futures_create_order(symbol=SYMBOL, side="BUY", type="MARKET", quantity=0.01)
    for told in (
        await client.ws_futures_account_position(symbol=SYMBOL),
        await client.ws_futures_v2_account_position(),
    ):
        assert told[0]["positionAmt"] == "0.010"
    for told in (
        await client.ws_futures_account_balance(),
        await client.ws_futures_v2_account_balance(),
    ):
        assert told[0]["asset"] == "USDT"
    for told in (
        await client.ws_futures_account_status(),
        await client.ws_futures_v2_account_status(),
    ):
        assert float(told["totalWalletBalance"]) < 10_000
    book = await client.ws_futures_get_order_book(symbol=SYMBOL, limit=5)
    assert len(book["asks"]) == 5
    prices = await client.ws_futures_get_all_tickers()
    assert {row["symbol"] for row in prices} >= {SYMBOL}
    best = await client.ws_futures_get_order_book_ticker(symbol=SYMBOL)
    assert best["symbol"] == SYMBOL
    with pytest.raises(BinanceAPIException, match="-2013"):
        await client.ws_futures_get_order(symbol=SYMBOL, orderId=99)


def test_every_method(box: Box, trader: OpenedAccount) -> None:
    """WSA-902."""

    async def session() -> None:
        client = AsyncClient(trader.key, trader.secret)
        client.ws_future._url = box.ws_url + "/ws-fapi/v1"
        try:
            await trade(client)
        finally:
            # The library forgets this one, whose reader looks up only when something comes.
            await asyncio.gather(client.ws_future.close(), client.ws_future.ws.close())
            await client.close_connection()

    asyncio.run(session())
