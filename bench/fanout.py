"""Pushing to many readers, and how long a fill takes to reach its owner."""

import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.fanout_load import connect
from bench.fanout_servers import FILL_EVERY_S, FILLS
from bench.rows import Plan, Row, missing
from bench.servers import (
    FAILURES,
    NotThere,
    asked,
    first_line,
    open_files,
    running,
    told,
)

PATH = "/public/ws/btcusdt@bookTicker"
ECHOES = 2_000
PING = b"\x89\x84\0\0\0\0echo"
PONG_BYTES = 6
TRADED = b'"x":"TRADE"'
READ_BYTES = 1 << 18
SHORT_HEAD_BYTES, HEAD_BYTES, EXTENDED = 2, 4, 126
RAW, BROADCAST, BOX, BOX_SINGLY = (
    "raw writes, one a frame",
    "websockets.broadcast",
    "perpbox, 16 events a turn",
    "perpbox, 1 event a turn",
)
FILES_BESIDE_READERS = 200
"""What a process has open besides the sockets of its readers, generously."""
Commands = dict[str, list[str]]
"""Programs that print their port and push to so many readers, by their names."""


@dataclass
class Pushed:
    """Frames a second, and the server's CPU time a frame, of each run."""

    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    why: str = ""
    """Why it is measured no more."""


def servers(readers: int, names: Sequence[str] = (RAW, BROADCAST, BOX, BOX_SINGLY)) -> Commands:
    """The servers of ``bench.fanout_servers``."""
    words = {
        RAW: ("raw", str(readers)),
        BROADCAST: ("broadcast", str(readers)),
        BOX: ("perpbox", str(readers), "16"),
        BOX_SINGLY: ("perpbox", str(readers), "1"),
    }
    return {name: [sys.executable, "-m", "bench.fanout_servers", *words[name]] for name in names}


def push(
    command: list[str],
    readers: int,
    seconds: float,
    into: Pushed,
    env: dict[str, str] | None = None,
) -> None:
    """Let a program push to the readers for a while; note its rate and its time."""
    if into.why:
        return
    try:
        with running(command, stdin=subprocess.PIPE, env=env) as started:
            port = first_line(started)
            arguments = ["bench.fanout_load", port, PATH, str(readers), str(seconds)]
            done = asked([*arguments, str(started.pid)], None, seconds)
        if not done["frames"]:
            raise NotThere("pushed nothing")
    except FAILURES as error:
        into.why = told(error)
        return
    into.rates.append(done["frames"] / done["seconds"])
    if done["cpu_s"] is not None:
        into.cpu_us.append(done["cpu_s"] / done["frames"] * 1e6)


def measure(
    plan: Plan, readers: int, commands: Commands, env: dict[str, str] | None = None
) -> tuple[dict[str, Pushed], list[Row]]:
    """Run every server in turn, round after round: what each pushed, and rows of it.

    Raises:
        NotThere: this machine does not allow so many open files.
    """
    open_files(readers + FILES_BESIDE_READERS)
    pushed = {name: Pushed() for name in commands}
    for _ in range(plan.rounds):
        for name, command in commands.items():
            push(command, readers, plan.seconds, pushed[name], env)
    rows = []
    for name, runs in pushed.items():
        if not runs.rates:
            rows.append(missing(name, "frames/s", runs.why))
            continue
        spread = (min(runs.rates), max(runs.rates))
        rate = statistics.median(runs.rates)
        rows.append(Row(name, rate, "frames/s", spread=spread, why=runs.why))
        if runs.cpu_us:
            rows.append(Row(f"{name}, CPU", min(runs.cpu_us), "us/frame"))
    return pushed, rows


def percentile_us(times_ns: list[int], share: float) -> float:
    ordered = sorted(times_ns)
    return ordered[int(len(ordered) * share)] / 1000


def echo_and_fills() -> tuple[list[int], list[int]]:
    """Times in ns: ping to pong, and fill applied to its frame read, on one server."""
    command = [sys.executable, "-m", "bench.fanout_servers", "fills"]
    with running(command, stdin=subprocess.PIPE) as started:
        port, key = int(first_line(started)), first_line(started)
        assert started.stdin is not None
        assert started.stdout is not None
        reader = connect(port, f"/private/ws/{key}")
        echoes = []
        for _ in range(ECHOES):
            time.sleep(FILL_EVERY_S)  # at the pace of the fills: the server has slept as long
            began = time.perf_counter_ns()
            reader.sendall(PING)
            got = b""
            while len(got) < PONG_BYTES:
                got += reader.recv(PONG_BYTES)
            echoes.append(time.perf_counter_ns() - began)
        started.stdin.write(b"go\n")
        started.stdin.flush()
        read_ns = read_fills(reader)
        started.stdin.write(b"end\n")
        started.stdin.flush()
        applied = json.loads(started.stdout.readline())
        reader.close()
    return echoes, [at_ns - applied[str(trade)] for trade, at_ns in read_ns.items()]


def read_fills(reader: socket.socket) -> dict[int, int]:
    """Trade id -> when the frame of its ORDER_TRADE_UPDATE was read."""
    read_ns: dict[int, int] = {}
    unread = b""
    while len(read_ns) < FILLS:
        unread += reader.recv(READ_BYTES)
        now_ns = time.perf_counter_ns()
        while len(unread) >= HEAD_BYTES:
            size, start = unread[1], SHORT_HEAD_BYTES
            if size == EXTENDED:
                size, start = int.from_bytes(unread[2:4], "big"), HEAD_BYTES
            if len(unread) < start + size:
                break
            event, unread = unread[start : start + size], unread[start + size :]
            if TRADED in event:
                read_ns[json.loads(event)["o"]["t"]] = now_ns
    return read_ns
