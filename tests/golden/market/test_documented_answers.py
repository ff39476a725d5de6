"""Answers about history and statistics have the keys, types and texts of the known ones."""

import re
from pathlib import Path

import orjson
import pytest

from perpbox.box import Box
from perpbox.wire.vintage import NEWEST
from tests.unit.gateway.rest_box import RestBox
from tests.unit.specs.test_specs_overlay import NEW_CONTRACT
from tests.unit.wire.market_scene import CALLS, scene

GOLDEN = Path(__file__).parent
DATES = {"trading_schedule": "2026-01-01"}
"""API date of an answer whose keys have become more since."""
COINS = {"BTCUSDT": 50_000, "ETHUSDT": 2_000}
INDEX_CONTRACT = NEW_CONTRACT | {"underlyingType": "INDEX"}
DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def golden(name: str) -> dict[str, object]:
    document = orjson.loads((GOLDEN / f"{name}.json").read_bytes())
    assert isinstance(document, dict)
    return document


def form(value: object) -> object:
    """What is left when names and numbers are taken out: keys in order, JSON types, texts."""
    if isinstance(value, dict):
        return {name: form(part) for name, part in value.items()}
    if isinstance(value, list):
        forms = [form(part) for part in value]
        # A row of a candle keeps its places; of a list of alike rows one is enough.
        return forms if any(isinstance(each, str) for each in forms) else forms[:1]
    if isinstance(value, str):
        return "decimal" if DECIMAL.fullmatch(value) else "text"
    return type(value).__name__


@pytest.fixture(scope="module")
def boxes() -> dict[str, RestBox]:
    return {date: scene(date) for date in {NEWEST, *DATES.values()}}


@pytest.mark.parametrize("name", CALLS)
def test_answers_have_the_known_form(boxes: dict[str, RestBox], name: str) -> None:
    """WIR-300."""
    document = golden(name)
    path, params = CALLS[name]
    assert document["endpoint"] == f"GET {path}"
    box = boxes[DATES.get(name, NEWEST)]
    status, _, body = box.raw("GET", path, box.query(**params))
    assert status == 200, body
    answer = orjson.loads(body)
    assert orjson.dumps(form(answer)) == orjson.dumps(form(document["answer"]))


def test_index_baskets_have_the_known_form() -> None:
    """WIR-306."""
    document = golden("index_info")
    specs = {"DEFIUSDT": INDEX_CONTRACT}
    box = Box(market="none", clock="frozen", symbols=[*COINS, "DEFIUSDT"], specs=specs)
    for symbol, price in COINS.items():
        box.set_price(symbol, price)
    box.set_price("DEFIUSDT", 1_000)
    body = box.handle("GET", "/fapi/v1/indexInfo")[2]
    rows = orjson.loads(body)
    assert orjson.dumps(form(rows)) == orjson.dumps(form(document["answer"]))
    weights = [(row["baseAsset"], row["weightInQuantity"]) for row in rows[0]["baseAssetList"]]
    assert weights == [("BTC", "0.01000000"), ("ETH", "0.25000000")]
    assert {row["weightInPercentage"] for row in rows[0]["baseAssetList"]} == {"0.50000000"}
    assert box.handle("GET", "/fapi/v1/indexInfo", b"symbol=BTCUSDT")[2] == b"[]"


def test_delivery_prices_have_the_known_form() -> None:
    """WIR-346."""
    document = golden("delivery_price")
    ended = NEW_CONTRACT | {"deliveryDate": 1_695_945_600_000}
    box = Box(market="none", clock="frozen", now=1_695_945_599_000, specs={"NEWUSDT": ended},
              symbols=["NEWUSDT"])  # fmt: skip
    box.set_price("NEWUSDT", 50)
    box.advance(seconds=1)
    answer = orjson.loads(box.handle("GET", "/futures/data/delivery-price", b"pair=NEWUSDT")[2])
    assert orjson.dumps(form(answer)) == orjson.dumps(form(document["answer"]))
    assert answer[0]["deliveryTime"] == 1_695_945_600_000


def test_the_retired_row_is_an_unknown_path() -> None:
    """WIR-311."""
    document = golden("pm_exchange_info")
    status, _, body = RestBox().raw("GET", "/fapi/v1/pmExchangeInfo")
    assert (status, orjson.loads(body)) == (document["status"], document["answer"])
