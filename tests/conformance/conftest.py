"""A live box for unmodified clients: real clock, no market source, street depth around 60 000."""

from collections.abc import Iterator

import pytest

from perpbox.box import Box
from perpbox.lab.desk import OpenedAccount

SYMBOL = "BTCUSDT"


@pytest.fixture
def box() -> Iterator[Box]:
    with Box(market="none", clock="real", symbols=("BTCUSDT", "ETHUSDT", "LTCUSDT")) as served:
        served.set_price(SYMBOL, 60_000)
        served.set_price("ETHUSDT", 3_000)
        yield served


@pytest.fixture
def trader(box: Box) -> OpenedAccount:
    return box.account(usdt=10_000)
