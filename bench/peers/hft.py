"""hftbacktest, the compiled reference: trades played with nobody in the market.

``python -m bench.peers.hft`` prints trades a second.
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

TICKS = 200_000
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
def play(hbt) -> int:
    seen = 0
    while hbt.elapse(1_000_000_000) == 0:
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


def main() -> None:
    play(backtest(trades(1_000)))
    hbt = backtest(trades(TICKS))
    began = time.perf_counter()
    play(hbt)
    print(json.dumps({"ticks_per_s": TICKS / (time.perf_counter() - began)}))


if __name__ == "__main__":
    main()
