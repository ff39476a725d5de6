"""A small exchange to try rules on: one contract near 100 dollars, numbers as texts."""

from collections.abc import Sequence

import msgspec

from perpbox.engine.commands import (
    CancelOrder,
    Command,
    CreateAccount,
    Deposit,
    Levels,
    ListInstrument,
    ModifyOrder,
    OpenExchange,
    PlaceOrder,
    Rules,
    SetDepth,
    SetPrices,
)
from perpbox.engine.events import Event, OrderAccepted, OrderEnded, OrderTraded, Rejected
from perpbox.engine.exchange import Exchange
from perpbox.engine.orders import Order
from perpbox.engine.position import Holding, Leg
from perpbox.engine.rejects import Reject
from perpbox.engine.state import Account, Market
from perpbox.engine.symbol import Bracket, Instrument
from perpbox.engine.types import (
    EndReason,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from perpbox.money import Amount, Price, Qty, Rate, parse, plain

SYMBOL = "TESTUSDT"
BUY, SELL = Side.BUY, Side.SELL
BOTH, LONG, SHORT = PositionSide.BOTH, PositionSide.LONG, PositionSide.SHORT
LIMIT, MARKET = OrderType.LIMIT, OrderType.MARKET
GTC, IOC, FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
GTX, GTD = TimeInForce.GTX, TimeInForce.GTD
START_MS = 1_700_006_400_000
"""00:00 UTC of a day."""


Rows = Sequence[tuple[str, str]]


def price(text: str) -> Price:
    return Price(parse(text))


def qty(text: str) -> Qty:
    return Qty(parse(text))


def amount(text: str) -> Amount:
    return Amount(parse(text))


def rate(text: str) -> Rate:
    return Rate(parse(text))


def levels(*rows: tuple[str, str]) -> Levels:
    return tuple((price(p), qty(q)) for p, q in rows)


CONTRACT = Instrument(
    symbol=SYMBOL,
    margin_asset="USDT",
    price_precision=2,
    quantity_precision=3,
    tick_size=price("0.1"),
    min_price=price("1"),
    max_price=price("148"),
    step_size=qty("0.005"),
    min_qty=qty("0.01"),
    max_qty=qty("50000"),
    market_step_size=qty("0.01"),
    market_min_qty=qty("0.02"),
    market_max_qty=qty("1000"),
    min_notional=amount("5"),
    multiplier_up=rate("1.5"),
    multiplier_down=rate("0.5"),
    market_take_bound=rate("0.05"),
    max_num_orders=3,
    maker_fee=rate("0.0002"),
    taker_fee=rate("0.0005"),
    brackets=(
        Bracket(1, 50, Amount(0), amount("50000"), rate("0.004"), Amount(0)),
        Bracket(2, 20, amount("50000"), amount("250000"), rate("0.005"), amount("50")),
        Bracket(3, 5, amount("250000"), amount("1000000"), rate("0.05"), amount("11300")),
    ),
)


def contract(**changes: object) -> Instrument:
    """The contract of these tests with something changed."""
    return msgspec.structs.replace(CONTRACT, **changes)


class Board:
    """One market at mark 100 with street depth around it; accounts 1, 2 … with 10,000 USDT."""

    def __init__(
        self,
        instrument: Instrument = CONTRACT,
        accounts: int = 2,
        wallet: str = "10000",
        hedge: bool = False,
        rules: Rules | None = None,
        depth: bool = True,
    ) -> None:
        self.exchange = Exchange()
        self.now_ms = START_MS
        self.send(OpenExchange(rules or Rules()))
        self.send(ListInstrument(instrument))
        for number in range(1, accounts + 1):
            self.send(CreateAccount(f"key {number}", hedge=hedge))
            self.send(Deposit(number, "USDT", amount(wallet)))
        self.send(SetPrices(SYMBOL, price("100")))
        if depth:
            self.depth([("99.9", "10"), ("99", "20")], [("100.1", "10"), ("101", "20")])
        self.names = 0

    def send(self, command: Command) -> list[Event]:
        return self.exchange.apply(command, self.now_ms)

    def add(self, instrument: Instrument, mark: str) -> None:
        """One more contract, with a mark."""
        self.send(ListInstrument(instrument))
        self.send(SetPrices(instrument.symbol, price(mark)))

    def depth(self, bids: Rows, asks: Rows, replace: bool = True) -> list[Event]:
        return self.send(SetDepth(SYMBOL, levels(*bids), levels(*asks), replace))

    def mark(self, text: str) -> None:
        self.send(SetPrices(SYMBOL, price(text)))

    def order(
        self,
        account: int,
        side: Side,
        quantity: str,
        at: str | None = None,
        *,
        tif: TimeInForce = GTC,
        leg: PositionSide = BOTH,
        reduce_only: bool = False,
        client_id: str = "",
        prevention: SelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER,
        match: PriceMatch = PriceMatch.NONE,
        good_till_ms: int = 0,
        symbol: str = SYMBOL,
    ) -> PlaceOrder:
        """A LIMIT order, or MARKET without a price."""
        self.names += 1
        is_limit = at is not None or match is not PriceMatch.NONE
        return PlaceOrder(
            account,
            symbol,
            side,
            leg,
            LIMIT if is_limit else MARKET,
            tif,
            qty(quantity),
            price(at or "0"),
            reduce_only,
            client_id or f"test {self.names}",
            prevention,
            match,
            good_till_ms,
        )

    def place(self, command: PlaceOrder) -> list[Event]:
        """Enter an order that must be taken."""
        events = self.send(command)
        assert isinstance(events[0], OrderAccepted), events[0]
        return events

    def rest(self, command: PlaceOrder) -> Order:
        """Enter an order that must end up in the book, and give it back."""
        events = self.place(command)
        assert isinstance(events[0], OrderAccepted)
        return self.account(command.account_id).open_orders[events[0].order_id]

    def refused(self, command: Command) -> Reject:
        """Why a command is refused (it must be)."""
        return self.rejection(command).reason

    def rejection(self, command: Command) -> Rejected:
        events = self.send(command)
        assert len(events) == 1
        event = events[0]
        assert isinstance(event, Rejected), event
        return event

    def modify(self, order: Order, quantity: str, at: str) -> ModifyOrder:
        return ModifyOrder(
            order.account_id, order.symbol, order.order_id, "", order.side, qty(quantity), price(at)
        )

    def cancel(self, order: Order) -> list[Event]:
        return self.send(CancelOrder(order.account_id, order.symbol, order.order_id, ""))

    def account(self, number: int = 1) -> Account:
        return self.exchange.state.accounts[number]

    def holding(self, number: int = 1) -> Holding:
        return self.account(number).holdings[SYMBOL]

    def leg(self, number: int = 1, side: PositionSide = BOTH) -> Leg:
        return self.holding(number).leg(side)

    def wallet(self, number: int = 1) -> str:
        return plain(self.exchange.state.ledger.balance(number, "USDT"))

    @property
    def market(self) -> Market:
        return self.exchange.state.markets[SYMBOL]

    def shown(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Bids and asks, best first, as texts."""
        bids, asks = self.market.book.depth(1_000)
        return (
            [(plain(p), plain(q)) for p, q in bids],
            [(plain(p), plain(q)) for p, q in asks],
        )


def fills(events: list[Event], account: int | None = None) -> list[tuple[str, str]]:
    """(price, quantity) of an account's sides of fills; of the first account's by default."""
    traded = [event for event in events if isinstance(event, OrderTraded)]
    if account is None and traded:
        account = traded[0].account_id
    return [(plain(e.price), plain(e.quantity)) for e in traded if e.account_id == account]


def endings(events: list[Event]) -> list[tuple[int, str, EndReason]]:
    """(order id, status, reason) of the orders that ended unfilled."""
    return [
        (event.order_id, event.status.value, event.reason)
        for event in events
        if isinstance(event, OrderEnded)
    ]


def units(value: str) -> int:
    """A decimal text as the integer that the engine holds."""
    return parse(value)
