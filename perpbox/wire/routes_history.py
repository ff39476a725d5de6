"""Routes of market data from histories: old trades, price candles, what stands behind an index."""

from typing import Final

from perpbox.views.intervals import INTERVALS
from perpbox.wire.kinds import Choice, OneOfWhole, Text, Whole
from perpbox.wire.market import book, index, price_candles, schedule, tape
from perpbox.wire.order_params import SYMBOL, SYMBOL_OPTIONAL
from perpbox.wire.params import Param
from perpbox.wire.route import Answer, ByLimit, Route, Security, Weight
from perpbox.wire.routes_market import GROUP, KLINE_LIMIT_MAX
from perpbox.wire.routes_trade import END_TIME, START_TIME

OLD_TRADES_MAX: Final = 500
CONTRACT_TYPES: Final = ("PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER", "TRADIFI_PERPETUAL")


def _row(
    path: str,
    weight: int | Weight,
    params: tuple[Param, ...],
    answer: Answer,
    summary: str,
    security: Security = Security.NONE,
) -> Route:
    return Route("GET", path, security, weight, params, answer, summary, group=GROUP)


PAIR: Final = Param("pair", Text(), mandatory=True, note="like BTCUSDT, in any case")
_CANDLES: Final = (
    Param("interval", Choice({name: name for name in INTERVALS}, code=-1120), mandatory=True),
    START_TIME,
    END_TIME,
    Param("limit", Whole(1, KLINE_LIMIT_MAX), default=500),
)
_KLINE_WEIGHT: Final = ByLimit(5, (100, 1), (500, 2), (1000, 5), above=10)

ROUTES: Final = (
    _row(
        "/fapi/v1/historicalTrades",
        200,
        (SYMBOL, Param("limit", Whole(1, OLD_TRADES_MAX), default=100), Param("fromId", Whole())),
        tape.historical_trades,
        "Trades of up to a month ago",
        Security.MARKET_DATA,
    ),
    _row(
        "/fapi/v1/continuousKlines",
        _KLINE_WEIGHT,
        (
            PAIR,
            Param(
                "contractType",
                Choice({name: name for name in CONTRACT_TYPES}, code=-4104),
                mandatory=True,
            ),
            *_CANDLES,
        ),
        tape.continuous_klines,
        "Candles of a pair's contract",
    ),
    _row(
        "/fapi/v1/indexPriceKlines",
        _KLINE_WEIGHT,
        (PAIR, *_CANDLES),
        price_candles.index_price_klines,
        "Candles of a pair's index price",
    ),
    _row(
        "/fapi/v1/markPriceKlines",
        _KLINE_WEIGHT,
        (SYMBOL, *_CANDLES),
        price_candles.mark_price_klines,
        "Candles of the mark price",
    ),
    _row(
        "/fapi/v1/premiumIndexKlines",
        _KLINE_WEIGHT,
        (SYMBOL, *_CANDLES),
        price_candles.premium_index_klines,
        "Candles of the premium over the index",
    ),
    _row(
        "/fapi/v1/rpiDepth",
        20,
        (SYMBOL, Param("limit", OneOfWhole((book.RPI_DEPTH_LIMIT,), code=-4021), default=1000)),
        book.rpi_depth,
        "Order book with retail price improvement",
    ),
    _row("/fapi/v1/openInterest", 1, (SYMBOL,), index.open_interest, "Open interest"),
    _row("/fapi/v1/constituents", 2, (SYMBOL,), index.constituents, "What an index is made of"),
    _row(
        "/fapi/v1/indexInfo",
        1,
        (SYMBOL_OPTIONAL,),
        index.index_info,
        "Baskets of contracts on an index",
    ),
    _row(
        "/fapi/v1/tradingSchedule",
        5,
        (),
        schedule.trading_schedule,
        "Sessions of the markets outside",
    ),
)
