"""Conditional orders: when they trigger, what they enter, how they end."""

from collections.abc import Callable

import pytest

from perpbox.engine.commands import (
    CancelAlgoOrder,
    CancelAllAlgoOrders,
    Deposit,
    PlaceAlgoOrder,
)
from perpbox.engine.events import AlgoChanged, Event, OrderAccepted, OrderTraded
from perpbox.engine.hashing import state_hash
from perpbox.engine.rejects import Reject
from perpbox.engine.types import (
    AlgoType,
    OrderStatus,
    OrderType,
    PriceMatch,
    Side,
    TimeInForce,
    WorkingType,
)
from perpbox.money import plain
from tests.unit.engine.algo_board import (
    LAST,
    MARK,
    STOP,
    STOP_MARKET,
    TAKE,
    TAKE_MARKET,
    TRAILING,
    AlgoBoard,
    changes,
    statuses,
)
from tests.unit.engine.board import (
    BUY,
    GTX,
    LONG,
    SELL,
    SHORT,
    SYMBOL,
    amount,
    contract,
    fills,
    qty,
    rate,
)

GTE = TimeInForce.GTE_GTC
DONE = ["TRIGGERING", "TRIGGERED", "FINISHED"]


@pytest.fixture
def board() -> AlgoBoard:
    return AlgoBoard().prepare()


def accepted(events: list[Event]) -> OrderAccepted:
    (found,) = [event for event in events if isinstance(event, OrderAccepted)]
    return found


def refusal(events: list[Event]) -> Reject:
    """Why the child of the only rejected order was refused."""
    (found,) = [e.refused for e in events if isinstance(e, AlgoChanged) and e.refused is not None]
    return found.reason


@pytest.mark.parametrize(
    ("side", "kind", "trigger", "short_of_it", "at_it"),
    [
        (BUY, STOP_MARKET, "101", "100.9", "101"),
        (SELL, STOP_MARKET, "99", "99.1", "99"),
        (BUY, TAKE_MARKET, "99", "99.1", "99"),
        (SELL, TAKE_MARKET, "101", "100.9", "101"),
        (BUY, STOP, "101", "100.9", "101"),
        (SELL, STOP, "99", "99.1", "99"),
        (BUY, TAKE, "99", "99.1", "99"),
        (SELL, TAKE, "101", "100.9", "101"),
    ],
)
@pytest.mark.parametrize("working", [LAST, MARK])
def test_each_type_triggers_at_its_price(
    side: Side, kind: AlgoType, trigger: str, short_of_it: str, at_it: str, working: WorkingType
) -> None:
    """ALG-001, ALG-002: STOP like a breakout, TAKE_PROFIT like its opposite; the other price is
    not looked at."""
    board = AlgoBoard(depth=False).prepare()
    board.depth([("90", "50")], [("110", "50")])
    limit = trigger if kind in (STOP, TAKE) else "0"
    algo_id = board.wait(board.algo(side, kind, trigger, working=working, at=limit))
    if working is LAST:
        board.mark(at_it)
        assert not statuses(board.trade(short_of_it))
        events = board.trade(at_it)
    else:
        board.trade(at_it)
        board.mark(short_of_it)
        assert board.waiting == [algo_id]
        board.mark(at_it)
        events = []
    assert board.waiting == []
    if events and kind in (STOP_MARKET, TAKE_MARKET):
        assert changes(events)[0] == (algo_id, "TRIGGERING")


def test_a_market_child(board: AlgoBoard) -> None:
    """ALG-005, ALG-006: the order, its fills, then TRIGGERED and FINISHED; linked both ways."""
    algo_id = board.wait(board.algo(SELL, STOP_MARKET, "99.5", name="guard"))
    events = board.trade("99.5")
    assert changes(events) == [(algo_id, status) for status in DONE]
    order = accepted(events)
    assert (order.order_type, order.client_order_id) == (OrderType.MARKET, "guard")
    assert order.algo is not None
    assert order.algo.kind is STOP_MARKET
    kinds = [type(event) for event in events]
    entered, filled = kinds.index(OrderAccepted), kinds.index(OrderTraded)
    marks = [place for place, kind in enumerate(kinds) if kind is AlgoChanged]
    assert marks[0] < entered < filled < marks[1] < marks[2]
    last = events[marks[2]]
    assert isinstance(last, AlgoChanged)
    assert (last.order_id, plain(last.executed)) == (order.order_id, "1")
    assert fills(events, 1) == [("99.9", "1")]


def test_a_limit_child_rests_and_finishes_later(board: AlgoBoard) -> None:
    """ALG-006: FINISHED comes when its order ends, filled or canceled."""
    for ends in ("filled", "canceled"):
        board.wait(board.algo(BUY, TAKE, "99.5", at="98"))
        assert statuses(board.trade("99.5")) == ["TRIGGERING", "TRIGGERED"]
        (order,) = board.account().open_orders.values()
        assert plain(order.price) == "98"
        events = board.trade("97") if ends == "filled" else board.cancel(order)
        if ends == "filled":
            assert order.executed > 0
            events = board.depth([("96", "5")], [("97.5", "50")])
        assert statuses(events) == ["FINISHED"]
        assert not board.exchange.state.algo.children
        board.depth([("99.9", "10"), ("99", "20")], [("100.1", "10"), ("101", "20")])
        board.trade("100")


def test_no_margin_is_looked_at_before_the_trigger(board: AlgoBoard) -> None:
    """ALG-003, ALG-007: what the account cannot pay waits all the same, and is then rejected."""
    board.send(Deposit(1, "USDT", amount("-9900")))
    board.wait(board.algo(BUY, STOP_MARKET, "101", quantity="900"))
    assert statuses(board.trade("101")) == ["TRIGGERING", "REJECTED"]
    board.trade("100")
    board.wait(board.algo(SELL, STOP_MARKET, "99", reduce_only=True))
    events = board.trade("99")
    assert statuses(events) == ["TRIGGERING", "REJECTED"]
    assert refusal(events) is Reject.REDUCE_ONLY_REJECTED
    assert not any(isinstance(event, OrderAccepted) for event in events)


def test_close_position_closes_what_there_is_at_the_trigger(board: AlgoBoard) -> None:
    """ALG-010: the whole position of that moment, reduce-only."""
    board.place(board.order(1, BUY, "2"))
    board.wait(board.algo(SELL, STOP_MARKET, "99.5", close=True))
    board.place(board.order(1, BUY, "1"))
    events = board.trade("99.5")
    assert statuses(events) == DONE
    assert plain(accepted(events).quantity) == "3"
    assert accepted(events).reduce_only
    assert board.leg().quantity == 0
    board.trade("100")
    board.wait(board.algo(SELL, STOP_MARKET, "99.5", close=True))
    assert refusal(board.trade("99.5")) is Reject.REDUCE_ONLY_REJECTED


def test_close_position_in_hedge_mode() -> None:
    """ALG-010: a leg is closed without reduceOnly."""
    board = AlgoBoard(hedge=True).prepare()
    board.place(board.order(1, BUY, "2", leg=LONG))
    board.place(board.order(1, SELL, "1", leg=SHORT))
    board.wait(board.algo(SELL, STOP_MARKET, "99.5", close=True, leg=LONG))
    board.wait(board.algo(BUY, TAKE_MARKET, "99.4", close=True, leg=SHORT))
    assert statuses(board.trade("99.4")) == DONE * 2
    assert board.leg(1, LONG).quantity == board.leg(1, SHORT).quantity == 0


def test_one_closing_order_of_a_kind_a_direction(board: AlgoBoard) -> None:
    """ALG-011: a second stop is refused, a take-profit beside it is not."""
    board.wait(board.algo(SELL, STOP_MARKET, "99", close=True))
    again = board.algo(SELL, STOP_MARKET, "98", close=True)
    assert board.refused(again) is Reject.CLOSE_POSITION_EXISTS
    board.wait(board.algo(SELL, TAKE_MARKET, "101", close=True))
    board.wait(board.algo(BUY, STOP_MARKET, "101", close=True))
    board.wait(board.algo(SELL, STOP_MARKET, "98"))


def test_gte_gtc_goes_away_with_the_position(board: AlgoBoard) -> None:
    """ALG-012: whoever closed it, and also when it is turned round."""
    lone = board.algo(SELL, STOP_MARKET, "99", tif=GTE)
    assert board.refused(lone) is Reject.GTE_WITHOUT_POSITION
    for closed_by in ("1", "2"):
        board.place(board.order(1, BUY, "1"))
        stop = board.wait(board.algo(SELL, STOP_MARKET, "99", tif=GTE))
        take = board.wait(board.algo(SELL, TAKE_MARKET, "101", tif=GTE))
        plain_stop = board.wait(board.algo(SELL, STOP_MARKET, "98"))
        events = board.place(board.order(1, SELL, closed_by))
        assert changes(events) == [(stop, "EXPIRED"), (take, "EXPIRED")]
        assert board.waiting == [plain_stop]
        board.cancel_algo(plain_stop)


def test_the_first_exit_takes_the_other_one_along(board: AlgoBoard) -> None:
    """ALG-012: stop and take-profit of one position; both hit by one sweep, only one trades."""
    board.place(board.order(1, BUY, "1"))
    first = board.wait(board.algo(SELL, STOP_MARKET, "99", tif=GTE, close=True))
    second = board.wait(board.algo(SELL, STOP_MARKET, "98.5", tif=GTE))
    assert changes(board.trade("98")) == [
        *((first, status) for status in DONE),
        (second, "EXPIRED"),
    ]
    assert board.leg().quantity == 0


@pytest.mark.parametrize(
    ("side", "path", "fires"),
    [
        (SELL, ["102", "101.1", "100.98"], True),
        (SELL, ["102", "101.1", "100.99"], False),
        (SELL, ["100.5", "99.5"], False),
        (SELL, ["101", "100", "99.99"], True),
        (BUY, ["98", "98.97", "98.98"], True),
        (BUY, ["98", "98.97"], False),
        (BUY, ["99.5", "101"], False),
        (BUY, ["99", "98", "97", "97.96", "97.97"], True),
    ],
)
def test_trailing_from_an_activation_price(side: Side, path: list[str], fires: bool) -> None:
    """ALG-020: active from 101 (sell) or 99 (buy) on, then one percent back from the extreme."""
    board = AlgoBoard(contract(tick_size=qty("0.01")), depth=False).prepare()
    board.depth([("90", "50")], [("110", "50")])
    activate = "101" if side is SELL else "99"
    algo_id = board.wait(board.algo(side, TRAILING, activate=activate, callback="1"))
    for step in path[:-1]:
        assert "TRIGGERING" not in statuses(board.trade(step))
    board.trade(path[-1])
    assert (algo_id not in board.waiting) is fires


def test_trailing_tells_its_activation_once(board: AlgoBoard) -> None:
    """ALG-021: NEW a second time, active; without an activation price active from the start."""
    algo_id = board.wait(board.algo(SELL, TRAILING, activate="101", callback="1"))
    assert changes(board.trade("101")) == [(algo_id, "NEW")]
    assert not statuses(board.trade("101.5"))
    assert not statuses(board.trade("100.6"))
    at_once = board.send(board.algo(SELL, TRAILING, callback="5"))[0]
    assert isinstance(at_once, AlgoChanged)
    assert at_once.is_active
    assert plain(at_once.order.activate_price) == "100.6"


def test_trailing_orders_of_many_starts_and_distances() -> None:
    """ALG-020: a later order has not seen an earlier high."""
    board = AlgoBoard(depth=False).prepare()
    board.depth([("80", "90")], [("120", "90")])
    early = board.wait(board.algo(SELL, TRAILING, callback="4"))
    board.trade("110")
    board.trade("106")
    late = board.wait(board.algo(SELL, TRAILING, callback="4"))
    near = board.wait(board.algo(SELL, TRAILING, callback="0.5"))
    assert changes(board.trade("105.6"))[:1] == [(early, "TRIGGERING")]
    assert board.waiting == [late, near]
    board.trade("105.4")
    assert board.waiting == [late]
    board.trade("101.8")
    assert board.waiting == [late]
    board.trade("101.7")
    assert board.waiting == []


def test_a_trailing_order_before_any_price() -> None:
    """ALG-020: it follows from the first price on."""
    board = AlgoBoard()
    board.wait(board.algo(SELL, TRAILING, callback="1"))
    (told,) = [e for e in board.trade("100") if isinstance(e, AlgoChanged)]
    assert told.is_active
    assert plain(told.order.activate_price) == "100"
    assert statuses(board.trade("99")) == DONE


BAD_START = Reject.ACTIVATE_PRICE_INVALID
REFUSED: list[tuple[Callable[[AlgoBoard], PlaceAlgoOrder], Reject]] = [
    (lambda b: b.algo(BUY, STOP_MARKET, "100"), Reject.WOULD_TRIGGER),
    (lambda b: b.algo(SELL, STOP_MARKET, "100"), Reject.WOULD_TRIGGER),
    (lambda b: b.algo(BUY, TAKE_MARKET, "101"), Reject.WOULD_TRIGGER),
    (lambda b: b.algo(SELL, TAKE_MARKET, "99"), Reject.WOULD_TRIGGER),
    (lambda b: b.algo(BUY, TRAILING, activate="100", callback="1"), Reject.WOULD_TRIGGER),
    (lambda b: b.algo(SELL, TRAILING, activate="99", callback="1"), Reject.WOULD_TRIGGER),
    (
        lambda b: b.algo(SELL, TRAILING, activate="101.05", callback="1"),
        Reject.ACTIVATE_PRICE_INVALID,
    ),
    (lambda b: b.algo(SELL, TRAILING, activate="150", callback="1"), BAD_START),
    (lambda b: b.algo(SELL, STOP_MARKET, "0"), Reject.TRIGGER_PRICE_NOT_POSITIVE),
    (lambda b: b.algo(SELL, STOP_MARKET, "148.1"), Reject.TRIGGER_PRICE_ABOVE_MAX),
    (lambda b: b.algo(SELL, STOP_MARKET, "98.95"), Reject.PRICE_OFF_TICK),
    (lambda b: b.algo(SELL, STOP_MARKET, "98.999"), Reject.PRICE_TOO_PRECISE),
    (lambda b: b.algo(SELL, STOP_MARKET, "99", quantity="0"), Reject.QUANTITY_NOT_POSITIVE),
    (lambda b: b.algo(SELL, STOP_MARKET, "99", quantity="1.0001"), Reject.QUANTITY_TOO_PRECISE),
    (lambda b: b.algo(SELL, STOP_MARKET, "99", quantity="0.01"), Reject.QUANTITY_BELOW_MIN),
    (lambda b: b.algo(SELL, STOP_MARKET, "99", quantity="1001"), Reject.QUANTITY_ABOVE_MAX),
    (lambda b: b.algo(SELL, STOP_MARKET, "99", quantity="0.025"), Reject.QUANTITY_OFF_STEP),
    (lambda b: b.algo(SELL, STOP_MARKET, "99", quantity="0.04"), Reject.NOTIONAL_BELOW_MIN),
    (lambda b: b.algo(SELL, STOP, "99", at="0"), Reject.PRICE_NOT_POSITIVE),
    (lambda b: b.algo(SELL, STOP, "99", at="0.5"), Reject.PRICE_BELOW_MIN),
    (lambda b: b.algo(SELL, STOP, "99", at="149"), Reject.PRICE_ABOVE_MAX),
    (lambda b: b.algo(SELL, STOP, "99", at="98.95"), Reject.PRICE_OFF_TICK),
    (lambda b: b.algo(SELL, STOP, "99", at="49.4"), Reject.PRICE_BELOW_TRIGGER_BAND),
    (lambda b: b.algo(BUY, TAKE, "90", at="135.1"), Reject.PRICE_ABOVE_TRIGGER_BAND),
    (lambda b: b.algo(SELL, STOP_MARKET, "99", leg=LONG), Reject.POSITION_SIDE_MISMATCH),
    (lambda b: b.algo(SELL, STOP_MARKET, "99", symbol="NONE"), Reject.SYMBOL_UNKNOWN),
    (lambda b: b.algo(SELL, STOP_MARKET, "99", account=9), Reject.ACCOUNT_UNKNOWN),
]


@pytest.mark.parametrize(("made", "reason"), REFUSED)
def test_refusals(
    board: AlgoBoard, made: Callable[[AlgoBoard], PlaceAlgoOrder], reason: Reject
) -> None:
    """ALG-004: and nothing waits."""
    before = state_hash(board.exchange.state)
    assert board.refused(made(board)) is reason
    board.exchange.state.seq -= 1
    assert state_hash(board.exchange.state) == before


def test_two_hundred_may_wait(board: AlgoBoard) -> None:
    """ALG-013: over all contracts; client ids are unique among those that wait."""
    for number in range(200):
        board.wait(board.algo(SELL, STOP_MARKET, "90", name=f"n{number}"))
    assert board.refused(board.algo(SELL, STOP_MARKET, "90")) is Reject.OPEN_ORDERS_ABOVE_MAX
    board.wait(board.algo(SELL, STOP_MARKET, "90", account=2))
    board.send(CancelAlgoOrder(1, 0, "n7"))
    double = board.algo(SELL, STOP_MARKET, "90", name="n8")
    assert board.refused(double) is Reject.CLIENT_ORDER_ID_DUPLICATE
    board.wait(board.algo(SELL, STOP_MARKET, "90", name="n7"))


def test_a_client_id_that_rests_already_rejects_the_child(board: AlgoBoard) -> None:
    """ALG-007."""
    board.rest(board.order(1, BUY, "1", "98", client_id="same"))
    board.wait(board.algo(BUY, STOP_MARKET, "101", name="same"))
    assert refusal(board.trade("101")) is Reject.CLIENT_ORDER_ID_DUPLICATE


def test_canceling(board: AlgoBoard) -> None:
    """ALG-014: by id, by client id, all of a symbol; what is gone is unknown; nobody else's."""
    first = board.wait(board.algo(SELL, STOP_MARKET, "99", name="one"))
    second = board.wait(board.algo(SELL, STOP_MARKET, "98", name="two"))
    assert board.refused(CancelAlgoOrder(2, first, "")) is Reject.ALGO_ORDER_UNKNOWN
    assert changes(board.cancel_algo(first)) == [(first, "CANCELED")]
    assert board.refused(CancelAlgoOrder(1, first, "")) is Reject.ALGO_ORDER_UNKNOWN
    assert changes(board.send(CancelAlgoOrder(1, 0, "two"))) == [(second, "CANCELED")]
    third = board.wait(board.algo(SELL, STOP_MARKET, "98"))
    other = board.wait(board.algo(SELL, STOP_MARKET, "98", account=2))
    assert changes(board.send(CancelAllAlgoOrders(1, SYMBOL))) == [(third, "CANCELED")]
    assert board.send(CancelAllAlgoOrders(1, SYMBOL)) == []
    assert board.waiting == [other]
    assert statuses(board.trade("98")) == DONE


def test_protection_keeps_a_spike_from_triggering() -> None:
    """ALG-008: mark and last price further apart than the contract's triggerProtect."""
    for last, expected in (("95", DONE), ("94.9", ["TRIGGERING", "REJECTED"])):
        board = AlgoBoard(contract(trigger_protect=rate("0.05"))).prepare()
        board.wait(board.algo(SELL, STOP_MARKET, "96", protect=True))
        assert statuses(board.trade(last)) == expected


def test_price_match_and_post_only_are_decided_at_the_trigger(board: AlgoBoard) -> None:
    """ALG-009."""
    board.wait(board.algo(BUY, STOP, "101", match=PriceMatch.QUEUE))
    assert plain(accepted(board.trade("101")).price) == "99.9"
    board.wait(board.algo(BUY, STOP, "101.5", match=PriceMatch.QUEUE_20))
    assert refusal(board.trade("101.5")) is Reject.PRICE_MATCH_NO_DEPTH
    board.wait(board.algo(BUY, STOP, "102", at="102", tif=GTX))
    assert refusal(board.trade("102")) is Reject.POST_ONLY_WOULD_TAKE


def test_one_stop_sets_off_the_next(board: AlgoBoard) -> None:
    """ALG-015: inside one command, in the order of consequences, older ones first."""
    board.depth([("99.9", "1"), ("98", "1"), ("97", "50")], [("100.1", "10")])
    late = board.wait(board.algo(SELL, STOP_MARKET, "98", account=2, quantity="2"))
    first = board.wait(board.algo(SELL, STOP_MARKET, "99.9", quantity="2"))
    events = board.trade("99.9")
    assert changes(events) == [
        *((first, status) for status in DONE),
        *((late, status) for status in DONE),
    ]
    assert fills(events, 2) == [("97", "2")]


def test_every_print_of_a_sweep_counts(board: AlgoBoard) -> None:
    """ALG-015: also one that is not the last price of its command."""
    board.wait(board.algo(SELL, STOP_MARKET, "99.5", account=2))
    board.depth([("99.4", "1"), ("99", "9")], [("100", "1")], replace=True)
    board.rest(board.order(1, BUY, "1", "99.6"))
    events = board.place(board.order(1, SELL, "2", "99"))
    assert "TRIGGERING" in statuses(events)


def test_a_child_order_ends_like_any_other(board: AlgoBoard) -> None:
    """ALG-006: a child that expires at once is finished at once."""
    board.depth([], [("100.1", "1")])
    board.wait(board.algo(BUY, STOP, "101", at="100.1", tif=TimeInForce.IOC, quantity="2"))
    events = board.trade("101")
    assert statuses(events) == DONE
    last = [event for event in events if isinstance(event, AlgoChanged)][-1]
    assert plain(last.executed) == "1"
    assert board.account().open_orders == {}
    assert accepted(events).order_type is OrderType.LIMIT
    assert OrderStatus.EXPIRED in {getattr(event, "status", None) for event in events}
