"""Answers about last prices: ticker/price and ticker/24hr."""

from typing import Final

from perpbox.engine.state import Account, Market
from perpbox.money import PLACES, Amount, Price, Qty, fixed
from perpbox.views.tickers import PERCENT_PLACES, DayTicker, window_start_ms
from perpbox.wire.desk import Desk
from perpbox.wire.market.text import array, one_or_all, price_text, quantity_text
from perpbox.wire.params import Params

DAY_QUOTE_PLACES: Final = 2
"""Recorded: quoteVolume "14378633588.65" where klines print five decimals."""
_PERCENT_UNIT: Final = 10 ** (PLACES - PERCENT_PLACES)


def ticker_price(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/ticker/price`` and ``GET /fapi/v2/ticker/price``."""

    def row(market: Market) -> str:
        symbol = market.instrument.symbol
        trade = desk.views.trades.last(symbol)
        price = trade.price if trade else market.last
        time_ms = trade.at_ms if trade else market.prices_ms or desk.now_ms()
        return (
            f'{{"symbol":"{symbol}","price":"{price_text(price, market.instrument)}",'
            f'"time":{time_ms}}}'
        )

    return one_or_all(desk, params, row)


def ticker_24hr(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/ticker/24hr``: the array lists only contracts that trade."""
    now_ms = desk.now_ms()

    def row(market: Market) -> str:
        symbol = market.instrument.symbol
        return _day(desk.views.tickers.day(symbol, now_ms) or _quiet(market, now_ms), market)

    if params.has("symbol"):
        return one_or_all(desk, params, row)
    return array(
        row(each)
        for each in desk.state.markets.values()
        if each.instrument.is_trading and not each.is_over
    )


def _quiet(market: Market, now_ms: int) -> DayTicker:
    """The day of a contract that never traded: flat at its last price, which may be 0."""
    price, no_quantity = market.last, Qty(0)
    return DayTicker(
        symbol=market.instrument.symbol,
        change=Price(0),
        change_percent=0,
        weighted_average=price,
        last=price,
        last_quantity=no_quantity,
        open=price,
        high=price,
        low=price,
        volume=no_quantity,
        quote=Amount(0),
        open_ms=window_start_ms(now_ms),
        close_ms=now_ms,
        first_id=0,
        last_id=0,
        count=0,
    )


def _day(day: DayTicker, market: Market) -> str:
    instrument = market.instrument
    return (
        f'{{"symbol":"{day.symbol}","priceChange":"{price_text(day.change, instrument)}",'
        f'"priceChangePercent":"{fixed(day.change_percent * _PERCENT_UNIT, PERCENT_PLACES)}",'
        f'"weightedAvgPrice":"{price_text(day.weighted_average, instrument)}",'
        f'"lastPrice":"{price_text(day.last, instrument)}",'
        f'"lastQty":"{quantity_text(day.last_quantity, instrument)}",'
        f'"openPrice":"{price_text(day.open, instrument)}",'
        f'"highPrice":"{price_text(day.high, instrument)}",'
        f'"lowPrice":"{price_text(day.low, instrument)}",'
        f'"volume":"{quantity_text(day.volume, instrument)}",'
        f'"quoteVolume":"{fixed(day.quote, DAY_QUOTE_PLACES)}",'
        f'"openTime":{day.open_ms},"closeTime":{day.close_ms},'
        f'"firstId":{day.first_id},"lastId":{day.last_id},"count":{day.count}}}'
    )
