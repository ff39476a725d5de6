"""Routes of ``/futures/data``: statistics over the exchange's own accounts and trades."""

from typing import Final

from perpbox.wire.kinds import Choice, Whole
from perpbox.wire.market import statistics
from perpbox.wire.order_params import SYMBOL
from perpbox.wire.params import Param
from perpbox.wire.route import Answer, Bucket, Route, Security
from perpbox.wire.routes_history import PAIR
from perpbox.wire.routes_market import GROUP
from perpbox.wire.routes_trade import END_TIME, START_TIME

ROWS_MAX: Final = 500
CONTRACT_TYPES: Final = ("PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER")
_WINDOW: Final = (
    Param("period", Choice(statistics.WIDTHS), mandatory=True),
    Param("limit", Whole(1, ROWS_MAX), default=statistics.LIMIT),
    START_TIME,
    END_TIME,
)


def _row(
    name: str,
    params: tuple[Param, ...],
    answer: Answer,
    summary: str,
    security: Security = Security.NONE,
) -> Route:
    return Route(
        "GET",
        f"/futures/data/{name}",
        security,
        0,
        params,
        answer,
        summary,
        group=GROUP,
        bucket=Bucket.STATISTICS,
    )


ROUTES: Final = (
    _row("openInterestHist", (SYMBOL, *_WINDOW), statistics.open_interest_hist, "Open interest"),
    _row(
        "topLongShortAccountRatio",
        (SYMBOL, *_WINDOW),
        statistics.top_account_ratio,
        "Top traders that are long and short",
        Security.MARKET_DATA,
    ),
    _row(
        "topLongShortPositionRatio",
        (SYMBOL, *_WINDOW),
        statistics.top_position_ratio,
        "What top traders hold long and short",
        Security.MARKET_DATA,
    ),
    _row(
        "globalLongShortAccountRatio",
        (SYMBOL, *_WINDOW),
        statistics.global_account_ratio,
        "Accounts that are long and short",
    ),
    _row(
        "takerlongshortRatio",
        (SYMBOL, *_WINDOW),
        statistics.taker_volume,
        "What takers bought and sold",
    ),
    _row(
        "basis",
        (
            PAIR,
            Param("contractType", Choice({name: name for name in CONTRACT_TYPES}), mandatory=True),
            *_WINDOW,
        ),
        statistics.basis,
        "Last price over index price",
    ),
    _row(
        "delivery-price",
        (PAIR,),
        statistics.delivery_price,
        "Settlement prices of dated contracts",
    ),
)
