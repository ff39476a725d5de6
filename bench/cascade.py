"""A cascade: the index of three contracts falls by 40 % on a thin book.

``python -m bench.cascade [ACCOUNTS]`` prints what happened as JSON.
"""

import json
import resource
import sys
import time
from dataclasses import asdict, dataclass

from bench.crowd import START, START_MS, SYMBOLS, TICK, Crowd
from perpbox.engine.commands import SetPrices
from perpbox.engine.events import OrderAccepted, ScopeLiquidated
from perpbox.engine.ledger import INSURANCE
from perpbox.engine.types import Forced
from perpbox.money import SCALE, Price, Qty

ACCOUNTS = 20_000
WALLET = 1_200
LONG_SHARE = 0.7
STEPS = 8
FALL = 40
"""Percent, over all steps."""
FUND_PER_ACCOUNT = 2
THIN = 20
"""Contracts bid for in each book, for every thousand accounts."""


@dataclass
class Outcome:
    accounts: int
    positions: int
    opening_s: float
    falling_s: float
    worst_command_s: float
    liquidated: int
    forced: int
    deleveraged: int
    fund_low: int
    standing: int
    unbalanced: int
    """Commands after which something was not zero: none, or money was made."""
    peak_mib: int


def cascade(accounts: int = ACCOUNTS) -> Outcome:
    began = time.perf_counter()
    crowd = Crowd(accounts, wallet=WALLET, long_share=LONG_SHARE, seed=1)
    crowd.fund(FUND_PER_ACCOUNT * accounts)
    opened = time.perf_counter()
    done = Outcome(accounts, crowd.positions(), opened - began, 0, 0, 0, 0, 0, 10**18, 0, 0, 0)
    for step in range(1, STEPS + 1):
        # Whole ticks, so that what is bid is on the tick.
        price = Price(START * (100 * STEPS - FALL * step) // (100 * STEPS) // TICK * TICK)
        for symbol in SYMBOLS:
            crowd.depth(symbol, price, Qty(THIN * accounts * SCALE // 1000))
            _fall(crowd, done, symbol, price)
    done.falling_s = time.perf_counter() - opened
    done.standing = crowd.positions()
    done.peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return done


def _fall(crowd: Crowd, done: Outcome, symbol: str, price: Price) -> None:
    began = time.perf_counter()
    events = crowd.apply(SetPrices(symbol, price), START_MS)
    done.worst_command_s = max(done.worst_command_s, time.perf_counter() - began)
    for event in events:
        if isinstance(event, ScopeLiquidated):
            done.liquidated += 1
        elif isinstance(event, OrderAccepted) and event.forced is not Forced.NO:
            done.forced += 1
            done.deleveraged += event.forced is Forced.DELEVERAGING
    ledger = crowd.state.ledger
    done.unbalanced += any(ledger.total().values())
    done.fund_low = min(done.fund_low, ledger.balance(INSURANCE, "USDT") // SCALE)


if __name__ == "__main__":
    print(json.dumps(asdict(cascade(*map(int, sys.argv[1:])))))
