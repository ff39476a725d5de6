"""One run: every measure in a process of its own, bounded in time, kept as soon as it is there.

A measure that fails or takes longer than its bound becomes a row that says so, and what it has
started is ended with it. The numbers are written after each measure, so that a run that is
interrupted has lost nothing; ``--from`` goes on with them.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.rows import Plan, Row, machine, missing, recorded
from bench.servers import end

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
MEASURE_S_MAX = 300
"""A measure that takes longer is given up."""
LONGER_S_MAX = {
    "growth": 3600,
    "recovery": 600,
    "recovery-million": 1800,
    "marking": 600,
    "siege": 600,
    "profiles": 600,
    "peers-http": 600,
}
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
Results = dict[str, Any]


def sources() -> str:
    """Which perpbox was measured: the beginning of a SHA-256 over its Python files."""
    digest = sha256()
    for path in sorted((ROOT / "perpbox").rglob("*.py")):
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def new_results(plan: Plan) -> Results:
    return {
        "machine": machine(),
        "sources": sources(),
        "began": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "plan": asdict(plan),
        "measures": {},
    }


def earlier(path: Path) -> Results:
    """The numbers of an earlier run, without the measures that failed.

    Raises:
        ValueError: it was made on another machine or of another perpbox.
    """
    results: Results = json.loads(path.read_text())
    for name, now in (("machine", machine()), ("sources", sources())):
        if results[name] != now:
            raise ValueError(f"{path} is of another {name}: {results[name]}, this is {now}")
    results["measures"] = {
        name: kept for name, kept in results["measures"].items() if not kept["failed"]
    }
    return results


def measured(name: str, plan: Plan) -> Results:
    """Run one measure in a process group of its own; its rows, or one that says what happened."""
    limit_s = LONGER_S_MAX.get(name, MEASURE_S_MAX)
    load_before = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    began = time.perf_counter()
    with TemporaryDirectory() as folder:
        into, complaints = Path(folder) / "rows.json", Path(folder) / "stderr"
        plan_words = ("--rounds", str(plan.rounds), "--seconds", str(plan.seconds))
        command = [sys.executable, "-m", "bench", name, *plan_words, "--rows-into", str(into)]
        with complaints.open("wb") as stderr:
            why = bounded(command, limit_s, stderr.fileno())
        said = complaints.read_text(errors="replace").strip().splitlines()
        if why and said:
            print("\n".join(said[-8:]), file=sys.stderr)
            why = f"{why}: {said[-1][:160]}"
        rows = [missing("the whole measure", "", why)] if why else _read(into)
    return {
        "rows": [row.record() for row in rows],
        "failed": bool(why),
        "took_s": round(time.perf_counter() - began, 1),
        "load_before": load_before,
        **asdict(plan),
    }


def _read(path: Path) -> list[Row]:
    return [recorded(record) for record in json.loads(path.read_text())]


def bounded(command: list[str], limit_s: float, stderr: int) -> str:
    """Run to the end or to the limit; why it gave nothing, empty if it did."""
    # What is started keeps its compiled modules, as it does for whoever installed it.
    env = {name: value for name, value in os.environ.items() if name != NO_BYTECODE}
    child = subprocess.Popen(command, cwd=ROOT, env=env, stderr=stderr, start_new_session=True)
    try:
        code = child.wait(limit_s)
    except subprocess.TimeoutExpired:
        return f"given up after {limit_s:g} s"
    else:
        return f"ended with code {code}" if code else ""
    finally:
        _end_group(child)


def _end_group(child: "subprocess.Popen[bytes]") -> None:
    """End what a measure has left behind, and itself if need be."""
    if child.returncode == 0:
        return
    if hasattr(os, "killpg"):
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
    end(child)
    child.wait()


def table(name: str, kept: Results) -> None:
    print(f"\n{name} ({kept['took_s']:g} s)")
    for row in map(recorded, kept["rows"]):
        aim = ""
        if row.aim is not None:
            aim = f"{'at most' if row.at_most else 'at least'} {row.aim:g}: {row.verdict}"
        spread = f"({row.spread[0]:.3g} .. {row.spread[1]:.3g})" if row.spread else ""
        value = f"{row.value:,.0f}" if row.value >= 1000 else f"{row.value:.3g}"
        words = f"  {row.what:<44} {value:>10} {row.unit:<12} {spread:<20} {aim} {row.why}"
        print(words.rstrip(), flush=True)


def keep(results: Results, path: Path) -> None:
    """Write the numbers; whoever reads them never sees half of them."""
    path.parent.mkdir(exist_ok=True)
    half = path.with_suffix(".new")
    half.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n")
    half.replace(path)


def run(names: Iterable[str], plan: Plan, results: Results, path: Path) -> Iterable[str]:
    """Measure one after the other; yields each name when its numbers are on disk."""
    for name in names:
        results["measures"].pop(name, None)
        results["measures"][name] = measured(name, plan)
        keep(results, path)
        table(name, results["measures"][name])
        yield name
