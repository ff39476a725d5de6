from perpbox.engine.events import AccountCreated
from perpbox.engine.types import LedgerKind
from perpbox.money import SCALE
from perpbox.views import ViewBounds, Views
from perpbox.views.history import History
from perpbox.views.user_trades import UserTrades
from tests.unit.views.view_events import (
    funding_fixed,
    margin_moved,
    posted,
    printed,
    traded,
)

HOUR_MS = 3_600_000


def test_events_that_no_view_needs_pass_by() -> None:
    """VIE-006"""
    views = Views()
    views.fold([AccountCreated(account_id=1, api_key="k"), printed(1, 5)])
    assert [trade.trade_id for trade in views.trades.recent("BTCUSDT", 5)] == [1]


def test_a_history_keeps_its_bound_and_never_an_eighth_more() -> None:
    """VIE-007"""
    history: History[int] = History(16, at_ms=lambda row: row)
    for row in range(100):
        history.append(row, row)
        assert min(row + 1, 16) <= len(history.rows) <= 18
        assert history.rows[-1] == row
    assert history.rows == list(range(history.rows[0], 100))


def test_a_history_drops_rows_that_are_too_old() -> None:
    """VIE-007"""
    history: History[int] = History(100, at_ms=lambda row: row, age_ms=10)
    for row in (1, 5, 11, 12):
        history.append(row, row)
    assert history.rows == [5, 11, 12]


def test_a_start_walks_forward_and_no_start_gives_the_newest() -> None:
    """VIE-008"""
    history: History[int] = History(100, at_ms=lambda row: row)
    for row in (10, 20, 20, 30, 40):
        history.append(row, row)
    assert history.window(None, None, 2) == [30, 40]
    assert history.window(20, None, 2) == [20, 20]
    assert history.window(20, 30, 9) == [20, 20, 30]
    assert history.window(None, 30, 2) == [20, 30]
    assert history.window(50, None, 2) == []


def test_user_trades_by_order_by_id_and_by_time() -> None:
    """VIE-009"""
    trades = UserTrades(ViewBounds())
    for n in range(1, 6):
        trades.traded(traded(order_id=n % 2, trade_id=n, at_ms=n * 10))
    trades.traded(traded(order_id=9, trade_id=1, at_ms=60, symbol="ETHUSDT"))

    def ids(order_id: int | None, from_id: int | None, start_ms: int | None) -> list[int]:
        rows = trades.query(1, "BTCUSDT", order_id, from_id, start_ms, None, 2)
        return [row.trade_id for row in rows]

    assert ids(None, None, None) == [4, 5]
    assert ids(None, 2, None) == [2, 3]
    assert ids(None, None, 20) == [2, 3]
    assert ids(1, None, None) == [3, 5]
    assert ids(1, 1, None) == [1, 3]
    assert trades.query(2, "BTCUSDT", None, None, None, None, 9) == []
    assert len(trades.query(1, "ETHUSDT", None, None, None, None, 9)) == 1


def test_income_by_symbol_kind_and_page() -> None:
    """VIE-010"""
    views = Views()
    views.fold([posted(n, LedgerKind.COMMISSION, "BTCUSDT") for n in range(1, 6)])
    views.fold([posted(6, LedgerKind.TRANSFER, "")])
    views.fold([posted(7, LedgerKind.REALIZED_PNL, "ETHUSDT")])
    income = views.income

    def times(
        symbol: str | None, kind: LedgerKind | None, start_ms: int | None, page: int | None
    ) -> list[int]:
        rows = income.query(1, symbol, kind, start_ms, None, 2, page)
        return [row.at_ms for row in rows]

    assert times(None, None, None, None) == [6, 7]
    assert times(None, None, 2, None) == [2, 3]
    assert times("BTCUSDT", None, None, None) == [4, 5]
    assert times(None, LedgerKind.TRANSFER, None, None) == [6]
    assert times("BTCUSDT", LedgerKind.TRANSFER, None, None) == []
    assert times("BTCUSDT", None, None, 1) == [1, 2]
    assert times("BTCUSDT", None, None, 3) == [5]
    assert times(None, None, None, 9) == []
    assert income.query(2, None, None, None, None, 9) == []


def test_margin_moves_by_direction() -> None:
    """VIE-011"""
    views = Views()
    views.fold([margin_moved(1, 5), margin_moved(2, -3), margin_moved(3, 4, "ETHUSDT")])

    def times(direction: int | None) -> list[int]:
        rows = views.margin_moves.query(1, "BTCUSDT", direction, None, None, 9)
        return [row.at_ms for row in rows]

    assert times(None) == [1, 2]
    assert times(1) == [1]
    assert times(2) == [2]
    assert views.margin_moves.query(2, "BTCUSDT", None, None, None, 9) == []


def test_funding_of_one_symbol_and_of_all_in_time_order() -> None:
    """VIE-012"""
    views = Views()
    for hour in range(4):
        views.fold([funding_fixed(hour * HOUR_MS), funding_fixed(hour * HOUR_MS, "ETHUSDT")])
    one = views.funding.history("BTCUSDT", None, None, 2)
    assert [row.funding_ms for row in one] == [2 * HOUR_MS, 3 * HOUR_MS]
    every = views.funding.history(None, None, None, 3)
    assert [(row.symbol, row.funding_ms // HOUR_MS) for row in every] == [
        ("ETHUSDT", 2),
        ("BTCUSDT", 3),
        ("ETHUSDT", 3),
    ]
    start = views.funding.history(None, HOUR_MS, HOUR_MS, 9)
    assert [row.funding_ms for row in start] == [HOUR_MS, HOUR_MS]
    assert views.funding.history("XRPUSDT", None, None, 9) == []


def test_a_symbol_that_never_traded_has_an_empty_tape() -> None:
    """VIE-013"""
    views = Views()
    assert views.trades.last("BTCUSDT") is None
    assert views.trades.recent("BTCUSDT", 5) == []
    assert views.trades.aggregated("BTCUSDT", None, None, None, 5) == []


def test_trades_join_by_price_side_and_a_tenth_of_a_second() -> None:
    """VIE-013"""
    views = Views()
    views.fold(
        [
            printed(1, 1000),
            printed(2, 1099),
            printed(3, 1100),  # 100 ms after the first of its run
            printed(4, 1100, price=101),
            printed(5, 1100, price=100),  # the run was broken
            printed(6, 1100, price=100, buyer_is_maker=True),
        ]
    )
    rows = views.trades.aggregated("BTCUSDT", None, None, None, 9)
    assert [(row.aggregate_id, row.first_id, row.last_id, row.at_ms) for row in rows] == [
        (1, 1, 2, 1000),
        (2, 3, 3, 1100),
        (3, 4, 4, 1100),
        (4, 5, 5, 1100),
        (5, 6, 6, 1100),
    ]
    assert (rows[0].quantity, rows[0].quote) == (2 * SCALE, 200 * SCALE)

    def ids(from_id: int | None, start_ms: int | None) -> list[int]:
        rows = views.trades.aggregated("BTCUSDT", from_id, start_ms, None, 2)
        return [row.aggregate_id for row in rows]

    assert ids(None, None) == [4, 5]
    assert ids(2, None) == [2, 3]
    assert ids(None, 1001) == [2, 3]


def test_the_tape_is_bounded() -> None:
    """VIE-007"""
    views = Views(ViewBounds(trades_per_symbol=8, aggregates_per_symbol=8))
    views.fold([printed(n, n * 1000) for n in range(1, 101)])
    assert [row.trade_id for row in views.trades.recent("BTCUSDT", 3)] == [98, 99, 100]
    assert len(views.trades.recent("BTCUSDT", 99)) <= 9
    assert len(views.trades.aggregated("BTCUSDT", None, None, None, 99)) <= 9
