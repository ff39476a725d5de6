"""No money appears: random commands of every kind, the books added up after each of them.

``python -m tests.simulation.conservation [--commands 1000000] [--seed 1]``, or ``make simulation``.
After every command wallets, fees, fund, funding, clearing, conversions and the outside sum to
zero in every asset, and so do quantities and costs in every contract; every ``CHECK_EVERY``
commands books, holders and the margin of every scope are worked out anew. A run that fails names
its seed and the number of the command: the same seed comes to the same place.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec

from perpbox.engine.commands import (
    AcceptQuote,
    AdvanceTime,
    CancelAlgoOrder,
    CancelAllAlgoOrders,
    Command,
    Deposit,
    ListAsset,
    ListInstrument,
    ModifyOrder,
    OpenExchange,
    PlaceAlgoOrder,
    RequestQuote,
    Rules,
    ScheduleDelivery,
    SetFeeBurn,
    SetFeeTier,
)
from perpbox.engine.events import (
    AssetsConverted,
    ContractSettled,
    Event,
    FundingFixed,
    LedgerPosted,
    OrderAccepted,
    OrderTraded,
    QuoteGiven,
    Rejected,
)
from perpbox.engine.hashing import state_hash
from perpbox.engine.symbol import MarginAsset
from perpbox.engine.types import AlgoType, Forced, LedgerKind, Side, TimeInForce, WorkingType
from perpbox.money import SCALE, Amount, Price, Qty, Rate
from tests.property.invariants import check_books, check_holders, check_money
from tests.property.test_liquidation_invariants import Walk as LiquidatingWalk
from tests.property.test_liquidation_invariants import check_margins
from tests.property.walk import Maker
from tests.unit.engine.board import price, qty

COMMANDS: Final = 1_000_000
CHECK_EVERY: Final = 1_000
DATED: Final = "TWOUSDT"
"""The contract that ends by its own terms; the others are delisted now and then."""
HOUR_MS: Final = 3_600_000
TIERS: Final = ((Rate(20_000), Rate(50_000)), (Rate(10_000), Rate(30_000)))
THRESHOLD: Final = Amount(-100 * SCALE)
"""Of automatic exchange, in each asset."""
QUOTES_KEPT: Final = 20


class Walk(LiquidatingWalk):
    """High leverage in a market that jumps, contracts that end, debts that are exchanged."""

    keeps_log = False

    def found(self) -> None:
        super().found()
        self.send(OpenExchange(Rules(liquidates=True), TIERS))
        for asset, index in (("USDT", "1.0003"), ("USDC", "0.9998"), ("BNB", "600")):
            buffer = Rate(5_000_000 if asset == "BNB" else 10_000)
            half = Rate(buffer // 2)
            listed = MarginAsset(asset, buffer, buffer, half, half, price(index))
            self.send(ListAsset(msgspec.structs.replace(listed, exchange_threshold=THRESHOLD)))
        self.quotes: list[tuple[int, int]] = []
        instrument = self.state.markets[DATED].instrument
        dated = msgspec.structs.replace(instrument, is_dated=True)
        self.send(ListInstrument(dated.delivered_at(self.now_ms + 24 * HOUR_MS)))

    def kinds(self) -> tuple[tuple[Maker, int], ...]:
        return (
            *super().kinds(),
            (self.modify, 4),
            (self.condition, 6),
            (self.conversion, 3),
            (self.fees, 2),
            (self.ending, 2),
        )

    def modify(self) -> Command:
        account = self.account()
        orders = list(account.open_orders.values())
        if not orders:
            return self.place()
        order = self.draw.choice(orders)
        return ModifyOrder(
            account.account_id,
            order.symbol,
            order.order_id,
            "",
            order.side,
            Qty(self.draw.randint(2, 2_000) * qty("0.01")),
            self.near(order.symbol, 0.02),
        )

    def condition(self) -> Command:
        """Stops, take-profits and trailing orders, and taking them out again."""
        draw, account, symbol = self.draw, self.account(), self.symbol()
        dice = draw.random()
        if dice < 0.1:
            return CancelAllAlgoOrders(account.account_id, symbol)
        if dice < 0.2:
            waiting = self.state.algo.of(account.account_id)
            chosen = draw.choice(waiting).algo_id if waiting else 1
            return CancelAlgoOrder(account.account_id, chosen, "")
        kind = draw.choice((AlgoType.STOP_MARKET, AlgoType.TAKE_PROFIT, AlgoType.STOP))
        trails = draw.random() < 0.2
        closes = not trails and kind is AlgoType.STOP_MARKET and draw.random() < 0.4
        trigger = self.near(symbol, 0.03)
        return PlaceAlgoOrder(
            account.account_id,
            symbol,
            draw.choice(list(Side)),
            self.leg(account),
            AlgoType.TRAILING_STOP_MARKET if trails else kind,
            TimeInForce.GTC,
            Qty(0) if closes else Qty(draw.randint(2, 500) * qty("0.02")),
            Price(0) if trails or kind is AlgoType.STOP_MARKET else trigger,
            Price(0) if trails else trigger,
            f"condition {self.sent}",
            draw.choice(list(WorkingType)),
            close_position=closes,
            callback_percent=SCALE if trails else 0,
        )

    def conversion(self) -> Command:
        draw, account = self.draw, self.account().account_id
        if self.quotes and draw.random() < 0.5:
            return AcceptQuote(*self.quotes.pop())
        given, got = draw.sample(("USDT", "USDC", "BNB"), 2)
        units = Amount(draw.randint(1, 500) * SCALE // (500 if given == "BNB" else 1))
        return RequestQuote(account, given, got, units, Amount(0))

    def fees(self) -> Command:
        draw, account = self.draw, self.account().account_id
        dice = draw.random()
        if dice < 0.3:
            return SetFeeTier(account, draw.randint(0, 1))
        if dice < 0.6:
            return SetFeeBurn(account, draw.random() < 0.7)
        return Deposit(account, "BNB", Amount(draw.randint(0, SCALE)))

    def ending(self) -> Command:
        """Delist a contract, put a delivery off, or list one that is over again."""
        draw, symbol = self.draw, self.symbol()
        market = self.state.markets[symbol]
        later_ms = self.now_ms + draw.randint(1, 30 * HOUR_MS)
        if market.is_over:
            never = 0 if symbol != DATED else later_ms
            return ListInstrument(market.instrument.delivered_at(never))
        if market.instrument.delivery_ms and draw.random() < 0.3 and symbol != DATED:
            return ListInstrument(market.instrument.delivered_at(0))
        return ScheduleDelivery(symbol, later_ms)

    def time(self) -> Command:
        """Most times short, so that the windows before a delivery are walked through."""
        steps = (1, 1_000, 60_000, 600_000, 8_000_000)
        self.now_ms += self.draw.randint(0, self.draw.choice(steps))
        return AdvanceTime()

    def noted(self, events: list[Event]) -> None:
        """Remember the quotes that were given."""
        for event in events:
            if isinstance(event, QuoteGiven) and event.quote_id:
                self.quotes.append((event.account_id, event.quote_id))
        del self.quotes[:-QUOTES_KEPT]


def met(events: list[Event]) -> Counter[str]:
    """What happened, by the names under which a run tells it."""
    seen: Counter[str] = Counter()
    for event in events:
        if isinstance(event, Rejected):
            seen["refused"] += 1
        elif isinstance(event, OrderTraded):
            seen["fills"] += 1
        elif isinstance(event, OrderAccepted) and event.forced is not Forced.NO:
            seen[event.forced.value] += 1
        elif isinstance(event, FundingFixed):
            seen["fundings"] += 1
        elif isinstance(event, ContractSettled):
            seen["contracts settled"] += 1
        elif isinstance(event, AssetsConverted):
            seen["conversions"] += 1
        elif isinstance(event, LedgerPosted) and event.kind is LedgerKind.AUTO_EXCHANGE:
            seen["automatic exchanges"] += event.amount > 0
    return seen


def run(
    commands: int, seed: int, progress: Callable[[int], None] | None = None
) -> tuple[Counter[str], str]:
    """Walk, and add up after every command.

    Returns what was met, by name, and the hash of the state at the end.

    Raises:
        AssertionError: something does not add up; the text names seed and command.
    """
    walk = Walk(seed)
    seen: Counter[str] = Counter()
    for done in range(1, commands + 1):
        command = walk.command()
        try:
            events = walk.send(command)
            check_money(walk.exchange)
            if not done % CHECK_EVERY:
                check_books(walk.exchange)
                check_holders(walk.exchange)
                check_margins(walk.state)
                if progress is not None:
                    progress(done)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, command {done}, {command}: {error}") from error
        walk.noted(events)
        seen += met(events)
    return seen, state_hash(walk.state)


def main() -> None:
    """Run from the command line and say what was met."""
    parser = argparse.ArgumentParser(prog="conservation", description=__doc__)
    parser.add_argument("--commands", type=int, default=COMMANDS, help=f"how many ({COMMANDS})")
    parser.add_argument("--seed", type=int, default=1, help="where the commands come from (1)")
    wishes = parser.parse_args()

    def progress(done: int) -> None:
        if done % (100 * CHECK_EVERY) == 0:
            sys.stderr.write(f"  {done} commands ...\n")

    began = time.perf_counter()
    seen, final_hash = run(wishes.commands, wishes.seed, progress)
    took_s = time.perf_counter() - began
    lines = [
        f"conservation: {wishes.commands} commands, seed {wishes.seed}, "
        f"{took_s:.0f} s; the sums were zero after each"
    ]
    lines += [f"  {name:20} {count}" for name, count in sorted(seen.items())]
    lines.append(f"  state hash           {final_hash}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
