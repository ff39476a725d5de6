"""Market data from histories: old trades, candles of a pair, open interest, index, sessions."""

from itertools import pairwise

import orjson
import pytest

from perpbox.engine.types import Side
from perpbox.money import SCALE, parse
from perpbox.views.bounds import DAY_MS
from tests.unit.gateway.rest_box import NOW_MS, PRICE, RestBox
from tests.unit.wire.market_scene import SYMBOL, move, order, street

WEEK_MS = 7 * DAY_MS


@pytest.fixture
def box() -> RestBox:
    return RestBox(rate_limits=False)


def rows(box: RestBox, path: str, **params: object) -> list[dict[str, object]]:
    answer = orjson.loads(box.raw("GET", path, box.query(**params))[2])
    assert isinstance(answer, list), answer
    return answer


def one(box: RestBox, path: str, **params: object) -> dict[str, object]:
    answer = orjson.loads(box.raw("GET", path, box.query(**params))[2])
    assert isinstance(answer, dict), answer
    return answer


def ids(box: RestBox, **params: object) -> list[object]:
    return [row["id"] for row in rows(box, "/fapi/v1/historicalTrades", symbol=SYMBOL, **params)]


def test_old_trades_go_forward_from_an_id(box: RestBox) -> None:
    """WIR-301."""
    for units in range(1, 8):
        street(box, PRICE + 1, units)
    assert ids(box) == [1, 2, 3, 4, 5, 6, 7]
    assert ids(box, limit=2) == [6, 7]
    assert ids(box, limit=2, fromId=3) == [3, 4]
    assert ids(box, fromId=0, limit=1) == [1]
    assert ids(box, fromId=8) == []
    newest = rows(box, "/fapi/v1/trades", symbol=SYMBOL)
    assert rows(box, "/fapi/v1/historicalTrades", symbol=SYMBOL) == newest


def test_old_trades_are_gone_after_a_month(box: RestBox) -> None:
    """WIR-301."""
    street(box, PRICE + 1, 1)
    box.box_ms += 30 * DAY_MS
    assert ids(box) == [1]
    box.box_ms += 1
    assert ids(box) == []
    assert ids(box, fromId=1) == []


def test_old_trades_need_a_key_and_no_signature(box: RestBox) -> None:
    """WIR-301."""
    query = box.query(symbol=SYMBOL)
    status, _, body = box.raw("GET", "/fapi/v1/historicalTrades", query, headers={})
    assert (status, orjson.loads(body)["code"]) == (401, -2014)
    assert box.raw("GET", "/fapi/v1/historicalTrades", query)[0] == 200


def test_candles_of_a_pair_are_those_of_its_contract(box: RestBox) -> None:
    """WIR-302."""
    street(box, PRICE + 1, 5)
    path = "/fapi/v1/continuousKlines"
    candles = box.raw("GET", "/fapi/v1/klines", box.query(symbol=SYMBOL, interval="1m"))[2]
    asked: dict[str, object] = {"pair": "btcusdt", "interval": "1m"}
    perpetual = box.query(**asked, contractType="PERPETUAL")
    assert box.raw("GET", path, perpetual)[2] == candles != b"[]"
    assert rows(box, path, **asked, contractType="CURRENT_QUARTER") == []
    assert one(box, path, **asked, contractType="WEEKLY")["code"] == -4104
    unknown = one(box, path, pair="XUSDT", interval="1m", contractType="PERPETUAL")
    assert unknown == {"code": -4144, "msg": "Invalid pair"}
    wrong = one(box, path, pair=SYMBOL, interval="1s", contractType="PERPETUAL")
    assert wrong["code"] == -1120


def test_the_rpi_book_is_the_book_to_its_full_depth(box: RestBox) -> None:
    """WIR-303."""
    whole = box.raw("GET", "/fapi/v1/depth", box.query(symbol=SYMBOL, limit=1000))[2]
    assert box.raw("GET", "/fapi/v1/rpiDepth", box.query(symbol=SYMBOL))[2] == whole
    assert one(box, "/fapi/v1/rpiDepth", symbol=SYMBOL, limit=500)["code"] == -4021


def test_open_interest_counts_each_contract_once(box: RestBox) -> None:
    """WIR-304."""
    box.open_account("b" * 64, "b")
    held = []
    for account_id, side, units in (
        (1, Side.BUY, 300),
        (2, Side.SELL, 100),
        (2, Side.SELL, 400),
        (1, Side.SELL, 300),
        (2, Side.BUY, 500),
    ):
        order(box, account_id, side, units)
        held.append(one(box, "/fapi/v1/openInterest", symbol=SYMBOL)["openInterest"])
    assert held == ["0.300", "0.300", "0.500", "0.500", "0.000"]


def test_constituents_weigh_up_to_the_index(box: RestBox) -> None:
    """WIR-305."""
    move(box, NOW_MS + 1, 61_234)
    answer = one(box, "/fapi/v1/constituents", symbol=SYMBOL)
    assert answer["time"] == NOW_MS + 1
    parts = answer["constituents"]
    assert isinstance(parts, list)
    sums = [parse(part["price"]) * parse(part["weight"]) for part in parts]
    assert sum(sums) == 61_234 * SCALE * SCALE
    assert sum(parse(part["weight"]) for part in parts) == SCALE
    assert len({part["price"] for part in parts}) == 3


def test_constituents_had_no_prices_before() -> None:
    """WIR-305."""
    box = RestBox("2025-04-22", rate_limits=False)
    parts = one(box, "/fapi/v1/constituents", symbol=SYMBOL)["constituents"]
    assert isinstance(parts, list)
    assert [list(part) for part in parts] == [["exchange", "symbol"]] * 3


def test_the_schedule_spans_two_weeks_around_yesterday(box: RestBox) -> None:
    """WIR-307."""
    answer = one(box, "/fapi/v1/tradingSchedule")
    midnight_ms = NOW_MS - NOW_MS % DAY_MS
    assert answer["updateTime"] == midnight_ms
    markets = answer["marketSchedules"]
    assert isinstance(markets, dict)
    assert list(markets) == ["EQUITY", "COMMODITY", "KR_EQUITY", "HK_EQUITY", "CN_EQUITY", "FX"]
    for schedule in markets.values():
        sessions = schedule["sessions"]
        for earlier, later in pairwise(sessions):
            assert earlier["endTime"] == later["startTime"]
            assert earlier["type"] != later["type"]
        assert sessions[0]["startTime"] <= midnight_ms - DAY_MS - WEEK_MS < sessions[0]["endTime"]
        last = sessions[-1]
        assert last["startTime"] < midnight_ms - DAY_MS + WEEK_MS <= last["endTime"]


def test_the_schedule_had_no_markets_before() -> None:
    """WIR-307."""
    box = RestBox("2025-12-10", rate_limits=False)
    assert one(box, "/fapi/v1/tradingSchedule")["marketSchedules"] == {}
