"""What happened, in the words of the trade: events of one command as lines."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from perpbox.engine.events import (
    ContractPhaseChanged,
    ContractSettled,
    Event,
    FundingFixed,
    IsolatedMarginMoved,
    LedgerPosted,
    MarginCalled,
    OrderAccepted,
    OrderEnded,
    OrderTraded,
    PositionChanged,
    Rejected,
    ScopeLiquidated,
    TradePrinted,
)
from perpbox.engine.types import EndReason, Forced, LedgerKind, Phase, PositionSide, Side
from perpbox.money import plain

LEGS = {PositionSide.BOTH: "", PositionSide.LONG: " long", PositionSide.SHORT: " short"}
TOLD_ENDS = (EndReason.LIQUIDATION, EndReason.DELISTED)
PHASES = {
    Phase.OPEN: "trades",
    Phase.REDUCING: "only lets positions be reduced",
    Phase.SETTLING: "is settled",
    Phase.OVER: "is over",
}
VERBS = {Side.BUY: ("buy", "bought"), Side.SELL: ("sell", "sold")}


class Teller:
    """Says what is worth saying: refusals and everything that nobody asked for.

    With ``tells_fills`` what traders' own orders did as well.
    """

    def __init__(self, names: Mapping[int, str]) -> None:
        self.names = names
        self.tells_fills = False
        self.orders: dict[int, OrderAccepted] = {}
        self.is_settling = False

    def tell(self, events: Sequence[Event]) -> list[str]:
        printed = {(e.symbol, e.trade_id) for e in events if isinstance(e, TradePrinted)}
        lines: list[str] = []
        before: Event | None = None
        for event in events:
            line = self._line(event, before, printed)
            if line:
                lines.append(line)
            before = event
        return lines

    def _line(self, event: Event, before: Event | None, printed: set[tuple[str, int]]) -> str:
        match event:
            case Rejected():
                return f"refused {event.reason.name}"
            case OrderAccepted():
                self.orders[event.order_id] = event
                self.is_settling = event.forced is Forced.SETTLEMENT
                return self._forced(event)
            case OrderTraded():
                return self._traded(event, (event.symbol, event.trade_id) in printed)
            case OrderEnded():
                return self._ended(event)
            case MarginCalled():
                what = event.symbol or event.asset
                return f"margin call {self.names[event.account_id]} {what}"
            case ScopeLiquidated():
                what = event.symbol or event.asset
                return f"liquidated {self.names[event.account_id]} {what}"
            case LedgerPosted():
                return self._posted(event)
            case FundingFixed():
                at = datetime.fromtimestamp(event.funding_ms / 1000, UTC)
                return f"funding {event.symbol} {plain(event.rate)} at {at:%H:%M}"
            case ContractPhaseChanged():
                return self._phase(event)
            case ContractSettled():
                return f"settled {event.symbol} @ {plain(event.price)}"
            case IsolatedMarginMoved():
                if event.by_user or isinstance(before, PositionChanged):
                    return ""
                name = self.names[event.account_id]
                return f"{name} adds {plain(event.amount)} to {event.symbol}"
            case _:
                return ""

    def _forced(self, event: OrderAccepted) -> str:
        if event.forced is Forced.NO:
            return ""
        name, verb = self.names[event.account_id], VERBS[event.side][0]
        why = {Forced.DELEVERAGING: " deleveraged", Forced.SETTLEMENT: " settled"}.get(
            event.forced, ""
        )
        what = f"{plain(event.quantity)} {event.symbol}{LEGS[event.position_side]}"
        return f"{name}{why} must {verb} {what} @ {plain(event.price)}"

    def _traded(self, event: OrderTraded, is_printed: bool) -> str:
        if self.orders[event.order_id].forced is Forced.NO and not self.tells_fills:
            return ""
        name, verb = self.names[event.account_id], VERBS[event.side][1]
        where = "" if is_printed else " off the book"
        realized = f" realizing {plain(event.realized)}" if event.realized else ""
        what = f"{plain(event.quantity)} {event.symbol} @ {plain(event.price)}"
        return f"{name} {verb} {what}{where}{realized}"

    def _ended(self, event: OrderEnded) -> str:
        order = self.orders[event.order_id]
        if event.reason not in TOLD_ENDS and not self.tells_fills:
            return ""
        name, verb = self.names[event.account_id], VERBS[order.side][0]
        how = event.status.value.lower()
        return f"{how} {name} {verb} {plain(order.quantity)} {event.symbol} @ {plain(order.price)}"

    def _phase(self, event: ContractPhaseChanged) -> str:
        at = datetime.fromtimestamp(event.at_ms / 1000, UTC)
        return f"{event.symbol} {PHASES[event.phase]} at {at:%H:%M}"

    def _posted(self, event: LedgerPosted) -> str:
        name = self.names[event.account_id]
        amount = f"{plain(abs(event.amount))} {event.asset}"
        if event.kind is LedgerKind.FUNDING_FEE:
            return f"{name} {'receives' if event.amount > 0 else 'pays'} {amount} funding"
        if event.kind is LedgerKind.COMMISSION and self.is_settling:
            return f"{name} pays commission {amount}"
        if event.kind is LedgerKind.AUTO_EXCHANGE:
            return f"{name} exchanges {'to' if event.amount > 0 else 'from'} {amount}"
        if event.kind is LedgerKind.INSURANCE_CLEAR:
            return f"{name} {'is refilled' if event.amount > 0 else 'pays clearance'} {amount}"
        return ""
