"""No regressions: instructions of fixed work, counted by callgrind, against a stored baseline.

``python -m bench.check`` counts and compares; more than a tenth above the baseline is a failure.
``--write`` stores what was counted. Instructions do not depend on what else the machine does; they
do depend on the Python, so the baseline names its own and is for no other.
"""

import argparse
import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.crowd import START_MS
from bench.ticks import limit, trade, venue

BASELINE = Path(__file__).parent / "baseline.json"
LOSS_MAX = 0.10
FEW, MANY = 100, 500
"""Each work is counted with few and with many pieces: the difference has no start-up in it."""
TOTAL = re.compile(r"^summary: (\d+)", re.MULTILINE)


def engine_orders(count: int) -> None:
    """Limit orders of two accounts, every second one filling."""
    from perpbox.engine.commands import CreateAccount, Deposit  # noqa: PLC0415
    from perpbox.engine.types import Side  # noqa: PLC0415
    from perpbox.money import SCALE, Amount, Price  # noqa: PLC0415

    exchange = venue()
    for number in (1, 2):
        exchange.apply(CreateAccount(f"key{number}"), START_MS)
        exchange.apply(Deposit(number, "USDT", Amount(10**8 * SCALE)), START_MS)
    for number in range(count):
        side = (Side.BUY, Side.SELL)[number % 2]
        at = Price((60_000 + number % 4) * SCALE)
        exchange.apply(limit(number % 2 + 1, side, at, f"c{number}"), START_MS)


def engine_ticks(count: int) -> None:
    """Trades of the street with nobody in the market."""
    exchange = venue()
    for number in range(count):
        exchange.apply(trade(number), START_MS)


def _requests(method: str, path: str, parameters: str, count: int) -> None:
    from perpbox.box import Box  # noqa: PLC0415

    box = Box(market="none", clock="frozen", symbols=["BTCUSDT"], seed=1, rate_limits="off")
    box.set_price("BTCUSDT", 60_000)
    account = box.account(usdt=1_000_000)
    text = f"{parameters}&timestamp={box.desk.now_ms()}"
    digest = hmac.new(account.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    head, query = {b"x-mbx-apikey": account.key.encode()}, f"{text}&signature={digest}".encode()
    for _ in range(count):
        status, _, body = box.handle(method, path, query, head)
        assert status == 200, body


def position_risk(count: int) -> None:
    """Signed positionRisk of one symbol."""
    _requests("GET", "/fapi/v2/positionRisk", "symbol=BTCUSDT", count)


def market_orders(count: int) -> None:
    """Signed market orders that fill."""
    terms = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001"
    _requests("POST", "/fapi/v1/order", terms, count)


WORK: dict[str, Callable[[int], None]] = {
    "engine orders": engine_orders,
    "engine ticks": engine_ticks,
    "GET positionRisk": position_risk,
    "POST order": market_orders,
}


def instructions(name: str, count: int) -> int:
    """Instructions of a whole process that does this work."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "callgrind"
        subprocess.run(
            [
                "valgrind",
                "--tool=callgrind",
                f"--callgrind-out-file={written}",
                sys.executable,
                "-m",
                "bench.check",
                "--do",
                name,
                str(count),
            ],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )
        found = TOTAL.search(written.read_text(errors="replace"))
    assert found is not None
    return int(found[1])


def counted() -> dict[str, float]:
    """Thousands of instructions a piece of each work."""
    return {
        name: round((instructions(name, MANY) - instructions(name, FEW)) / (MANY - FEW) / 1000, 1)
        for name in WORK
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.check", description=__doc__)
    parser.add_argument("--write", action="store_true", help="store the counts as the baseline")
    parser.add_argument("--do", nargs=2, metavar=("WORK", "COUNT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.do:
        name, count = options.do
        WORK[name](int(count))
        return 0
    if shutil.which("valgrind") is None:
        print("valgrind is missing: apt-get install valgrind")
        return 1
    python = sys.version.split()[0]
    found = counted()
    if options.write:
        kept = {"python": python, "kilo_instructions": found}
        BASELINE.write_text(json.dumps(kept, indent=1) + "\n")
    kept = json.loads(BASELINE.read_text())
    if kept["python"] != python:
        print(f"the baseline is of Python {kept['python']}, this is {python}: nothing to compare")
        return 1
    lost = False
    for name, now in found.items():
        before = kept["kilo_instructions"].get(name)
        ratio = now / before if before else 1.0
        verdict = "LOST" if ratio > 1 + LOSS_MAX else "ok"
        lost = lost or verdict == "LOST"
        print(f"{name:<20} {now:>10.1f} k  of {before} k: {ratio:.2f}  {verdict}")
    return int(lost)


if __name__ == "__main__":
    sys.exit(main())
