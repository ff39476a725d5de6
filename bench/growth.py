"""A week of the default market without clients: what histories and engine come to hold.

``python -m bench.growth [HOURS]`` prints one JSON object a step of simulated time. The clock is
frozen and moved on. The market steps once a minute instead of twice a second, and each contract
prints once a minute instead of thirty times: candles, samples and the tape fill by the minute all
the same, and the bounds that they fill up to are those of a default box.
"""

import json
import os
import subprocess
import sys
import time

from bench.rows import Plan, Row
from bench.servers import resident_mib

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
    assert child.returncode == 0
    return rows


def main() -> None:
    from perpbox.box import Box  # noqa: PLC0415  (only the child needs it)

    hours = int(sys.argv[1]) if len(sys.argv) > 1 else WEEK_HOURS
    box = Box(market="sim", clock="frozen", sim=MARKET)
    began = time.perf_counter()
    for passed in range(0, hours + 1, STEP_HOURS):
        if passed:
            for _ in range(STEP_HOURS):
                box.advance(hours=1)
        row = {
            "hours": passed,
            "resident_mib": round(resident_mib(os.getpid()) or 0, 1),
            "commands": box.desk.sequencer.seq,
            "seconds": round(time.perf_counter() - began, 1),
        }
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
