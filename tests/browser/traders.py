"""Orders of the demo account, straight into the exchange."""

from perpbox.box import Box
from perpbox.engine.types import Side
from tests.live import Live

DEMO_KEY = "demokey0" * 8
DEMO_SECRET = "secret00" * 8


def trader(box: Box) -> Live:
    return Live(box.url, DEMO_KEY, DEMO_SECRET, box.desk.now_ms())


def order(box: Box, **fields: object) -> None:
    status, answer = trader(box).signed("POST", "/fapi/v1/order", **fields)
    assert status == 200, answer


def market_order(box: Box, symbol: str, side: Side, quantity: str) -> None:
    order(box, symbol=symbol, side=side.name, type="MARKET", quantity=quantity)


def limit_order(box: Box, symbol: str, side: Side, quantity: str, price: str) -> None:
    order(
        box,
        symbol=symbol,
        side=side.name,
        type="LIMIT",
        timeInForce="GTC",
        quantity=quantity,
        price=price,
    )
