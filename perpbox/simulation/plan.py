"""What a run does, as a list of steps that stand alone: any part of it is a run as well.

A step carries all its numbers; what it names (an account, an order) is taken modulo what there
is, so that leaving steps out never makes the others senseless.
"""

import random
from enum import Enum
from typing import Final, NamedTuple

STEPS: Final = 60
NUMBER_MAX: Final = 1 << 30


class Kind(Enum):
    """Kinds of steps."""

    REQUESTS = "a few requests in one turn of the loop; then their answers leave together"
    PRICE = "the operator moves the price"
    ADVANCE = "box time passes"
    WALL = "the wall clock steps, forward or back"
    READ = "a reader takes what waits for it"
    LOSE = "a reader loses its connection, and whatever waited for it"
    REORDER = "readers take what waits for them, the later one first"
    SHORT_WRITES = "the disk takes a byte at a time for a while"
    BAD_SYNC = "the next sync fails"
    FULL = "the disk is full in the middle of a batch"
    CRASH_IN_BATCH = "power fails between a turn's commands and their sync"
    CRASH = "power fails between two turns"
    RESTART = "an orderly end, with a snapshot, and a new start"


WEIGHTS: Final = {
    Kind.REQUESTS: 40,
    Kind.PRICE: 10,
    Kind.ADVANCE: 8,
    Kind.WALL: 4,
    Kind.READ: 10,
    Kind.LOSE: 4,
    Kind.REORDER: 3,
    Kind.SHORT_WRITES: 4,
    Kind.BAD_SYNC: 2,
    Kind.FULL: 2,
    Kind.CRASH_IN_BATCH: 5,
    Kind.CRASH: 4,
    Kind.RESTART: 4,
}
"""How often each comes."""


class Step(NamedTuple):
    """A kind, and numbers that choose within it."""

    kind: Kind
    numbers: tuple[int, ...]

    def text(self) -> str:
        """A line for people."""
        return f"{self.kind.name.lower()} {' '.join(map(str, self.numbers))}"


def plan(seed: int, steps: int = STEPS) -> list[Step]:
    """The steps of a seed. A longer plan begins with the shorter one: a place names one step."""
    chance = random.Random(seed)
    return [_step(chance) for _ in range(steps)]


def _step(chance: random.Random) -> Step:
    (kind,) = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
    return Step(kind, tuple(chance.randrange(NUMBER_MAX) for _ in range(6)))
