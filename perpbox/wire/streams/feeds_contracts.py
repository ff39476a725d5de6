"""Feeds about contracts and markets: contract changes, liquidation orders, trading sessions."""

from collections.abc import Iterable, Iterator

from perpbox import rounding
from perpbox.engine.events import (
    ContractPhaseChanged,
    InstrumentListed,
    OrderAccepted,
    OrderEnded,
    OrderTraded,
)
from perpbox.engine.symbol import Bracket
from perpbox.engine.types import Forced, OrderStatus
from perpbox.wire.changes import Change
from perpbox.wire.market.listing import listed_row
from perpbox.wire.streams.feed import ALL, Feed, MarketDesk, MarketEvent
from perpbox.wire.streams.market_contracts import (
    ForceOrder,
    contract_info,
    force_order,
    trading_session,
)
from perpbox.wire.streams.names import Stream
from perpbox.wire.streams.sessions import outside_markets, session_at


class ContractInfo(Feed):
    """A contract that was listed or changed, at once. Brackets only where they changed."""

    __slots__ = ("_brackets", "_symbol")

    watches = (InstrumentListed, ContractPhaseChanged)

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        self._symbol = ""
        self._brackets: dict[str, tuple[Bracket, ...]] = {
            symbol: market.instrument.brackets for symbol, market in desk.state.markets.items()
        }

    def symbols(self) -> Iterable[str]:
        """Every contract."""
        return (ALL,)

    def seen(self, event: MarketEvent) -> bool:
        """Keep its name; it is asked for at once."""
        self._symbol = event.symbol
        return True

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """One contract."""
        market = self.desk.state.markets[self._symbol]
        instrument = market.instrument
        steps = instrument.brackets
        known = self._brackets.get(self._symbol, steps)
        self._brackets[self._symbol] = steps
        yield contract_info(
            listed_row(self.desk.catalogue, market),
            instrument,
            steps if known != steps else (),
            end_ms,
            self.desk.vintage,
        )


class ForceOrders(Feed):
    """The largest liquidation order of each contract in the window; until 2026-04-14 the latest.

    An order is told once it traded, with what it came to by the end of the window.
    """

    __slots__ = ("_entered", "_told")

    watches = (OrderAccepted, OrderTraded, OrderEnded)

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        self._entered: dict[int, OrderAccepted] = {}
        """Liquidation orders at work, by order id."""
        self._told: dict[str, ForceOrder] = {}

    def symbols(self) -> Iterable[str]:
        """One contract, or every one."""
        return (self.stream.symbol or ALL,)

    def seen(self, event: MarketEvent) -> bool:
        """Follow liquidation orders; other orders pass by."""
        if isinstance(event, OrderAccepted):
            if event.forced is Forced.LIQUIDATION:
                self._entered[event.order_id] = event
        elif isinstance(event, OrderTraded):
            entered = self._entered.get(event.order_id)
            if entered is not None:
                self._take(entered, event)
                return True
        elif isinstance(event, OrderEnded):
            self._entered.pop(event.order_id, None)
        return False

    def _take(self, entered: OrderAccepted, fill: OrderTraded) -> None:
        if fill.status is OrderStatus.FILLED:
            del self._entered[fill.order_id]
        kept = self._told.get(fill.symbol)
        takes_latest = not self.desk.vintage.has(Change.FORCE_ORDER_LARGEST)
        if kept is None or takes_latest or fill.executed > kept.filled:
            self._told[fill.symbol] = ForceOrder(
                fill.symbol,
                fill.side,
                entered.quantity,
                entered.price,
                rounding.average_price(fill.cum_quote, fill.executed),
                fill.quantity,
                fill.executed,
                fill.status.value,
                fill.at_ms,
            )

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """One object each, also where all contracts are asked for."""
        orders, self._told = self._told, {}
        for symbol, order in orders.items():
            instrument = self.desk.state.markets[symbol].instrument
            yield force_order(order, instrument, end_ms, self.desk.vintage)


class TradingSessions(Feed):
    """The session of each market outside, one message each, every second while time runs.

    Else when a session begins.
    """

    __slots__ = ("_markets",)

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        self._markets = outside_markets(desk.vintage)

    def symbols(self) -> Iterable[str]:
        """No contract's events."""
        return ()

    def next_ms(self, at_ms: int, runs: bool) -> int | None:
        """Every window, or the first end of a session."""
        if runs:
            return self.window_end_ms(at_ms)
        ends = [session_at(market, at_ms).end_ms for market in self._markets]
        return min(ends, default=None)

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """One object for each market."""
        for market in self._markets:
            yield trading_session(market.event, session_at(market, end_ms), end_ms)
