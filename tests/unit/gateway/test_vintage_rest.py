"""Both sides of the dated changes of REST: what a box answers the day before, and on the day."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from perpbox.box import Box
from perpbox.wire.changes import ENDPOINTS, Change
from perpbox.wire.route import Security
from perpbox.wire.routes import ROUTES

SYMBOL = "BTCUSDT"


class Era:
    """A box with the API of one day and an account that trades."""

    def __init__(self, day: date) -> None:
        options: dict[str, object] = {"market": "none", "clock": "frozen", "symbols": [SYMBOL]}
        self.box = Box(**options, api_date=day.isoformat(), rate_limits="off")
        self.trader = self.box.account(usdt=100_000)
        self.maker = self.box.account(usdt=100_000)
        self.box.set_price(SYMBOL, 60_000)

    def call(self, method: str, path: str, **params: object) -> Any:
        """The JSON of a signed call's answer; of a refusal, its code."""
        query = urlencode({**params, "timestamp": self.box.desk.now_ms()})
        digest = hmac.new(self.trader.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        head = {b"x-mbx-apikey": self.trader.key.encode()}
        target = f"{query}&signature={digest}".encode()
        status, _, body = self.box.handle(method, path, target, head)
        answer = json.loads(body)
        return answer if status == 200 else answer["code"]

    def order(self, kind: str = "LIMIT", quantity: str = "0.1", **params: object) -> Any:
        if kind == "LIMIT":
            params = {"timeInForce": "GTC", **params}
        return self.call(
            "POST",
            "/fapi/v1/order",
            symbol=SYMBOL,
            side="BUY",
            type=kind,
            quantity=quantity,
            **params,
        )

    def bid(self) -> int:
        """The id of a LIMIT order that rests."""
        placed = self.order(price="59000")
        return int(placed["orderId"])

    def modify(self, **params: object) -> Any:
        return self.call(
            "PUT",
            "/fapi/v1/order",
            symbol=SYMBOL,
            orderId=self.bid(),
            side="BUY",
            quantity="0.1",
            **params,
        )

    def keys(self, method: str, path: str, **params: object) -> set[str]:
        """Keys of the answer's first row, or of the answer."""
        answer = self.call(method, path, **params)
        return set(answer[0] if isinstance(answer, list) else answer)


def both_sides(change: Change, look: Callable[[Era], object]) -> tuple[object, object]:
    """What ``look`` sees the day before a change and on its day."""
    day = date(*change.value.day)
    before, since = Era(day - timedelta(days=1)), Era(day)
    return look(before), look(since)


def new_keys(change: Change, look: Callable[[Era], set[str]]) -> tuple[set[str], set[str]]:
    """(keys that the change brought, keys that it took away)."""
    day = date(*change.value.day)
    before, since = look(Era(day - timedelta(days=1))), look(Era(day))
    return since - before, before - since


@pytest.mark.parametrize("path", ENDPOINTS)
def test_an_endpoint_is_unknown_before_its_day(path: str) -> None:
    """VIN-002: 404 with -5000, over REST; on its day it is there."""
    day = date(*ENDPOINTS[path].value.day)
    rows = [row for row in ROUTES if row.path == path]
    assert rows
    for row in rows:
        for era, is_there in ((Era(day - timedelta(days=1)), False), (Era(day), True)):
            status, _, body = era.box.handle(row.method, path)
            is_unknown = (status, json.loads(body)) == (
                404,
                {"code": -5000, "msg": f"Path {path}, Method {row.method} is invalid"},
            )
            assert is_unknown is not is_there
            if row.security is not Security.NONE and is_there:
                assert status == 401


def test_documents_list_what_the_day_knows() -> None:
    """VIN-002: the OpenAPI document of a box has no endpoint that is not there yet."""
    era = Era(date(2024, 7, 23))
    paths = json.loads(era.box.handle("GET", "/openapi.json")[2])["paths"]
    assert "/fapi/v2/positionRisk" in paths
    assert "/fapi/v3/positionRisk" not in paths


def test_a_callback_rate_of_20() -> None:
    """VIN-003."""
    assert both_sides(Change.CALLBACK_RATE_20, lambda era: _trail(era, "20")) == (-1130, "NEW")
    assert both_sides(Change.CALLBACK_RATE_20, lambda era: _trail(era, "20.1")) == (-1130, -1130)
    assert both_sides(Change.CALLBACK_RATE_20, lambda era: _trail(era, "10")) == ("NEW", "NEW")


def _trail(era: Era, rate: str) -> object:
    answer = era.call(
        "POST",
        "/fapi/v1/algoOrder",
        algoType="CONDITIONAL",
        symbol=SYMBOL,
        side="SELL",
        type="TRAILING_STOP_MARKET",
        quantity="0.1",
        callbackRate=rate,
    )
    return answer if isinstance(answer, int) else answer["algoStatus"]


def _fills_after(era: Era, days: int) -> object:
    era.order("MARKET")
    now_ms = era.box.desk.now_ms()
    era.box.advance(hours=24 * days)
    return len(
        era.call("GET", "/fapi/v1/userTrades", symbol=SYMBOL, startTime=now_ms, endTime=now_ms + 9)
    )


def test_how_far_fills_reach_back() -> None:
    """VIN-004: 3 months since 2026-08-26, 6 before."""
    months_3 = Change.USER_TRADES_3_MONTHS
    assert both_sides(months_3, lambda era: _fills_after(era, 89)) == (1, 1)
    assert both_sides(months_3, lambda era: _fills_then_another(era, 91)) == (1, 0)
    assert both_sides(months_3, lambda era: _fills_then_another(era, 181)) == (0, 0)


def _fills_then_another(era: Era, days: int) -> object:
    """A fill drops out of the history with the first one behind the bound."""
    era.order("MARKET")
    then_ms = era.box.desk.now_ms()
    era.box.advance(hours=24 * days)
    era.order("MARKET")
    return len(
        era.call(
            "GET", "/fapi/v1/userTrades", symbol=SYMBOL, startTime=then_ms, endTime=then_ms + 9
        )
    )


def _old_trades_after(era: Era, days: int) -> object:
    era.order("MARKET")
    era.box.advance(hours=24 * days)
    return len(era.call("GET", "/fapi/v1/historicalTrades", symbol=SYMBOL, limit=5)) > 0


def test_how_far_public_trades_reach_back() -> None:
    """VIN-005: 1 month since 2026-03-19, 3 before."""
    month = Change.OLD_TRADES_1_MONTH
    assert both_sides(month, lambda era: _old_trades_after(era, 29)) == (True, True)
    assert both_sides(month, lambda era: _old_trades_after(era, 31)) == (True, False)
    assert both_sides(month, lambda era: _old_trades_after(era, 91)) == (False, False)


def test_all_orders_without_a_symbol() -> None:
    """VIN-006."""
    change = Change.ALL_ORDERS_WITHOUT_SYMBOL
    assert both_sides(change, lambda era: era.call("GET", "/fapi/v1/allOrders")) == (-1102, [])


def _after_a_fill(path: str) -> Callable[[Era], set[str]]:
    def look(era: Era) -> set[str]:
        era.order("MARKET")
        return era.keys("GET", path, symbol=SYMBOL)

    return look


def test_pair_and_base_in_histories() -> None:
    """VIN-007."""
    change = Change.PAIR_AND_BASE
    assert new_keys(change, _after_a_fill("/fapi/v1/allOrders")) == ({"pair", "cumBase"}, set())
    brought = {"pair", "baseQty", "marginAsset"}
    assert new_keys(change, _after_a_fill("/fapi/v1/userTrades")) == (brought, set())


def test_margin_asset_of_fills_went_away_for_a_while() -> None:
    """VIN-007."""
    change = Change.TRADES_WITHOUT_MARGIN_ASSET
    assert new_keys(change, _after_a_fill("/fapi/v1/userTrades")) == (set(), {"marginAsset"})


def test_modify_id() -> None:
    """VIN-008."""
    change = Change.MODIFY_ID
    brought = new_keys(change, lambda era: set(era.modify(price="58000", modifyId="7")))
    assert brought == ({"modifyId"}, set())


def test_reduce_only_of_a_modification() -> None:
    """VIN-008: before October 2026 it is not looked at."""
    change = Change.MODIFY_REDUCE_ONLY
    got = both_sides(change, lambda era: _code(era.modify(price="58000", reduceOnly="true")))
    assert got == (0, -5047)


def test_a_modification_by_price_match() -> None:
    """VIN-008: ignored before 2024; beside a price until April 2026; then instead of one."""
    match: dict[str, object] = {"priceMatch": "QUEUE"}
    both: dict[str, object] = {"priceMatch": "QUEUE", "price": "58000"}
    change = Change.MODIFY_PRICE_MATCH
    assert both_sides(change, lambda era: era.modify(**both)["price"]) == ("58000.00", "60000.00")
    change = Change.MODIFY_WITHOUT_PRICE
    assert both_sides(change, lambda era: _code(era.modify(**match))) == (-1102, 0)
    assert both_sides(change, lambda era: _code(era.modify(**both))) == (0, -5037)


def _code(answer: object) -> int:
    return answer if isinstance(answer, int) else 0


def test_funding_rate_type() -> None:
    """VIN-009."""

    def look(era: Era) -> set[str]:
        era.box.advance(hours=8)
        return era.keys("GET", "/fapi/v1/fundingRate", symbol=SYMBOL)

    assert new_keys(Change.FUNDING_RATE_TYPE, look) == ({"rateType"}, set())


def test_acknowledgements_lose_their_average() -> None:
    """VIN-010: queries keep it."""
    change = Change.ACKS_WITHOUT_AVERAGE
    gone = {"avgPrice", "cumQuote", "cumQty"}
    brought, taken = new_keys(change, lambda era: set(era.order(price="59000")))
    assert not brought
    assert taken <= gone
    assert {"avgPrice", "cumQuote"} <= taken

    def look(era: Era) -> set[str]:
        return era.keys("GET", "/fapi/v1/order", symbol=SYMBOL, orderId=era.bid())

    brought, taken = new_keys(change, look)
    assert not (brought | taken) & {"avgPrice", "cumQuote"}


def test_open_orders_tell_a_strategy() -> None:
    """VIN-010."""

    def look(era: Era) -> set[str]:
        era.bid()
        return era.keys("GET", "/fapi/v1/openOrders", symbol=SYMBOL)

    assert new_keys(Change.OPEN_ORDERS_STRATEGY, look) == ({"strategyType"}, set())


def test_conditional_orders_tell_what_became_of_them() -> None:
    """VIN-011."""

    def look(era: Era) -> set[str]:
        placed = era.call(
            "POST",
            "/fapi/v1/algoOrder",
            algoType="CONDITIONAL",
            symbol=SYMBOL,
            side="BUY",
            type="STOP_MARKET",
            quantity="0.1",
            triggerPrice="60100",
        )
        era.box.set_price(SYMBOL, 60_100)
        return era.keys("GET", "/fapi/v1/algoOrder", algoId=placed["algoId"])

    brought, taken = new_keys(Change.ALGO_ACTUAL, look)
    assert brought == {"actualType", "actualQty"}
    assert taken
    assert all(key.startswith(("tp", "sl")) for key in taken)


def test_aggregates_and_trades_of_retail_orders() -> None:
    """VIN-012."""
    aggregates = new_keys(Change.AGGREGATES_NORMAL_QUANTITY, _after_a_fill("/fapi/v1/aggTrades"))
    assert aggregates == ({"nq"}, set())
    trades = new_keys(Change.RPI_TRADES, _after_a_fill("/fapi/v1/trades"))
    assert trades == ({"isRPITrade"}, set())

    def rates(era: Era) -> set[str]:
        return era.keys("GET", "/fapi/v1/commissionRate", symbol=SYMBOL)

    assert new_keys(Change.RPI_BOOKS, rates) == ({"rpiCommissionRate"}, set())


def test_the_filter_of_conditional_orders() -> None:
    """VIN-013."""

    def look(era: Era) -> set[str]:
        (row,) = era.call("GET", "/fapi/v1/exchangeInfo")["symbols"]
        return {each["filterType"] for each in row["filters"]}

    assert new_keys(Change.NO_ALGO_FILTER, look) == (set(), {"MAX_NUM_ALGO_ORDERS"})


@pytest.mark.parametrize("match", ["OPPONENT_10", "OPPONENT_20"])
def test_deep_price_matches_were_withdrawn(match: str) -> None:
    """VIN-014: until then the order takes the price of that level."""
    level = int(match.rpartition("_")[2])

    def look(era: Era) -> object:
        placed = era.order(priceMatch=match)
        return placed if isinstance(placed, int) else placed["price"]

    before, since = both_sides(Change.NO_OPPONENT_10, look)
    asks = Era(date(2025, 1, 1)).call("GET", "/fapi/v1/depth", symbol=SYMBOL, limit=50)["asks"]
    assert (before, since) == (asks[level - 1][0], -5037)
    algo: dict[str, object] = {"algoType": "CONDITIONAL", "symbol": SYMBOL, "side": "BUY"}
    algo |= {"type": "STOP", "quantity": "0.1", "triggerPrice": "61000", "priceMatch": match}
    stopped = both_sides(
        Change.NO_OPPONENT_10, lambda era: _code(era.call("POST", "/fapi/v1/algoOrder", **algo))
    )
    assert stopped == (0, -5037)


def test_supply_and_weights() -> None:
    """VIN-015."""

    def interest(era: Era) -> set[str]:
        era.order("MARKET")
        era.box.advance(minutes=10)
        return era.keys("GET", "/futures/data/openInterestHist", symbol=SYMBOL, period="5m")

    assert new_keys(Change.SUPPLY, interest) == ({"CMCCirculatingSupply"}, set())

    def constituents(era: Era) -> set[str]:
        rows = era.call("GET", "/fapi/v1/constituents", symbol=SYMBOL)["constituents"]
        return set(rows[0])

    assert new_keys(Change.WEIGHTED_CONSTITUENTS, constituents) == ({"price", "weight"}, set())


def test_flags_of_accounts() -> None:
    """VIN-016."""

    def account(era: Era) -> set[str]:
        return era.keys("GET", "/fapi/v2/account")

    assert new_keys(Change.FEE_BURN, account) == ({"feeBurn"}, set())
    modes = {"tradeGroupId", "multiAssetsMargin"}
    assert new_keys(Change.ACCOUNT_MODES_TOLD, account) == (modes, set())


def test_rows_of_positions() -> None:
    """VIN-016."""

    def risk(era: Era) -> set[str]:
        return era.keys("GET", "/fapi/v2/positionRisk", symbol=SYMBOL)

    extended = {"breakEvenPrice", "isolated", "adlQuantile"}
    assert new_keys(Change.BREAK_EVEN, risk) == (extended, set())


def test_fields_of_matching() -> None:
    """VIN-016."""

    def order(era: Era) -> set[str]:
        return era.keys("GET", "/fapi/v1/order", symbol=SYMBOL, orderId=era.bid())

    fields = {"priceMatch", "selfTradePreventionMode", "goodTillDate"}
    assert new_keys(Change.MATCH_FIELDS, order) == (fields, set())


def test_a_prolonged_key_is_told() -> None:
    """VIN-017."""

    def look(era: Era) -> object:
        opened = era.call("POST", "/fapi/v1/listenKey")
        return era.call("PUT", "/fapi/v1/listenKey") == opened

    assert both_sides(Change.PROLONGED_KEY_TOLD, look) == (False, True)
    day = date(*Change.PROLONGED_KEY_TOLD.value.day) - timedelta(days=1)
    before = Era(day)
    before.call("POST", "/fapi/v1/listenKey")
    assert before.call("PUT", "/fapi/v1/listenKey") == {}


def _risk_after_thirds(era: Era, field: str) -> object:
    """A long of three fills whose average has no end."""
    era.order("MARKET", "0.001")
    era.box.set_price(SYMBOL, "60000.1")
    era.order("MARKET", "0.002")
    (row,) = era.call("GET", "/fapi/v2/positionRisk", symbol=SYMBOL)
    return row[field]


def test_texts_of_entry_prices() -> None:
    """VIN-018: doubles since August 2021, the whole quotient since 2026."""
    before, since = both_sides(
        Change.ENTRY_AS_DOUBLE, lambda era: _risk_after_thirds(era, "entryPrice")
    )
    assert len(str(before).partition(".")[2]) == 5
    assert len(str(since).partition(".")[2]) > 5
    before, since = both_sides(
        Change.ENTRY_UNROUNDED, lambda era: _risk_after_thirds(era, "entryPrice")
    )
    assert len(str(before).replace(".", "")) <= 13
    assert len(str(since).replace(".", "")) > 13


def test_initial_margin_rounds_up() -> None:
    """VIN-018: before, it was cut; 60.0001 at 3x shows it."""

    def look(era: Era) -> object:
        era.call("POST", "/fapi/v1/leverage", symbol=SYMBOL, leverage="3")
        era.order("MARKET", "0.001")
        era.box.set_price(SYMBOL, "60000.1")
        rows = era.call("GET", "/fapi/v2/account")["positions"]
        (row,) = [each for each in rows if each["symbol"] == SYMBOL]
        return row["positionInitialMargin"]

    cut_and_raised = ("20.00003373", "20.00003374")
    assert both_sides(Change.INITIAL_MARGIN_UP, look) == cut_and_raised


def test_the_text_of_no_average() -> None:
    """VIN-018."""

    def look(era: Era) -> object:
        order = era.call("GET", "/fapi/v1/order", symbol=SYMBOL, orderId=era.bid())
        return order["avgPrice"]

    assert both_sides(Change.ZERO_AVERAGE_SHORT, look) == ("0.00000", "0.00")


def test_the_cap_at_leverage_1() -> None:
    """VIN-018: printed as a double since 2023."""

    def look(era: Era) -> object:
        era.call("POST", "/fapi/v1/leverage", symbol=SYMBOL, leverage="1")
        (row,) = era.call("GET", "/fapi/v2/positionRisk", symbol=SYMBOL)
        return row["maxNotionalValue"]

    before, since = both_sides(Change.ONE_TIMES_CAP, look)
    assert str(before).isdecimal()
    assert not str(since).isdecimal()
    assert float(str(before)) == float(str(since))
