"""One command's events of one account as steps, with the numbers that each step left.

A fill with its postings and its leg is one step. The numbers in between are found by going back
from the state after the command, so an account that has no stream costs nothing, and a command
that fills ten times tells ten times what was true then.
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Final, TypeAlias, cast, get_args

from perpbox import rounding
from perpbox.engine.events import (
    AlgoChanged,
    AssetModeChanged,
    Event,
    IsolatedMarginMoved,
    LedgerPosted,
    LeverageChanged,
    MarginCalled,
    MarginTypeChanged,
    OrderAccepted,
    OrderAmended,
    OrderEnded,
    OrderTraded,
    PositionChanged,
)
from perpbox.engine.state import Account, State
from perpbox.engine.types import (
    EndReason,
    LedgerKind,
    OrderStatus,
    OrderType,
    PositionSide,
    Side,
)
from perpbox.money import Amount, Qty
from perpbox.wire.streams.user_account import Balance
from perpbox.wire.streams.user_orders import OrderNow

if TYPE_CHECKING:
    from perpbox.views.orders import OrderRecord, Orders

OrderEvent: TypeAlias = OrderAccepted | OrderTraded | OrderEnded | OrderAmended
Head: TypeAlias = (
    OrderEvent
    | LedgerPosted
    | IsolatedMarginMoved
    | LeverageChanged
    | MarginTypeChanged
    | AssetModeChanged
    | MarginCalled
    | AlgoChanged
)
UserEvent: TypeAlias = Head | PositionChanged


_OF_FILLS: Final = (
    LedgerKind.REALIZED_PNL,
    LedgerKind.DELIVERED_SETTLEMENT,
    LedgerKind.COMMISSION,
)
"""Kinds of postings that a fill causes."""
_TOLD: Final = frozenset(get_args(UserEvent))


def user_event(event: Event) -> UserEvent | None:
    """The event, if it is of a kind that a user-data stream is made from."""
    return cast(UserEvent, event) if type(event) in _TOLD else None


class Step:
    """One thing that happened to the account, with the numbers that it left."""

    __slots__ = ("balances", "changed", "head", "moved", "now", "posted")

    def __init__(self, head: Head) -> None:
        self.head = head
        self.posted: list[LedgerPosted] = [head] if isinstance(head, LedgerPosted) else []
        self.moved = head if isinstance(head, IsolatedMarginMoved) else None
        self.changed: PositionChanged | None = None
        self.now: OrderNow | None = None
        self.balances: list[Balance] = []


def fold_steps(events: Sequence[UserEvent]) -> list[Step]:
    """Put together what belongs together: a fill comes before its postings, leg and margin."""
    steps: list[Step] = []
    for event in events:
        last = steps[-1] if steps else None
        if isinstance(event, PositionChanged):
            assert last is not None, "a leg changed for no reason"
            last.changed = event
        elif last is not None and _is_of_fill(event, last):
            if isinstance(event, LedgerPosted):
                last.posted.append(event)
            elif isinstance(event, IsolatedMarginMoved):
                last.moved = event
        else:
            steps.append(Step(event))
    return steps


def _is_of_fill(event: Head, last: Step) -> bool:
    """Whether a posting or a move of margin is part of the fill before it."""
    fill = last.head
    if not isinstance(fill, OrderTraded):
        return False
    if isinstance(event, LedgerPosted):
        return event.kind in _OF_FILLS and event.trade_id == fill.trade_id
    return (
        isinstance(event, IsolatedMarginMoved)
        and not event.by_user
        and last.moved is None
        and (event.symbol, event.position_side) == (fill.symbol, fill.position_side)
    )


class Rewind:
    """Goes back through the steps of a command and notes what each of them left."""

    __slots__ = (
        "_account",
        "_done",
        "_isolated",
        "_notionals",
        "_orders",
        "_set_aside",
        "_state",
        "_wallets",
    )

    def __init__(self, state: State, orders: "Orders", account: Account) -> None:
        self._state = state
        self._orders = orders
        self._account = account
        self._wallets: dict[str, int] = {}
        self._isolated: dict[str, int] = {}
        self._notionals: dict[str, dict[Side, int]] = {}
        self._done: dict[int, tuple[int, int]] = {}
        """Order -> quantity executed and quote paid, before the steps gone through."""
        self._set_aside: dict[int, int] = {}
        """Step, by its place -> change of its leg's isolated wallet, where it is known."""

    def note(self, steps: Sequence[Step]) -> None:
        """Give every step its numbers."""
        self._note_set_aside(steps)
        for place in reversed(range(len(steps))):
            step = steps[place]
            head = step.head
            if isinstance(head, OrderEvent):
                self._note_order(step, head)
            if isinstance(head, OrderTraded | LedgerPosted | IsolatedMarginMoved):
                self._note_money(place, step, head)

    def _note_set_aside(self, steps: Sequence[Step]) -> None:
        """How isolated wallets moved from one telling of a leg to the next."""
        told: dict[tuple[str, PositionSide], int] = {}
        for place, step in enumerate(steps):
            leg = step.changed
            if leg is not None:
                key = (leg.symbol, leg.position_side)
                if key in told:
                    self._set_aside[place] = leg.isolated_wallet - told[key]
                told[key] = leg.isolated_wallet

    def _note_money(
        self, place: int, step: Step, head: OrderTraded | LedgerPosted | IsolatedMarginMoved
    ) -> None:
        """Balances: the asset of the margin, then what else a commission was paid in."""
        assets = dict.fromkeys(
            [head.margin_asset if isinstance(head, OrderTraded) else head.asset]
            + [posted.asset for posted in step.posted]
        )
        for asset in assets:
            wallet, isolated = self._money(asset)
            change = Amount(0)
            if isinstance(head, LedgerPosted):
                change = head.amount
            step.balances.append((asset, Amount(wallet), Amount(isolated), change))
        for posted in step.posted:
            self._wallets[posted.asset] -= posted.amount
        if step.moved is not None:
            self._isolated[step.moved.asset] -= step.moved.amount
        elif isinstance(head, LedgerPosted) and step.changed is not None:
            # What was paid by an isolated leg left its wallet, not the cross wallet; of a
            # clearance fee the cross wallet may have paid what the close gave to it.
            self._isolated[head.asset] -= self._set_aside.get(place, head.amount)

    def _money(self, asset: str) -> tuple[int, int]:
        account = self._account
        if asset not in self._wallets:
            self._wallets[asset] = self._state.ledger.balance(account.account_id, asset)
            self._isolated[asset] = account.isolated_total.get(asset, Amount(0))
        return self._wallets[asset], self._isolated[asset]

    def _note_order(self, step: Step, head: OrderEvent) -> None:
        record = self._orders.get(self._account.account_id, head.order_id)
        assert record is not None, f"order {head.order_id} is forgotten"
        executed, cum_quote = self._done.get(
            head.order_id, (int(record.executed), int(record.cum_quote))
        )
        step.now = self._order_now(head, record, executed, cum_quote)
        before, quote_before = executed, cum_quote
        if isinstance(head, OrderTraded):
            before, quote_before = executed - head.quantity, cum_quote - head.quote
        self._done[head.order_id] = (before, quote_before)
        # A closing order of hedge mode is shown as reduce-only, and counts.
        closes_leg = record.position_side is not PositionSide.BOTH
        if record.order_type is OrderType.LIMIT and (closes_leg or not record.reduce_only):
            self._unwind(head, record, executed, before)

    def _order_now(
        self, head: OrderEvent, record: "OrderRecord", executed: int, cum_quote: int
    ) -> OrderNow:
        if isinstance(head, OrderTraded | OrderEnded):
            status = head.status
        else:
            status = OrderStatus.PARTIALLY_FILLED if executed else OrderStatus.NEW
        open_now = self._open_notionals(head.symbol)
        bid, ask = Amount(open_now[Side.BUY]), Amount(open_now[Side.SELL])
        return OrderNow(record, status, Qty(executed), Amount(cum_quote), bid, ask)

    def _open_notionals(self, symbol: str) -> dict[Side, int]:
        """Value of the symbol's open orders on both sides, without reduce-only ones."""
        found = self._notionals.get(symbol)
        if found is None:
            holding = self._account.holdings[symbol]
            legs = (holding.both, holding.long, holding.short)
            found = self._notionals[symbol] = {
                Side.BUY: sum(leg.bid_notional for leg in legs),
                Side.SELL: sum(leg.ask_notional for leg in legs),
            }
        return found

    def _unwind(self, head: OrderEvent, record: "OrderRecord", after: int, before: int) -> None:
        """Take the step's change of the open notionals back.

        An amendment is the first thing that its command does, so nothing asks what was before.
        """
        open_now = self._open_notionals(head.symbol)
        rest_after = rounding.quote_value(record.price, Qty(record.quantity - after))
        if isinstance(head, OrderAccepted):
            open_now[record.side] -= rest_after
        elif isinstance(head, OrderEnded):
            open_now[record.side] += rest_after
        elif isinstance(head, OrderTraded):
            rest_before = rounding.quote_value(record.price, Qty(record.quantity - before))
            open_now[record.side] += rest_before - rest_after


def in_order(steps: Sequence[Step]) -> list[tuple[Step, bool]]:
    """Steps in the order in which they are told; True stands for the fill's TRADE_LITE.

    An incoming order's fills are told lightly before it is even NEW, and the reduce-only orders
    that it leaves nothing to reduce expire before it (both recorded). Any other fill is told
    lightly just before it is told in full.
    """
    told: list[tuple[Step, bool]] = []
    entered = 0
    knocked: list[Step] = []
    for place, step in enumerate(steps):
        head = step.head
        if isinstance(head, OrderAccepted):
            entered = head.order_id
            following = _until_next_entry(steps[place + 1 :])
            knocked = [each for each in following if _is_knocked_out(each.head, entered)]
            told += [(each, True) for each in following if _is_fill_of(each.head, entered)]
            told += [(each, False) for each in knocked]
        elif isinstance(head, OrderTraded) and head.order_id != entered:
            told.append((step, True))
        if step not in knocked:
            told.append((step, False))
    return told


def _until_next_entry(steps: Sequence[Step]) -> Sequence[Step]:
    return tuple(takewhile(lambda step: not isinstance(step.head, OrderAccepted), steps))


def _is_fill_of(head: Head, order_id: int) -> bool:
    return isinstance(head, OrderTraded) and head.order_id == order_id


def _is_knocked_out(head: Head, entered: int) -> bool:
    return (
        isinstance(head, OrderEnded)
        and head.reason is EndReason.REDUCE_ONLY
        and head.order_id != entered
    )
