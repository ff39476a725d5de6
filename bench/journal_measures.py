"""Rows of the journal's measures."""

import json
import statistics
import subprocess
import sys
from typing import Any

from bench.journal import BARE, BATCHES, JOURNAL, SQLITE
from bench.rows import Plan, Row, ratio

RUN_S_MAX = 1_500
MILLION = 1_000_000
AIMS = {100: 0.5}
"""Of the bare file's rate, by batch."""


def _run(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.journal", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=RUN_S_MAX)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _rows(found: dict[str, float]) -> list[Row]:
    """``what: unit`` or ``what, unit`` as the last word of the name."""
    rows = []
    for name, value in found.items():
        what, _, unit = name.rpartition(": ")
        rows.append(Row(what or name, value, unit if what else ""))
    return rows


def journal(plan: Plan) -> list[Row]:
    """Durable commands a second by the size of the batch, beside a bare file and SQLite."""
    found = _run("write", str(plan.rounds))
    rows = []
    for batch in BATCHES:
        runs: dict[str, list[tuple[float, float]]] = found[str(batch)]
        rates = {name: [rate for rate, _ in each] for name, each in runs.items()}
        for name, each in runs.items():
            spread = (min(rates[name]), max(rates[name]))
            what = f"{batch} a batch: {name}"
            rows.append(Row(what, statistics.median(rates[name]), "durable/s", spread=spread))
            rows.append(Row(f"{what}, CPU", min(cpu_us for _, cpu_us in each), "us each"))
        for other, aim in ((BARE, AIMS.get(batch)), (SQLITE, None)):
            what = f"{batch} a batch: journal of the {other}"
            rows.append(ratio(what, rates[JOURNAL], rates[other], aim))
    return rows


def recovery(plan: Plan) -> list[Row]:  # noqa: ARG001
    """200,000 commands: recovered from the journal alone, and from a snapshot with its tail."""
    return _rows(_run("recover"))


def recovery_of_a_million(plan: Plan) -> list[Row]:  # noqa: ARG001
    """The same with 1,000,000."""
    return _rows(_run("recover", str(MILLION)))


def snapshot(plan: Plan) -> list[Row]:  # noqa: ARG001
    """How long a box of 10,000 accounts with three positions each stands still for a snapshot."""
    found = _run("stop")
    longest = Row("longest stop", found.pop("longest stop, ms"), "ms", 50, at_most=True)
    return [longest, *_rows(found)]
