"""The engine alone: fully checked limit orders a second, half of them filling.

No I/O and no views: commands are made beforehand, the clock is the command's own stamp.
"""

import gc
import time

from perpbox.engine.commands import (
    Command,
    CreateAccount,
    Deposit,
    ListInstrument,
    OpenExchange,
    PinPrices,
    PlaceOrder,
    Rules,
)
from perpbox.engine.events import Event, OrderTraded, Rejected
from perpbox.engine.exchange import Exchange
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.money import SCALE, Amount, Price, Qty
from perpbox.specs import catalogue

SYMBOL = "BTCUSDT"
ACCOUNTS = 50
MID = 60_000 * SCALE
TICK = SCALE // 10
LEVELS = 40


def prepared() -> Exchange:
    """An exchange with one contract, a price and funded accounts."""
    exchange = Exchange()
    exchange.apply(OpenExchange(Rules()), 0)
    exchange.apply(ListInstrument(catalogue([SYMBOL]).instruments[SYMBOL]), 0)
    for number in range(1, ACCOUNTS + 1):
        exchange.apply(CreateAccount(f"bench-{number}"), 0)
        exchange.apply(Deposit(number, "USDT", Amount(10_000_000 * SCALE)), 0)
    price = Price(MID)
    exchange.apply(PinPrices(SYMBOL, price, price, price), 0)
    return exchange


def order(number: int, side: Side, price: int) -> PlaceOrder:
    """One limit order of a thousandth of the base asset."""
    return PlaceOrder(
        number % ACCOUNTS + 1,
        SYMBOL,
        side,
        PositionSide.BOTH,
        OrderType.LIMIT,
        TimeInForce.GTC,
        Qty(SCALE // 1000),
        Price(price),
        False,
        f"bench-{number}",
    )


def orders(count: int) -> list[Command]:
    """Pairs: a resting order on either side, then an order of another account that fills it."""
    made: list[Command] = []
    for number in range(0, count, 2):
        side = Side.BUY if number % 4 else Side.SELL
        offset = (number * 7919) % LEVELS
        price = MID - side * (1 + offset) * TICK
        made.append(order(number, side, price))
        made.append(order(number + 1, Side(-side), price))
    return made


def run(count: int = 40_000) -> dict[str, float]:
    """Orders and fills a second of one process."""
    exchange = prepared()
    commands = orders(count)
    gc.collect()
    began = time.perf_counter()
    fills = rejected = 0
    for stamp, command in enumerate(commands):
        events: list[Event] = exchange.apply(command, stamp)
        if type(events[0]) is Rejected:
            rejected += 1
        elif any(type(event) is OrderTraded for event in events):
            fills += 1
    seconds = time.perf_counter() - began
    assert not rejected, f"{rejected} orders were refused"
    return {"orders_per_s": count / seconds, "filling_share": fills / count}


if __name__ == "__main__":
    print(run())
