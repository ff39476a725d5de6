"""Boxes in a process: how long one takes to make and to end, and what a thousand take up.

``python -m bench.boxes times`` prints milliseconds, ``python -m bench.boxes many`` MiB, as JSON.
"""

import gc
import json
import os
import sys
import time
from contextlib import ExitStack

from bench.servers import resident_mib
from perpbox.box import Box

WARM_UP = 20
TIMED = 300
MANY = 1_000
OPTIONS: dict[str, object] = {
    "market": "none",
    "clock": "frozen",
    "symbols": ["BTCUSDT"],
    "seed": 1,
}


def make() -> Box:
    """A box as the pytest fixture makes it, with one symbol and one account."""
    return Box(**OPTIONS)


def alone() -> None:
    """Made, asked once and ended in this thread: nothing listens."""
    box = make()
    assert box.handle("GET", "/fapi/v1/ping")[0] == 200
    box.close()


def served() -> None:
    """The same, listening on a thread of its own meanwhile, as the fixture has it."""
    with make() as box:
        assert box.handle("GET", "/fapi/v1/ping")[0] == 200


def times() -> dict[str, float]:
    """Milliseconds of each."""
    found = {}
    for name, life in (("", alone), ("served_", served)):
        spans = []
        for _ in range(WARM_UP + TIMED):
            began = time.perf_counter()
            life()
            spans.append((time.perf_counter() - began) * 1000)
        spans = sorted(spans[WARM_UP:])
        found[f"{name}p50_ms"] = spans[len(spans) // 2]
        found[f"{name}p99_ms"] = spans[len(spans) * 99 // 100]
    return found


def many() -> dict[str, float]:
    """What a thousand served boxes with an account each take up; all of them answer."""
    with ExitStack() as stack:
        boxes: list[Box] = []
        before = 0.0
        for _ in range(MANY):
            box = stack.enter_context(make())
            box.account()
            boxes.append(box)
            if len(boxes) == 1:
                gc.collect()
                before = resident_mib(os.getpid()) or 0.0
        assert all(box.handle("GET", "/fapi/v1/ping")[0] == 200 for box in boxes)
        used = resident_mib(os.getpid()) or 0.0
    return {"boxes": MANY, "mib": used, "each_mib": (used - before) / (MANY - 1)}


def main() -> None:
    (what,) = sys.argv[1:]
    print(json.dumps(times() if what == "times" else many()))


if __name__ == "__main__":
    main()
