"""Many positions: positionRisk of 50 positions over 600 contracts, and one account's margin.

The contracts are the shipped ones and as many more from the shipped bracket table, each with
the filters of one shipped contract; they are laid over with ``--specs`` as any user would.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.servers import Perpbox, signed_target
from perpbox.engine.collateral import CrossPool, Funds
from perpbox.engine.commands import (
    CreateAccount,
    Deposit,
    ListInstrument,
    OpenExchange,
    PinPrices,
    PlaceOrder,
    Rules,
    SetDepth,
)
from perpbox.engine.exchange import Exchange
from perpbox.engine.margin import LegRisks
from perpbox.engine.state import Account, State
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.money import SCALE, Amount, Price
from perpbox.specs import catalogue, shipped
from perpbox.views.positions import symbol_rows

CONTRACTS = 600
POSITIONS = 50
TEMPLATE = "ADAUSDT"
PRICE = "1.0000"
MARGIN_POSITIONS = 20
ROUNDS = 400


def specs_of(count: int) -> dict[str, object]:
    """Further contracts, so that there are ``count`` in all."""
    listed = catalogue().instruments
    row = catalogue([TEMPLATE]).row(TEMPLATE)
    more: dict[str, object] = {}
    for symbol in shipped.brackets().contracts:
        if len(listed) + len(more) >= count:
            break
        if symbol not in listed and symbol.endswith("USDT"):
            base = symbol.removesuffix("USDT")
            more[symbol] = {**row, "symbol": symbol, "pair": symbol, "baseAsset": base}
    return more


@contextmanager
def specs_file() -> Iterator[Path]:
    """The further contracts as a ``--specs`` file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "specs.json"
        path.write_text(json.dumps(specs_of(CONTRACTS)))
        yield path


def held_symbols() -> list[str]:
    """Contracts with the template's filters, so that one price and quantity fits them all."""
    return [TEMPLATE, *specs_of(CONTRACTS)][:POSITIONS]


def open_positions(box: Perpbox) -> bytes:
    """Buy a little of 50 contracts; return the positionRisk answer of all 600."""
    for symbol in held_symbols():
        box.lab("/prices", symbol=symbol, index=PRICE, mark=PRICE, last=PRICE)
        order = f"symbol={symbol}&side=BUY&type=MARKET&quantity=100"
        box.call("POST", signed_target("/fapi/v1/order", order))
    answer = box.call("GET", signed_target("/fapi/v2/positionRisk", ""))
    rows = json.loads(answer)
    assert len(rows) == CONTRACTS
    assert sum(float(row["positionAmt"]) != 0 for row in rows) == POSITIONS
    return answer


@contextmanager
def moving_marks(box: Perpbox) -> Iterator[None]:
    """Move the mark of every held contract once a second."""
    stopped = threading.Event()

    def move() -> None:
        step = 0
        while not stopped.wait(1):
            step += 1
            for symbol in held_symbols():
                box.lab("/prices", symbol=symbol, mark=f"1.00{step % 100:02d}")

    mover = threading.Thread(target=move)
    mover.start()
    try:
        yield
    finally:
        stopped.set()
        mover.join()


def margin_microseconds() -> float:
    """Recompute everything of one account with 20 cross positions; the fastest of many."""
    state, account = _margin_account()
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        legs = LegRisks(state, account)
        Funds(state, account, ("USDT",), legs).available("USDT")
        pool = CrossPool(state, account, legs)
        for holding in account.holdings.values():
            symbol_rows(holding, pool)
        best = min(best, time.perf_counter() - began)
    return best * 1e6


def _margin_account() -> tuple[State, Account]:
    symbols = [name for name in catalogue().instruments if name.endswith("USDT")]
    chosen = catalogue(symbols[:MARGIN_POSITIONS])
    exchange = Exchange()
    exchange.apply(OpenExchange(Rules()), 0)
    exchange.apply(CreateAccount("bench"), 0)
    exchange.apply(Deposit(1, "USDT", Amount(10_000_000 * SCALE)), 0)
    for symbol, instrument in chosen.instruments.items():
        exchange.apply(ListInstrument(instrument), 0)
        price = chosen.reference_price(symbol)
        exchange.apply(PinPrices(symbol, price, price, price), 0)
        quantity = instrument.min_qty * 10 + instrument.min_notional * SCALE // price
        quantity -= quantity % instrument.step_size
        asks = ((Price(price + instrument.tick_size), type(instrument.min_qty)(quantity * 2)),)
        exchange.apply(SetDepth(symbol, (), asks, replace=True), 0)
        exchange.apply(
            PlaceOrder(
                1,
                symbol,
                Side.BUY,
                PositionSide.BOTH,
                OrderType.MARKET,
                TimeInForce.GTC,
                type(instrument.min_qty)(quantity),
                Price(0),
                False,
                f"bench-{symbol}",
            ),
            0,
        )
    account = exchange.state.accounts[1]
    held = [holding for holding in account.holdings.values() if holding.both.quantity]
    assert len(held) == MARGIN_POSITIONS
    return exchange.state, account
