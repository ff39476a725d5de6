"""Answers of ``/futures/data``: the exchange's own accounts and trades on a grid of box time.

A row's ``timestamp`` is a point of the grid that has passed: what stood there, or what was traded
in the period that ended there (our choice). Rows ascend: the first from a start on, else the
newest. Periods in which there is nothing to tell have no row.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from perpbox import rounding
from perpbox.engine.state import Account, Market
from perpbox.money import SCALE, Price, Qty, fixed, plain
from perpbox.views.bounds import DAY_MS
from perpbox.views.crowd import Crowd, Side
from perpbox.views.price_bars import Bar
from perpbox.wire.changes import Change
from perpbox.wire.desk import Desk
from perpbox.wire.errors import invalid
from perpbox.wire.market.text import (
    array,
    markets_of_pair,
    of_contract_type,
    price_text,
)
from perpbox.wire.params import Params

AGE_MAX_MS: Final = 30 * DAY_MS
LIMIT: Final = 30
WIDTHS: Final = {
    "5m": 300_000,
    "15m": 900_000,
    "30m": 1_800_000,
    "1h": 3_600_000,
    "2h": 7_200_000,
    "4h": 14_400_000,
    "6h": 21_600_000,
    "12h": 43_200_000,
    "1d": DAY_MS,
}
"""Periods by name, in milliseconds."""
WIDTH_NAMES: Final = {width_ms: name for name, width_ms in WIDTHS.items()}
RATIO_PLACES: Final = 4
NO_SUPPLY: Final = "0"
"""The circulating supply is not known here."""


class _Asked(NamedTuple):
    """Which rows a call wants: for candles, so the period before a point is the one that opens."""

    period: str
    width_ms: int
    start_ms: int | None
    end_ms: int
    limit: int
    now_ms: int


def _asked(desk: Desk, params: Params) -> _Asked:
    """The span of candles that end at the points that are asked for."""
    now_ms = desk.now_ms()
    oldest_ms = now_ms - AGE_MAX_MS
    start_ms = params.number_or_none("startTime")
    end_ms = params.number_or_none("endTime")
    if start_ms is not None and start_ms < oldest_ms:
        raise invalid("startTime")
    width_ms = params.number("period")
    return _Asked(
        WIDTH_NAMES[width_ms],
        width_ms,
        None if start_ms is None else start_ms - width_ms,
        min(now_ms if end_ms is None else end_ms, now_ms) - width_ms,
        params.number_or_none("limit") or LIMIT,
        now_ms,
    )


def _recent(asked: _Asked, bars: Iterable[Bar]) -> list[Bar]:
    oldest_ms = asked.now_ms - AGE_MAX_MS
    return [bar for bar in bars if bar.close_ms + 1 >= oldest_ms]


def _crowds(desk: Desk, params: Params) -> list[tuple[int, Crowd, Bar]]:
    """(time, holders, mark) at each point at which somebody held something."""
    symbol = params.text("symbol")
    crowds = desk.views.crowds
    asked = _asked(desk, params)
    since_ms = crowds.known_since_ms(symbol)
    if since_ms is None:
        return []
    start_ms = asked.start_ms
    if start_ms is not None:
        start_ms = max(start_ms, since_ms - asked.width_ms)
    marks = _recent(
        asked,
        desk.views.prices.chart(symbol).mark.query(
            asked.period, start_ms, asked.end_ms, asked.limit, asked.now_ms
        ),
    )
    times = [bar.close_ms + 1 for bar in marks]
    found = zip(times, crowds.at(symbol, times), marks, strict=True)
    return [(at, crowd, bar) for at, crowd, bar in found if crowd and crowd.open_interest]


def open_interest_hist(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /futures/data/openInterestHist``; ``CMCCirculatingSupply`` since 2025-07-02."""
    symbol = params.text("symbol")
    supply = f'"CMCCirculatingSupply":"{NO_SUPPLY}",' if desk.vintage.has(Change.SUPPLY) else ""

    def row(at_ms: int, crowd: Crowd, mark: Bar) -> str:
        held = Qty(crowd.open_interest)
        return (
            f'{{"symbol":"{symbol}","sumOpenInterest":"{fixed(held)}",'
            f'"sumOpenInterestValue":"{fixed(rounding.notional(held, Price(mark.close)))}",'
            f'{supply}"timestamp":{at_ms}}}'
        )

    return array(row(*each) for each in _crowds(desk, params))


def _ratios(desk: Desk, params: Params, counts: Callable[[Crowd], tuple[int, int]]) -> bytes:
    symbol = params.text("symbol")
    rows = []
    for at_ms, crowd, _ in _crowds(desk, params):
        long, short = counts(crowd)
        if not long + short:
            continue
        share = rounding.share_e4(long, long + short)
        rows.append(
            f'{{"symbol":"{symbol}",'
            f'"longShortRatio":"{_four(rounding.side_ratio(long, short))}",'
            f'"longAccount":"{_four(share)}","shortAccount":"{_four(SCALE - share)}",'
            f'"timestamp":{at_ms}}}'
        )
    return array(rows)


def _four(value: int) -> str:
    return fixed(value, RATIO_PLACES)


def _accounts(long: Side, short: Side) -> tuple[int, int]:
    return long.accounts, short.accounts


def global_account_ratio(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /futures/data/globalLongShortAccountRatio``: accounts that are long and short."""
    return _ratios(desk, params, lambda crowd: _accounts(crowd.long, crowd.short))


def top_account_ratio(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /futures/data/topLongShortAccountRatio``: the same among the richest fifth."""
    return _ratios(desk, params, lambda crowd: _accounts(crowd.top_long, crowd.top_short))


def top_position_ratio(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /futures/data/topLongShortPositionRatio``: what the richest fifth holds."""
    return _ratios(desk, params, lambda crowd: (crowd.top_long.quantity, crowd.top_short.quantity))


def taker_volume(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /futures/data/takerlongshortRatio``: what takers bought and sold in the period."""
    asked = _asked(desk, params)
    candles = desk.views.klines.query(
        params.text("symbol"), asked.period, asked.start_ms, asked.end_ms, asked.limit, asked.now_ms
    )
    oldest_ms = asked.now_ms - AGE_MAX_MS
    rows = []
    for candle in candles:
        if not candle.count or candle.close_ms < oldest_ms:
            continue
        bought = candle.taker_buy_volume
        sold = candle.volume - bought
        rows.append(
            f'{{"buySellRatio":"{_four(rounding.side_ratio(bought, sold))}",'
            f'"buyVol":"{_four(bought)}","sellVol":"{_four(sold)}",'
            f'"timestamp":{candle.close_ms + 1}}}'
        )
    return array(rows)


def basis(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /futures/data/basis``: last price over index; no yearly rate without an end."""
    contract_type = params.text("contractType")
    market = of_contract_type(desk, markets_of_pair(desk, params, -1121), contract_type)
    asked = _asked(desk, params)
    if market is None:
        return b"[]"
    symbol = market.instrument.symbol
    candles = desk.views.klines.query(
        symbol, asked.period, asked.start_ms, asked.end_ms, asked.limit, asked.now_ms
    )
    indexes = desk.views.prices.chart(symbol).index.query(
        asked.period, asked.start_ms, asked.end_ms, asked.limit, asked.now_ms
    )
    last_of = {candle.open_ms: candle.close for candle in candles}
    return array(
        _basis_row(params, market, bar, last_of[bar.open_ms])
        for bar in _recent(asked, indexes)
        if bar.open_ms in last_of
    )


def _basis_row(params: Params, market: Market, index: Bar, last: Price) -> str:
    instrument = market.instrument
    at_ms = index.close_ms + 1
    difference = last - index.close
    contract_type = params.text("contractType")
    return (
        f'{{"indexPrice":"{fixed(index.close)}","contractType":"{contract_type}",'
        f'"basisRate":"{_four(rounding.share_e4(difference, index.close))}",'
        f'"futuresPrice":"{price_text(last, instrument)}","annualizedBasisRate":"",'
        f'"basis":"{fixed(difference)}","pair":"{params.text("pair").upper()}",'
        f'"timestamp":{at_ms}}}'
    )


def delivery_price(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /futures/data/delivery-price``: what contracts of the pair were settled at.

    The newest first (our choice).
    """
    settled = [
        each
        for market in markets_of_pair(desk, params, -1121)
        for each in desk.views.deliveries.of(market.instrument.symbol)
    ]
    settled.sort(key=lambda each: each.delivery_ms, reverse=True)
    return array(
        f'{{"deliveryTime":{each.delivery_ms},"deliveryPrice":{plain(each.price)}}}'
        for each in settled
    )
