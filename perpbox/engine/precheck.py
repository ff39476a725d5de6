"""Refusals of an order, in the order in which the venue checks them.

Each check reads and returns a refusal or nothing; past the last one nothing can fail.
"""

from collections.abc import Callable
from typing import Final

from perpbox import rounding
from perpbox.engine.collateral import available_balance
from perpbox.engine.commands import PlaceOrder
from perpbox.engine.events import Rejected
from perpbox.engine.margin import leg_notional, netted_notional
from perpbox.engine.matching import crosses, fillable
from perpbox.engine.orders import is_reducing
from perpbox.engine.position import Holding, Leg
from perpbox.engine.rejects import Reject
from perpbox.engine.resting import reducible
from perpbox.engine.state import Account, Market, State
from perpbox.engine.symbol import Instrument
from perpbox.engine.turn import Turn, refuse
from perpbox.engine.types import (
    BOTH,
    BUY,
    POST_ONLY,
    OrderType,
    PositionSide,
    PriceMatch,
    Side,
    TimeInForce,
)
from perpbox.money import PLACES, Amount, Price, Qty, Rate
from perpbox.units import as_amount, as_price, as_qty

_MARKET: Final = OrderType.MARKET
_GTD: Final = TimeInForce.GTD
_FOK: Final = TimeInForce.FOK
_RPI: Final = TimeInForce.RPI

MARKET_BUY_SURCHARGE: Final = Rate(50_000)
"""A market buy is assumed to pay 0.05 % over the best ask (documented)."""
GOOD_TILL_LEAD_MS_MIN: Final = 600_000
GOOD_TILL_MS_MAX: Final = 253_402_300_799_000
_MATCH_LEVELS: Final = {
    PriceMatch.OPPONENT: 1,
    PriceMatch.OPPONENT_5: 5,
    PriceMatch.OPPONENT_10: 10,
    PriceMatch.OPPONENT_20: 20,
    PriceMatch.QUEUE: 1,
    PriceMatch.QUEUE_5: 5,
    PriceMatch.QUEUE_10: 10,
    PriceMatch.QUEUE_20: 20,
}
_OPPONENT: Final = frozenset(
    (
        PriceMatch.OPPONENT,
        PriceMatch.OPPONENT_5,
        PriceMatch.OPPONENT_10,
        PriceMatch.OPPONENT_20,
    )
)


class Draft:
    """An order that wants in, with everything the checks look at."""

    __slots__ = (
        "account",
        "command",
        "holding",
        "instrument",
        "is_market",
        "leg",
        "market",
        "price",
        "reduces",
        "state",
    )

    def __init__(
        self, state: State, command: PlaceOrder, account: Account, market: Market, price: Price
    ) -> None:
        self.state = state
        self.command = command
        self.account = account
        self.market = market
        self.instrument = market.instrument
        self.holding: Holding = account.peek(market.instrument)
        self.leg: Leg = self.holding.leg(command.position_side)
        self.price = price
        """Limit price; 0 for MARKET."""
        self.is_market = command.order_type is _MARKET
        self.reduces = is_reducing(command.side, command.position_side, command.reduce_only)


def matched_price(market: Market, side: Side, match: PriceMatch) -> Price | None:
    """The limit price a price match stands for, or None without that level."""
    book = market.book
    levels = book.opposite(side) if match in _OPPONENT else book.side(side)
    wanted = _MATCH_LEVELS[match]
    if len(levels.keys) < wanted:
        return None
    return levels.levels[levels.keys[-wanted]].price


def check_mode(draft: Draft) -> Rejected | None:
    """ReduceOnly is not for hedge mode; the parameter is refused before filters."""
    if draft.account.hedge and draft.command.reduce_only:
        return refuse(Reject.REDUCE_ONLY_IN_HEDGE_MODE)
    return None


def check_decimals(draft: Draft) -> Rejected | None:
    """Sign of the quantity, then decimals of quantity and price."""
    return decimals_refusal(draft.instrument, draft.command.quantity, draft.price)


def decimals_refusal(instrument: Instrument, quantity: Qty, price: Price) -> Rejected | None:
    """What is wrong with the numbers before any bound is looked at."""
    if quantity <= 0:
        return refuse(Reject.QUANTITY_NOT_POSITIVE)
    if quantity % 10 ** (PLACES - instrument.quantity_precision):
        return refuse(Reject.QUANTITY_TOO_PRECISE)
    if price % 10 ** (PLACES - instrument.price_precision):
        return refuse(Reject.PRICE_TOO_PRECISE)
    return None


def check_quantity(draft: Draft) -> Rejected | None:
    """Bounds and step of the quantity."""
    instrument = draft.instrument
    if draft.is_market:
        low, high = instrument.market_min_qty, instrument.market_max_qty
        step = instrument.market_step_size
    else:
        low, high, step = instrument.min_qty, instrument.max_qty, instrument.step_size
    return quantity_refusal(draft.command.quantity, low, high, step)


def quantity_refusal(quantity: Qty, low: Qty, high: Qty, step: Qty) -> Rejected | None:
    """The first filter that a quantity breaks."""
    if quantity < low:
        return refuse(Reject.QUANTITY_BELOW_MIN)
    if quantity > high:
        return refuse(Reject.QUANTITY_ABOVE_MAX)
    if step and (quantity - low) % step:
        return refuse(Reject.QUANTITY_OFF_STEP)
    return None


def check_price(draft: Draft) -> Rejected | None:
    """Sign, bounds, tick and band of a limit price."""
    if draft.is_market:
        return None
    return price_refusal(draft.market, draft.command.side, draft.price)


def price_refusal(market: Market, side: Side, price: Price) -> Rejected | None:
    """The first filter that a limit price breaks."""
    instrument = market.instrument
    if price <= 0:
        return refuse(Reject.PRICE_NOT_POSITIVE)
    if instrument.min_price and price < instrument.min_price:
        return refuse(Reject.PRICE_BELOW_MIN)
    if instrument.max_price and price > instrument.max_price:
        return refuse(Reject.PRICE_ABOVE_MAX)
    if instrument.tick_size and (price - instrument.min_price) % instrument.tick_size:
        return refuse(Reject.PRICE_OFF_TICK)
    if not market.mark:
        return refuse(Reject.NO_COUNTERPARTY_IN_BAND)
    if side is BUY:
        bound = rounding.price_band(market.mark, instrument.multiplier_up)
        return refuse(Reject.PRICE_ABOVE_BAND, bound) if price > bound else None
    bound = rounding.price_band(market.mark, instrument.multiplier_down)
    return refuse(Reject.PRICE_BELOW_BAND, bound) if price < bound else None


def check_counterparty(draft: Draft) -> Rejected | None:
    """A MARKET order needs an opponent price inside the band."""
    if not draft.is_market:
        return None
    market = draft.market
    best = market.book.opposite(draft.command.side).best()
    if best is None or not market.mark:
        return refuse(Reject.NO_COUNTERPARTY_IN_BAND)
    if draft.command.side is BUY:
        bound = rounding.price_band(market.mark, draft.instrument.multiplier_up)
        outside = best.price > bound
    else:
        bound = rounding.price_band(market.mark, draft.instrument.multiplier_down)
        outside = best.price < bound
    return refuse(Reject.NO_COUNTERPARTY_IN_BAND) if outside else None


def check_notional(draft: Draft) -> Rejected | None:
    """Minimum notional, by mark for MARKET; orders that only reduce are free of it."""
    if draft.command.reduce_only or (draft.reduces and draft.account.hedge):
        return None
    price = draft.market.mark if draft.is_market else draft.price
    if rounding.quote_value(price, draft.command.quantity) < draft.instrument.min_notional:
        return refuse(Reject.NOTIONAL_BELOW_MIN, draft.instrument.min_notional)
    return None


def check_position_side(draft: Draft) -> Rejected | None:
    """BOTH belongs to one-way mode, LONG and SHORT to hedge mode."""
    if (draft.command.position_side is BOTH) is draft.account.hedge:
        return refuse(Reject.POSITION_SIDE_MISMATCH)
    return None


def check_reducing(draft: Draft) -> Rejected | None:
    """An order that only reduces needs something to reduce.

    In hedge mode it must also fit in beside the closing orders that already rest.
    """
    if not draft.reduces:
        return None
    room = reducible(draft.leg, draft.command.side)
    if not room:
        return refuse(Reject.REDUCE_ONLY_REJECTED)
    if not draft.account.hedge:
        return None
    if draft.command.quantity > room:
        return refuse(Reject.REDUCE_ONLY_REJECTED)
    command = draft.command
    resting = resting_closes(draft.account, command.symbol, command.position_side, command.side)
    if command.quantity + resting > room:
        return refuse(Reject.REDUCE_ONLY_EXCEEDS_POSITION)
    return None


def resting_closes(account: Account, symbol: str, position_side: PositionSide, side: Side) -> Qty:
    """What the resting orders of one direction on one leg still want."""
    return as_qty(
        sum(
            order.remaining
            for order in account.open_orders.values()
            if order.symbol == symbol
            and order.position_side is position_side
            and order.side is side
        )
    )


def check_identity(draft: Draft) -> Rejected | None:
    """Client ids are unique among open orders; their number is bounded."""
    if draft.command.client_order_id in draft.account.client_order_ids:
        return refuse(Reject.CLIENT_ORDER_ID_DUPLICATE)
    if draft.holding.open_orders >= draft.instrument.max_num_orders:
        return refuse(Reject.OPEN_ORDERS_ABOVE_MAX)
    return None


def check_rpi(draft: Draft) -> Rejected | None:
    """Retail price improvement is for contracts that are listed for it."""
    is_rpi = draft.command.time_in_force is _RPI
    return refuse(Reject.RPI_NOT_TAKEN) if is_rpi and not draft.instrument.takes_rpi else None


def check_date(draft: Draft) -> Rejected | None:
    """GTD needs a date more than ten minutes away."""
    if draft.command.time_in_force is not _GTD:
        return None
    date_ms = draft.command.good_till_ms
    if draft.state.now_ms + GOOD_TILL_LEAD_MS_MIN < date_ms < GOOD_TILL_MS_MAX:
        return None
    return refuse(Reject.GOOD_TILL_DATE_INVALID)


def assumed_price(draft: Draft) -> Price:
    """Price at which the margin of an order is counted before it trades (documented)."""
    market = draft.market
    if draft.command.side is BUY:
        if not draft.is_market:
            return draft.price
        ask = market.book.best_ask() or market.mark
        return rounding.raised(ask, MARKET_BUY_SURCHARGE)
    bid = market.book.best_bid() or market.mark
    if draft.is_market:
        return as_price(max(bid, market.mark))
    return as_price(max(bid, draft.price))


def check_margin(draft: Draft) -> Rejected | None:
    """Bracket cap at this leverage, then available balance."""
    if draft.reduces:
        return None
    reach, needed = margin_wanted(draft, assumed_price(draft))
    if reach > draft.holding.max_notional:
        return refuse(Reject.POSITION_ABOVE_BRACKET_CAP)
    # What is available is never below zero, so who needs nothing is not refused.
    if needed > 0 and needed > available_balance(
        draft.state, draft.account, draft.instrument.margin_asset
    ):
        return refuse(Reject.MARGIN_INSUFFICIENT)
    return None


def margin_wanted(draft: Draft, price: Price) -> tuple[Amount, Amount]:
    """(notional that the leg could reach, margin needed on top) of an order that opens."""
    leg, command, mark = draft.leg, draft.command, draft.market.mark
    added = rounding.quote_value(price, command.quantity)
    bid, ask = leg.bid_notional, leg.ask_notional
    value = leg_notional(leg, mark)
    if command.side is BUY:
        bid = as_amount(bid + added)
        reach = value + bid
    else:
        ask = as_amount(ask + added)
        reach = ask - value
    netted = netted_notional(leg, value, leg.bid_notional, leg.ask_notional)
    netted_after = netted_notional(leg, value, bid, ask)
    if netted_after == netted:
        return Amount(reach), Amount(0)
    return Amount(reach), margin_needed(draft, price, netted, netted_after)


def margin_needed(draft: Draft, price: Price, before: Amount, after: Amount) -> Amount:
    """Initial margin that a netted notional adds, and the loss the order opens with."""
    rounds_up = draft.state.rules.initial_margin_rounds_up
    rate, mark, side = draft.holding.rate, draft.market.mark, draft.command.side
    added = rounding.initial_margin(after, rate, rounds_up) - rounding.initial_margin(
        before, rate, rounds_up
    )
    adverse = price - mark if side is BUY else mark - price
    if adverse > 0:
        opened = draft.command.quantity - reducible(draft.leg, side)
        if opened > 0:
            added += rounding.open_loss(as_qty(opened), as_price(adverse))
    return as_amount(added)


def check_matching(turn: Turn, draft: Draft) -> Rejected | None:
    """Post-only and fill-or-kill are decided by a look at the book."""
    time_in_force = draft.command.time_in_force
    if time_in_force in POST_ONLY:
        best = draft.market.book.opposite(draft.command.side).best()
        if best is not None and crosses(draft.command.side, draft.price, best.price):
            return refuse(Reject.POST_ONLY_WOULD_TAKE)
    elif time_in_force is _FOK:
        wanted = draft.command.quantity
        limit = (
            draft.price if not draft.is_market else market_limit(draft.market, draft.command.side)
        )
        if draft.reduces:
            wanted = as_qty(min(wanted, reducible(draft.leg, draft.command.side)))
        if fillable(turn, draft.market, draft.command, limit, wanted) < wanted:
            return refuse(Reject.FOK_NOT_FILLABLE)
    return None


def market_limit(market: Market, side: Side) -> Price:
    """How far from the mark a MARKET order may take."""
    bound = market.instrument.market_take_bound
    if side is BUY:
        return rounding.raised(market.mark, bound)
    return rounding.lowered(market.mark, bound)


Check = Callable[[Draft], Rejected | None]

CHECKS: Final[tuple[Check, ...]] = (
    check_mode,
    check_rpi,
    check_decimals,
    check_quantity,
    check_price,
    check_counterparty,
    check_notional,
    check_position_side,
    check_reducing,
    check_date,
    check_identity,
    check_margin,
)
"""The order of refusals; ``check_matching`` comes last because it needs the dry walk."""


_NEVER_BROKEN_BY_PLAIN: Final = frozenset((check_mode, check_rpi, check_reducing, check_date))
"""Checks that an order passes whose form has nothing special (``_is_plain``)."""
_OF_MARKET_ONLY: Final = frozenset((check_counterparty,))
_OF_LIMIT_ONLY: Final = frozenset((check_price,))


def _checks_but(left_out: frozenset[Check]) -> tuple[Check, ...]:
    return tuple(check for check in CHECKS if check not in left_out)


_CHECKS_OF_PLAIN_MARKET: Final = _checks_but(_NEVER_BROKEN_BY_PLAIN | _OF_LIMIT_ONLY)
_CHECKS_OF_PLAIN_LIMIT: Final = _checks_but(_NEVER_BROKEN_BY_PLAIN | _OF_MARKET_ONLY)


def _is_plain(draft: Draft) -> bool:
    """Neither of a hedge account, nor reducing, nor with a date or a book of its own."""
    if draft.reduces or draft.account.hedge:
        return False
    time_in_force = draft.command.time_in_force
    return time_in_force is not _GTD and time_in_force is not _RPI


def checks_of(draft: Draft) -> tuple[Check, ...]:
    """The checks that can refuse an order of this form, in their order."""
    if not _is_plain(draft):
        return CHECKS
    return _CHECKS_OF_PLAIN_MARKET if draft.is_market else _CHECKS_OF_PLAIN_LIMIT


def precheck(turn: Turn, draft: Draft) -> Rejected | None:
    """Run every check; the first refusal wins."""
    for check in checks_of(draft):
        refused = check(draft)
        if refused is not None:
            return refused
    return check_matching(turn, draft)
