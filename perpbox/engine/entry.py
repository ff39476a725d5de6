"""Orders coming in, being changed and being taken out."""

from typing import Final

from perpbox.engine.admission import contract_refusal, liquidation_refusal, phase_refusal
from perpbox.engine.commands import (
    CancelAllOrders,
    CancelOrder,
    ModifyOrder,
    PlaceAlgoOrder,
    PlaceOrder,
)
from perpbox.engine.events import OrderAccepted, OrderAmended, Rejected
from perpbox.engine.matching import crosses, take
from perpbox.engine.orders import Order, is_reducing
from perpbox.engine.precheck import (
    Draft,
    check_margin,
    check_notional,
    decimals_refusal,
    market_limit,
    matched_price,
    precheck,
    price_refusal,
    quantity_refusal,
    resting_closes,
)
from perpbox.engine.rejects import Reject
from perpbox.engine.resting import end_resting, forget, reducible, rest, tell_end
from perpbox.engine.restrictions import restriction_refusal
from perpbox.engine.state import Account, Market
from perpbox.engine.turn import Turn, refuse
from perpbox.engine.types import (
    BUY,
    POST_ONLY,
    EndReason,
    OrderStatus,
    OrderType,
    PriceMatch,
    TimeInForce,
)
from perpbox.money import Price, Qty
from perpbox.units import as_amount, as_qty

_NO_MATCH: Final = PriceMatch.NONE
_FILLED: Final = OrderStatus.FILLED
_EXPIRED_IN_MATCH: Final = OrderStatus.EXPIRED_IN_MATCH
_MARKET: Final = OrderType.MARKET
_IOC: Final = TimeInForce.IOC
_FOK: Final = TimeInForce.FOK

AMENDMENTS_MAX: Final = 10_000


def draft_order(turn: Turn, command: PlaceOrder) -> Draft | Rejected:
    """Find account, market and limit price of an order that wants in."""
    state = turn.state
    market = state.markets.get(command.symbol)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    account = state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    reduces = is_reducing(command.side, command.position_side, command.reduce_only)
    refused = contract_refusal(market, account, command.side, reduces) or liquidation_refusal(
        state, account
    )
    if refused is not None:
        return refused
    price = command.price
    if command.price_match is not _NO_MATCH:
        found = matched_price(market, command.side, command.price_match)
        if found is None:
            return refuse(Reject.PRICE_MATCH_NO_DEPTH)
        price = found
    return Draft(state, command, account, market, price)


def check_order(turn: Turn, command: PlaceOrder) -> Rejected | None:
    """Every refusal an order would meet, without entering it (``order/test``)."""
    draft = draft_order(turn, command)
    return draft if isinstance(draft, Rejected) else precheck(turn, draft)


def place_order(turn: Turn, command: PlaceOrder) -> Rejected | None:
    """Enter an order: match what crosses, rest or expire what is left."""
    draft = draft_order(turn, command)
    if isinstance(draft, Rejected):
        return draft
    refused = precheck(turn, draft)
    if refused is not None:
        return refused
    enter(turn, draft)
    return None


def enter(turn: Turn, draft: Draft, algo: PlaceAlgoOrder | None = None) -> Order:
    """Enter an order that passed the checks; ``algo`` is the condition that it comes from."""
    order = _accept(turn, draft, algo)
    market, account = draft.market, draft.account
    turn.touch(market)
    limit = market_limit(market, order.side) if draft.is_market else order.price
    take(turn, market, account, order, limit)
    _finish_entry(turn, market, account, order)
    return order


def _accept(turn: Turn, draft: Draft, algo: PlaceAlgoOrder | None) -> Order:
    command = draft.command
    draft.account.holdings.setdefault(command.symbol, draft.holding)
    quantity = command.quantity
    if command.reduce_only:
        # The venue cuts a reduce-only order to what there is to reduce.
        quantity = as_qty(min(quantity, reducible(draft.leg, command.side)))
    order = Order(
        turn.state.next_order_id,
        command.account_id,
        command.symbol,
        command.client_order_id,
        command.side,
        command.position_side,
        command.order_type,
        command.time_in_force,
        quantity,
        draft.price,
        command.reduce_only,
        command.self_trade_prevention,
        command.price_match,
        command.good_till_ms,
    )
    turn.state.next_order_id += 1
    turn.events.append(
        OrderAccepted(
            order.account_id,
            order.order_id,
            order.symbol,
            order.client_order_id,
            order.side,
            order.position_side,
            order.order_type,
            order.time_in_force,
            order.quantity,
            order.price,
            # A closing order of hedge mode shows as reduce-only (recorded).
            draft.reduces,
            order.self_trade_prevention,
            order.price_match,
            order.good_till_ms,
            turn.at_ms,
            algo=algo,
        )
    )
    return order


def _finish_entry(turn: Turn, market: Market, account: Account, order: Order) -> None:
    """Rest or expire what matching left of an order."""
    if order.status is _FILLED:
        return
    if order.status is _EXPIRED_IN_MATCH:
        tell_end(turn, order, _EXPIRED_IN_MATCH, EndReason.SELF_TRADE)
    elif order.order_type is _MARKET:
        tell_end(turn, order, OrderStatus.EXPIRED, EndReason.MARKET_BOUND)
    elif order.time_in_force in (_IOC, _FOK):
        tell_end(turn, order, OrderStatus.EXPIRED, EndReason.TIME_IN_FORCE)
    elif order.reduces and not reducible(
        account.holdings[order.symbol].leg(order.position_side), order.side
    ):
        tell_end(turn, order, OrderStatus.EXPIRED, EndReason.REDUCE_ONLY)
    else:
        rest(turn, market, account, order)


def find_open(account: Account, symbol: str, order_id: int, client_order_id: str) -> Order | None:
    """The open order of that id, or of that client id when no id is given."""
    wanted = order_id or account.client_order_ids.get(client_order_id, 0)
    order = account.open_orders.get(wanted)
    return order if order is not None and order.symbol == symbol else None


def cancel_order(turn: Turn, command: CancelOrder) -> Rejected | None:
    """Take one resting order out."""
    account = turn.state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    order = find_open(account, command.symbol, command.order_id, command.client_order_id)
    if order is None:
        return refuse(Reject.ORDER_UNKNOWN)
    _cancel(turn, account, order, EndReason.USER)
    return None


def _cancel(turn: Turn, account: Account, order: Order, reason: EndReason) -> None:
    market = turn.state.markets[order.symbol]
    turn.touch(market)
    end_resting(turn, market, account, order, OrderStatus.CANCELED, reason)


def cancel_all_orders(turn: Turn, command: CancelAllOrders) -> Rejected | None:
    """Take every resting order of an account in one symbol out."""
    account = turn.state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    if command.symbol not in turn.state.markets:
        return refuse(Reject.SYMBOL_UNKNOWN)
    for order in list(account.open_orders.values()):
        if order.symbol == command.symbol:
            _cancel(turn, account, order, EndReason.USER)
    return None


def modify_order(turn: Turn, command: ModifyOrder) -> Rejected | None:
    """Give a resting LIMIT order a new price and quantity, at the back of the queue.

    A quantity not above what is executed, or a post-only order that would take, ends the order.
    """
    account = turn.state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    order = find_open(account, command.symbol, command.order_id, command.client_order_id)
    if order is None or order.side is not command.side:
        return refuse(Reject.ORDER_TO_MODIFY_UNKNOWN)
    market = turn.state.markets[command.symbol]
    price = command.price
    if command.price_match is not _NO_MATCH:
        found = matched_price(market, command.side, command.price_match)
        if found is None:
            return refuse(Reject.PRICE_MATCH_NO_DEPTH)
        price = found
    refused = _modify_refusal(turn, market, account, order, price, command.quantity)
    if refused is not None:
        return refused
    turn.touch(market)
    if command.quantity <= order.executed or _is_late_post_only(market, order, price):
        end_resting(turn, market, account, order, OrderStatus.CANCELED, EndReason.MODIFY)
        return None
    _amend(turn, market, account, order, price, command)
    return None


def _is_late_post_only(market: Market, order: Order, price: Price) -> bool:
    if order.time_in_force not in POST_ONLY:
        return False
    best = market.book.opposite(order.side).best()
    return best is not None and crosses(order.side, price, best.price)


def _modify_refusal(
    turn: Turn, market: Market, account: Account, order: Order, price: Price, quantity: Qty
) -> Rejected | None:
    instrument = market.instrument
    refused = phase_refusal(market, order.reduces) or restriction_refusal(account, order.reduces)
    if refused is not None:
        return refused
    if order.amendments >= AMENDMENTS_MAX:
        return refuse(Reject.MODIFY_COUNT_ABOVE_MAX)
    refused = (
        liquidation_refusal(turn.state, account)
        or decimals_refusal(instrument, quantity, price)
        or quantity_refusal(quantity, instrument.min_qty, instrument.max_qty, instrument.step_size)
        or price_refusal(market, order.side, price)
    )
    if refused is not None:
        return refused
    if price == order.price and quantity == order.quantity:
        return refuse(Reject.MODIFY_SAME_VALUES)
    if order.reduces and account.hedge:
        leg = account.holdings[order.symbol].leg(order.position_side)
        closes = resting_closes(account, order.symbol, order.position_side, order.side)
        if closes + quantity - order.quantity > reducible(leg, order.side):
            return refuse(Reject.REDUCE_ONLY_EXCEEDS_POSITION)
    return _modify_margin_refusal(turn, market, account, order, price, quantity)


def _modify_margin_refusal(
    turn: Turn, market: Market, account: Account, order: Order, price: Price, quantity: Qty
) -> Rejected | None:
    """Check notional and margin as if the old order were gone."""
    if quantity <= order.executed:
        return None
    command = PlaceOrder(
        account.account_id,
        order.symbol,
        order.side,
        order.position_side,
        order.order_type,
        order.time_in_force,
        as_qty(quantity - order.executed),
        price,
        order.reduce_only,
        order.client_order_id,
    )
    draft = Draft(turn.state, command, account, market, price)
    whole = Draft(
        turn.state,
        PlaceOrder(
            account.account_id,
            order.symbol,
            order.side,
            order.position_side,
            order.order_type,
            order.time_in_force,
            quantity,
            price,
            order.reduce_only,
            order.client_order_id,
        ),
        account,
        market,
        price,
    )
    refused = check_notional(whole)
    if refused is not None:
        return refused
    leg, bid, ask = draft.leg, draft.leg.bid_notional, draft.leg.ask_notional
    if order.side is BUY:
        leg.bid_notional = as_amount(bid - order.margin_notional)
    else:
        leg.ask_notional = as_amount(ask - order.margin_notional)
    refused = check_margin(draft)
    leg.bid_notional, leg.ask_notional = bid, ask
    return refused


def _amend(
    turn: Turn,
    market: Market,
    account: Account,
    order: Order,
    price: Price,
    command: ModifyOrder,
) -> None:
    """Take the order out, change it, and let it come in again."""
    market.book_of(order).side(order.side).remove(order)
    forget(account, order)
    order.price = price
    order.quantity = command.quantity
    order.price_match = command.price_match
    order.amendments += 1
    turn.events.append(
        OrderAmended(
            account.account_id,
            order.order_id,
            order.symbol,
            price,
            order.quantity,
            command.price_match,
            turn.at_ms,
            command.modify_id,
            order.amendments,
        )
    )
    take(turn, market, account, order, price)
    _finish_entry(turn, market, account, order)
