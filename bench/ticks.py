"""Trades played through our engine: book, last price, triggers, margin.

``python -m bench.ticks WHAT`` prints trades a second as JSON. ``idle``: nobody is in the market.
``quoting``: an account keeps two orders at the best prices and moves them with each trade.
``held``: 100 accounts hold positions and conditional orders that nothing reaches. ``bulk``
and ``bulk_held`` are idle and held with the trades in columns, as ``Box.play_trades`` gives them
to the engine: what reaches nothing is taken in runs. ``loaded_ticks_per_s`` counts the making of
the columns from rows too.
"""

import json
import sys
import time

from bench.crowd import START_MS, SYMBOLS, listed
from perpbox.engine.commands import (
    CancelAllOrders,
    CreateAccount,
    Deposit,
    ListInstrument,
    OpenExchange,
    PlaceAlgoOrder,
    PlaceOrder,
    Rules,
    SetDepth,
    SetPrices,
    StreetTrade,
)
from perpbox.engine.exchange import Exchange
from perpbox.engine.prints import Prints
from perpbox.engine.runs import next_command
from perpbox.engine.types import AlgoType, OrderType, PositionSide, Side, TimeInForce, WorkingType
from perpbox.money import SCALE, Amount, Price, Qty

TICKS = {
    "idle": 100_000,
    "quoting": 10_000,
    "held": 100_000,
    "bulk": 1_000_000,
    "bulk_held": 1_000_000,
}
HOLDERS = 100
SYMBOL = SYMBOLS[0]
MIDDLE = 60_000 * SCALE
SWING = 8
LOT = Qty(SCALE // 2)
OWN_LOT = Qty(SCALE // 100)
DEEP = Qty(1_000 * SCALE)


def price(number: int) -> Price:
    """The road that all peers go: a small swing around the middle."""
    return Price(MIDDLE + ((number * 7) % SWING - SWING // 2) * SCALE)


def venue() -> Exchange:
    exchange = Exchange()
    exchange.apply(OpenExchange(Rules()), START_MS)
    exchange.apply(ListInstrument(listed(SYMBOL)), START_MS)
    exchange.apply(SetPrices(SYMBOL, Price(MIDDLE), Price(MIDDLE)), START_MS)
    levels = ((Price(MIDDLE - SWING * SCALE), DEEP),), ((Price(MIDDLE + SWING * SCALE), DEEP),)
    exchange.apply(SetDepth(SYMBOL, *levels, replace=True), START_MS)
    return exchange


def trade(number: int) -> StreetTrade:
    return StreetTrade(SYMBOL, price(number), LOT, buyer_is_maker=number % 2 == 0)


def limit(account: int, side: Side, at: Price, name: str) -> PlaceOrder:
    return PlaceOrder(
        account,
        SYMBOL,
        side,
        PositionSide.BOTH,
        OrderType.LIMIT,
        TimeInForce.GTC,
        OWN_LOT,
        at,
        False,
        name,
    )


def hold(exchange: Exchange) -> None:
    """Accounts with a long position and a stop far below."""
    for number in range(1, HOLDERS + 1):
        exchange.apply(CreateAccount(f"key{number}"), START_MS)
        exchange.apply(Deposit(number, "USDT", Amount(10**6 * SCALE)), START_MS)
        taken = Price(MIDDLE + SWING * SCALE)
        exchange.apply(limit(number, Side.BUY, taken, f"hold{number}"), START_MS)
        exchange.apply(
            PlaceAlgoOrder(
                number,
                SYMBOL,
                Side.SELL,
                PositionSide.BOTH,
                AlgoType.STOP_MARKET,
                TimeInForce.GTC,
                OWN_LOT,
                Price(0),
                Price(MIDDLE // 2),
                f"stop{number}",
                WorkingType.CONTRACT_PRICE,
            ),
            START_MS,
        )


def play(what: str) -> dict[str, float]:
    exchange = venue()
    if what == "held":
        hold(exchange)
    if what == "quoting":
        exchange.apply(CreateAccount("quoter"), START_MS)
        exchange.apply(Deposit(1, "USDT", Amount(10**7 * SCALE)), START_MS)
    count, orders = TICKS[what], 0
    ticks = [trade(number) for number in range(count)]
    began = time.perf_counter()
    for number, tick in enumerate(ticks):
        at_ms = START_MS + number
        exchange.apply(tick, at_ms)
        if what == "quoting":
            exchange.apply(CancelAllOrders(1, SYMBOL), at_ms)
            for side, step in ((Side.BUY, -SCALE), (Side.SELL, SCALE)):
                at = Price(tick.price + step)
                orders += 1
                exchange.apply(limit(1, side, at, f"q{orders}"), at_ms)
    spent = time.perf_counter() - began
    return {"ticks_per_s": count / spent, "orders_per_s": orders / spent}


def play_in_bulk(what: str) -> dict[str, float]:
    exchange = venue()
    if what == "bulk_held":
        hold(exchange)
    count = TICKS[what]
    rows = [(price(number), LOT, number % 2 == 0, START_MS + number) for number in range(count)]
    began = time.perf_counter()
    prices, quantities, makers, times_ms = zip(*rows, strict=True)
    prints = Prints(SYMBOL, prices, quantities, makers, times_ms)
    loaded = time.perf_counter()
    commands = place = 0
    while place < count:
        command, place = next_command(exchange.state, prints, place, count)
        exchange.apply(command, prints.times_ms[place - 1])
        commands += 1
    ended = time.perf_counter()
    assert exchange.state.markets[SYMBOL].last == rows[-1][0]
    return {
        "ticks_per_s": count / (ended - loaded),
        "loaded_ticks_per_s": count / (ended - began),
        "commands": commands,
    }


def main() -> None:
    (what,) = sys.argv[1:]
    print(json.dumps((play_in_bulk if what.startswith("bulk") else play)(what)))


if __name__ == "__main__":
    main()
