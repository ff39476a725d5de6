"""schemathesis reads /openapi.json of a live box and tries to make it break its own word."""

import time
from collections.abc import Iterator
from typing import Protocol

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
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
from perpbox.wire.route import Route
from perpbox.wire.routes import ROUTES

EXAMPLES = 15
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
        market="none", clock="frozen", rate_limits=False, symbols=("BTCUSDT", "ETHUSDT")
    ) as box:
        box.set_price("BTCUSDT", 60_000)
        yield box


@pytest.fixture(scope="module")
def signing(box: Box) -> Signing:
    account = box.account(usdt=1_000_000)
    return Signing(account.key, account.secret)


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
