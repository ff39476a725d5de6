"""A quiet box with a wall clock to turn, for what looks into a box or acts for a page."""

from collections.abc import Iterator

import pytest

from perpbox.box import Box
from tests.unit.lab.lab_box import Wall


@pytest.fixture(name="wall")
def wall_clock() -> Wall:
    return Wall()


@pytest.fixture(name="box")
def quiet_box(wall: Wall) -> Box:
    box = Box(market="none", clock="frozen", symbols=["BTCUSDT"], wall_ms=wall)
    box.set_price("BTCUSDT", 60_000)
    return box


@pytest.fixture(name="served")
def served_box(box: Box) -> Iterator[Box]:
    with box:
        yield box
