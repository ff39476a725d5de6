"""python-binance, which still imports a deprecated name of its own WebSocket library."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from binance import AsyncClient, BinanceSocketManager, FuturesDepthCacheManager
    from binance.exceptions import BinanceAPIException

__all__ = [
    "AsyncClient",
    "BinanceAPIException",
    "BinanceSocketManager",
    "FuturesDepthCacheManager",
]
