"""The pytest plugin: a fresh exchange for every test that asks for one.

``def test_x(perpbox):`` gets a ``perpbox.box.Box`` of its own: nothing kept, market none, a frozen
clock, served on a free port of this process. Nothing is imported before a test asks.

``@pytest.mark.perpbox(symbols=["SOLUSDT"], market="sim")`` changes options of one test's box.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from perpbox.box import Box

SYMBOLS: Final = ("BTCUSDT", "ETHUSDT", "LTCUSDT")
"""Contracts of a test's box, unless its marker names others."""
SEED: Final = 1
"""Given, so that keys of created accounts are the same in every run."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", "perpbox(**options): options of perpbox.box.Box for this test's box"
    )


@pytest.fixture(name="perpbox")
def perpbox_fixture(request: pytest.FixtureRequest) -> Iterator["Box"]:
    """Serve a fresh exchange for one test."""
    from perpbox.box import Box  # noqa: PLC0415

    options: dict[str, object] = {
        "market": "none",
        "clock": "frozen",
        "symbols": SYMBOLS,
        "seed": SEED,
    }
    for marker in reversed(list(request.node.iter_markers("perpbox"))):
        options |= marker.kwargs
    with Box(**options) as box:
        yield box
