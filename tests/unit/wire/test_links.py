"""The links of the OpenAPI document lead where they say."""

from typing import Any

import orjson
import pytest

from perpbox.wire.links import LINKS, QUOTE, Link, links_of
from perpbox.wire.openapi import document, examples
from perpbox.wire.routes import ROUTES
from tests.unit.gateway.rest_box import NOW_MS, RestBox

BY_NAME = {route.name: route for route in ROUTES}
LIMIT: dict[str, object] = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.010",
    "price": "58000",
}
STOP: dict[str, object] = {
    "algoType": "CONDITIONAL",
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "STOP_MARKET",
    "quantity": "0.010",
    "triggerPrice": "58000",
}
SPAN: dict[str, object] = {"startTime": NOW_MS - 1000, "endTime": NOW_MS}
SOURCES: dict[str, dict[str, object]] = {
    "POST /fapi/v1/order": LIMIT,
    "POST /fapi/v1/batchOrders": {"batchOrders": orjson.dumps([LIMIT]).decode()},
    "POST /fapi/v1/algoOrder": STOP,
    "PUT /fapi/v1/order": {
        "symbol": "BTCUSDT", "side": "BUY", "quantity": "0.01", "price": "57000",
        "origClientOrderId": "mine",
    },
    "DELETE /fapi/v1/order": {"symbol": "BTCUSDT", "origClientOrderId": "mine"},
    "GET /fapi/v1/userTrades": {"symbol": "BTCUSDT"},
    QUOTE: {
        "fromAsset": "USDT", "toAsset": "BTC", "fromAmount": "100",
    },
    "GET /fapi/v1/order/asyn": SPAN,
    "GET /fapi/v1/trade/asyn": SPAN,
    "GET /fapi/v1/income/asyn": SPAN,
}  # fmt: skip
REFUSED = {
    (QUOTE, "GET /fapi/v1/convert/orderStatus"): -2013,
    ("POST /fapi/v1/order", "PUT /fapi/v1/order"): -5027,
    ("PUT /fapi/v1/order", "PUT /fapi/v1/order"): -5027,
}
"""What links to here refuse: an open quote is no conversion, and the same values change nothing."""


def name_of(link: Link) -> str:
    return f"{link.source} to {link.target} by {', '.join(link.places) or 'nothing'}"


def at(value: Any, place: str) -> Any:
    """What stands at a JSON pointer."""
    for step in place.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def asked(box: RestBox, name: str, params: dict[str, object]) -> Any:
    method, path = name.split(" ")
    return box.call(method, path, **params)


def source_answer(box: RestBox, name: str) -> Any:
    """A good answer of a row that feeds others."""
    if name == "POST /fapi/v1/convert/acceptQuote":
        quote = asked(box, QUOTE, SOURCES[QUOTE])
        return asked(box, name, {"quoteId": quote["quoteId"]})
    return asked(box, name, SOURCES.get(name, {}))


@pytest.mark.parametrize("link", LINKS, ids=name_of)
def test_an_answer_feeds_the_request_that_it_is_linked_to(link: Link) -> None:
    """WIR-048: in a box, and in the golden example of the source."""
    box = RestBox(rate_limits=False)
    box.place(newClientOrderId="mine", price="59000")
    box.place(type="MARKET", price=None, timeInForce=None)
    asked(box, "POST /fapi/v1/algoOrder", STOP | {"clientAlgoId": "stop"})
    answer = source_answer(box, link.source)
    fed = {name: at(answer, place) for name, place in link.places.items()}
    told = asked(box, link.target, fed)
    code = told.get("code", 200) if isinstance(told, dict) else 200
    assert int(code) == REFUSED.get((link.source, link.target), 200), told
    (known, *_) = examples()[link.source]
    assert all(at(known, place) is not None for place in link.places.values())


def test_links_are_told_by_the_document() -> None:
    """WIR-048: under names of their own, with parameters that the request has."""
    paths: Any = document(ROUTES)["paths"]
    operations = {op["operationId"]: op for path in paths.values() for op in path.values()}
    told = 0
    for route in ROUTES:
        links = paths[route.path][route.method.lower()]["responses"]["200"].get("links", {})
        assert links == links_of(route.name)
        told += len(links)
        for link in links.values():
            known = {each["name"] for each in operations[link["operationId"]]["parameters"]}
            assert set(link["parameters"]) <= known
    assert told == len(LINKS)
    assert {link.source for link in LINKS} | {link.target for link in LINKS} <= set(BY_NAME)
