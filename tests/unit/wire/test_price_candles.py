"""Candles of index, mark and premium through the REST door."""

import orjson
import pytest

from perpbox.engine.commands import SetDepth
from perpbox.engine.events import BookChanged, PremiumSampled
from perpbox.engine.premium import premium_index
from perpbox.money import SCALE, Price, Qty, fixed
from tests.unit.gateway.rest_box import NOW_MS, PRICE, RestBox
from tests.unit.wire.market_scene import MINUTE_MS, SYMBOL, move

MARK = "/fapi/v1/markPriceKlines"
INDEX = "/fapi/v1/indexPriceKlines"
PREMIUM = "/fapi/v1/premiumIndexKlines"


@pytest.fixture
def box() -> RestBox:
    return RestBox(rate_limits=False)


def ask(box: RestBox, path: str, **params: object) -> list[list[object]]:
    name = "pair" if path == INDEX else "symbol"
    query = box.query(**{name: SYMBOL, "interval": "1m"} | params)
    answer = orjson.loads(box.raw("GET", path, query)[2])
    assert isinstance(answer, list), answer
    return answer


def prices(row: list[object]) -> list[object]:
    return row[1:5]


def test_mark_and_index_are_drawn_apart(box: RestBox) -> None:
    """WIR-308."""
    move(box, NOW_MS + 1_000, PRICE + 7, PRICE + 9)
    move(box, NOW_MS + 2_000, PRICE - 3, PRICE - 5)
    move(box, NOW_MS + 3_000, PRICE + 1, PRICE + 2)
    assert ask(box, INDEX) == [
        [
            NOW_MS,
            "60000.00000000",
            "60007.00000000",
            "59997.00000000",
            "60001.00000000",
            "0",
            NOW_MS + 59_999,
            "0",
            4,
            "0",
            "0",
            "0",
        ]
    ]
    marks = ask(box, MARK)
    assert prices(marks[0]) == [
        "60000.00000000",
        "60009.00000000",
        "59995.00000000",
        "60002.00000000",
    ]


def test_minutes_without_a_change_are_flat(box: RestBox) -> None:
    """WIR-309."""
    move(box, NOW_MS + 3 * MINUTE_MS, PRICE + 1)
    box.box_ms += MINUTE_MS
    rows = ask(box, MARK)
    assert [row[0] for row in rows] == [NOW_MS + n * MINUTE_MS for n in range(5)]
    assert [row[4] for row in rows] == ["60000.00000000"] * 3 + ["60001.00000000"] * 2
    assert [row[8] for row in rows] == [60, 60, 60, 60, 1]
    assert ask(box, MARK, interval="1h")[0][1:5] == [
        "60000.00000000",
        "60001.00000000",
        "60000.00000000",
        "60001.00000000",
    ]


def test_the_premium_is_drawn_sample_by_sample(box: RestBox) -> None:
    """WIR-308: bids far above the index are a premium, and asks far below are a discount."""
    ten = Qty(10 * SCALE)

    def quote(at_ms: int, bid: int, ask_price: int) -> str:
        box.box_ms = at_ms
        bids = ((Price(bid * SCALE), ten),)
        asks = ((Price(ask_price * SCALE), ten),)
        box.submit(SetDepth(SYMBOL, bids, asks, replace=True))
        return fixed(premium_index(box.state.markets[SYMBOL]))

    over = quote(NOW_MS + 1, PRICE + 60, PRICE + 61)
    under = quote(NOW_MS + 20_000, PRICE - 61, PRICE - 60)
    box.box_ms = NOW_MS + 25_000
    rows = ask(box, PREMIUM)
    assert (over[:8], under[:8]) == ("0.001000", "-0.00099")
    assert [prices(row) for row in rows] == [[over, over, under, under]]
    assert rows[0][8] == 6
    box.box_ms = NOW_MS + 2 * MINUTE_MS
    assert [row[4] for row in ask(box, PREMIUM)] == [under] * 3


def test_a_contract_without_prices_has_no_candles(box: RestBox) -> None:
    """WIR-309."""
    assert ask(box, MARK, symbol="ETHUSDT") == []
    assert ask(box, INDEX, pair="ETHUSDT") == []
    assert ask(box, PREMIUM, symbol="ETHUSDT") == []
    query = box.query(pair="NOUSDT", interval="1m")
    assert orjson.loads(box.raw("GET", INDEX, query)[2])["code"] == -4144


def test_samples_are_told_behind_what_an_order_did(box: RestBox) -> None:
    """WIR-308: what falls due with a command stands in nobody's way."""
    box.box_ms = NOW_MS + 60_000
    assert box.place()["status"] == "NEW"
    box.box_ms += 60_000
    ten = Qty(10 * SCALE)
    levels = ((Price((PRICE - 30) * SCALE), ten),)
    events = box.submit(SetDepth(SYMBOL, levels, (), replace=False))
    assert [type(event) for event in events] == [BookChanged, PremiumSampled]
