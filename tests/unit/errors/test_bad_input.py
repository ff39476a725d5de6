"""Bad input for every row of the route table, made from the table itself."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import orjson
import pytest

from perpbox.engine.hashing import state_hash
from perpbox.wire.kinds import (
    Choice,
    ClientOrderId,
    Decimal,
    Flag,
    JsonList,
    OneOfWhole,
    Symbol,
    Text,
    Whole,
)
from perpbox.wire.params import Param
from perpbox.wire.route import Route
from perpbox.wire.routes import ROUTES
from tests.unit.errors.stage import GOLDEN
from tests.unit.gateway.rest_box import NOW_MS, RestBox

GOOD: Final[dict[type, Callable[[Param], str]]] = {
    Symbol: lambda _: "BTCUSDT",
    Text: lambda _: "BTCUSDT",
    ClientOrderId: lambda _: "mine",
    Whole: lambda _: "1",
    OneOfWhole: lambda param: str(_listed(param)[0]),
    Decimal: lambda _: "1",
    Choice: lambda param: str(_listed(param)[0]),
    Flag: lambda _: "true",
    JsonList: lambda _: "[1]",
}
"""A text that the kind of parameter takes."""
BATCHES: Final = ("POST /fapi/v1/batchOrders", "PUT /fapi/v1/batchOrders")
BOX: Final = RestBox(rate_limits=False)


def _listed(param: Param) -> list[object]:
    listed = param.kind.schema()["enum"]
    assert isinstance(listed, list)
    return listed


def good(route: Route) -> dict[str, object]:
    """The mandatory parameters of a row."""
    return {param.name: GOOD[type(param.kind)](param) for param in route.table.mandatory}


class Bad(NamedTuple):
    """A request of a row with one thing wrong, and the code and name it is told with."""

    route: Route
    fault: str
    params: dict[str, object]
    code: int
    values: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.route.name} {self.fault}"


def told(bad: Bad) -> None:
    """The one answer, and nothing has changed: the box sees no command at all."""
    before, seq = state_hash(BOX.state), BOX.state.seq
    query = BOX.signed_query(**bad.params)
    status, _, body = BOX.raw(bad.route.method, bad.route.path, query)
    msg = GOLDEN[str(bad.code)][1]
    for value in bad.values:
        msg = msg.replace("%s", value, 1)
    assert (status, orjson.loads(body)) == (400, {"code": bad.code, "msg": msg})
    assert (state_hash(BOX.state), BOX.state.seq) == (before, seq)


def left_out() -> Iterator[Bad]:
    for route in ROUTES:
        for param in route.table.mandatory:
            rest = {name: value for name, value in good(route).items() if name != param.name}
            yield Bad(route, f"without {param.name}", rest, -1102, (param.key,))
            empty = good(route) | {param.name: ""}
            yield Bad(route, f"with an empty {param.name}", empty, -1102, (param.key,))


def extra_empty() -> Iterator[Bad]:
    for route in ROUTES:
        for param in route.table.params:
            if not param.mandatory:
                params = good(route) | {param.name: ""}
                yield Bad(route, f"with an empty {param.name}", params, -1105, (param.key,))


def wrong_kind(param: Param) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Texts that a parameter cannot take, and what each of them is told."""
    kind, named = param.kind, (param.key,)
    malformed = -1102 if param.mandatory else -1130
    if isinstance(kind, Whole | OneOfWhole):
        for text in ("one", "1.5", "0x10", "1e3", "٣", "9" * 20, " 1"):
            yield text, malformed, named
    if isinstance(kind, Whole):
        for text in {"-1", str(2**63), str(kind.low - 1)}:
            if text == str(2**63) and kind.clip:
                continue
            yield text, kind.code, (text,) if kind.code != -1130 else named
    if isinstance(kind, OneOfWhole):
        for text in ("-5", "7", "10000"):
            yield text, kind.code, (text,) if kind.code != -1130 else named
    if isinstance(kind, Decimal):
        for text in ("one", "NaN", "inf", "1,5", "0x1", "9" * 41, "--1"):
            yield text, -1102, named
        yield "0.123456789", -1111, ()
    if isinstance(kind, Choice):
        for text in ("nonsense", "1", "null"):
            yield (
                text,
                kind.code,
                (text,) if kind.code in (-4031,) else named * (kind.code == -1130),
            )
    if isinstance(kind, Flag):
        for text in ("1", "yes", "null", "truee"):
            yield text, -1130, named
    if isinstance(kind, Symbol):
        for text in ("NOPE", "BTC USDT", "币" * 65, "%", "null"):
            yield text, -1121, ()
    if isinstance(kind, ClientOrderId):
        for text in ("no blanks", "ß", "x" * 37, "a\x00b", "a&b", '"'):
            yield text, -4015, ()
    if isinstance(kind, Text):
        yield "\x01", -1100, (param.key, "printable text")
        yield "x" * (kind.length_max + 1), -1130, named
    if isinstance(kind, JsonList):
        for text in ("two", "{}", "1", "null", "[", '"[]"', "[" * 5000):
            yield text, malformed, named
        for size in (0, kind.size_max + 1):
            yield str(list(range(size))), kind.code, ()


def wrong_types() -> Iterator[Bad]:
    for route in ROUTES:
        for param in route.table.params:
            for text, code, values in wrong_kind(param):
                fault = f"{param.name}={text[:12]!a}"
                yield Bad(route, fault, good(route) | {param.name: text}, code, values)


def limits() -> Iterator[Bad]:
    for route in ROUTES:
        for param in route.table.params:
            if param.key == "limit":
                code = param.kind.code if isinstance(param.kind, Whole | OneOfWhole) else 0
                for value in (0, 10**9):
                    values = (str(value),) if code == -4021 else ("limit",)
                    yield Bad(route, f"limit={value}", good(route) | {"limit": value}, code, values)


def reversed_times() -> Iterator[Bad]:
    for route in ROUTES:
        names = {param.name for param in route.table.params}
        if {"startTime", "endTime"} <= names:
            times = {"startTime": NOW_MS, "endTime": NOW_MS - 1}
            yield Bad(route, "reversed times", good(route) | times, -1023, ())


def names(cases: list[Bad]) -> list[str]:
    return [bad.name for bad in cases]


LEFT_OUT: Final = list(left_out())
EXTRA_EMPTY: Final = list(extra_empty())
WRONG_TYPES: Final = list(wrong_types())
LIMITS: Final = list(limits())
REVERSED: Final = list(reversed_times())


@pytest.mark.parametrize("bad", LEFT_OUT, ids=names(LEFT_OUT))
def test_each_mandatory_parameter_is_missed(bad: Bad) -> None:
    """WIR-006: by name, in lower case, with -1102, left out or empty."""
    told(bad)


@pytest.mark.parametrize("bad", EXTRA_EMPTY, ids=names(EXTRA_EMPTY))
def test_each_optional_parameter_must_not_be_empty(bad: Bad) -> None:
    """WIR-007."""
    told(bad)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_each_parameter_is_of_its_kind(route: Route) -> None:
    """WIR-005, WIR-007, WIR-008, WIR-009, WIR-010, WIR-019, WIR-025."""
    for bad in WRONG_TYPES:
        if bad.route is route:
            told(bad)


@pytest.mark.parametrize("bad", LIMITS, ids=names(LIMITS))
def test_limits_of_nothing_and_of_a_billion(bad: Bad) -> None:
    """WIR-044: -1130, and -4021 for depth."""
    told(bad)


@pytest.mark.parametrize("bad", REVERSED, ids=names(REVERSED))
def test_times_must_not_be_reversed(bad: Bad) -> None:
    """WIR-043."""
    told(bad)


def test_the_table_has_something_of_everything() -> None:
    """WIR-044: nothing above is empty because the table is read in the wrong way."""
    assert len(LEFT_OUT) > 100
    assert len(EXTRA_EMPTY) > 100
    assert len(LIMITS) == 2 * sum(any(p.key == "limit" for p in r.table.params) for r in ROUTES)
    assert len(REVERSED) > 15
    assert {type(param.kind) for route in ROUTES for param in route.table.params} == set(GOOD)
    assert {bad.code for bad in WRONG_TYPES} > {-1100, -1102, -1111, -1121, -1130, -4015, -4082}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_unknown_parameters_are_ignored_but_signed(route: Route) -> None:
    """WIR-012: whatever the row answers, it answers the same; and the signature covers them."""
    plain, extended = RestBox(rate_limits=False), RestBox(rate_limits=False)
    extra: dict[str, object] = {"unheardOf": "yes", "币": "1"}
    answers = [
        box.raw(route.method, route.path, box.signed_query(**good(route), **more))[::2]
        for box, more in ((plain, {}), (extended, extra))
    ]
    assert _without_made_up_ids(answers[0]) == _without_made_up_ids(answers[1])
    assert state_hash(plain.state) == state_hash(extended.state)
    if route.security.is_signed:
        query = extended.signed_query(**good(route), **extra)
        status, _, body = extended.raw(route.method, route.path, query.replace(b"yes", b"no"))
        assert (status, orjson.loads(body)["code"]) == (400, -1022)


def _without_made_up_ids(answer: tuple[int, bytes]) -> tuple[int, int, bytes]:
    status, body = answer
    return status, len(body), b"" if b"listenKey" in body else body


BY_ID: Final[tuple[tuple[str, str, int], ...]] = (
    ("GET /fapi/v1/order", "orderId", -2013),
    ("GET /fapi/v1/openOrder", "orderId", -2013),
    ("GET /fapi/v1/orderAmendment", "orderId", -2013),
    ("GET /fapi/v1/allOrders", "orderId", 0),
    ("GET /fapi/v1/userTrades", "orderId", 0),
    ("GET /fapi/v1/userTrades", "fromId", 0),
    ("GET /fapi/v1/aggTrades", "fromId", 0),
    ("GET /fapi/v1/historicalTrades", "fromId", 0),
    ("PUT /fapi/v1/order", "orderId", -2013),
    ("DELETE /fapi/v1/order", "orderId", -2011),
    ("GET /fapi/v1/algoOrder", "algoId", -2013),
    ("DELETE /fapi/v1/algoOrder", "algoId", -2013),
    ("GET /fapi/v1/openAlgoOrders", "algoId", 0),
    ("GET /fapi/v1/allAlgoOrders", "algoId", 0),
    ("POST /fapi/v1/convert/acceptQuote", "quoteId", -1130),
    ("GET /fapi/v1/convert/orderStatus", "quoteId", -2013),
    ("GET /fapi/v1/convert/orderStatus", "orderId", -2013),
    ("GET /fapi/v1/order/asyn/id", "downloadId", -1130),
    ("GET /fapi/v1/trade/asyn/id", "downloadId", -1130),
    ("GET /fapi/v1/income/asyn/id", "downloadId", -1130),
)
"""(row, parameter, code for an id that nothing has; 0 is an empty list)."""


@pytest.mark.parametrize("value", [2**53 + 1, 2**63 - 1])
@pytest.mark.parametrize(("name", "param", "code"), BY_ID)
def test_ids_beyond_doubles_are_numbers_like_others(
    name: str, param: str, code: int, value: int
) -> None:
    """WIR-045: an id is found or it is not."""
    route = next(route for route in ROUTES if route.name == name)
    params = good(route) | {param: value}
    if route.method == "PUT":
        params["price"] = 1
    answer = BOX.call(route.method, route.path, **params)
    assert answer == [] if not code else isinstance(answer, dict)
    if isinstance(answer, dict):
        assert answer["code"] == code


def test_every_id_of_the_table_is_looked_up_somewhere() -> None:
    """WIR-045."""
    ids = {
        (route.name, param.name)
        for route in ROUTES
        for param in route.table.params
        if param.name.endswith("Id") and isinstance(param.kind, Whole)
    }
    assert ids - {("PUT /fapi/v1/order", "modifyId")} == {each[:2] for each in BY_ID}


def test_an_id_together_with_another_or_with_times() -> None:
    """WIR-026, WIR-046: an id of an order wins, over a name and over times."""
    box = RestBox(rate_limits=False)
    first, second = (box.place(newClientOrderId=name)["orderId"] for name in ("one", "two"))
    both = box.row(
        "GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=first, origClientOrderId="two"
    )
    assert both["clientOrderId"] == "one"
    early = {"startTime": NOW_MS - 2000, "endTime": NOW_MS - 1000}
    rows = box.rows("GET", "/fapi/v1/allOrders", symbol="BTCUSDT", orderId=second, **early)
    assert [row["orderId"] for row in rows] == [second]
    assert box.rows("GET", "/fapi/v1/allOrders", symbol="BTCUSDT", **early) == []
    stop = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01"}
    placed = box.row("POST", "/fapi/v1/algoOrder", **stop, type="STOP_MARKET", triggerPrice="59000")
    path = "/fapi/v1/allAlgoOrders"
    rows = box.rows("GET", path, symbol="BTCUSDT", algoId=placed["algoId"], **early)
    assert [row["algoId"] for row in rows] == [placed["algoId"]]


def test_an_id_of_the_tape_together_with_times() -> None:
    """WIR-046: of the tape both hold."""
    box = RestBox(rate_limits=False)
    for _ in range(3):
        box.place(type="MARKET", price=None, timeInForce=None)
        box.box_ms += 1000
    path = "/fapi/v1/aggTrades"
    every = [row["a"] for row in box.rows("GET", path, symbol="BTCUSDT")]
    assert len(every) == 3
    times = {"startTime": NOW_MS, "endTime": NOW_MS + 1000}
    rows = box.rows("GET", path, symbol="BTCUSDT", fromId=every[1], **times)
    assert [row["a"] for row in rows] == every[1:2]


@pytest.mark.parametrize("name", BATCHES)
@pytest.mark.parametrize(
    "element", ["1", '"x"', "null", "[]", '{"symbol":[]}', '{"symbol":{}}', "{}"]
)
def test_elements_of_a_batch_are_answered_one_by_one(name: str, element: str) -> None:
    """WIR-024, WIR-025: HTTP 200, and an error in the place of each."""
    method, path = name.split(" ")
    status, _, body = BOX.raw(method, path, BOX.signed_query(batchOrders=f"[{element},{element}]"))
    answers = orjson.loads(body)
    assert status == 200
    assert [answer["code"] for answer in answers] == [-1102 if element == "{}" else -1130] * 2
