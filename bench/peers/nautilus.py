"""nautilus_trader's backtest venue: ``python -m bench.peers.nautilus idle|quoting|construct``.

A perpetual, trades around a price; ``quoting`` has a strategy that keeps two limit orders at the
best prices and moves them with each trade. Prints trades and orders a second.
"""

import json
import sys
import time
from decimal import Decimal

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import QuoteTick, TradeTick
from nautilus_trader.model.enums import AccountType, AggressorSide, OmsType, OrderSide
from nautilus_trader.model.identifiers import TradeId, TraderId, Venue
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

TICKS = {"idle": 200_000, "quoting": 2_000, "construct": 0}
START_NS = 1_700_006_400_000_000_000
STEP_NS = 1_000_000
MIDDLE = Decimal(60_000)
SWING = 8


class Quoter(Strategy):
    """Two post-only limit orders next to the last trade, moved with every trade."""

    def __init__(self, instrument) -> None:
        super().__init__(StrategyConfig())
        self.instrument = instrument
        self.lot = instrument.make_qty(Decimal("0.010"))
        self.orders = 0

    def on_start(self) -> None:
        self.subscribe_trade_ticks(self.instrument.id)

    def on_trade_tick(self, tick) -> None:
        self.cancel_all_orders(self.instrument.id)
        price = tick.price.as_decimal()
        for side, at in ((OrderSide.BUY, price - 1), (OrderSide.SELL, price + 1)):
            order = self.order_factory.limit(
                self.instrument.id, side, self.lot, self.instrument.make_price(at)
            )
            self.orders += 1
            self.submit_order(order)


def engine_with(count: int):
    engine = BacktestEngine(
        BacktestEngineConfig(
            trader_id=TraderId("BENCH-001"),
            logging=LoggingConfig(bypass_logging=True),
            run_analysis=False,
        )
    )
    engine.add_venue(
        venue=Venue("BINANCE"),
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=None,
        starting_balances=[Money(10_000_000, USDT)],
    )
    instrument = TestInstrumentProvider.btcusdt_perp_binance()
    engine.add_instrument(instrument)
    data = []
    lot = Quantity.from_str("0.500")
    for number in range(count):
        at_ns = START_NS + number * STEP_NS
        price = MIDDLE + (number * 7) % SWING - SWING // 2
        if number % 10 == 0:
            bid, ask = (Price(price + step, 1) for step in (-1, 1))
            data.append(QuoteTick(instrument.id, bid, ask, lot, lot, at_ns, at_ns))
        side = AggressorSide.BUYER if number % 2 else AggressorSide.SELLER
        name = TradeId(str(number))
        data.append(TradeTick(instrument.id, Price(price, 1), lot, side, name, at_ns, at_ns))
    if data:
        engine.add_data(data)
    return engine, instrument


def main() -> None:
    (what,) = sys.argv[1:]
    began = time.perf_counter()
    engine, instrument = engine_with(TICKS[what])
    made = time.perf_counter() - began
    if what == "construct":
        print(json.dumps({"construct_s": made}))
        return
    quoter = Quoter(instrument)
    if what == "quoting":
        engine.add_strategy(quoter)
    began = time.perf_counter()
    engine.run()
    spent = time.perf_counter() - began
    fills = len(engine.trader.generate_order_fills_report()) if what == "quoting" else 0
    print(
        json.dumps(
            {
                "ticks_per_s": TICKS[what] / spent,
                "orders_per_s": quoter.orders / spent,
                "fills": fills,
            }
        )
    )


if __name__ == "__main__":
    main()
