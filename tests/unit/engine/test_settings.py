"""Leverage, margin type, position mode, isolated margin, deposits: refusals and bounds."""

import pytest

from perpbox.engine.commands import (
    AdjustIsolatedMargin,
    ChangeLeverage,
    ChangeMarginType,
    ChangePositionMode,
    CreateAccount,
    Deposit,
    ListInstrument,
    SetDepth,
    SetFundingRate,
    SetPrices,
)
from perpbox.engine.events import IsolatedMarginMoved, LeverageChanged, Rejected
from perpbox.engine.margin import asset_risk, max_isolated_remove
from perpbox.engine.rejects import Reject
from perpbox.money import Amount, Rate, fixed
from tests.unit.engine.board import (
    BOTH,
    BUY,
    LONG,
    SELL,
    SHORT,
    SYMBOL,
    Board,
    amount,
    contract,
    price,
    units,
)

ROOMY = contract(max_num_orders=50)


def isolated_board(hedge: bool = False) -> Board:
    """Account 1 holds 4 at 100.1, isolated, 10x."""
    board = Board(ROOMY, hedge=hedge)
    board.send(ChangeMarginType(1, SYMBOL, True))
    board.send(ChangeLeverage(1, SYMBOL, 10))
    board.place(board.order(1, BUY, "4", "100.1", leg=LONG if hedge else BOTH))
    return board


@pytest.mark.parametrize("leverage", [0, -1, 51])
def test_leverage_bounds(leverage: int) -> None:
    """ACC-002: 1 up to the leverage of the first bracket."""
    board = Board()
    refused = board.rejection(ChangeLeverage(1, SYMBOL, leverage))
    assert refused == Rejected(Reject.LEVERAGE_INVALID, leverage)


def test_leverage_takes_effect() -> None:
    """ACC-002: the answer carries the cap of the new leverage; the same value again is taken."""
    board = Board()
    for _ in range(2):
        event = board.send(ChangeLeverage(1, SYMBOL, 50))[0]
        assert isinstance(event, LeverageChanged)
        assert (event.leverage, event.max_notional) == (50, amount("50000"))
    assert board.holding().rate == Rate(units("0.02"))
    assert board.refused(ChangeLeverage(1, "NOUSDT", 5)) is Reject.SYMBOL_UNKNOWN
    assert board.refused(ChangeLeverage(9, SYMBOL, 5)) is Reject.ACCOUNT_UNKNOWN


def test_leverage_above_what_position_and_orders_allow() -> None:
    """ACC-003: position and orders must fit under the cap of the new leverage."""
    board = Board(ROOMY, wallet="100000")
    board.rest(board.order(1, BUY, "501", "99.9"))
    assert board.refused(ChangeLeverage(1, SYMBOL, 21)) is Reject.POSITION_ABOVE_BRACKET_CAP
    board.send(ChangeLeverage(1, SYMBOL, 20))


def test_lower_leverage_needs_margin() -> None:
    """ACC-004: cross, the added margin must be available."""
    board = Board(ROOMY, wallet="1000")
    board.rest(board.order(1, BUY, "100", "99"))
    board.send(ChangeLeverage(1, SYMBOL, 10))
    assert board.refused(ChangeLeverage(1, SYMBOL, 9)) is Reject.LEVERAGE_MARGIN_INSUFFICIENT
    board.send(ChangeLeverage(1, SYMBOL, 11))


def test_isolated_position_only_raises_leverage() -> None:
    """ACC-005: down only without a position."""
    board = isolated_board()
    assert board.refused(ChangeLeverage(1, SYMBOL, 9)) is Reject.LEVERAGE_ISOLATED_REDUCTION
    board.send(ChangeLeverage(1, SYMBOL, 11))
    board.place(board.order(1, SELL, "4", "99.9"))
    board.send(ChangeLeverage(1, SYMBOL, 2))


def test_margin_type_refusals_in_order() -> None:
    """ACC-006: same value, then open orders, then position."""
    board = Board(ROOMY)
    assert board.refused(ChangeMarginType(1, SYMBOL, False)) is Reject.MARGIN_TYPE_SAME
    board.place(board.order(1, BUY, "1", "100.1"))
    order = board.rest(board.order(1, BUY, "1", "99"))
    assert board.refused(ChangeMarginType(1, SYMBOL, False)) is Reject.MARGIN_TYPE_SAME
    assert board.refused(ChangeMarginType(1, SYMBOL, True)) is Reject.MARGIN_TYPE_HAS_ORDERS
    board.cancel(order)
    assert board.refused(ChangeMarginType(1, SYMBOL, True)) is Reject.MARGIN_TYPE_HAS_POSITION
    board.place(board.order(1, SELL, "1", "99.9"))
    board.send(ChangeMarginType(1, SYMBOL, True))
    assert board.refused(ChangeMarginType(1, SYMBOL, True)) is Reject.MARGIN_TYPE_SAME
    assert board.refused(ChangeMarginType(9, SYMBOL, True)) is Reject.ACCOUNT_UNKNOWN
    assert board.refused(ChangeMarginType(1, "NOUSDT", True)) is Reject.SYMBOL_UNKNOWN


def test_position_mode_refusals_in_order() -> None:
    """ACC-007: same value, then open orders, then positions, on any contract."""
    board = Board(ROOMY)
    assert board.refused(ChangePositionMode(1, False)) is Reject.POSITION_MODE_SAME
    assert board.refused(ChangePositionMode(9, True)) is Reject.ACCOUNT_UNKNOWN
    board.place(board.order(1, BUY, "1", "100.1"))
    order = board.rest(board.order(1, BUY, "1", "99"))
    assert board.refused(ChangePositionMode(1, True)) is Reject.POSITION_MODE_HAS_ORDERS
    board.cancel(order)
    assert board.refused(ChangePositionMode(1, True)) is Reject.POSITION_MODE_HAS_POSITION
    board.place(board.order(1, SELL, "1", "99.9"))
    board.send(ChangePositionMode(1, True))
    assert board.account().hedge


def test_isolated_margin_refusals_in_order() -> None:
    """ACC-008: no amount, no position, not isolated, more than there is."""
    board = Board(ROOMY)

    def adjust(text: str) -> Reject:
        return board.refused(AdjustIsolatedMargin(1, SYMBOL, BOTH, amount(text)))

    assert adjust("0") is Reject.MARGIN_AMOUNT_NOT_POSITIVE
    assert adjust("5") is Reject.MARGIN_NO_POSITION
    assert adjust("-5") is Reject.MARGIN_ISOLATED_INSUFFICIENT
    board.place(board.order(1, BUY, "1", "100.1"))
    assert adjust("5") is Reject.MARGIN_NOT_ISOLATED
    assert adjust("-5") is Reject.MARGIN_NOT_ISOLATED
    unknown = AdjustIsolatedMargin(1, "NOUSDT", BOTH, amount("5"))
    assert board.refused(unknown) is Reject.SYMBOL_UNKNOWN


def test_isolated_margin_looks_up_the_leg_that_is_named() -> None:
    """ACC-009: in hedge mode BOTH holds nothing: no position to add to, nothing to take."""
    board = isolated_board(hedge=True)
    both = AdjustIsolatedMargin(1, SYMBOL, BOTH, amount("5"))
    assert board.refused(both) is Reject.MARGIN_NO_POSITION
    less = AdjustIsolatedMargin(1, SYMBOL, BOTH, amount("-5"))
    assert board.refused(less) is Reject.MARGIN_ISOLATED_INSUFFICIENT
    short = AdjustIsolatedMargin(1, SYMBOL, SHORT, amount("5"))
    assert board.refused(short) is Reject.MARGIN_NO_POSITION
    board.send(AdjustIsolatedMargin(1, SYMBOL, LONG, amount("5")))


def test_isolated_margin_bounds_to_the_last_digit() -> None:
    """ACC-010: up to what is withdrawable in, down to initial and maintenance margin out."""
    board = isolated_board()
    state = board.exchange.state
    most = asset_risk(state, board.account(), "USDT").max_withdraw
    wallet = board.leg().isolated_wallet
    over = AdjustIsolatedMargin(1, SYMBOL, BOTH, Amount(most + 1))
    assert board.refused(over) is Reject.MARGIN_CROSS_INSUFFICIENT
    events = board.send(AdjustIsolatedMargin(1, SYMBOL, BOTH, most))
    moved = events[0]
    assert isinstance(moved, IsolatedMarginMoved)
    assert (moved.amount, moved.by_user) == (most, True)
    assert board.leg().isolated_wallet == wallet + most
    board.mark("97")
    free = max_isolated_remove(board.holding(), board.leg(), board.market.mark, True)
    # wallet + 4 * (97 - 100.1) - 4 * 97 / 10
    assert free == board.leg().isolated_wallet - units("12.4") - units("38.8")
    beyond = AdjustIsolatedMargin(1, SYMBOL, BOTH, Amount(-free - 1))
    assert board.refused(beyond) is Reject.MARGIN_ISOLATED_INSUFFICIENT
    board.send(AdjustIsolatedMargin(1, SYMBOL, BOTH, Amount(-free)))
    assert board.account().isolated_total["USDT"] == board.leg().isolated_wallet


def test_deposits() -> None:
    """ACC-011: money comes from outside and goes back there; the sum stays zero."""
    board = Board()
    board.send(Deposit(1, "USDT", amount("-2500.5")))
    board.send(Deposit(1, "BNB", amount("3")))
    assert board.wallet() == "7499.5"
    assert board.exchange.state.ledger.total() == {"USDT": 0, "BNB": 0}
    assert board.refused(Deposit(9, "USDT", amount("1"))) is Reject.ACCOUNT_UNKNOWN
    assert board.refused(CreateAccount("key 1")) is Reject.API_KEY_DUPLICATE


def test_prices_and_depth_of_unknown_contracts() -> None:
    """ACC-021: what names no contract on the board is refused."""
    board = Board()
    for command in (
        SetPrices("NOUSDT", price("1")),
        SetFundingRate("NOUSDT", Rate(1)),
        SetDepth("NOUSDT", (), (), True),
    ):
        assert board.refused(command) is Reject.SYMBOL_UNKNOWN
    assert board.refused(SetPrices(SYMBOL, price("0"))) is Reject.PRICE_NOT_POSITIVE
    assert board.refused(SetPrices(SYMBOL, price("1"), price("-1"))) is Reject.PRICE_NOT_POSITIVE


def test_depth_of_the_lab_stays() -> None:
    """MAT-006: once the lab set a depth, the market source does not move it."""
    board = Board()
    board.send(SetDepth(SYMBOL, (), (), True, from_lab=True))
    assert board.depth([("99", "1")], []) == []
    assert board.shown() == ([], [])


def test_relisting_moves_the_bounds() -> None:
    """ACC-012: a replaced specification applies to holdings at once."""
    board = Board()
    board.send(ChangeLeverage(1, SYMBOL, 50))
    lower = tuple(bracket for bracket in board.market.instrument.brackets[1:])
    board.send(ListInstrument(contract(brackets=lower)))
    assert board.holding().leverage == 20
    assert board.refused(ChangeLeverage(1, SYMBOL, 21)) is Reject.LEVERAGE_INVALID


def test_available_balance_reserves_the_gap_to_last() -> None:
    """MAR-018: what the last price is worse than the mark is reserved; better counts nothing."""
    board = Board(ROOMY)
    board.place(board.order(1, SELL, "2", "99.9"))
    state = board.exchange.state
    free = asset_risk(state, board.account(), "USDT").available
    # 10000 - 199.8 * 0.0005 + 2 * (99.9 - 100) - 200 * 0.05
    assert fixed(free) == "9989.70010000"
    board.depth([("105", "1")], [("110", "1")])
    board.place(board.order(2, BUY, "1", "110"))
    risk = asset_risk(state, board.account(), "USDT")
    assert fixed(risk.adverse_gap) == "20.00000000"
    assert risk.available == free - units("20")


def test_isolated_orders_reserve_cross_money() -> None:
    """MAR-019: margin of an isolated position is its own; that of its orders is not."""
    board = isolated_board()
    state = board.exchange.state
    before = asset_risk(state, board.account(), "USDT")
    board.rest(board.order(1, BUY, "10", "99"))
    after = asset_risk(state, board.account(), "USDT")
    assert before.available - after.available == units("99")
    assert before.available == before.cross_wallet
    assert after.max_withdraw == after.cross_wallet - units("99")
