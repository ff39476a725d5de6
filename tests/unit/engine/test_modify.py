"""Changing a resting order, taking it out, and letting it run out."""

import pytest

from perpbox.engine.commands import AdvanceTime, CancelAllOrders, ModifyOrder, PinPrices
from perpbox.engine.entry import AMENDMENTS_MAX
from perpbox.engine.events import FundingFixed, OrderAmended
from perpbox.engine.hashing import state_hash
from perpbox.engine.rejects import Reject
from perpbox.engine.types import EndReason, PriceMatch
from tests.unit.engine.board import (
    BUY,
    GTC,
    GTD,
    GTX,
    LONG,
    SELL,
    START_MS,
    SYMBOL,
    Board,
    contract,
    endings,
    fills,
    price,
    qty,
    units,
)

ROOMY = contract(max_num_orders=50)
HOURS_8_MS = 8 * 3_600_000


def test_modify_loses_the_place_in_the_queue() -> None:
    """ORD-030: a changed order goes to the back, even at its own price."""
    board = Board(ROOMY, accounts=3, depth=False)
    first = board.rest(board.order(1, SELL, "2", "101"))
    board.rest(board.order(2, SELL, "1", "101"))
    events = board.send(board.modify(first, "1", "101"))
    assert [type(event) for event in events[:1]] == [OrderAmended]
    events = board.place(board.order(3, BUY, "1", "101"))
    assert fills(events, 2) == [("101", "1")]
    assert fills(events, 1) == []


def test_modify_waits_behind_the_street_again() -> None:
    """ORD-030: street quantity that is there now is ahead of a changed order."""
    board = Board(ROOMY)
    order = board.rest(board.order(1, BUY, "1", "99.9"))
    board.depth([("99.9", "25")], [], replace=False)
    assert order.street_ahead == units("10")
    board.send(board.modify(order, "2", "99.9"))
    assert order.street_ahead == units("25")


def test_modify_may_take() -> None:
    """ORD-031: a changed order that crosses trades at once, and rests with what is left."""
    board = Board(ROOMY)
    order = board.rest(board.order(1, BUY, "12", "99"))
    events = board.send(board.modify(order, "12", "100.1"))
    assert fills(events) == [("100.1", "10")]
    assert order.remaining == units("2")
    assert board.shown()[0][0] == ("100.1", "2")


def test_modify_of_a_post_only_order_that_would_take_cancels_it() -> None:
    """ORD-032: a GTX order moved across the book is gone."""
    board = Board(ROOMY)
    order = board.rest(board.order(1, BUY, "1", "99", tif=GTX))
    events = board.send(board.modify(order, "1", "100.1"))
    assert endings(events) == [(1, "CANCELED", EndReason.MODIFY)]
    assert board.account().open_orders == {}


@pytest.mark.parametrize("quantity", ["2", "1"])
def test_modify_below_the_executed_quantity_cancels(quantity: str) -> None:
    """ORD-033: a quantity not above what is executed ends the order."""
    board = Board(ROOMY, depth=False)
    order = board.rest(board.order(1, SELL, "5", "101"))
    board.place(board.order(2, BUY, "2", "101"))
    events = board.send(board.modify(order, quantity, "101"))
    assert endings(events) == [(1, "CANCELED", EndReason.MODIFY)]
    assert board.leg().ask_notional == 0


def test_modify_keeps_what_is_executed() -> None:
    """ORD-033: above it, the order goes on with the difference."""
    board = Board(ROOMY, depth=False)
    order = board.rest(board.order(1, SELL, "5", "101"))
    board.place(board.order(2, BUY, "2", "101"))
    board.send(board.modify(order, "3", "102"))
    assert (order.executed, order.remaining, order.price) == (units("2"), units("1"), price("102"))
    assert board.leg().ask_notional == units("102")


def test_modify_refusals() -> None:
    """ORD-034: same values, unknown order, other side, filters, notional, count."""
    board = Board(ROOMY)
    order = board.rest(board.order(1, BUY, "1", "99"))
    assert board.refused(board.modify(order, "1", "99")) is Reject.MODIFY_SAME_VALUES
    unknown = ModifyOrder(1, SYMBOL, 77, "", BUY, qty("1"), price("98"))
    assert board.refused(unknown) is Reject.ORDER_TO_MODIFY_UNKNOWN
    wrong_side = ModifyOrder(1, SYMBOL, order.order_id, "", SELL, qty("1"), price("98"))
    assert board.refused(wrong_side) is Reject.ORDER_TO_MODIFY_UNKNOWN
    stranger = ModifyOrder(9, SYMBOL, order.order_id, "", BUY, qty("1"), price("98"))
    assert board.refused(stranger) is Reject.ACCOUNT_UNKNOWN
    for quantity, at, reason in (
        ("0", "98", Reject.QUANTITY_NOT_POSITIVE),
        ("1.0001", "98", Reject.QUANTITY_TOO_PRECISE),
        ("1", "98.001", Reject.PRICE_TOO_PRECISE),
        ("0.005", "98", Reject.QUANTITY_BELOW_MIN),
        ("1", "98.01", Reject.PRICE_OFF_TICK),
        ("1", "149", Reject.PRICE_ABOVE_MAX),
        ("0.05", "98", Reject.NOTIONAL_BELOW_MIN),
        ("9000", "98", Reject.POSITION_ABOVE_BRACKET_CAP),
        ("2500", "98", Reject.MARGIN_INSUFFICIENT),
    ):
        assert board.refused(board.modify(order, quantity, at)) is reason, reason
    order.amendments = AMENDMENTS_MAX
    assert board.refused(board.modify(order, "2", "99")) is Reject.MODIFY_COUNT_ABOVE_MAX


def test_refused_modify_changes_nothing() -> None:
    """ORD-040: after a refusal the state is what it was, but for number and stamp."""
    board = Board(ROOMY)
    order = board.rest(board.order(1, BUY, "1", "99"))
    before = state_hash(board.exchange.state)
    assert board.refused(board.modify(order, "2500", "98")) is Reject.MARGIN_INSUFFICIENT
    board.exchange.state.seq -= 1
    assert state_hash(board.exchange.state) == before


def test_modify_frees_its_own_margin_first() -> None:
    """ORD-035: the old order does not stand in the way of its own change."""
    board = Board(contract(max_num_orders=50), wallet="1000")
    order = board.rest(board.order(1, BUY, "199", "99"))
    board.send(board.modify(order, "200", "99.5"))
    assert order.quantity == units("200")


def test_modify_by_client_id_and_by_price_match() -> None:
    """ORD-034, ORD-016: found by its client id; the book may choose the price."""
    board = Board(ROOMY)
    order = board.rest(board.order(1, BUY, "1", "99", client_id="mine"))
    by_name = ModifyOrder(1, SYMBOL, 0, "mine", BUY, qty("1"), price("0"), PriceMatch.QUEUE)
    board.send(by_name)
    assert order.price == price("99.9")
    too_deep = ModifyOrder(1, SYMBOL, 0, "mine", BUY, qty("1"), price("0"), PriceMatch.QUEUE_20)
    assert board.refused(too_deep) is Reject.PRICE_MATCH_NO_DEPTH


def test_modify_of_a_close_stays_within_the_leg() -> None:
    """ORD-036: in hedge mode a changed closing order must still fit its leg."""
    board = Board(ROOMY, hedge=True)
    board.place(board.order(1, BUY, "2", "100.1", leg=LONG))
    order = board.rest(board.order(1, SELL, "1", "105", leg=LONG))
    board.rest(board.order(1, SELL, "0.5", "106", leg=LONG))
    over = board.modify(order, "1.505", "105")
    assert board.refused(over) is Reject.REDUCE_ONLY_EXCEEDS_POSITION
    board.send(board.modify(order, "1.5", "105"))
    assert order.quantity == units("1.5")


def test_reduce_only_modified_beyond_the_position_expires() -> None:
    """ORD-036: what a changed reduce-only order cannot reduce any more expires."""
    board = Board(ROOMY)
    board.place(board.order(1, BUY, "2", "100.1"))
    order = board.rest(board.order(1, SELL, "2", "105", reduce_only=True))
    events = board.send(board.modify(order, "5", "99.9"))
    assert fills(events) == [("99.9", "2")]
    assert endings(events) == [(2, "EXPIRED", EndReason.REDUCE_ONLY)]
    assert board.leg().quantity == 0


def test_cancel_all() -> None:
    """ORD-037: every order of the account in the contract, nobody else's."""
    board = Board(ROOMY)
    for at in ("98", "99"):
        board.rest(board.order(1, BUY, "1", at))
    board.rest(board.order(2, BUY, "1", "98"))
    events = board.send(CancelAllOrders(1, SYMBOL))
    assert endings(events) == [
        (1, "CANCELED", EndReason.USER),
        (2, "CANCELED", EndReason.USER),
    ]
    assert board.leg().bid_notional == 0
    assert len(board.account(2).open_orders) == 1
    assert board.send(CancelAllOrders(1, SYMBOL)) == []


def test_good_till_date_expires_on_its_date() -> None:
    """ORD-038: at its date, not a millisecond before."""
    board = Board(ROOMY)
    date_ms = START_MS + 700_000
    board.rest(board.order(1, BUY, "1", "99", tif=GTD, good_till_ms=date_ms))
    assert board.exchange.next_deadline_ms() == date_ms
    board.now_ms = date_ms - 1
    assert board.send(AdvanceTime()) == []
    board.now_ms = date_ms
    assert endings(board.send(AdvanceTime())) == [(1, "EXPIRED", EndReason.DATE)]
    assert board.account().open_orders == {}
    assert board.exchange.next_deadline_ms() == START_MS + HOURS_8_MS


def test_good_till_date_of_a_gone_order_is_nothing() -> None:
    """ORD-038: a date of an order that is gone, or was changed, does nothing twice."""
    board = Board(ROOMY)
    date_ms = START_MS + 700_000
    gone = board.rest(board.order(1, BUY, "1", "99", tif=GTD, good_till_ms=date_ms))
    board.cancel(gone)
    kept = board.rest(board.order(1, BUY, "1", "99", tif=GTD, good_till_ms=date_ms))
    board.send(board.modify(kept, "2", "98"))
    board.now_ms = date_ms
    assert endings(board.send(AdvanceTime())) == [(2, "EXPIRED", EndReason.DATE)]


def test_funding_boundary() -> None:
    """ACC-020: a boundary fixes the rate shown, every interval from 00:00 UTC."""
    board = Board(ROOMY)
    assert board.market.funding_next_ms == START_MS + HOURS_8_MS
    board.now_ms = START_MS + HOURS_8_MS - 1
    assert board.send(AdvanceTime()) == []
    board.now_ms = START_MS + 2 * HOURS_8_MS + 5
    fixed = [event for event in board.send(AdvanceTime()) if isinstance(event, FundingFixed)]
    assert [event.funding_ms for event in fixed] == [
        START_MS + HOURS_8_MS,
        START_MS + 2 * HOURS_8_MS,
    ]
    assert board.market.funding_next_ms == START_MS + 3 * HOURS_8_MS


def test_pinned_prices_hold_and_let_go() -> None:
    """ACC-021: a pinned price stays until released; a mark not pinned follows a pinned index."""
    board = Board(ROOMY)
    board.send(PinPrices(SYMBOL, price("90"), None, None))
    assert (board.market.index, board.market.mark) == (price("90"), price("90"))
    board.mark("110")
    assert (board.market.index, board.market.mark) == (price("90"), price("90"))
    board.send(PinPrices(SYMBOL, None, price("95"), None))
    board.send(PinPrices(SYMBOL, price("0"), None, None))
    board.mark("110")
    assert (board.market.index, board.market.mark) == (price("110"), price("95"))
    board.send(PinPrices(SYMBOL, None, price("0"), None))
    board.mark("111")
    assert (board.market.index, board.market.mark) == (price("111"), price("111"))
    negative = PinPrices(SYMBOL, price("-1"), None, None)
    assert board.refused(negative) is Reject.PRICE_NOT_POSITIVE


def test_self_trade_prevention_works_on_a_changed_order() -> None:
    """MAT-012: a changed order keeps its mode."""
    board = Board(ROOMY)
    board.rest(board.order(1, SELL, "1", "100"))
    order = board.rest(board.order(1, BUY, "1", "99", tif=GTC))
    events = board.send(board.modify(order, "1", "100"))
    assert endings(events) == [(1, "EXPIRED_IN_MATCH", EndReason.SELF_TRADE)]
    assert order.executed == 0
