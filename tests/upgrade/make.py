"""Write the journal that the tests of later versions replay: ``python -m tests.upgrade.make``.

Once a version is released its journal is never made again.
"""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from perpbox import __version__
from perpbox.audit.place import Place
from perpbox.audit.replay import replay
from perpbox.box import Box
from perpbox.engine.commands import (
    AdjustIsolatedMargin,
    CancelAllOrders,
    ChangeLeverage,
    ChangeMarginType,
    ChangePositionMode,
    PlaceAlgoOrder,
)
from perpbox.engine.types import AlgoType, PositionSide, Side, TimeInForce
from perpbox.gateway.journal import snapshot
from perpbox.gateway.journal.reader import FOLDER
from perpbox.money import SCALE, Amount, Price, Qty
from tests.unit.gateway.journal.kept import BTC, START_MS, hash_of, order

JOURNALS = Path(__file__).parent.parent / "data" / "journals"
EXPECTED = "expected.json"
CADENCE = {"hash_records": 20, "snapshot_records": 150, "snapshot_bytes": 10**9}


def breathe(box: Box) -> None:
    """Let the box hash its state and write a snapshot, if one is due."""
    checkpoints = box.kept.checkpoints
    assert checkpoints is not None
    box.call(box.desk.tick)
    while checkpoints.is_busy:
        box.call(box.desk.tick)


def live(box: Box) -> None:
    """A life with a bit of everything: a market, orders, margin, funding, a liquidation."""
    alice = box.account(usdt=5_000).account_id
    bob = box.account(usdt=50_000, hedge=True, maker_fee="0.0001").account_id
    box.submit(ChangeLeverage(alice, BTC, 100))
    box.submit(ChangeMarginType(alice, BTC, isolated=True))
    for number in range(10):
        side = Side.BUY if number % 2 else Side.SELL
        box.submit(order(alice, number, side, price=74_000 + 500 * number))
        box.advance(seconds=1)
        breathe(box)
    box.submit(AdjustIsolatedMargin(alice, BTC, PositionSide.BOTH, Amount(SCALE)))
    box.submit(
        PlaceAlgoOrder(
            account_id=alice,
            symbol=BTC,
            side=Side.SELL,
            position_side=PositionSide.BOTH,
            kind=AlgoType.STOP_MARKET,
            time_in_force=TimeInForce.GTC,
            quantity=Qty(SCALE // 100),
            price=Price(0),
            trigger_price=Price(70_000 * SCALE),
            client_algo_id="stop",
        )
    )
    box.submit(ChangePositionMode(bob, hedge=False))
    box.submit(order(bob, 1, Side.BUY, price=80_000))
    box.advance(hours=9)
    breathe(box)
    box.set_price(BTC, 60_000)
    breathe(box)
    box.advance(seconds=5)
    box.submit(CancelAllOrders(alice, BTC))


def make(path: Path) -> None:
    """Let a box live that life in a fresh directory, and write down what it came to."""
    shutil.rmtree(path, ignore_errors=True)
    options = {"symbols": [BTC], "clock": "frozen", "now": START_MS, "retention": "all"}
    sim = {"catch_up_steps_max": 20, "levels": 3}
    with TemporaryDirectory() as folder:
        with Box(data=folder, market="sim", sim=sim, cadence=CADENCE, **options) as box:
            live(box)
            expected = hash_of(box)
        for name in (FOLDER, snapshot.FOLDER):
            shutil.copytree(Path(folder) / name, path / name)
    found = replay(Place(path), verify=True)
    assert found.hash == expected
    assert found.difference is None
    told = {"hash": expected, "hashes": found.recorded, "commands": found.commands}
    (path / EXPECTED).write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    make(JOURNALS / __version__)
