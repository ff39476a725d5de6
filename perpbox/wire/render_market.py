"""Answers of the market data endpoints: ``(desk, account, params) -> JSON bytes``."""

from perpbox.wire.market.assets import asset_indexes
from perpbox.wire.market.book import depth, ticker_book
from perpbox.wire.market.funding import funding_info, funding_rate, premium_index
from perpbox.wire.market.info import exchange_info, ping, time
from perpbox.wire.market.tape import agg_trades, klines, trades
from perpbox.wire.market.ticker import ticker_24hr, ticker_price

ticker_price_v2 = ticker_price
"""The second version of the route differs in nothing but its path."""

__all__ = [
    "agg_trades",
    "asset_indexes",
    "depth",
    "exchange_info",
    "funding_info",
    "funding_rate",
    "klines",
    "ping",
    "premium_index",
    "ticker_24hr",
    "ticker_book",
    "ticker_price",
    "ticker_price_v2",
    "time",
    "trades",
]
