"""A box with a past: trades, positions on both sides, prices over more than an hour."""

from perpbox.engine.commands import PlaceOrder, SetPrices, StreetTrade
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.money import SCALE, Price, Qty
from tests.unit.gateway.rest_box import NOW_MS, PRICE, RestBox

SYMBOL = "BTCUSDT"
MINUTE_MS = 60_000
FIVE_MINUTES_MS = 5 * MINUTE_MS

CALLS: dict[str, tuple[str, dict[str, object]]] = {
    "historical_trades": ("/fapi/v1/historicalTrades", {"symbol": SYMBOL}),
    "continuous_klines": (
        "/fapi/v1/continuousKlines",
        {"pair": SYMBOL, "contractType": "PERPETUAL", "interval": "1m"},
    ),
    "index_price_klines": (
        "/fapi/v1/indexPriceKlines",
        {"pair": SYMBOL, "interval": "1m", "limit": 50},
    ),
    "mark_price_klines": (
        "/fapi/v1/markPriceKlines",
        {"symbol": SYMBOL, "interval": "1m", "limit": 50},
    ),
    "premium_index_klines": (
        "/fapi/v1/premiumIndexKlines",
        {"symbol": SYMBOL, "interval": "1m", "limit": 50},
    ),
    "rpi_depth": ("/fapi/v1/rpiDepth", {"symbol": SYMBOL}),
    "open_interest": ("/fapi/v1/openInterest", {"symbol": SYMBOL}),
    "constituents": ("/fapi/v1/constituents", {"symbol": SYMBOL}),
    **{
        golden: (f"/futures/data/{name}", {"symbol": SYMBOL, "period": "5m"})
        for golden, name in (
            ("open_interest_hist", "openInterestHist"),
            ("top_long_short_account_ratio", "topLongShortAccountRatio"),
            ("top_long_short_position_ratio", "topLongShortPositionRatio"),
            ("global_long_short_account_ratio", "globalLongShortAccountRatio"),
            ("takerlongshort_ratio", "takerlongshortRatio"),
        )
    },
    "basis": (
        "/futures/data/basis",
        {"pair": SYMBOL, "contractType": "PERPETUAL", "period": "5m"},
    ),
    "trading_schedule": ("/fapi/v1/tradingSchedule", {}),
}
"""Golden file of a row -> the call that answers like it."""


def order(box: RestBox, account_id: int, side: Side, units: int) -> None:
    """A market order of thousandths."""
    events = box.submit(
        PlaceOrder(
            account_id,
            SYMBOL,
            side,
            PositionSide.BOTH,
            OrderType.MARKET,
            TimeInForce.GTC,
            Qty(units * SCALE // 1_000),
            Price(0),
            reduce_only=False,
            client_order_id=f"{account_id}-{units}-{box.box_ms}",
        )
    )
    assert len(events) > 1, events


def street(box: RestBox, price: int, units: int, buyer_is_maker: bool = False) -> None:
    """A trade of the street among itself, in thousandths."""
    box.submit(
        StreetTrade(SYMBOL, Price(price * SCALE), Qty(units * SCALE // 1_000), buyer_is_maker)
    )


def move(box: RestBox, at_ms: int, index: int, mark: int = 0, symbol: str = SYMBOL) -> None:
    """New prices at a time."""
    box.box_ms = at_ms
    box.submit(SetPrices(symbol, Price(index * SCALE), Price((mark or index) * SCALE)))


def scene(api_date: str = "2026-11-01") -> RestBox:
    """An hour: one account long, two short; trades and prices on the way."""
    box = RestBox(api_date, rate_limits=False)
    for key in ("b", "c"):
        box.open_account(key * 64, key)
    for step in range(13):
        move(box, NOW_MS + step * FIVE_MINUTES_MS, PRICE + step, PRICE + 2 * step)
        street(box, PRICE - 1, 30 + step, buyer_is_maker=True)
        street(box, PRICE + 1, 20 + step)
        if step == 1:
            order(box, 1, Side.BUY, 300)
            order(box, 2, Side.SELL, 100)
            order(box, 3, Side.SELL, 100)
    return box
