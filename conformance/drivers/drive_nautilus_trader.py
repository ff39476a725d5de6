"""nautilus_trader: a live node, from data and orders to a position and back."""

import asyncio
from datetime import timedelta
from decimal import Decimal

from calls import Call
from connect import node
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import OrderSide, TriggerType
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy

BTC = InstrumentId.from_str("BTCUSDT-PERP.BINANCE")
MINUTES = BarType.from_str("BTCUSDT-PERP.BINANCE-1-MINUTE-LAST-EXTERNAL")
START_S = 60
EACH_S = 30
BAR_S = 75


class Trader(Strategy):
    """Hands on everything that it hears."""

    def __init__(self):
        super().__init__()
        self.heard = {}
        self.news = asyncio.Event()

    def put(self, kind, told):
        self.heard.setdefault(kind, []).append(told)
        self.news.set()

    def on_quote_tick(self, tick):
        self.put("quote", tick)

    def on_trade_tick(self, tick):
        self.put("trade", tick)

    def on_bar(self, bar):
        self.put("bar", bar)

    def on_mark_price(self, mark):
        self.put("mark", mark)

    def on_order_book_deltas(self, deltas):
        self.put("deltas", deltas)

    def on_order_event(self, event):
        self.put(type(event).__name__, event)

    def on_position_event(self, event):
        self.put(type(event).__name__, event)

    async def next(self, kind, holds=lambda _: True, within_s=EACH_S):
        async with asyncio.timeout(within_s):
            while True:
                self.news.clear()
                for told in self.heard.get(kind, ()):
                    if holds(told):
                        return told
                await self.news.wait()

    async def own(self, kind, order):
        return await self.next(kind, lambda event: event.client_order_id == order.client_order_id)


async def started():
    async with asyncio.timeout(START_S):
        while not (trader.is_running and node.trader.is_running):
            await asyncio.sleep(0.1)


async def look():
    with Call("cache: instruments of every contract"):
        instrument = node.cache.instrument(BTC)
        assert instrument.price_increment == Decimal("0.10")
        assert len(node.cache.instruments()) > 50
    with Call("cache: account"):
        (account,) = node.cache.accounts()
        assert account.balance_total(USDT).as_double() > 0
    with Call("subscribe_quote_ticks"):
        trader.subscribe_quote_ticks(BTC)
        tick = await trader.next("quote")
        assert tick.bid_price < tick.ask_price
    with Call("subscribe_trade_ticks"):
        trader.subscribe_trade_ticks(BTC)
        assert (await trader.next("trade")).size > 0
    with Call("subscribe_mark_prices"):
        trader.subscribe_mark_prices(BTC)
        assert (await trader.next("mark")).value > 0
    with Call("subscribe_order_book_deltas"):
        trader.subscribe_order_book_deltas(BTC)
        await trader.next("deltas", lambda deltas: not deltas.is_snapshot)
        book = node.cache.order_book(BTC)
        assert book.best_bid_price() < book.best_ask_price()
    with Call("subscribe_bars"):
        trader.subscribe_bars(MINUTES)
        bar = await trader.next("bar", within_s=BAR_S)
        assert bar.low <= bar.close <= bar.high
    with Call("request_bars"):
        done = asyncio.get_running_loop().create_future()
        trader.request_bars(
            MINUTES,
            start=trader.clock.utc_now() - timedelta(hours=1),
            callback=done.set_result,
        )
        await asyncio.wait_for(done, EACH_S)
        assert node.cache.bar_count(MINUTES) > 30


def limit(instrument, away, side=OrderSide.BUY, **more):
    best = node.cache.quote_tick(BTC).bid_price.as_double()
    return trader.order_factory.limit(
        BTC,
        side,
        instrument.make_qty(Decimal("0.010")),
        instrument.make_price(best * away),
        **more,
    )


async def trade():
    instrument = node.cache.instrument(BTC)
    quantity = instrument.make_qty(Decimal("0.010"))
    with Call("submit_order: limit"):
        order = limit(instrument, 0.95)
        trader.submit_order(order)
        await trader.own("OrderAccepted", order)
    with Call("modify_order"):
        trader.modify_order(order, price=instrument.make_price(order.price.as_double() * 0.99))
        await trader.own("OrderUpdated", order)
    with Call("cancel_order"):
        trader.cancel_order(order)
        await trader.own("OrderCanceled", order)
    with Call("submit_order: post-only that would take (refused)"):
        order = limit(instrument, 1.02, post_only=True)
        trader.submit_order(order)
        assert (await trader.own("OrderRejected", order)).due_post_only
    with Call("submit_order: market, to a position"):
        order = trader.order_factory.market(BTC, OrderSide.BUY, quantity)
        trader.submit_order(order)
        await trader.own("OrderFilled", order)
        opened = await trader.next("PositionOpened")
        assert opened.quantity <= quantity
    with Call("submit_order: stop market"):
        bid = node.cache.quote_tick(BTC).bid_price.as_double()
        stop = trader.order_factory.stop_market(
            BTC,
            OrderSide.SELL,
            quantity,
            instrument.make_price(bid * 0.95),
            trigger_type=TriggerType.MARK_PRICE,
            reduce_only=True,
        )
        trader.submit_order(stop)
        await trader.own("OrderAccepted", stop)
    with Call("cancel_order: stop market"):
        trader.cancel_order(stop)
        await trader.own("OrderCanceled", stop)
    with Call("submit_order_list"):
        orders = trader.order_factory.create_list([limit(instrument, 0.9), limit(instrument, 0.91)])
        trader.submit_order_list(orders)
        for order in orders.orders:
            await trader.own("OrderAccepted", order)
    with Call("cancel_all_orders"):
        trader.cancel_all_orders(BTC)
        for order in orders.orders:
            await trader.own("OrderCanceled", order)
    with Call("close_all_positions"):
        trader.close_all_positions(BTC)
        closed = await trader.next("PositionClosed")
        assert closed.quantity == 0


async def main():
    node.trader.add_strategy(trader)
    node.build()
    running = asyncio.create_task(node.run_async())
    with Call("node starts: connects, reconciles, runs"):
        await started()
    await look()
    await trade()
    with Call("node stops"):
        await asyncio.wait_for(node.stop_async(), EACH_S)
    running.cancel()


trader = Trader()
node.get_event_loop().run_until_complete(main())
node.dispose()
