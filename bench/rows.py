"""Rows of results, and two servers measured in turn."""

import math
import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench.load import Load
from bench.servers import (
    FAILURES,
    SECRET,
    cpu_seconds,
    cpus,
    first_line,
    get_request,
    load,
    process,
    signed_target,
    told,
)

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
    """NaN where it could not be measured."""
    unit: str
    aim: float | None = None
    """At least this much; with ``at_most`` at most this much."""
    at_most: bool = False
    spread: tuple[float, float] | None = None
    why: str = ""
    """Why it could not be measured."""

    def named(self, what: str) -> "Row":
        """The same under another name."""
        return replace(self, what=what)

    @property
    def verdict(self) -> str:
        if math.isnan(self.value):
            return "not measured"
        if self.aim is None:
            return ""
        reached = self.value <= self.aim if self.at_most else self.value >= self.aim
        return "reached" if reached else "MISSED"

    def record(self) -> dict[str, Any]:
        """As JSON holds it, which knows no NaN."""
        value = None if math.isnan(self.value) else self.value
        return {**asdict(self), "value": value, "verdict": self.verdict}


def missing(what: str, unit: str, why: str, aim: float | None = None) -> Row:
    """A row that says why there is no number."""
    return Row(what, math.nan, unit, aim, why=why)


def recorded(record: dict[str, Any]) -> Row:
    """The row of a record."""
    fields = {name: value for name, value in record.items() if name != "verdict"}
    if fields["value"] is None:
        fields["value"] = math.nan
    if fields["spread"] is not None:
        fields["spread"] = tuple(fields["spread"])
    return Row(**fields)


@dataclass
class Side:
    """One of the servers that are measured in turn."""

    name: str
    pid: int
    run: Callable[[], Load]

    def __post_init__(self) -> None:
        self.rates: list[float] = []
        self.cpu_us: list[float] = []
        self.p50_us: list[float] = []
        self.p99_us: list[float] = []
        self.why = ""
        """Why it is measured no more."""

    def measure(self) -> None:
        """Run the load once; a side that has failed is left alone from then on."""
        if self.why:
            return
        before = cpu_seconds(self.pid)
        try:
            done = self.run()
        except FAILURES as error:
            self.why = told(error)
            return
        after = cpu_seconds(self.pid)
        if done.failures or not done.requests:
            self.why = f"{done.failures} of {done.requests + done.failures} answers were no 200"
            return
        self.rates.append(done.requests / done.seconds)
        self.p50_us.append(done.p50_us)
        self.p99_us.append(done.p99_us)
        if before is not None and after is not None:
            self.cpu_us.append((after - before) / done.requests * 1e6)

    def rows(self) -> list[Row]:
        if not self.rates:
            return [missing(self.name, "requests/s", self.why)]
        between = (min(self.rates), max(self.rates))
        rate = statistics.median(self.rates)
        rows = [
            Row(self.name, rate, "requests/s", spread=between, why=self.why),
            Row(f"{self.name}, median", statistics.median(self.p50_us) / 1000, "ms"),
            Row(f"{self.name}, 99th percentile", statistics.median(self.p99_us) / 1000, "ms"),
        ]
        if self.cpu_us:
            rows.append(Row(f"{self.name}, CPU", min(self.cpu_us), "us/request"))
        return rows


def ratio(
    what: str,
    mine: Sequence[float],
    other: Sequence[float],
    aim: float | None = None,
    *,
    why: str = "",
) -> Row:
    """The median of the ratios of the rounds that both did."""
    found = [a / b for a, b in zip(mine, other, strict=False)]
    if not found:
        return missing(what, "x", why or "one of the two was not measured", aim)
    return Row(what, statistics.median(found), "x", aim, spread=(min(found), max(found)))


def in_turn(
    plan: Plan, least: Side, ours: Side, aim: float | None = 0.5, more: Sequence[Side] = ()
) -> list[Row]:
    """A B A B against the first; the ratio of each pair, and their median."""
    sides = (least, ours, *more)
    for _ in range(plan.rounds):
        for side in sides:
            side.measure()
    rows = [row for side in sides for row in side.rows()]
    rows.append(ratio("of the barest", ours.rates, least.rates, aim))
    if least.cpu_us and ours.cpu_us:
        rows.append(Row("the same by CPU time", min(least.cpu_us) / min(ours.cpu_us), "x"))
    return rows


@contextmanager
def fixed_server(
    name: str, body_bytes: int, plan: Plan, connections: int = CONNECTIONS
) -> Iterator[Side]:
    """One of the two servers of this folder, which answer anything that is signed."""
    with process(f"bench.{name}", SECRET, str(body_bytes)) as started:
        port = int(first_line(started))
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
