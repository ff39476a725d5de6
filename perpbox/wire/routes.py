"""The route table: every REST endpoint of the exchange, one row each.

Dispatch, limits, the OpenAPI document and the reference page all come from it.
"""

from functools import lru_cache
from typing import Final

from perpbox.wire import (
    routes_account,
    routes_algo,
    routes_convert,
    routes_download,
    routes_history,
    routes_liquidation,
    routes_market,
    routes_statistics,
    routes_stream,
    routes_trade,
)
from perpbox.wire.route import Route
from perpbox.wire.vintage import Vintage

API_DATES_KEPT: Final = 64
"""API dates whose rows are kept for the next box."""

ROUTES: Final[tuple[Route, ...]] = (
    *routes_market.ROUTES,
    *routes_history.ROUTES,
    *routes_statistics.ROUTES,
    *routes_trade.ROUTES,
    *routes_algo.ROUTES,
    *routes_account.ROUTES,
    *routes_liquidation.ROUTES,
    *routes_stream.ROUTES,
    *routes_convert.ROUTES,
    *routes_download.ROUTES,
)


@lru_cache(API_DATES_KEPT)
def routes_of(api_date: str) -> tuple[Route, ...]:
    """The rows that there are on an API date."""
    vintage = Vintage(api_date)
    return tuple(route for route in ROUTES if vintage.serves(route.path))
