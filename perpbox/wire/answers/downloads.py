"""Histories as CSV files: order/asyn, trade/asyn, income/asyn and their links."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Final, TypeAlias

from perpbox.engine.state import Account
from perpbox.wire.answers.common import dumps, instrument_of, time_window
from perpbox.wire.answers.history import income_row, trade_row
from perpbox.wire.desk import Desk
from perpbox.wire.downloads import READY_AFTER_MS
from perpbox.wire.errors import invalid
from perpbox.wire.params import Params
from perpbox.wire.render_orders import Row, order_history

DOWNLOAD_DAYS_MAX: Final = 365
ROWS_MAX: Final = 100_000
"""Rows of a file; the newest of the span."""
ORDER_COLUMNS: Final = (
    "time", "symbol", "orderId", "clientOrderId", "side", "positionSide", "type", "timeInForce",
    "reduceOnly", "price", "origQty", "executedQty", "avgPrice", "cumQuote", "status",
    "updateTime",
)  # fmt: skip
TRADE_COLUMNS: Final = (
    "time", "symbol", "id", "orderId", "side", "positionSide", "price", "qty", "quoteQty",
    "realizedPnl", "commission", "commissionAsset", "maker",
)  # fmt: skip
INCOME_COLUMNS: Final = (
    "time", "symbol", "incomeType", "income", "asset", "info", "tranId", "tradeId",
)  # fmt: skip
Rows: TypeAlias = Callable[[Desk, Account, int, int], Iterable[Row]]


def _orders(desk: Desk, account: Account, start_ms: int, end_ms: int) -> Iterable[Row]:
    found = desk.views.orders.history(
        account.account_id, None, None, start_ms, end_ms, ROWS_MAX, desk.now_ms()
    )
    return (order_history(each, instrument_of(desk, each.symbol), desk.vintage) for each in found)


def _trades(desk: Desk, account: Account, start_ms: int, end_ms: int) -> Iterable[Row]:
    query = desk.views.user_trades.query
    found = [
        trade
        for symbol in desk.state.markets
        for trade in query(account.account_id, symbol, None, None, start_ms, end_ms, ROWS_MAX)
    ]
    found.sort(key=attrgetter("at_ms"))
    return (trade_row(each, instrument_of(desk, each.symbol), desk.vintage) for each in found)


def _income(desk: Desk, account: Account, start_ms: int, end_ms: int) -> Iterable[Row]:
    query = desk.views.income.query
    found = query(account.account_id, None, None, start_ms, end_ms, ROWS_MAX)
    return (income_row(each) for each in found)


KINDS: Final[dict[str, tuple[Sequence[str], Rows]]] = {
    "order": (ORDER_COLUMNS, _orders),
    "trade": (TRADE_COLUMNS, _trades),
    "income": (INCOME_COLUMNS, _income),
}
"""What can be downloaded: columns, named as in the JSON rows, and where the rows come from."""


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _file(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return text.getvalue().encode()


def _ask(desk: Desk, account: Account, params: Params, kind: str) -> bytes:
    start_ms, end_ms = time_window(desk, params, DOWNLOAD_DAYS_MAX)
    columns, rows = KINDS[kind]
    content = _file(columns, rows(desk, account, start_ms, end_ms))
    made = desk.errands.downloads.add(account.account_id, kind, content)
    # Every file takes the same time, so the average of the last thirty days is known.
    return dumps({"avgCostTimestampOfLast30d": READY_AFTER_MS, "downloadId": str(made.download_id)})


def _link(desk: Desk, account: Account, params: Params, kind: str) -> bytes:
    downloads = desk.errands.downloads
    found = downloads.find(account.account_id, kind, params.number("downloadId"))
    if found is None:
        raise invalid("downloadid")
    is_ready = downloads.is_ready(found)
    return dumps(
        {
            "downloadId": str(found.download_id),
            "status": "completed" if is_ready else "processing",
            "url": downloads.base_url() + found.path if is_ready else "",
            "notified": is_ready,
            "expirationTimestamp": found.good_till_ms if is_ready else -1,
            "isExpired": True if downloads.is_expired(found) else None,
        }
    )


def order_download(desk: Desk, account: Account, params: Params) -> bytes:
    """GET order/asyn."""
    return _ask(desk, account, params, "order")


def trade_download(desk: Desk, account: Account, params: Params) -> bytes:
    """GET trade/asyn."""
    return _ask(desk, account, params, "trade")


def income_download(desk: Desk, account: Account, params: Params) -> bytes:
    """GET income/asyn."""
    return _ask(desk, account, params, "income")


def order_link(desk: Desk, account: Account, params: Params) -> bytes:
    """GET order/asyn/id."""
    return _link(desk, account, params, "order")


def trade_link(desk: Desk, account: Account, params: Params) -> bytes:
    """GET trade/asyn/id."""
    return _link(desk, account, params, "trade")


def income_link(desk: Desk, account: Account, params: Params) -> bytes:
    """GET income/asyn/id."""
    return _link(desk, account, params, "income")
