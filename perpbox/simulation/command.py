"""``perpbox simulate``: run seeds, and tell of the first that fails how to repeat it."""

import sys
from typing import Final

from perpbox.simulation.plan import STEPS, plan
from perpbox.simulation.runs import Failure, run, seeds, shrunk

FAILED: Final = 1
SEEDS: Final = 200


def simulate(
    first: int,
    *,
    count: int = SEEDS,
    seconds: float | None = None,
    steps: int = STEPS,
    only: tuple[int, ...] | None = None,
) -> int:
    """Run and report; the exit code."""
    done = 0
    for seed in seeds(first, 1 if only else count, seconds):
        failure = run(seed, only, steps=steps)
        done += 1
        if failure is not None:
            return _tell(failure if only else shrunk(failure))
    last = first + done - 1
    sys.stdout.write(f"{done} seeds from {first} to {last}, {steps} steps each: all hold\n")
    return 0


def _tell(failure: Failure) -> int:
    steps = plan(failure.seed, 1 + max(failure.places))
    lines = [f"seed {failure.seed}: {failure.said}", "with these steps:"]
    lines += [f"  {place:4} {steps[place].text()}" for place in failure.places]
    lines.append(f"again: {failure.command()}")
    sys.stdout.write("\n".join(lines) + "\n")
    return FAILED
