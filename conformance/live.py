"""The box that a client is let loose on: markets that move, an hour of history, no limits."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple

from perpbox import money
from perpbox.box import Box
from perpbox.engine.commands import PlaceOrder
from perpbox.engine.events import Rejected
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.gateway.clock import wall_clock_ms
from perpbox.gateway.handler import Handler, Reply
from perpbox.money import Price, Qty

HISTORY_MINUTES: Final = 60
HISTORY_STEP_MINUTES: Final = 5
"""Of this length are the periods of statistics."""
SIM: Final = {"step_ms": 250, "trades_per_minute": 120, "catch_up_steps_max": 10}


class Seen(NamedTuple):
    """A request and how it was answered."""

    row: str
    """Method and path."""
    status: int


class ObservedBox(Box):
    """A box that takes down which requests it answered."""

    def __init__(self, **options: object) -> None:
        self.seen: list[Seen] = []
        super().__init__(**options)

    def take_seen(self) -> list[Seen]:
        """What was answered since this was asked last."""
        taken, self.seen = self.seen, []
        return taken

    def handler(self) -> Handler:
        """Answer, and note what was asked."""
        answer = super().handler()

        def noted(
            method: str,
            path: str,
            query: bytes,
            headers: Mapping[bytes, bytes],
            body: bytes,
            peer: str,
        ) -> Reply:
            reply = answer(method, path, query, headers, body, peer)
            self.seen.append(Seen(f"{method} {path}", reply[0]))
            return reply

        return noted


def _take_a_position(box: Box) -> None:
    """Let somebody hold something, so that there is open interest to tell statistics of."""
    holder = box.account(usdt=1_000_000)
    order = PlaceOrder(
        holder.account_id,
        "BTCUSDT",
        Side.BUY,
        PositionSide.BOTH,
        OrderType.MARKET,
        TimeInForce.GTC,
        Qty(money.parse("0.5")),
        Price(0),
        reduce_only=False,
        client_order_id="holder",
    )
    assert not isinstance(box.submit(order)[0], Rejected)


@contextmanager
def live_box(unrouted: str = "all", **more: object) -> Iterator[ObservedBox]:
    """A box on the wall's time that looks back on an hour of trading.

    A real clock cannot start in the past; a clock of speed 1 can, and runs beside it.
    """
    started_ms = wall_clock_ms() - HISTORY_MINUTES * 60_000
    options = {"market": "sim", "sim": SIM, "clock": "1", "now": str(started_ms), **more}
    with ObservedBox(**options, rate_limits="off", unrouted=unrouted) as box:
        box.advance(minutes=HISTORY_STEP_MINUTES)
        _take_a_position(box)
        for _ in range(HISTORY_STEP_MINUTES, HISTORY_MINUTES, HISTORY_STEP_MINUTES):
            box.advance(minutes=HISTORY_STEP_MINUTES)
        yield box
