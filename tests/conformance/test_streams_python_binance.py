"""python-binance's sockets, unmodified, on a live box (STR-902, USR-902)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount
from tests.conformance.python_binance import (
    AsyncClient,
    BinanceSocketManager,
    FuturesDepthCacheManager,
)
from tests.conformance.waiting import SESSION_S, until

SYMBOL = "BTCUSDT"


def run(
    box: Box, trader: OpenedAccount, work: Callable[[AsyncClient, Any], Awaitable[None]]
) -> None:
    """Do it with a client and its sockets, pointed at the box."""

    async def session() -> None:
        client = AsyncClient(trader.key, trader.secret)
        client.FUTURES_URL = box.url + "/fapi"
        client.FUTURES_DATA_URL = box.url + "/futures/data"
        sockets = BinanceSocketManager(client)
        sockets.FSTREAM_URL = box.ws_url + "/"
        try:
            async with asyncio.timeout(SESSION_S):
                await work(client, sockets)
        finally:
            await client.close_connection()

    asyncio.run(session())


@asynccontextmanager
async def opened(socket: Any) -> AsyncIterator[Any]:
    """A socket, connected. Hung up first: its reader looks up only when something comes."""
    await socket.connect()
    try:
        yield socket
    finally:
        await asyncio.gather(socket.close(), socket.ws.close())


async def first(socket: Any) -> Any:
    """What the socket hears first, without the name of the stream."""
    async with opened(socket):
        return (await socket.recv()).get("data")


def test_market_sockets(lively: Box) -> None:
    """STR-902: every kind of socket that moves here."""

    async def work(_: AsyncClient, sockets: Any) -> None:
        trade, mark, marks, best, ticker, tickers, books, depth, levels, rpi = await asyncio.gather(
            first(sockets.aggtrade_futures_socket(SYMBOL)),
            first(sockets.symbol_mark_price_socket(SYMBOL)),
            first(sockets.all_mark_price_socket()),
            first(sockets.symbol_ticker_futures_socket(SYMBOL)),
            first(sockets.individual_symbol_ticker_futures_socket(SYMBOL)),
            first(sockets.futures_ticker_socket()),
            first(sockets.all_ticker_futures_socket()),
            first(sockets.futures_depth_socket(SYMBOL, depth="")),
            first(sockets.futures_depth_socket(SYMBOL)),
            first(sockets.futures_rpi_depth_socket(SYMBOL)),
        )
        assert (trade["e"], mark["e"], ticker["e"]) == ("aggTrade", "markPriceUpdate", "24hrTicker")
        assert {row["s"] for row in (*marks, *tickers, best, books)} == {SYMBOL}
        assert depth["U"] <= depth["u"]
        assert len(levels["b"]) == len(levels["a"]) == 10
        assert rpi["e"] == "depthUpdate"

    run(lively, lively.account(usdt=10_000), work)


def test_candles_bare_and_several_at_once(lively: Box) -> None:
    """STR-902: a path of its own for candles, and many names in one address."""

    async def work(_: AsyncClient, sockets: Any) -> None:
        async with opened(sockets.kline_futures_socket(SYMBOL)) as socket:
            candle = await socket.recv()
        assert (candle["e"], candle["ps"], candle["ct"]) == (
            "continuous_kline",
            SYMBOL,
            "PERPETUAL",
        )
        names = ["btcusdt@aggTrade", "btcusdt@kline_1m"]
        seen: set[str] = set()
        async with opened(sockets.futures_multiplex_socket(names)) as socket:
            while seen != set(names):
                seen.add((await socket.recv())["stream"])

    run(lively, lively.account(usdt=10_000), work)


def test_depth_cache(lively: Box) -> None:
    """STR-902: its own order book, fed by partial depth."""

    async def work(client: AsyncClient, sockets: Any) -> None:
        keeper = FuturesDepthCacheManager(client, SYMBOL, bm=sockets)
        async with keeper:
            book = await keeper.recv()
        assert book.get_bids()[0][0] < book.get_asks()[0][0]

    run(lively, lively.account(usdt=10_000), work)


@pytest.mark.parametrize("kind", ["futures_user_socket", "futures_socket"])
def test_own_fills(box: Box, trader: OpenedAccount, kind: str) -> None:
    """USR-902: the events of one market order, in their order."""

    async def work(client: AsyncClient, sockets: Any) -> None:
        events: list[Any] = []

        async def told() -> list[str]:
            events.append(await socket.recv())
            return [event["e"] for event in events]

        async with opened(getattr(sockets, kind)()) as socket:
            order = await client.futures_create_order(
                symbol=SYMBOL, side="BUY", type="MARKET", quantity=0.01
            )
            await until(told, lambda names: len(names) == 4)
        assert [event["e"] for event in events] == [
            "TRADE_LITE",
            "ORDER_TRADE_UPDATE",
            "ACCOUNT_UPDATE",
            "ORDER_TRADE_UPDATE",
        ]
        _, new, account, fill = events
        assert (new["o"]["X"], fill["o"]["X"]) == ("NEW", "FILLED")
        assert fill["o"]["i"] == order["orderId"]
        (trade,) = await client.futures_account_trades(symbol=SYMBOL)
        assert (fill["o"]["t"], float(fill["o"]["L"])) == (trade["id"], float(trade["price"]))
        (risk,) = await client.futures_position_information(symbol=SYMBOL)
        (position,) = account["a"]["P"]
        assert float(position["pa"]) == float(risk["positionAmt"]) == 0.01
        assert float(position["ep"]) == float(risk["entryPrice"])

    run(box, trader, work)
