"""ccxt.pro, unmodified, trades over the WebSocket API of a live box (WSA-900)."""

from typing import Any

import ccxt
import pytest

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount
from tests.conformance.ccxt_pro import UNIFIED, Client, run


def test_orders_live_and_die(box: Box, trader: OpenedAccount) -> None:
    """WSA-900: numbers go as literal tokens, and what no row knows is signed too."""

    async def work(client: Client) -> list[Any]:
        placed = await client.create_order_ws(
            UNIFIED, "limit", "buy", 0.01, 59_000, {"anything": 48500.0, "more": True}
        )
        edited = await client.edit_order_ws(placed["id"], UNIFIED, "limit", "buy", 0.02, 58_900.5)
        found = await client.fetch_order_ws(placed["id"], UNIFIED)
        gone = await client.cancel_order_ws(placed["id"], UNIFIED)
        return [placed, edited, found, gone]

    placed, edited, found, gone = run(box, trader, work)
    assert (placed["status"], placed["price"], placed["amount"]) == ("open", 59_000, 0.01)
    assert (edited["price"], edited["amount"]) == (58_900.5, 0.02)
    assert (found["status"], found["price"]) == ("open", 58_900.5)
    assert gone["status"] == "canceled"


def test_positions_and_balances(box: Box, trader: OpenedAccount) -> None:
    """WSA-900: by either version of the methods."""

    async def work(client: Client) -> list[Any]:
        bought = await client.create_order_ws(UNIFIED, "market", "buy", 0.01)
        told = [bought]
        for version in ("", "v2/"):
            told += [
                await client.fetch_positions_ws(None, {"method": f"{version}account.position"}),
                await client.fetch_balance_ws({"method": f"{version}account.balance"}),
                await client.fetch_balance_ws({"method": f"{version}account.status"}),
            ]
        return told

    bought, *told = run(box, trader, work)
    assert (bought["status"], bought["filled"]) == ("closed", 0.01)
    for positions, balances, account in (told[:3], told[3:]):
        (position,) = positions
        assert (position["side"], position["contracts"]) == ("long", 0.01)
        assert 9_900 < balances["USDT"]["total"] < 10_000
        # Of account.status ccxt takes the margin balance: bought at 60000.1, marked at 60000.
        assert account["USDT"]["total"] == pytest.approx(balances["USDT"]["total"] - 0.001)


def test_market_data(box: Box, trader: OpenedAccount) -> None:
    """WSA-900: signed, though nothing needs it."""

    async def work(client: Client) -> list[Any]:
        return [
            await client.fetch_order_book_ws(UNIFIED, 5),
            await client.fetch_ticker_ws(UNIFIED, {"method": "ticker.price"}),
            await client.fetch_ticker_ws(UNIFIED, {"method": "ticker.book"}),
        ]

    book, ticker, best = run(box, trader, work)
    assert len(book["bids"]) == len(book["asks"]) == 5
    assert ticker["last"] == 60_000
    assert (best["bid"], best["ask"]) == (book["bids"][0][0], book["asks"][0][0])


def test_refusals(box: Box, trader: OpenedAccount) -> None:
    """WSA-900: they come back to the caller, and the connection goes on."""

    async def work(client: Client) -> dict[str, Any]:
        with pytest.raises(ccxt.ExchangeError, match="-2011"):
            await client.cancel_order_ws("99", UNIFIED)
        with pytest.raises(ccxt.ExchangeError, match="-2019"):
            await client.create_order_ws(UNIFIED, "limit", "buy", 100, 60_000)
        with pytest.raises(ccxt.ExchangeError, match="-2021"):
            await client.create_order_ws(
                UNIFIED, "market", "sell", 0.01, None, {"stopLossPrice": 68500.0}
            )
        told: dict[str, Any] = await client.fetch_balance_ws()
        return told

    assert run(box, trader, work)["USDT"]["total"] == 10_000
