"""Recorded and documented answers and frames of conditional orders come out byte for byte."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import orjson
import pytest

from perpbox.engine.algo_orders import FIRST_ALGO_ID
from perpbox.engine.commands import PlaceAlgoOrder
from perpbox.engine.events import AlgoChanged
from perpbox.engine.symbol import Instrument
from perpbox.engine.types import AlgoStatus, AlgoType, PositionSide, Side, TimeInForce, WorkingType
from perpbox.money import Amount, Price, Qty, parse
from perpbox.rounding import quote_value
from perpbox.specs import catalogue
from perpbox.views.algo_orders import AlgoRecord
from perpbox.wire.answers.algo import ALL_CANCELED
from perpbox.wire.render_algo import algo_full, algo_placed, algo_waiting
from perpbox.wire.render_orders import Row
from perpbox.wire.streams.user_algo import algo_update
from perpbox.wire.streams.user_forms import EventForms
from perpbox.wire.vintage import Vintage
from tests.unit.gateway.rest_box import RestBox

ROWS = orjson.loads((Path(__file__).parent / "algo_rows.json").read_bytes())
NEWEST = Vintage()


def instrument(prices: int, quantities: int) -> Instrument:
    terms = catalogue(("BTCUSDT",)).instruments["BTCUSDT"]
    return msgspec.structs.replace(terms, price_precision=prices, quantity_precision=quantities)


def order(row: dict[str, str], keys: tuple[str, ...]) -> PlaceAlgoOrder:
    """The command behind a row or a frame; ``keys`` name its fields there."""
    client, kind, symbol, side, quantity, price, trigger, working = (row[key] for key in keys)
    return PlaceAlgoOrder(
        1,
        symbol,
        Side[side],
        PositionSide.BOTH,
        AlgoType(kind),
        TimeInForce.GTC,
        Qty(parse("0.0007" if quantity == "7.0E-4" else quantity)),
        Price(parse(price)),
        Price(parse(trigger)),
        client,
        WorkingType(working),
    )


REST_KEYS = (
    "clientAlgoId", "orderType", "symbol", "side", "quantity", "price", "triggerPrice",
    "workingType",
)  # fmt: skip
FRAME_KEYS = ("caid", "o", "s", "S", "q", "p", "tp", "wt")


def record(name: str) -> AlgoRecord:
    row = ROWS[name]
    status = AlgoStatus(row["algoStatus"])
    zero = Qty(0), Amount(0)
    placed = order(row, REST_KEYS)
    changed = AlgoChanged(1, 1, placed, status, False, 0, 0, *zero, None, row["updateTime"])
    return AlgoRecord(row["createTime"], changed)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("placed", lambda: algo_placed(record("placed"), instrument(2, 4))),
        (
            "queried",
            lambda: algo_full(record("queried"), Qty(0), Amount(0), instrument(2, 4), NEWEST),
        ),
        ("open", lambda: algo_waiting(record("open"))),
        (
            "history",
            lambda: algo_full(
                record("history"), Qty(0), Amount(0), instrument(3, 2), NEWEST, in_history=True
            ),
        ),
    ],
)
def test_rows(name: str, written: Callable[[], Row]) -> None:
    """ALG-030: keys, their order and text forms."""
    assert orjson.dumps(written()) == orjson.dumps(ROWS[name])


def test_acknowledgements() -> None:
    """ALG-031: the code is a text for one order, and a number for all of a symbol."""
    box = RestBox()
    sent = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET"}
    box.row(
        "POST", "/fapi/v1/algoOrder", **sent, quantity="0.01", triggerPrice=50000,
        clientAlgoId="protect-1",
    )  # fmt: skip
    assert box.row("DELETE", "/fapi/v1/algoOrder", algoId=FIRST_ALGO_ID) == ROWS["cancel"]
    assert orjson.loads(ALL_CANCELED) == ROWS["cancelAll"]
    assert box.row("DELETE", "/fapi/v1/algoOpenOrders", symbol="BTCUSDT") == ROWS["cancelAll"]


def event(frame: dict[str, dict[str, str]]) -> AlgoChanged:
    told = frame["o"]
    executed = Qty(parse(told.get("aq", "0")))
    return AlgoChanged(
        1,
        int(told["aid"]),
        order(told, FRAME_KEYS),
        AlgoStatus(told["X"]),
        False,
        int(told["ai"] or 0),
        int(told["tt"]),
        executed,
        quote_value(Price(parse(told.get("ap", "0"))), executed),
        None,
        int(str(frame["T"])),
    )


@pytest.mark.parametrize("frame", ROWS["frames"], ids=lambda frame: str(frame["o"]["X"]))
def test_frames(frame: dict[str, dict[str, str]]) -> None:
    """ALG-040: ALGO_UPDATE as recorded in December 2025 (without E, which is T in a box)."""
    changed, doge = event(frame), instrument(5, 0)
    written = algo_update(changed, doge, EventForms(Vintage("2025-12-15")))
    assert written == orjson.dumps(frame)
    newest = orjson.loads(algo_update(changed, doge, EventForms(NEWEST)))
    assert list(newest["o"]) == [*frame["o"], "ia"]


def test_newest_frame() -> None:
    """ALG-040: NEW as recorded in September 2026."""
    frame = ROWS["newest"]
    assert algo_update(event(frame), instrument(4, 1), EventForms(NEWEST)) == orjson.dumps(frame)
