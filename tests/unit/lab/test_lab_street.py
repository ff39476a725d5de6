"""What the simulated market quotes, at the operator's will."""

from pathlib import Path

import pytest

from perpbox.box import Box
from perpbox.lab.errors import LabCode
from perpbox.money import parse
from tests.unit.gateway.journal.kept import BTC, crashed, hash_of, kept
from tests.unit.lab.lab_box import done, lab

SIM = {"market": "sim", "symbols": ["BTCUSDT", "ETHUSDT"], "clock": "frozen"}


def test_the_street_takes_its_new_shape_at_the_next_step() -> None:
    """LAB-117: levels, spread, gap and worth; of that symbol only, and the path goes on."""
    box, other = Box(**SIM), Box(**SIM)
    before = done(box, "GET", "/street", symbol="BTCUSDT")
    assert before == {
        "symbol": "BTCUSDT",
        "levels": 20,
        "spreadTicks": 1,
        "gapTicks": 1,
        "levelNotional": "50000",
    }
    wish = {"symbol": "BTCUSDT", "levels": 3, "spreadTicks": 50, "gapTicks": 10}
    told = done(box, "POST", "/street", {**wish, "levelNotional": "1000"})
    assert told == {**wish, "levelNotional": "1000"} == done(box, "GET", "/street", symbol=BTC)
    book = box.state.markets["BTCUSDT"].book
    assert len(book.bids.keys) == 20
    box.advance(seconds=5)
    other.advance(seconds=5)
    bids, asks = book.depth(100)
    assert (len(bids), len(asks)) == (3, 3)
    tick = box.state.markets["BTCUSDT"].instrument.tick_size
    assert asks[0][0] - bids[0][0] == 50 * tick
    assert bids[0][0] - bids[1][0] == 10 * tick
    assert 0 < bids[0][0] * bids[0][1] < 2 * parse("1000") * 10**8
    assert len(box.state.markets["ETHUSDT"].book.bids.keys) == 20
    assert box.state.markets["BTCUSDT"].index == other.state.markets["BTCUSDT"].index
    box.reset()
    assert done(box, "GET", "/street", symbol="BTCUSDT") == before


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, LabCode.FIELD_MISSING),
        ({"symbol": "BTCUSDT"}, LabCode.FIELD_MISSING),
        ({"symbol": "NOSUCH", "levels": 1}, LabCode.SYMBOL_UNKNOWN),
        ({"symbol": "BTCUSDT", "levels": 0}, LabCode.FIELD_INVALID),
        ({"symbol": "BTCUSDT", "levels": 1001}, LabCode.FIELD_INVALID),
        ({"symbol": "BTCUSDT", "levels": None}, LabCode.FIELD_MISSING),
        ({"symbol": "BTCUSDT", "levelNotional": "0"}, LabCode.FIELD_INVALID),
        ({"symbol": "BTCUSDT", "levelNotional": "1e13"}, LabCode.FIELD_INVALID),
        ({"symbol": "BTCUSDT", "width": 1}, LabCode.FIELD_UNKNOWN),
    ],
)
def test_what_cannot_be_quoted(body: dict[str, object], code: LabCode) -> None:
    """LAB-117: refused, and nothing changes."""
    box = Box(**SIM)
    before = done(box, "GET", "/street", symbol="BTCUSDT")
    status, error = lab(box, "POST", "/street", body)
    assert (status, error["code"]) == (400, code)
    assert done(box, "GET", "/street", symbol="BTCUSDT") == before


@pytest.mark.parametrize("market", ["none", "recorded"])
def test_other_markets_have_no_such_setting(market: str) -> None:
    """LAB-117: the answer says what to do instead."""
    box = Box(market=market, clock="frozen", symbols=["BTCUSDT"])
    for method, more in (("GET", {}), ("POST", {"levels": 5})):
        asked = {"symbol": "BTCUSDT"} if method == "GET" else {}
        body = None if method == "GET" else {"symbol": "BTCUSDT", **more}
        status, error = lab(box, method, "/street", body, None, **asked)
        assert (status, error["code"]) == (400, LabCode.STREET_FIXED)
        assert "/perpbox/v1/depth" in error["msg"]


def test_a_recovered_box_goes_on_with_the_same_street(tmp_path: Path) -> None:
    """LAB-117, JRN-011: the shape is journalled."""
    options = {"market": "sim", "symbols": [BTC]}
    with kept(tmp_path / "box", **options) as box:
        box.advance(seconds=10)
        done(box, "POST", "/street", {"symbol": BTC, "levels": 5, "spreadTicks": 7})
        box.advance(seconds=10)
        copy = crashed(tmp_path / "box", tmp_path / "copy")
        with kept(copy, **options) as again:
            assert done(again, "GET", "/street", symbol=BTC)["levels"] == 5
            assert hash_of(again) == hash_of(box)
            again.advance(minutes=2)
            box.advance(minutes=2)
            assert hash_of(again) == hash_of(box)


def test_the_shape_is_in_the_memory_of_the_market() -> None:
    """LAB-117, JRN-020: a snapshot knows it."""
    box = Box(**SIM)
    done(box, "POST", "/street", {"symbol": "BTCUSDT", "levels": 5, "gapTicks": 4})
    fresh = box.desk.genesis.make_source()
    fresh.recall(box.desk.sequencer.source.memory())
    for symbol in ("BTCUSDT", "ETHUSDT"):
        assert fresh.street_shape(symbol) == box.desk.sequencer.source.street_shape(symbol)
