"""Matching: who is served first, and what becomes of the rest of an order."""

import pytest

from perpbox.engine.commands import (
    ChangeLeverage,
    ChangeMarginType,
    PinPrices,
    StreetTrade,
)
from perpbox.engine.events import OrderTraded, TradePrinted
from perpbox.engine.rejects import Reject
from perpbox.engine.types import EndReason, SelfTradePrevention, TradeSource
from perpbox.money import fixed, plain
from tests.unit.engine.board import (
    BUY,
    FOK,
    GTC,
    GTX,
    IOC,
    LONG,
    SELL,
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


def test_price_before_time() -> None:
    """MAT-002: the better price is served first, at one price the earlier order."""
    board = Board(ROOMY, accounts=4, depth=False)
    for account, at in ((1, "100.2"), (2, "100.1"), (3, "100.1")):
        board.rest(board.order(account, SELL, "1", at))
    events = board.place(board.order(4, BUY, "2.5", "100.2"))
    assert fills(events, 4) == [("100.1", "1"), ("100.1", "1"), ("100.2", "0.5")]
    assert [fills(events, account) for account in (2, 3, 1)] == [
        [("100.1", "1")],
        [("100.1", "1")],
        [("100.2", "0.5")],
    ]


def test_street_that_was_there_first_is_ahead() -> None:
    """MAT-003: street quantity present at entry is served first, later quantity behind."""
    board = Board(ROOMY)
    order = board.rest(board.order(1, BUY, "2", "99.9"))
    board.depth([("99.9", "30")], [("100.1", "10")])
    events = board.place(board.order(2, SELL, "11", "99.9"))
    assert fills(events, 2) == [("99.9", "10"), ("99.9", "1")]
    assert fills(events, 1) == [("99.9", "1")]
    events = board.place(board.order(2, SELL, "2", "99.9"))
    assert fills(events, 1) == [("99.9", "1")]
    assert order.order_id not in board.account().open_orders
    assert board.shown()[0] == [("99.9", "19")]


def test_new_depth_never_lengthens_a_queue() -> None:
    """MAT-004: quantity ahead becomes min(before, the level's new quantity)."""
    board = Board(ROOMY)
    order = board.rest(board.order(1, BUY, "1", "99.9"))
    ahead = []
    for quantity in ("7", "25", "0", "12"):
        board.depth([("99.9", quantity)], [], replace=False)
        ahead.append(order.street_ahead)
    assert ahead == [units("7"), units("7"), 0, 0]


def test_what_was_taken_stays_gone() -> None:
    """MAT-005: a taker's street quantity comes back only when a depth names the level."""
    board = Board(ROOMY)
    board.place(board.order(1, BUY, "4", "100.1"))
    assert board.shown()[1] == [("100.1", "6"), ("101", "20")]
    board.depth([("99.8", "1")], [("101", "5")], replace=False)
    assert board.shown()[1] == [("100.1", "6"), ("101", "5")]
    board.depth([], [("100.1", "10")], replace=False)
    assert board.shown()[1] == [("100.1", "10"), ("101", "5")]


def test_depth_replace_clears_what_it_does_not_name() -> None:
    """MAT-006: replace clears unnamed street levels and leaves orders of accounts."""
    board = Board(ROOMY)
    board.rest(board.order(1, BUY, "1", "99"))
    board.depth([("98", "3")], [("102", "0")])
    assert board.shown() == ([("99", "1"), ("98", "3")], [])


def test_crossing_depth_fills_orders_at_their_price() -> None:
    """MAT-007: a crossing level fills orders up to its quantity; the rest of it is shown."""
    board = Board(ROOMY, accounts=3)
    board.rest(board.order(1, SELL, "2", "100"))
    board.rest(board.order(2, SELL, "3", "100.1"))
    events = board.depth([("100.2", "6")], [("100.3", "9")])
    assert fills(events, 1) == [("100", "2")]
    assert fills(events, 2) == [("100.1", "3")]
    assert board.shown() == ([("100.2", "1")], [("100.3", "9")])
    assert board.market.street_quantity == units("5")


def test_crossing_depth_stops_at_its_quantity() -> None:
    """MAT-007: an order larger than the crossing level stays, and the level is not shown."""
    board = Board(ROOMY)
    order = board.rest(board.order(1, SELL, "5", "100.1"))
    assert order.street_ahead == units("10")
    events = board.depth([("100.3", "2")], [], replace=False)
    assert fills(events, 1) == [("100.1", "2")]
    assert board.shown()[1][0] == ("100.1", "3")
    assert order.street_ahead == 0
    assert board.shown()[0][0] == ("99.9", "10")


def test_crossing_depth_replaces_stale_street() -> None:
    """MAT-008: street levels in the way of a newer one go; the book never crosses."""
    board = Board(ROOMY)
    board.depth([("101", "4")], [], replace=False)
    assert board.shown() == ([("101", "4"), ("99.9", "10"), ("99", "20")], [])


def test_print_uses_up_the_street_ahead() -> None:
    """MAT-009: a print at the price serves the street ahead first, then the order."""
    board = Board(ROOMY)
    board.rest(board.order(1, BUY, "2", "99.9"))

    def print_at(at: str, quantity: str) -> list[tuple[str, str]]:
        return fills(board.send(StreetTrade(SYMBOL, price(at), qty(quantity), True)), 1)

    assert print_at("99.9", "6") == []
    assert print_at("99.9", "4.5") == [("99.9", "0.5")]
    assert print_at("99.9", "1") == [("99.9", "1")]
    assert print_at("99.9", "1") == [("99.9", "0.5")]
    assert board.shown()[0][0] == ("99.9", "10")


def test_print_through_a_level_leaves_nothing_ahead() -> None:
    """MAT-009: an order that a lower print passed is filled first, and stays first."""
    board = Board(ROOMY)
    order = board.rest(board.order(1, BUY, "2", "99.9"))
    events = board.send(StreetTrade(SYMBOL, price("99.5"), qty("0.5"), True))
    assert fills(events, 1) == [("99.9", "0.5")]
    assert order.street_ahead == 0
    events = board.send(StreetTrade(SYMBOL, price("99.9"), qty("0.5"), True))
    assert fills(events, 1) == [("99.9", "0.5")]


def test_rest_of_a_print_is_a_street_trade() -> None:
    """MAT-009: fills print at the order's price, the rest at the print's own."""
    board = Board(ROOMY)
    board.rest(board.order(1, BUY, "1", "100"))
    events = board.send(StreetTrade(SYMBOL, price("99.9"), qty("3"), True))
    prints = [
        (e.price, e.quantity, e.buyer_is_maker, e.source)
        for e in events
        if isinstance(e, TradePrinted)
    ]
    assert prints == [
        (price("100"), qty("1"), True, TradeSource.ACCOUNTS),
        (price("99.9"), qty("2"), True, TradeSource.STREET),
    ]
    assert board.market.last == price("99.9")


def test_print_needs_a_price_and_a_quantity() -> None:
    """MAT-009: a print of nothing, or for nothing, is refused."""
    board = Board()
    no_price = StreetTrade(SYMBOL, price("0"), qty("1"), True)
    assert board.refused(no_price) is Reject.PRICE_NOT_POSITIVE
    no_quantity = StreetTrade(SYMBOL, price("100"), qty("0"), True)
    assert board.refused(no_quantity) is Reject.QUANTITY_NOT_POSITIVE
    unknown = StreetTrade("NOUSDT", price("100"), qty("1"), True)
    assert board.refused(unknown) is Reject.SYMBOL_UNKNOWN


def test_pinned_last_prints_through() -> None:
    """MAT-011: a last price set by the lab fills every order it reaches; prints then wait."""
    board = Board(ROOMY)
    board.rest(board.order(1, BUY, "2", "99"))
    board.rest(board.order(1, BUY, "3", "99.5"))
    events = board.send(PinPrices(SYMBOL, None, None, price("99")))
    assert fills(events, 1) == [("99.5", "3"), ("99", "2")]
    assert board.market.last == price("99")
    assert board.market.mark == price("100")
    assert board.send(StreetTrade(SYMBOL, price("120"), qty("1"), False)) == []
    board.send(PinPrices(SYMBOL, None, None, price("0")))
    board.send(StreetTrade(SYMBOL, price("120"), qty("1"), False))
    assert board.market.last == price("120")


def test_pinned_last_upwards() -> None:
    """MAT-011: upwards it reaches the sells."""
    board = Board(ROOMY)
    board.rest(board.order(1, SELL, "2", "101"))
    events = board.send(PinPrices(SYMBOL, None, None, price("102")))
    assert fills(events, 1) == [("101", "2")]
    assert board.market.last == price("102")


def test_ioc_and_market_leave_nothing() -> None:
    """ORD-020, ORD-021: what IOC and MARKET cannot fill expires."""
    board = Board(ROOMY)
    events = board.place(board.order(1, BUY, "15", "100.1", tif=IOC))
    assert fills(events) == [("100.1", "10")]
    assert endings(events) == [(1, "EXPIRED", EndReason.TIME_IN_FORCE)]
    events = board.place(board.order(1, SELL, "50"))
    assert fills(events) == [("99.9", "10"), ("99", "20")]
    assert endings(events) == [(2, "EXPIRED", EndReason.MARKET_BOUND)]
    assert board.account().open_orders == {}


def test_market_take_bound() -> None:
    """ORD-021: MARKET takes up to marketTakeBound from the mark, the rest expires."""
    board = Board(ROOMY)
    board.depth([], [("104", "1"), ("105", "1"), ("105.1", "1")])
    events = board.place(board.order(1, BUY, "3"))
    assert fills(events) == [("104", "1"), ("105", "1")]
    assert endings(events) == [(1, "EXPIRED", EndReason.MARKET_BOUND)]


@pytest.mark.parametrize(("quantity", "taken"), [("30", True), ("30.005", False)])
def test_fill_or_kill(quantity: str, taken: bool) -> None:
    """ORD-022: FOK fills whole at once or is refused, and then nothing has changed."""
    board = Board(ROOMY)
    order = board.order(1, BUY, quantity, "101", tif=FOK)
    if taken:
        assert fills(board.place(order)) == [("100.1", "10"), ("101", "20")]
    else:
        assert board.refused(order) is Reject.FOK_NOT_FILLABLE
        assert board.shown()[1] == [("100.1", "10"), ("101", "20")]


def test_fill_or_kill_sees_that_reducing_orders_shrink() -> None:
    """ORD-022: an order that only reduces counts no more than its leg still has on the way."""
    board = Board(ROOMY, accounts=3, depth=False)
    board.rest(board.order(3, SELL, "5", "100"))
    board.place(board.order(1, BUY, "5", "100"))
    board.rest(board.order(1, SELL, "5", "100"))
    board.rest(board.order(1, SELL, "5", "100.1", reduce_only=True))
    assert board.refused(board.order(2, BUY, "10", "101", tif=FOK)) is Reject.FOK_NOT_FILLABLE
    events = board.place(board.order(2, BUY, "5", "101", tif=FOK))
    assert fills(events) == [("100", "5")]
    assert endings(events) == [(4, "EXPIRED", EndReason.REDUCE_ONLY)]


def test_post_only() -> None:
    """ORD-023: GTX rests or is refused; it never takes."""
    board = Board(ROOMY)
    refused = board.order(1, BUY, "1", "100.1", tif=GTX)
    assert board.refused(refused) is Reject.POST_ONLY_WOULD_TAKE
    assert board.rest(board.order(1, BUY, "1", "100", tif=GTX)).executed == 0


def test_good_till_cancel_rests() -> None:
    """ORD-024: a limit order takes what it can at its price or better, the rest waits."""
    board = Board(ROOMY)
    order = board.rest(board.order(1, BUY, "12", "100.5", tif=GTC))
    assert (order.executed, order.remaining) == (units("10"), units("2"))
    assert board.shown()[0][0] == ("100.5", "2")


SELF_TRADES = [
    (SelfTradePrevention.NONE, [("100", "2"), ("100.1", "3")], [], 0),
    (
        SelfTradePrevention.EXPIRE_MAKER,
        [("100.1", "5")],
        [(1, "EXPIRED_IN_MATCH", EndReason.SELF_TRADE)],
        0,
    ),
    (
        SelfTradePrevention.EXPIRE_TAKER,
        [],
        [(2, "EXPIRED_IN_MATCH", EndReason.SELF_TRADE)],
        1,
    ),
    (
        SelfTradePrevention.EXPIRE_BOTH,
        [],
        [
            (1, "EXPIRED_IN_MATCH", EndReason.SELF_TRADE),
            (2, "EXPIRED_IN_MATCH", EndReason.SELF_TRADE),
        ],
        0,
    ),
]


@pytest.mark.parametrize(("mode", "traded", "ended", "left"), SELF_TRADES)
def test_self_trade_prevention(
    mode: SelfTradePrevention,
    traded: list[tuple[str, str]],
    ended: list[tuple[int, str, EndReason]],
    left: int,
) -> None:
    """MAT-012: the taker's mode decides which of an account's own orders goes."""
    board = Board(ROOMY)
    board.rest(board.order(1, SELL, "2", "100", prevention=SelfTradePrevention.EXPIRE_BOTH))
    events = board.place(board.order(1, BUY, "5", "100.1", prevention=mode))
    taken = [e for e in events if isinstance(e, OrderTraded) and not e.is_maker]
    assert [(plain(e.price), plain(e.quantity)) for e in taken] == traded
    assert endings(events) == ended
    assert len(board.account().open_orders) == left


def test_self_trade_prevention_spares_fill_or_kill() -> None:
    """MAT-013: self-trade prevention works for GTC, IOC and GTD only."""
    board = Board(ROOMY)
    board.rest(board.order(1, SELL, "2", "100"))
    events = board.place(board.order(1, BUY, "2", "100.1", tif=FOK))
    assert fills(events, 1) == [("100", "2"), ("100", "2")]
    assert board.leg().quantity == 0


def test_reduce_only_is_cut_to_the_position() -> None:
    """ORD-017: a reduce-only order asks for no more than there is to reduce."""
    board = Board(ROOMY)
    board.place(board.order(1, BUY, "2", "100.1"))
    order = board.rest(board.order(1, SELL, "5", "105", reduce_only=True))
    assert order.quantity == units("2")
    events = board.place(board.order(1, SELL, "3", "99.9", reduce_only=True))
    assert fills(events) == [("99.9", "2")]
    assert endings(events) == [(2, "EXPIRED", EndReason.REDUCE_ONLY)]
    assert board.leg().quantity == 0
    assert board.account().open_orders == {}


def test_closing_orders_go_with_the_leg() -> None:
    """ORD-018: closing orders of hedge mode expire when their leg is gone."""
    board = Board(ROOMY, hedge=True)
    board.place(board.order(1, BUY, "2", "100.1", leg=LONG))
    board.rest(board.order(1, SELL, "2", "105", leg=LONG))
    board.depth([("99.9", "1")], [("100.2", "9")])
    board.send(StreetTrade(SYMBOL, price("106"), qty("2"), False))
    assert board.leg(1, LONG).quantity == 0
    assert board.account().open_orders == {}


def test_isolated_taker_pays_its_open_loss() -> None:
    """MAR-012: an isolated wallet takes margin and open loss of a taker fill, less the fee."""
    board = Board(ROOMY)
    board.send(ChangeMarginType(1, SYMBOL, True))
    board.send(ChangeLeverage(1, SYMBOL, 10))
    board.place(board.order(1, BUY, "2", "100.1"))
    # 200.2 / 10 + 2 * 0.1 - 200.2 * 0.0005
    assert fixed(board.leg().isolated_wallet) == "20.11990000"
    assert board.account().isolated_total["USDT"] == board.leg().isolated_wallet
    board.send(ChangeMarginType(2, SYMBOL, True))
    board.send(ChangeLeverage(2, SYMBOL, 10))
    board.rest(board.order(2, SELL, "2", "100.1"))
    board.depth([("100.2", "12")], [], replace=False)
    # A maker pays no open loss: 200.2 / 10 - 200.2 * 0.0002
    assert fixed(board.leg(2).isolated_wallet) == "19.97996000"


def test_isolated_close_releases_in_proportion() -> None:
    """MAR-013: closing a part releases that part of the wallet; profit goes to cross."""
    board = Board(ROOMY)
    board.send(ChangeMarginType(1, SYMBOL, True))
    board.place(board.order(1, BUY, "4", "100.1"))
    before = board.leg().isolated_wallet
    board.place(board.order(1, SELL, "1", "99.9"))
    assert board.leg().isolated_wallet == before - before // 4
    board.place(board.order(1, SELL, "3", "99.9"))
    assert board.leg().isolated_wallet == 0
    assert board.account().isolated_total["USDT"] == 0
    # 4 * (99.9 - 100.1) less fees of 0.0005 on 400.4 and 399.6
    assert board.wallet() == "9998.8"


def test_flip_opens_at_the_fill_price() -> None:
    """MAR-010: beyond flat the remainder opens anew at the fill price."""
    board = Board(ROOMY)
    board.place(board.order(1, BUY, "1", "100.1"))
    board.place(board.order(1, SELL, "3", "99.9"))
    leg = board.leg()
    assert (leg.quantity, leg.entry8, leg.cost) == (units("-2"), units("99.9"), units("-199.8"))
    assert leg.realized == 0
    assert fixed(leg.fees_paid) == "0.09990000"


def test_commission_maker_and_taker() -> None:
    """ACC-001: each side pays its own rate of the quote value, cut at 8 decimals."""
    board = Board(ROOMY, depth=False)
    board.rest(board.order(1, SELL, "1.235", "100.1"))
    board.place(board.order(2, BUY, "1.235", "100.1"))
    assert board.wallet(1) == "9999.9752753"
    assert board.wallet(2) == "9999.93818825"
