"""Rows of the journal's measures."""

import json
import subprocess
import sys

from bench.rows import Plan, Row


def _run(*arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.journal", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _rows(found: dict[str, float]) -> list[Row]:
    """``what: unit`` or ``what, unit`` as the last word of the name."""
    rows = []
    for name, value in found.items():
        what, _, unit = name.rpartition(": ")
        rows.append(Row(what or name, value, unit if what else ""))
    return rows


def journal(plan: Plan) -> list[Row]:  # noqa: ARG001
    """Durable commands a second by the size of the batch, beside a bare file and SQLite."""
    return _rows(_run("write"))


def recovery(plan: Plan) -> list[Row]:  # noqa: ARG001
    """1,000,000 commands: recovered from the journal alone, and from a snapshot with its tail."""
    return _rows(_run("recover"))


def snapshot(plan: Plan) -> list[Row]:  # noqa: ARG001
    """How long a box of 10,000 accounts with three positions each stands still for a snapshot."""
    found = _run("stop")
    longest = Row("longest stop", found.pop("longest stop, ms"), "ms", 50, at_most=True)
    return [longest, *_rows(found)]
