"""schemathesis reads /openapi.json of a live box and tries to make it break its own word.

Each row on its own, and walks along the links of the document.
"""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test
from requests.auth import AuthBase
from schemathesis import CheckFunction
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from perpbox.box import Box
from perpbox.wire.auth import Hmac
from perpbox.wire.links import LINKS
from perpbox.wire.route import Route
from perpbox.wire.routes import ROUTES

EXAMPLES = 15
WALKS = 40
STEPS_OF_A_WALK = 8
KEY, SECRET = "walkerkey" * 7, "walkersec" * 7
OWN = ("timestamp=", "signature=", "recvWindow=")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


class Case(Protocol):
    """A generated call, as far as it is used here."""

    def call_and_validate(self, *, auth: AuthBase, checks: list[CheckFunction]) -> object: ...


class Signing(AuthBase):
    """Puts key, time and signature on a request as it is about to leave."""

    def __init__(self, key: str, secret: str) -> None:
        self._key = key
        self._hmac = Hmac(secret.encode())

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        assert request.url is not None
        address, _, query = request.url.partition("?")
        pairs = [pair for pair in query.split("&") if pair and not pair.startswith(OWN)]
        text = "&".join([*pairs, f"timestamp={time.time_ns() // 1_000_000}"])
        request.url = f"{address}?{text}&signature={self._hmac.sign(text.encode()).decode()}"
        request.headers["X-MBX-APIKEY"] = self._key
        return request


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with Box(
        market="none",
        clock="frozen",
        rate_limits=False,
        symbols=("BTCUSDT", "ETHUSDT"),
        account=[f"{KEY}:{SECRET}:1000000USDT"],
    ) as box:
        box.set_price("BTCUSDT", 60_000)
        yield box


@pytest.fixture(scope="module")
def signing() -> Signing:
    return Signing(KEY, SECRET)


@pytest.fixture(scope="module")
def described(box: Box) -> BaseSchema:
    return schemathesis.openapi.from_url(f"{box.url}/openapi.json")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_the_box_keeps_its_word(described: BaseSchema, signing: Signing, route: Route) -> None:
    """WIR-037, WIR-042."""

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(described[route.path][route.method].as_strategy())
    def keeps_its_word(case: Case) -> None:
        case.call_and_validate(auth=signing, checks=CHECKS)

    keeps_its_word()


STARTS: dict[tuple[str, str], dict[str, str]] = {
    ("post", "/fapi/v1/order"): {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
        "quantity": "0.010", "price": "58000",
    },
    ("post", "/fapi/v1/algoOrder"): {
        "algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET",
        "quantity": "0.010", "triggerPrice": "58000",
    },
    ("post", "/fapi/v1/convert/getQuote"): {
        "fromAsset": "USDT", "toAsset": "BTC", "fromAmount": "100",
    },
}  # fmt: skip
"""Requests that walks begin with, so that there are ids to go on with."""


def linked(document: dict[str, Any]) -> dict[str, Any]:
    """The rows that links lead from and to, the first ones with all of their words given."""
    rows = {name for link in LINKS for name in (link.source, link.target)}
    for path, operations in document["paths"].items():
        for method in [method for method in operations if f"{method.upper()} {path}" not in rows]:
            del operations[method]
    for (method, path), words in STARTS.items():
        operation = document["paths"][path][method]
        own = [each for each in operation["parameters"] if each["name"] in words]
        for each in own:
            each |= {"required": True, "schema": {"type": "string", "enum": [words[each["name"]]]}}
        others = [each for each in operation["parameters"] if f"{each['name']}=" in OWN]
        operation["parameters"] = own + others
    return document


def test_walks_along_the_links_meet_no_crash(box: Box, signing: Signing) -> None:
    """WIR-042, WIR-048: an answer's ids are taken by the next request, and nothing is a 500."""
    document = requests.get(f"{box.url}/openapi.json", timeout=10).json()
    described = schemathesis.openapi.from_dict(linked(document))
    described.config.update(base_url=box.url)
    walked: Counter[str] = Counter()

    def begin(_walk: object) -> None:
        # Every walk finds the same box: what it may do next must depend on its own steps alone.
        box.reset()
        box.set_price("BTCUSDT", 60_000)

    def keep(_walk: object, response: Any, case: Any) -> None:
        if response.status_code == 200:
            walked[case.operation.label] += 1

    def check(_walk: object, response: Any, case: Any, **_: object) -> None:
        case.validate_response(response, checks=CHECKS)

    own = {
        "setup": begin,
        "get_call_kwargs": lambda _walk, _case: {"auth": signing},
        "after_call": keep,
        "validate_response": check,
    }
    run_state_machine_as_test(
        type("Walk", (described.as_state_machine(),), own),
        settings=settings(
            max_examples=WALKS,
            stateful_step_count=STEPS_OF_A_WALK,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
    # These cannot answer 200 without an id of something that is there.
    by_id = {link.target for link in LINKS if any(name.endswith("Id") for name in link.places)}
    lists = {"GET /fapi/v1/allOrders", "GET /fapi/v1/userTrades", "GET /fapi/v1/allAlgoOrders"}
    # How many the walks come to is chance; each link has a test of its own above.
    assert (by_id - lists) & walked.keys(), walked
