"""Feeds about contracts and markets: contract changes, liquidation orders, trading sessions."""

from collections.abc import Iterable, Iterator

from perpbox.engine.events import InstrumentListed
from perpbox.engine.symbol import Bracket
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

    watches = (InstrumentListed,)

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
        instrument = self.desk.state.markets[self._symbol].instrument
        steps = instrument.brackets
        known = self._brackets.get(self._symbol, steps)
        self._brackets[self._symbol] = steps
        yield contract_info(
            self.desk.catalogue.row(self._symbol),
            instrument,
            steps if known != steps else (),
            end_ms,
            self.desk.vintage,
        )


class ForceOrders(Feed):
    """The largest liquidation order of each contract in the window; until 2026-04-14 the latest.

    ``take`` is where the engine's liquidation orders come in; it has none yet, so nothing is
    pushed.
    """

    __slots__ = ("_orders",)

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        self._orders: dict[str, ForceOrder] = {}

    def take(self, order: ForceOrder) -> None:
        """A liquidation order traded."""
        kept = self._orders.get(order.symbol)
        takes_largest = self.desk.vintage.since(2026, 4, 14)
        if kept is None or not takes_largest or order.filled > kept.filled:
            self._orders[order.symbol] = order

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """One object each, also where all contracts are asked for."""
        orders, self._orders = self._orders, {}
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
