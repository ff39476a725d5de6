"""One command being applied: the state, the stamp and the events so far."""

from collections import deque

from perpbox.engine.events import (
    BookChanged,
    Event,
    LedgerPosted,
    PremiumSampled,
    Rejected,
    RpiBookChanged,
)
from perpbox.engine.premium import take_samples
from perpbox.engine.rejects import Reject
from perpbox.engine.state import Account, Market, State
from perpbox.engine.types import LedgerKind, PositionSide, Side
from perpbox.money import Amount


def refuse(reason: Reject, bound: int = 0) -> Rejected:
    """A refusal; ``bound`` is the limit that was broken, at the scale of what it limits."""
    return Rejected(reason, bound)


class Cascade:
    """What a turn notes of accounts in distress. Few turns have any, and every turn is made."""

    __slots__ = ("exchanged", "forced", "liquidated", "pooled", "ranks")

    def __init__(self) -> None:
        self.forced: dict[int, None] = {}
        """Accounts that had a forced order in this turn."""
        self.liquidated: dict[int, None] = {}
        """Accounts of which a scope was liquidated in this turn."""
        self.pooled: dict[int, None] = {}
        """Multi-assets accounts that were looked at, and whose debts were not yet."""
        self.exchanged: dict[int, None] = {}
        """Accounts that had an automatic exchange in this turn."""
        self.ranks: dict[tuple[str, Side], deque[tuple[int, PositionSide]]] = {}
        """Who a forced order of that symbol and direction is set off against, first first."""


class Turn:
    """What every handler works on. Handlers refuse before they change anything."""

    __slots__ = (
        "at_ms",
        "cascade",
        "events",
        "margin_touched",
        "markets",
        "moved",
        "sampled",
        "since_ms",
        "state",
        "triggered",
    )

    def __init__(self, state: State, at_ms: int) -> None:
        self.state = state
        self.at_ms = at_ms
        self.since_ms = state.now_ms
        """Stamp of the command before."""
        self.events: list[Event] = []
        self.markets: list[Market] = []
        """Markets whose book may have changed in this turn."""
        self.moved: list[Market] = []
        """Markets whose mark or index moved in this turn."""
        self.sampled: list[PremiumSampled] = []
        """Premiums that were sampled in this turn."""
        self.margin_touched: dict[int, None] = {}
        """Accounts whose margin changed by something else than a mark."""
        self.triggered = 0
        """Conditional orders triggered in this turn."""
        self.cascade: Cascade | None = None
        """What was forced upon accounts, or may have to be; in most turns nothing."""

    def in_cascade(self) -> Cascade:
        """Where to note distress; made when there is the first of it."""
        cascade = self.cascade
        if cascade is None:
            cascade = self.cascade = Cascade()
        return cascade

    def touch(self, market: Market) -> None:
        """Say that a market's book is about to change."""
        if self.at_ms >= market.premium_next_ms:
            self.sample_premium(market)
        self.markets.append(market)

    def sample_premium(self, market: Market) -> None:
        """Take the premium samples that fell due before what comes now; they are told last."""
        sampled = take_samples(market, self.at_ms)
        if sampled is not None:
            self.sampled.append(sampled)

    def emit(self, event: Event) -> None:
        """Record that something happened."""
        self.events.append(event)

    def post(
        self,
        account: Account,
        kind: LedgerKind,
        counterparty: int,
        asset: str,
        amount: Amount,
        symbol: str = "",
        trade_id: int = 0,
    ) -> None:
        """Move money between an account and the house (positive: into the account)."""
        ledger = self.state.ledger
        account_id = account.account_id
        transaction_id = ledger.post(counterparty, account_id, asset, amount)
        account.asset_updated_ms[asset] = self.at_ms
        account.version += 1
        balance = ledger.balances[account_id, asset]
        self.events.append(
            LedgerPosted(
                account_id,
                kind,
                asset,
                amount,
                balance,
                symbol,
                trade_id,
                transaction_id,
                self.at_ms,
            )
        )

    def flush_books(self) -> None:
        """Tell what changed in the books, one event a symbol."""
        for market in self.markets:
            book = market.book
            if book.bids.touched or book.asks.touched:
                book.update_id += 1
                book.changed_ms = self.at_ms
                self.events.append(
                    BookChanged(
                        market.instrument.symbol,
                        book.update_id,
                        book.bids.changes(),
                        book.asks.changes(),
                        self.at_ms,
                    )
                )
            rpi = market.rpi
            if rpi.bids.touched or rpi.asks.touched:
                self._flush_rpi(market)
        self.markets.clear()

    def _flush_rpi(self, market: Market) -> None:
        """Tell what changed in the book of retail price improvement, under the book's own count."""
        market.book.update_id += 1
        market.book.changed_ms = self.at_ms
        self.events.append(
            RpiBookChanged(
                market.instrument.symbol,
                market.book.update_id,
                market.rpi.bids.changes(),
                market.rpi.asks.changes(),
                self.at_ms,
            )
        )
