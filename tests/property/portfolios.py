"""Random accounts, made by random commands on a real exchange: every mode, many symbols."""

from random import Random

from perpbox.calculator.desk import ACCOUNT_ID, PaperDesk
from perpbox.engine.commands import (
    AdjustIsolatedMargin,
    CancelAllOrders,
    ChangeAssetMode,
    ChangeLeverage,
    ChangeMarginType,
    Command,
    CreateAccount,
    Deposit,
    Levels,
    ListAsset,
    ListInstrument,
    OpenExchange,
    PinPrices,
    PlaceOrder,
    SetDepth,
    SetFeeBurn,
    SetNotionalCoefficient,
)
from perpbox.engine.events import Event
from perpbox.engine.exchange import Exchange
from perpbox.engine.symbol import Bracket, MarginAsset
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.money import SCALE, Amount, Price, Qty, Rate
from perpbox.wire.vintage import Vintage
from tests.unit.engine.board import amount, contract, price, qty, rate

DATES = ("2026-11-01", "2026-11-01", "2025-09-01", "2024-03-01")
CONTRACTS = (
    contract(),
    contract(
        symbol="1000NEWUSDT",
        price_precision=7,
        quantity_precision=0,
        tick_size=price("0.0000001"),
        min_price=price("0.000001"),
        max_price=price("1000"),
        step_size=qty("1"),
        min_qty=qty("1"),
        max_qty=qty("90000000"),
        market_step_size=qty("1"),
        market_min_qty=qty("1"),
        market_max_qty=qty("90000000"),
        max_num_orders=20,
        brackets=(
            Bracket(1, 50, Amount(0), amount("5000"), rate("0.01"), Amount(0)),
            Bracket(2, 25, amount("5000"), amount("20000"), rate("0.02"), amount("50")),
            Bracket(3, 10, amount("20000"), amount("9000000"), rate("0.1"), amount("1650")),
        ),
    ),
    contract(symbol="THIRDUSDC", margin_asset="USDC", max_num_orders=20),
)
MARKS = {"TESTUSDT": 100 * SCALE, "1000NEWUSDT": 4_281_605, "THIRDUSDC": 90 * SCALE}
ASSETS = (
    MarginAsset("USDT", rate("0.0001"), rate("0.0001"), index=price("0.99988899")),
    MarginAsset("USDC", rate("0.0001"), rate("0.0001"), index=price("1.00000077")),
    MarginAsset("BNB", rate("0.05"), rate("0.05"), index=price("680.15")),
    MarginAsset(
        "BTC", index=price("97000.1"), bid_rate=price("92150.095"), ask_rate=price("101850.105")
    ),
)


class Portfolio:
    """One account after some random trading against the street."""

    def __init__(self, seed: int) -> None:
        self.draw = draw = Random(seed)
        vintage = Vintage(draw.choice(DATES))
        self.hedge, self.joint = draw.random() < 0.5, draw.random() < 0.3
        self.exchange = Exchange()
        self.desk = PaperDesk(self.exchange, vintage)
        self.marks = dict(MARKS)
        self.numbers = 0
        maker, taker = draw.choice(((rate("0.0002"), Rate(33_333)), (Rate(-5_000), None)))
        for command in (
            OpenExchange(vintage.rules(liquidates=False)),
            *(ListAsset(asset) for asset in ASSETS),
            *(ListInstrument(each) for each in CONTRACTS),
            CreateAccount("key", "", maker, taker, hedge=self.hedge),
        ):
            self.send(command)
        for asset in ("USDT", "USDC"):
            self.send(Deposit(ACCOUNT_ID, asset, Amount(draw.randint(10**8, 3 * 10**12))))
        if draw.random() < 0.5:
            self.send(Deposit(ACCOUNT_ID, "BNB", Amount(draw.randint(1, 10**9))))
            self.send(SetFeeBurn(ACCOUNT_ID, fee_burn=True))
        if draw.random() < 0.3:
            self.send(Deposit(ACCOUNT_ID, "BTC", Amount(draw.randint(1, 10**7))))
        if self.joint:
            self.send(ChangeAssetMode(ACCOUNT_ID, multi_assets=True))
        for each in CONTRACTS:
            self.settle(each.symbol)
        for _ in range(draw.randint(4, 30)):
            self.step()
        if draw.random() < 0.1:
            # Owed money, and an account that is under water.
            self.send(Deposit(ACCOUNT_ID, "USDT", Amount(-draw.randint(1, 10**12))))

    def send(self, command: Command) -> list[Event]:
        return self.exchange.apply(command, 1_700_006_400_000)

    def settle(self, symbol: str) -> None:
        """Terms of a symbol, and its first prices."""
        draw = self.draw
        if draw.random() < 0.3:
            coefficient = Rate(draw.randint(SCALE // 2, 3 * SCALE))
            self.send(SetNotionalCoefficient(ACCOUNT_ID, symbol, coefficient))
        self.send(ChangeMarginType(ACCOUNT_ID, symbol, draw.random() < 0.5))
        self.send(ChangeLeverage(ACCOUNT_ID, symbol, draw.choice((1, 3, 6, 7, 11, 20, 49))))
        self.quote(symbol)

    def quote(self, symbol: str) -> None:
        """Move a symbol: pinned prices, and depth of the street around them."""
        draw, instrument = self.draw, self.exchange.state.markets[symbol].instrument
        last = self.marks[symbol] * draw.randint(93, 107) // 100
        mark = last + draw.randint(-last // 500, last // 500)
        self.marks[symbol] = mark
        tick, step = instrument.tick_size, instrument.market_step_size
        on_tick = last // tick * tick
        size = 3_000_000 * SCALE // MARKS[symbol] * SCALE // step * step

        def side(sign: int) -> Levels:
            levels = [(Price(on_tick + sign * tick * n), Qty(size)) for n in (1, 3, 8)]
            return tuple(levels)

        self.send(PinPrices(symbol, Price(mark), Price(mark), Price(on_tick)))
        self.send(SetDepth(symbol, side(-1), side(1), replace=True))

    def step(self) -> None:
        draw = self.draw
        symbol = draw.choice(CONTRACTS).symbol
        dice = draw.random()
        if dice < 0.6:
            self.send(self.order(symbol))
        elif dice < 0.8:
            self.quote(symbol)
        elif dice < 0.9:
            moved = Amount(draw.randint(-(10**10), 10**10))
            self.send(AdjustIsolatedMargin(ACCOUNT_ID, symbol, self.side(), moved))
        elif dice < 0.95:
            self.send(ChangeLeverage(ACCOUNT_ID, symbol, draw.choice((2, 6, 9, 14, 21))))
        else:
            self.send(CancelAllOrders(ACCOUNT_ID, symbol))

    def side(self) -> PositionSide:
        if not self.hedge:
            return PositionSide.BOTH
        return self.draw.choice((PositionSide.LONG, PositionSide.SHORT))

    def order(self, symbol: str) -> PlaceOrder:
        draw, instrument = self.draw, self.exchange.state.markets[symbol].instrument
        is_market = draw.random() < 0.7
        self.numbers += 1
        value = 10 ** draw.randint(9, 13) * draw.randint(6, 99) // 10
        step = instrument.market_step_size
        away = self.marks[symbol] * draw.randint(85, 115) // 100
        return PlaceOrder(
            ACCOUNT_ID,
            symbol,
            draw.choice((Side.BUY, Side.SELL)),
            self.side(),
            OrderType.MARKET if is_market else OrderType.LIMIT,
            TimeInForce.GTC,
            Qty(max(step, value * SCALE // MARKS[symbol] // step * step)),
            Price(0) if is_market else Price(away // instrument.tick_size * instrument.tick_size),
            reduce_only=False,
            client_order_id=f"n{self.numbers}",
        )
