"""``GET /explain/positionRisk`` and the queries of the lab."""

import json

import pytest

from perpbox.box import Box
from perpbox.lab.api import PREFIX
from perpbox.lab.body import read_query
from perpbox.lab.errors import LabCode, LabError

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
    assert list(found) == ["account", "multiAssetsMargin", "positions", "assets", "totals"]
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
