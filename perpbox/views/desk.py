"""All views at one desk, and the dispatch of events to them."""

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from perpbox.engine.events import (
    AlgoChanged,
    AssetsConverted,
    ClockHeld,
    ContractSettled,
    Event,
    FundingFixed,
    IsolatedMarginMoved,
    LedgerPosted,
    OrderAccepted,
    OrderAmended,
    OrderEnded,
    OrderTraded,
    PositionChanged,
    PremiumSampled,
    PricesChanged,
    TradePrinted,
    TradesPrinted,
)
from perpbox.views.algo_orders import AlgoOrders
from perpbox.views.amendments import Amendments
from perpbox.views.bounds import ViewBounds
from perpbox.views.conversions import ConversionHistory
from perpbox.views.crowd import Crowds
from perpbox.views.deliveries import Deliveries
from perpbox.views.funding import Funding
from perpbox.views.income import Income
from perpbox.views.klines import Klines
from perpbox.views.margin_moves import MarginMoves
from perpbox.views.orders import Orders
from perpbox.views.price_candles import PriceCandles
from perpbox.views.runs import TradeRun
from perpbox.views.tickers import Tickers
from perpbox.views.trades import Trades
from perpbox.views.user_trades import UserTrades

_E = TypeVar("_E", bound=Event)
_Fold = Callable[[Event], None]


class Views:
    """Every history that clients may ask for: pure folds of the events, in their order."""

    __slots__ = (
        "_folds",
        "algo_orders",
        "amendments",
        "bounds",
        "conversions",
        "crowds",
        "deliveries",
        "funding",
        "income",
        "klines",
        "margin_moves",
        "orders",
        "prices",
        "tickers",
        "trades",
        "user_trades",
    )

    def __init__(self, bounds: ViewBounds | None = None) -> None:
        self.bounds = bounds = bounds or ViewBounds()
        self.orders = Orders(bounds)
        self.algo_orders = AlgoOrders(bounds)
        self.user_trades = UserTrades(bounds)
        self.income = Income(bounds)
        self.margin_moves = MarginMoves(bounds)
        self.amendments = Amendments(bounds, self.orders)
        self.conversions = ConversionHistory(bounds)
        self.trades = Trades(bounds)
        self.klines = Klines(bounds)
        self.crowds = Crowds(bounds)
        self.prices = PriceCandles(bounds)
        self.tickers = Tickers(self.klines, self.trades)
        self.funding = Funding(bounds)
        self.deliveries = Deliveries()
        self._connect()

    def __getstate__(self) -> dict[str, object]:
        """Everything that was folded, by name; who folds what is no history."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "_folds"}

    def __setstate__(self, parts: dict[str, object]) -> None:
        """Take up histories that were folded elsewhere."""
        for name, part in parts.items():
            setattr(self, name, part)
        self._connect()

    def _connect(self) -> None:
        """Say which fold hears of which event, in which order."""
        self._folds: dict[type[Event], tuple[_Fold, ...]] = {}
        self._on(OrderAccepted, self.orders.accepted)
        self._on(OrderTraded, self.orders.traded, self.user_trades.traded)
        self._on(OrderEnded, self.orders.ended)
        self._on(AlgoChanged, self.algo_orders.changed)
        # The history reads what was before, so it goes first.
        self._on(OrderAmended, self.amendments.amended, self.orders.amended)
        self._on(AssetsConverted, self.conversions.converted)
        self._on(TradePrinted, self.trades.printed, self.klines.printed)
        self._on(TradesPrinted, self._run_printed)
        self._on(PricesChanged, self.prices.moved)
        self._on(PremiumSampled, self.prices.sampled)
        self._on(ClockHeld, self.trades.clock_held)
        self._on(LedgerPosted, self.income.posted, self.crowds.posted)
        self._on(PositionChanged, self.crowds.moved)
        self._on(IsolatedMarginMoved, self.margin_moves.moved)
        self._on(FundingFixed, self.funding.fixed)
        self._on(ContractSettled, self.deliveries.settled)

    def _run_printed(self, event: TradesPrinted) -> None:
        run = TradeRun(event)
        self.trades.run_printed(run)
        self.klines.run_printed(run)

    def _on(self, kind: type[_E], *folds: Callable[[_E], None]) -> None:
        # The table is looked up by the exact type, so each fold only ever gets its own kind.
        self._folds[kind] = cast("tuple[_Fold, ...]", folds)

    def fold(self, events: Sequence[Event]) -> None:
        """Take in what happened. Events that no view needs pass by."""
        table = self._folds
        if self.trades.is_still:
            self.trades.cuts += 1
        for event in events:
            for fold in table.get(type(event), ()):
                fold(event)
