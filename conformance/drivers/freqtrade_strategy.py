"""Goes long at once, waits for its stop to stand on the exchange, and leaves; then goes short."""

from freqtrade.persistence import Trade
from freqtrade.strategy import IStrategy


class RoundTrip(IStrategy):
    INTERFACE_VERSION = 3
    timeframe = "1m"
    can_short = True
    minimal_roi = {"0": 10}
    stoploss = -0.2
    startup_candle_count = 30
    order_types = {
        "entry": "market",
        "exit": "limit",
        "stoploss": "market",
        "stoploss_on_exchange": True,
    }

    def populate_indicators(self, dataframe, metadata):
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        was_long = Trade.get_trades_proxy(is_open=False)
        dataframe["enter_short" if was_long else "enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        return dataframe

    def leverage(self, **kwargs):
        return 5.0

    def custom_exit(self, pair, trade, **kwargs):
        return "stands" if trade.has_open_sl_orders else None
