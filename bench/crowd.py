"""Many accounts with three positions each, on a board of three contracts."""

from random import Random

from perpbox.engine.commands import (
    CreateAccount,
    Deposit,
    ListInstrument,
    OpenExchange,
    PlaceOrder,
    Rules,
    SetDepth,
    SetInsurance,
    SetPrices,
)
from perpbox.engine.exchange import Exchange
from perpbox.engine.symbol import Bracket, Instrument
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.money import SCALE, Amount, Price, Qty, Rate

SYMBOLS = ("ONEUSDT", "TWOUSDT", "SIXUSDT")
START = 100 * SCALE
TICK = SCALE // 100
DEEP = Qty(10**9 * SCALE)
START_MS = 1_700_006_400_000
BRACKETS = (
    Bracket(1, 50, Amount(0), Amount(50_000 * SCALE), Rate(400_000), Amount(0)),
    Bracket(
        2, 20, Amount(50_000 * SCALE), Amount(10**7 * SCALE), Rate(500_000), Amount(50 * SCALE)
    ),
)


def listed(symbol: str) -> Instrument:
    return Instrument(
        symbol=symbol,
        margin_asset="USDT",
        price_precision=2,
        quantity_precision=3,
        tick_size=Price(TICK),
        min_price=Price(0),
        max_price=Price(0),
        step_size=Qty(SCALE // 1000),
        min_qty=Qty(SCALE // 1000),
        max_qty=DEEP,
        market_step_size=Qty(SCALE // 1000),
        market_min_qty=Qty(SCALE // 1000),
        market_max_qty=DEEP,
        min_notional=Amount(0),
        multiplier_up=Rate(2 * SCALE),
        multiplier_down=Rate(SCALE // 10),
        market_take_bound=Rate(SCALE // 20),
        max_num_orders=200,
        maker_fee=Rate(20_000),
        taker_fee=Rate(50_000),
        brackets=BRACKETS,
        liquidation_fee=Rate(1_250_000),
    )


class Crowd:
    """``accounts`` traders; ``long_share`` of their positions are long, the rest short."""

    def __init__(self, accounts: int, *, wallet: int, long_share: float, seed: int) -> None:
        self.draw = Random(seed)
        self.exchange = Exchange()
        self.state = self.exchange.state
        self.apply = self.exchange.apply
        self.apply(OpenExchange(Rules(liquidates=True)), START_MS)
        for symbol in SYMBOLS:
            self.apply(ListInstrument(listed(symbol)), START_MS)
            self.apply(SetPrices(symbol, Price(START)), START_MS)
            self.depth(symbol, Price(START), DEEP)
        for number in range(1, accounts + 1):
            self.apply(CreateAccount(f"key {number}"), START_MS)
            self.apply(Deposit(number, "USDT", Amount(wallet * SCALE)), START_MS)
            self._open(number, long_share)

    def depth(self, symbol: str, middle: Price, quantity: Qty) -> None:
        """One level a side, a tick from the middle."""
        bid, ask = Price(middle - TICK), Price(middle + TICK)
        command = SetDepth(symbol, ((bid, quantity),), ((ask, quantity),), replace=True)
        self.apply(command, START_MS)

    def _open(self, number: int, long_share: float) -> None:
        is_long = self.draw.random() < long_share
        for symbol in SYMBOLS:
            self.apply(
                PlaceOrder(
                    number,
                    symbol,
                    Side.BUY if is_long else Side.SELL,
                    PositionSide.BOTH,
                    OrderType.MARKET,
                    TimeInForce.GTC,
                    Qty(self.draw.randint(5_000, 50_000) * SCALE // 1000),
                    Price(0),
                    False,
                    symbol,
                ),
                START_MS,
            )

    def fund(self, balance: int) -> None:
        self.apply(SetInsurance("USDT", Amount(balance * SCALE)), START_MS)

    def positions(self) -> int:
        return sum(len(market.holders) for market in self.state.markets.values())
