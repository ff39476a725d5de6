"""What of the desk outlives the process: facts for the journal, and secrets beside it.

``Keeping`` is the desk's hand on a data directory. An ephemeral box has one too, which keeps
nothing.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from perpbox.engine.state import State
from perpbox.gateway.clock import Clock, Mode, Pace
from perpbox.gateway.journal.directory import DataDirectory
from perpbox.gateway.journal.entries import (
    ClockSet,
    CountdownSet,
    Fact,
    Founded,
    MarketOpened,
    StreetShaped,
    TimePassed,
)
from perpbox.gateway.journal.secrets import KeySecret, ListenKeyLine
from perpbox.gateway.journal.snapshot import Standing
from perpbox.gateway.keys import KeyRing
from perpbox.market.ladder import LadderShape

if TYPE_CHECKING:
    from perpbox.wire.streams.listen_keys import ListenKeys

TIME_NOTED_MS: Final = 1_000
"""Wall time after which a scaled clock's time is journalled, if no command was."""
UNSAVED_MAX: Final = 1
"""Records that an orderly end leaves to be replayed: the hash of the last snapshot."""
TIME_LOST_MS_MAX: Final = 2_000
"""Wall time of a scaled clock that a crash may lose: a recovered one leaps over it."""


class Keeping:
    """Journals what no command tells. Box times are the caller's, in epoch milliseconds."""

    def __init__(self, directory: DataDirectory | None) -> None:
        self._directory = directory
        self.journal = None if directory is None else directory.journal
        self._time_noted_ms = 0

    def together(self, at_ms: int) -> AbstractContextManager[None]:
        """What is submitted inside is recovered whole or not at all."""
        return nullcontext() if self.journal is None else self.journal.group(at_ms)

    def founded(self, at_ms: int) -> None:
        """A fresh exchange begins here."""
        self._note(at_ms, Founded())

    def market_opened(self, at_ms: int) -> None:
        """The commands that put the market there follow."""
        self._note(at_ms, MarketOpened(at_ms))

    def clock_set(self, clock: Clock, reached_ms: int) -> None:
        """Box time goes on like this from here."""
        self._note(reached_ms, clock_now(clock, reached_ms))

    def time_passed(self, reached_ms: int, wall_ms: int) -> None:
        """A scaled clock goes on from where it was, so somebody has to know where that is."""
        if self.journal is not None and abs(wall_ms - self._time_noted_ms) >= TIME_NOTED_MS:
            self._time_noted_ms = wall_ms
            self._note(reached_ms, TimePassed(reached_ms))

    def countdown_set(self, reached_ms: int, account_id: int, symbol: str, end_ms: int) -> None:
        """A countdown ends then; 0: it is over."""
        self._note(reached_ms, CountdownSet(account_id, symbol, end_ms))

    def street_shaped(self, reached_ms: int, symbol: str, shape: LadderShape) -> None:
        """The market source's street looks so from here."""
        self._note(reached_ms, StreetShaped(symbol, shape))

    def listen_key_set(self, account_id: int, key: str, dead_ms: int) -> None:
        """A listen key is good until then; 0: it is over."""
        if self._directory is not None:
            self._directory.secrets.add(ListenKeyLine(account_id, key, dead_ms))

    def secret(self, key: str, secret: str) -> None:
        """An API key signs with this secret."""
        if self._directory is not None:
            self._directory.secrets.add(KeySecret(key, secret))

    def checkpoint(self, take: Callable[[], Standing]) -> None:
        """Hash the state and write a snapshot, where one is due, beside the running box."""
        if self._directory is not None and self._directory.checkpoints is not None:
            self._directory.checkpoints.tick(take)

    def last_checkpoint(self, take: Callable[[], Standing]) -> None:
        """At an orderly end: leave little to replay."""
        if self._directory is not None and self._directory.checkpoints is not None:
            self._directory.checkpoints.finish(take, UNSAVED_MAX)

    def know_again(self, state: State, keys: KeyRing, listen_keys: "ListenKeys") -> None:
        """After a recovery: let the accounts' keys sign, and their listen keys live on."""
        if self._directory is None:
            return
        kept = self._directory.secrets
        for account in state.accounts.values():
            name, account_id = account.api_key, account.account_id
            if account.public_key_pem:
                keys.add_public_key(name, account.public_key_pem, account_id)
            elif name in kept.keys:
                keys.add_secret(name, kept.keys[name], account_id)
        for account_id, (key, dead_ms) in kept.listen_keys.items():
            if dead_ms and account_id in state.accounts:
                listen_keys.restore(account_id, key, dead_ms)

    def _note(self, at_ms: int, fact: Fact) -> None:
        if self.journal is not None:
            self.journal.append(at_ms, fact)


def clock_now(clock: Clock, reached_ms: int) -> ClockSet:
    """How a clock goes, for the journal."""
    speed, ahead_ms = clock.speed, 0 if clock.is_wall else clock.ahead_ms
    return ClockSet(clock.mode.value, speed.numerator, speed.denominator, reached_ms, ahead_ms)


def clock_that_was(was: ClockSet, reached_ms: int, wall_ms: int) -> tuple[Pace, int | None]:
    """Pace and box time with which a recovered clock goes on.

    A real clock goes on with the wall (``None``), as far ahead of it as it was; any other owes the
    wall nothing and goes on from where it was, a little later if it ran: somebody may have seen
    that time.
    """
    pace = Pace(Mode(was.mode), Fraction(was.numerator, was.denominator))
    if pace.mode is not Mode.REAL:
        return pace, reached_ms + TIME_LOST_MS_MAX * was.numerator // was.denominator
    return pace, wall_ms + was.ahead_ms if was.ahead_ms else None
