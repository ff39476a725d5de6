"""Boxes that are kept in a directory, and what a crash leaves of them."""

import shutil
from array import array
from collections import deque
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

import msgspec

from perpbox.box import Box
from perpbox.engine.commands import CancelOrder, PlaceOrder
from perpbox.engine.hashing import state_hash
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.gateway.journal.disk import RealDisk
from perpbox.gateway.journal.reader import FOLDER, Journalled, JournalReader, segment_name
from perpbox.money import SCALE, Price, Qty

BTC = "BTCUSDT"
START_MS = 1_700_000_000_000


def kept(path: Path, **options: object) -> Box:
    """A box in a directory: one contract, no market of its own, a frozen clock."""
    fixed = {"market": "none", "symbols": [BTC], "clock": "frozen", "now": START_MS}
    return Box(data=path, **{**fixed, **options})


def crashed(box: Path, to: Path) -> Path:
    """A copy of the directory as it is now: what a process that is killed leaves."""
    shutil.copytree(box, to)
    return to


def order(account_id: int, number: int, side: Side = Side.BUY, price: int = 59_000) -> PlaceOrder:
    """A limit order over 0.01."""
    return PlaceOrder(
        account_id=account_id,
        symbol=BTC,
        side=side,
        position_side=PositionSide.BOTH,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        quantity=Qty(SCALE // 100),
        price=Price(price * SCALE),
        reduce_only=False,
        client_order_id=f"order-{number}",
    )


def trade(box: Box) -> None:
    """Two accounts, prices, orders that rest, trade and are canceled."""
    alice, bob = box.account(usdt=10_000), box.account(usdt=10_000)
    box.set_price(BTC, 60_000)
    for number in range(5):
        box.submit(order(alice.account_id, number, price=59_000 + number))
    box.submit(order(bob.account_id, 0, Side.SELL, price=59_003))
    box.submit(CancelOrder(alice.account_id, BTC, 0, "order-0"))
    box.advance(hours=9)


def hash_of(box: Box) -> str:
    return state_hash(box.state)


def journalled(path: Path) -> list[Journalled]:
    """Every record in a data directory."""
    return list(JournalReader(RealDisk(), path / FOLDER).read())


def segment(path: Path, first_seq: int = 1) -> Path:
    return path / FOLDER / segment_name(first_seq)


def plain(value: object) -> object:
    """What an object holds, all the way down, without who shares what with whom."""
    if isinstance(value, msgspec.Struct):
        return type(value).__name__, [plain(part) for part in msgspec.structs.astuple(value)]
    if isinstance(value, Mapping):
        return [(plain(key), plain(part)) for key, part in value.items()]
    if isinstance(value, list | tuple | deque | array):
        return [plain(part) for part in value]
    slots = [name for cls in type(value).__mro__ for name in getattr(cls, "__slots__", ())]
    if isinstance(value, int | str | Enum | None):
        return value
    shown = sorted(name for name in slots if name != "_folds")
    return type(value).__name__, [(name, plain(getattr(value, name))) for name in shown]
