"""Funding: premium samples, the rate they make, and what holders pay."""

from itertools import pairwise

import pytest

from perpbox import rounding
from perpbox.engine.calendar import HOUR_MS
from perpbox.engine.commands import (
    AdvanceTime,
    ChangeMarginType,
    OverrideFundingRate,
    SetFundingRate,
    SetPrices,
    StreetTrade,
)
from perpbox.engine.events import FundingFixed, LedgerPosted
from perpbox.engine.funding import funding_rate
from perpbox.engine.ledger import FUNDING
from perpbox.engine.margin import cross_wallet_balance
from perpbox.engine.premium import SAMPLE_MS, average_premium, premium_index
from perpbox.engine.types import LedgerKind
from perpbox.money import Amount, Rate, parse
from tests.unit.engine.board import BUY, SELL, SYMBOL, Board, amount, price, qty


def cross_wallet(board: Board) -> Amount:
    return cross_wallet_balance(board.exchange.state, board.account(1), "USDT")


def boundary(board: Board) -> list[object]:
    """Let time pass to the next funding boundary; what happened there."""
    board.now_ms = board.market.funding_next_ms
    return list(board.send(AdvanceTime()))


def payments(events: list[object]) -> dict[int, Amount]:
    posted = [event for event in events if isinstance(event, LedgerPosted)]
    assert {event.kind for event in posted} <= {LedgerKind.FUNDING_FEE}
    return {event.account_id: event.amount for event in posted}


def held(board: Board) -> None:
    """Account 1 long and account 2 short, one contract each."""
    board.rest(board.order(2, SELL, "1", "100"))
    board.place(board.order(1, BUY, "1", "100"))


@pytest.mark.parametrize(("rate", "long_pays"), [("0.0003", "0.03"), ("-0.0003", "-0.03")])
def test_longs_pay_shorts_when_the_rate_is_positive(rate: str, long_pays: str) -> None:
    """FUN-001: the payment is position value at mark times rate, from long to short."""
    board = Board()
    held(board)
    board.send(SetFundingRate(SYMBOL, Rate(parse(rate))))
    paid = payments(boundary(board))
    assert paid == {1: -amount(long_pays), 2: amount(long_pays)}
    ledger = board.exchange.state.ledger
    assert ledger.balance(FUNDING, "USDT") == 0
    assert set(ledger.total().values()) == {0}


def test_isolated_positions_pay_from_their_own_wallet() -> None:
    """FUN-002: the isolated wallet moves and the cross wallet stays."""
    board = Board()
    board.send(ChangeMarginType(1, SYMBOL, isolated=True))
    held(board)
    account = board.account(1)
    leg = account.holdings[SYMBOL].both
    wallet, cross = leg.isolated_wallet, cross_wallet(board)
    board.send(SetFundingRate(SYMBOL, Rate(parse("0.001"))))
    boundary(board)
    assert leg.isolated_wallet == wallet - amount("0.1")
    assert cross_wallet(board) == cross
    assert account.isolated_total["USDT"] == leg.isolated_wallet


def test_a_week_settles_in_order() -> None:
    """FUN-003: 21 boundaries of eight hours, each at its own time."""
    board = Board()
    held(board)
    fixed = []
    for _ in range(21):
        fixed += [event for event in boundary(board) if isinstance(event, FundingFixed)]
    times = [event.funding_ms for event in fixed]
    assert len(times) == 21
    assert {after - before for before, after in pairwise(times)} == {8 * HOUR_MS}


def test_without_premium_the_rate_is_the_interest() -> None:
    """FUN-004: 0.01 % for eight hours."""
    board = Board()
    board.mark("100")
    assert funding_rate(board.market, board.now_ms) == 10_000


@pytest.mark.parametrize(
    ("premium", "expected"),
    [
        ("0", "0.0001"),
        ("0.001", "0.0005"),
        ("-0.001", "-0.0005"),
        ("0.0004", "0.0001"),
        ("0.5", "0.003"),
        ("-0.5", "-0.003"),
    ],
)
def test_rate_of_a_premium(premium: str, expected: str) -> None:
    """FUN-004: premium plus interest, damped to 0.05 % either way, within cap and floor."""
    cap = Rate(parse("0.003"))
    found = rounding.funding_rate(
        Rate(parse(premium)), Rate(10_000), Rate(50_000), hours=8, cap=cap
    )
    assert found == parse(expected)
    four_hours = rounding.funding_rate(
        Rate(parse("0.001")), Rate(10_000), Rate(50_000), hours=4, cap=cap
    )
    assert four_hours == parse("0.00025")


def test_samples_taken_at_once_equal_samples_one_by_one() -> None:
    """FUN-005: between two changes the samples are summed in closed form."""
    slow, fast = Board(), Board()
    naive: list[int] = []
    for index, steps in (("99", 3), ("101.5", 700), ("98.7", 41)):
        for board in (slow, fast):
            board.send(SetPrices(SYMBOL, price(index)))
        for _ in range(steps):
            slow.now_ms += SAMPLE_MS
            slow.send(SetPrices(SYMBOL, price(index)))
            naive.append(premium_index(slow.market))
        fast.now_ms += steps * SAMPLE_MS
    assert slow.now_ms == fast.now_ms
    weighted = sum(number * each for number, each in enumerate(naive, start=1))
    expected = rounding.average_premium(weighted, rounding.triangle(len(naive)))
    for board in (slow, fast):
        assert average_premium(board.market, board.now_ms) == expected


def test_impact_prices_walk_the_book() -> None:
    """FUN-006: the premium is that of trading the impact notional, not of the best price."""
    board = Board(depth=False)
    board.depth([("99", "1"), ("90", "1000")], [("101", "1000")])
    board.mark("95")
    thin = premium_index(board.market)
    board.depth([("99", "1000")], [("101", "1000")])
    assert 0 <= thin < premium_index(board.market)


def test_the_lab_sets_one_settlement() -> None:
    """FUN-007: an override holds for the next boundary only."""
    board = Board()
    held(board)
    board.send(OverrideFundingRate(SYMBOL, Rate(parse("0.002"))))
    assert payments(boundary(board))[1] == -amount("0.2")
    assert payments(boundary(board))[1] == -amount("0.01")


def test_the_mark_is_the_median_of_its_three_legs() -> None:
    """FUN-008: funding leg, book leg and contract price; the middle one counts."""
    board = Board(depth=False)
    board.mark("100")
    board.depth([("101.9", "10")], [("102.1", "10")])
    board.now_ms += 40 * SAMPLE_MS
    board.send(StreetTrade(SYMBOL, price("101"), qty("1"), False))
    board.send(SetFundingRate(SYMBOL, Rate(0)))
    board.send(SetPrices(SYMBOL, price("100"), by_formula=True))
    assert board.market.mark == price("101")
    board.send(StreetTrade(SYMBOL, price("150"), qty("1"), False))
    board.send(SetPrices(SYMBOL, price("100"), by_formula=True))
    assert board.market.mark == price("102")
