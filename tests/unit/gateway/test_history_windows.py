"""Histories as clients page through them: windows, ages, limits; and what symbols may be."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import orjson
import pytest

from perpbox.box import Box
from perpbox.engine.commands import AdvanceTime
from perpbox.wire.auth import Hmac
from perpbox.wire.coverage import contract_rows
from perpbox.wire.kinds import OneOfWhole, Whole
from perpbox.wire.routes import ROUTES
from tests.unit.gateway.rest_box import NOW_MS, RestBox
from tests.unit.specs.test_specs_overlay import NEW_CONTRACT

GOLDEN: Final[dict[str, dict[str, dict[str, Any]]]] = orjson.loads(
    Path(__file__).parents[2].joinpath("golden", "parameters.json").read_bytes()
)
"""Row -> parameter -> whether it is mandatory; of limits the default and what they may be."""
ADDED: Final = {("POST /fapi/v1/order", "closePosition")}
"""Read in order to refuse it in words (WIR-017)."""
IGNORED: Final = {
    ("POST /fapi/v1/order/test", name)
    for name in ("stopPrice", "activationPrice", "callbackRate", "workingType", "priceProtect")
}
"""Of conditional types, which order/test refuses before it looks at them (WIR-015)."""
DAY_MS: Final = 86_400_000
BTC: Final[dict[str, object]] = {"symbol": "BTCUSDT"}
COUNT: Final = 11


def test_the_reference_has_the_contracts_parameters() -> None:
    """WIR-049: names and which of them are mandatory, of every row."""
    retired = {row.name for row in contract_rows() if row.retired}
    assert set(GOLDEN) - retired == {route.name for route in ROUTES}
    for route in ROUTES:
        ours = {(route.name, param.name) for param in route.table.params} - ADDED
        assert ours == {(route.name, name) for name in GOLDEN[route.name]} - IGNORED
        needed = {param.name for param in route.table.mandatory}
        assert needed == {name for name, row in GOLDEN[route.name].items() if "mandatory" in row}


def test_limits_have_the_contracts_defaults_and_bounds() -> None:
    """WIR-044, WIR-049, WIR-111: fundingRate has two defaults, so none in the table."""
    for route in ROUTES:
        for param in route.table.params:
            if param.key != "limit":
                continue
            golden, kind = GOLDEN[route.name]["limit"], param.kind
            if route.path != "/fapi/v1/fundingRate":
                assert param.default == golden["default"], route.name
            if "enum" in golden:
                assert isinstance(kind, OneOfWhole)
                assert list(kind.values) == golden["enum"]
            else:
                # Where the contract says no bounds, 1000 is our choice.
                assert isinstance(kind, Whole)
                assert [kind.low, kind.high] == golden.get("range", [1, 1000]), route.name


class Walk(NamedTuple):
    """A row that can be walked along: by the next id, or by the next millisecond."""

    path: str
    params: dict[str, object]
    key: str
    ask: str
    rows: int = COUNT


def busy() -> RestBox:
    """Eleven of everything, a second apart."""
    box = RestBox(rate_limits=False)
    box.call("POST", "/fapi/v1/marginType", **BTC, marginType="ISOLATED")
    stop: dict[str, object] = BTC | {"algoType": "CONDITIONAL", "side": "SELL", "quantity": "0.01"}
    for _ in range(COUNT):
        box.box_ms += 1000
        box.place(type="MARKET", quantity="0.001", price=None, timeInForce=None)
        box.row("POST", "/fapi/v1/algoOrder", **stop, type="STOP_MARKET", triggerPrice="55000")
        box.row("POST", "/fapi/v1/positionMargin", **BTC, amount="1", type=1)
    return box


WALKS: Final = [
    Walk("/fapi/v1/userTrades", BTC, "id", "fromId"),
    Walk("/fapi/v1/userTrades", BTC, "time", "startTime"),
    Walk("/fapi/v1/allOrders", BTC, "orderId", "orderId"),
    Walk("/fapi/v1/allOrders", BTC, "time", "startTime"),
    Walk("/fapi/v1/allOrders", {}, "time", "startTime"),
    Walk("/fapi/v1/allAlgoOrders", BTC, "algoId", "algoId"),
    Walk("/fapi/v1/allAlgoOrders", BTC, "createTime", "startTime"),
    Walk("/fapi/v1/income", {"incomeType": "COMMISSION"}, "time", "startTime"),
    Walk("/fapi/v1/positionMargin/history", BTC | {"type": 1}, "time", "startTime"),
    Walk("/fapi/v1/aggTrades", BTC, "a", "fromId"),
    Walk("/fapi/v1/aggTrades", BTC, "T", "startTime"),
    Walk("/fapi/v1/historicalTrades", BTC, "id", "fromId"),
]


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: f"{walk.path} {walk.ask} {walk.params}")
def test_a_walk_meets_every_row_once(walk: Walk) -> None:
    """WIR-050: ascending pages of any limit, each from behind the last row of the one before."""
    box = busy()
    whole: list[Any] = [row[walk.key] for row in box.rows("GET", walk.path, **walk.params)]
    if walk.path == "/fapi/v1/positionMargin/history":
        # An isolated fill moves margin too, in the same millisecond.
        whole = sorted(set(whole))
    assert len(whole) == COUNT
    for limit in (2, 4, 500):
        seen: list[Any] = []
        ask: Any = NOW_MS if walk.ask == "startTime" else 0
        while True:
            page = box.rows("GET", walk.path, **walk.params, **{walk.ask: ask}, limit=limit)
            assert len(page) <= limit
            if not page:
                break
            seen += [row[walk.key] for row in page]
            ask = seen[-1] + 1
        assert sorted(set(seen)) == whole


@pytest.mark.parametrize("path", ["/fapi/v1/userTrades", "/fapi/v1/allOrders", "/fapi/v1/income"])
def test_without_a_start_the_newest_rows_come(path: str) -> None:
    """WIR-050, VIE-008: still ascending; a window without them is empty."""
    box = busy()
    params: dict[str, object] = (
        {"incomeType": "COMMISSION"} if path == "/fapi/v1/income" else dict(BTC)
    )
    whole = [row["time"] for row in box.rows("GET", path, **params)]
    newest = [row["time"] for row in box.rows("GET", path, **params, limit=3)]
    assert newest == whole[-3:]
    until: Any = whole[4]
    early = [row["time"] for row in box.rows("GET", path, **params, endTime=until, limit=3)]
    assert early == whole[2:5]
    assert box.rows("GET", path, **params, endTime=NOW_MS - 1) == []


def later(box: RestBox, days: float) -> None:
    """Time passes, and nothing is entered."""
    box.box_ms = NOW_MS + COUNT * 1000 + round(days * DAY_MS)
    box.submit(AdvanceTime())


AGES: Final[list[tuple[str, dict[str, object], float]]] = [
    ("/fapi/v1/userTrades", BTC | {"fromId": 0}, 90),
    ("/fapi/v1/userTrades", BTC | {"startTime": NOW_MS}, 90),
    ("/fapi/v1/income", {"incomeType": "COMMISSION", "startTime": NOW_MS}, 90),
    ("/fapi/v1/positionMargin/history", BTC | {"startTime": NOW_MS}, 30),
    ("/fapi/v1/allOrders", BTC | {"orderId": 1}, 90),
    ("/fapi/v1/aggTrades", BTC | {"fromId": 0}, 2),
    ("/fapi/v1/aggTrades", dict(BTC), 2),
    ("/fapi/v1/historicalTrades", dict(BTC), 30),
]


@pytest.mark.parametrize(("path", "params", "days"), AGES, ids=str)
def test_rows_that_are_too_old_are_gone(path: str, params: dict[str, object], days: float) -> None:
    """WIR-051: counted from the clock, whether anything happened since or not."""
    box = busy()
    later(box, days - 0.01)
    assert len(box.rows("GET", path, **params)) >= COUNT
    later(box, days + 0.01)
    assert box.rows("GET", path, **params) == []


def test_changes_of_an_order_are_told_for_three_months() -> None:
    """WIR-051, WIR-401."""
    box = RestBox(rate_limits=False)
    order_id = box.place()["orderId"]
    change: dict[str, object] = BTC | {"side": "BUY", "quantity": "0.010", "price": "57000"}
    box.row("PUT", "/fapi/v1/order", **change, orderId=order_id)
    ask: dict[str, object] = BTC | {"orderId": order_id}
    later(box, 89.9)
    assert len(box.rows("GET", "/fapi/v1/orderAmendment", **ask)) == 1
    later(box, 90.1)
    assert box.rows("GET", "/fapi/v1/orderAmendment", **ask, startTime=NOW_MS) == []


NEW: Final = "币安人生USDT"
SPELLINGS: Final[list[tuple[str, Callable[[str], str]]]] = [
    ("percent-encoded", quote),
    ("percent-encoded, lower case", lambda symbol: quote(symbol.lower())),
    ("raw UTF-8", str),
]


@pytest.mark.parametrize(("_spelled", "spell"), SPELLINGS)
def test_symbols_of_any_script(_spelled: str, spell: Callable[[str], str]) -> None:
    """WIR-010, WIR-052: taken percent-encoded or raw, in any case; told raw and in capitals."""
    box = Box(
        market="none", clock="frozen", now=NOW_MS, symbols=[NEW], specs={NEW: NEW_CONTRACT},
        wall_ms=lambda: NOW_MS,
    )  # fmt: skip
    box.set_price(NEW, 100)
    account = box.account(1_000)
    headers = {b"x-mbx-apikey": account.key.encode()}

    def ask(method: str, path: str, text: str) -> tuple[int, bytes]:
        query = f"{text}&timestamp={NOW_MS}".encode()
        query += b"&signature=" + Hmac(account.secret.encode()).sign(query)
        status, _, body = box.handle(method, path, query, headers)
        return status, body

    told = f'"symbol":"{NEW}"'.encode()
    order = f"symbol={spell(NEW)}&side=BUY&type=MARKET&quantity=1"
    status, body = ask("POST", "/fapi/v1/order", order)
    assert status == 200, body
    assert told in body
    for path in ("/fapi/v1/userTrades", "/fapi/v1/allOrders", "/fapi/v3/positionRisk"):
        status, body = ask("GET", path, f"symbol={spell(NEW)}")
        assert status == 200, body
        assert told in body
    assert told in box.handle("GET", "/fapi/v1/exchangeInfo")[2]
    path = "/fapi/v1/continuousKlines"
    query = f"pair={spell(NEW)}&contractType=PERPETUAL&interval=1m".encode()
    assert box.handle("GET", path, query)[0] == 200


@pytest.mark.parametrize("name", ["symbol", "SYMBOL", "Symbol", "sYmBoL"])
def test_names_of_parameters_in_any_case(name: str) -> None:
    """WIR-002: over the wire, in the query string and in the body, signed as they were sent."""
    box = RestBox(rate_limits=False)
    odd = {"symbol": None, "quantity": None, name: "btcusdt", "QUANTITY": "0.010"}
    assert "orderId" in box.place(**odd)
    lists = {"orderidlist": "[1]", name: "BTCUSDT"}
    assert box.rows("DELETE", "/fapi/v1/batchOrders", **lists)[0]["orderId"] == 1
