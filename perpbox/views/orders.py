"""Orders as clients look them up: open ones and the memory of finished ones."""

from collections import deque
from itertools import islice

import msgspec

from perpbox.engine.commands import PlaceAlgoOrder
from perpbox.engine.events import OrderAccepted, OrderAmended, OrderEnded, OrderTraded
from perpbox.engine.types import (
    Forced,
    OrderStatus,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from perpbox.money import Amount, Price, Qty
from perpbox.views.bounds import ViewBounds

_OPEN = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)
_FILLED = OrderStatus.FILLED


class OrderRecord(msgspec.Struct, gc=False):
    """One order from its acceptance on. Quantities and prices at scale 1e-8."""

    account_id: int
    order_id: int
    symbol: str
    client_order_id: str
    side: Side
    position_side: PositionSide
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Qty
    price: Price
    reduce_only: bool
    self_trade_prevention: SelfTradePrevention
    price_match: PriceMatch
    good_till_ms: int
    time_ms: int
    updated_ms: int
    status: OrderStatus = OrderStatus.NEW
    executed: Qty = Qty(0)
    cum_quote: Amount = Amount(0)
    forced: Forced = Forced.NO
    algo: PlaceAlgoOrder | None = None
    """The conditional order that it comes from."""

    @property
    def is_open(self) -> bool:
        """Whether the order still rests (or is being matched)."""
        return self.status in _OPEN


class _AccountOrders:
    """Orders of one account. ``records`` ascend by order id, for ids only ever grow."""

    __slots__ = ("by_client_id", "finished", "open", "records")

    def __init__(self) -> None:
        self.records: dict[int, OrderRecord] = {}
        self.open: dict[int, OrderRecord] = {}
        self.by_client_id: dict[tuple[str, str], OrderRecord] = {}
        self.finished: deque[OrderRecord] = deque()

    def forget_oldest(self) -> None:
        record = self.finished.popleft()
        del self.records[record.order_id]
        key = (record.symbol, record.client_order_id)
        if self.by_client_id[key] is record:
            del self.by_client_id[key]


class Orders:
    """Fold of the order events."""

    __slots__ = ("_accounts", "_bounds", "_live", "_now_ms")

    def __init__(self, bounds: ViewBounds) -> None:
        self._bounds = bounds
        self._accounts: dict[int, _AccountOrders] = {}
        self._live: dict[int, OrderRecord] = {}
        self._now_ms = 0

    # folding

    def accepted(self, event: OrderAccepted) -> None:
        """Remember a new order."""
        account_id = event.account_id
        order_id = event.order_id
        symbol = event.symbol
        client_order_id = event.client_order_id
        at_ms = event.at_ms
        record = OrderRecord(
            account_id,
            order_id,
            symbol,
            client_order_id,
            event.side,
            event.position_side,
            event.order_type,
            event.time_in_force,
            event.quantity,
            event.price,
            event.reduce_only,
            event.self_trade_prevention,
            event.price_match,
            event.good_till_ms,
            at_ms,
            at_ms,
            forced=event.forced,
            algo=event.algo,
        )
        account = self._accounts.get(account_id)
        if account is None:
            account = self._accounts[account_id] = _AccountOrders()
        account.records[order_id] = account.open[order_id] = record
        account.by_client_id[symbol, client_order_id] = record
        self._live[order_id] = record

    def traded(self, event: OrderTraded) -> None:
        """Add a fill to its order."""
        record = self._live[event.order_id]
        record.status = status = event.status
        record.executed = event.executed
        record.cum_quote = event.cum_quote
        record.updated_ms = event.at_ms
        if status is _FILLED:
            self._finish(record)

    def ended(self, event: OrderEnded) -> None:
        """Finish an order that was not filled whole."""
        record = self._live[event.order_id]
        record.status = event.status
        record.updated_ms = event.at_ms
        self._finish(record)

    def amended(self, event: OrderAmended) -> None:
        """Give a resting order its new price and quantity."""
        record = self._live[event.order_id]
        record.price = event.price
        record.quantity = event.quantity
        record.price_match = event.price_match
        record.updated_ms = event.at_ms

    def _finish(self, record: OrderRecord) -> None:
        order_id = record.order_id
        del self._live[order_id]
        account = self._accounts[record.account_id]
        del account.open[order_id]
        finished = account.finished
        finished.append(record)
        self._now_ms = now_ms = record.updated_ms
        bounds = self._bounds
        oldest_ms = now_ms - bounds.finished_order_age_ms
        while (
            len(finished) > bounds.finished_orders_per_account or finished[0].updated_ms < oldest_ms
        ):
            account.forget_oldest()

    # reading; ``now_ms`` lets the age bounds count from the clock instead of the last event

    def get(self, account_id: int, order_id: int, now_ms: int = 0) -> OrderRecord | None:
        """The order of an id, or ``None`` when there is none (any more)."""
        record = self.remembered(account_id, order_id)
        return record if record and self._is_shown(record, now_ms) else None

    def remembered(self, account_id: int, order_id: int) -> OrderRecord | None:
        """The order of an id as long as anything is known of it, shown or not."""
        account = self._accounts.get(account_id)
        return account.records.get(order_id) if account else None

    def by_client_id(
        self, account_id: int, symbol: str, client_order_id: str, now_ms: int = 0
    ) -> OrderRecord | None:
        """The newest order of a symbol with that client id."""
        account = self._accounts.get(account_id)
        record = account.by_client_id.get((symbol, client_order_id)) if account else None
        return record if record and self._is_shown(record, now_ms) else None

    def open(self, account_id: int, symbol: str | None = None) -> list[OrderRecord]:
        """Open orders, oldest first, of one symbol or of all."""
        account = self._accounts.get(account_id)
        if account is None:
            return []
        if symbol is None:
            return list(account.open.values())
        return [record for record in account.open.values() if record.symbol == symbol]

    def history(
        self,
        account_id: int,
        symbol: str | None,
        from_order_id: int | None,
        start_ms: int | None,
        end_ms: int | None,
        limit: int,
        now_ms: int = 0,
    ) -> list[OrderRecord]:
        """Orders open and finished, ascending by id.

        With ``from_order_id`` or ``start_ms`` the first ``limit`` from there on, else the newest.
        Times are those of acceptance, both ends inclusive.
        """
        account = self._accounts.get(account_id)
        if account is None:
            return []
        ascending = from_order_id is not None or start_ms is not None
        records = account.records.values()
        found = (
            record
            for record in (records if ascending else reversed(records))
            if (symbol is None or record.symbol == symbol)
            and (from_order_id is None or record.order_id >= from_order_id)
            and (start_ms is None or record.time_ms >= start_ms)
            and (end_ms is None or record.time_ms <= end_ms)
            and self._is_shown(record, now_ms)
        )
        rows = list(islice(found, limit))
        if not ascending:
            rows.reverse()
        return rows

    def forced(
        self,
        account_id: int,
        symbol: str | None,
        kinds: tuple[Forced, ...],
        start_ms: int,
        end_ms: int,
        limit: int,
    ) -> list[OrderRecord]:
        """The newest orders that the exchange entered for an account, ascending by id."""
        account = self._accounts.get(account_id)
        if account is None:
            return []
        found = (
            record
            for record in reversed(account.records.values())
            if record.forced in kinds
            and (symbol is None or record.symbol == symbol)
            and start_ms <= record.time_ms <= end_ms
        )
        return list(islice(found, limit))[::-1]

    def _is_shown(self, record: OrderRecord, now_ms: int) -> bool:
        if record.is_open:
            return True
        age_ms = max(now_ms, self._now_ms) - record.updated_ms
        bounds = self._bounds
        if record.executed:
            return age_ms <= bounds.finished_order_age_ms
        return age_ms <= min(bounds.unfilled_order_age_ms, bounds.finished_order_age_ms)
