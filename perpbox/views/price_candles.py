"""Candles of index price, mark price and premium, by contract."""

from perpbox.engine.events import PremiumSampled, PricesChanged
from perpbox.views.bounds import ViewBounds
from perpbox.views.price_bars import PriceBars


class PriceChart:
    """The three prices of a contract that nobody trades at."""

    __slots__ = ("index", "mark", "premium")

    def __init__(self, rows_max: int) -> None:
        self.index = PriceBars(rows_max)
        self.mark = PriceBars(rows_max)
        self.premium = PriceBars(rows_max)


class PriceCandles:
    """Fold of ``PricesChanged`` and ``PremiumSampled``."""

    __slots__ = ("_charts", "_rows_max")

    def __init__(self, bounds: ViewBounds) -> None:
        self._rows_max = bounds.price_candles
        self._charts: dict[str, PriceChart] = {}

    def chart(self, symbol: str) -> PriceChart:
        """The candles of a contract; empty ones where nothing is known of it yet."""
        chart = self._charts.get(symbol)
        if chart is None:
            chart = self._charts[symbol] = PriceChart(self._rows_max)
        return chart

    def moved(self, event: PricesChanged) -> None:
        """Draw a new index and mark."""
        chart = self.chart(event.symbol)
        chart.index.add(event.at_ms, event.index)
        chart.mark.add(event.at_ms, event.mark)

    def sampled(self, event: PremiumSampled) -> None:
        """Draw the premium from the first of these samples on."""
        self.chart(event.symbol).premium.add(event.first_ms, event.premium)
