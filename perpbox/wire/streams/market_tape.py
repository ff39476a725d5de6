"""Stream payloads from the tape: trades, aggregates, candles and rolling days."""

from typing import Final

from perpbox.engine.events import TradePrinted
from perpbox.engine.symbol import Instrument, pair_of
from perpbox.money import PLACES, Qty, fixed
from perpbox.views.klines import Kline
from perpbox.views.tickers import PERCENT_PLACES, DayTicker
from perpbox.views.trades import AggTrade
from perpbox.wire.changes import Change
from perpbox.wire.market.text import price_text, quantity_text, quote_text, truth
from perpbox.wire.market.ticker import DAY_QUOTE_PLACES
from perpbox.wire.streams.market_text import pair_key, type_key
from perpbox.wire.vintage import Vintage

NO_TRADE_ID: Final = -1
"""First and last id of a candle without trades (our choice)."""
_PERCENT_UNIT: Final = 10 ** (PLACES - PERCENT_PLACES)


def agg_trade(row: AggTrade, instrument: Instrument, event_ms: int, vintage: Vintage) -> bytes:
    """``aggTrade``; ``nq``, the quantity without retail price improvement, since 2025-12-31."""
    quantity = quantity_text(row.quantity, instrument)
    tells_normal = vintage.has(Change.AGG_STREAM_NORMAL_QUANTITY)
    normal = f'"nq":"{quantity_text(Qty(row.normal), instrument)}",' if tells_normal else ""
    return (
        f'{{"e":"aggTrade","E":{event_ms},"a":{row.aggregate_id},"s":"{row.symbol}",'
        f'"p":"{price_text(row.price, instrument)}","q":"{quantity}",{normal}'
        f'"f":{row.first_id},"l":{row.last_id},"T":{row.at_ms},'
        f'"m":{truth(row.buyer_is_maker)}{type_key(vintage)}}}'
    ).encode()


def trade(event: TradePrinted, instrument: Instrument, event_ms: int) -> bytes:
    """``trade``, undocumented; ``X`` is ``MARKET`` for what was matched."""
    return (
        f'{{"e":"trade","E":{event_ms},"T":{event.at_ms},"s":"{event.symbol}",'
        f'"t":{event.trade_id},"p":"{price_text(event.price, instrument)}",'
        f'"q":"{quantity_text(event.quantity, instrument)}","X":"MARKET",'
        f'"m":{truth(event.buyer_is_maker)}}}'
    ).encode()


def kline(
    row: Kline, instrument: Instrument, interval: str, event_ms: int, *, closed: bool
) -> bytes:
    """``kline``, with the ids of its first and last trade."""
    first_id = row.first_id if row.count else NO_TRADE_ID
    last_id = row.last_id if row.count else NO_TRADE_ID
    candle = _candle(row, instrument, interval, (first_id, last_id), closed=closed)
    return (
        f'{{"e":"kline","E":{event_ms},"s":"{instrument.symbol}","k":{{"t":{row.open_ms},'
        f'"T":{row.close_ms},"s":"{instrument.symbol}",{candle}}}}}'
    ).encode()


def continuous_kline(
    row: Kline,
    instrument: Instrument,
    contract_type: str,
    interval: str,
    update_ids: tuple[int, int],
    event_ms: int,
    *,
    closed: bool,
) -> bytes:
    """``continuous_kline``: ``f`` and ``L`` are ids of the book (recorded)."""
    candle = _candle(row, instrument, interval, update_ids, closed=closed)
    return (
        f'{{"e":"continuous_kline","E":{event_ms},"ps":"{pair_of(instrument.symbol)}",'
        f'"ct":"{contract_type}","k":{{"t":{row.open_ms},"T":{row.close_ms},{candle}}}}}'
    ).encode()


def _candle(
    row: Kline, instrument: Instrument, interval: str, ids: tuple[int, int], *, closed: bool
) -> str:
    """What both kinds of candles share, from the interval on."""
    return (
        f'"i":"{interval}","f":{ids[0]},"L":{ids[1]},'
        f'"o":"{price_text(row.open, instrument)}","c":"{price_text(row.close, instrument)}",'
        f'"h":"{price_text(row.high, instrument)}","l":"{price_text(row.low, instrument)}",'
        f'"v":"{quantity_text(row.volume, instrument)}","n":{row.count},"x":{truth(closed)},'
        f'"q":"{quote_text(row.quote, instrument)}",'
        f'"V":"{quantity_text(row.taker_buy_volume, instrument)}",'
        f'"Q":"{quote_text(row.taker_buy_quote, instrument)}","B":"0"'
    )


def mini_ticker(day: DayTicker, instrument: Instrument, event_ms: int, vintage: Vintage) -> str:
    """``24hrMiniTicker``."""
    return (
        f'{{"e":"24hrMiniTicker","E":{event_ms},"s":"{day.symbol}",'
        f"{pair_key(instrument, vintage)}"
        f'"c":"{price_text(day.last, instrument)}","o":"{price_text(day.open, instrument)}",'
        f'"h":"{price_text(day.high, instrument)}","l":"{price_text(day.low, instrument)}",'
        f'"v":"{quantity_text(day.volume, instrument)}",'
        f'"q":"{fixed(day.quote, DAY_QUOTE_PLACES)}"{type_key(vintage)}}}'
    )


def ticker(day: DayTicker, instrument: Instrument, event_ms: int, vintage: Vintage) -> str:
    """``24hrTicker``."""
    return (
        f'{{"e":"24hrTicker","E":{event_ms},"s":"{day.symbol}",{pair_key(instrument, vintage)}'
        f'"p":"{price_text(day.change, instrument)}",'
        f'"P":"{fixed(day.change_percent * _PERCENT_UNIT, PERCENT_PLACES)}",'
        f'"w":"{price_text(day.weighted_average, instrument)}",'
        f'"c":"{price_text(day.last, instrument)}",'
        f'"Q":"{quantity_text(day.last_quantity, instrument)}",'
        f'"o":"{price_text(day.open, instrument)}","h":"{price_text(day.high, instrument)}",'
        f'"l":"{price_text(day.low, instrument)}",'
        f'"v":"{quantity_text(day.volume, instrument)}",'
        f'"q":"{fixed(day.quote, DAY_QUOTE_PLACES)}","O":{day.open_ms},"C":{day.close_ms},'
        f'"F":{day.first_id},"L":{day.last_id},"n":{day.count}{type_key(vintage)}}}'
    )
