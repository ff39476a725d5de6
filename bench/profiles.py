"""Where the time goes: the work of each path under cProfile, by the rooms of the house.

``python -m bench.profiles NAME`` prints one path's as JSON. What is served is profiled on the
thread that serves it, under load from another process; what the profile does not see of the
elapsed time is the event loop, the kernel and other processes. cProfile makes each call of a
Python function dearer than it is: shares say where to look, and are not to be added to other
measurements.
"""

import cProfile
import json
import os
import pstats
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import perpbox as package
from bench import book, engine
from bench.boxes import make
from bench.crowd import START_MS
from bench.fanout import PATH
from bench.fanout_load import WARM_UP_S
from bench.fanout_servers import Pusher, new_box
from bench.journal import opened, scratch
from bench.load import Load
from bench.orders import ask_rest, ask_ws, fill_requests, rest_requests, stock
from bench.peers.stream import operations
from bench.portfolio import open_positions, specs_of
from bench.rows import CONNECTIONS, SYMBOL, Plan, Row, missing
from bench.servers import (
    FAILURES,
    KEY,
    SECRET,
    Perpbox,
    asked,
    end,
    free_port,
    get_request,
    load,
    signed_target,
    told,
)
from bench.ticks import trade, venue
from bench.wire_measures import RISK, open_position
from perpbox.box import Box
from perpbox.gateway.journal.writer import Fsync

PACKAGE = Path(package.__file__).parent
BENCH = Path(__file__).parent
LOADED_S = 1.5
"""How long what is served is under load: first without the profiler, to warm up, then with it."""
PROFILE_S_MAX = 60
"""A path that takes longer is given up."""
BOXES, ORDERS, TICKS, BATCHES, BATCH, READERS = 60, 6_000, 20_000, 60, 100, 50
FUNCTIONS = 8
"""As many functions are named, those with the most time of their own."""
SMALL = 0.01
"""Rooms below this share are put together."""
LOCK = "<method 'acquire' of '_thread.lock' objects>"
WAITING = "waiting for the serving thread"
ELSEWHERE = "event loop and kernel"
LIBRARIES = "Python's library and packages"
IMPORTS = "finding and loading modules"
Entry = tuple[str, int, str]
"""File, line and name of a function."""
DEEPER = {"gateway": ("ws", "journal")}
"""Rooms that are told apart from the one they are in."""


@dataclass(frozen=True)
class Profile:
    rooms: dict[str, float]
    """Shares of the time, the largest first."""
    functions: dict[str, float]
    """Shares of single functions' own time."""
    calls: float
    """Python calls for each piece of work."""


def room(filename: str) -> str | None:
    """Which room a source file belongs to; None for this folder and for what is built in."""
    if filename.startswith("<frozen importlib"):
        return IMPORTS
    path = Path(filename)
    if path.is_relative_to(BENCH):
        return None
    if not path.is_relative_to(PACKAGE):
        return None if filename == "~" else LIBRARIES
    parts = path.relative_to(PACKAGE).parts
    if len(parts) == 1:
        return path.stem
    name, inner = parts[0], parts[1]
    return f"{name}/{inner}" if inner in DEEPER.get(name, ()) else name


def attributed(profiler: cProfile.Profile | str, pieces: float, elapsed_s: float = 0) -> Profile:
    """Own time by room: a built-in function's is its callers'. The rest of what elapsed is the
    event loop's and the kernel's."""
    spent: defaultdict[str, float] = defaultdict(float)
    single: defaultdict[str, float] = defaultdict(float)
    calls = 0
    entries: dict[Entry, Any] = vars(pstats.Stats(profiler))["stats"]
    for (filename, _, name), (_, count, own_s, _, callers) in entries.items():
        where = room(filename)
        calls += count
        if where is not None:
            spent[where] += own_s
            single[f"{Path(filename).stem}.{name} ({where})"] += own_s
            continue
        for (caller_file, *_), (_, _, share_s, _) in callers.items():
            via = WAITING if name == LOCK else room(caller_file)
            if via is not None:
                spent[via] += share_s
                single[f"{_plain(name)} (called by {via})"] += share_s
    if elapsed_s:
        spent[ELSEWHERE] = max(0.0, elapsed_s - sum(spent.values()))
    total = sum(spent.values())
    rooms = {name: share for name, share in _largest(spent, total) if share >= SMALL}
    rooms["all others"] = max(0.0, 1 - sum(rooms.values()))
    return Profile(rooms, dict(_largest(single, total)[:FUNCTIONS]), calls / pieces)


def _largest(spent: dict[str, float], total: float) -> list[tuple[str, float]]:
    shares = [(name, used / total) for name, used in spent.items()]
    return sorted(shares, key=lambda pair: pair[1], reverse=True)


def _plain(name: str) -> str:
    """``<method 'append' of 'list' objects>`` without what says nothing."""
    return name.strip("<>").replace("built-in method ", "").replace(" objects", "")


def served(box: Box, ask: Callable[[], Load]) -> Profile:
    """Profile the serving thread while ``ask`` keeps it busy."""
    ask()
    profiler = cProfile.Profile()
    box.call(profiler.enable)
    done = ask()
    box.call(profiler.disable)
    return attributed(profiler, done.requests, done.seconds)


def worked(work: Callable[[], int]) -> Profile:
    """Profile work in this thread; it returns how many pieces it was."""
    profiler = cProfile.Profile()
    profiler.enable()
    pieces = work()
    profiler.disable()
    return attributed(profiler, pieces)


def _served_box(stack: ExitStack, **more: object) -> tuple[Box, Perpbox]:
    """A box with the account of the measures, and how it is asked."""
    options = {"market": "none", "clock": "real", "rate_limits": "off", **more}
    box = stack.enter_context(Box(account=[f"{KEY}:{SECRET}:100000USDT"], **options))
    return box, Perpbox(int(box.url.rsplit(":", 1)[1]), os.getpid())


def _over_http(setting: Callable[[Perpbox], object], ask: Callable[[int], Load]) -> Profile:
    with ExitStack() as stack:
        box, asking = _served_box(stack, symbols=[SYMBOL])
        setting(asking)
        return served(box, lambda: ask(asking.port))


def position_risk() -> Profile:
    target = f"symbol={SYMBOL}"
    return _over_http(
        open_position,
        lambda port: load(port, get_request(signed_target(RISK, target)), CONNECTIONS, LOADED_S),
    )


def position_risk_of_all() -> Profile:
    with ExitStack() as stack:
        box, asking = _served_box(stack, specs=specs_of(600))
        open_positions(asking)

        def ask() -> Load:
            request = get_request(signed_target(RISK, ""))
            return load(asking.port, request, CONNECTIONS, LOADED_S)

        return served(box, ask)


def post_order() -> Profile:
    return _over_http(stock, lambda port: ask_rest(rest_requests, port, CONNECTIONS, LOADED_S))


def post_order_filling() -> Profile:
    return _over_http(stock, lambda port: ask_rest(fill_requests, port, CONNECTIONS, LOADED_S))


def order_place() -> Profile:
    return _over_http(stock, lambda port: ask_ws(port, CONNECTIONS, LOADED_S))


def pushed() -> Profile:
    """A bookTicker event to 50 readers, one event a turn of the loop."""
    with new_box() as box:
        port = box.url.rsplit(":", 1)[1]
        box.call(Pusher(box, READERS, 1).turn)
        words = ["bench.fanout_load", port, PATH, str(READERS), str(LOADED_S)]
        words.append(str(os.getpid()))

        def ask() -> Load:
            frames = asked(words, None, LOADED_S)["frames"]
            return Load(frames, 0, LOADED_S + WARM_UP_S, 0, 0)

        return served(box, ask)


def boxes() -> Profile:
    """Made, served, asked once and ended, on the thread that does so."""

    def work() -> int:
        for _ in range(BOXES):
            with make() as box:
                box.handle("GET", "/fapi/v1/ping")
        return BOXES

    work()
    return worked(work)


def engine_orders() -> Profile:
    exchange, commands = engine.prepared(), engine.orders(ORDERS)

    def work() -> int:
        for stamp, command in enumerate(commands):
            exchange.apply(command, stamp)
        return ORDERS

    return worked(work)


def engine_ticks() -> Profile:
    exchange, trades = venue(), [trade(number) for number in range(TICKS)]

    def work() -> int:
        for number, each in enumerate(trades):
            exchange.apply(each, START_MS + number)
        return TICKS

    return worked(work)


def book_alone() -> Profile:
    steps = book.prepared(operations())

    def work() -> int:
        book.feed(steps)
        return len(steps)

    return worked(work)


def journal_batches() -> Profile:
    commands = engine.orders(BATCHES * BATCH)
    with scratch() as folder:
        journal = opened(Path(folder) / "journal", Fsync.BATCH)

        def work() -> int:
            for at in range(0, len(commands), BATCH):
                for command in commands[at : at + BATCH]:
                    journal.append(1, command)
                journal.commit()
            return len(commands)

        found = worked(work)
        journal.close()
    return found


def start() -> Profile:
    """``perpbox serve`` with its defaults, until it answers."""
    with tempfile.TemporaryDirectory() as folder:
        written, port = Path(folder) / "profile", free_port()
        command = [sys.executable, "-m", "cProfile", "-o", str(written), "-m", "perpbox", "serve"]
        command += ["--ephemeral", "--port", str(port)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as serving:
            try:
                Perpbox(port, serving.pid).wait()
                serving.terminate()
                serving.wait(PROFILE_S_MAX)
            finally:
                end(serving)
        return attributed(str(written), 1)


PATHS: dict[str, Callable[[], Profile]] = {
    "GET positionRisk": position_risk,
    "GET positionRisk, 50 of 600": position_risk_of_all,
    "POST order": post_order,
    "POST order, filling": post_order_filling,
    "order.place": order_place,
    "bookTicker to 50 readers": pushed,
    "a Box made and ended": boxes,
    "engine orders": engine_orders,
    "trade ticks": engine_ticks,
    "book operations": book_alone,
    "journal, batches of 100": journal_batches,
    "start to first answer": start,
}
IN, OF_IT, CALLS = "in ", "of it ", "Python calls"


def profiles(plan: Plan) -> list[Row]:  # noqa: ARG001
    """Every path in a process of its own: ``PATH: in ROOM`` and ``PATH: of it FUNCTION``."""
    rows: list[Row] = []
    for path in PATHS:
        command = [sys.executable, "-m", "bench.profiles", path]
        try:
            done = subprocess.run(
                command, check=True, stdout=subprocess.PIPE, text=True, timeout=PROFILE_S_MAX
            )
            found = Profile(**json.loads(done.stdout.splitlines()[-1]))
        except FAILURES as error:
            rows.append(missing(path, "%", told(error)))
            continue
        rows += [Row(f"{path}: {IN}{n}", s * 100, "%") for n, s in found.rooms.items()]
        rows += [Row(f"{path}: {OF_IT}{n}", s * 100, "%") for n, s in found.functions.items()]
        rows.append(Row(f"{path}: {CALLS}", found.calls, "each"))
    return rows


def main() -> None:
    found = PATHS[sys.argv[1]]()
    told_ = {"rooms": found.rooms, "functions": found.functions, "calls": found.calls}
    print(json.dumps(told_))


if __name__ == "__main__":
    main()
