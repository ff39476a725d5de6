"""MAT-001: the engine's book and matching equal a slow obvious venue, command by command."""

from collections.abc import Sequence
from random import Random

from perpbox.engine.commands import (
    CancelOrder,
    Command,
    CreateAccount,
    Deposit,
    ListInstrument,
    ModifyOrder,
    OpenExchange,
    PlaceOrder,
    Rules,
    SetDepth,
    SetPrices,
    StreetTrade,
)
from perpbox.engine.events import Event, OrderAccepted, OrderTraded, Rejected, TradePrinted
from perpbox.engine.exchange import Exchange
from perpbox.engine.ledger import CLEARING
from perpbox.engine.rejects import Reject
from perpbox.engine.symbol import Bracket, Instrument
from perpbox.engine.types import (
    OrderType,
    PositionSide,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradeSource,
)
from perpbox.money import SCALE, Amount, Price, Qty, Rate
from tests.property.naive_venue import NaiveOrder, NaiveVenue

COMMANDS = 100_000
ACCOUNTS = 4
RESTING_MAX = 40
SYMBOL = "TWINUSDT"
MARK = 100
MARKET_REACH = 6
"""A market order takes up to this far from the mark."""


def twin_instrument() -> Instrument:
    """Prices and quantities in whole units; room and money without end."""
    return Instrument(
        symbol=SYMBOL,
        margin_asset="USDT",
        price_precision=0,
        quantity_precision=0,
        tick_size=Price(SCALE),
        min_price=Price(SCALE),
        max_price=Price(10_000 * SCALE),
        step_size=Qty(SCALE),
        min_qty=Qty(SCALE),
        max_qty=Qty(10_000 * SCALE),
        market_step_size=Qty(SCALE),
        market_min_qty=Qty(SCALE),
        market_max_qty=Qty(10_000 * SCALE),
        min_notional=Amount(0),
        multiplier_up=Rate(10 * SCALE),
        multiplier_down=Rate(0),
        market_take_bound=Rate(MARKET_REACH * SCALE // MARK),
        max_num_orders=10_000,
        maker_fee=Rate(20_000),
        taker_fee=Rate(50_000),
        brackets=(Bracket(1, 20, Amount(0), Amount(10**12 * SCALE), Rate(400_000), Amount(0)),),
    )


class Twin:
    """The engine and the oracle side by side, fed with the same words."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.exchange = Exchange()
        self.venue = NaiveVenue()
        self.seen: dict[str, int] = {}
        """How often each kind of outcome came up, so that a silent path shows."""
        self._engine(OpenExchange(Rules()))
        self._engine(ListInstrument(twin_instrument()))
        for number in range(1, ACCOUNTS + 1):
            self._engine(CreateAccount(f"key {number}"))
            self._engine(Deposit(number, "USDT", Amount(10**12 * SCALE)))
        self._engine(SetPrices(SYMBOL, Price(MARK * SCALE)))

    def _engine(self, command: Command) -> list[Event]:
        return self.exchange.apply(command, self.exchange.state.seq)

    def count(self, name: str) -> None:
        self.seen[name] = self.seen.get(name, 0) + 1

    # commands

    def step(self) -> None:
        """One random command for both, then compare."""
        dice = self.random.random()
        self.venue.fills.clear()
        self.venue.prints.clear()
        if dice < 0.45:
            self.place()
        elif dice < 0.57:
            self.cancel()
        elif dice < 0.67:
            self.modify()
        elif dice < 0.85:
            self.depth()
        else:
            self.street_print()

    def price(self) -> int:
        return MARK + round(self.random.gauss(0, 4))

    def place(self) -> None:
        draw = self.random
        account = draw.randint(1, ACCOUNTS)
        side = draw.choice((1, -1))
        is_market = draw.random() < 0.2
        if is_market:
            tif = "GTC"
        elif len(self.venue.orders) > RESTING_MAX:
            tif = draw.choice(("IOC", "FOK"))
        else:
            tif = draw.choices(("GTC", "IOC", "FOK", "GTX"), (6, 1, 3, 2))[0]
        order = NaiveOrder(
            self.venue.next_id,
            account,
            side,
            0 if is_market else self.price(),
            draw.randint(1, 12),
            tif,
            draw.random() < 0.35,
            draw.choice(("NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH")),
        )
        command = PlaceOrder(
            account,
            SYMBOL,
            Side(side),
            PositionSide.BOTH,
            OrderType.MARKET if is_market else OrderType.LIMIT,
            TimeInForce[tif],
            Qty(order.quantity * SCALE),
            Price(order.price * SCALE),
            order.reduce_only,
            f"twin {self.exchange.state.seq}",
            SelfTradePrevention[order.prevention],
        )
        events = self._engine(command)
        limit = MARK + side * MARKET_REACH if is_market else order.price
        refused = self._refusal(order, limit, is_market)
        if refused is None:
            if order.reduce_only:
                order.quantity = min(order.quantity, self.venue.reducible(account, side))
            self.venue.next_id += 1
            self.venue.enter(order, limit, is_market)
            accepted = events[0]
            assert isinstance(accepted, OrderAccepted), events[0]
            assert accepted.order_id == order.order_id
            assert accepted.quantity == order.quantity * SCALE
        self.count(f"place {tif}{' refused' if refused else ''}")
        self.compare(events, refused)

    def _refusal(self, order: NaiveOrder, limit: int, is_market: bool) -> Reject | None:
        venue = self.venue
        best = venue.best(-order.side)
        if is_market and best is None:
            return Reject.NO_COUNTERPARTY_IN_BAND
        room = venue.reducible(order.account, order.side)
        if order.reduce_only and not room:
            return Reject.REDUCE_ONLY_REJECTED
        if order.tif == "GTX" and best is not None and venue.reaches(order.side, limit, best):
            return Reject.POST_ONLY_WOULD_TAKE
        if order.tif == "FOK":
            trial = NaiveOrder(**vars(order))
            if trial.reduce_only:
                trial.quantity = min(trial.quantity, room)
            venue.copy().enter(trial, limit, is_market)
            if trial.left:
                return Reject.FOK_NOT_FILLABLE
        return None

    def _chosen(self) -> NaiveOrder | None:
        orders = list(self.venue.orders.values())
        if not orders or self.random.random() < 0.02:
            return None
        return self.random.choice(orders)

    def cancel(self) -> None:
        order = self._chosen()
        number, account = (order.order_id, order.account) if order else (10**9, 1)
        events = self._engine(CancelOrder(account, SYMBOL, number, ""))
        if order is not None:
            self.venue.remove(number)
        self.count("cancel")
        self.compare(events, None if order else Reject.ORDER_UNKNOWN)

    def modify(self) -> None:
        order = self._chosen()
        price, quantity = self.price(), self.random.randint(1, 12)
        if order is None:
            number, account, side = 10**9, 1, 1
            refused: Reject | None = Reject.ORDER_TO_MODIFY_UNKNOWN
        else:
            if self.random.random() < 0.3:
                price = order.price
            number, account, side = order.order_id, order.account, order.side
            same = (price, quantity) == (order.price, order.quantity)
            refused = Reject.MODIFY_SAME_VALUES if same else None
        events = self._engine(
            ModifyOrder(
                account,
                SYMBOL,
                number,
                "",
                Side(side),
                Qty(quantity * SCALE),
                Price(price * SCALE),
            )
        )
        if refused is None:
            self.venue.amend(number, price, quantity)
        self.count(f"modify{' refused' if refused else ''}")
        self.compare(events, refused)

    def depth(self) -> None:
        draw = self.random
        middle = self.price()
        replace = draw.random() < 0.5
        named: dict[int, list[tuple[int, int]]] = {}
        for side in (1, -1):
            offsets = draw.sample(range(1, 10), draw.randint(0, 6))
            lowest = 0 if draw.random() < 0.2 else 1
            named[side] = [(middle - side * offset, draw.randint(lowest, 9)) for offset in offsets]
        levels = {
            side: tuple((Price(price * SCALE), Qty(quantity * SCALE)) for price, quantity in rows)
            for side, rows in named.items()
        }
        events = self._engine(SetDepth(SYMBOL, levels[1], levels[-1], replace))
        self.venue.set_depth(named, replace)
        self.count("depth")
        self.compare(events, None)

    def street_print(self) -> None:
        price, quantity = self.price(), self.random.randint(1, 15)
        buyer_is_maker = self.random.random() < 0.5
        events = self._engine(
            StreetTrade(SYMBOL, Price(price * SCALE), Qty(quantity * SCALE), buyer_is_maker)
        )
        self.venue.street_print(price, quantity, buyer_is_maker)
        self.count("print")
        self.compare(events, None)

    # comparison

    def compare(self, events: list[Event], refused: Reject | None) -> None:
        if refused is not None:
            assert len(events) == 1, events
            event = events[0]
            assert isinstance(event, Rejected), (event, refused)
            assert event.reason is refused
        self.compare_trades(events)
        self.compare_book()
        self.check_money()

    def compare_trades(self, events: list[Event]) -> None:
        sides: dict[int, list[OrderTraded]] = {}
        fills = []
        prints = []
        for event in events:
            if isinstance(event, OrderTraded):
                sides.setdefault(event.trade_id, []).append(event)
            elif isinstance(event, TradePrinted) and event.source is TradeSource.STREET:
                prints.append((event.price // SCALE, event.quantity // SCALE))
        for both in sides.values():
            maker = next((e.order_id for e in both if e.is_maker), 0)
            taker = next((e.order_id for e in both if not e.is_maker), 0)
            assert len({(e.price, e.quantity) for e in both}) == 1
            fills.append((both[0].price // SCALE, both[0].quantity // SCALE, maker, taker))
        assert fills == self.venue.fills
        assert prints == self.venue.prints
        if fills:
            self.count("fills")

    def compare_book(self) -> None:
        market = self.exchange.state.markets[SYMBOL]
        venue = self.venue
        bids, asks = market.book.depth(1_000)
        assert unscaled(bids) == venue.shown(1)
        assert unscaled(asks) == venue.shown(-1)
        if bids and asks:
            assert bids[0][0] < asks[0][0], "the shown book crosses"
        resting = sorted(
            (
                order.order_id,
                order.price // SCALE,
                order.quantity // SCALE,
                order.executed // SCALE,
            )
            for account in self.exchange.state.accounts.values()
            for order in account.open_orders.values()
        )
        assert resting == venue.resting()

    def compare_queues(self) -> None:
        """Street quantity ahead of every order, and the order in which they are served."""
        for account in self.exchange.state.accounts.values():
            for order in account.open_orders.values():
                assert order.street_ahead == self.venue.ahead(order.order_id) * SCALE
        book = self.exchange.state.markets[SYMBOL].book
        for side in (book.bids, book.asks):
            for level in side.levels.values():
                queue = self.venue.queues[side.sign, level.price // SCALE]
                assert list(level.orders) == [chunk[0] for chunk in queue if chunk[0]]

    def check_money(self) -> None:
        state = self.exchange.state
        assert state.ledger.total() == {"USDT": 0}
        market = state.markets[SYMBOL]
        quantity, cost = int(market.street_quantity), int(market.street_cost)
        assert quantity == self.venue.street_position * SCALE
        for account in state.accounts.values():
            holding = account.holdings.get(SYMBOL)
            if holding is not None:
                leg = holding.both
                quantity += leg.quantity
                cost += leg.cost
                position = self.venue.positions.get(account.account_id, 0)
                assert leg.quantity == position * SCALE
        assert quantity == 0, "somebody's long is nobody's short"
        assert state.ledger.balance(CLEARING, "USDT") + cost == 0


def unscaled(rows: Sequence[tuple[Price, Qty]]) -> list[tuple[int, int]]:
    return [(price // SCALE, quantity // SCALE) for price, quantity in rows]


def test_engine_equals_naive_venue() -> None:
    """MAT-001, MAT-002, MAT-010: trades, resting orders, depth and money, after each command."""
    twin = Twin(seed=20_261_101)
    for number in range(COMMANDS):
        twin.step()
        if number % 8 == 0:
            twin.compare_queues()
    for kind in ("place GTC", "place IOC", "place FOK", "place GTX", "modify", "cancel", "fills"):
        assert twin.seen[kind] > COMMANDS // 200, twin.seen
