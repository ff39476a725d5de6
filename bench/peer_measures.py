"""Measures beside what users could pick instead; a peer that is not there says so in its row."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from bench.fanout import BOX, RAW, measure, servers
from bench.load import Load
from bench.peer_servers import HERE, MOCKS, PEERS, Peer, Started, environment, node, script
from bench.peers.setup import PYTHON
from bench.rows import CONNECTIONS, Plan, Row, Side, ask, fixed_server, missing, ratio
from bench.servers import FAILURES, NotThere, get_request, load, perpbox, told
from bench.wire_measures import BAREST_AIM, COUNTS, open_position
from perpbox import compiled

PROGRAM_S_MAX = 120
"""A peer's program that takes longer is given up."""
FEW_READERS, MANY_READERS = 50, 1_000
MOCK_AIM = 8
WARM_UP_S = 1.0
"""How long node and the mocks are asked before they are measured: they compile as they run."""
Numbers = dict[str, float]


def printed(command: list[str], env: dict[str, str] | None = None) -> Numbers:
    """What a program prints as JSON in its last line.

    Raises:
        NotThere: it could not do its work.
    """
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=PROGRAM_S_MAX, env=env
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"ended with code {done.returncode}"]
        raise NotThere(said[-1][:200])
    numbers: Numbers = json.loads(done.stdout.splitlines()[-1])
    return numbers


def ours(*arguments: str, is_compiled: bool = False) -> Numbers:
    if is_compiled and not compiled.is_ready():
        raise NotThere("the compiled core is not built")
    env = os.environ | {compiled.SWITCH: "1" if is_compiled else "0"}
    return printed([sys.executable, "-m", *arguments], env)


def theirs(*arguments: str) -> Numbers:
    return printed([str(PYTHON), "-m", *arguments])


class Runs:
    """Programs that print several numbers, run in turn round after round."""

    def __init__(self, plan: Plan, programs: dict[str, Callable[[], Numbers]]) -> None:
        self.numbers: dict[str, list[Numbers]] = {name: [] for name in programs}
        self.why: dict[str, str] = {}
        for _ in range(plan.rounds):
            for name, program in programs.items():
                if name in self.why:
                    continue
                try:
                    self.numbers[name].append(program())
                except FAILURES as error:
                    self.why[name] = told(error)

    def values(self, name: str, key: str) -> list[float]:
        return [numbers[key] for numbers in self.numbers[name] if key in numbers]

    def row(self, name: str, key: str, what: str, unit: str) -> Row:
        found = self.values(name, key)
        if not found:
            return missing(f"{name}: {what}", unit, self.why.get(name, "not told"))
        spread = (min(found), max(found))
        return Row(f"{name}: {what}", statistics.median(found), unit, spread=spread)

    def ratio(self, what: str, key: str, mine: str, other: str, aim: float | None = None) -> Row:
        why = self.why.get(mine) or self.why.get(other, "")
        return ratio(what, self.values(mine, key), self.values(other, key), aim, why=why)


def http_peers(plan: Plan) -> list[Row]:
    """Signed positionRisk of ours beside node's http server and the mock servers, all warm."""
    rows: list[Row] = []
    with ExitStack() as stack:
        box = stack.enter_context(perpbox("--market", "none"))
        body = open_position(box)
        peers: dict[str, Started] = {}
        for name, opened in PEERS.items():
            try:
                peers[name] = stack.enter_context(opened(body))
            except FAILURES as error:
                rows.append(missing(name, "requests/s", told(error)))
                if name in MOCKS:
                    rows.append(missing(f"perpbox of {name}", "x", told(error), MOCK_AIM))
        for side in _sides(peers, replace(plan, seconds=WARM_UP_S), CONNECTIONS):
            side.measure()
        for count in COUNTS:
            with fixed_server("barest", len(body), plan, count) as barest:
                mine = Side("perpbox", box.pid, partial(ask, box.port, plan, count))
                sides = [mine, barest, *_sides(peers, plan, count)]
                for _ in range(plan.rounds):
                    for side in sides:
                        side.measure()
            found = [row for side in sides for row in side.rows()]
            for side in sides[1:]:
                aim = {"barest": BAREST_AIM, "node http": None}.get(side.name, MOCK_AIM)
                name = f"perpbox of {side.name}"
                found.append(ratio(name, mine.rates, side.rates, aim, why=side.why))
                if mine.cpu_us and side.cpu_us:
                    by_cpu = min(side.cpu_us) / min(mine.cpu_us)
                    found.append(Row(f"{name}, by CPU time", by_cpu, "x"))
            rows += [row.named(f"{count} connections: {row.what}") for row in found]
    return rows


def _sides(peers: dict[str, Started], plan: Plan, connections: int) -> list[Side]:
    def run(peer: Started) -> Load:
        return load(peer.port, get_request(peer.target()), connections, plan.seconds)

    return [Side(name, peer.pid, partial(run, peer)) for name, peer in peers.items()]


def books(plan: Plan) -> list[Row]:
    """The order book alone, beside books from PyPI."""
    names = ("liquibook", "akhil4n-orderbook", "pyorderbook")
    programs: dict[str, Callable[[], Numbers]] = {
        "perpbox": partial(ours, "bench.book"),
        "perpbox, compiled core": partial(ours, "bench.book", is_compiled=True),
    }
    programs |= {name: partial(theirs, "bench.peers.books", name) for name in names}
    runs = Runs(plan, programs)
    rows = [runs.row(name, "per_s", "book operations", "1/s") for name in programs]
    for mine in list(programs)[:2]:
        rows += [runs.ratio(f"{mine} of {name}", "per_s", mine, name, 1) for name in names]
    return rows


def venues(plan: Plan) -> list[Row]:
    """Orders and trade ticks, beside the backtest venue of nautilus_trader and hftbacktest."""
    mine, mine_compiled, nautilus = "perpbox", "perpbox, compiled core", "nautilus_trader"
    quoting = Runs(
        plan,
        {
            mine: partial(ours, "bench.ticks", "quoting"),
            mine_compiled: partial(ours, "bench.ticks", "quoting", is_compiled=True),
            nautilus: partial(theirs, "bench.peers.nautilus", "quoting"),
        },
    )
    idle = Runs(
        plan,
        {
            mine: partial(ours, "bench.ticks", "idle"),
            mine_compiled: partial(ours, "bench.ticks", "idle", is_compiled=True),
            nautilus: partial(theirs, "bench.peers.nautilus", "idle"),
            "hftbacktest": partial(theirs, "bench.peers.hft"),
            "perpbox, in bulk": partial(ours, "bench.ticks", "bulk"),
        },
    )
    rate, nobody = "ticks_per_s", "trade ticks, nobody in the market"
    return [
        *(quoting.row(name, "orders_per_s", "orders", "1/s") for name in quoting.numbers),
        *(
            quoting.ratio(f"{name} of nautilus_trader: orders", "orders_per_s", name, nautilus, 30)
            for name in (mine, mine_compiled)
        ),
        *(quoting.row(name, rate, "trade ticks, quoting", "1/s") for name in quoting.numbers),
        *(
            quoting.ratio(f"{name} of nautilus_trader: ticks, quoting", rate, name, nautilus, 1.5)
            for name in (mine, mine_compiled)
        ),
        *(idle.row(name, rate, nobody, "1/s") for name in idle.numbers),
        *(
            idle.ratio(f"{name} of nautilus_trader: ticks, idle", rate, name, nautilus, 1.5)
            for name in (mine, mine_compiled)
        ),
        idle.row("hftbacktest", "looking_ticks_per_s", f"{nobody}, looking once a second", "1/s"),
        idle.row("perpbox, in bulk", "loaded_ticks_per_s", f"{nobody}, read from rows too", "1/s"),
        idle.ratio(f"{mine} of hftbacktest: ticks, idle", rate, mine, "hftbacktest"),
        idle.ratio(
            "perpbox, in bulk, of hftbacktest: ticks, idle",
            rate,
            "perpbox, in bulk",
            "hftbacktest",
            1,
        ),
    ]


def starts(plan: Plan) -> list[Row]:
    """From starting a server to its first answer; and an engine made."""
    programs: dict[str, Callable[[], Numbers]] = {"perpbox serve": _own_start}
    programs |= {name: partial(_start, opened) for name, opened in MOCKS.items()}
    started = Runs(plan, programs)
    made = Runs(
        plan,
        {
            "a Box": partial(ours, "bench.boxes", "times"),
            "nautilus_trader's engine": lambda: {
                "p50_ms": theirs("bench.peers.nautilus", "construct")["construct_s"] * 1000
            },
        },
    )
    return [
        *(started.row(name, "start_s", "start to first answer", "s") for name in programs),
        *(
            started.ratio(f"{name}'s start to perpbox's", "start_s", name, "perpbox serve")
            for name in MOCKS
        ),
        *(made.row(name, "p50_ms", "made", "ms") for name in made.numbers),
        made.ratio("a Box of nautilus_trader's engine", "p50_ms", *made.numbers),
    ]


def _own_start() -> Numbers:
    began = time.perf_counter()
    with perpbox():
        return {"start_s": time.perf_counter() - began}


def _start(opened: Peer) -> Numbers:
    began = time.perf_counter()
    with opened(b'"x"'):
        return {"start_s": time.perf_counter() - began}


def fanout_peers(plan: Plan, readers: int = FEW_READERS) -> list[Row]:
    """One event to many readers, beside socketify and node's ws."""
    commands = servers(readers, (RAW, BOX))
    rows: list[Row] = []
    try:
        script("ws", "package.json")
        commands["node ws"] = [node(), str(HERE / "fanout.js"), str(readers)]
    except NotThere as why:
        rows.append(missing("node ws", "frames/s", str(why)))
    commands["socketify"] = [str(PYTHON), str(HERE / "fanout_socketify.py"), str(readers)]
    pushed, found = measure(plan, readers, commands, environment())
    rows += found
    others: Iterable[tuple[str, float | None]] = (("node ws", 1), ("socketify", None))
    for name, aim in others:
        if name in pushed:
            rates = pushed[BOX].rates, pushed[name].rates
            rows.append(ratio(f"perpbox of {name}", *rates, aim, why=pushed[name].why))
    return rows


MEASURES: dict[str, Callable[[Plan], list[Row]]] = {
    "peers-http": http_peers,
    "peers-books": books,
    "peers-venues": venues,
    "peers-start": starts,
    "peers-fanout": fanout_peers,
    "peers-fanout-1000": partial(fanout_peers, readers=MANY_READERS),
}
