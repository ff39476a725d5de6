"""The two examples on the official page of positionRisk V2 come out of a live server."""

import json
from pathlib import Path
from typing import Any

import pytest

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount
from tests.live import Live

HERE = Path(__file__).parent
ROWS = json.loads((HERE / "documented_rows.json").read_text())
SPECS = json.loads((HERE / "brackets_btcusdt_2021.json").read_text())
NOT_COMPARED = {"updateTime", "breakEvenPrice"}
BREAK_EVEN_DATE = "2023-09-05"


def opened(box: Box, account: OpenedAccount) -> Live:
    return Live(box.url, account.key, account.secret, box.desk.now_ms())


def shown(rows: Any) -> list[dict[str, object]]:
    return [{k: v for k, v in row.items() if k not in NOT_COMPARED} for row in rows]


def ok(answer: tuple[int, Any]) -> Any:
    status, body = answer
    assert status == 200, body
    return body


def test_the_isolated_flat_row_of_2021() -> None:
    """MAR-001: the one-way isolated flat row, string for string."""
    options = {"market": "none", "clock": "frozen", "api_date": "2021-07-05", "specs": SPECS}
    with Box(symbols=("BTCUSDT",), **options) as box:
        client = opened(box, box.account())
        prices = {"symbol": "BTCUSDT", "mark": "6679.50671178"}
        ok(client.lab("POST", "/prices", prices))
        ok(client.signed("POST", "/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED"))
        ok(client.signed("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=10))
        rows = ok(client.signed("GET", "/fapi/v2/positionRisk", symbol="BTCUSDT"))
    assert shown(rows) == [ROWS["isolated_flat_2021"]]


@pytest.mark.parametrize("api_date", ["2022-06-14", BREAK_EVEN_DATE])
def test_the_hedge_rows_of_2022(api_date: str) -> None:
    """MAR-001: a long of 0.001 and the flat short beside it, string for string.

    The wallet is drawn down through the lab until the liquidation price is the printed one.
    Fields that came on 2023-09-05 are absent before that date and there from then on.
    """
    options = {"market": "none", "clock": "frozen", "api_date": api_date, "specs": SPECS}
    with Box(symbols=("BTCUSDT",), **options) as box:
        account = box.account(usdt=100, maker_fee="0", taker_fee="0", hedge=True)
        client = opened(box, account)
        ok(client.lab("POST", "/prices", {"symbol": "BTCUSDT", "index": "22185.2"}))
        depth = {"symbol": "BTCUSDT", "bids": [["22185.1", "1"]], "asks": [["22185.2", "1"]]}
        ok(client.lab("POST", "/depth", depth))
        ok(client.signed("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=4))
        order = {"side": "BUY", "positionSide": "LONG", "type": "MARKET", "quantity": "0.001"}
        ok(client.signed("POST", "/fapi/v1/order", symbol="BTCUSDT", **order))
        ok(client.lab("POST", "/prices", {"symbol": "BTCUSDT", "mark": "21123.05052574"}))
        drawn = {"account": account.account_id, "asset": "USDT", "amount": "-97.46732947"}
        ok(client.lab("POST", "/deposits", drawn))
        rows = ok(client.signed("GET", "/fapi/v2/positionRisk", symbol="BTCUSDT"))
    extended = api_date >= BREAK_EVEN_DATE
    assert ("isolated" in rows[0], "breakEvenPrice" in rows[0]) == (extended, extended)
    added = {"isolated": False, "adlQuantile": 0} if extended else {}
    assert shown(rows) == [{**row, **added} for row in ROWS["hedge_2022"]]
