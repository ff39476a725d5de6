"""How much the views remember. Every bound has a name here and nowhere else."""

from typing import Final

import msgspec

DAY_MS: Final = 86_400_000


class ViewBounds(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of every history. A history may hold an eighth more before it is trimmed."""

    finished_orders_per_account: int = 20_000
    """Finished orders kept an account; open orders are always kept."""
    finished_order_age_ms: int = 90 * DAY_MS
    """Finished orders can be asked for this long."""
    unfilled_order_age_ms: int = 3 * DAY_MS
    """Orders canceled or expired without a fill can be asked for this long."""
    user_trades_per_symbol: int = 20_000
    """Fills kept an account and symbol."""
    user_trade_age_ms: int = 90 * DAY_MS
    income_per_account: int = 20_000
    income_age_ms: int = 90 * DAY_MS
    amendments_per_account: int = 10_000
    """Changes of orders kept an account."""
    amendment_age_ms: int = 90 * DAY_MS
    conversions: int = 20_000
    """Conversions kept, of all accounts."""
    margin_moves_per_account: int = 5_000
    margin_move_age_ms: int = 30 * DAY_MS
    trades_per_symbol: int = 1_000
    """Public trades kept a symbol, one by one."""
    trade_age_ms: int = 30 * DAY_MS
    """Public trades can be looked up for this long."""
    aggregates_per_symbol: int = 5_000
    """Public trades kept a symbol, aggregated."""
    aggregate_age_ms: int = 2 * DAY_MS
    candles: int = 1_500
    """Candles with trades kept a symbol and interval."""
    price_candles: int = 500
    """Candles kept a symbol and interval of each: index, mark, premium."""
    crowds_per_symbol: int = 8_640
    """Samples of who holds what kept a symbol: 30 days, if something changes every 5 minutes."""
    funding_rates_per_symbol: int = 1_000
