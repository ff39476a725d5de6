"""Conversions over the wire: quotes from the asset indexes, money through the ledger."""

import pytest

from perpbox.money import SCALE
from tests.unit.gateway.rest_box import RestBox

PAIRS = "/fapi/v1/convert/exchangeInfo"
QUOTE = "/fapi/v1/convert/getQuote"
ACCEPT = "/fapi/v1/convert/acceptQuote"
ORDER = "/fapi/v1/convert/orderStatus"
TO_BTC: dict[str, object] = {"fromAsset": "USDT", "toAsset": "BTC"}


@pytest.fixture
def box() -> RestBox:
    return RestBox(rate_limits=False)


def wallet(box: RestBox, asset: str) -> int:
    return box.state.ledger.balance(box.account_id, asset)


def code(box: RestBox, method: str, path: str, **params: object) -> object:
    return box.row(method, path, **params).get("code")


def test_pairs_are_all_assets_with_an_index(box: RestBox) -> None:
    """WIR-406: in both directions, with amounts worth 20 to 2,500,000 dollars."""
    rows = box.rows("GET", PAIRS, fromAsset="BTC", toAsset="usdt")
    assert len(rows) == 1
    assert list(rows[0]) == [
        "fromAsset", "toAsset", "fromAssetMinAmount", "fromAssetMaxAmount", "toAssetMinAmount",
        "toAssetMaxAmount",
    ]  # fmt: skip
    usdt = float(str(rows[0]["toAssetMinAmount"]))
    btc = float(str(rows[0]["fromAssetMinAmount"]))
    assert 59_000 < usdt / btc < 61_000
    every = box.rows("GET", PAIRS)
    assert all(row["fromAsset"] != row["toAsset"] for row in every)
    assert {str(row["fromAsset"]) for row in every} == {str(row["toAsset"]) for row in every}
    assert code(box, "GET", PAIRS, fromAsset="PEPPER") == -1108


def test_a_quote_is_taken_and_the_money_moves(box: RestBox) -> None:
    """WIR-407, WIR-408, WIR-409: one asset less, the other more, and the books still balance."""
    quote = box.row("POST", QUOTE, **TO_BTC, fromAmount="600")
    assert quote["validTimestamp"] == box.box_ms + 10_000
    assert quote["fromAmount"] == "600"
    done = box.row("POST", ACCEPT, quoteId=quote["quoteId"])
    assert (done["orderStatus"], done["createTime"]) == ("PROCESS", box.box_ms)
    assert wallet(box, "USDT") == 99_400 * SCALE
    assert wallet(box, "BTC") == int(float(str(quote["toAmount"])) * SCALE + 0.5)
    assert set(box.state.ledger.total().values()) == {0}
    row = box.row("GET", ORDER, orderId=done["orderId"])
    assert row == {
        "orderId": int(str(done["orderId"])),
        "orderStatus": "SUCCESS",
        "fromAsset": "USDT",
        "fromAmount": "600",
        "toAsset": "BTC",
        "toAmount": quote["toAmount"],
        "ratio": quote["ratio"],
        "inverseRatio": quote["inverseRatio"],
        "createTime": box.box_ms,
    }
    assert int(str(done["orderId"])) > 2**53
    assert box.row("GET", ORDER, quoteId=quote["quoteId"]) == row
    kinds = [row["incomeType"] for row in box.rows("GET", "/fapi/v1/income")]
    assert kinds[-2:] == ["COIN_SWAP_WITHDRAW", "COIN_SWAP_DEPOSIT"]


def test_the_wanted_amount_says_what_is_given(box: RestBox) -> None:
    """WIR-407: the other way round, never too little given."""
    quote = box.row("POST", QUOTE, **TO_BTC, toAmount="0.01", validTime="10s")
    assert quote["toAmount"] == "0.01"
    assert 590 < float(str(quote["fromAmount"])) < 610


def test_a_quote_is_good_for_ten_seconds_and_once(box: RestBox) -> None:
    """WIR-408: then -1130, and nothing has moved; another account's likewise."""
    first = box.row("POST", QUOTE, **TO_BTC, fromAmount="600")["quoteId"]
    second = box.row("POST", QUOTE, **TO_BTC, fromAmount="600")["quoteId"]
    box.box_ms += 10_000
    assert "orderId" in box.row("POST", ACCEPT, quoteId=first)
    assert code(box, "POST", ACCEPT, quoteId=first) == -1130
    box.box_ms += 1
    assert code(box, "POST", ACCEPT, quoteId=second) == -1130
    assert wallet(box, "USDT") == 99_400 * SCALE
    assert code(box, "POST", ACCEPT, quoteId="x") == -1102


def test_without_the_funds_there_is_a_rate_and_nothing_to_take(box: RestBox) -> None:
    """WIR-407, WIR-408: no quoteId; and -2018 when the funds went in the meantime."""
    assert "quoteId" not in box.row("POST", QUOTE, **TO_BTC, fromAmount="100001")
    quote = box.row("POST", QUOTE, **TO_BTC, fromAmount="99000")
    box.place(price="60001", quantity="1")
    assert code(box, "POST", ACCEPT, quoteId=quote["quoteId"]) == -2018


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, -1102),
        ({"fromAmount": "100", "toAmount": "1"}, -1128),
        ({"fromAmount": "19.99"}, -1130),
        ({"fromAmount": "2500001"}, -1130),
        ({"fromAmount": "-100"}, -1130),
        ({"toAmount": "0"}, -1130),
        ({"fromAmount": "100", "validTime": "30s"}, -1130),
        ({"fromAmount": "100", "toAsset": "PEPPER"}, -1108),
        ({"fromAmount": "100", "toAsset": "USDT"}, -1108),
    ],
)
def test_quotes_that_are_refused(box: RestBox, params: dict[str, object], expected: int) -> None:
    """WIR-407."""
    before = box.state.conversions.next_quote_id
    assert code(box, "POST", QUOTE, **TO_BTC | params) == expected
    assert box.state.conversions.next_quote_id == before


def test_conversions_nobody_made(box: RestBox) -> None:
    """WIR-409: -1102 without a number, -2013 for one that is not the account's."""
    assert code(box, "GET", ORDER) == -1102
    assert code(box, "GET", ORDER, orderId=1) == -2013
    quote = box.row("POST", QUOTE, **TO_BTC, fromAmount="600")
    assert code(box, "GET", ORDER, quoteId=quote["quoteId"]) == -2013


def test_quotes_are_counted_by_the_hour_and_by_the_day() -> None:
    """LIM-012: 360 and 500 an account, then 429 -1003; the weight counts as ever."""
    box = RestBox()
    limits = box.limits
    for _ in range(360):
        limits.count_quotes("1", box.wall_ms)
    status, head, _ = box.raw("POST", QUOTE, box.signed_query(**TO_BTC, fromAmount="600"))
    assert status == 429
    assert b"Retry-After: 3600\r\n" in head
    assert b"X-MBX-USED-WEIGHT-1M: 50\r\n" in head
    limits.count_quotes("2", box.wall_ms)
    box.wall_ms = box.box_ms = box.wall_ms + 3_600_000
    assert "quoteId" in box.row("POST", QUOTE, **TO_BTC, fromAmount="600")
    for _ in range(139):
        limits.count_quotes("1", box.wall_ms)
    assert code(box, "POST", QUOTE, **TO_BTC, fromAmount="600") == -1003
