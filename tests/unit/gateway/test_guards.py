import orjson
import pytest

from perpbox.gateway.guards import GUARDS, guards_of
from perpbox.wire.auth import Hmac
from perpbox.wire.routes import ROUTES
from tests.unit.gateway.rest_box import KEY, NOW_MS, SECRET, RestBox

RISK = "/fapi/v2/positionRisk"
ORDER = "/fapi/v1/order"
MISSING = "Mandatory parameter '{}' was not sent, was empty/null, or malformed."
NO_KEY: dict[bytes, bytes] = {}
GOOD_KEY = {b"x-mbx-apikey": KEY.encode()}
OTHER_KEY = {b"x-mbx-apikey": b"x" * 64}


def signed(text: str) -> bytes:
    return text.encode() + b"&signature=" + Hmac(SECRET.encode()).sign(text.encode())


def told(
    method: str, path: str, query: bytes, headers: dict[bytes, bytes], body: bytes = b""
) -> tuple[int, int, str]:
    """Status, code and text; code 0 when all was well."""
    status, _, answer = RestBox().raw(method, path, query, headers=headers, body=body)
    value = orjson.loads(answer)
    if not isinstance(value, dict):
        return status, 0, ""
    return status, value.get("code", 0), value.get("msg", "")


def test_the_order_of_the_checks() -> None:
    """WIR-039."""
    assert [guard.__name__ for _, guard in GUARDS] == [
        "weigh",
        "key_sent",
        "timing_sent",
        "signature_sent",
        "key_known",
        "signature_valid",
        "in_time",
        "orders_counted",
        "quotes_counted",
        "files_counted",
        "readable",
        "parameters",
    ]


def test_public_routes_pass_three_guards() -> None:
    """WIR-039."""
    ping = next(route for route in ROUTES if route.path == "/fapi/v1/ping")
    assert [guard.__name__ for guard in guards_of(ping)] == ["weigh", "readable", "parameters"]


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "status", "code", "msg"),
    [
        # each row has all the faults of the rows below it
        (
            "GET",
            "/fapi/v1/nothing",
            b"a=%",
            NO_KEY,
            404,
            -5000,
            "Path /fapi/v1/nothing, Method GET is invalid",
        ),
        (
            "PATCH",
            ORDER,
            b"a=%",
            NO_KEY,
            404,
            -5000,
            "Path /fapi/v1/order, Method PATCH is invalid",
        ),
        ("POST", ORDER, b"a=%&b=1&b=1", NO_KEY, 401, -2014, "API-key format invalid."),
        (
            "POST",
            ORDER,
            b"a=%&b=1&b=1",
            {b"x-mbx-apikey": b""},
            401,
            -2014,
            "API-key format invalid.",
        ),
        ("POST", ORDER, b"a=%&b=1&b=1", OTHER_KEY, 400, -1102, MISSING.format("timestamp")),
        (
            "POST",
            ORDER,
            b"a=%&signature=useless",
            OTHER_KEY,
            400,
            -1102,
            MISSING.format("timestamp"),
        ),
        (
            "POST",
            ORDER,
            b"a=%&timestamp=&signature=useless",
            OTHER_KEY,
            400,
            -1102,
            MISSING.format("timestamp"),
        ),
        (
            "POST",
            ORDER,
            b"a=%&timestamp=yesterday&signature=useless",
            OTHER_KEY,
            400,
            -1102,
            MISSING.format("timestamp"),
        ),
        ("POST", ORDER, b"a=%&timestamp=1", OTHER_KEY, 400, -1102, MISSING.format("signature")),
        (
            "POST",
            ORDER,
            b"a=%&timestamp=1&signature=",
            OTHER_KEY,
            400,
            -1102,
            MISSING.format("signature"),
        ),
        (
            "POST",
            ORDER,
            b"a=%&timestamp=1&signature=useless",
            OTHER_KEY,
            401,
            -2015,
            "Invalid API-key, IP, or permissions for action.",
        ),
        (
            "POST",
            ORDER,
            b"a=%&timestamp=1&signature=useless",
            GOOD_KEY,
            400,
            -1022,
            "Signature for this request is not valid.",
        ),
        (
            "POST",
            ORDER,
            signed("a=%&timestamp=1"),
            GOOD_KEY,
            400,
            -1021,
            "Timestamp for this request is outside of the recvWindow.",
        ),
        (
            "POST",
            ORDER,
            signed("a=%&recvWindow=soon&timestamp=1"),
            GOOD_KEY,
            400,
            -1130,
            "Data sent for parameter 'recvwindow' is not valid.",
        ),
        (
            "POST",
            ORDER,
            signed(f"a=%&timestamp={NOW_MS}"),
            GOOD_KEY,
            400,
            -1100,
            "Illegal characters found in parameter 'a'; "
            "legal range is 'UTF-8 in percent-encoding'.",
        ),
        (
            "POST",
            ORDER,
            signed(f"a=1&a=1&timestamp={NOW_MS}"),
            GOOD_KEY,
            400,
            -1101,
            "Too many parameters sent for this endpoint.",
        ),
        (
            "POST",
            ORDER,
            signed(f"symbol=NOPE&type=X&timestamp={NOW_MS}"),
            GOOD_KEY,
            400,
            -1102,
            MISSING.format("side"),
        ),
        (
            "POST",
            ORDER,
            signed(f"symbol=NOPE&side=X&type=X&timestamp={NOW_MS}"),
            GOOD_KEY,
            400,
            -1121,
            "Invalid symbol.",
        ),
        (
            "POST",
            ORDER,
            signed(f"symbol=BTCUSDT&side=X&type=X&timestamp={NOW_MS}"),
            GOOD_KEY,
            400,
            -1117,
            "Invalid side.",
        ),
        (
            "POST",
            ORDER,
            signed(f"symbol=BTCUSDT&side=BUY&type=X&timestamp={NOW_MS}"),
            GOOD_KEY,
            400,
            -1116,
            "Invalid orderType.",
        ),
    ],
)
def test_the_first_fault_is_told(
    method: str,
    path: str,
    query: bytes,
    headers: dict[bytes, bytes],
    status: int,
    code: int,
    msg: str,
) -> None:
    """WIR-001, WIR-039."""
    assert told(method, path, query, headers) == (status, code, msg)


def test_a_json_body_is_not_read() -> None:
    """WIR-011."""
    body = orjson.dumps({"symbol": "BTCUSDT", "timestamp": NOW_MS})
    status, code, msg = told("POST", ORDER, b"", GOOD_KEY, body)
    assert (status, code, msg) == (400, -1102, MISSING.format("timestamp"))


@pytest.mark.parametrize(
    ("offset_ms", "window", "code"),
    [
        (-5000, "", 0),
        (-5001, "", -1021),
        (999, "", 0),
        (1000, "", -1021),
        (-9000, "&recvWindow=9000", 0),
        (-9001, "&recvWindow=9000", -1021),
        (-1, "&recvWindow=0", -1021),
        (-60_000, "&recvWindow=9999999", 0),
    ],
)
def test_the_window(offset_ms: int, window: str, code: int) -> None:
    """AUT-008."""
    query = signed(f"symbol=BTCUSDT{window}&timestamp={NOW_MS + offset_ms}")
    assert told("GET", RISK, query, GOOD_KEY)[1] == code


def test_a_timestamp_ahead_has_a_text_of_its_own() -> None:
    """AUT-008."""
    assert told("GET", RISK, signed(f"timestamp={NOW_MS + 1000}"), GOOD_KEY)[2] == (
        "Timestamp for this request was 1000ms ahead of the server's time."
    )


@pytest.mark.parametrize(
    ("box_ms", "wall_ms", "only_box", "status"),
    [
        (NOW_MS, NOW_MS - 10**9, False, 200),
        (NOW_MS - 10**9, NOW_MS, False, 200),
        (NOW_MS - 10**9, NOW_MS, True, 400),
        (NOW_MS - 10**9, NOW_MS + 10**9, False, 400),
    ],
)
def test_either_clock_will_do_unless_it_must_be_the_boxs(
    box_ms: int, wall_ms: int, only_box: bool, status: int
) -> None:
    """AUT-009."""
    box = RestBox()
    box.box_ms, box.wall_ms = box_ms, wall_ms
    box.api.entrance.box_time_only = only_box
    assert box.raw("GET", RISK, signed(f"timestamp={NOW_MS}"))[0] == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_parameters_from_query_and_body(method: str) -> None:
    """WIR-003."""
    box = RestBox()
    order_id = str(box.place()["orderId"])
    query = b"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=57000"
    body = f"orderId={order_id}&quantity=0.01&price=1&timestamp={NOW_MS}".encode()
    body += b"&signature=" + Hmac(SECRET.encode()).sign(query + body)
    status, _, answer = box.raw(method, ORDER, query, body=body)
    assert status == 200, answer
    if method != "DELETE":
        assert orjson.loads(answer)["price"] == "57000.00"


def test_a_form_body_alone() -> None:
    """WIR-003."""
    box = RestBox()
    text = f"marginType=ISOLATED&recvwindow=10000&symbol=BTCUSDT&timestamp={NOW_MS}".encode()
    body = text + b"&signature=" + Hmac(SECRET.encode()).sign(text)
    assert box.raw("POST", "/fapi/v1/marginType", body=body)[2] == b'{"code":200,"msg":"success"}'


def test_refused_requests_cost_weight_and_unknown_paths_do_not() -> None:
    """LIM-001, LIM-008."""
    box = RestBox()
    assert box.raw("GET", RISK, b"")[1] == b"X-MBX-USED-WEIGHT-1M: 5\r\n"
    assert box.raw("GET", "/fapi/v1/nothing")[1] == b""
    query = box.signed_query(symbol="NOPE")
    assert box.raw("GET", RISK, query)[1] == b"X-MBX-USED-WEIGHT-1M: 10\r\n"


def test_weights_that_depend_on_parameters() -> None:
    """LIM-009."""
    box = RestBox()
    assert box.raw("GET", "/fapi/v1/openOrders", b"")[1] == b"X-MBX-USED-WEIGHT-1M: 40\r\n"
    one = box.raw("GET", "/fapi/v1/openOrders", b"symbol=BTCUSDT")
    assert one[1] == b"X-MBX-USED-WEIGHT-1M: 41\r\n"
    weights = {route.path: route.weight for route in ROUTES if "limit" in route.weight.words()}
    klines, depth = weights["/fapi/v1/klines"], weights["/fapi/v1/depth"]
    for limit, weight in ((None, 5), ("100", 1), ("101", 2), ("500", 2), ("1000", 5), ("1001", 10)):
        assert klines.of({} if limit is None else {"limit": limit}) == weight
    for limit, weight in ((None, 1), ("5", 2), ("50", 2), ("100", 5), ("500", 10), ("1000", 20)):
        assert depth.of({} if limit is None else {"limit": limit}) == weight
    assert klines.of({"limit": "9" * 100}) == 5


def test_order_requests_tell_both_counts_even_when_refused() -> None:
    """LIM-004, LIM-010."""
    box = RestBox()
    head = box.raw("POST", ORDER, box.signed_query(symbol="BTCUSDT"))[1]
    assert head == (
        b"X-MBX-USED-WEIGHT-1M: -1\r\nX-MBX-ORDER-COUNT-10S: 1\r\nX-MBX-ORDER-COUNT-1M: 1\r\n"
    )
    head = box.raw("POST", "/fapi/v1/batchOrders", box.signed_query(batchOrders="[]"))[1]
    assert b"10S: 6\r\n" in head
    assert b"1M: 2\r\n" in head


def test_order_limits_answer_429() -> None:
    """LIM-005."""
    box = RestBox()
    query = box.signed_query(symbol="BTCUSDT")
    for _ in range(300):
        assert box.raw("POST", ORDER, query)[0] == 400
    status, head, answer = box.raw("POST", ORDER, query)
    assert (status, orjson.loads(answer)["code"]) == (429, -1015)
    assert b"Retry-After: " in head


def test_a_box_that_was_reset_keeps_its_door() -> None:
    """AUT-010."""
    box = RestBox()
    box.keys.remove(KEY)
    assert box.raw("GET", RISK, box.signed_query())[0] == 401
    box.keys.add_secret(KEY, SECRET, 99)
    assert box.raw("GET", RISK, box.signed_query())[0] == 401


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_the_documents(method: str) -> None:
    """WIR-037, DSH-001: there is one reference; programs are sent to the document that it shows."""
    box = RestBox()
    reads = method == "GET"
    assert box.raw(method, "/openapi.json", headers={})[0] == (200 if reads else 404)
    status, head, body = box.raw(method, "/docs", headers={})
    assert status == (302 if reads else 404)
    if reads:
        assert (head, body) == (b"Location: /openapi.json\r\n", b"")
