"""Whatever is sent, the REST door answers: no exception, a known status, JSON of the right form."""

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from perpbox.wire.kinds import Choice
from perpbox.wire.route import Route
from perpbox.wire.routes import ROUTES
from tests.unit.gateway.rest_box import KEY, RestBox

STATUSES = {200, 400, 401, 404, 418, 429}
NASTY = st.sampled_from(
    [
        "", "0", "-0", "-1", "1", "2", "0.001", "0.01", "58000", "60000.1", "1e-8", "1e99", "NaN",
        "inf", "9" * 19, "9" * 400, "9223372036854775807", "9223372036854775808", "true", "FALSE",
        "null", "[]", "[1]", "[null]", "[[]]", "{}", '[{"symbol":"BTCUSDT"}]', "BTCUSDT", "btcusdt",
        "\x00", "\ud7ff", "币", "%", "&", "+", "a" * 300, "253402300799000", "1793491200000",
        "LIMIT", "MARKET", "GTC", "GTX", "GTD", "BUY", "SELL", "LONG", "QUEUE", "ISOLATED",
    ]
)  # fmt: skip


def values(route: Route) -> st.SearchStrategy[dict[str, str]]:
    """Values that the route may like, mixed with nasty ones."""
    kinds = {}
    for param in route.table.params:
        liked: st.SearchStrategy[str] = NASTY
        if isinstance(param.kind, Choice):
            liked = st.sampled_from([str(word) for word in param.kind.words]) | NASTY
        elif param.is_symbol:
            liked = st.sampled_from(["BTCUSDT", "ETHUSDT", "btcusdt"]) | NASTY
        kinds[param.name] = liked | st.text(max_size=12)
    return st.fixed_dictionaries({}, optional=kinds)


CALLS = st.sampled_from(ROUTES).flatmap(lambda route: st.tuples(st.just(route), values(route)))
BOX = RestBox(rate_limits=False)


@settings(max_examples=500, deadline=None)
@given(CALLS)
def test_signed_calls_are_always_answered(call: tuple[Route, dict[str, str]]) -> None:
    """WIR-042."""
    route, sent = call
    params: dict[str, object] = {
        name: text.encode("utf-8", "ignore").decode() for name, text in sent.items()
    }
    status, _, body = BOX.raw(route.method, route.path, BOX.signed_query(**params))
    assert status in STATUSES
    answer = orjson.loads(body)
    if status != 200:
        assert set(answer) == {"code", "msg"}
        assert answer["code"] < 0
        assert "%s" not in answer["msg"]
    assert not any(BOX.state.ledger.total().values())


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "X"]),
    st.sampled_from([*(route.path for route in ROUTES), "/", "", "/fapi", "/%00", "//docs"]),
    st.binary(max_size=60),
    st.binary(max_size=60),
    st.dictionaries(st.sampled_from([b"x-mbx-apikey"]), st.just(KEY.encode()) | st.binary()),
)
def test_any_bytes_are_answered(
    method: str, path: str, query: bytes, body: bytes, headers: dict[bytes, bytes]
) -> None:
    """WIR-042."""
    status, _, answer = BOX.raw(method, path, query, body=body, headers=headers)
    assert status in STATUSES
    assert orjson.loads(answer) is not None
