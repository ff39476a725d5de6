"""Conditional orders: placing, canceling, and what happens when a price meets a condition.

Prices are taken from the events of the command itself, one by one in their order, so that a
condition sees every print and not only the last one. Whoever is hit queues up; one after the
other enters its order, and what that order prints is looked at before the next one's turn.
"""

from typing import Final

import msgspec

from perpbox.engine.algo_checks import placement_refusal, watched_price
from perpbox.engine.algo_orders import (
    AlgoOrder,
    child_type,
    is_bound,
    level_of,
    waits_for_rise,
)
from perpbox.engine.commands import (
    CancelAlgoOrder,
    CancelAllAlgoOrders,
    PlaceAlgoOrder,
    PlaceOrder,
)
from perpbox.engine.entry import draft_order, enter
from perpbox.engine.events import (
    AlgoChanged,
    Event,
    OrderEnded,
    OrderTraded,
    PositionChanged,
    PricesChanged,
    Rejected,
    TradePrinted,
)
from perpbox.engine.orders import Order
from perpbox.engine.precheck import precheck
from perpbox.engine.rejects import Reject
from perpbox.engine.resting import reducible
from perpbox.engine.state import Account, Market
from perpbox.engine.turn import Turn, refuse
from perpbox.engine.types import (
    AlgoStatus,
    AlgoType,
    OrderStatus,
    OrderType,
    TimeInForce,
    WorkingType,
)
from perpbox.money import SCALE, Amount, Price, Qty

TRIGGERS_PER_COMMAND_MAX: Final = 10_000
"""Conditional orders triggered in one command; whoever is left over comes first in the next one."""
_OPEN: Final = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)


def place_algo_order(turn: Turn, command: PlaceAlgoOrder) -> Rejected | None:
    """Let a conditional order wait."""
    state = turn.state
    market = state.markets.get(command.symbol)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    account = state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    refused = placement_refusal(state, account, market, command)
    if refused is not None:
        return refused
    _open(turn, account, market, command)
    return None


def _open(turn: Turn, account: Account, market: Market, command: PlaceAlgoOrder) -> None:
    desk = turn.state.algo
    price = watched_price(market, command.working_type)
    trails = command.kind is AlgoType.TRAILING_STOP_MARKET
    starts = trails and not command.activate_price and price > 0
    if starts:
        command = msgspec.structs.replace(command, activate_price=price)
    held = account.peek(market.instrument).leg(command.position_side).quantity
    algo = AlgoOrder(desk.next_algo_id, command, (held > 0) - (held < 0))
    desk.next_algo_id += 1
    desk.open(algo)
    watch = desk.watch(command)
    if starts:
        algo.is_active = True
        watch.trail(command.side).add(algo.algo_id, command.callback_percent, price)
    else:
        # A trailing order without any price yet starts at the first one: no level is below 0.
        rises = waits_for_rise(command) or not level_of(command)
        watch.wait(algo.algo_id, level_of(command), rises)
    _tell(turn, algo, AlgoStatus.NEW)


def cancel_algo_order(turn: Turn, command: CancelAlgoOrder) -> Rejected | None:
    """Take a waiting order out; not one that is about to be triggered."""
    algo = turn.state.algo.find(command.account_id, command.algo_id, command.client_algo_id)
    if algo is None:
        return refuse(Reject.ALGO_ORDER_UNKNOWN)
    if algo.is_hit:
        return refuse(Reject.ALGO_TRIGGERING)
    _end(turn, algo, AlgoStatus.CANCELED)
    return None


def cancel_all_algo_orders(turn: Turn, command: CancelAllAlgoOrders) -> Rejected | None:
    """Take every waiting order of an account in one symbol out."""
    if command.symbol not in turn.state.markets:
        return refuse(Reject.SYMBOL_UNKNOWN)
    for algo in turn.state.algo.of(command.account_id):
        if algo.order.symbol == command.symbol and not algo.is_hit:
            _end(turn, algo, AlgoStatus.CANCELED)
    return None


def expire_waiting(turn: Turn, symbol: str) -> None:
    """Let no order wait for a contract that ends."""
    for algo in list(turn.state.algo.orders.values()):
        if algo.order.symbol == symbol:
            _end(turn, algo, AlgoStatus.EXPIRED)


def pull_triggers(turn: Turn, looked_at: int) -> int:
    """Let events from ``looked_at`` on meet conditions; returns how many have been looked at."""
    desk = turn.state.algo
    while not desk.is_idle:
        while looked_at < len(turn.events):
            _notice(turn, turn.events[looked_at])
            looked_at += 1
        if not desk.hits or turn.triggered >= TRIGGERS_PER_COMMAND_MAX:
            break
        algo = desk.orders.get(desk.hits.popleft())
        if algo is not None:
            turn.triggered += 1
            _trigger(turn, algo)
    return len(turn.events) if desk.is_idle else looked_at


def _notice(turn: Turn, event: Event) -> None:
    if isinstance(event, TradePrinted):
        _move(turn, event.symbol, WorkingType.CONTRACT_PRICE, event.price)
    elif isinstance(event, PricesChanged):
        _move(turn, event.symbol, WorkingType.MARK_PRICE, event.mark)
    elif isinstance(event, PositionChanged):
        _let_go(turn, event)
    elif isinstance(event, OrderEnded) or (
        isinstance(event, OrderTraded) and event.status is OrderStatus.FILLED
    ):
        algo = turn.state.algo.children.pop(event.order_id, None)
        if algo is not None:
            _tell(turn, algo, AlgoStatus.FINISHED)


def _move(turn: Turn, symbol: str, working_type: WorkingType, price: Price) -> None:
    """One price: who waited for it, who followed it."""
    desk = turn.state.algo
    watch = desk.watches.get((symbol, working_type))
    if watch is None or price <= 0:
        return
    hits = watch.buys.move(price) + watch.sells.move(price)
    for algo_id in sorted(watch.reached(price)):
        algo = desk.orders.get(algo_id)
        if algo is None:
            continue
        if algo.order.kind is AlgoType.TRAILING_STOP_MARKET:
            algo.is_active = True
            if not algo.order.activate_price:
                algo.order = msgspec.structs.replace(algo.order, activate_price=price)
            watch.trail(algo.order.side).add(algo_id, algo.order.callback_percent, price)
            _tell(turn, algo, AlgoStatus.NEW)
        else:
            hits.append(algo_id)
    for algo_id in sorted(hits):
        algo = desk.orders.get(algo_id)
        if algo is not None:
            algo.is_hit = True
            desk.hits.append(algo_id)


def _let_go(turn: Turn, changed: PositionChanged) -> None:
    """Expire the orders that were bound to a position which is closed now."""
    sign = (changed.quantity > 0) - (changed.quantity < 0)
    for algo in turn.state.algo.of(changed.account_id):
        if is_bound(algo, changed.symbol, changed.position_side) and algo.held_sign != sign:
            _end(turn, algo, AlgoStatus.EXPIRED)


def _trigger(turn: Turn, algo: AlgoOrder) -> None:
    """Enter the order that a met condition stands for."""
    desk = turn.state.algo
    desk.close(algo)
    algo.trigger_ms = turn.at_ms
    _tell(turn, algo, AlgoStatus.TRIGGERING)
    entered = _enter_child(turn, algo)
    if isinstance(entered, Rejected):
        _tell(turn, algo, AlgoStatus.REJECTED, entered)
        return
    algo.child = entered
    _tell(turn, algo, AlgoStatus.TRIGGERED)
    if entered.status in _OPEN:
        desk.children[entered.order_id] = algo
    else:
        _tell(turn, algo, AlgoStatus.FINISHED)


def _enter_child(turn: Turn, algo: AlgoOrder) -> Order | Rejected:
    order = algo.order
    state = turn.state
    account, market = state.accounts[order.account_id], state.markets[order.symbol]
    if order.price_protect and _is_apart(market):
        return refuse(Reject.PRICE_PROTECTED)
    child = child_order(account, market, order)
    if not child.quantity and order.close_position:
        return refuse(Reject.REDUCE_ONLY_REJECTED)
    draft = draft_order(turn, child)
    if isinstance(draft, Rejected):
        return draft
    return precheck(turn, draft) or enter(turn, draft, order)


def child_order(account: Account, market: Market, order: PlaceAlgoOrder) -> PlaceOrder:
    """The order that a condition stands for; one that closes is as large as its position now."""
    quantity = order.quantity
    if order.close_position:
        leg = account.peek(market.instrument).leg(order.position_side)
        quantity = reducible(leg, order.side)
    kind = child_type(order.kind)
    return PlaceOrder(
        order.account_id,
        order.symbol,
        order.side,
        order.position_side,
        kind,
        _child_time(order, kind),
        quantity,
        order.price,
        order.reduce_only or (order.close_position and not account.hedge),
        order.client_algo_id,
        order.self_trade_prevention,
        order.price_match,
    )


def _child_time(order: PlaceAlgoOrder, kind: OrderType) -> TimeInForce:
    """A MARKET order has no use for a time; what is bound to a position says so to its end."""
    if kind is OrderType.MARKET and not order.is_bound_to_position:
        return TimeInForce.GTC
    return order.time_in_force


def _is_apart(market: Market) -> bool:
    """Whether mark and last price are further apart than the contract's protection allows."""
    gap = abs(market.mark - market.last)
    return gap * SCALE > market.mark * market.instrument.trigger_protect


def _end(turn: Turn, algo: AlgoOrder, status: AlgoStatus) -> None:
    turn.state.algo.close(algo)
    _tell(turn, algo, status)


def _tell(turn: Turn, algo: AlgoOrder, status: AlgoStatus, refused: Rejected | None = None) -> None:
    child = algo.child
    is_done = status is AlgoStatus.FINISHED and child is not None
    turn.emit(
        AlgoChanged(
            algo.order.account_id,
            algo.algo_id,
            algo.order,
            status,
            algo.is_active,
            child.order_id if child is not None else 0,
            algo.trigger_ms,
            child.executed if child is not None and is_done else Qty(0),
            child.cum_quote if child is not None and is_done else Amount(0),
            refused,
            turn.at_ms,
        )
    )
