"""Scenarios: one rule a file, in the words of the trade; lines with ``>`` are what must come out.

A file opens with ``# RULE-000 What happens.`` Then one command a line:

    symbol BTCUSDT [usdc] [every 4] [clearance 0.01] [cap 0.003] [taker 0.001] [ends 8h] [dated]
                                                                    list a contract (mark 100)
    ends BTCUSDT 8h                                                 settle and end it in a while
    account alice [hedge] [usdc] 1000                               open an account with money
    deposit alice 100 [usdc]
    fund 1000 [usdc]                                                the insurance fund
    index BTCUSDT 90        mark BTCUSDT 90                         mark follows / is pinned
    form BTCUSDT last                                               median, basis or last
    depth BTCUSDT 99x10 98x20 | 101x10                              street depth; - for nothing
    print BTCUSDT 99x1                                              a print that sellers hit
    alice buy 2 BTCUSDT @ 100 [long|short] [ioc|fok|gtx] [reduce]   without @: MARKET
    alice leverage BTCUSDT 50     alice isolated BTCUSDT     alice cross BTCUSDT
    alice multi-assets    alice single-asset    alice cancel BTCUSDT
    alice add 10 BTCUSDT [long]   alice auto-add BTCUSDT
    asset USDC 0.99                                                 dollar index of an asset
    rate BTCUSDT 0.001                                              of the next settlement
    advance 8h                                                      every deadline on the way
    fills                                                           tell traders' own fills too
    show alice | fund | ranks BTCUSDT | book BTCUSDT | mark BTCUSDT

``python -m tests.scenarios.runner --update [FILE …]`` writes what came out behind each command;
a person reads the difference before it is kept.
"""

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from perpbox.engine.commands import (
    AdjustIsolatedMargin,
    AdvanceTime,
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
    OverrideFundingRate,
    PinPrices,
    PlaceOrder,
    Rules,
    ScheduleDelivery,
    SetAssetIndex,
    SetAutoAddMargin,
    SetDepth,
    SetInsurance,
    SetMarkForm,
    SetPrices,
    StreetTrade,
)
from perpbox.engine.exchange import Exchange
from perpbox.engine.ledger import INSURANCE
from perpbox.engine.symbol import MarginAsset
from perpbox.engine.types import (
    MarkForm,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
)
from perpbox.engine.types import TimeInForce as Tif
from perpbox.money import SCALE, Amount, Price, Qty, Rate, plain
from tests.property.invariants import check_books, check_holders, check_money
from tests.property.test_liquidation_invariants import check_margins
from tests.scenarios.telling import LEGS, Teller
from tests.unit.engine.board import START_MS, amount, contract, price, qty, rate

FOLDER = Path(__file__).parent
LEG_NAMES = {"long": PositionSide.LONG, "short": PositionSide.SHORT}
UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000}
ASSETS = ("USDT", "USDC", "BTC")
THRESHOLD = Amount(-10_000 * SCALE)
"""Of automatic exchange, in each asset."""


class NotUnderstood(ValueError):
    """A line that the language does not know."""


def span_ms(word: str) -> int:
    """``8h`` in milliseconds."""
    return int(word[:-1]) * UNITS_MS[word[-1]]


def listed(symbol: str, words: list[str], now_ms: int) -> ListInstrument:
    """A contract near 100, without commissions where none is named.

    Brackets at 50,000, 250,000 and 1,000,000.
    """
    terms = dict(pairwise(words))
    return ListInstrument(
        contract(
            symbol=symbol,
            margin_asset="USDC" if "usdc" in words else "USDT",
            min_price=Price(0),
            max_price=Price(0),
            step_size=qty("0.001"),
            min_qty=qty("0.001"),
            market_step_size=qty("0.001"),
            market_min_qty=qty("0.001"),
            min_notional=Amount(0),
            multiplier_up=rate("10"),
            multiplier_down=Rate(0),
            market_take_bound=rate("0.9"),
            maker_fee=Rate(0),
            taker_fee=rate(terms.get("taker", "0")),
            is_dated="dated" in words,
            delivery_ms=now_ms + span_ms(terms["ends"]) if "ends" in terms else 0,
            liquidation_fee=rate(terms.get("clearance", "0")),
            funding_interval_hours=int(terms.get("every", "8")),
            funding_rate_cap=rate(terms.get("cap", "0")),
            max_num_orders=20,
        )
    )


def levels(words: list[str]) -> Levels:
    pairs = [word.split("x") for word in words if word != "-"]
    return tuple((price(at), qty(quantity)) for at, quantity in pairs)


class Stage:
    """One exchange that liquidates, without commissions, and its traders by name."""

    def __init__(self) -> None:
        self.exchange = Exchange()
        self.state = self.exchange.state
        self.now_ms = START_MS
        self.ids: dict[str, int] = {}
        self.names: dict[int, str] = {}
        self.teller = Teller(self.names)
        self.orders = 0
        self.send(OpenExchange(Rules(liquidates=True)))
        for asset, buffer in zip(ASSETS, ("0", "0", "0.05"), strict=True):
            index = "50000" if asset == "BTC" else "1"
            self.send(
                ListAsset(
                    MarginAsset(
                        asset,
                        rate(buffer),
                        rate(buffer),
                        # Half of what collateral loses, as on the venue.
                        Rate(rate(buffer) // 2),
                        Rate(rate(buffer) // 2),
                        price(index),
                        exchange_threshold=THRESHOLD,
                    )
                )
            )

    def play(self, line: str) -> list[str]:
        """What comes out of one line."""
        words = line.split()
        if words[0] in self.ids:
            return self.send(self._trader(self.ids[words[0]], words[1:]))
        verb = getattr(self, f"do_{words[0]}", None)
        if verb is None:
            raise NotUnderstood(line)
        act: Callable[[list[str]], list[str]] = verb
        return act(words[1:])

    def send(self, command: Command) -> list[str]:
        """Apply a command, check what always holds, and tell what happened."""
        funds = {asset: self.state.ledger.balance(INSURANCE, asset) for asset in ASSETS}
        lines = self.teller.tell(self.exchange.apply(command, self.now_ms))
        for asset, balance in funds.items():
            change = self.state.ledger.balance(INSURANCE, asset) - balance
            if change and not isinstance(command, SetInsurance):
                lines.append(f"fund {'+' if change > 0 else ''}{plain(change)} {asset}")
        check_money(self.exchange)
        check_books(self.exchange)
        check_holders(self.exchange)
        check_margins(self.state)
        return lines

    def do_symbol(self, words: list[str]) -> list[str]:
        self.send(listed(words[0], words[1:], self.now_ms))
        return self.send(SetPrices(words[0], price("100")))

    def do_ends(self, words: list[str]) -> list[str]:
        return self.send(ScheduleDelivery(words[0], self.now_ms + span_ms(words[1])))

    def do_account(self, words: list[str]) -> list[str]:
        name, terms = words[0], words[1:]
        self.ids[name] = len(self.ids) + 1
        self.names[self.ids[name]] = name
        self.send(CreateAccount(name, hedge="hedge" in terms))
        return self.do_deposit([name, terms[-1], *terms[:-1]])

    def do_deposit(self, words: list[str]) -> list[str]:
        asset = next((w.upper() for w in words[2:] if w.upper() in ASSETS), "USDT")
        return self.send(Deposit(self.ids[words[0]], asset, amount(words[1])))

    def do_fund(self, words: list[str]) -> list[str]:
        asset = words[1].upper() if words[1:] else "USDT"
        return self.send(SetInsurance(asset, amount(words[0])))

    def do_index(self, words: list[str]) -> list[str]:
        return self.send(SetPrices(words[0], price(words[1])))

    def do_mark(self, words: list[str]) -> list[str]:
        return self.send(PinPrices(words[0], None, price(words[1]), None))

    def do_form(self, words: list[str]) -> list[str]:
        return self.send(SetMarkForm(words[0], MarkForm(words[1])))

    def do_depth(self, words: list[str]) -> list[str]:
        middle = words.index("|")
        bids, asks = levels(words[1:middle]), levels(words[middle + 1 :])
        return self.send(SetDepth(words[0], bids, asks, replace=True))

    def do_print(self, words: list[str]) -> list[str]:
        at, quantity = words[1].split("x")
        return self.send(StreetTrade(words[0], price(at), qty(quantity), buyer_is_maker=True))

    def do_asset(self, words: list[str]) -> list[str]:
        return self.send(SetAssetIndex(words[0], price(words[1])))

    def do_rate(self, words: list[str]) -> list[str]:
        return self.send(OverrideFundingRate(words[0], rate(words[1])))

    def do_advance(self, words: list[str]) -> list[str]:
        lines: list[str] = []
        until_ms = self.now_ms + span_ms(words[0])
        while self.now_ms < until_ms:
            due_ms = self.exchange.next_deadline_ms() or until_ms
            self.now_ms = max(self.now_ms, min(due_ms, until_ms))
            lines += self.send(AdvanceTime())
        return lines

    def do_fills(self, words: list[str]) -> list[str]:  # noqa: ARG002
        self.teller.tells_fills = True
        return []

    def do_show(self, words: list[str]) -> list[str]:
        if words[0] == "fund":
            held = {asset: self.state.ledger.balance(INSURANCE, asset) for asset in ASSETS}
            return [f"fund {plain(value)} {asset}" for asset, value in held.items() if value]
        if words[0] == "book":
            bids, asks = self.state.markets[words[1]].book.depth(20)
            sides = [[f"{plain(p)}x{plain(q)}" for p, q in side] or ["-"] for side in (bids, asks)]
            return [f"book {' '.join(sides[0])} | {' '.join(sides[1])}"]
        if words[0] == "ranks":
            return self._ranks(words[1])
        if words[0] == "mark":
            return [f"mark {words[1]} {plain(self.state.markets[words[1]].mark)}"]
        return self._account(self.ids[words[0]])

    def _ranks(self, symbol: str) -> list[str]:
        lines = []
        for account_id, side in self.state.markets[symbol].holders:
            leg = self.state.accounts[account_id].holdings[symbol].leg(side)
            lines.append(f"{self.names[account_id]}{LEGS[side]} {plain(leg.quantity)}: {leg.adl}")
        return lines

    def _account(self, account_id: int) -> list[str]:
        account, name = self.state.accounts[account_id], self.names[account_id]
        held = {asset: self.state.ledger.balance(account_id, asset) for asset in ASSETS}
        wallets = [f"{plain(value)} {asset}" for asset, value in held.items() if value]
        lines = [f"{name} has {' and '.join(wallets) or 'nothing'}"]
        for symbol, holding in account.holdings.items():
            for leg in holding.legs(account.hedge):
                if leg.quantity:
                    margin = f" with {plain(leg.isolated_wallet)}" if holding.is_isolated else ""
                    side = LEGS[leg.side]
                    at = plain(leg.entry8)
                    lines.append(
                        f"{name} holds {plain(leg.quantity)} {symbol}{side} @ {at}{margin}"
                    )
        lines += [
            f"{name} rests {order.side.name.lower()} {plain(order.remaining)} {order.symbol}"
            f" @ {plain(order.price)}"
            for order in account.open_orders.values()
        ]
        return lines

    def _trader(self, account_id: int, words: list[str]) -> Command:
        verb = words[0]
        leg = next((LEG_NAMES[word] for word in words if word in LEG_NAMES), PositionSide.BOTH)
        match verb:
            case "buy" | "sell":
                return self._order(account_id, words, leg)
            case "leverage":
                return ChangeLeverage(account_id, words[1], int(words[2]))
            case "isolated" | "cross":
                return ChangeMarginType(account_id, words[1], verb == "isolated")
            case "multi-assets" | "single-asset":
                return ChangeAssetMode(account_id, verb == "multi-assets")
            case "cancel":
                return CancelAllOrders(account_id, words[1])
            case "add":
                return AdjustIsolatedMargin(account_id, words[2], leg, amount(words[1]))
            case "auto-add":
                return SetAutoAddMargin(account_id, words[1], is_on=True)
            case _:
                raise NotUnderstood(" ".join(words))

    def _order(self, account_id: int, words: list[str], leg: PositionSide) -> PlaceOrder:
        self.orders += 1
        is_limit = "@" in words
        forces = [Tif(word.upper()) for word in words if word in ("ioc", "fok", "gtx")]
        return PlaceOrder(
            account_id,
            words[2],
            Side[words[0].upper()],
            leg,
            OrderType.LIMIT if is_limit else OrderType.MARKET,
            forces[0] if forces else Tif.GTC,
            Qty(qty(words[1])),
            price(words[words.index("@") + 1]) if is_limit else Price(0),
            "reduce" in words,
            f"order {self.orders}",
            SelfTradePrevention.EXPIRE_MAKER,
            PriceMatch.NONE,
            0,
        )


def replay(text: str) -> str:
    """The scenario with what really comes out behind each command."""
    stage = Stage()
    told: list[str] = []
    for line in text.splitlines():
        if line.startswith(">"):
            continue
        told.append(line)
        if line and not line.startswith("#"):
            told += [f"> {outcome}" for outcome in stage.play(line)]
    return "\n".join(told) + "\n"


def files() -> list[Path]:
    return sorted(FOLDER.rglob("*.scn"))


def main() -> None:
    """Rewrite the expected lines (``--update``)."""
    arguments = sys.argv[1:]
    if arguments[:1] != ["--update"]:
        sys.exit(__doc__)
    for path in [Path(name) for name in arguments[1:]] or files():
        path.write_text(replay(path.read_text()))


if __name__ == "__main__":
    main()
