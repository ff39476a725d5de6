"""Deleveraging quantiles: who stands where, and when."""

from perpbox.engine.adl import REFRESH_MS
from perpbox.engine.commands import (
    AdjustIsolatedMargin,
    AdvanceTime,
    ChangeLeverage,
    ChangeMarginType,
    ChangePositionMode,
    Deposit,
    ListInstrument,
    SetNotionalCoefficient,
    SetPrices,
)
from perpbox.engine.types import PositionSide
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
    rate,
)

ROOMY = contract(max_num_orders=50)


def wide(accounts: int, hedge: bool = False) -> Board:
    board = Board(ROOMY, accounts=accounts, wallet="10000", hedge=hedge)
    board.depth([("99.9", "5000")], [("100.1", "5000")])
    return board


def later(board: Board) -> None:
    """The next refresh has come."""
    due_ms = board.exchange.next_deadline_ms()
    assert due_ms is not None
    assert due_ms % REFRESH_MS == 0
    assert due_ms - board.now_ms <= REFRESH_MS
    board.now_ms = due_ms
    board.send(AdvanceTime())


def adl(board: Board, accounts: int, leg: PositionSide = BOTH) -> list[int]:
    return [board.leg(number, leg).adl for number in range(1, accounts + 1)]


def test_equal_fifths_with_the_best_first() -> None:
    """ACC-041: ten longs of growing size: the larger the profit and the ratio, the higher."""
    board = wide(10)
    for number in range(1, 11):
        board.place(board.order(number, BUY, str(number), "100.1"))
    board.mark("110")
    assert adl(board, 10) == [0] * 10
    later(board)
    assert adl(board, 10) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_sides_are_ranked_apart() -> None:
    """ACC-041: two longs and one short: the short is alone and first."""
    board = wide(3)
    board.place(board.order(1, BUY, "1", "100.1"))
    board.place(board.order(2, BUY, "5", "100.1"))
    board.place(board.order(3, SELL, "1", "99.9"))
    board.mark("101")
    later(board)
    assert adl(board, 3) == [2, 4, 4]


def test_losers_stand_behind_winners() -> None:
    """ACC-041: a loss counts as no profit; equals stand in the order of accounts."""
    board = wide(3)
    board.place(board.order(1, BUY, "50", "100.1"))
    board.mark("90")
    board.depth([("89.9", "500")], [("90.1", "500")])
    board.place(board.order(2, BUY, "1", "90.1"))
    board.place(board.order(3, BUY, "1", "90.1"))
    board.mark("95")
    later(board)
    # Account 1 lost: rank 2 of three.
    assert adl(board, 3) == [1, 4, 3]


def test_quantiles_follow_every_thirty_seconds() -> None:
    """ACC-041: not with each mark; nobody holds anything, nothing falls due."""
    board = wide(2)
    funding_ms = board.exchange.next_deadline_ms()
    board.place(board.order(1, BUY, "1", "100.1"))
    board.place(board.order(2, BUY, "2", "100.1"))
    board.mark("105")
    later(board)
    assert adl(board, 2) == [2, 4]
    board.place(board.order(1, BUY, "10", "100.1"))
    board.mark("106")
    assert adl(board, 2) == [2, 4]
    board.now_ms += REFRESH_MS - 1
    board.send(AdvanceTime())
    assert adl(board, 2) == [2, 4]
    board.now_ms += 1
    board.send(AdvanceTime())
    assert adl(board, 2) == [4, 2]
    board.place(board.order(1, SELL, "11", "99.9"))
    assert adl(board, 2) == [0, 2], "0 at once when flat"
    board.place(board.order(2, SELL, "2", "99.9"))
    later(board)
    assert board.exchange.next_deadline_ms() == funding_ms


def test_time_alone_does_not_take_ranks() -> None:
    """ACC-041: where nothing moved since the last refresh the ranks stand, and none falls due."""
    board = wide(2)
    funding_ms = board.exchange.next_deadline_ms()
    board.place(board.order(1, BUY, "1", "100.1"))
    board.place(board.order(2, BUY, "2", "100.1"))
    board.mark("105")
    later(board)
    assert board.exchange.next_deadline_ms() == funding_ms
    for command in (
        SetPrices(SYMBOL, price("106")),
        Deposit(2, "USDT", amount("1000000")),
        SetNotionalCoefficient(2, SYMBOL, rate("2")),
        ListInstrument(ROOMY),
    ):
        board.send(command)
        later(board)
    assert board.exchange.next_deadline_ms() == funding_ms
    # Twice the profit counts little over a hundred times the wallet.
    assert adl(board, 2) == [4, 2]


def test_isolated_margin_moves_ranks() -> None:
    """ACC-041: margin added to the first makes it the last."""
    board = wide(2)
    for number, size in ((1, "1"), (2, "2")):
        board.send(ChangeMarginType(number, SYMBOL, True))
        board.place(board.order(number, BUY, size, "100.1"))
    board.mark("105")
    later(board)
    before = adl(board, 2)
    first = before.index(4) + 1
    board.send(AdjustIsolatedMargin(first, SYMBOL, BOTH, amount("5000")))
    later(board)
    assert adl(board, 2) == before[::-1]


def test_both_cross_legs_show_one_quantile() -> None:
    """ACC-042: account 1 is last of the longs and alone among the shorts: first on both."""
    board = wide(3, hedge=True)
    board.place(board.order(1, BUY, "1", "100.1", leg=LONG))
    board.place(board.order(1, SELL, "1", "99.9", leg=SHORT))
    for number in (2, 3):
        board.place(board.order(number, BUY, "20", "100.1", leg=LONG))
    board.mark("105")
    later(board)
    assert adl(board, 3, LONG) == [4, 4, 3]
    assert adl(board, 3, SHORT) == [4, 0, 0]


def test_isolated_legs_stand_for_themselves() -> None:
    """ACC-042: each by its own wallet; a winner and a loser differ."""
    board = wide(3, hedge=True)
    for number in (1, 2, 3):
        board.send(ChangeMarginType(number, SYMBOL, True))
    board.place(board.order(1, BUY, "1", "100.1", leg=LONG))
    board.place(board.order(1, SELL, "1", "99.9", leg=SHORT))
    board.send(ChangeLeverage(2, SYMBOL, 50))
    board.place(board.order(2, BUY, "1", "100.1", leg=LONG))
    board.place(board.order(3, SELL, "1", "99.9", leg=SHORT))
    board.mark("101")
    later(board)
    # The long of 2 has less margin behind the same profit; among losing shorts 1 comes first.
    assert adl(board, 3, LONG) == [2, 4, 0]
    assert adl(board, 3, SHORT) == [4, 0, 2]


def test_a_new_leg_after_a_change_of_mode() -> None:
    """ACC-041: the register of holders follows the mode."""
    board = wide(1)
    board.place(board.order(1, BUY, "1", "100.1"))
    board.place(board.order(1, SELL, "1", "99.9"))
    board.send(ChangePositionMode(1, True))
    board.place(board.order(1, SELL, "1", "99.9", leg=SHORT))
    board.mark("95")
    later(board)
    assert (board.leg(1, BOTH).adl, board.leg(1, SHORT).adl) == (0, 4)
