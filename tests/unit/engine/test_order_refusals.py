"""What an order is refused for, each cause alone and in pairs."""

import pytest

from perpbox.engine.commands import (
    CancelAllOrders,
    CancelOrder,
    ChangeLeverage,
    ListInstrument,
    PinPrices,
    PlaceOrder,
)
from perpbox.engine.events import Rejected
from perpbox.engine.margin import LegRisk
from perpbox.engine.rejects import Reject
from perpbox.engine.types import PositionSide, PriceMatch, Side
from tests.unit.engine.board import (
    BOTH,
    BUY,
    FOK,
    GTC,
    GTD,
    GTX,
    LONG,
    SELL,
    SHORT,
    START_MS,
    SYMBOL,
    Board,
    amount,
    contract,
    price,
    units,
)

LIMIT_CASES = [
    ("0", "100", Reject.QUANTITY_NOT_POSITIVE),
    ("-1", "100", Reject.QUANTITY_NOT_POSITIVE),
    ("1.0001", "100", Reject.QUANTITY_TOO_PRECISE),
    ("0.005", "100", Reject.QUANTITY_BELOW_MIN),
    ("50000.005", "100", Reject.QUANTITY_ABOVE_MAX),
    ("1.001", "100", Reject.QUANTITY_OFF_STEP),
    ("1", "0", Reject.PRICE_NOT_POSITIVE),
    ("1", "-100", Reject.PRICE_NOT_POSITIVE),
    ("1", "100.001", Reject.PRICE_TOO_PRECISE),
    ("1", "0.9", Reject.PRICE_BELOW_MIN),
    ("1", "148.1", Reject.PRICE_ABOVE_MAX),
    ("1", "100.01", Reject.PRICE_OFF_TICK),
    ("0.01", "100", Reject.NOTIONAL_BELOW_MIN),
    ("30000", "100", Reject.POSITION_ABOVE_BRACKET_CAP),
    ("2100", "100", Reject.MARGIN_INSUFFICIENT),
]


@pytest.mark.parametrize(("quantity", "at", "reason"), LIMIT_CASES)
def test_limit_filters(quantity: str, at: str, reason: Reject) -> None:
    """ORD-001, ORD-002, ORD-003, ORD-005, ORD-010, ORD-011: the filters of a LIMIT order."""
    board = Board()
    assert board.refused(board.order(1, BUY, quantity, at)) is reason
    assert board.account().open_orders == {}


MARKET_CASES = [
    ("0", Reject.QUANTITY_NOT_POSITIVE),
    ("1.0001", Reject.QUANTITY_TOO_PRECISE),
    ("0.01", Reject.QUANTITY_BELOW_MIN),
    ("1000.01", Reject.QUANTITY_ABOVE_MAX),
    ("0.025", Reject.QUANTITY_OFF_STEP),
    ("0.04", Reject.NOTIONAL_BELOW_MIN),
]


@pytest.mark.parametrize(("quantity", "reason"), MARKET_CASES)
def test_market_filters(quantity: str, reason: Reject) -> None:
    """ORD-001, ORD-004, ORD-005: MARKET has a lot size of its own; its notional is by mark."""
    board = Board()
    assert board.refused(board.order(1, BUY, quantity)) is reason


def test_price_band() -> None:
    """ORD-003: a buy up to mark * multiplierUp, a sell down to mark * multiplierDown."""
    board = Board(contract(max_price=price("1000")))
    above = board.rejection(board.order(1, BUY, "1", "150.1"))
    assert above == Rejected(Reject.PRICE_ABOVE_BAND, units("150"))
    below = board.rejection(board.order(1, SELL, "1", "49.9"))
    assert below == Rejected(Reject.PRICE_BELOW_BAND, units("50"))
    board.rest(board.order(1, SELL, "1", "150.1"))
    board.rest(board.order(1, BUY, "1", "49.9"))
    board.place(board.order(2, BUY, "1", "150"))
    board.place(board.order(2, SELL, "1", "50"))


def test_zero_bounds_are_off() -> None:
    """ORD-002: a bound of 0 disables a price filter."""
    open_ended = contract(min_price=0, max_price=0, tick_size=0, multiplier_up=units("100"))
    board = Board(open_ended)
    board.rest(board.order(1, BUY, "100", "0.07"))
    board.place(board.order(2, BUY, "0.05", "9000.01"))


def test_market_without_counterparty() -> None:
    """ORD-006: MARKET needs an opponent price, and one inside the band."""
    board = Board(depth=False)
    assert board.refused(board.order(1, BUY, "1")) is Reject.NO_COUNTERPARTY_IN_BAND
    assert board.refused(board.order(1, SELL, "1")) is Reject.NO_COUNTERPARTY_IN_BAND
    board.depth([("49.9", "5")], [("150.1", "5")])
    assert board.refused(board.order(1, BUY, "1")) is Reject.NO_COUNTERPARTY_IN_BAND
    assert board.refused(board.order(1, SELL, "1")) is Reject.NO_COUNTERPARTY_IN_BAND


def test_no_price_yet() -> None:
    """ORD-006: before a mark is set every order is refused."""
    board = Board()
    board.send(ListInstrument(contract(symbol="NEWUSDT")))
    order = board.order(1, BUY, "1", "100", symbol="NEWUSDT")
    assert board.refused(order) is Reject.NO_COUNTERPARTY_IN_BAND
    market = board.order(1, BUY, "1", symbol="NEWUSDT")
    assert board.refused(market) is Reject.NO_COUNTERPARTY_IN_BAND


def test_strangers() -> None:
    """ORD-012: unknown contract, unknown account, contract that does not trade."""
    board = Board()
    assert board.refused(board.order(1, BUY, "1", "100", symbol="NOUSDT")) is Reject.SYMBOL_UNKNOWN
    assert board.refused(board.order(9, BUY, "1", "100")) is Reject.ACCOUNT_UNKNOWN
    assert board.refused(CancelOrder(9, SYMBOL, 1, "")) is Reject.ACCOUNT_UNKNOWN
    assert board.refused(CancelOrder(1, SYMBOL, 1, "")) is Reject.ORDER_UNKNOWN
    assert board.refused(CancelOrder(1, SYMBOL, 0, "nobody")) is Reject.ORDER_UNKNOWN
    assert board.refused(CancelAllOrders(9, SYMBOL)) is Reject.ACCOUNT_UNKNOWN
    assert board.refused(CancelAllOrders(1, "NOUSDT")) is Reject.SYMBOL_UNKNOWN
    order = board.rest(board.order(1, BUY, "1", "90"))
    assert board.refused(CancelOrder(2, SYMBOL, order.order_id, "")) is Reject.ORDER_UNKNOWN
    assert board.refused(CancelOrder(1, "OTHER", order.order_id, "")) is Reject.ORDER_UNKNOWN
    board.send(ListInstrument(contract(is_trading=False)))
    assert board.refused(board.order(1, BUY, "1", "100")) is Reject.SYMBOL_NOT_TRADING
    assert board.refused(board.modify(order, "2", "90")) is Reject.SYMBOL_NOT_TRADING


@pytest.mark.parametrize(
    ("hedge", "leg", "side"),
    [(False, LONG, BUY), (False, SHORT, SELL), (True, BOTH, BUY), (True, BOTH, SELL)],
)
def test_position_side_belongs_to_the_mode(hedge: bool, leg: PositionSide, side: Side) -> None:
    """ORD-007: BOTH in one-way mode, LONG and SHORT in hedge mode."""
    board = Board(hedge=hedge)
    assert board.refused(board.order(1, side, "1", "100", leg=leg)) is Reject.POSITION_SIDE_MISMATCH


def test_client_order_id_is_unique_among_open_orders() -> None:
    """ORD-008: an id is free again once its order is gone."""
    board = Board()
    first = board.rest(board.order(1, BUY, "1", "90", client_id="mine"))
    again = board.order(1, BUY, "1", "91", client_id="mine")
    assert board.refused(again) is Reject.CLIENT_ORDER_ID_DUPLICATE
    board.rest(board.order(2, BUY, "1", "91", client_id="mine"))
    board.cancel(first)
    board.rest(again)


def test_open_orders_are_bounded() -> None:
    """ORD-009: no more than MAX_NUM_ORDERS open orders a contract."""
    board = Board()
    orders = [board.rest(board.order(1, BUY, "1", "90")) for _ in range(3)]
    assert board.refused(board.order(1, BUY, "1", "90")) is Reject.OPEN_ORDERS_ABOVE_MAX
    board.cancel(orders[0])
    board.rest(board.order(1, BUY, "1", "90"))


@pytest.mark.parametrize(
    ("date_ms", "taken"),
    [
        (START_MS + 600_000, False),
        (START_MS + 600_001, True),
        (253_402_300_798_999, True),
        (253_402_300_799_000, False),
        (0, False),
    ],
)
def test_good_till_date_bounds(date_ms: int, taken: bool) -> None:
    """ORD-013: GTD ends more than ten minutes away and before the year 10000."""
    board = Board()
    order = board.order(1, BUY, "1", "90", tif=GTD, good_till_ms=date_ms)
    if taken:
        assert board.rest(order).good_till_ms == date_ms
    else:
        assert board.refused(order) is Reject.GOOD_TILL_DATE_INVALID


PRECEDENCE = [
    ("0", "0", Reject.QUANTITY_NOT_POSITIVE),
    ("0.0001", "0.9", Reject.QUANTITY_TOO_PRECISE),
    ("1", "149.999", Reject.PRICE_TOO_PRECISE),
    ("1", "34.999", Reject.PRICE_TOO_PRECISE),
    ("0.005", "100.001", Reject.PRICE_TOO_PRECISE),
    ("1.001", "100.001", Reject.PRICE_TOO_PRECISE),
    ("0.005", "100.01", Reject.QUANTITY_BELOW_MIN),
    ("0.01", "100.01", Reject.PRICE_OFF_TICK),
    ("49000", "147.9", Reject.POSITION_ABOVE_BRACKET_CAP),
]


@pytest.mark.parametrize(("quantity", "at", "reason"), PRECEDENCE)
def test_first_fault_wins(quantity: str, at: str, reason: Reject) -> None:
    """ORD-014: sign of the quantity, decimals, bounds and steps, then notional and cap."""
    board = Board()
    assert board.refused(board.order(1, BUY, quantity, at)) is reason


def test_mode_rule_before_notional() -> None:
    """ORD-014, ORD-015: reduceOnly in hedge mode is named before a notional too small."""
    board = Board(hedge=True)
    order = board.order(1, SELL, "0.01", "100", leg=LONG, reduce_only=True)
    assert board.refused(order) is Reject.REDUCE_ONLY_IN_HEDGE_MODE


def test_band_before_margin_and_notional() -> None:
    """ORD-014: a price out of the band is named before notional, cap and margin."""
    board = Board(contract(max_price=price("1000")), wallet="1")
    assert board.refused(board.order(1, BUY, "0.01", "150.1")) is Reject.PRICE_ABOVE_BAND
    assert board.refused(board.order(1, BUY, "2000", "150.1")) is Reject.PRICE_ABOVE_BAND


def test_notional_before_mode_and_margin() -> None:
    """ORD-014: notional, then position side, then reduce-only."""
    board = Board(wallet="0.1")
    assert board.refused(board.order(1, BUY, "0.01", "100", leg=LONG)) is Reject.NOTIONAL_BELOW_MIN
    wrong_leg = board.order(1, SELL, "1", "100", leg=LONG, reduce_only=True)
    assert board.refused(wrong_leg) is Reject.POSITION_SIDE_MISMATCH
    assert board.refused(board.order(1, BUY, "0.05", "100")) is Reject.MARGIN_INSUFFICIENT


def test_cap_before_margin_before_matching() -> None:
    """ORD-014: bracket cap, then margin, then what the book says."""
    board = Board(wallet="1")
    assert board.refused(board.order(1, BUY, "5000", "101")) is Reject.POSITION_ABOVE_BRACKET_CAP
    assert board.refused(board.order(1, BUY, "100", "101", tif=GTX)) is Reject.MARGIN_INSUFFICIENT
    assert board.refused(board.order(1, BUY, "100", "101", tif=FOK)) is Reject.MARGIN_INSUFFICIENT
    board = Board()
    assert board.refused(board.order(1, BUY, "100", "101", tif=GTX)) is Reject.POST_ONLY_WOULD_TAKE
    assert board.refused(board.order(1, BUY, "100", "101", tif=FOK)) is Reject.FOK_NOT_FILLABLE


def test_bracket_cap_counts_position_and_orders() -> None:
    """MAR-020: position and same-side orders together stay under the cap of the leverage."""
    board = Board(contract(max_num_orders=99), wallet="1000000")
    cap = board.rejection(board.order(1, BUY, "2500.005", "100"))
    assert cap.reason is Reject.POSITION_ABOVE_BRACKET_CAP
    board.place(board.order(1, BUY, "10", "100.1"))
    board.rest(board.order(1, BUY, "2485", "100"))
    over = board.order(1, BUY, "5.05", "100")
    assert board.refused(over) is Reject.POSITION_ABOVE_BRACKET_CAP
    board.rest(board.order(1, BUY, "5", "100"))
    board.rest(board.order(1, SELL, "2495", "100.5"))
    board.rest(board.order(1, SELL, "2.51", "100.5"))
    assert board.refused(board.order(1, SELL, "0.05", "100.5")) is Reject.POSITION_ABOVE_BRACKET_CAP


def test_lower_leverage_allows_more() -> None:
    """MAR-020: the cap is that of the highest bracket that allows the leverage."""
    board = Board(wallet="1000000")
    big = board.order(1, BUY, "9000", "100")
    assert board.refused(big) is Reject.POSITION_ABOVE_BRACKET_CAP
    board.send(ChangeLeverage(1, SYMBOL, 5))
    board.rest(big)
    board.send(ChangeLeverage(2, SYMBOL, 21))
    assert board.refused(board.order(2, BUY, "501", "100")) is Reject.POSITION_ABOVE_BRACKET_CAP


PRICE_MATCHES = [
    (BUY, PriceMatch.QUEUE, "99.9"),
    (BUY, PriceMatch.QUEUE_5, "99.5"),
    (SELL, PriceMatch.QUEUE, "100.1"),
    (SELL, PriceMatch.QUEUE_5, "100.5"),
    (BUY, PriceMatch.OPPONENT, "100.1"),
    (BUY, PriceMatch.OPPONENT_5, "100.5"),
    (SELL, PriceMatch.OPPONENT, "99.9"),
    (SELL, PriceMatch.OPPONENT_5, "99.5"),
    (BUY, PriceMatch.QUEUE_10, "99"),
    (SELL, PriceMatch.QUEUE_20, "102"),
    (BUY, PriceMatch.QUEUE_20, None),
]


@pytest.mark.parametrize(("side", "match", "at"), PRICE_MATCHES)
def test_price_match(side: Side, match: PriceMatch, at: str | None) -> None:
    """ORD-016: the book chooses the price: own side or opponent, at that level."""
    board = Board()
    board.depth(
        [(f"{99.9 - step / 10:.1f}", "1") for step in range(12)],
        [(f"{100.1 + step / 10:.1f}", "1") for step in range(20)],
    )
    order = board.order(1, side, "50", match=match)
    if at is None:
        assert board.refused(order) is Reject.PRICE_MATCH_NO_DEPTH
        return
    accepted = board.rest(order)
    assert accepted.price == price(at)
    assert accepted.price_match is match


def test_pinned_mark_moves_the_band() -> None:
    """ORD-003: the band follows the mark of the moment."""
    board = Board()
    order = board.order(1, BUY, "1", "140")
    board.send(PinPrices(SYMBOL, None, price("90"), None))
    assert board.refused(order) is Reject.PRICE_ABOVE_BAND


def test_reduce_only_needs_an_opposite_position() -> None:
    """ORD-017: nothing to reduce, or the wrong direction."""
    board = Board()
    assert board.refused(board.order(1, SELL, "1", reduce_only=True)) is Reject.REDUCE_ONLY_REJECTED
    board.place(board.order(1, BUY, "1", "100.1"))
    more = board.order(1, BUY, "1", "99", reduce_only=True)
    assert board.refused(more) is Reject.REDUCE_ONLY_REJECTED
    board.place(board.order(1, SELL, "1", "105", reduce_only=True, tif=GTC))


def test_hedge_close_must_fit_the_leg() -> None:
    """ORD-018: closing orders of hedge mode fit into the leg beside those that rest."""
    board = Board(hedge=True)
    close = board.order(1, SELL, "1", "105", leg=LONG)
    assert board.refused(close) is Reject.REDUCE_ONLY_REJECTED
    board.place(board.order(1, BUY, "1", "100.1", leg=LONG))
    big = board.order(1, SELL, "1.005", "105", leg=LONG)
    assert board.refused(big) is Reject.REDUCE_ONLY_REJECTED
    board.rest(board.order(1, SELL, "0.6", "105", leg=LONG))
    second = board.order(1, SELL, "0.405", "106", leg=LONG)
    assert board.refused(second) is Reject.REDUCE_ONLY_EXCEEDS_POSITION
    board.rest(board.order(1, SELL, "0.4", "106", leg=LONG))
    assert board.refused(board.order(1, BUY, "1", "95", leg=SHORT)) is Reject.REDUCE_ONLY_REJECTED


def test_closing_order_of_hedge_mode_shows_its_notional_and_takes_no_margin() -> None:
    """MAR-056: askNotional of a LONG leg counts its closing orders; initial margin does not."""
    board = Board(hedge=True)
    board.place(board.order(1, BUY, "1", "100.1", leg=LONG))
    board.rest(board.order(1, SELL, "0.6", "105", leg=LONG))
    holding = board.account(1).holdings[SYMBOL]
    risk = LegRisk(holding, holding.long, price("100"), rounds_up=True)
    assert (holding.long.bid_notional, holding.long.ask_notional) == (0, amount("63"))
    assert risk.open_order_initial == 0


def test_reducing_needs_no_notional() -> None:
    """ORD-005: orders that only reduce may be small, in either mode."""
    board = Board()
    board.place(board.order(1, BUY, "1", "100.1"))
    board.rest(board.order(1, SELL, "0.01", "105", reduce_only=True))
    assert board.refused(board.order(1, SELL, "0.01", "105")) is Reject.NOTIONAL_BELOW_MIN
    hedged = Board(hedge=True)
    hedged.place(hedged.order(1, BUY, "1", "100.1", leg=LONG))
    hedged.rest(hedged.order(1, SELL, "0.01", "105", leg=LONG))


def test_check_only() -> None:
    """ORD-019: an order can be checked without entering."""
    board = Board()
    good: PlaceOrder = board.order(1, BUY, "1", "100")
    assert board.exchange.check(good) is None
    bad = board.exchange.check(board.order(1, BUY, "0.01", "100"))
    assert bad is not None
    assert bad.reason is Reject.NOTIONAL_BELOW_MIN
    assert board.account().open_orders == {}
