from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)

KEYS = {"api_key": "demokey0" * 8, "api_secret": "secret00" * 8}
client = DerivativesTradingUsdsFutures(
    config_rest_api=ConfigurationRestAPI(**KEYS, base_path="http://127.0.0.1:8800"),
    config_ws_api=ConfigurationWebSocketAPI(**KEYS, stream_url="ws://127.0.0.1:8800/ws-fapi/v1"),
    config_ws_streams=ConfigurationWebSocketStreams(stream_url="ws://127.0.0.1:8800"),
)
