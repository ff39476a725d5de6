"""A mark that moves while nobody is distressed: microseconds a tick by number of positions.

``python -m bench.marking POSITIONS [remargin]`` prints them as JSON, with what ``bench.remargin``
says of the same crowd.
"""

import gc
import json
import resource
import statistics
import sys
import time

from bench.crowd import START, START_MS, SYMBOLS, Crowd
from bench.remargin import of_crowd
from perpbox.engine.commands import SetPrices
from perpbox.money import SCALE, Price

SIZES = (1_000, 10_000, 100_000, 1_000_000)
WALLET = 100_000
WARM_TICKS = 200
TICKS = 5_000
WIGGLE = SCALE // 100
"""The mark goes to and fro by this much: 0.01 %."""


def crowded(positions: int) -> Crowd:
    """So many positions, three an account, nobody near trouble."""
    gc.disable()
    crowd = Crowd(positions // len(SYMBOLS), wallet=WALLET, long_share=0.5, seed=1)
    gc.freeze()
    return crowd


def tick_microseconds(crowd: Crowd) -> dict[str, float]:
    """Median, mean and 99th percentile of a tick that calls for no liquidation."""
    spent: list[int] = []
    for number in range(WARM_TICKS + TICKS):
        price = Price(START + WIGGLE * crowd.draw.randint(-1, 1))
        command = SetPrices(SYMBOLS[number % len(SYMBOLS)], price)
        began = time.perf_counter_ns()
        events = crowd.apply(command, START_MS)
        spent.append(time.perf_counter_ns() - began)
        assert len(events) == 1, "somebody was called or liquidated"
    spent = sorted(spent[WARM_TICKS:])
    return {
        "positions": crowd.positions(),
        "median_us": statistics.median(spent) / 1000,
        "mean_us": statistics.fmean(spent) / 1000,
        "p99_us": spent[len(spent) * 99 // 100] / 1000,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    positions, *more = sys.argv[1:]
    crowd = crowded(int(positions))
    found = tick_microseconds(crowd)
    if more:
        found |= of_crowd(crowd)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
