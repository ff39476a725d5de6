"""``GET /explain/positionRisk`` and the queries of the lab."""

import json
from typing import Any

import pytest

from perpbox.box import Box
from perpbox.lab.api import PREFIX
from perpbox.lab.body import read_query
from perpbox.lab.errors import LabCode, LabError
from tests.property.stated_formula import check

PATH = "/explain/positionRisk"


@pytest.fixture(name="box")
def fresh_box() -> Box:
    return Box(market="none", clock="frozen", symbols=["BTCUSDT", "ETHUSDT"], seed=1)


def ask(box: Box, path: str, query: bytes, method: str = "GET", body: bytes = b"") -> object:
    status, _, answer = box.handle(method, PREFIX + path, query, body=body)
    found = json.loads(answer)
    return found if status == 200 else (status, found["code"], found["msg"])


def test_explains_a_symbol(box: Box) -> None:
    """EXP-006: rows, margin asset and totals, and the state stays as it was."""
    box.set_price("BTCUSDT", "60000")
    before = ask(box, "/state", b"")
    found = ask(box, PATH, b"account=1&symbol=BTCUSDT")
    assert isinstance(found, dict)
    assert list(found) == [
        "account",
        "multiAssetsMargin",
        "positions",
        "assets",
        "totals",
        "market",
    ]
    assert [(row["symbol"], row["positionSide"]) for row in found["positions"]] == [
        ("BTCUSDT", "BOTH")
    ]
    available = found["assets"][0]["fields"]["availableBalance"]
    assert available["printed"] == {"account v2": "100000.00000000"}
    assert available["steps"][0]["terms"] == [
        {
            "name": "walletBalance",
            "value": "100000.00000000",
            "unit": "USDT",
            "source": "wallet balance of USDT (ledger)",
        }
    ]
    assert ask(box, "/state", b"") == before


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        (b"", -9006, "account is missing"),
        (b"account=1", -9006, "symbol is missing"),
        (b"symbol=BTCUSDT", -9006, "account is missing"),
        (b"account=1&symbol=", -9007, "symbol must be a string"),
        (b"account=one&symbol=BTCUSDT", -9007, "account must be a whole number"),
        (b"account=0&symbol=BTCUSDT", -9007, "account must be a whole number"),
        (b"account=77&symbol=BTCUSDT", -9009, "there is no account 77"),
        (b"account=1&symbol=btcusdt", -9008, "there is no symbol 'btcusdt'"),
        (b"account=1&symbol=%F0%9F%98%80", -9008, "there is no symbol"),
        (b"account=1&symbol=BTCUSDT&leverage=3", -9005, "there is no field 'leverage'"),
        (b"account=1&account=1&symbol=BTCUSDT", -9015, "names a field twice"),
        (b"account", -9015, "name=value pairs"),
        (b"account=1&symbol=%FF", -9015, "UTF-8 in percent-encoding"),
        (b"account=\xff", -9015, "UTF-8 in percent-encoding"),
        (b"&".join(b"account=1" for _ in range(30)), -9015, "at most 20"),
    ],
)
def test_bad_queries(box: Box, query: bytes, code: int, words: str) -> None:
    """EXP-007, LAB-011: each refusal has its code and says what to change."""
    found = ask(box, PATH, query)
    assert isinstance(found, tuple)
    status, told, msg = found
    assert (status, told) == (400, code)
    assert words in msg


def test_fields_have_one_place(box: Box) -> None:
    """LAB-013: a GET has its fields in the query, a POST in its body; none gets lost."""
    body = b'{"account":1,"symbol":"BTCUSDT"}'
    for found in (
        ask(box, PATH, b"", body=body),
        ask(box, "/clock", b"mode=real"),
        ask(box, "/reset", b"now=1", method="POST"),
        ask(box, "/clock", b"mode=frozen", method="POST", body=b'{"mode":"frozen"}'),
    ):
        assert isinstance(found, tuple)
        assert found[:2] == (400, -9005)
    wrong = ask(box, PATH, b"account=1&symbol=BTCUSDT", method="POST")
    assert isinstance(wrong, tuple)
    assert wrong[:2] == (405, -9002)


def test_query_is_decoded() -> None:
    """LAB-013: percent-encoding and plus signs, as forms have them."""
    fields = read_query(b"symbol=A%42C+D", ("symbol",))
    assert fields.text("symbol") == "ABC D"
    with pytest.raises(LabError) as refusal:
        read_query(b"other=1", ())
    assert refusal.value.code is LabCode.FIELD_UNKNOWN


def test_one_leg_of_a_symbol(box: Box) -> None:
    """EXP-006: with positionSide, that leg alone; one that the mode does not have is refused."""
    box.account(hedge=True)
    found = ask(box, PATH, b"account=2&symbol=BTCUSDT&positionSide=SHORT")
    assert isinstance(found, dict)
    assert [row["positionSide"] for row in found["positions"]] == ["SHORT"]
    refused = ask(box, PATH, b"account=2&symbol=BTCUSDT&positionSide=BOTH")
    assert isinstance(refused, tuple)
    assert refused[:2] == (400, -9007)


def market_of(box: Box, symbol: str = "BTCUSDT") -> dict[str, dict[str, Any]]:
    found = ask(box, "/explain/market", b"symbol=" + symbol.encode())
    assert isinstance(found, dict)
    for each in found["fields"].values():
        check(each)
    fields: dict[str, dict[str, Any]] = found["fields"]
    return fields


def test_prices_that_the_lab_set(box: Box) -> None:
    """EXP-008: a pinned price says so; the rate of the lab too."""
    box.set_price("BTCUSDT", "60000")
    body = b'{"symbol":"BTCUSDT","rate":"0.001"}'
    ask(box, "/fundingRate", b"", "POST", body)
    found = market_of(box)
    assert set(found) == {"markPrice", "indexPrice", "lastFundingRate"}
    for field in ("markPrice", "indexPrice"):
        assert found[field]["steps"][0]["terms"][0]["source"] == "BTCUSDT: pinned by the lab"
        assert found[field]["printed"] == {"premiumIndex": "60000.00000000"}
    rate = found["lastFundingRate"]
    assert rate["steps"][0]["terms"][0]["source"] == "BTCUSDT: set by the lab for the next funding"
    assert rate["printed"] == {"premiumIndex": "0.00100000"}


def test_a_mark_that_is_the_index(box: Box) -> None:
    """EXP-008: without a market that says more."""
    ask(box, "/prices", b"", "POST", b'{"symbol":"BTCUSDT","index":"60000"}')
    found = market_of(box)
    assert found["markPrice"]["note"] == "the mark is the index"
    assert found["indexPrice"]["steps"][0]["terms"][0]["source"] == "BTCUSDT: pinned by the lab"


def test_prices_by_the_formula() -> None:
    """EXP-008: the median of the legs, and the rate of the premium, out of their terms."""
    box = Box(market="sim", clock="frozen", seed=3)
    seen: set[str] = set()
    for _ in range(8):
        box.advance(seconds=7)
        for symbol in list(box.state.markets)[:12]:
            for field, each in market_of(box, symbol).items():
                seen.update(f"{field} {step['name']}" for step in each["steps"])
    assert {"markPrice fundingLeg", "markPrice bookLeg", "lastFundingRate lastFundingRate"} <= seen


@pytest.mark.parametrize("bid", ["59000", "60010", "61000"])
def test_a_funding_rate_by_the_premium(box: Box, bid: str) -> None:
    """EXP-008: where no source gives it, from the average premium, damped and capped."""
    ask(box, "/prices", b"", "POST", b'{"symbol":"BTCUSDT","index":"60000"}')
    depth = f'{{"symbol":"BTCUSDT","bids":[["{bid}","900"]],"asks":[["61000.1","900"]]}}'
    ask(box, "/depth", b"", "POST", depth.encode())
    box.advance(minutes=3)
    rate = market_of(box)["lastFundingRate"]
    assert [step["name"] for step in rate["steps"]] == ["uncapped", "lastFundingRate"]
    premium = rate["steps"][0]["terms"][0]
    assert (premium["name"], float(premium["value"]) > 0) == ("averagePremium", bid != "59000")
