"""Answers of the market data endpoints: ``(desk, account, params) -> JSON bytes``."""

from perpbox.wire.market.book import book_ticker, depth
from perpbox.wire.market.funding import funding_info, funding_rate, premium_index
from perpbox.wire.market.info import exchange_info, ping, server_time
from perpbox.wire.market.tape import agg_trades, klines, trades
from perpbox.wire.market.ticker import ticker_day, ticker_price

__all__ = [
    "agg_trades",
    "book_ticker",
    "depth",
    "exchange_info",
    "funding_info",
    "funding_rate",
    "klines",
    "ping",
    "premium_index",
    "server_time",
    "ticker_day",
    "ticker_price",
    "trades",
]
