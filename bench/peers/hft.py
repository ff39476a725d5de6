"""hftbacktest, the compiled reference: trades played with nobody in the market.

``python -m bench.peers.hft`` prints trades a second, once with a strategy that is woken by every
trade and once with one that looks once a simulated second: both compiled, and warmed up before.
"""

import json
import time

import numpy as np
from hftbacktest import (
    BUY_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    LOCAL_EVENT,
    SELL_EVENT,
    TRADE_EVENT,
    BacktestAsset,
    HashMapMarketDepthBacktest,
)
from hftbacktest.types import event_dtype
from numba import njit

TICKS = 1_000_000
WARM_UP = 2_000
SECOND_NS = 1_000_000_000
SILENCE_NS = 10 * SECOND_NS
"""Longer than there is between two rows."""
FEED_CAME = 2
STEP_NS = 1_000_000
START_NS = 1_700_006_400_000_000_000
MIDDLE = 60_000.0


def trades(count: int):
    rows = np.zeros(count + 2, event_dtype)
    at_ns = START_NS + np.arange(count + 2) * STEP_NS
    rows["exch_ts"], rows["local_ts"] = at_ns, at_ns + 1
    both = EXCH_EVENT | LOCAL_EVENT
    rows["ev"] = TRADE_EVENT | both | BUY_EVENT
    rows["px"] = MIDDLE + (np.arange(count + 2) * 7 % 8) - 4
    rows["qty"] = 0.5
    rows["ev"][0], rows["px"][0] = DEPTH_EVENT | both | BUY_EVENT, MIDDLE - 5
    rows["ev"][1], rows["px"][1] = DEPTH_EVENT | both | SELL_EVENT, MIDDLE + 5
    rows["qty"][:2] = 100
    return rows


@njit
def every_trade(hbt) -> int:
    """Woken by each row of the feed."""
    seen = 0
    while hbt.wait_next_feed(False, SILENCE_NS) == FEED_CAME:
        seen += 1
    return seen


@njit
def every_second(hbt) -> int:
    """Not before the second is over; until the data ends."""
    seen = 0
    while hbt.elapse(SECOND_NS) == 0:
        seen += 1
    return seen


def backtest(rows):
    asset = (
        BacktestAsset()
        .data(rows)
        .linear_asset(1.0)
        .constant_order_latency(0, 0)
        .risk_adverse_queue_model()
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0002, 0.0005)
        .tick_size(0.1)
        .lot_size(0.001)
    )
    return HashMapMarketDepthBacktest([asset])


def per_second(play, wanted: int) -> float:
    """Trades a second. The library does not keep the rows: once let go of they are rubbish."""
    few, many = trades(WARM_UP), trades(TICKS)
    assert play(backtest(few)) > 0
    hbt = backtest(many)
    began = time.perf_counter()
    seen = play(hbt)
    spent = time.perf_counter() - began
    assert seen >= wanted, f"saw {seen} of {wanted}"
    assert hbt.close() == 0
    return TICKS / spent


def main() -> None:
    woken = per_second(every_trade, TICKS)
    looking = per_second(every_second, TICKS * STEP_NS // SECOND_NS - 1)
    print(json.dumps({"ticks_per_s": woken, "looking_ticks_per_s": looking}))


if __name__ == "__main__":
    main()
