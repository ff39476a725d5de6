"""Pushing to many readers, and how long a fill takes to reach its owner."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.fanout_load import connect
from bench.fanout_servers import FILL_EVERY_S, FILLS, READERS
from bench.servers import PATIENCE_S, cpu_seconds, pin

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
SERVERS = {
    RAW: ("raw",),
    BROADCAST: ("broadcast",),
    BOX: ("perpbox", "16"),
    BOX_SINGLY: ("perpbox", "1"),
}


@dataclass
class Pushed:
    """Frames a second, and the server's CPU time a frame, of each run."""

    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)


@contextmanager
def server(*arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """One of ``bench.fanout_servers`` on the first CPU."""
    command = [sys.executable, "-m", "bench.fanout_servers", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        pin(started.pid, 0)
        try:
            yield started
        finally:
            started.kill()


def line(started: "subprocess.Popen[bytes]") -> str:
    assert started.stdout is not None
    return started.stdout.readline().decode().strip()


def push(name: tuple[str, ...], seconds: float, into: Pushed) -> None:
    """Let one of our servers push to the readers for a while."""
    with server(*name) as started:
        read_from(started, line(started), seconds, into)


def push_from(command: list[str], seconds: float, into: Pushed, **options: object) -> None:
    """Let another program, which prints its port, push to the readers for a while."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, **options) as started:
        pin(started.pid, 0)
        try:
            read_from(started, line(started), seconds, into)
        finally:
            started.kill()


def read_from(started: "subprocess.Popen[bytes]", port: str, seconds: float, into: Pushed) -> None:
    """Read what a server pushes; note its rate and its time."""
    command = [sys.executable, "-m", "bench.fanout_load", port, PATH, str(READERS)]
    with subprocess.Popen([*command, str(seconds)], stdout=subprocess.PIPE) as readers:
        pin(readers.pid, -1)
        before = cpu_seconds(started.pid)
        printed, _ = readers.communicate(timeout=seconds + PATIENCE_S)
        after = cpu_seconds(started.pid)
    done = json.loads(printed)
    into.rates.append(done["frames"] / done["seconds"])
    if before is not None and after is not None:
        # With the start-up and the warm-up in it: the same for all, and small.
        into.cpu_us.append((after - before) / max(done["frames"], 1) * 1e6)


def percentile_us(times_ns: list[int], share: float) -> float:
    ordered = sorted(times_ns)
    return ordered[int(len(ordered) * share)] / 1000


def echo_and_fills() -> tuple[list[int], list[int]]:
    """Times in ns: ping to pong, and fill applied to its frame read, on one server."""
    with server("fills") as started:
        port, key = int(line(started)), line(started)
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


def measure(rounds: int, seconds: float) -> dict[str, Pushed]:
    """Run every server in turn, round after round."""
    pushed = {name: Pushed() for name in SERVERS}
    for _ in range(rounds):
        for name, arguments in SERVERS.items():
            push(arguments, seconds, pushed[name])
    return pushed


def share(pushed: dict[str, Pushed], name: str, of: str) -> list[float]:
    """Frames of one against those of another, run by run."""
    return [mine / other for mine, other in zip(pushed[name].rates, pushed[of].rates, strict=True)]
