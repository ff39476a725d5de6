"""Conditional orders as clients look them up: waiting ones and the memory of others."""

from collections import deque
from itertools import islice

import msgspec

from perpbox.engine.commands import PlaceAlgoOrder
from perpbox.engine.events import AlgoChanged
from perpbox.engine.types import AlgoStatus
from perpbox.views.bounds import ViewBounds

_OVER = (AlgoStatus.CANCELED, AlgoStatus.FINISHED, AlgoStatus.REJECTED, AlgoStatus.EXPIRED)


class AlgoRecord(msgspec.Struct, gc=False):
    """One conditional order: when it was placed, and the last that happened to it."""

    time_ms: int
    last: AlgoChanged

    @property
    def order(self) -> PlaceAlgoOrder:
        """What was asked for."""
        return self.last.order

    @property
    def is_waiting(self) -> bool:
        """Whether it still waits for its price."""
        return self.last.status is AlgoStatus.NEW


class _AccountAlgos:
    """Conditional orders of one account, ascending by id."""

    __slots__ = ("by_client_id", "over", "records", "waiting")

    def __init__(self) -> None:
        self.records: dict[int, AlgoRecord] = {}
        self.by_client_id: dict[str, AlgoRecord] = {}
        self.waiting: dict[int, AlgoRecord] = {}
        self.over: deque[AlgoRecord] = deque()

    def forget_oldest(self) -> None:
        record = self.over.popleft()
        del self.records[record.last.algo_id]
        client_id = record.order.client_algo_id
        if self.by_client_id[client_id] is record:
            del self.by_client_id[client_id]


class AlgoOrders:
    """Fold of the events of conditional orders."""

    __slots__ = ("_accounts", "_bounds")

    def __init__(self, bounds: ViewBounds) -> None:
        self._bounds = bounds
        self._accounts: dict[int, _AccountAlgos] = {}

    def changed(self, event: AlgoChanged) -> None:
        """Remember the last word on an order."""
        account = self._accounts.setdefault(event.account_id, _AccountAlgos())
        record = account.records.get(event.algo_id)
        if record is None:
            record = account.records[event.algo_id] = AlgoRecord(event.at_ms, event)
            account.by_client_id[event.order.client_algo_id] = record
            account.waiting[event.algo_id] = record
        record.last = event
        if event.status is not AlgoStatus.NEW:
            account.waiting.pop(event.algo_id, None)
        if event.status in _OVER:
            account.over.append(record)
            while (
                len(account.over) > self._bounds.finished_orders_per_account
                or self._age_ms(account.over[0], event.at_ms) > self._bounds.finished_order_age_ms
            ):
                account.forget_oldest()

    def find(
        self, account_id: int, algo_id: int, client_algo_id: str, now_ms: int
    ) -> AlgoRecord | None:
        """The order of an id, or without one the newest of a client id."""
        account = self._accounts.get(account_id)
        if account is None:
            return None
        if algo_id:
            record = account.records.get(algo_id)
        else:
            record = account.by_client_id.get(client_algo_id)
        return record if record is not None and self._is_shown(record, now_ms) else None

    def waiting(self, account_id: int, symbol: str | None) -> list[AlgoRecord]:
        """Waiting orders, oldest first, of one symbol or of all."""
        account = self._accounts.get(account_id)
        if account is None:
            return []
        return [
            record
            for record in account.waiting.values()
            if symbol is None or record.order.symbol == symbol
        ]

    def history(
        self,
        account_id: int,
        symbol: str,
        from_algo_id: int | None,
        start_ms: int | None,
        end_ms: int | None,
        limit: int,
        now_ms: int,
    ) -> list[AlgoRecord]:
        """Orders ascending by id: from an id or a time on the first ones, else the newest."""
        account = self._accounts.get(account_id)
        if account is None:
            return []
        ascending = from_algo_id is not None or start_ms is not None
        records = account.records.values()
        found = (
            record
            for record in (records if ascending else reversed(records))
            if record.order.symbol == symbol
            and (from_algo_id is None or record.last.algo_id >= from_algo_id)
            and (start_ms is None or record.time_ms >= start_ms)
            and (end_ms is None or record.time_ms <= end_ms)
            and self._is_shown(record, now_ms)
        )
        rows = list(islice(found, limit))
        if not ascending:
            rows.reverse()
        return rows

    def _age_ms(self, record: AlgoRecord, now_ms: int) -> int:
        return now_ms - record.last.at_ms

    def _is_shown(self, record: AlgoRecord, now_ms: int) -> bool:
        """Those that never came to a fill are remembered for a shorter time."""
        if record.last.status not in _OVER:
            return True
        bounds = self._bounds
        most_ms = bounds.finished_order_age_ms
        if not record.last.executed:
            most_ms = min(most_ms, bounds.unfilled_order_age_ms)
        return self._age_ms(record, now_ms) <= most_ms
