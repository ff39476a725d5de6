"""The judge of clients that keep an account by its stream alone.

``Judge`` compares followers with fresh snapshots after every command, and names the event that is
missing or wrong where they part.
"""

from collections.abc import Mapping, Sequence

from perpbox.engine.commands import Command
from perpbox.engine.events import (
    Event,
    IsolatedMarginMoved,
    LedgerPosted,
    MarginTypeChanged,
    OrderTraded,
    PositionChanged,
)
from perpbox.engine.types import LedgerKind
from perpbox.simulation.follower import Follower, snapshot
from perpbox.wire.desk import Desk


def updates_due(events: Sequence[Event], account_id: int) -> list[str]:
    """The ACCOUNT_UPDATE events that a command owes an account, by what the engine says."""
    due: list[str] = []
    for place, event in enumerate(events):
        if isinstance(event, OrderTraded) and event.account_id == account_id:
            due.append(f"ACCOUNT_UPDATE m=ORDER of {event.symbol} trade {event.trade_id}")
        elif isinstance(event, LedgerPosted) and event.account_id == account_id:
            if event.kind is LedgerKind.TRANSFER and event.amount:
                reason = "DEPOSIT" if event.amount > 0 else "WITHDRAW"
                due.append(f"ACCOUNT_UPDATE m={reason} of {event.asset}")
            elif event.kind is LedgerKind.FUNDING_FEE:
                due.append(f"ACCOUNT_UPDATE m=FUNDING_FEE of {event.symbol}")
            elif event.kind in (LedgerKind.INSURANCE_CLEAR, LedgerKind.AUTO_EXCHANGE):
                due.append(f"ACCOUNT_UPDATE m={event.kind.name} of {event.asset}")
        elif isinstance(event, IsolatedMarginMoved) and event.account_id == account_id:
            follows = events[place + 1] if place + 1 < len(events) else None
            # Automatic margin tells its leg behind it; a fill has told the leg before.
            if event.by_user or isinstance(follows, PositionChanged):
                due.append(f"ACCOUNT_UPDATE m=MARGIN_TRANSFER of {event.symbol}")
        elif isinstance(event, MarginTypeChanged) and event.account_id == account_id:
            due.append(f"ACCOUNT_UPDATE m=MARGIN_TYPE_CHANGE of {event.symbol}")
    return due


class Parted(AssertionError):
    """A follower and a snapshot differ; the text names the event at fault."""


class Judge:
    """Followers of some accounts, compared with fresh snapshots after every command."""

    def __init__(self, desk: Desk, accounts: Sequence[int]) -> None:
        self._desk = desk
        self.followers = {number: Follower(*snapshot(desk, number)) for number in accounts}

    def after(
        self,
        seq: int,
        at_ms: int,
        command: Command,
        events: Sequence[Event],
        received: Mapping[int, Sequence[bytes]],
    ) -> None:
        """Let every follower take what it received of a command; compare all of them.

        Raises:
            Parted: with the sequence number, the command and the event that is at fault.
        """
        for account_id, follower in self.followers.items():
            for payload in received.get(account_id, ()):
                follower.take(payload)
            differences = follower.differences(*snapshot(self._desk, account_id))
            if differences:
                due = updates_due(events, account_id)
                raise Parted(
                    f"seq {seq}, {type(command).__name__} at {at_ms}, account {account_id}: "
                    f"missing or wrong is {' or '.join(due) or 'an event nobody owes'}; "
                    + "; ".join(differences)
                )
