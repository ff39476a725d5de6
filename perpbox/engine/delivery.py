"""The end of a contract: a dated one is delivered, a perpetual one is delisted, both this way.

In the last window before its date a contract lets positions only be reduced, and its mark is the
average of the index over that window. At the date it settles: what rests goes, the mark comes to
the settlement price, who cannot bear that is liquidated, and every position left is closed at
that price. A little later it is over. What falls due next is data, as with every timer.
"""

from typing import Final

from perpbox import rounding
from perpbox.engine.calendar import next_funding_ms
from perpbox.engine.commands import ScheduleDelivery
from perpbox.engine.events import ContractPhaseChanged, ContractSettled, Rejected
from perpbox.engine.forced import settle_leg
from perpbox.engine.liquidation import watch
from perpbox.engine.marking import free_mark, move_prices
from perpbox.engine.rejects import Reject
from perpbox.engine.resting import end_resting
from perpbox.engine.state import Market, State
from perpbox.engine.triggers import expire_waiting
from perpbox.engine.turn import Turn, refuse
from perpbox.engine.types import EndReason, OrderStatus, Phase
from perpbox.money import Price, Qty

MARK_EVERY_MS: Final = 60_000
"""How often the mark follows the average where no price moves (our choice)."""
SETTLING_MS: Final = 60_000
"""How long a settled contract is shown as settling (our choice)."""


def schedule_delivery(turn: Turn, command: ScheduleDelivery) -> Rejected | None:
    """Set the date of a contract's end; not into the past, and not once it has settled."""
    market = turn.state.markets.get(command.symbol)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    if market.is_over:
        return refuse(Reject.SYMBOL_OVER)
    if command.delivery_ms <= turn.at_ms:
        return refuse(Reject.DELIVERY_IN_THE_PAST)
    turn.state.listings += 1
    instrument = market.instrument.delivered_at(command.delivery_ms)
    market.instrument = instrument
    for account in turn.state.accounts.values():
        holding = account.holdings.get(instrument.symbol)
        if holding is not None:
            holding.instrument = instrument
    plan_delivery(turn, market)
    _tell(turn, market)
    return None


def plan_delivery(turn: Turn, market: Market) -> None:
    """Find what falls due next on the way to the delivery; a past date means that it is over."""
    delivery_ms = market.instrument.delivery_ms
    market.index_mean.close()
    market.phase, market.phase_next_ms = Phase.OPEN, 0
    if delivery_ms and delivery_ms <= turn.at_ms:
        market.phase = Phase.OVER
        market.funding_next_ms = 0
    else:
        if not market.funding_next_ms:
            market.funding_next_ms = next_funding_ms(market.instrument, turn.at_ms)
        window_ms = turn.state.rules.settlement_window_ms
        if delivery_ms and delivery_ms - window_ms <= turn.at_ms:
            # A delivery that is announced late is averaged over what is left.
            _begin_reducing(turn, market, turn.at_ms)
        elif delivery_ms:
            market.phase_next_ms = delivery_ms - window_ms
    recount_deliveries(turn.state)


def recount_deliveries(state: State) -> None:
    """Find the earliest step on the way to a delivery again."""
    due = (market.phase_next_ms for market in state.markets.values() if market.phase_next_ms)
    state.next_delivery_ms = min(due, default=0)


def take_delivery_step(turn: Turn, market: Market) -> None:
    """What falls due for a contract now: another phase, or its mark."""
    if market.phase is Phase.OPEN:
        _begin_reducing(turn, market, market.phase_next_ms)
        _tell(turn, market)
    elif market.phase is Phase.SETTLING:
        market.phase, market.phase_next_ms = Phase.OVER, 0
        _tell(turn, market)
    elif turn.at_ms < market.instrument.delivery_ms:
        _follow_average(turn, market)
    else:
        _settle(turn, market)


def _tell(turn: Turn, market: Market) -> None:
    instrument = market.instrument
    turn.emit(
        ContractPhaseChanged(instrument.symbol, market.phase, instrument.delivery_ms, turn.at_ms)
    )


def _begin_reducing(turn: Turn, market: Market, start_ms: int) -> None:
    """Positions are only reduced from here: orders that may open one go."""
    delivery_ms = market.instrument.delivery_ms
    market.phase = Phase.REDUCING
    market.index_mean.open(start_ms, delivery_ms)
    market.phase_next_ms = min(turn.at_ms + MARK_EVERY_MS, delivery_ms)
    _end_orders(turn, market, only_opening=True)


def _end_orders(turn: Turn, market: Market, *, only_opening: bool) -> None:
    """Expire what rests in a market, all of it or what does not only reduce."""
    for side in (market.book.bids, market.book.asks, market.rpi.bids, market.rpi.asks):
        resting = [order for level in side.levels.values() for order in level.orders.values()]
        for order in sorted(resting, key=lambda each: each.order_id):
            if only_opening and order.reduces:
                continue
            account = turn.state.accounts[order.account_id]
            turn.touch(market)
            end_resting(turn, market, account, order, OrderStatus.EXPIRED, EndReason.DELISTED)


def _follow_average(turn: Turn, market: Market) -> None:
    """Let the mark come to the average although no price moved."""
    market.phase_next_ms = min(turn.at_ms + MARK_EVERY_MS, market.instrument.delivery_ms)
    if market.pinned_mark or not market.index:
        return
    mark = free_mark(market, market.index, turn.at_ms, by_formula=False)
    if mark != market.mark:
        move_prices(turn, market, market.index, mark)


def _settle(turn: Turn, market: Market) -> None:
    """The contract's last moment: nothing rests, nobody holds, nothing trades."""
    instrument = market.instrument
    market.index_mean.take(market.index, instrument.delivery_ms)
    mean = market.index_mean.value(market.index, instrument.delivery_ms)
    price = rounding.settlement_price(mean, instrument.price_precision, instrument.tick_size)
    market.phase = Phase.SETTLING
    market.phase_next_ms = turn.at_ms + SETTLING_MS
    market.funding_next_ms = 0
    market.pinned_index = market.pinned_mark = market.pinned_last = False
    _end_orders(turn, market, only_opening=False)
    expire_waiting(turn, instrument.symbol)
    _clear_street(turn, market)
    if market.index:
        move_prices(turn, market, market.index, price)
    _close_positions(turn, market, price)
    turn.emit(ContractSettled(instrument.symbol, price, instrument.delivery_ms, turn.at_ms))
    _tell(turn, market)


def _clear_street(turn: Turn, market: Market) -> None:
    turn.touch(market)
    for side in (market.book.bids, market.book.asks):
        for price in side.street_prices():
            side.set_street(price, Qty(0))


def _close_positions(turn: Turn, market: Market, price: Price) -> None:
    """First who cannot bear the settlement price, then everybody else, at that price."""
    if turn.state.rules.liquidates:
        watch(turn)
    for account_id, side in list(market.holders):
        settle_leg(turn, market, turn.state.accounts[account_id], side, price)
