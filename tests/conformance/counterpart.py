"""The other side of a client's trades: orders of a second account, without a wire."""

from perpbox import money
from perpbox.box import Box
from perpbox.engine.commands import PlaceOrder, SetDepth
from perpbox.engine.events import Rejected
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.money import Price, Qty


class Counterpart:
    """A second account of the box; its orders are good till cancelled."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._account = box.account(usdt=1_000_000)
        self._orders = 0

    def buy(self, quantity: str, price: str) -> None:
        """Bid."""
        self._place(Side.BUY, quantity, price)

    def sell(self, quantity: str, price: str) -> None:
        """Ask."""
        self._place(Side.SELL, quantity, price)

    def _place(self, side: Side, quantity: str, price: str) -> None:
        self._orders += 1
        order = PlaceOrder(
            self._account.account_id,
            "BTCUSDT",
            side,
            PositionSide.BOTH,
            OrderType.LIMIT,
            TimeInForce.GTC,
            Qty(money.parse(quantity)),
            Price(money.parse(price)),
            reduce_only=False,
            client_order_id=f"other-{self._orders}",
        )
        events = self._box.submit(order)
        assert not isinstance(events[0], Rejected), events


def make_room(box: Box) -> None:
    """Let the street stand aside: between 59990 and 60010 there are orders of accounts only."""
    quantity = Qty(money.parse("50"))
    bids = ((Price(money.parse("59990")), quantity),)
    asks = ((Price(money.parse("60010")), quantity),)
    box.submit(SetDepth("BTCUSDT", bids, asks, replace=True, from_lab=True))
