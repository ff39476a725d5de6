"""npm's binance, unmodified, on a live box (STR-903, USR-903)."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount

FOLDER: Final = Path(__file__).with_name("node")
GIVE_UP_S: Final = 40
NO_NODE: Final = (
    "Node.js is missing, so its client cannot be tested. Install node and npm, 18 or newer "
    "(Debian, Ubuntu: apt-get install nodejs npm), then run `make test` again."
)
NO_CLIENT: Final = (
    "The Node.js client is not installed. `make test` does that; alone: "
    "`make node`, or `npm ci` in tests/conformance/node."
)


def run(script: str, box: Box, trader: OpenedAccount) -> dict[str, list[Any]]:
    """What the script was told, by kind, in order."""
    node = shutil.which("node")
    if node is None:
        pytest.fail(NO_NODE, pytrace=False)
    if not (FOLDER / "node_modules" / "binance").is_dir():
        pytest.fail(NO_CLIENT, pytrace=False)
    wanted = {"rest": box.url, "streams": box.ws_url, "key": trader.key, "secret": trader.secret}
    done = subprocess.run(
        [node, str(FOLDER / script)],
        input=json.dumps(wanted),
        env={"PATH": os.environ["PATH"]},  # no proxies: the box is on this machine
        capture_output=True,
        text=True,
        timeout=GIVE_UP_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    told: dict[str, list[Any]] = {}
    for line in done.stdout.splitlines():
        each = json.loads(line)
        told.setdefault(each["kind"], []).append(each["told"])
    return told


def test_own_fills(box: Box, trader: OpenedAccount) -> None:
    """STR-903, USR-903: the events of two market orders, in their order, and their prints."""
    told = run("fills.js", box, trader)
    assert [event["e"] for event in told["user"]] == 2 * [
        "TRADE_LITE",
        "ORDER_TRADE_UPDATE",
        "ACCOUNT_UPDATE",
        "ORDER_TRADE_UPDATE",
    ]
    fills = [event["o"] for event in told["user"][3::4]]
    assert [(fill["S"], fill["x"], fill["X"]) for fill in fills] == [
        ("BUY", "TRADE", "FILLED"),
        ("SELL", "TRADE", "FILLED"),
    ]
    assert [fill["i"] for fill in fills] == [order["orderId"] for order in told["order"]]
    (rest,) = told["fills"]
    assert [(fill["t"], float(fill["L"])) for fill in fills] == [
        (row["id"], float(row["price"])) for row in rest
    ]
    held = [event["a"]["P"][0]["pa"] for event in told["user"][2::4]]
    assert [float(amount) for amount in held] == [0.01, 0]
    assert [(trade["l"], float(trade["q"])) for trade in told["market"]] == [
        (row["id"], 0.01) for row in rest
    ]
