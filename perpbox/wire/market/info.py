"""Answers that hardly change: ping, time, exchangeInfo."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import orjson

from perpbox.engine.state import Account
from perpbox.specs import Catalogue
from perpbox.wire.changes import Change
from perpbox.wire.desk import Desk
from perpbox.wire.market.listing import Standing, ends, row_of, standing
from perpbox.wire.params import Params

CACHED_BODIES_MAX: Final = 4
"""Rendered exchangeInfo bodies kept: more than one only where several boxes share a process."""
ORDERS_FILTER: Final = "MAX_NUM_ORDERS"
ALGO_FILTER: Final = {"limit": 10, "filterType": "MAX_NUM_ALGO_ORDERS"}
"""As in a recording of 2022; every contract had it."""


def ping(_desk: Desk, _account: Account | None, _params: Params) -> bytes:
    """``GET /fapi/v1/ping``: an empty object."""
    return b"{}"


def time(desk: Desk, _account: Account | None, _params: Params) -> bytes:
    """``GET /fapi/v1/time``: the box's clock."""
    return b'{"serverTime":%d}' % desk.now_ms()


def exchange_info(desk: Desk, _account: Account | None, _params: Params) -> bytes:
    """``GET /fapi/v1/exchangeInfo``: the contracts on the board; only serverTime is new."""
    has_algo_filter = not desk.vintage.has(Change.NO_ALGO_FILTER)
    markets = desk.state.markets
    ending = tuple([standing(market) for market in markets.values() if ends(market)])
    rest = _after_server_time(desk.catalogue, tuple(markets), ending, has_algo_filter)
    return b'{"timezone":"UTC","serverTime":%d,%b' % (desk.now_ms(), rest)


def _row(row: Mapping[str, object], has_algo_filter: bool) -> Mapping[str, object]:
    """A contract as the API date shows it: with the bound on conditional orders or without."""
    filters = row["filters"]
    assert isinstance(filters, list)
    kinds = [each["filterType"] for each in filters]
    if not has_algo_filter or ALGO_FILTER["filterType"] in kinds:
        return row
    after = kinds.index(ORDERS_FILTER) + 1 if ORDERS_FILTER in kinds else len(kinds)
    return {**row, "filters": [*filters[:after], ALGO_FILTER, *filters[after:]]}


@lru_cache(maxsize=CACHED_BODIES_MAX)
def _after_server_time(
    catalogue: Catalogue,
    symbols: tuple[str, ...],
    ending: tuple[Standing, ...],
    has_algo_filter: bool,
) -> bytes:
    """Everything behind serverTime, without an opening brace."""
    changed = {each.symbol: row_of(catalogue, each) for each in ending}
    rows = (changed.get(symbol) or catalogue.row(symbol) for symbol in symbols)
    body: dict[str, object] = {
        "futuresType": "U_MARGINED",
        "rateLimits": catalogue.rate_limits,
        "exchangeFilters": [],
        "assets": catalogue.assets,
        "symbols": [_row(row, has_algo_filter) for row in rows],
    }
    return orjson.dumps(body)[1:]
