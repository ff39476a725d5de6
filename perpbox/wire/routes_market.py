"""Routes of public market data."""

from typing import Final

from perpbox.views.intervals import INTERVALS
from perpbox.wire import render_market
from perpbox.wire.kinds import Choice, OneOfWhole, Text, Whole
from perpbox.wire.order_params import SYMBOL, SYMBOL_OPTIONAL
from perpbox.wire.params import Param
from perpbox.wire.route import Answer, Bucket, ByLimit, BySymbol, Fixed, Route, Security, Weight
from perpbox.wire.routes_trade import END_TIME, START_TIME

GROUP: Final = "market data"
DEPTH_LIMITS: Final = (5, 10, 20, 50, 100, 500, 1000)
KLINE_LIMIT_MAX: Final = 1500


def _row(
    path: str,
    weight: int | Weight,
    params: tuple[Param, ...],
    answer: Answer,
    summary: str,
    bucket: Bucket = Bucket.WEIGHT,
) -> Route:
    return Route(
        "GET",
        path,
        Security.NONE,
        weight,
        params,
        answer,
        summary,
        group=GROUP,
        bucket=bucket,
    )


_THOUSAND: Final = Param("limit", Whole(1, 1000), default=500)
_KLINE_WEIGHT: Final = ByLimit(5, (100, 1), (500, 2), (1000, 5), above=10)
_DEPTH_WEIGHT: Final = ByLimit(1, (50, 2), (100, 5), (500, 10), above=20)

ROUTES: Final = (
    _row("/fapi/v1/ping", 1, (), render_market.ping, "Is anybody there"),
    _row("/fapi/v1/time", 1, (), render_market.time, "The box's clock"),
    _row(
        "/fapi/v1/exchangeInfo", 1, (), render_market.exchange_info, "Contracts, filters and limits"
    ),
    _row(
        "/fapi/v1/depth",
        _DEPTH_WEIGHT,
        (SYMBOL, Param("limit", OneOfWhole(DEPTH_LIMITS, code=-4021), default=500)),
        render_market.depth,
        "Order book",
    ),
    _row("/fapi/v1/trades", 5, (SYMBOL, _THOUSAND), render_market.trades, "Recent trades"),
    _row(
        "/fapi/v1/aggTrades",
        20,
        (SYMBOL, Param("fromId", Whole()), START_TIME, END_TIME, _THOUSAND),
        render_market.agg_trades,
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
        render_market.klines,
        "Candles",
    ),
    _row(
        "/fapi/v1/ticker/24hr",
        BySymbol(1, 40),
        (SYMBOL_OPTIONAL,),
        render_market.ticker_24hr,
        "Change over 24 hours",
    ),
    _row(
        "/fapi/v1/ticker/price",
        BySymbol(1, 2),
        (SYMBOL_OPTIONAL,),
        render_market.ticker_price,
        "Last price",
    ),
    _row(
        "/fapi/v2/ticker/price",
        BySymbol(1, 2),
        (SYMBOL_OPTIONAL,),
        render_market.ticker_price_v2,
        "Last price",
    ),
    _row(
        "/fapi/v1/ticker/bookTicker",
        BySymbol(2, 5),
        (SYMBOL_OPTIONAL,),
        render_market.ticker_book,
        "Best bid and ask",
    ),
    _row(
        "/fapi/v1/premiumIndex",
        BySymbol(1, 10),
        (SYMBOL_OPTIONAL,),
        render_market.premium_index,
        "Mark price, index price and funding rate",
    ),
    _row(
        "/fapi/v1/assetIndex",
        BySymbol(1, 10),
        (Param("symbol", Text(), note="An asset against the dollar, like BTCUSD."),),
        render_market.asset_indexes,
        "Index and conversion rates of margin assets",
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
        render_market.funding_rate,
        "Settled funding rates",
        Bucket.FUNDING,
    ),
    _row(
        "/fapi/v1/fundingInfo",
        Fixed(0),
        (),
        render_market.funding_info,
        "Funding terms",
        Bucket.FUNDING,
    ),
)
