"""The route table: every REST endpoint of the exchange, one row each.

Dispatch, limits, the OpenAPI document and the reference page all come from it.
"""

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
