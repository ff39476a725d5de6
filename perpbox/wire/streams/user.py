"""User events: what one command did to one account, as its stream tells it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from perpbox.engine.events import (
    AlgoChanged,
    AssetModeChanged,
    IsolatedMarginMoved,
    LedgerPosted,
    LeverageChanged,
    MarginCalled,
    MarginTypeChanged,
    OrderAmended,
    OrderEnded,
    OrderTraded,
)
from perpbox.engine.state import Account, State
from perpbox.engine.types import LedgerKind, OrderStatus, PositionSide
from perpbox.wire.streams.user_account import (
    account_update,
    asset_mode_update,
    leverage_update,
    margin_call,
    position_row,
)
from perpbox.wire.streams.user_algo import algo_update
from perpbox.wire.streams.user_forms import EventForms
from perpbox.wire.streams.user_orders import expiry_reason, order_update, trade_lite
from perpbox.wire.streams.user_steps import (
    OrderEvent,
    Rewind,
    Step,
    UserEvent,
    fold_steps,
    in_order,
)

if TYPE_CHECKING:
    from perpbox.views.orders import Orders

ORDER_TRADE_UPDATE: Final = "ORDER_TRADE_UPDATE"
ACCOUNT_UPDATE: Final = "ACCOUNT_UPDATE"
TRADE_LITE: Final = "TRADE_LITE"
ACCOUNT_CONFIG_UPDATE: Final = "ACCOUNT_CONFIG_UPDATE"
MARGIN_CALL: Final = "MARGIN_CALL"
ALGO_UPDATE: Final = "ALGO_UPDATE"
LISTEN_KEY_EXPIRED: Final = "listenKeyExpired"
KINDS: Final = (
    ORDER_TRADE_UPDATE,
    ACCOUNT_UPDATE,
    TRADE_LITE,
    ACCOUNT_CONFIG_UPDATE,
    MARGIN_CALL,
    ALGO_UPDATE,
    LISTEN_KEY_EXPIRED,
)
"""Every kind of event that a user-data stream carries."""

Told: TypeAlias = tuple[str, bytes]
"""Kind of a user event and its JSON."""


class UserTeller:
    """Tells accounts what happened to them, in the words of a date."""

    __slots__ = ("_forms",)

    def __init__(self, forms: EventForms) -> None:
        self._forms = forms

    def tell(
        self, state: State, orders: "Orders", account: Account, events: Sequence[UserEvent]
    ) -> list[Told]:
        """User events for the events of one command that concern this account.

        ``state`` and ``orders`` are those after the command.
        """
        steps = fold_steps(events)
        Rewind(state, orders, account).note(steps)
        told: list[Told] = []
        for step, is_light in in_order(steps):
            if is_light:
                told += self._light(state, step)
            else:
                told += self._full(state, account, step)
        return told

    def _light(self, state: State, step: Step) -> list[Told]:
        if not self._forms.has_trade_lite:
            return []
        assert isinstance(step.head, OrderTraded)
        assert step.now is not None
        instrument = state.markets[step.head.symbol].instrument
        return [(TRADE_LITE, trade_lite(step.head, step.now.record, instrument))]

    def _full(self, state: State, account: Account, step: Step) -> list[Told]:
        head = step.head
        if isinstance(head, OrderTraded):
            return [
                self._account_update(state, account, step, "ORDER"),
                self._order_update(state, step, head),
            ]
        if isinstance(head, OrderEvent):
            return [self._order_update(state, step, head)]
        if isinstance(head, LedgerPosted):
            reason = _posting_reason(head)
            return [self._account_update(state, account, step, reason)] if reason else []
        if isinstance(head, IsolatedMarginMoved):
            return [self._account_update(state, account, step, "MARGIN_TRANSFER")]
        if isinstance(head, LeverageChanged):
            update = leverage_update(head.symbol, head.leverage, head.at_ms)
            return [(ACCOUNT_CONFIG_UPDATE, update)]
        if isinstance(head, AssetModeChanged):
            return [(ACCOUNT_CONFIG_UPDATE, asset_mode_update(head.multi_assets, head.at_ms))]
        if isinstance(head, AlgoChanged):
            instrument = state.markets[head.order.symbol].instrument
            return [(ALGO_UPDATE, algo_update(head, instrument, self._forms))]
        if isinstance(head, MarginCalled):
            instruments = {leg.symbol: state.markets[leg.symbol].instrument for leg in head.legs}
            return [(MARGIN_CALL, margin_call(head, instruments))]
        return [self._margin_type_update(state, account, head)]

    def _order_update(self, state: State, step: Step, head: OrderEvent) -> Told:
        assert step.now is not None
        instrument = state.markets[head.symbol].instrument
        forms, now, at_ms = self._forms, step.now, head.at_ms
        if isinstance(head, OrderTraded):
            update = order_update("TRADE", now, instrument, forms, at_ms, traded=head)
        elif isinstance(head, OrderEnded):
            canceled = head.status is OrderStatus.CANCELED
            reason = expiry_reason(head.reason, now.record.time_in_force)
            execution = "CANCELED" if canceled else "EXPIRED"
            update = order_update(execution, now, instrument, forms, at_ms, reason=reason)
        elif isinstance(head, OrderAmended):
            mark = head.modify_id
            update = order_update("AMENDMENT", now, instrument, forms, at_ms, modify_id=mark)
        else:
            update = order_update("NEW", now, instrument, forms, at_ms)
        return ORDER_TRADE_UPDATE, update

    def _account_update(self, state: State, account: Account, step: Step, reason: str) -> Told:
        rows: list[str] = []
        at_ms = step.head.at_ms
        changed = step.changed
        if changed is not None:
            holding = account.holdings[changed.symbol]
            mark = state.markets[changed.symbol].mark
            if self._forms.lists_both_leg and changed.position_side is not PositionSide.BOTH:
                both = holding.both
                rows.append(position_row(holding, PositionSide.BOTH, both, mark, self._forms))
            rows.append(position_row(holding, changed.position_side, changed, mark, self._forms))
        head = step.head
        funded = ""
        if isinstance(head, LedgerPosted) and head.kind is LedgerKind.FUNDING_FEE:
            funded = head.symbol
        update = account_update(
            reason, step.balances, rows, self._forms, at_ms, funding_symbol=funded
        )
        return ACCOUNT_UPDATE, update

    def _margin_type_update(self, state: State, account: Account, head: MarginTypeChanged) -> Told:
        """No balance moves; the rows of the symbol show the new type."""
        holding = account.holdings[head.symbol]
        mark = state.markets[head.symbol].mark
        legs = holding.legs(account.hedge)
        if account.hedge and self._forms.lists_both_leg:
            legs = (holding.both, *legs)
        rows = [position_row(holding, leg.side, leg, mark, self._forms) for leg in legs]
        update = account_update("MARGIN_TYPE_CHANGE", (), rows, self._forms, head.at_ms)
        return ACCOUNT_UPDATE, update


_BY_NAME: Final = (
    LedgerKind.COIN_SWAP_WITHDRAW,
    LedgerKind.COIN_SWAP_DEPOSIT,
    LedgerKind.AUTO_EXCHANGE,
)


def _posting_reason(posted: LedgerPosted) -> str | None:
    """The reason of a movement of money outside of trades; None when nothing moved."""
    if posted.kind is LedgerKind.FUNDING_FEE:
        return "FUNDING_FEE"
    if posted.kind is LedgerKind.INSURANCE_CLEAR:
        return "INSURANCE_CLEAR"
    if posted.kind in _BY_NAME:
        return posted.kind.name
    if posted.kind is not LedgerKind.TRANSFER or not posted.amount:
        return None
    return "DEPOSIT" if posted.amount > 0 else "WITHDRAW"


def listen_key_expired(key: str, at_ms: int) -> bytes:
    """The last event of a key."""
    return f'{{"e":"listenKeyExpired","E":{at_ms},"listenKey":"{key}"}}'.encode()
