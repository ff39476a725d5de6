"""Measures beside what users could pick instead; a peer that is not there says so in its row."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from bench.fanout import BOX, RAW, READERS, SERVERS, Pushed, push, push_from
from bench.peer_servers import HERE, MOCKS, PEERS, NotThere, environment, node, script
from bench.peers.setup import PYTHON
from bench.rows import Plan, Row, Side, ask, fixed_server
from bench.servers import perpbox
from bench.wire_measures import open_position

SECONDS_MAX = 300
"""A peer's program that takes longer is given up."""
Numbers = dict[str, float]


def printed(command: list[str]) -> Numbers:
    """What a program prints as JSON.

    Raises:
        NotThere: it could not do its work.
    """
    try:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=SECONDS_MAX
        )
        numbers: Numbers = json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise NotThere(f"did not run: {type(error).__name__}") from None
    return numbers


def ours(*arguments: str) -> Numbers:
    return printed([sys.executable, "-m", *arguments])


def theirs(*arguments: str) -> Numbers:
    return printed([str(PYTHON), "-m", *arguments])


def pairs(
    plan: Plan, what: str, unit: str, runs: dict[str, Callable[[], float]]
) -> tuple[dict[str, list[float]], list[Row]]:
    """Each in turn, round after round: the values by name, and a row for each."""
    values: dict[str, list[float]] = {}
    rows: list[Row] = []
    for name, run in runs.items():
        try:
            values[name] = [run()]
        except NotThere as why:
            rows.append(Row(f"{name}: {what} (not run: {why})", float("nan"), unit))
    for _ in range(plan.rounds - 1):
        for name, found in values.items():
            found.append(runs[name]())
    rows += [
        Row(
            f"{name}: {what}",
            statistics.median(found),
            unit,
            spread=(min(found), max(found)),
        )
        for name, found in values.items()
    ]
    return values, rows


def ratio(
    values: dict[str, list[float]], mine: str, other: str, aim: float | None, what: str = ""
) -> list[Row]:
    """The median of the ratios of each round; nothing where the other is not there."""
    if mine not in values or other not in values:
        return []
    found = [a / b for a, b in zip(values[mine], values[other], strict=True)]
    name = what or f"{mine} of {other}"
    return [Row(name, statistics.median(found), "x", aim, spread=(min(found), max(found)))]


def http_peers(plan: Plan) -> list[Row]:
    """Signed positionRisk of ours beside node's http server and the mock servers."""
    rows: list[Row] = []
    with ExitStack() as stack:
        box = stack.enter_context(perpbox("--market", "none"))
        body = open_position(box)
        sides = [
            Side("perpbox", box.pid, lambda: ask(box.port, plan)),
            stack.enter_context(fixed_server("barest", len(body), plan)),
        ]
        for name, opened in PEERS.items():
            try:
                sides.append(stack.enter_context(opened(body, plan)))
            except NotThere as why:
                rows.append(Row(f"{name} (not run: {why})", float("nan"), "requests/s"))
        for _ in range(plan.rounds):
            for side in sides:
                side.measure()
    rows += [row for side in sides for row in side.rows()]
    rates = {side.name: side.rates for side in sides}
    rows += ratio(rates, "perpbox", "barest", 0.6)
    rows += ratio(rates, "perpbox", "node http", None)
    for name in MOCKS:
        rows += ratio(rates, "perpbox", name, 8)
    return rows


def _book_rate(name: str) -> float:
    return theirs("bench.peers.books", name)["per_s"]


def books(plan: Plan) -> list[Row]:
    """The order book alone, beside books from PyPI."""
    runs: dict[str, Callable[[], float]] = {"perpbox": lambda: ours("bench.book")["per_s"]}
    for name in ("liquibook", "akhil4n-orderbook", "pyorderbook"):
        runs[name] = partial(_book_rate, name)
    values, rows = pairs(plan, "book operations", "1/s", runs)
    for name in list(runs)[1:]:
        rows += ratio(values, "perpbox", name, 1)
    return rows


def venues(plan: Plan) -> list[Row]:
    """Orders and trade ticks, beside the backtest venue of nautilus_trader and hftbacktest."""
    orders, rows = pairs(
        plan,
        "orders",
        "1/s",
        {
            "perpbox": lambda: ours("bench.ticks", "quoting")["orders_per_s"],
            "nautilus_trader": lambda: theirs("bench.peers.nautilus", "quoting")["orders_per_s"],
        },
    )
    rows += ratio(orders, "perpbox", "nautilus_trader", 30, "orders of nautilus_trader's")
    ticks, more = pairs(
        plan,
        "trade ticks, nobody in the market",
        "1/s",
        {
            "perpbox": lambda: ours("bench.ticks", "idle")["ticks_per_s"],
            "nautilus_trader": lambda: theirs("bench.peers.nautilus", "idle")["ticks_per_s"],
            "hftbacktest": lambda: theirs("bench.peers.hft")["ticks_per_s"],
        },
    )
    rows += more
    rows += ratio(ticks, "perpbox", "nautilus_trader", 1.5, "idle ticks of nautilus_trader's")
    rows += ratio(ticks, "perpbox", "hftbacktest", None, "idle ticks of hftbacktest's")
    quoting, more = pairs(
        plan,
        "trade ticks, quoting",
        "1/s",
        {
            "perpbox": lambda: ours("bench.ticks", "quoting")["ticks_per_s"],
            "nautilus_trader": lambda: theirs("bench.peers.nautilus", "quoting")["ticks_per_s"],
        },
    )
    rows += more
    rows += ratio(quoting, "perpbox", "nautilus_trader", 1.5, "quoting ticks of nautilus_trader's")
    return rows


def starts(plan: Plan) -> list[Row]:
    """An engine made: a Box, and nautilus_trader's."""
    values, rows = pairs(
        plan,
        "construction",
        "ms",
        {
            "perpbox": lambda: ours("bench.boxes", "times")["p50_ms"],
            "nautilus_trader": lambda: (
                theirs("bench.peers.nautilus", "construct")["construct_s"] * 1000
            ),
        },
    )
    return [*rows, *ratio(values, "perpbox", "nautilus_trader", None)]


def fanout_peers(plan: Plan) -> list[Row]:
    """One event to 50 readers, beside socketify and node's ws."""
    pushed: dict[str, Pushed] = {name: Pushed() for name in (RAW, BOX)}
    rows: list[Row] = []
    commands: dict[str, list[str]] = {}
    try:
        script("ws", "package.json")
        commands["node ws"] = [node(), str(HERE / "fanout.js"), str(READERS)]
    except NotThere as why:
        rows.append(Row(f"node ws (not run: {why})", float("nan"), "frames/s"))
    commands["socketify"] = [str(PYTHON), str(HERE / "fanout_socketify.py"), str(READERS)]
    pushed |= {name: Pushed() for name in commands}
    for _ in range(plan.rounds):
        for name, into in pushed.items():
            if name in commands:
                push_from(commands[name], plan.seconds, into, env=environment())
            else:
                push(SERVERS[name], plan.seconds, into)
    for name, runs in pushed.items():
        spread = (min(runs.rates), max(runs.rates))
        rows.append(Row(name, statistics.median(runs.rates), "frames/s", spread=spread))
    rates = {name: runs.rates for name, runs in pushed.items()}
    rows += ratio(rates, BOX, RAW, 0.5)
    rows += ratio(rates, BOX, "node ws", 1)
    rows += ratio(rates, BOX, "socketify", None)
    return rows


MEASURES: dict[str, Callable[[Plan], list[Row]]] = {
    "peers-http": http_peers,
    "peers-books": books,
    "peers-venues": venues,
    "peers-start": starts,
    "peers-fanout": fanout_peers,
}
