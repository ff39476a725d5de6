"""Answers that hardly change: ping, time, exchangeInfo."""

from functools import lru_cache
from typing import Final

import orjson

from perpbox.engine.state import Account
from perpbox.specs import Catalogue
from perpbox.wire.desk import Desk
from perpbox.wire.params import Params

CACHED_BODIES_MAX: Final = 4
"""Rendered exchangeInfo bodies kept: more than one only where several boxes share a process."""


def ping(_desk: Desk, _account: Account | None, _params: Params) -> bytes:
    """``GET /fapi/v1/ping``: an empty object."""
    return b"{}"


def time(desk: Desk, _account: Account | None, _params: Params) -> bytes:
    """``GET /fapi/v1/time``: the box's clock."""
    return b'{"serverTime":%d}' % desk.now_ms()


def exchange_info(desk: Desk, _account: Account | None, _params: Params) -> bytes:
    """``GET /fapi/v1/exchangeInfo``: the contracts on the board; only serverTime is new."""
    rest = _after_server_time(desk.catalogue, tuple(desk.state.markets))
    return b'{"timezone":"UTC","serverTime":%d,%b' % (desk.now_ms(), rest)


@lru_cache(maxsize=CACHED_BODIES_MAX)
def _after_server_time(catalogue: Catalogue, symbols: tuple[str, ...]) -> bytes:
    """Everything behind serverTime, without an opening brace."""
    body: dict[str, object] = {
        "futuresType": "U_MARGINED",
        "rateLimits": catalogue.rate_limits,
        "exchangeFilters": [],
        "assets": catalogue.assets,
        "symbols": [catalogue.row(symbol) for symbol in symbols],
    }
    return orjson.dumps(body)[1:]
