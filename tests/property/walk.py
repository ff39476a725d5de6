"""A maker of random commands: what every random walk over the exchange is built on."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from random import Random
from typing import ClassVar

from perpbox.engine.commands import Command
from perpbox.engine.events import Event
from perpbox.engine.exchange import Exchange
from perpbox.engine.state import Account
from perpbox.engine.types import PositionSide

START_MS = 1_700_006_400_000
Maker = Callable[[], Command]


class RandomWalk(ABC):
    """Commands drawn from a seed, applied to an exchange of its own, and kept with their events."""

    symbols: ClassVar[tuple[str, ...]]
    accounts: ClassVar[int]
    keeps_log: ClassVar[bool] = True
    """A walk of a million commands keeps none of them."""
    stray_legs: ClassVar[float] = 0.0
    """How often a leg is drawn that the position mode does not have."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        self.exchange = Exchange()
        self.state = self.exchange.state
        self.now_ms = START_MS
        self.log: list[tuple[Command, int]] = []
        self.events: list[list[Event]] = []
        self.sent = 0
        self.found()

    @abstractmethod
    def found(self) -> None:
        """Send what the exchange starts with."""

    @abstractmethod
    def kinds(self) -> tuple[tuple[Maker, int], ...]:
        """Makers of commands, each with its weight."""

    def command(self) -> Command:
        """The next command."""
        kinds = self.kinds()
        return self.draw.choices([k for k, _ in kinds], [weight for _, weight in kinds])[0]()

    def send(self, command: Command) -> list[Event]:
        """Apply a command at the time that has been reached."""
        events = self.exchange.apply(command, self.now_ms)
        self.sent += 1
        if self.keeps_log:
            self.log.append((command, self.now_ms))
            self.events.append(events)
        return events

    def symbol(self) -> str:
        return self.draw.choice(self.symbols)

    def account(self) -> Account:
        return self.state.accounts[self.draw.randint(1, self.accounts)]

    def leg(self, account: Account) -> PositionSide:
        """A leg of the account's position mode, or now and then any."""
        if self.stray_legs and self.draw.random() < self.stray_legs:
            return self.draw.choice(list(PositionSide))
        if not account.hedge:
            return PositionSide.BOTH
        return self.draw.choice((PositionSide.LONG, PositionSide.SHORT))
