from perpbox.engine.types import OrderStatus
from perpbox.money import SCALE
from perpbox.views import ViewBounds, Views
from perpbox.views.bounds import DAY_MS
from perpbox.views.orders import OrderRecord
from tests.unit.views.view_events import accepted, amended, ended, traded


def ids(records: list[OrderRecord]) -> list[int]:
    return [record.order_id for record in records]


def test_an_order_is_followed_from_acceptance_to_its_end() -> None:
    """VIE-001"""
    views = Views()
    views.fold([accepted(1, at_ms=10), traded(1, at_ms=20, executed=1)])
    record = views.orders.get(1, 1)
    assert record is not None
    assert record.status is OrderStatus.PARTIALLY_FILLED
    assert (record.executed, record.cum_quote) == (SCALE, 100 * SCALE)
    assert (record.time_ms, record.updated_ms) == (10, 20)
    assert ids(views.orders.open(1)) == [1]
    views.fold([amended(1, price=101, quantity=3, at_ms=30)])
    assert (record.price, record.quantity) == (101 * SCALE, 3 * SCALE)
    assert record.updated_ms == 30
    views.fold([ended(1, at_ms=40)])
    assert record.updated_ms == 40
    ended_record = views.orders.get(1, 1)
    assert ended_record is not None
    assert ended_record.status is OrderStatus.CANCELED
    assert not ended_record.is_open
    assert views.orders.open(1) == []


def test_accounts_do_not_see_each_other() -> None:
    """VIE-001"""
    views = Views()
    views.fold([accepted(1), accepted(2, account_id=2)])
    assert views.orders.get(2, 1) is None
    assert views.orders.get(3, 1) is None
    assert views.orders.by_client_id(2, "BTCUSDT", "c1") is None
    assert views.orders.open(3) == []
    assert views.orders.history(3, None, None, None, None, 10) == []
    assert ids(views.orders.history(2, None, None, None, None, 10)) == [2]


def test_a_client_id_finds_the_newest_order_of_its_symbol() -> None:
    """VIE-002"""
    views = Views()
    views.fold([accepted(1, client_order_id="x"), ended(1)])
    views.fold([accepted(2, client_order_id="x", symbol="ETHUSDT")])
    views.fold([accepted(3, client_order_id="x")])
    found = views.orders.by_client_id(1, "BTCUSDT", "x")
    assert found is not None
    assert found.order_id == 3
    other = views.orders.by_client_id(1, "ETHUSDT", "x")
    assert other is not None
    assert other.order_id == 2
    assert ids(views.orders.open(1, "BTCUSDT")) == [3]


def test_history_is_the_newest_or_walks_from_an_id_or_a_time() -> None:
    """VIE-003"""
    views = Views()
    views.fold([accepted(n, at_ms=n * 10) for n in range(1, 7)])
    views.fold([accepted(7, at_ms=70, symbol="ETHUSDT")])
    history = views.orders.history
    assert ids(history(1, "BTCUSDT", None, None, None, 2)) == [5, 6]
    assert ids(history(1, None, None, None, None, 2)) == [6, 7]
    assert ids(history(1, "BTCUSDT", 2, None, None, 2)) == [2, 3]
    assert ids(history(1, "BTCUSDT", None, 20, 40, 10)) == [2, 3, 4]
    assert ids(history(1, "BTCUSDT", None, 20, None, 2)) == [2, 3]
    assert ids(history(1, "BTCUSDT", None, None, 40, 2)) == [3, 4]


def test_an_order_without_fills_is_gone_after_three_days() -> None:
    """VIE-004"""
    views = Views()
    views.fold([accepted(1), ended(1), accepted(2), traded(2, executed=1), ended(2), accepted(3)])
    views.fold([accepted(4), traded(4)])

    def shown(now_ms: int) -> list[int]:
        return ids(views.orders.history(1, None, None, None, None, 9, now_ms=now_ms))

    assert shown(3 * DAY_MS) == [1, 2, 3, 4]
    assert shown(3 * DAY_MS + 1) == [2, 3, 4]
    assert views.orders.get(1, 1, now_ms=3 * DAY_MS + 1) is None
    assert views.orders.by_client_id(1, "BTCUSDT", "c1", now_ms=3 * DAY_MS + 1) is None
    assert shown(90 * DAY_MS + 1) == [3]


def test_finished_orders_are_forgotten_by_number_and_open_ones_never() -> None:
    """VIE-005"""
    views = Views(ViewBounds(finished_orders_per_account=2))
    views.fold([accepted(1)])
    for n in range(2, 6):
        views.fold([accepted(n), traded(n)])
    assert ids(views.orders.history(1, None, None, None, None, 9)) == [1, 4, 5]
    assert views.orders.by_client_id(1, "BTCUSDT", "c3") is None
    assert views.orders.by_client_id(1, "BTCUSDT", "c1") is not None


def test_forgetting_an_order_keeps_a_newer_one_with_its_client_id() -> None:
    """VIE-005"""
    views = Views(ViewBounds(finished_orders_per_account=1))
    views.fold([accepted(1, client_order_id="x"), ended(1)])
    views.fold([accepted(2, client_order_id="x"), accepted(3), ended(3)])
    found = views.orders.by_client_id(1, "BTCUSDT", "x")
    assert found is not None
    assert found.order_id == 2


def test_finished_orders_are_forgotten_by_age() -> None:
    """VIE-005"""
    views = Views()
    views.fold([accepted(1), traded(1), accepted(2, at_ms=91 * DAY_MS)])
    views.fold([traded(2, at_ms=91 * DAY_MS)])
    assert views.orders.get(1, 1) is None
    assert views.orders.get(1, 2) is not None
