"""Refusals of conditional orders at their placement. Margin is not looked at before the trigger."""

from typing import Final

from perpbox import rounding
from perpbox.engine.admission import contract_refusal, liquidation_refusal
from perpbox.engine.algo_orders import (
    LIMIT_KINDS,
    AlgoOrder,
    level_of,
    waits_for_rise,
)
from perpbox.engine.commands import PlaceAlgoOrder
from perpbox.engine.events import Rejected
from perpbox.engine.orders import is_reducing
from perpbox.engine.precheck import quantity_refusal
from perpbox.engine.rejects import Reject
from perpbox.engine.state import Account, Market, State
from perpbox.engine.symbol import Instrument
from perpbox.engine.turn import refuse
from perpbox.engine.types import AlgoType, PositionSide, PriceMatch, Side, WorkingType
from perpbox.money import PLACES, Price

OPEN_ALGO_ORDERS_MAX: Final = 200
"""Waiting conditional orders of an account, over all contracts."""
_TAKES: Final = frozenset((AlgoType.TAKE_PROFIT, AlgoType.TAKE_PROFIT_MARKET))


def watched_price(market: Market, working_type: WorkingType) -> Price:
    """The price that conditions look at; 0 before there is one."""
    return market.last if working_type is WorkingType.CONTRACT_PRICE else market.mark


def placement_refusal(
    state: State, account: Account, market: Market, order: PlaceAlgoOrder
) -> Rejected | None:
    """The first reason not to let an order wait, in the order of the checks of an order."""
    reduces = is_reducing(order.side, order.position_side, order.reduce_only)
    refused = contract_refusal(market, account, order.side, reduces or order.close_position)
    if refused is not None:
        return refused
    if account.hedge and order.reduce_only:
        return refuse(Reject.REDUCE_ONLY_IN_HEDGE_MODE)
    return (
        liquidation_refusal(state, account)
        or _number_refusal(market.instrument, order)
        or _price_refusal(market.instrument, order)
        or _notional_refusal(account, market, order)
        or _account_refusal(state, account, order)
        or _trigger_refusal(market, order)
    )


def _number_refusal(instrument: Instrument, order: PlaceAlgoOrder) -> Rejected | None:
    """Sign, decimals and filter of the quantity, then decimals of the prices."""
    if not order.close_position:
        if order.quantity <= 0:
            return refuse(Reject.QUANTITY_NOT_POSITIVE)
        if order.quantity % 10 ** (PLACES - instrument.quantity_precision):
            return refuse(Reject.QUANTITY_TOO_PRECISE)
    grid = 10 ** (PLACES - instrument.price_precision)
    if order.price % grid or order.trigger_price % grid or order.activate_price % grid:
        return refuse(Reject.PRICE_TOO_PRECISE)
    if order.close_position:
        return None
    if order.kind in LIMIT_KINDS:
        low, high, step = instrument.min_qty, instrument.max_qty, instrument.step_size
    else:
        low, high = instrument.market_min_qty, instrument.market_max_qty
        step = instrument.market_step_size
    return quantity_refusal(order.quantity, low, high, step)


def _price_refusal(instrument: Instrument, order: PlaceAlgoOrder) -> Rejected | None:
    """Bounds and tick of trigger, activation and limit price; band of the limit price."""
    if order.kind is AlgoType.TRAILING_STOP_MARKET:
        activate = order.activate_price
        if activate < 0 or (activate and _is_off(instrument, activate)):
            return refuse(Reject.ACTIVATE_PRICE_INVALID)
        return None
    trigger = order.trigger_price
    if trigger <= 0:
        return refuse(Reject.TRIGGER_PRICE_NOT_POSITIVE)
    if instrument.max_price and trigger > instrument.max_price:
        return refuse(Reject.TRIGGER_PRICE_ABOVE_MAX)
    if _is_off(instrument, trigger):
        return refuse(Reject.PRICE_OFF_TICK)
    if order.kind not in LIMIT_KINDS or order.price_match is not PriceMatch.NONE:
        return None
    return _limit_refusal(instrument, order)


def _limit_refusal(instrument: Instrument, order: PlaceAlgoOrder) -> Rejected | None:
    if order.price <= 0:
        return refuse(Reject.PRICE_NOT_POSITIVE)
    if instrument.min_price and order.price < instrument.min_price:
        return refuse(Reject.PRICE_BELOW_MIN)
    if instrument.max_price and order.price > instrument.max_price:
        return refuse(Reject.PRICE_ABOVE_MAX)
    if _is_off(instrument, order.price):
        return refuse(Reject.PRICE_OFF_TICK)
    trigger = order.trigger_price
    if order.side is Side.BUY:
        if order.price > rounding.price_band(trigger, instrument.multiplier_up):
            return refuse(Reject.PRICE_ABOVE_TRIGGER_BAND)
    elif order.price < rounding.price_band(trigger, instrument.multiplier_down):
        return refuse(Reject.PRICE_BELOW_TRIGGER_BAND)
    return None


def _is_off(instrument: Instrument, price: Price) -> bool:
    """Out of bounds or off the tick."""
    tick, low, high = instrument.tick_size, instrument.min_price, instrument.max_price
    if price < low or (high and price > high):
        return True
    return bool(tick and (price - low) % tick)


def _notional_refusal(account: Account, market: Market, order: PlaceAlgoOrder) -> Rejected | None:
    """Minimum notional at the limit price, else at the trigger price, else at the mark."""
    reduces = is_reducing(order.side, order.position_side, order.reduce_only)
    if order.close_position or order.reduce_only or (reduces and account.hedge):
        return None
    price = order.price or order.trigger_price or market.mark
    least = market.instrument.min_notional
    if rounding.quote_value(price, order.quantity) < least:
        return refuse(Reject.NOTIONAL_BELOW_MIN, least)
    return None


def _account_refusal(state: State, account: Account, order: PlaceAlgoOrder) -> Rejected | None:
    if (order.position_side is PositionSide.BOTH) is account.hedge:
        return refuse(Reject.POSITION_SIDE_MISMATCH)
    market = state.markets[order.symbol]
    leg = account.peek(market.instrument).leg(order.position_side)
    if order.is_bound_to_position and not leg.quantity:
        return refuse(Reject.GTE_WITHOUT_POSITION)
    waiting = state.algo.of(account.account_id)
    if any(algo.order.client_algo_id == order.client_algo_id for algo in waiting):
        return refuse(Reject.CLIENT_ORDER_ID_DUPLICATE)
    if order.close_position and any(_closes_likewise(algo, order) for algo in waiting):
        return refuse(Reject.CLOSE_POSITION_EXISTS)
    if len(waiting) >= OPEN_ALGO_ORDERS_MAX:
        return refuse(Reject.OPEN_ORDERS_ABOVE_MAX)
    return None


def _closes_likewise(algo: AlgoOrder, order: PlaceAlgoOrder) -> bool:
    """Whether another order closes the same leg from the same side of the price."""
    other = algo.order
    return (
        other.close_position
        and other.symbol == order.symbol
        and other.position_side is order.position_side
        and other.side is order.side
        and (other.kind in _TAKES) is (order.kind in _TAKES)
    )


def _trigger_refusal(market: Market, order: PlaceAlgoOrder) -> Rejected | None:
    """A condition that is already met, or an activation price on the wrong side."""
    price, level = watched_price(market, order.working_type), level_of(order)
    if not price or not level:
        return None
    is_met = price >= level if waits_for_rise(order) else price <= level
    return refuse(Reject.WOULD_TRIGGER) if is_met else None
