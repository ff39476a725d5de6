"""The rows of /futures/data through the REST door."""

import orjson
import pytest

from perpbox import rounding
from perpbox.box import Box
from perpbox.engine.types import Side
from perpbox.money import Rate, parse
from perpbox.views.bounds import DAY_MS
from perpbox.wire.limits import STATISTICS_PER_5M_MAX
from tests.unit.gateway.rest_box import NOW_MS, PRICE, RestBox
from tests.unit.specs.test_specs_overlay import NEW_CONTRACT
from tests.unit.wire.market_scene import FIVE_MINUTES_MS, SYMBOL, move, order, scene, street

Rows = list[dict[str, object]]
HOUR_MS = 3_600_000


@pytest.fixture
def box() -> RestBox:
    return RestBox(rate_limits=False)


def ask(box: RestBox, name: str, **params: object) -> Rows:
    of = {"pair": SYMBOL, "contractType": "PERPETUAL"} if name == "basis" else {"symbol": SYMBOL}
    query = box.query(**({**of, "period": "5m"} | params))
    answer = orjson.loads(box.raw("GET", f"/futures/data/{name}", query)[2])
    assert isinstance(answer, list), answer
    return answer


def code(box: RestBox, name: str, **params: object) -> object:
    return orjson.loads(box.raw("GET", f"/futures/data/{name}", box.query(**params))[2])["code"]


def column(rows: Rows, key: str) -> list[object]:
    return [row[key] for row in rows]


def test_open_interest_stands_at_each_point(box: RestBox) -> None:
    """WIR-340, WIR-341."""
    box.open_account("b" * 64, "b")
    order(box, 1, Side.BUY, 300)
    assert ask(box, "openInterestHist") == []
    move(box, NOW_MS + FIVE_MINUTES_MS - 1, PRICE, PRICE + 100)
    box.box_ms += 1
    first = {
        "symbol": SYMBOL,
        "sumOpenInterest": "0.30000000",
        "sumOpenInterestValue": "18030.00000000",
        "CMCCirculatingSupply": "0",
        "timestamp": NOW_MS + FIVE_MINUTES_MS,
    }
    assert ask(box, "openInterestHist") == [first]
    order(box, 2, Side.SELL, 500)
    assert ask(box, "openInterestHist") == [first]
    box.box_ms += FIVE_MINUTES_MS
    rows = ask(box, "openInterestHist")
    assert rows[0] == first
    assert rows[1]["sumOpenInterest"] == "0.50000000"
    order(box, 1, Side.SELL, 300)
    order(box, 2, Side.BUY, 500)
    box.box_ms += 2 * FIVE_MINUTES_MS
    assert ask(box, "openInterestHist") == rows


def test_open_interest_had_no_supply_before() -> None:
    """WIR-341."""
    box = scene("2025-07-01")
    assert "CMCCirculatingSupply" not in ask(box, "openInterestHist")[0]


def test_windows_of_statistics() -> None:
    """WIR-340."""
    box = scene()
    rows = ask(box, "openInterestHist")
    assert column(rows, "timestamp") == [NOW_MS + n * FIVE_MINUTES_MS for n in range(2, 13)]
    assert ask(box, "openInterestHist", limit=3) == rows[-3:]
    start_ms = NOW_MS + 4 * FIVE_MINUTES_MS
    assert ask(box, "openInterestHist", startTime=start_ms, limit=2) == rows[2:4]
    assert ask(box, "openInterestHist", endTime=start_ms, limit=2) == rows[1:3]
    assert ask(box, "openInterestHist", startTime=0 + NOW_MS - DAY_MS, limit=2) == rows[:2]
    assert ask(box, "openInterestHist", startTime=start_ms + 1, endTime=start_ms + 2) == []
    half = ask(box, "openInterestHist", period="30m")
    assert column(half, "timestamp") == [NOW_MS + HOUR_MS // 2, NOW_MS + HOUR_MS]
    assert half[1] == rows[-1]
    held = orjson.loads(box.raw("GET", "/fapi/v1/openInterest", box.query(symbol=SYMBOL))[2])
    assert parse(held["openInterest"]) == parse(str(rows[-1]["sumOpenInterest"])) > 0


def test_wrong_windows_of_statistics(box: RestBox) -> None:
    """WIR-340."""
    name = "openInterestHist"
    assert code(box, name, symbol=SYMBOL) == -1102
    assert code(box, name, symbol=SYMBOL, period="8h") == -1130
    assert code(box, name, symbol="NOUSDT", period="5m") == -1121
    assert code(box, name, symbol=SYMBOL, period="5m", limit=501) == -1130
    month_ago_ms = NOW_MS - 30 * DAY_MS
    assert code(box, name, symbol=SYMBOL, period="5m", startTime=month_ago_ms - 1) == -1130
    assert ask(box, name, startTime=month_ago_ms) == []


def test_accounts_long_and_short() -> None:
    """WIR-342, WIR-343: one long, two short; the richest of the three is the top trader."""
    box = scene()
    end_ms = NOW_MS + 12 * FIVE_MINUTES_MS
    assert ask(box, "globalLongShortAccountRatio", limit=1) == [
        {
            "symbol": SYMBOL,
            "longShortRatio": "0.5000",
            "longAccount": "0.3333",
            "shortAccount": "0.6667",
            "timestamp": end_ms,
        }
    ]
    balances = {
        account_id: box.state.ledger.balance(account_id, "USDT") for account_id in (1, 2, 3)
    }
    assert max(balances, key=lambda each: (balances[each], -each)) == 2
    for name in ("topLongShortAccountRatio", "topLongShortPositionRatio"):
        top = ask(box, name, limit=1)[0]
        assert (top["longAccount"], top["shortAccount"]) == ("0.0000", "1.0000")
        assert top["longShortRatio"] == "0.0000"


def test_nobody_on_the_other_side(box: RestBox) -> None:
    """WIR-343."""
    order(box, 1, Side.BUY, 300)
    box.box_ms += FIVE_MINUTES_MS
    row = ask(box, "globalLongShortAccountRatio")[0]
    assert (row["longShortRatio"], row["longAccount"]) == ("10000.0000", "1.0000")


def test_the_top_needs_a_key(box: RestBox) -> None:
    """WIR-342."""
    query = box.query(symbol=SYMBOL, period="5m")
    for name in ("topLongShortAccountRatio", "topLongShortPositionRatio"):
        status, _, body = box.raw("GET", f"/futures/data/{name}", query, headers={})
        assert (status, orjson.loads(body)["code"]) == (401, -2014)


def test_what_takers_did(box: RestBox) -> None:
    """WIR-344."""
    street(box, PRICE + 1, 387_330)
    street(box, PRICE - 1, 248_503, buyer_is_maker=True)
    assert ask(box, "takerlongshortRatio") == []
    box.box_ms += 2 * FIVE_MINUTES_MS
    assert ask(box, "takerlongshortRatio") == [
        {
            "buySellRatio": "1.5586",
            "buyVol": "387.3300",
            "sellVol": "248.5030",
            "timestamp": NOW_MS + FIVE_MINUTES_MS,
        }
    ]


def test_basis_is_the_last_price_over_the_index(box: RestBox) -> None:
    """WIR-345."""
    street(box, PRICE + 9, 1)
    move(box, NOW_MS + 1, PRICE - 15)
    box.box_ms = NOW_MS + FIVE_MINUTES_MS
    assert ask(box, "basis") == [
        {
            "indexPrice": "59985.00000000",
            "contractType": "PERPETUAL",
            "basisRate": "0.0004",
            "futuresPrice": "60009.00",
            "annualizedBasisRate": "",
            "basis": "24.00000000",
            "pair": SYMBOL,
            "timestamp": NOW_MS + FIVE_MINUTES_MS,
        }
    ]
    assert ask(box, "basis", contractType="CURRENT_QUARTER") == []
    wrong = {"pair": "NOUSDT", "contractType": "PERPETUAL", "period": "5m"}
    assert code(box, "basis", **wrong) == -1121
    assert code(box, "delivery-price", pair="NOUSDT") == -1121


def test_a_contract_that_ended_has_a_delivery_price() -> None:
    """WIR-346."""
    specs = {"NEWUSDT": NEW_CONTRACT | {"deliveryDate": NOW_MS + DAY_MS}}
    box = Box(market="none", clock="frozen", now=NOW_MS, symbols=list(specs), specs=specs)
    box.set_price("NEWUSDT", "40.5")
    path, query = "/futures/data/delivery-price", b"pair=newusdt"
    assert box.handle("GET", path, query)[2] == b"[]"
    box.advance(hours=24)
    assert orjson.loads(box.handle("GET", path, query)[2]) == [
        {"deliveryTime": NOW_MS + DAY_MS, "deliveryPrice": 40.5}
    ]


def test_rates_of_statistics() -> None:
    """WIR-343, WIR-345."""
    assert rounding.share_e4(-1, 3) == Rate(parse("-0.3333"))
    assert rounding.side_ratio(2, 0) == parse("10000")


def test_statistics_have_a_bucket_of_their_own() -> None:
    """LIM-011."""
    box = RestBox()
    query = box.query(symbol=SYMBOL, period="5m")
    path = "/futures/data/takerlongshortRatio"
    for _ in range(STATISTICS_PER_5M_MAX):
        status, head, _ = box.raw("GET", path, query)
        assert (status, head) == (200, b"")
    status, head, body = box.raw("GET", path, query)
    assert (status, orjson.loads(body)["code"]) == (429, -1003)
    assert b"Retry-After: 300" in head
    assert box.raw("GET", "/fapi/v1/ping")[0] == 200
    assert box.raw("GET", path, query, peer="10.0.0.2")[0] == 200
    box.wall_ms += FIVE_MINUTES_MS
    assert box.raw("GET", path, query)[0] == 200
