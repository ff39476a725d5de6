"""Conditional orders on the small exchange, with prices as texts."""

from perpbox.engine.commands import CancelAlgoOrder, PlaceAlgoOrder, StreetTrade
from perpbox.engine.events import AlgoChanged, Event
from perpbox.engine.types import (
    AlgoStatus,
    AlgoType,
    PositionSide,
    PriceMatch,
    Side,
    TimeInForce,
    WorkingType,
)
from perpbox.money import parse
from tests.unit.engine.board import BOTH, GTC, SYMBOL, Board, price, qty

LAST, MARK = WorkingType.CONTRACT_PRICE, WorkingType.MARK_PRICE
STOP, TAKE = AlgoType.STOP, AlgoType.TAKE_PROFIT
STOP_MARKET, TAKE_MARKET = AlgoType.STOP_MARKET, AlgoType.TAKE_PROFIT_MARKET
TRAILING = AlgoType.TRAILING_STOP_MARKET


class AlgoBoard(Board):
    """A board on which 100 was the last price."""

    def prepare(self) -> "AlgoBoard":
        self.trade("100")
        return self

    def trade(self, at: str) -> list[Event]:
        """A print of the street between bid and ask."""
        return self.send(StreetTrade(SYMBOL, price(at), qty("0.01"), buyer_is_maker=True))

    def algo(
        self,
        side: Side,
        kind: AlgoType,
        trigger: str = "0",
        *,
        account: int = 1,
        quantity: str = "1",
        at: str = "0",
        leg: PositionSide = BOTH,
        tif: TimeInForce = GTC,
        working: WorkingType = LAST,
        match: PriceMatch = PriceMatch.NONE,
        close: bool = False,
        protect: bool = False,
        reduce_only: bool = False,
        activate: str = "0",
        callback: str = "0",
        name: str = "",
        symbol: str = SYMBOL,
    ) -> PlaceAlgoOrder:
        self.names += 1
        return PlaceAlgoOrder(
            account,
            symbol,
            side,
            leg,
            kind,
            tif,
            qty("0" if close else quantity),
            price(at),
            price(trigger),
            name or f"algo {self.names}",
            working,
            match,
            close,
            protect,
            reduce_only,
            price(activate),
            parse(callback),
        )

    def wait(self, command: PlaceAlgoOrder) -> int:
        """Place one that must be taken; its id."""
        placed = self.send(command)[0]
        assert isinstance(placed, AlgoChanged), placed
        assert placed.status is AlgoStatus.NEW
        return placed.algo_id

    def cancel_algo(self, algo_id: int, account: int = 1) -> list[Event]:
        return self.send(CancelAlgoOrder(account, algo_id, ""))

    @property
    def waiting(self) -> list[int]:
        return list(self.exchange.state.algo.orders)


def changes(events: list[Event]) -> list[tuple[int, str]]:
    """(algo id, status) of what happened to conditional orders."""
    return [(e.algo_id, e.status.value) for e in events if isinstance(e, AlgoChanged)]


def statuses(events: list[Event]) -> list[str]:
    return [status for _, status in changes(events)]
