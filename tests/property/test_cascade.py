"""A falling market with many accounts comes to its end, and a quiet one costs nothing."""

from bench.cascade import FUND_PER_ACCOUNT, cascade
from bench.crowd import START, START_MS, SYMBOLS, Crowd
from perpbox.engine.commands import SetPrices
from perpbox.money import SCALE, Price
from tests.property.invariants import check_books, check_holders, check_money
from tests.property.test_liquidation_invariants import check_margins

ACCOUNTS = 500


def test_cascade() -> None:
    """LIQ-019: it ends, the fund is drained, ranks are walked, no command makes money."""
    done = cascade(ACCOUNTS)
    assert done.unbalanced == 0
    assert done.liquidated > ACCOUNTS // 2
    assert done.deleveraged > ACCOUNTS // 10
    assert 0 <= done.fund_low < FUND_PER_ACCOUNT * ACCOUNTS // 10
    assert done.standing < done.positions // 2


def test_nobody_is_visited_in_a_quiet_market() -> None:
    """LIQ-020: inside the bands a mark touches no scope, and the checker agrees."""
    crowd = Crowd(60, wallet=100_000, long_share=0.5, seed=2)
    serial = crowd.state.next_alarm_serial
    for step in range(50):
        price = Price(START + (step % 3 - 1) * SCALE // 100)
        crowd.apply(SetPrices(SYMBOLS[step % 3], price), START_MS)
        check_margins(crowd.state)
    assert crowd.state.next_alarm_serial == serial
    check_money(crowd.exchange)
    check_books(crowd.exchange)
    check_holders(crowd.exchange)
