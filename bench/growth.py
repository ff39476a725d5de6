"""A week of the default market without clients: what memory and the data directory come to hold.

``python -m bench.growth [HOURS]`` prints one JSON object a step of simulated time. The box keeps a
journal and takes its snapshots as a served one does. The clock is
frozen and moved on. The market steps once a minute instead of twice a second, and each contract
prints once a minute instead of thirty times: candles, samples and the tape fill by the minute all
the same, and the bounds that they fill up to are those of a default box.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.rows import Plan, Row
from bench.servers import resident_mib
from perpbox.gateway.journal.snapshot import FOLDER, SUFFIX

MIB = 1 << 20
WEEK_HOURS = 168
STEP_HOURS = 12
MARKET = {"step_ms": 60_000, "trades_per_minute": 1, "catch_up_steps_max": 10_000}


def growth(plan: Plan) -> list[Row]:  # noqa: ARG001
    """The memory of a simulated week, in steps; in a process of its own."""
    command = [sys.executable, "-m", "bench.growth", str(WEEK_HOURS)]
    rows = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            step = json.loads(line)
            what = f"after {step['hours']} h, {step['commands']:,} commands"
            rows.append(Row(what, step["resident_mib"], "MiB"))
            rows.append(Row("its data directory at most", step["directory_mib_max"], "MiB"))
    assert child.returncode == 0
    return rows


def main() -> None:
    from perpbox.box import Box  # noqa: PLC0415  (only the child needs it)

    hours = int(sys.argv[1]) if len(sys.argv) > 1 else WEEK_HOURS
    with tempfile.TemporaryDirectory(prefix="perpbox-growth-") as name:
        directory = Path(name) / "data"
        box = Box(market="sim", clock="frozen", sim=MARKET, data=directory)
        began, largest_mib, snapshots = time.perf_counter(), 0.0, set[str]()
        for passed in range(hours + 1):
            if passed:
                box.advance(hours=1)
                box.call(box.look)
                largest_mib = max(largest_mib, directory_mib(directory))
                snapshots |= {each.name for each in (directory / FOLDER).glob(f"*{SUFFIX}")}
            if passed % STEP_HOURS == 0:
                row = {
                    "hours": passed,
                    "resident_mib": round(resident_mib(os.getpid()) or 0, 1),
                    "directory_mib": round(directory_mib(directory), 1),
                    "directory_mib_max": round(largest_mib, 1),
                    "snapshots": len(snapshots),
                    "commands": box.desk.sequencer.seq,
                    "seconds": round(time.perf_counter() - began, 1),
                }
                print(json.dumps(row), flush=True)
        box.close()


def directory_mib(directory: Path) -> float:
    """How much a data directory holds now, MiB."""
    sizes = 0
    for each in directory.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # an old segment may go while we look
            sizes += each.stat().st_size
    return sizes / MIB


if __name__ == "__main__":
    main()
