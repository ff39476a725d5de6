"""Statistics of the rolling day."""

from typing import Final

import msgspec

from perpbox import rounding
from perpbox.money import Amount, Price, Qty
from perpbox.views.bounds import DAY_MS
from perpbox.views.intervals import MINUTE_MS
from perpbox.views.klines import Klines
from perpbox.views.trades import Trades

PERCENT_PLACES: Final = 3


class DayTicker(msgspec.Struct, frozen=True):
    """24 hours in numbers. ``change_percent`` counts units of 0.001 percent."""

    symbol: str
    change: Price
    change_percent: int
    weighted_average: Price
    last: Price
    last_quantity: Qty
    open: Price
    high: Price
    low: Price
    volume: Qty
    quote: Amount
    open_ms: int
    close_ms: int
    first_id: int
    last_id: int
    count: int


def window_start_ms(now_ms: int) -> int:
    """Where the rolling day begins: on the full minute 24 hours ago or just before.

    Recorded: closing at 1791382979530 the window opens at 1791296520000.
    """
    day_ago_ms = now_ms - DAY_MS
    return day_ago_ms - day_ago_ms % MINUTE_MS


class Tickers:
    """Reads the candles; keeps nothing of its own."""

    __slots__ = ("_klines", "_trades")

    def __init__(self, klines: Klines, trades: Trades) -> None:
        self._klines = klines
        self._trades = trades

    def day(self, symbol: str, now_ms: int) -> DayTicker | None:
        """The rolling day of a symbol that ever traded, else ``None``.

        A day without trades is flat at the last price, with zero sums and ids.
        """
        last = self._trades.last(symbol)
        if last is None:
            return None
        start_ms = window_start_ms(now_ms)
        total = self._klines.span(symbol, start_ms)
        opening = total.open if total else last.price
        change = Price(last.price - opening)
        return DayTicker(
            symbol=symbol,
            change=change,
            change_percent=rounding.percent_change(change, opening),
            weighted_average=(
                rounding.average_price(Amount(total.quote), Qty(total.volume))
                if total
                else last.price
            ),
            last=last.price,
            last_quantity=last.quantity,
            open=opening,
            high=total.high if total else last.price,
            low=total.low if total else last.price,
            volume=Qty(total.volume if total else 0),
            quote=Amount(total.quote if total else 0),
            open_ms=start_ms,
            close_ms=now_ms,
            first_id=total.first_id if total else 0,
            last_id=total.last_id if total else 0,
            count=total.count if total else 0,
        )
