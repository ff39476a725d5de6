"""What ``/whatif`` and ``/preview`` refuse."""

import pytest

from perpbox.box import Box
from perpbox.lab.what_if import STEPS_MAX
from tests.unit.lab.lab_box import done, lab


@pytest.fixture(name="box")
def quiet_box() -> Box:
    box = Box(market="none", clock="frozen", symbols=["BTCUSDT"])
    box.set_price("BTCUSDT", 60_000)
    return box


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, -9006),
        ({"account": 9, "moves": {"BTCUSDT": "0"}}, -9009),
        ({"account": 1}, -9006),
        ({"account": 1, "from": "-0.5"}, -9006),
        ({"account": 1, "moves": {}}, -9007),
        ({"account": 1, "moves": {"NOSUCH": "0.1"}}, -9008),
        ({"account": 1, "moves": {"BTCUSDT": "-1"}}, -9007),
        ({"account": 1, "moves": {"BTCUSDT": "100.00000001"}}, -9007),
        ({"account": 1, "moves": {"BTCUSDT": "0"}, "from": "0"}, -9005),
        ({"account": 1, "from": "0", "to": "1", "steps": 1}, -9007),
        ({"account": 1, "from": "0", "to": "1", "steps": STEPS_MAX + 1}, -9007),
        ({"account": 1, "from": "0", "to": "1", "symbol": "NOSUCH"}, -9008),
        ({"account": 1, "from": "0", "to": "1", "sides": 2}, -9005),
    ],
)
def test_what_if_refuses(box: Box, body: dict[str, object], code: int) -> None:
    """LAB-125."""
    status, error = lab(box, "POST", "/whatif", body)
    assert (status, error["code"]) == (400, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"symbol": "BTCUSDT"}, -9006),
        ({"account": 9, "symbol": "BTCUSDT"}, -9009),
        ({"account": 1, "symbol": ["BTCUSDT"]}, -9007),
        ({"account": 1, "colour": "red"}, -9005),
    ],
)
def test_preview_refuses_what_is_no_order(box: Box, body: dict[str, object], code: int) -> None:
    """LAB-125: the lab's own codes where the request is not one of fapi's."""
    status, error = lab(box, "POST", "/preview", body)
    assert (status, error["code"]) == (400, code)


def test_preview_of_a_stop(box: Box) -> None:
    """LAB-121, LAB-123: it waits, costs nothing, and is refused where it would trigger at once."""
    stop = {"account": 1, "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET"}
    stop["quantity"] = "0.01"
    told = done(box, "POST", "/preview", {**stop, "stopPrice": "59000"})
    assert (told["ok"], told["waits"], told["cost"]) == (True, True, "0")
    assert told["available"] == told["availableAfter"]
    told = done(box, "POST", "/preview", {**stop, "stopPrice": "61000"})
    assert (told["ok"], told["code"]) == (False, -2021)
    told = done(box, "POST", "/preview", stop)
    assert (told["ok"], told["code"]) == (False, -1102)
