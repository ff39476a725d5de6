"""Whether an order is looked at at all: the contract, the account, and what stands in their way."""

from perpbox.engine.events import Rejected
from perpbox.engine.rejects import Reject
from perpbox.engine.restrictions import restriction_refusal
from perpbox.engine.state import Account, Market, State
from perpbox.engine.symbol import PositionControl
from perpbox.engine.turn import refuse
from perpbox.engine.types import BUY, Phase, Restriction, Side


def liquidation_refusal(state: State, account: Account) -> Rejected | None:
    """Who waits to be liquidated enters no orders; only the largest cascades keep one waiting."""
    waiting = state.alarms_waiting
    if waiting and any(scope.account_id == account.account_id for scope in waiting):
        return refuse(Reject.IN_LIQUIDATION)
    return None


def contract_refusal(
    market: Market, account: Account, side: Side, reduces: bool
) -> Rejected | None:
    """Whether the contract takes such an order of this account at all."""
    instrument = market.instrument
    refused = phase_refusal(market, reduces)
    if refused is not None:
        return refused
    if instrument.is_tradfi and not account.tradfi_signed:
        return refuse(Reject.TRADFI_AGREEMENT_MISSING)
    if account.restriction is not Restriction.NONE:
        refused = restriction_refusal(account, reduces)
        if refused is not None:
            return refused
    control = instrument.position_control
    if control is PositionControl.NONE or reduces:
        return None
    if control is PositionControl.BOTH:
        return refuse(Reject.SYMBOL_REDUCE_ONLY)
    if control.name != side.name:
        return None
    is_buy = side is BUY
    return refuse(Reject.SYMBOL_REDUCE_ONLY_BUY if is_buy else Reject.SYMBOL_REDUCE_ONLY_SELL)


def phase_refusal(market: Market, reduces: bool) -> Rejected | None:
    """A contract takes orders while it trades; close to its end only those that reduce."""
    if market.is_over:
        return refuse(Reject.SYMBOL_OVER)
    if not market.instrument.is_trading:
        return refuse(Reject.SYMBOL_NOT_TRADING)
    if market.phase is Phase.REDUCING and not reduces:
        return refuse(Reject.SYMBOL_ONLY_REDUCES)
    return None
