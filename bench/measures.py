"""The named measures. Each gives rows: what, value, unit, aim and whether it was reached."""

import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from bench.fanout import (
    BOX,
    BOX_SINGLY,
    BROADCAST,
    FILES_BESIDE_READERS,
    RAW,
    echo_and_fills,
    measure,
    percentile_us,
    servers,
)
from bench.fanout_load import connect
from bench.growth import growth
from bench.journal_measures import journal, recovery, recovery_of_a_million, snapshot
from bench.marking import SIZES
from bench.page import page
from bench.peer_measures import FEW_READERS, MANY_READERS
from bench.peer_measures import MEASURES as PEERS
from bench.profiles import profiles
from bench.rows import Plan, Row, fixed_server, in_turn, ratio
from bench.servers import cpu_seconds, open_files, perpbox, resident_mib
from bench.siege import siege
from bench.wire_measures import orders, portfolio, position_risk
from perpbox import compiled

STARTS = 5
ORDERS_AIM = 60_000
BODY_BYTES = 450
IDLE_S = 2
IDLE_CONNECTIONS = 5_000
ALONE_S_MAX = 600
"""A module that runs alone and takes longer is given up."""


def edge(plan: Plan) -> list[Row]:
    """Our HTTP edge around a handler as bare as the barest server's."""
    with (
        fixed_server("barest", BODY_BYTES, plan) as barest,
        fixed_server("trivial", BODY_BYTES, plan) as trivial,
    ):
        return in_turn(plan, barest, trivial)


def engine(plan: Plan) -> list[Row]:
    """The engine alone, in fresh processes; the compiled core in turn, where it is built."""
    switches = ("0", "1") if compiled.is_ready() else ("0",)
    runs: dict[str, list[dict[str, float]]] = {switch: [] for switch in switches}
    for _ in range(plan.rounds):
        for switch in switches:
            done = subprocess.run(
                [sys.executable, "-m", "bench", "--engine-once"],
                env=os.environ | {compiled.SWITCH: switch},
                check=True,
                capture_output=True,
            )
            runs[switch].append(json.loads(done.stdout))
    names = {"0": "checked limit orders", "1": "checked limit orders, compiled core"}
    aims = {"0": ORDERS_AIM, "1": ORDERS_AIM}
    rows = []
    for switch in switches:
        rates = [run["orders_per_s"] for run in runs[switch]]
        spread = (min(rates), max(rates))
        value = statistics.median(rates)
        rows.append(Row(names[switch], value, "orders/s", aims[switch], spread=spread))
    return [*rows, Row("of them filling", runs["0"][0]["filling_share"], "share")]


def _alone(*arguments: str) -> dict[str, Any]:
    """What a module of this folder prints, run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=ALONE_S_MAX,
    )
    numbers: dict[str, Any] = json.loads(done.stdout)
    return numbers


def marking(plan: Plan) -> list[Row]:  # noqa: ARG001
    """A mark that moves while nobody is distressed, with ever more positions open; and every
    account of the largest crowd worked out once."""
    runs = [_alone("bench.marking", str(size)) for size in SIZES[:-1]]
    runs.append(_alone("bench.marking", str(SIZES[-1]), "remargin"))
    rows = [Row(f"{run['positions']:,.0f} positions", run["median_us"], "us/tick") for run in runs]
    growth = runs[-1]["median_us"] / runs[0]["median_us"]
    rows.append(Row("most against fewest", growth, "x", 3, at_most=True))
    return [*rows, *_remargin_rows(runs[-1])]


def remargin(plan: Plan) -> list[Row]:  # noqa: ARG001
    """Every account of a million positions worked out once: exactly, in doubles, and not at all.

    In processor time, each in one thread.
    """
    return _remargin_rows(_alone("bench.remargin", str(SIZES[-1])))


def _remargin_rows(run: dict[str, float]) -> list[Row]:
    what = f"{run['positions']:,.0f} positions"
    return [
        Row(f"all margins of {what}, exact, by the engine", run["exact_s"] * 1000, "ms"),
        Row(f"all margins of {what}, float sweep by numpy", run["sweep_s"] * 1000, "ms"),
        Row(f"all margins of {what}, copying what it reads", run["copy_s"] * 1000, "ms"),
        Row("exact against the sweep", run["exact_s"] / run["sweep_s"], "x"),
        Row("the sweep against the copy", run["sweep_s"] / run["copy_s"], "x"),
        Row("balances that doubles get wrong", run["wrong_share"] * 100, "%"),
    ]


def cascade(plan: Plan) -> list[Row]:  # noqa: ARG001
    """20,000 accounts of three positions while the index falls by 40 % on a thin book."""
    run = _alone("bench.cascade")
    return [
        Row("positions", run["positions"], "positions"),
        Row("scopes liquidated", run["liquidated"], "scopes"),
        Row("forced orders", run["forced"], "orders"),
        Row("of them deleveraging", run["deleveraged"], "orders"),
        Row("commands that made money", run["unbalanced"], "commands", 0, at_most=True),
        Row("the fall", run["falling_s"], "s"),
        Row("longest command", run["worst_command_s"], "s"),
        Row("peak memory", run["peak_mib"], "MiB"),
    ]


def start(plan: Plan) -> list[Row]:  # noqa: ARG001
    """From starting ``perpbox serve`` with its defaults to its first answer."""
    times = []
    with perpbox():
        pass  # the first one compiles what has not been imported yet
    for _ in range(STARTS):
        began = time.perf_counter()
        with perpbox():
            times.append(time.perf_counter() - began)
    spread = (min(times), max(times))
    return [Row("start to first answer", statistics.median(times), "s", 0.7, True, spread)]


def boxes(plan: Plan) -> list[Row]:  # noqa: ARG001
    """Boxes in one process: made, asked and ended; and a thousand of them at once."""
    spans, many = _alone("bench.boxes", "times"), _alone("bench.boxes", "many")
    return [
        Row("made, asked once and ended, median", spans["p50_ms"], "ms"),
        Row("made, asked once and ended, 99th percentile", spans["p99_ms"], "ms", 5, True),
        Row("the same, served on a thread, median", spans["served_p50_ms"], "ms"),
        Row("the same, served on a thread, 99th percentile", spans["served_p99_ms"], "ms", 5, True),
        Row(f"{many['boxes']:,} boxes with an account", many["mib"], "MiB", 2048, at_most=True),
        Row("each further box", many["each_mib"], "MiB"),
    ]


def scaling(plan: Plan) -> list[Row]:  # noqa: ARG001
    """One piece of work against how much there is of everything else."""
    grown: dict[str, list[tuple[int, float]]] = _alone("bench.scaling")
    rows = []
    for name, points in grown.items():
        rows += [Row(f"{size:,} {name}", micros, "us") for size, micros in points]
        (fewest, least), (most, last) = points[0], points[-1]
        power = math.log(max(last, 1e-9) / least) / math.log(most / fewest)
        rows.append(Row(f"power of the number of {name}", power, "", 1, at_most=True))
    return rows


def memory(plan: Plan) -> list[Row]:  # noqa: ARG001
    """Idle, with all shipped contracts and the default market."""
    with perpbox() as box:
        symbols = json.loads(box.call("GET", "/perpbox/v1/state"))["symbols"]
        time.sleep(IDLE_S)
        used = resident_mib(box.pid)
        before = cpu_seconds(box.pid)
        time.sleep(IDLE_S)
        after = cpu_seconds(box.pid)
    rows = []
    if used is not None:
        rows.append(Row(f"idle memory, {symbols} contracts", used, "MiB", 120, True))
    if before is not None and after is not None:
        rows.append(Row("idle CPU, default market", (after - before) / IDLE_S * 100, "%"))
    return rows


def fanout(plan: Plan, readers: int = FEW_READERS) -> list[Row]:
    """A busy bookTicker to many readers, against raw writes and against websockets.broadcast."""
    pushed, rows = measure(plan, readers, servers(readers))
    for name in (BOX, BOX_SINGLY):
        for what, of, aim in (("of raw writes", RAW, 0.5), ("of broadcast", BROADCAST, 1.0)):
            rows.append(ratio(f"{name}: {what}", pushed[name].rates, pushed[of].rates, aim))
    return rows


def fills(plan: Plan) -> list[Row]:
    """From a fill applied to its ORDER_TRADE_UPDATE read, against an echo on the same server."""
    rows: list[Row] = []
    ratios: list[float] = []
    for _ in range(plan.rounds):
        echoes, delays = echo_and_fills()
        echo_us, fill_us = percentile_us(echoes, 0.99), percentile_us(delays, 0.99)
        ratios.append(fill_us / echo_us)
        rows = [
            Row("echo, median", percentile_us(echoes, 0.5), "us"),
            Row("echo, 99th percentile", echo_us, "us"),
            Row("fill to frame, median", percentile_us(delays, 0.5), "us"),
            Row("fill to frame, 99th percentile", fill_us, "us"),
        ]
    spread = (min(ratios), max(ratios))
    return [*rows, Row("of the echo's", statistics.median(ratios), "x", 3, True, spread)]


def idle(plan: Plan) -> list[Row]:  # noqa: ARG001
    """Connections to streams that nobody speaks on."""
    open_files(IDLE_CONNECTIONS + FILES_BESIDE_READERS)
    with perpbox("--market", "none") as box:
        before = resident_mib(box.pid)
        readers = [connect(box.port, "/ws/nothing") for _ in range(IDLE_CONNECTIONS)]
        used = resident_mib(box.pid)
        cpu_before = cpu_seconds(box.pid)
        time.sleep(IDLE_S)
        cpu_after = cpu_seconds(box.pid)
        for reader in readers:
            reader.close()
    rows = [Row("idle connections", len(readers), "connections", 5_000)]
    if before is not None and used is not None:
        rows.append(Row("each of them", (used - before) * 1024 / len(readers), "KiB"))
    if cpu_before is not None and cpu_after is not None:
        rows.append(Row("CPU meanwhile", (cpu_after - cpu_before) / IDLE_S * 100, "%"))
    return rows


OWN: dict[str, Callable[[Plan], list[Row]]] = {
    "position-risk": position_risk,
    "orders": orders,
    "portfolio": portfolio,
    "edge": edge,
    "engine": engine,
    "fanout": fanout,
    "fanout-1000": partial(fanout, readers=MANY_READERS),
    "fills": fills,
    "marking": marking,
    "remargin": remargin,
    "cascade": cascade,
    "idle": idle,
    "start": start,
    "boxes": boxes,
    "scaling": scaling,
    "memory": memory,
    "page": page,
    "siege": siege,
    "growth": growth,
    "journal": journal,
    "recovery": recovery,
    "recovery-million": recovery_of_a_million,
    "snapshot": snapshot,
    "profiles": profiles,
}
"""What needs nothing but perpbox."""
MEASURES = {**OWN, **PEERS}
LONG: frozenset[str] = frozenset(("growth", "recovery-million", "remargin"))
"""Only when they are named: they take many minutes, or another measure has their numbers."""
