"""ccxt.pro, unmodified, watches the streams of a live box and its own fills (STR-900, USR-900)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import pytest

from perpbox.box import Box
from perpbox.lab.desk import OpenedAccount
from perpbox.money import SCALE
from tests.conformance.ccxt_pro import UNIFIED, Client, run
from tests.conformance.counterpart import Counterpart, make_room
from tests.conformance.waiting import until

CHANGES: Final = 48
LIVELY: Final = {"step_ms": 50, "trades_per_minute": 600}
LEVELS: Final = 1000


@pytest.fixture
def lively() -> Iterator[Box]:
    """A box whose market moves by itself."""
    with Box(market="sim", sim=LIVELY, clock="real", symbols=("BTCUSDT",)) as served:
        yield served


def shown(side: Any) -> list[tuple[float, float]]:
    return [(level[0], level[1]) for level in side]


def levels(side: Any) -> list[tuple[float, float]]:
    return [(price / SCALE, quantity / SCALE) for price, quantity in side]


def test_order_book_follows_while_orders_trade(box: Box, trader: OpenedAccount) -> None:
    """STR-900: snapshot, chained differences, no checksum error, and the same book at the end."""
    make_room(box)
    maker, taker = Counterpart(box), Counterpart(box)
    book = box.state.markets["BTCUSDT"].book

    async def work(client: Client) -> None:
        await client.watch_order_book(UNIFIED)
        for change in range(CHANGES):
            price = f"{60_000 + change % 7 - 3}.5"
            maker.sell("0.010", price)
            taker.buy(f"0.0{change % 20 + 10}", price)
            if change % 12 == 0:
                await until(
                    lambda: client.watch_order_book(UNIFIED),
                    lambda seen: seen["nonce"] >= book.update_id,
                )
        seen = await until(
            lambda: client.watch_order_book(UNIFIED),
            lambda seen: seen["nonce"] >= book.update_id,
        )
        assert seen["nonce"] == book.update_id
        bids, asks = book.depth(LEVELS)
        assert shown(seen["bids"]) == levels(bids)
        assert shown(seen["asks"]) == levels(asks)
        rest = await client.fetch_order_book(UNIFIED, LEVELS)
        assert (rest["nonce"], rest["bids"], rest["asks"]) == (
            seen["nonce"],
            list(seen["bids"]),
            list(seen["asks"]),
        )

    run(box, trader, work)


def test_order_book_follows_a_moving_market(lively: Box) -> None:
    """STR-900: no gap in the chain, never crossed, while the whole book moves."""
    trader = lively.account(usdt=10_000)

    async def work(client: Client) -> None:
        first = (await client.watch_order_book(UNIFIED))["nonce"]
        for number in range(5):
            if number % 3 == 0:
                await client.create_order(UNIFIED, "market", "buy", 0.01)
            seen = await client.watch_order_book(UNIFIED)
            assert seen["bids"][0][0] < seen["asks"][0][0]
        assert seen["nonce"] > first

    run(lively, trader, work)


@pytest.mark.parametrize("name", ["trade", "aggTrade"])
def test_trades(lively: Box, name: str) -> None:
    """STR-900: prints of the market, and one's own order among them."""
    trader = lively.account(usdt=10_000)

    async def work(client: Client) -> None:
        await client.watch_trades(UNIFIED, params={"name": name})
        await client.create_order(UNIFIED, "market", "buy", 0.077)
        seen = await until(
            lambda: client.watch_trades(UNIFIED, params={"name": name}),
            lambda trades: any(trade["amount"] == 0.077 for trade in trades),
        )
        (own,) = [trade for trade in seen if trade["amount"] == 0.077]
        (fill,) = await client.fetch_my_trades(UNIFIED)
        assert (own["side"], own["price"]) == ("buy", fill["price"])

    run(lively, trader, work)


def test_ticker_candles_and_marks(lively: Box) -> None:
    """STR-900: what the streams say is what REST says, in ccxt's own units."""
    trader = lively.account(usdt=10_000)

    async def work(client: Client) -> None:
        ticker, best, mark, marks, candles, _ = await asyncio.gather(
            client.watch_ticker(UNIFIED),
            client.watch_bids_asks([UNIFIED]),
            client.watch_mark_price(UNIFIED),
            client.watch_mark_prices([UNIFIED]),
            client.watch_ohlcv(UNIFIED, "1m"),
            client.watch_tickers([UNIFIED]),
        )
        told = await client.fetch_ticker(UNIFIED)
        assert ticker["open"] == told["open"] > 0
        assert ticker["high"] >= ticker["last"] >= ticker["low"] > 0
        assert ticker["baseVolume"] > 0
        assert best[UNIFIED]["bid"] < best[UNIFIED]["ask"]
        near = pytest.approx(told["last"], rel=0.01)
        assert mark["markPrice"] == near
        assert marks[UNIFIED]["markPrice"] == near
        (first,) = candles
        opened = [row for row in await client.fetch_ohlcv(UNIFIED, "1m") if row[0] == first[0]]
        assert [row[:2] for row in opened] == [first[:2]]

    run(lively, trader, work)


Watch = Callable[[], Awaitable[Any]]


class Listener:
    """Everything that a client is told about its account, gathered while it works."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._tasks: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()
        self.balances: list[Any] = []
        self.orders: list[Any] = []
        self.positions: list[Any] = []
        self.trades: list[Any] = []

    async def __aenter__(self) -> "Listener":
        client = self._client
        await client.authenticate({"type": "swap", "subType": "linear"})
        for watch, heard in (
            (client.watch_balance, self.balances),
            (client.watch_orders, self.orders),
            (client.watch_positions, self.positions),
            (client.watch_my_trades, self.trades),
        ):
            self._tasks.append(asyncio.create_task(self._gather(watch, heard)))
        key = client.options["linear"]["listenKey"]
        await client.client(client.get_private_ws_url("linear", key)).connected
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _gather(self, watch: Watch, heard: list[Any]) -> None:
        while True:
            told = await watch()
            # Copies: the client goes on changing what it hands out.
            heard += [dict(each) for each in (told if isinstance(told, list) else [told])]
            self._news.set()

    async def hear(self, heard: list[Any], holds: Callable[[Any], bool]) -> Any:
        """The first of these that this holds of, now or later."""

        async def news() -> list[Any]:
            for task in self._tasks:
                if task.done():
                    task.result()
            self._news.clear()
            found = [each for each in heard if holds(each)]
            if not found:
                await self._news.wait()
            return found

        return (await until(news, bool))[0]


def test_own_fills(box: Box, trader: OpenedAccount) -> None:
    """USR-900: a resting order is filled in two parts by another account, then closed."""
    make_room(box)
    other = Counterpart(box)

    async def work(client: Client) -> None:
        async with Listener(client) as told:
            placed = await client.create_order(UNIFIED, "limit", "buy", 0.02, 60_000.0)
            await told.hear(told.orders, lambda order: order["status"] == "open")
            other.sell("0.005", "60000.0")
            other.sell("0.015", "60000.0")
            filled = await told.hear(told.orders, lambda order: order["status"] == "closed")
            assert (filled["id"], filled["filled"]) == (placed["id"], 0.02)
            await told.hear(told.trades, lambda trade: trade["amount"] == 0.015)
            assert [(trade["amount"], trade["price"]) for trade in told.trades] == [
                (0.005, 60_000),
                (0.015, 60_000),
            ]
            assert {trade["takerOrMaker"] for trade in told.trades} == {"maker"}
            assert [trade["id"] for trade in told.trades] == [
                trade["id"] for trade in await client.fetch_my_trades(UNIFIED)
            ]
            position = await told.hear(told.positions, lambda each: each["contracts"] == 0.02)
            assert (position["side"], position["entryPrice"]) == ("long", 60_000)
            fees = sum(trade["fee"]["cost"] for trade in told.trades)
            balance = await told.hear(
                told.balances,
                lambda each: each["USDT"]["total"] == pytest.approx(10_000 - fees, abs=1e-9),
            )
            assert balance["USDT"]["total"] == (await client.fetch_balance())["USDT"]["total"]
            closing = await client.create_order(
                UNIFIED, "market", "sell", 0.02, params={"reduceOnly": True}
            )
            done = await told.hear(told.orders, lambda order: order["id"] == closing["id"])
            assert done["side"] == "sell"
            await told.hear(told.positions, lambda each: each["contracts"] == 0)

    run(box, trader, work)


def test_orders_cancelled_and_edited(box: Box, trader: OpenedAccount) -> None:
    """USR-900."""

    async def work(client: Client) -> None:
        async with Listener(client) as told:
            placed = await client.create_order(UNIFIED, "limit", "buy", 0.02, 59_000)
            await client.edit_order(placed["id"], UNIFIED, "limit", "buy", 0.03, 58_000)
            edited = await told.hear(told.orders, lambda order: order["price"] == 58_000)
            assert (edited["id"], edited["amount"]) == (placed["id"], 0.03)
            await client.cancel_order(placed["id"], UNIFIED)
            gone = await told.hear(told.orders, lambda order: order["status"] == "canceled")
            assert gone["id"] == placed["id"]

    run(box, trader, work)
