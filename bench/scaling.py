"""How the work grows: the time of one piece of it against how much there is of everything else.

``python -m bench.scaling`` prints, as JSON, a table of (how many, microseconds) for each measure.
The fastest of a few rounds; all in this process and without sockets, but for the connections.
"""

import hashlib
import hmac
import json
import socket
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

from bench.crowd import DEEP, SYMBOLS, listed
from bench.fanout import FILES_BESIDE_READERS
from bench.fanout_load import connect
from bench.portfolio import specs_of
from bench.servers import HOST, get_request, open_files, perpbox, signed_target
from perpbox.box import Box
from perpbox.engine.commands import (
    CreateAccount,
    Deposit,
    ListInstrument,
    OpenExchange,
    PlaceOrder,
    Rules,
    SetDepth,
    SetPrices,
)
from perpbox.engine.exchange import Exchange
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.lab.wishes import OpenedAccount
from perpbox.money import SCALE, Amount, Price, Qty

ORDERS = 2_000
CALLS = 50
REQUESTS = 1_000
READ_BYTES = 1 << 16
SHIPPED = 90
"""Contracts that a box has without further specifications, or a few more."""
ROUNDS = 3
START_MS = 1_700_006_400_000
PRICE = Price(100 * SCALE)
TICK = Price(SCALE // 100)
LOT = Qty(SCALE // 10)
Points = list[tuple[int, float]]


def _order(account: int, side: Side, price: Price, number: int) -> PlaceOrder:
    return PlaceOrder(
        account,
        SYMBOLS[0],
        side,
        PositionSide.BOTH,
        OrderType.LIMIT,
        TimeInForce.GTC,
        LOT,
        price,
        False,
        f"s{number}",
    )


def _venue(accounts: int) -> Exchange:
    exchange = Exchange()
    exchange.apply(OpenExchange(Rules()), START_MS)
    exchange.apply(ListInstrument(listed(SYMBOLS[0])), START_MS)
    exchange.apply(SetPrices(SYMBOLS[0], PRICE, PRICE), START_MS)
    exchange.apply(SetDepth(SYMBOLS[0], ((PRICE, DEEP),), (), replace=True), START_MS)
    for number in range(1, accounts + 1):
        exchange.apply(CreateAccount(f"key{number}"), START_MS)
        exchange.apply(Deposit(number, "USDT", Amount(10**6 * SCALE)), START_MS)
    return exchange


def _microseconds_each(count: int, work: Callable[[int], object]) -> float:
    began = time.perf_counter()
    for number in range(count):
        work(number)
    return (time.perf_counter() - began) / count * 1e6


def by_accounts(accounts: int) -> float:
    """An order that fills against the street, among that many accounts."""
    exchange = _venue(accounts)

    def fill(number: int) -> None:
        account = number % accounts + 1
        exchange.apply(_order(account, Side.SELL, PRICE, number), START_MS)

    return _microseconds_each(ORDERS, fill)


def by_open_orders(resting: int) -> float:
    """An order that rests among that many others, 100 of them an account."""
    exchange = _venue(resting // 100 + 1)
    for number in range(resting):
        price = Price(PRICE + TICK * (number % 5_000 + 2))
        exchange.apply(_order(number // 100 + 1, Side.SELL, price, number), START_MS)
    last = resting // 100 + 1

    def rest(number: int) -> None:
        price = Price(PRICE + TICK * (number % 50 + 2))
        exchange.apply(_order(last, Side.SELL, price, resting + number), START_MS)

    return _microseconds_each(100, rest)


def _signed(box: Box, account: OpenedAccount, path: str, query: str) -> Callable[[int], object]:
    text = f"{query}&timestamp={box.desk.now_ms()}"
    digest = hmac.new(account.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    head = {b"x-mbx-apikey": account.key.encode()}
    signed = f"{text}&signature={digest}".encode()

    def ask(_: int) -> None:
        status, _, body = box.handle("GET", path, signed, head)
        assert status == 200, body

    return ask


def by_symbols(symbols: int) -> float:
    """positionRisk v2 of an account without positions after a price moved: a row a symbol."""
    with_more: dict[str, object] = {"specs": specs_of(symbols)} if symbols > SHIPPED else {}
    box = Box(market="none", clock="frozen", rate_limits="off", **with_more)
    ask = _signed(box, box.account(), "/fapi/v2/positionRisk", "recvWindow=60000")
    ask(0)

    def move_and_ask(number: int) -> None:
        box.set_price("BTCUSDT", 60_000 + number)
        ask(number)

    return _microseconds_each(CALLS, move_and_ask)


def by_history(fills: int) -> float:
    """The newest 500 of that many fills."""
    box = Box(market="none", clock="frozen", rate_limits="off", symbols=["BTCUSDT"])
    box.set_price("BTCUSDT", 60_000)
    account = box.account(usdt=10**7)
    lot = Qty(SCALE // 1000)
    for number in range(fills):
        side = (Side.BUY, Side.SELL)[number % 2]
        box.desk.submit(
            PlaceOrder(
                account.account_id,
                "BTCUSDT",
                side,
                PositionSide.BOTH,
                OrderType.MARKET,
                TimeInForce.GTC,
                lot,
                Price(0),
                False,
                f"h{number}",
            )
        )
        if number % 100 == 99:
            box.set_price("BTCUSDT", 60_000 + number % 200)
    ask = _signed(box, account, "/fapi/v1/userTrades", "symbol=BTCUSDT&limit=500")
    return _microseconds_each(CALLS, ask)


def by_connections(connections: int) -> float:
    """positionRisk asked on one connection while that many WebSockets are open and idle."""
    open_files(connections + FILES_BESIDE_READERS)
    with perpbox("--market", "none", "--symbols", "BTCUSDT") as box, ExitStack() as stack:
        for _ in range(connections):
            stack.enter_context(connect(box.port, "/ws/nothing"))
        target = signed_target("/fapi/v2/positionRisk", "symbol=BTCUSDT")
        link = stack.enter_context(socket.create_connection((HOST, box.port)))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = get_request(target)
        times: list[float] = []
        for _ in range(REQUESTS):
            began = time.perf_counter()
            link.sendall(request)
            answer = link.recv(READ_BYTES)
            times.append(time.perf_counter() - began)
            assert answer.startswith(b"HTTP/1.1 200"), answer
        return statistics.median(times) * 1e6


MEASURES: dict[str, tuple[Callable[[int], float], tuple[int, ...]]] = {
    "accounts": (by_accounts, (100, 1_000, 10_000, 50_000)),
    "open orders": (by_open_orders, (100, 1_000, 10_000, 50_000)),
    "symbols": (by_symbols, (90, 200, 400, 800)),
    "connections": (by_connections, (10, 100, 1_000, 8_000)),
    "fills remembered": (by_history, (500, 2_000, 8_000, 20_000)),
}


def main() -> None:
    found: dict[str, Points] = {}
    for name, (measure, sizes) in MEASURES.items():
        found[name] = [(size, min(measure(size) for _ in range(ROUNDS))) for size in sizes]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
