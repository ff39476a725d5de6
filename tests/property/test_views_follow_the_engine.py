"""What the views remember equals what the engine holds, after any commands."""

from hypothesis import given, settings
from hypothesis import strategies as st

from perpbox.engine import commands as c
from perpbox.engine.events import LedgerPosted, OrderTraded, TradePrinted
from perpbox.engine.exchange import Exchange
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.money import SCALE, Amount, Price, Qty
from perpbox.specs import catalogue
from perpbox.views import Views

SYMBOL = "BTCUSDT"
TICK = SCALE // 10
MIDDLE = 60_000 * SCALE
T0 = 1_791_360_000_000

accounts = st.integers(1, 2)
prices = st.integers(-20, 20).map(lambda n: Price(MIDDLE + n * TICK))
quantities = st.integers(1, 20).map(lambda n: Qty(n * SCALE // 1000))
sides = st.sampled_from(Side)


@st.composite
def orders(draw: st.DrawFn) -> c.PlaceOrder:
    order_type = draw(st.sampled_from(OrderType))
    is_limit = order_type is OrderType.LIMIT
    tifs = [TimeInForce.GTC] * 4 + [TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTX]
    return c.PlaceOrder(
        account_id=draw(accounts),
        symbol=SYMBOL,
        side=draw(sides),
        position_side=PositionSide.BOTH,
        order_type=order_type,
        time_in_force=draw(st.sampled_from(tifs)) if is_limit else TimeInForce.GTC,
        quantity=draw(quantities),
        price=draw(prices) if is_limit else Price(0),
        reduce_only=draw(st.integers(0, 3)) == 0,
        client_order_id=draw(st.sampled_from("abcd")),
    )


commands = st.one_of(
    orders(),
    orders(),
    st.builds(
        c.ModifyOrder,
        account_id=accounts,
        symbol=st.just(SYMBOL),
        order_id=st.just(0),
        client_order_id=st.sampled_from("abcd"),
        side=sides,
        quantity=quantities,
        price=prices,
    ),
    st.builds(
        c.CancelOrder,
        account_id=accounts,
        symbol=st.just(SYMBOL),
        order_id=st.just(0),
        client_order_id=st.sampled_from("abcd"),
    ),
    st.builds(
        c.StreetTrade,
        symbol=st.just(SYMBOL),
        price=prices,
        quantity=quantities,
        buyer_is_maker=st.booleans(),
    ),
)


def opened() -> Exchange:
    exchange = Exchange()
    instrument = catalogue([SYMBOL]).instruments[SYMBOL]
    street = ((Price(MIDDLE - 10 * TICK), Qty(SCALE)),), ((Price(MIDDLE + 10 * TICK), Qty(SCALE)),)
    for command in (
        c.OpenExchange(c.Rules()),
        c.ListInstrument(instrument),
        c.CreateAccount("first"),
        c.CreateAccount("second"),
        c.SetPrices(SYMBOL, Price(MIDDLE)),
        c.SetDepth(SYMBOL, *street, replace=True),
        c.Deposit(1, "USDT", Amount(1_000_000 * SCALE)),
        c.Deposit(2, "USDT", Amount(1_000_000 * SCALE)),
    ):
        exchange.apply(command, T0)
    return exchange


@settings(max_examples=60, deadline=None)
@given(st.lists(commands, min_size=1, max_size=40))
def test_views_follow_the_engine(sent: list[c.Command]) -> None:
    """VIE-001 VIE-009 VIE-010 VIE-015"""
    exchange, views = opened(), Views()
    fills: list[OrderTraded] = []
    postings: list[LedgerPosted] = []
    prints: list[TradePrinted] = []
    now_ms = T0
    for command in sent:
        now_ms += 1_500
        events = exchange.apply(command, now_ms)
        views.fold(events)
        fills += [event for event in events if isinstance(event, OrderTraded)]
        postings += [event for event in events if isinstance(event, LedgerPosted)]
        prints += [event for event in events if isinstance(event, TradePrinted)]
        for account_id, account in exchange.state.accounts.items():
            remembered = {
                record.order_id: (
                    record.price,
                    record.quantity,
                    record.executed,
                    record.cum_quote,
                    record.status,
                    record.client_order_id,
                )
                for record in views.orders.open(account_id)
            }
            assert remembered == {
                order_id: (
                    order.price,
                    order.quantity,
                    order.executed,
                    order.cum_quote,
                    order.status,
                    order.client_order_id,
                )
                for order_id, order in account.open_orders.items()
            }
    for account_id in exchange.state.accounts:
        rows = views.user_trades.query(account_id, SYMBOL, None, None, None, None, 1000)
        assert rows == [fill for fill in fills if fill.account_id == account_id]
        income = views.income.query(account_id, None, None, None, None, 1000)
        assert income == [posting for posting in postings if posting.account_id == account_id]
    day = views.tickers.day(SYMBOL, now_ms)
    assert (day.volume if day else 0) == sum(trade.quantity for trade in prints)
    assert (day.count if day else 0) == len(prints)
    assert (day.last if day else 0) == exchange.state.markets[SYMBOL].last
