"""Recomputing every account once: exactly, by a float sweep, and as fast as memory can be copied.

``python -m bench.remargin POSITIONS`` prints seconds of processor time as JSON. The exact one is
the engine's own margin, in integers, account by account. The sweep is what a risk system would do
with arrays of doubles: the same numbers to a few units in the tenth digit. The copy moves the
arrays that the sweep reads, once: nothing that looks at every position can be faster.
"""

import gc
import json
import resource
import sys
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from bench.crowd import BRACKETS, START_MS, SYMBOLS, Crowd
from perpbox.engine.collateral import CrossPool
from perpbox.engine.commands import SetPrices
from perpbox.money import SCALE, Price

WALLET = 100_000
MOVED = {"ONEUSDT": 97, "TWOUSDT": 104, "SIXUSDT": 99}
"""Marks at which the accounts are worked out: off their entries, and nobody distressed yet."""
SWEEPS = 7
TOLERANCE = 1e-9

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int32]


class Arrays:
    """The crowd as arrays: a row for each position, a wallet for each account."""

    def __init__(self, crowd: Crowd) -> None:
        accounts = list(crowd.state.accounts.values())
        legs = [
            (place, SYMBOLS.index(symbol), holding.both)
            for place, account in enumerate(accounts)
            for symbol, holding in account.holdings.items()
            if holding.both.quantity
        ]
        self.owner: Numbers = np.array([place for place, _, _ in legs], dtype=np.int32)
        self.contract: Numbers = np.array([number for _, number, _ in legs], dtype=np.int32)
        self.quantity: Floats = np.array([leg.quantity / SCALE for _, _, leg in legs])
        self.entry: Floats = np.array([leg.entry8 / SCALE for _, _, leg in legs])
        ledger = crowd.state.ledger
        self.wallet: Floats = np.array(
            [ledger.balance(account.account_id, "USDT") / SCALE for account in accounts]
        )
        self.marks: Floats = np.array([float(MOVED[symbol]) for symbol in SYMBOLS])
        self.caps: Floats = np.array([step.notional_cap / SCALE for step in BRACKETS])
        self.rates: Floats = np.array([step.maint_margin_rate / SCALE for step in BRACKETS])
        self.cums: Floats = np.array([step.cum / SCALE for step in BRACKETS])

    def sweep(self) -> tuple[Floats, Floats]:
        """(margin balance, maintenance margin) of every account."""
        mark = self.marks[self.contract]
        profit = self.quantity * (mark - self.entry)
        value = np.abs(self.quantity) * mark
        step = np.searchsorted(self.caps, value)
        needed = value * self.rates[step] - self.cums[step]
        count = len(self.wallet)
        balance = self.wallet + np.bincount(self.owner, weights=profit, minlength=count)
        return balance, np.bincount(self.owner, weights=needed, minlength=count)

    def copy(self) -> None:
        """Move what the sweep reads."""
        for array in (self.owner, self.contract, self.quantity, self.entry, self.wallet):
            array.copy()


def exact(crowd: Crowd) -> tuple[list[int], list[int]]:
    """(margin balance, maintenance margin) of every account, as the engine decides by."""
    balances, needs = [], []
    for account in crowd.state.accounts.values():
        balance, needed = CrossPool(crowd.state, account).standing("USDT")
        balances.append(int(balance))
        needs.append(int(needed))
    return balances, needs


def fastest(work: Callable[[], object]) -> float:
    """Processor seconds of the fastest of some runs."""
    best = float("inf")
    for _ in range(SWEEPS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def seconds(positions: int) -> dict[str, float]:
    """Processor seconds of each way, and how far doubles are from the truth."""
    gc.disable()
    crowd = Crowd(-(-positions // len(SYMBOLS)), wallet=WALLET, long_share=0.5, seed=1)
    gc.freeze()
    return of_crowd(crowd)


def of_crowd(crowd: Crowd) -> dict[str, float]:
    """The same of a crowd that is there."""
    for symbol, dollars in MOVED.items():
        crowd.apply(SetPrices(symbol, Price(dollars * SCALE)), START_MS)
    began = time.process_time()
    balances, needs = exact(crowd)
    exact_s = time.process_time() - began
    arrays = Arrays(crowd)
    balance, needed = arrays.sweep()
    off = max(
        float(np.max(np.abs(balance * SCALE / np.array(balances) - 1))),
        float(np.max(np.abs(needed * SCALE / np.array(needs) - 1))),
    )
    assert off < TOLERANCE, f"the sweep does not compute the same: off by {off}"
    wrong = np.count_nonzero(np.rint(balance * SCALE).astype(np.int64) != np.array(balances))
    return {
        "positions": crowd.positions(),
        "exact_s": exact_s,
        "sweep_s": fastest(arrays.sweep),
        "copy_s": fastest(arrays.copy),
        "wrong_share": float(wrong / len(balances)),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(seconds(int(sys.argv[1]))))
