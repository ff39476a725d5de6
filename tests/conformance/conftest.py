"""Live boxes for unmodified clients: one stands still around 60 000, one moves by itself.

Both are as strict as the venue: streams come on routed addresses only, so no client here leans
on the box's leniency.
"""

from collections.abc import Iterator

import pytest

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount

SYMBOL = "BTCUSDT"
LIVELY = {"step_ms": 50, "trades_per_minute": 600}


@pytest.fixture
def box() -> Iterator[Box]:
    symbols = ("BTCUSDT", "ETHUSDT", "LTCUSDT")
    with Box(market="none", clock="real", symbols=symbols, unrouted="strict") as served:
        served.set_price(SYMBOL, 60_000)
        served.set_price("ETHUSDT", 3_000)
        yield served


@pytest.fixture
def lively() -> Iterator[Box]:
    symbols = (SYMBOL,)
    with Box(market="sim", sim=LIVELY, clock="real", symbols=symbols, unrouted="strict") as served:
        yield served


@pytest.fixture
def trader(box: Box) -> OpenedAccount:
    return box.account(usdt=10_000)
