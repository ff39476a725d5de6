"""Stream payloads about prices: mark price, composite index, asset indexes."""

from perpbox import rounding
from perpbox.engine.assets import asset_index
from perpbox.engine.funding import funding_rate
from perpbox.engine.marking import estimated_settle_price
from perpbox.engine.state import Market, State
from perpbox.engine.symbol import MarginAsset
from perpbox.money import Rate, fixed
from perpbox.wire.changes import Change
from perpbox.wire.market.assets import DOLLAR
from perpbox.wire.streams.market_text import type_key
from perpbox.wire.vintage import Vintage


def mark_price(market: Market, event_ms: int, vintage: Vintage) -> str:
    """``markPriceUpdate``; ``ap`` since 2026-03-16.

    The moving average is the mark; the estimated settle price is the index, and its average
    before a delivery (our choice). A dated contract has rate and time 0 (recorded).
    """
    mark, index = fixed(market.mark), fixed(market.index)
    settle = fixed(estimated_settle_price(market, event_ms))
    rate = fixed(Rate(0) if market.instrument.is_dated else funding_rate(market, event_ms))
    average = f'"ap":"{mark}",' if vintage.has(Change.MARK_AVERAGE) else ""
    return (
        f'{{"e":"markPriceUpdate","E":{event_ms},"s":"{market.instrument.symbol}",'
        f'"p":"{mark}",{average}"P":"{settle}","i":"{index}",'
        f'"r":"{rate}","T":{market.funding_next_ms}{type_key(vintage)}}}'
    )


def composite_index(market: Market, event_ms: int) -> bytes:
    """``compositeIndex``. What it is composed of is not known here: the list is empty."""
    return (
        f'{{"e":"compositeIndex","E":{event_ms},"s":"{market.instrument.symbol}",'
        f'"p":"{fixed(market.index)}","C":"baseAsset","c":[]}}'
    ).encode()


def asset_index_row(state: State, listed: MarginAsset, event_ms: int) -> str:
    """``assetIndexUpdate``, with the numbers of the REST row."""
    index = asset_index(state, listed.asset)
    return (
        f'{{"e":"assetIndexUpdate","E":{event_ms},"s":"{listed.asset}{DOLLAR}",'
        f'"i":"{fixed(index)}","b":"{fixed(listed.bid_buffer)}","a":"{fixed(listed.ask_buffer)}",'
        f'"B":"{fixed(rounding.asset_bid_rate(index, listed.bid_buffer))}",'
        f'"A":"{fixed(rounding.asset_ask_rate(index, listed.ask_buffer))}",'
        f'"q":"{fixed(listed.exchange_bid_buffer)}","g":"{fixed(listed.exchange_ask_buffer)}",'
        f'"Q":"{fixed(rounding.asset_bid_rate(index, listed.exchange_bid_buffer))}",'
        f'"G":"{fixed(rounding.asset_ask_rate(index, listed.exchange_ask_buffer))}"}}'
    )
