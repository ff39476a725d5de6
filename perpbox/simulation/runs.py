"""Whole runs: a seed, or chosen steps of it; and the few steps that a failure needs."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from perpbox.simulation.disk import SimDisk
from perpbox.simulation.plan import STEPS, Step, plan
from perpbox.simulation.world import World

SHRINK_RUNS_MAX: Final = 200
"""Runs that are spent on making a failure small."""
MakeDisk = Callable[[], SimDisk]


class Failure(NamedTuple):
    """What went wrong: at which step, and in what words."""

    seed: int
    places: tuple[int, ...]
    """Steps of the seed's plan that were run, by their places."""
    step: Step
    said: str

    def command(self) -> str:
        """What repeats it."""
        return f"perpbox simulate --seed {self.seed} --only {','.join(map(str, self.places))}"


def run(
    seed: int,
    places: Sequence[int] | None = None,
    *,
    steps: int = STEPS,
    make_disk: MakeDisk = SimDisk,
) -> Failure | None:
    """Run a seed, or only the steps at these places of its plan.

    Whatever goes wrong is a failure, also an error that nobody foresaw: a box must not stop.
    """
    planned = plan(seed, max(steps, 1 + max(places, default=0)) if places else steps)
    chosen = tuple(range(len(planned))) if places is None else tuple(places)
    world = World(seed, make_disk())
    try:
        for count, place in enumerate(chosen):
            try:
                world.take(planned[place])
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
                return Failure(seed, chosen[: count + 1], planned[place], said)
    finally:
        world.close()
    return None


def shrunk(failure: Failure, make_disk: MakeDisk = SimDisk) -> Failure:
    """The same failure with as few steps as a bounded search finds."""
    best, runs = failure, 0
    size = max(1, len(best.places) // 2)
    while size:
        start = 0
        while start < len(best.places) - 1 and runs < SHRINK_RUNS_MAX:
            fewer = best.places[:start] + best.places[start + size :]
            found = run(failure.seed, fewer, make_disk=make_disk) if fewer else None
            runs += 1
            if found is not None:
                best = found
            else:
                start += size
        size //= 2
    return best


def seeds(first: int, count: int, seconds: float | None) -> Iterator[int]:
    """Seeds from one on, so many of them or for so long, whichever ends first."""
    until = None if seconds is None else time.monotonic() + seconds
    for seed in range(first, first + count):
        if until is not None and time.monotonic() >= until:
            return
        yield seed
