"""A request with two faults is told the one that is looked at first: line by line."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec
import orjson
import pytest

from perpbox.engine.commands import ListInstrument
from perpbox.engine.state import Scope
from perpbox.engine.symbol import PositionControl
from perpbox.money import SCALE
from tests.tidy import source_tree
from tests.unit.errors.stage import (
    BTC,
    HEDGE,
    MINE,
    ORDER,
    Answer,
    Ask,
    as_it_is,
    done,
    expected,
    limit,
    market,
    public,
    raw,
    signed,
)
from tests.unit.errors.test_order_errors import (
    controlled,
    empty_book,
    full_of_orders,
    relisted,
    tradfi,
)
from tests.unit.errors.test_request_errors import (
    GOOD_KEY,
    OTHER_KEY,
    minute_is_used_up,
    orders_are_used_up,
)
from tests.unit.gateway.rest_box import NOW_MS, RestBox

ROW: Final = re.compile(r"^\| (\d+) \| ([^|]+) \| ((?:-\d+(?:, )?)+) \| ([^|]+) \|$", re.MULTILINE)
Arrange = Callable[[RestBox], object]
NEAR: Final = NOW_MS + 1000
LEVERAGE_150: Final = signed("POST", "/fapi/v1/leverage", symbol=BTC, leverage=150)


class Pair(NamedTuple):
    """Two faults: what is told of both, and of the second when the first is repaired.

    An answer is a code and the values in its text.
    """

    first_line: int
    second_line: int
    first: Answer
    second: Answer
    both: Ask
    repaired: Ask
    arrange: Arrange = as_it_is
    arrange_repaired: Arrange | None = None


def all_of(*arranges: Arrange) -> Arrange:
    def arrange(box: RestBox) -> None:
        for each in arranges:
            each(box)

    return arrange


def waiting(box: RestBox) -> None:
    """The account waits to be liquidated, as after the largest cascades."""
    box.state.alarms_waiting.append(Scope(box.account_id, "USDT"))


def halted_gold(box: RestBox) -> None:
    tradfi(box)
    gold = box.state.markets["XAUUSDT"].instrument
    box.submit(ListInstrument(msgspec.structs.replace(gold, is_trading=False)))


def controlled_gold(box: RestBox) -> None:
    tradfi(box)
    gold = box.state.markets["XAUUSDT"].instrument
    control = PositionControl.BOTH
    box.submit(ListInstrument(msgspec.structs.replace(gold, position_control=control)))


HALTED: Final = relisted(is_trading=False)
CONTROLLED: Final = controlled(PositionControl.BOTH)
SIGNED_GOLD: Final = all_of(controlled_gold, done(signed("POST", "/fapi/v1/stock/contract")))
USED_ID_AND_FULL: Final = all_of(relisted(max_num_orders=1), done(MINE))
DEAR: Final = relisted(min_notional=100 * SCALE)
OPEN_ORDERS: Final = raw("GET", "/fapi/v1/openOrders", "", {})
OLD: Final = NOW_MS - 60_000

PAIRS: Final = [
    Pair(
        1,
        2,
        (-5000, "/fapi/v9/time", "GET"),
        (-1003, "127.0.0.1"),
        public("/fapi/v9/time"),
        public("/fapi/v1/time"),
        minute_is_used_up,
    ),
    Pair(
        2, 3, (-1003, "127.0.0.1"), (-2014,), OPEN_ORDERS, OPEN_ORDERS, minute_is_used_up, as_it_is
    ),
    Pair(
        3,
        4,
        (-2014,),
        (-1102, "timestamp"),
        raw("POST", ORDER, "", {}),
        raw("POST", ORDER, "", OTHER_KEY),
    ),
    Pair(
        4,
        5,
        (-1102, "timestamp"),
        (-1102, "signature"),
        raw("POST", ORDER, "", OTHER_KEY),
        raw("POST", ORDER, "timestamp=1", OTHER_KEY),
    ),
    Pair(
        5,
        6,
        (-1102, "signature"),
        (-2015,),
        raw("POST", ORDER, "timestamp=1", OTHER_KEY),
        raw("POST", ORDER, "timestamp=1&signature=0", OTHER_KEY),
    ),
    Pair(
        6,
        7,
        (-2015,),
        (-1022,),
        raw("POST", ORDER, "timestamp=1&signature=0", OTHER_KEY),
        raw("POST", ORDER, "timestamp=1&signature=0", GOOD_KEY),
    ),
    Pair(
        7,
        8,
        (-1022,),
        (-1021,),
        raw("POST", ORDER, "timestamp=1&signature=0", GOOD_KEY),
        signed("POST", ORDER, timestamp=OLD),
    ),
    Pair(
        8,
        9,
        (-1021,),
        (-1015, "300", "10 SECOND"),
        signed("POST", ORDER, timestamp=OLD),
        signed("POST", ORDER),
        orders_are_used_up,
    ),
    Pair(
        9,
        10,
        (-1015, "300", "10 SECOND"),
        (-1101,),
        raw("POST", ORDER, "a=1&a=1"),
        raw("POST", ORDER, "a=1&a=1"),
        orders_are_used_up,
        as_it_is,
    ),
    Pair(
        10,
        11,
        (-1101,),
        (-1102, "symbol"),
        raw("POST", ORDER, "a=1&a=1"),
        raw("POST", ORDER, "a=1"),
    ),
    Pair(11, 12, (-1102, "type"), (-1121,), limit(type=None, symbol="NOPE"), limit(symbol="NOPE")),
    Pair(12, 13, (-1117,), (-4120,), limit(type="STOP", side="HOLD"), limit(type="STOP")),
    Pair(
        13,
        14,
        (-4120,),
        (-1102, "quantity"),
        limit(type="STOP", quantity=None),
        limit(quantity=None),
    ),
    Pair(
        14,
        15,
        (-1102, "quantity"),
        (-1106, "timeinforce"),
        market(quantity=None, timeInForce="GTC"),
        market(timeInForce="GTC"),
    ),
    Pair(
        15,
        16,
        (-1106, "timeinforce"),
        (-4136, "MARKET", "true"),
        market(timeInForce="GTC", closePosition="true"),
        market(closePosition="true"),
    ),
    Pair(
        16,
        17,
        (-4136, "LIMIT", "true"),
        (-1106, "reduceonly"),
        limit(closePosition="true", reduceOnly="false"),
        limit(reduceOnly="false"),
        done(HEDGE),
    ),
    Pair(
        17,
        18,
        (-1106, "reduceonly"),
        (-5037,),
        limit(reduceOnly="false", priceMatch="QUEUE"),
        limit(priceMatch="QUEUE"),
        done(HEDGE),
    ),
    Pair(
        18,
        19,
        (-5037,),
        (-1106, "goodtilldate"),
        limit(priceMatch="QUEUE", goodTillDate=NEAR),
        limit(goodTillDate=NEAR),
    ),
    Pair(19, 20, (-1106, "goodtilldate"), (-4140,), limit(goodTillDate=NEAR), limit(), HALTED),
    Pair(
        20,
        21,
        (-4140,),
        (-4411,),
        limit(symbol="XAUUSDT"),
        limit(symbol="XAUUSDT"),
        halted_gold,
        tradfi,
    ),
    Pair(
        21,
        22,
        (-4411,),
        (-4105,),
        limit(symbol="XAUUSDT"),
        limit(symbol="XAUUSDT"),
        controlled_gold,
        SIGNED_GOLD,
    ),
    Pair(22, 23, (-4105,), (-2023,), limit(), limit(), all_of(CONTROLLED, waiting), waiting),
    Pair(
        23,
        24,
        (-2023,),
        (-5041,),
        limit(priceMatch="OPPONENT", price=None),
        limit(priceMatch="OPPONENT", price=None),
        all_of(empty_book, waiting),
        empty_book,
    ),
    Pair(
        24,
        25,
        (-5041,),
        (-4003,),
        limit(priceMatch="OPPONENT", price=None, quantity="0"),
        limit(quantity="0"),
        empty_book,
    ),
    Pair(
        17,
        25,
        (-1106, "reduceonly"),
        (-4003,),
        limit(reduceOnly="true", quantity="0"),
        limit(quantity="0"),
        done(HEDGE),
    ),
    Pair(25, 26, (-4003,), (-1111,), limit(quantity="-0.0001"), limit(quantity="0.0001")),
    Pair(26, 27, (-1111,), (-4005,), limit(quantity="2000.0001"), limit(quantity="2000")),
    Pair(26, 29, (-1111,), (-4014,), limit(price="58000.0499"), limit(price="58000.05")),
    Pair(27, 28, (-4005,), (-4001,), limit(quantity="2000", price="0"), limit(price="0")),
    Pair(28, 29, (-4013,), (-4014,), limit(price="500.05"), limit(price="58000.05")),
    Pair(29, 30, (-4014,), (-4016, "63000.00"), limit(price="70000.05"), limit(price="70000")),
    Pair(27, 31, (-4005,), (-4131,), market(quantity="121"), market(), empty_book),
    Pair(
        30,
        32,
        (-4024, "57000.00"),
        (-4164, "50"),
        limit(side="SELL", price="700", quantity="0.001"),
        limit(price="700", quantity="0.001"),
    ),
    Pair(
        31,
        32,
        (-4131,),
        (-4164, "100"),
        market(quantity="0.001"),
        market(quantity="0.001"),
        all_of(DEAR, empty_book),
        DEAR,
    ),
    Pair(
        32,
        33,
        (-4164, "50"),
        (-4061,),
        limit(price="700", quantity="0.001", positionSide="LONG"),
        limit(positionSide="LONG"),
    ),
    Pair(
        33,
        34,
        (-4061,),
        (-2022,),
        limit(positionSide="LONG", reduceOnly="true"),
        limit(reduceOnly="true"),
    ),
    Pair(
        34,
        35,
        (-2022,),
        (-5040,),
        limit(reduceOnly="true", timeInForce="GTD", goodTillDate=NEAR),
        limit(timeInForce="GTD", goodTillDate=NEAR),
    ),
    Pair(
        35,
        36,
        (-5040,),
        (-4116,),
        limit(newClientOrderId="mine", timeInForce="GTD", goodTillDate=NEAR),
        MINE,
        done(MINE),
    ),
    Pair(36, 37, (-4116,), (-2025,), MINE, limit(), USED_ID_AND_FULL),
    Pair(
        37,
        38,
        (-2025,),
        (-2027,),
        limit(quantity="6"),
        limit(quantity="6"),
        all_of(done(LEVERAGE_150), full_of_orders),
        done(LEVERAGE_150),
    ),
    Pair(
        38,
        39,
        (-2027,),
        (-2019,),
        limit(quantity="300"),
        limit(quantity="300"),
        done(LEVERAGE_150),
        as_it_is,
    ),
    Pair(
        39,
        40,
        (-2019,),
        (-5022,),
        limit(quantity="300", timeInForce="GTX", price="60001"),
        limit(timeInForce="GTX", price="60001"),
    ),
    Pair(
        39,
        40,
        (-2019,),
        (-5021,),
        limit(quantity="300", timeInForce="FOK", price="60001"),
        limit(timeInForce="FOK", price="60001", quantity="11"),
    ),
]


def lines() -> dict[int, tuple[str, list[int], str]]:
    """The table in the rules: line -> (check, codes, evidence)."""
    text = (source_tree.ROOT / "docs" / "rules.md").read_text()
    return {
        int(row[1]): (row[2], [int(code) for code in row[3].split(", ")], row[4])
        for row in ROW.finditer(text)
    }


def told(ask: Ask, arrange: Arrange) -> dict[str, object]:
    box = RestBox()
    arrange(box)
    answer: dict[str, object] = orjson.loads(ask(box)[2])
    return answer


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.first_line} {pair.second_line}")
def test_the_earlier_line_is_told(pair: Pair) -> None:
    """ERR-002, WIR-039, ORD-014, ORD-015."""
    assert told(pair.both, pair.arrange) == expected(pair.first)
    repaired = pair.arrange_repaired or pair.arrange
    assert told(pair.repaired, repaired) == expected(pair.second)
    table = lines()
    assert pair.first[0] in table[pair.first_line][1]
    assert pair.second[0] in table[pair.second_line][1]


def test_every_line_is_held_against_the_next() -> None:
    """ERR-002: the table has no line that no pair looks at, and each says how it is known."""
    table = lines()
    assert list(table) == list(range(1, 41))
    assert {pair.first_line for pair in PAIRS} == set(range(1, 40))
    assert {pair.second_line for pair in PAIRS} == set(range(2, 41))
    assert all(pair.first_line < pair.second_line for pair in PAIRS)
    for _, _, evidence in table.values():
        assert re.search(r"\b(page|recorded|observed|our choice)\b", evidence)
