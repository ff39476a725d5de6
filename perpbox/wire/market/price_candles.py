"""Candles of prices that nobody trades at: indexPriceKlines, markPriceKlines, premiumIndexKlines.

The volume columns are zeros; the ninth counts the values that a candle is made of by the venue's
pace (recorded: 60 and 12 a minute), as far as its time has come.
"""

from typing import Final

from perpbox.engine.premium import SAMPLE_MS, pending_sample
from perpbox.engine.state import Account
from perpbox.money import fixed
from perpbox.views.price_bars import Bar, PriceBars
from perpbox.wire.desk import Desk
from perpbox.wire.market.text import array, market_of, markets_of_pair
from perpbox.wire.params import Params

PRICE_MS: Final = 1_000
"""Index and mark are counted once a second."""
LIMIT: Final = 500


def index_price_klines(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/indexPriceKlines``: of a pair, whose contracts share their index.

    Raises:
        WireError: -4144 when no contract has this pair.
    """
    symbol = markets_of_pair(desk, params, -4144)[0].instrument.symbol
    return _answer(desk, params, desk.views.prices.chart(symbol).index, PRICE_MS)


def mark_price_klines(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/markPriceKlines``."""
    symbol = market_of(desk, params).instrument.symbol
    return _answer(desk, params, desk.views.prices.chart(symbol).mark, PRICE_MS)


def premium_index_klines(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/premiumIndexKlines``: the samples that funding is made of."""
    market = market_of(desk, params)
    bars = desk.views.prices.chart(market.instrument.symbol).premium
    pending = pending_sample(market, desk.now_ms())
    return _answer(desk, params, bars, SAMPLE_MS, pending)


def _answer(
    desk: Desk,
    params: Params,
    bars: PriceBars,
    pace_ms: int,
    pending: tuple[int, int] | None = None,
) -> bytes:
    now_ms = desk.now_ms()
    rows = bars.query(
        params.text("interval"),
        params.number_or_none("startTime"),
        params.number_or_none("endTime"),
        params.number_or_none("limit") or LIMIT,
        now_ms,
        pending,
    )
    return array(_row(row, now_ms, pace_ms) for row in rows)


def _row(row: Bar, now_ms: int, pace_ms: int) -> str:
    count = (min(row.close_ms, now_ms) - row.open_ms) // pace_ms + 1
    return (
        f'[{row.open_ms},"{fixed(row.open)}","{fixed(row.high)}","{fixed(row.low)}",'
        f'"{fixed(row.close)}","0",{row.close_ms},"0",{count},"0","0","0"]'
    )
