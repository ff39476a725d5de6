"""Feeds that repeat a price while time runs: mark prices, composite index, asset indexes."""

from collections.abc import Iterable, Iterator
from typing import Final

from perpbox.engine.events import (
    FundingFixed,
    FundingRateChanged,
    InstrumentListed,
    PricesChanged,
)
from perpbox.wire.market.assets import DOLLAR
from perpbox.wire.streams.feed import ALL, Feed, MarketDesk
from perpbox.wire.streams.market_prices import asset_index_row, composite_index, mark_price
from perpbox.wire.streams.names import Stream

TRADFI: Final = "TRADIFI_PERPETUAL"


class Repeating(Feed):
    """Pushes at the end of every window while time runs, changed or not."""

    __slots__ = ()

    def next_ms(self, at_ms: int, runs: bool) -> int | None:
        """Where time does not run, only what changed is told."""
        return self.window_end_ms(at_ms) if runs else None


class MarkPrice(Repeating):
    """One contract. A mark that was never set is not told."""

    __slots__ = ()

    watches = (PricesChanged, FundingRateChanged, FundingFixed)

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """One object."""
        market = self.desk.state.markets[self.stream.symbol]
        if market.mark:
            yield mark_price(market, end_ms, self.desk.vintage).encode()


class MarkPrices(Repeating):
    """All contracts: one array of those on crypto, one of those on other markets (recorded)."""

    __slots__ = ("_is_tradfi",)

    watches = (PricesChanged, FundingRateChanged, FundingFixed, InstrumentListed)

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        super().__init__(desk, stream)
        self._is_tradfi: dict[str, bool] = {}

    def symbols(self) -> Iterable[str]:
        """Every contract."""
        return (ALL,)

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """Arrays without rows are not sent."""
        vintage = self.desk.vintage
        groups: tuple[list[str], list[str]] = ([], [])
        for symbol, market in self.desk.state.markets.items():
            if market.mark:
                groups[self._group(symbol)].append(mark_price(market, end_ms, vintage))
        for rows in groups:
            if rows:
                yield f"[{','.join(rows)}]".encode()

    def _group(self, symbol: str) -> bool:
        known = self._is_tradfi.get(symbol)
        if known is None:
            row = self.desk.catalogue.row(symbol)
            known = self._is_tradfi[symbol] = row["contractType"] == TRADFI
        return known


class CompositeIndex(Repeating):
    """The index of a contract on an index."""

    __slots__ = ()

    watches = (PricesChanged,)

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """One object."""
        market = self.desk.state.markets[self.stream.symbol]
        if market.index:
            yield composite_index(market, end_ms)


class AssetIndexes(Repeating):
    """Indexes and rates of all margin assets, in one array."""

    __slots__ = ()

    watches = (PricesChanged,)
    watches_assets = True

    def symbols(self) -> Iterable[str]:
        """Every contract: its index may be that of an asset."""
        return (ALL,)

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """All rows."""
        state = self.desk.state
        rows = [asset_index_row(state, listed, end_ms) for listed in state.assets.values()]
        yield f"[{','.join(rows)}]".encode()


class AssetIndex(AssetIndexes):
    """One margin asset; the name is like ``btcusd``."""

    __slots__ = ()

    def frames(self, end_ms: int, is_still: bool) -> Iterator[bytes]:  # noqa: ARG002
        """One object."""
        listed = self.desk.state.assets[asset_of(self.stream)]
        yield asset_index_row(self.desk.state, listed, end_ms).encode()


def asset_of(stream: Stream) -> str:
    """``BTCUSD`` -> ``BTC``; empty where the name ends otherwise."""
    asset = stream.symbol.removesuffix(DOLLAR)
    return asset if asset != stream.symbol else ""
