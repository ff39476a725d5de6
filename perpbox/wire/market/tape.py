"""Answers from the tape: trades, historicalTrades, aggTrades, klines and continuousKlines."""

from typing import Final

from perpbox.engine.events import TradePrinted
from perpbox.engine.state import Account
from perpbox.engine.symbol import Instrument
from perpbox.engine.types import TradeSource
from perpbox.money import Qty
from perpbox.views.klines import Kline
from perpbox.views.trades import AggTrade
from perpbox.wire.changes import Change
from perpbox.wire.desk import Desk
from perpbox.wire.errors import wire_error
from perpbox.wire.market.text import (
    array,
    market_of,
    markets_of_pair,
    of_contract_type,
    price_text,
    quantity_text,
    quote_text,
    truth,
)
from perpbox.wire.params import Params

TRADES_LIMIT: Final = 500
OLD_TRADES_LIMIT: Final = 100
AGGREGATES_LIMIT: Final = 500
KLINES_LIMIT: Final = 500


def trades(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/trades``; ``isRPITrade`` since 2025-11-18."""
    instrument = market_of(desk, params).instrument
    limit = params.number_or_none("limit") or TRADES_LIMIT
    rows = desk.views.trades.recent(instrument.symbol, limit)
    return _trades(desk, rows, instrument)


def historical_trades(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/historicalTrades``: from an id on, else the newest; a month back at most."""
    instrument = market_of(desk, params).instrument
    oldest_ms = desk.now_ms() - desk.views.bounds.trade_age_ms
    rows = desk.views.trades.since(
        instrument.symbol,
        params.number_or_none("fromId"),
        oldest_ms,
        params.number_or_none("limit") or OLD_TRADES_LIMIT,
    )
    return _trades(desk, rows, instrument)


def _trades(desk: Desk, rows: list[TradePrinted], instrument: Instrument) -> bytes:
    if not desk.vintage.has(Change.RPI_TRADES):
        return array(_trade(row, instrument) + "}" for row in rows)
    return array(
        f'{_trade(row, instrument)},"isRPITrade":{truth(row.source is TradeSource.RPI)}}}'
        for row in rows
    )


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
    from_id = params.number_or_none("fromId")
    if from_id is not None and start_ms is None:
        # What is too old must not take the place of newer rows.
        start_ms = max(0, oldest_ms)
    rows = desk.views.trades.aggregated(
        instrument.symbol,
        from_id,
        start_ms,
        end_ms,
        params.number_or_none("limit") or AGGREGATES_LIMIT,
    )
    has_normal_quantity = desk.vintage.has(Change.AGGREGATES_NORMAL_QUANTITY)
    return array(
        _aggregate(row, instrument, has_normal_quantity) for row in rows if row.at_ms >= oldest_ms
    )


def _aggregate(row: AggTrade, instrument: Instrument, has_normal_quantity: bool) -> str:
    quantity = quantity_text(row.quantity, instrument)
    normal = f'"nq":"{quantity_text(Qty(row.normal), instrument)}",' if has_normal_quantity else ""
    return (
        f'{{"a":{row.aggregate_id},"p":"{price_text(row.price, instrument)}","q":"{quantity}",'
        f'{normal}"f":{row.first_id},"l":{row.last_id},"T":{row.at_ms},'
        f'"m":{truth(row.buyer_is_maker)}}}'
    )


def klines(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/klines``: arrays of twelve, the last of them always ``"0"``."""
    return _candles(desk, market_of(desk, params).instrument, params)


def continuous_klines(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/continuousKlines``: candles of the pair's contract of a type.

    Raises:
        WireError: -4144 when no contract has this pair.
    """
    markets = markets_of_pair(desk, params, -4144)
    market = of_contract_type(desk, markets, params.text("contractType"))
    return b"[]" if market is None else _candles(desk, market.instrument, params)


def _candles(desk: Desk, instrument: Instrument, params: Params) -> bytes:
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
