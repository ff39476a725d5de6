from nautilus_trader.adapters.binance import (
    BINANCE,
    BinanceAccountType,
    BinanceDataClientConfig,
    BinanceExecClientConfig,
    BinanceInstrumentProviderConfig,
    BinanceLiveDataClientFactory,
    BinanceLiveExecClientFactory,
)
from nautilus_trader.config import TradingNodeConfig
from nautilus_trader.live.node import TradingNode

PERPBOX = {
    "api_key": "demokey0" * 8,
    "api_secret": "secret00" * 8,
    "account_type": BinanceAccountType.USDT_FUTURES,
    "base_url_http": "http://127.0.0.1:8800",
    "instrument_provider": BinanceInstrumentProviderConfig(load_all=True),
}
data = BinanceDataClientConfig(**PERPBOX, base_url_ws="ws://127.0.0.1:8800")
execution = BinanceExecClientConfig(
    **PERPBOX,
    base_url_ws="ws://127.0.0.1:8800/ws-fapi/v1",
    base_url_ws_stream="ws://127.0.0.1:8800",
)
node = TradingNode(
    TradingNodeConfig(data_clients={BINANCE: data}, exec_clients={BINANCE: execution})
)
node.add_data_client_factory(BINANCE, BinanceLiveDataClientFactory)
node.add_exec_client_factory(BINANCE, BinanceLiveExecClientFactory)
