"""Answers from the tape: trades, aggTrades and klines."""

from typing import Final

from perpbox.engine.events import TradePrinted
from perpbox.engine.state import Account
from perpbox.engine.symbol import Instrument
from perpbox.views.klines import Kline
from perpbox.views.trades import AggTrade
from perpbox.wire.desk import Desk
from perpbox.wire.errors import wire_error
from perpbox.wire.market.text import (
    array,
    market_of,
    price_text,
    quantity_text,
    quote_text,
    truth,
)
from perpbox.wire.params import Params

TRADES_LIMIT: Final = 500
AGGREGATES_LIMIT: Final = 500
KLINES_LIMIT: Final = 500


def trades(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/trades``; ``isRPITrade`` since 2025-11-18."""
    instrument = market_of(desk, params).instrument
    limit = params.number_or_none("limit") or TRADES_LIMIT
    rows = desk.views.trades.recent(instrument.symbol, limit)
    tail = ',"isRPITrade":false}' if desk.vintage.since(2025, 11, 18) else "}"
    return array(_trade(row, instrument) + tail for row in rows)


def _trade(row: TradePrinted, instrument: Instrument) -> str:
    return (
        f'{{"id":{row.trade_id},"price":"{price_text(row.price, instrument)}",'
        f'"qty":"{quantity_text(row.quantity, instrument)}",'
        f'"quoteQty":"{quote_text(row.quote, instrument)}",'
        f'"time":{row.at_ms},"isBuyerMaker":{truth(row.buyer_is_maker)}'
    )


def agg_trades(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/aggTrades``; ``nq`` (without RPI trades) since 2026-06-09.

    Raises:
        WireError: -4166 when the span begins or ends more than two days ago.
    """
    instrument = market_of(desk, params).instrument
    start_ms = params.number_or_none("startTime")
    end_ms = params.number_or_none("endTime")
    oldest_ms = desk.now_ms() - desk.views.bounds.aggregate_age_ms
    if any(time_ms is not None and time_ms < oldest_ms for time_ms in (start_ms, end_ms)):
        raise wire_error(-4166)
    rows = desk.views.trades.aggregated(
        instrument.symbol,
        params.number_or_none("fromId"),
        start_ms,
        end_ms,
        params.number_or_none("limit") or AGGREGATES_LIMIT,
    )
    has_normal_quantity = desk.vintage.since(2026, 6, 9)
    return array(_aggregate(row, instrument, has_normal_quantity) for row in rows)


def _aggregate(row: AggTrade, instrument: Instrument, has_normal_quantity: bool) -> str:
    quantity = quantity_text(row.quantity, instrument)
    normal = f'"nq":"{quantity}",' if has_normal_quantity else ""
    return (
        f'{{"a":{row.aggregate_id},"p":"{price_text(row.price, instrument)}","q":"{quantity}",'
        f'{normal}"f":{row.first_id},"l":{row.last_id},"T":{row.at_ms},'
        f'"m":{truth(row.buyer_is_maker)}}}'
    )


def klines(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/klines``: arrays of twelve, the last of them always ``"0"``."""
    instrument = market_of(desk, params).instrument
    rows = desk.views.klines.query(
        instrument.symbol,
        params.text("interval"),
        params.number_or_none("startTime"),
        params.number_or_none("endTime"),
        params.number_or_none("limit") or KLINES_LIMIT,
        desk.now_ms(),
    )
    return array(_kline(row, instrument) for row in rows)


def _kline(row: Kline, instrument: Instrument) -> str:
    return (
        f'[{row.open_ms},"{price_text(row.open, instrument)}",'
        f'"{price_text(row.high, instrument)}","{price_text(row.low, instrument)}",'
        f'"{price_text(row.close, instrument)}","{quantity_text(row.volume, instrument)}",'
        f'{row.close_ms},"{quote_text(row.quote, instrument)}",{row.count},'
        f'"{quantity_text(row.taker_buy_volume, instrument)}",'
        f'"{quote_text(row.taker_buy_quote, instrument)}","0"]'
    )
