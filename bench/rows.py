"""Rows of results, and two servers measured in turn."""

import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.load import Load
from bench.servers import SECRET, cpu_seconds, cpus, get_request, load, process, signed_target

CONNECTIONS = 32
SYMBOL = "BTCUSDT"


@dataclass(frozen=True)
class Plan:
    rounds: int
    seconds: float


@dataclass(frozen=True)
class Row:
    what: str
    value: float
    unit: str
    aim: float | None = None
    """At least this much; with ``at_most`` at most this much."""
    at_most: bool = False
    spread: tuple[float, float] | None = None

    def named(self, what: str) -> "Row":
        """The same under another name."""
        return replace(self, what=what)

    @property
    def verdict(self) -> str:
        if self.aim is None:
            return ""
        reached = self.value <= self.aim if self.at_most else self.value >= self.aim
        return "reached" if reached else "MISSED"


@dataclass
class Side:
    """One of two servers that are measured in turn."""

    name: str
    pid: int
    run: Callable[[], Load]

    def __post_init__(self) -> None:
        self.rates: list[float] = []
        self.cpu_us: list[float] = []
        self.p99_us: list[float] = []

    def measure(self) -> None:
        before = cpu_seconds(self.pid)
        done = self.run()
        after = cpu_seconds(self.pid)
        assert not done.failures, f"{self.name}: {done.failures} answers were no 200"
        self.rates.append(done.requests / done.seconds)
        self.p99_us.append(done.p99_us)
        if before is not None and after is not None:
            self.cpu_us.append((after - before) / done.requests * 1e6)

    def rows(self) -> list[Row]:
        rows = [
            Row(f"{self.name}", statistics.median(self.rates), "requests/s"),
            Row(f"{self.name}, 99th percentile", statistics.median(self.p99_us) / 1000, "ms"),
        ]
        if self.cpu_us:
            rows.append(Row(f"{self.name}, CPU", min(self.cpu_us), "us/request"))
        return rows


def in_turn(plan: Plan, least: Side, ours: Side, aim: float | None = 0.5) -> list[Row]:
    """A B A B against the first; the ratio of each pair, and their median."""
    for _ in range(plan.rounds):
        for side in (least, ours):
            side.measure()
    ratios = [mine / bare for mine, bare in zip(ours.rates, least.rates, strict=True)]
    spread = (min(ratios), max(ratios))
    rows = [*least.rows(), *ours.rows()]
    rows.append(Row("of the barest", statistics.median(ratios), "x", aim, spread=spread))
    if least.cpu_us and ours.cpu_us:
        rows.append(Row("the same by CPU time", min(least.cpu_us) / min(ours.cpu_us), "x"))
    return rows


@contextmanager
def fixed_server(
    name: str, body_bytes: int, plan: Plan, connections: int = CONNECTIONS
) -> Iterator[Side]:
    """One of the two servers of this folder, which answer anything that is signed."""
    with process(f"bench.{name}", SECRET, str(body_bytes)) as started:
        assert started.stdout is not None
        port = int(started.stdout.readline())
        yield Side(name, started.pid, lambda: ask(port, plan, connections))


def ask(port: int, plan: Plan, connections: int = CONNECTIONS) -> Load:
    target = signed_target("/fapi/v2/positionRisk", f"symbol={SYMBOL}")
    return load(port, get_request(target), connections, plan.seconds)


def machine() -> dict[str, object]:
    """What the numbers were measured on."""
    return {
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.release()}",
        "cpus": len(cpus()) or os.cpu_count(),
        "processor": _processor(),
        "memory_gib": _memory_gib(),
    }


def _told(path: str, word: str) -> str:
    """What a line of a /proc file says; empty where there is none."""
    file = Path(path)
    lines = file.read_text().splitlines() if file.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(word)), "")


def _processor() -> str:
    return _told("/proc/cpuinfo", "model name") or platform.processor()


def _memory_gib() -> int | None:
    told = _told("/proc/meminfo", "MemTotal")
    return round(int(told.split()[0]) / 2**20) if told else None
