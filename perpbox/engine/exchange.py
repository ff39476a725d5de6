"""The one door of the engine: a command and its stamp in, events out."""

from collections.abc import Callable
from typing import Final, TypeVar, cast

from perpbox.engine import commands as c
from perpbox.engine.convert import accept_quote, request_quote
from perpbox.engine.deadlines import advance_time, next_deadline_ms
from perpbox.engine.delivery import schedule_delivery
from perpbox.engine.entry import (
    cancel_all_orders,
    cancel_order,
    check_order,
    modify_order,
    place_order,
)
from perpbox.engine.events import Event, Rejected
from perpbox.engine.founding import (
    create_account,
    deposit,
    hold_clock,
    list_instrument,
    open_exchange,
    set_insurance,
)
from perpbox.engine.funding import override_funding_rate
from perpbox.engine.liquidation import watch
from perpbox.engine.marking import follow_last_prices
from perpbox.engine.modes import (
    change_asset_mode,
    list_asset,
    set_asset_index,
    set_auto_add_margin,
    set_fee_burn,
    set_fee_tier,
    set_notional_coefficient,
    sign_tradfi_agreement,
)
from perpbox.engine.prices import pin_prices, set_funding_rate, set_mark_form, set_prices
from perpbox.engine.restrictions import restrict_account
from perpbox.engine.runs import street_trades
from perpbox.engine.settings import (
    adjust_isolated_margin,
    change_leverage,
    change_margin_type,
    change_position_mode,
)
from perpbox.engine.state import State
from perpbox.engine.street import set_depth, street_trade
from perpbox.engine.triggers import (
    cancel_algo_order,
    cancel_all_algo_orders,
    place_algo_order,
    pull_triggers,
)
from perpbox.engine.turn import Turn

Handler = Callable[[Turn, c.Command], Rejected | None]
_C = TypeVar("_C", bound=c.Command)


def _entry(
    kind: type[_C], handler: Callable[[Turn, _C], Rejected | None]
) -> tuple[type[c.Command], Handler]:
    return kind, cast(Handler, handler)


HANDLERS: Final[dict[type[c.Command], Handler]] = dict(
    (
        _entry(c.OpenExchange, open_exchange),
        _entry(c.ListInstrument, list_instrument),
        _entry(c.ScheduleDelivery, schedule_delivery),
        _entry(c.CreateAccount, create_account),
        _entry(c.Deposit, deposit),
        _entry(c.SetInsurance, set_insurance),
        _entry(c.PlaceOrder, place_order),
        _entry(c.ModifyOrder, modify_order),
        _entry(c.CancelOrder, cancel_order),
        _entry(c.CancelAllOrders, cancel_all_orders),
        _entry(c.PlaceAlgoOrder, place_algo_order),
        _entry(c.CancelAlgoOrder, cancel_algo_order),
        _entry(c.CancelAllAlgoOrders, cancel_all_algo_orders),
        _entry(c.ChangeLeverage, change_leverage),
        _entry(c.ChangeMarginType, change_margin_type),
        _entry(c.ChangePositionMode, change_position_mode),
        _entry(c.AdjustIsolatedMargin, adjust_isolated_margin),
        _entry(c.SetDepth, set_depth),
        _entry(c.StreetTrade, street_trade),
        _entry(c.StreetTrades, street_trades),
        _entry(c.SetPrices, set_prices),
        _entry(c.SetFundingRate, set_funding_rate),
        _entry(c.OverrideFundingRate, override_funding_rate),
        _entry(c.PinPrices, pin_prices),
        _entry(c.SetMarkForm, set_mark_form),
        _entry(c.AdvanceTime, advance_time),
        _entry(c.HoldClock, hold_clock),
        _entry(c.ListAsset, list_asset),
        _entry(c.SetAssetIndex, set_asset_index),
        _entry(c.ChangeAssetMode, change_asset_mode),
        _entry(c.SetFeeBurn, set_fee_burn),
        _entry(c.SetFeeTier, set_fee_tier),
        _entry(c.SetNotionalCoefficient, set_notional_coefficient),
        _entry(c.SetAutoAddMargin, set_auto_add_margin),
        _entry(c.SignTradFiAgreement, sign_tradfi_agreement),
        _entry(c.RestrictAccount, restrict_account),
        _entry(c.RequestQuote, request_quote),
        _entry(c.AcceptQuote, accept_quote),
    )
)


def _follow_up(turn: Turn) -> None:
    """What a command leads to: conditions that are met first, then margin and liquidation.

    In rounds, because forced orders print trades that may meet conditions again.
    """
    state = turn.state
    if state.algo.is_idle:
        if state.rules.liquidates and (turn.moved or turn.margin_touched or state.alarms_waiting):
            watch(turn)
        return
    looked_at = 0
    while True:
        looked_at = pull_triggers(turn, looked_at)
        if state.rules.liquidates and (turn.moved or turn.margin_touched or state.alarms_waiting):
            watch(turn)
        if state.algo.is_idle or looked_at == len(turn.events):
            return


class Exchange:
    """A pure fold: the same commands with the same stamps give the same state and events."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state = State()

    def apply(self, command: c.Command, at_ms: int) -> list[Event]:
        """Apply one command at a box time that never goes back.

        Returns the events in order, or one ``Rejected`` and an untouched state.
        """
        state = self.state
        assert at_ms >= state.now_ms, f"time went back at seq {state.seq}"
        state.seq += 1
        turn = Turn(state, at_ms)
        state.now_ms = at_ms
        refused = HANDLERS[type(command)](turn, command)
        if refused is not None:
            return [refused]
        if state.last_price_marks:
            follow_last_prices(turn)
        _follow_up(turn)
        if turn.markets:
            turn.flush_books()
        if turn.sampled:
            turn.events += turn.sampled
        return turn.events

    def check(self, command: c.PlaceOrder) -> Rejected | None:
        """Every refusal an order would meet now; nothing changes."""
        return check_order(Turn(self.state, self.state.now_ms), command)

    def next_deadline_ms(self) -> int | None:
        """Stamp that an ``AdvanceTime`` should carry next."""
        return next_deadline_ms(self.state)
