"""Goes long at once, waits for its stop to stand on the exchange, and leaves."""

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
        dataframe["enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        return dataframe

    def leverage(self, **kwargs):
        return 5.0

    def custom_exit(self, pair, trade, **kwargs):
        return "stands" if trade.has_open_sl_orders else None
