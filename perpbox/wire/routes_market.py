"""Routes of public market data."""

from importlib import import_module
from typing import Final

from perpbox.engine.state import Account
from perpbox.views.intervals import INTERVALS
from perpbox.wire.desk import Desk
from perpbox.wire.kinds import Choice, OneOfWhole, Whole
from perpbox.wire.order_params import SYMBOL, SYMBOL_OPTIONAL
from perpbox.wire.params import Param, Params
from perpbox.wire.route import Answer, Bucket, ByLimit, BySymbol, Fixed, Route, Security, Weight
from perpbox.wire.routes_trade import END_TIME, START_TIME

GROUP: Final = "market data"
DEPTH_LIMITS: Final = (5, 10, 20, 50, 100, 500, 1000)
KLINE_LIMIT_MAX: Final = 1500


def _market(name: str) -> Answer:
    def answer(desk: Desk, account: Account, params: Params) -> bytes:
        found: Answer = getattr(import_module("perpbox.wire.render_market"), name)
        return found(desk, account, params)

    return answer


def _row(
    path: str,
    weight: int | Weight,
    params: tuple[Param, ...],
    name: str,
    summary: str,
    bucket: Bucket = Bucket.WEIGHT,
) -> Route:
    return Route(
        "GET",
        path,
        Security.NONE,
        weight,
        params,
        _market(name),
        summary,
        group=GROUP,
        bucket=bucket,
    )


_THOUSAND: Final = Param("limit", Whole(1, 1000), default=500)
_KLINE_WEIGHT: Final = ByLimit(5, (100, 1), (500, 2), (1000, 5), above=10)
_DEPTH_WEIGHT: Final = ByLimit(1, (50, 2), (100, 5), (500, 10), above=20)

ROUTES: Final = (
    _row("/fapi/v1/ping", 1, (), "ping", "Is anybody there"),
    _row("/fapi/v1/time", 1, (), "time", "The box's clock"),
    _row("/fapi/v1/exchangeInfo", 1, (), "exchange_info", "Contracts, filters and limits"),
    _row(
        "/fapi/v1/depth",
        _DEPTH_WEIGHT,
        (SYMBOL, Param("limit", OneOfWhole(DEPTH_LIMITS, code=-4021), default=500)),
        "depth",
        "Order book",
    ),
    _row("/fapi/v1/trades", 5, (SYMBOL, _THOUSAND), "trades", "Recent trades"),
    _row(
        "/fapi/v1/aggTrades",
        20,
        (SYMBOL, Param("fromId", Whole()), START_TIME, END_TIME, _THOUSAND),
        "agg_trades",
        "Trades aggregated by price and taker side",
    ),
    _row(
        "/fapi/v1/klines",
        _KLINE_WEIGHT,
        (
            SYMBOL,
            Param(
                "interval", Choice({name: name for name in INTERVALS}, code=-1120), mandatory=True
            ),
            START_TIME,
            END_TIME,
            Param("limit", Whole(1, KLINE_LIMIT_MAX), default=500),
        ),
        "klines",
        "Candles",
    ),
    _row(
        "/fapi/v1/ticker/24hr",
        BySymbol(1, 40),
        (SYMBOL_OPTIONAL,),
        "ticker_24hr",
        "Change over 24 hours",
    ),
    _row("/fapi/v1/ticker/price", BySymbol(1, 2), (SYMBOL_OPTIONAL,), "ticker_price", "Last price"),
    _row(
        "/fapi/v2/ticker/price", BySymbol(1, 2), (SYMBOL_OPTIONAL,), "ticker_price_v2", "Last price"
    ),
    _row(
        "/fapi/v1/ticker/bookTicker",
        BySymbol(2, 5),
        (SYMBOL_OPTIONAL,),
        "ticker_book",
        "Best bid and ask",
    ),
    _row(
        "/fapi/v1/premiumIndex",
        BySymbol(1, 10),
        (SYMBOL_OPTIONAL,),
        "premium_index",
        "Mark price, index price and funding rate",
    ),
    _row(
        "/fapi/v1/fundingRate",
        Fixed(0),
        (
            SYMBOL_OPTIONAL,
            START_TIME,
            END_TIME,
            # No default here: it is 100, or 200 where nothing is named (WIR-111).
            Param("limit", Whole(1, 1000), note="Default 100; 200 without symbol and times."),
        ),
        "funding_rate",
        "Settled funding rates",
        Bucket.FUNDING,
    ),
    _row("/fapi/v1/fundingInfo", Fixed(0), (), "funding_info", "Funding terms", Bucket.FUNDING),
)
