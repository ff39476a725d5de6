"""ccxt.pro, unmodified, watches the streams of a live box and its own fills (STR-900, USR-900)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount
from perpbox.money import SCALE
from tests.conformance.ccxt_pro import UNIFIED, Client, run
from tests.conformance.counterpart import Counterpart, make_room
from tests.conformance.waiting import Heard, until

CHANGES: Final = 48
LEVELS: Final = 1000


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


@pytest.mark.parametrize(("name", "first", "last"), [("trade", "t", "t"), ("aggTrade", "f", "l")])
def test_trades(lively: Box, name: str, first: str, last: str) -> None:
    """STR-900: prints of the market, and one's own fill among them."""
    trader = lively.account(usdt=10_000)

    async def work(client: Client) -> None:
        await client.watch_trades(UNIFIED, params={"name": name})
        await client.create_order(UNIFIED, "market", "buy", 0.01)
        fill = (await client.fetch_my_trades(UNIFIED))[0]

        def own(trades: list[Any]) -> list[Any]:
            number = int(fill["id"])
            return [each for each in trades if each["info"][first] <= number <= each["info"][last]]

        seen = await until(lambda: client.watch_trades(UNIFIED, params={"name": name}), own)
        (trade,) = own(seen)
        assert (trade["side"], trade["price"]) == ("buy", fill["price"])
        assert trade["amount"] >= fill["amount"]

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


class Account:
    """Everything that a client is told about its account, gathered while it works."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._tasks: list[asyncio.Task[None]] = []
        self.balances = Heard()
        self.orders = Heard()
        self.positions = Heard()
        self.trades = Heard()

    async def __aenter__(self) -> "Account":
        client = self._client
        await client.authenticate({"type": "swap", "subType": "linear"})
        for watch, heard in (
            (client.watch_balance, self.balances),
            (client.watch_orders, self.orders),
            (client.watch_positions, self.positions),
            (client.watch_my_trades, self.trades),
        ):
            self._tasks.append(asyncio.create_task(gather(watch, heard)))
        key = client.options["linear"]["listenKey"]
        await client.client(client.get_private_ws_url("linear", key)).connected
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)


async def gather(watch: Watch, heard: Heard) -> None:
    while True:
        told = await watch()
        for each in told if isinstance(told, list) else [told]:
            heard.put(dict(each))  # a copy: the client goes on changing what it hands out


def test_own_fills(box: Box, trader: OpenedAccount) -> None:
    """USR-900: a resting order is filled in two parts by another account, then closed."""
    make_room(box)
    other = Counterpart(box)

    async def work(client: Client) -> None:
        async with Account(client) as told:
            placed = await client.create_order(UNIFIED, "limit", "buy", 0.02, 60_000.0)
            await told.orders.first(lambda order: order["status"] == "open")
            other.sell("0.005", "60000.0")
            other.sell("0.015", "60000.0")
            filled = await told.orders.first(lambda order: order["status"] == "closed")
            assert (filled["id"], filled["filled"]) == (placed["id"], 0.02)
            await told.trades.first(lambda trade: trade["amount"] == 0.015)
            assert [(trade["amount"], trade["price"]) for trade in told.trades.all] == [
                (0.005, 60_000),
                (0.015, 60_000),
            ]
            assert {trade["takerOrMaker"] for trade in told.trades.all} == {"maker"}
            assert [trade["id"] for trade in told.trades.all] == [
                trade["id"] for trade in await client.fetch_my_trades(UNIFIED)
            ]
            position = await told.positions.first(lambda each: each["contracts"] == 0.02)
            assert (position["side"], position["entryPrice"]) == ("long", 60_000)
            fees = sum(trade["fee"]["cost"] for trade in told.trades.all)
            balance = await told.balances.first(
                lambda each: each["USDT"]["total"] == pytest.approx(10_000 - fees, abs=1e-9),
            )
            assert balance["USDT"]["total"] == (await client.fetch_balance())["USDT"]["total"]
            closing = await client.create_order(
                UNIFIED, "market", "sell", 0.02, params={"reduceOnly": True}
            )
            done = await told.orders.first(lambda order: order["id"] == closing["id"])
            assert done["side"] == "sell"
            await told.positions.first(lambda each: each["contracts"] == 0)

    run(box, trader, work)


def test_orders_cancelled_and_edited(box: Box, trader: OpenedAccount) -> None:
    """USR-900."""

    async def work(client: Client) -> None:
        async with Account(client) as told:
            placed = await client.create_order(UNIFIED, "limit", "buy", 0.02, 59_000)
            await client.edit_order(placed["id"], UNIFIED, "limit", "buy", 0.03, 58_000)
            edited = await told.orders.first(lambda order: order["price"] == 58_000)
            assert (edited["id"], edited["amount"]) == (placed["id"], 0.03)
            await client.cancel_order(placed["id"], UNIFIED)
            gone = await told.orders.first(lambda order: order["status"] == "canceled")
            assert gone["id"] == placed["id"]

    run(box, trader, work)
