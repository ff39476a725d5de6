"""The one writer: every command of a box goes through here, one at a time, in time order.

A command is stamped with the box's time, never earlier than the one before it. What was due
before that stamp happens first: deadlines of the engine (funding, good-till dates) and the
commands of the market source, in time order; at the same stamp the deadline goes first. The
pairs (stamp, command) that reach the engine are the whole log of the box: fold them again and
the same state, the same events and the same hash come out.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol, TypeAlias

from perpbox.engine.commands import AdvanceTime, Command
from perpbox.engine.events import Event, Rejected
from perpbox.engine.exchange import Exchange
from perpbox.engine.prints import Prints
from perpbox.engine.runs import next_command
from perpbox.gateway.journal.entries import MarketAsked
from perpbox.gateway.journal.errors import Broken
from perpbox.gateway.journal.writer import Journal
from perpbox.market.source import Source

DUE_COMMANDS_MAX: Final = 2_000
"""Due commands applied in one go before waiting requests get their turn again."""
LOG_ENTRIES_MAX: Final = 1_000_000
"""Longest log kept in memory with ``record=True``."""

Observer: TypeAlias = Callable[[int, int, Command, Sequence[Event]], None]
"""Told (sequence number, stamp in ms, command, its events) after each command."""
Told: TypeAlias = tuple[int, int, Command, Sequence[Event]]
"""What an observer is told: sequence number, stamp in ms, command, its events."""
LogEntry: TypeAlias = tuple[int, Command]
"""Stamp in ms and command."""


class LogFull(RuntimeError):
    """The log in memory has reached its bound; nothing was applied."""


class Timepiece(Protocol):
    """The clock, as far as the writer needs it."""

    def now_ms(self) -> int:
        """Box time in ms since the epoch."""


class Folding(Protocol):
    """Something that folds events: the views."""

    def fold(self, events: Sequence[Event]) -> None:
        """Take in the events of one command."""


class Timers(Protocol):
    """Commands that fall due at a box time, beside those of the market source."""

    def next_ms(self) -> int | None:
        """When the next one falls due."""

    def due(self, until_ms: int) -> Iterator[tuple[int, Command]]:
        """(stamp, command) of those that are due by then, which takes them away."""


class Sequencer:
    """Stamps commands, lets what is due happen first, applies, folds, tells observers."""

    def __init__(
        self,
        exchange: Exchange,
        views: Folding,
        clock: Timepiece,
        source: Source,
        *,
        record: bool = False,
        log_entries_max: int = LOG_ENTRIES_MAX,
        journal: Journal | None = None,
    ) -> None:
        self.exchange = exchange
        self.views = views
        self.clock = clock
        self.source = source
        self.timers: Timers | None = None
        self.observers: list[Observer] = []
        self.before: list[Callable[[int], None]] = []
        """Told the stamp of a command before it is applied."""
        self.passed: list[Callable[[int], None]] = []
        """Told the box time up to which everything has happened, at each look of the timers."""
        self.log: list[LogEntry] | None = [] if record else None
        self._log_entries_max = log_entries_max
        self._journal = journal
        state = exchange.state
        self._seq = state.seq
        self._stamp_ms = self._stamp_min_ms = state.now_ms
        """No command gets an earlier stamp: somebody has been told that this time is over."""

    @property
    def seq(self) -> int:
        """Number of commands applied so far, refused ones included."""
        return self._seq

    @property
    def stamp_ms(self) -> int:
        """Stamp of the last command."""
        return self._stamp_ms

    @property
    def reached_ms(self) -> int:
        """Box time up to which everything has happened: no command gets an earlier stamp."""
        return self._stamp_min_ms

    def submit(self, command: Command) -> list[Event]:
        """Apply a command now, after what was due before it, and return its own events.

        When more than ``DUE_COMMANDS_MAX`` commands are due (the process was asleep), the
        command takes its place in the middle of them, at the stamp that was reached.
        """
        now_ms = self.clock.now_ms()
        if not self._catch_up(now_ms, DUE_COMMANDS_MAX):
            now_ms = self._stamp_min_ms
        return self._apply(command, max(self._stamp_min_ms, now_ms))

    def tick(self) -> bool:
        """Let what is due by the clock happen, a bounded piece of it; tell if all of it did."""
        now_ms = self.clock.now_ms()
        if not self._catch_up(now_ms, DUE_COMMANDS_MAX):
            return False
        self._stamp_min_ms = max(self._stamp_min_ms, now_ms)
        for told in self.passed:
            told(now_ms)
        return True

    def note(self, command: Command) -> list[Event]:
        """Apply a command at the time that has been reached, not at the clock's."""
        return self._apply(command, self._stamp_min_ms)

    def advance_to(self, to_ms: int) -> None:
        """Let everything up to ``to_ms`` happen and bring the engine's time there.

        The clock itself is moved by the caller; this returns when every consequence is there.
        """
        self._catch_up(to_ms, None)
        if self._stamp_ms < to_ms:
            self._apply(AdvanceTime(), to_ms)

    def play(self, prints: Prints, *, singly: bool = False) -> Rejected | None:
        """Let prints happen at their times, each after what was due before it.

        Those that reach nothing go in runs, no further than to what is due next; ``singly`` makes
        each a command of its own, for somebody wants to hear of it then. The first print must
        not be earlier than the time that was reached. A refusal (the contract ended) is the end.
        """
        times_ms = prints.times_ms
        place = 0
        while place < len(prints):
            self._catch_up(times_ms[place], None)
            due_ms = None if singly else self.next_due_ms()
            stop = place + 1 if singly else len(prints)
            if due_ms is not None:
                stop = bisect_left(times_ms, due_ms, place)
            command, place = next_command(self.exchange.state, prints, place, stop)
            events = self._apply(command, times_ms[place - 1])
            if events and isinstance(events[0], Rejected):
                return events[0]
        return None

    def go_on(self, reached_ms: int, unplayed: "deque[tuple[int, Command]]") -> None:
        """After a recovery: time has come so far, and the source said this before the end."""
        self._stamp_min_ms = max(self._stamp_min_ms, reached_ms)
        while unplayed:
            stamp_ms, command = unplayed.popleft()
            self._apply(command, max(self._stamp_min_ms, stamp_ms))

    def next_due_ms(self) -> int | None:
        """When the next deadline or market command falls due."""
        deadline_ms = self.exchange.next_deadline_ms()
        market_ms = self.source.next_ms()
        if self.timers is not None:
            timer_ms = self.timers.next_ms()
            if timer_ms is not None and (market_ms is None or timer_ms < market_ms):
                market_ms = timer_ms
        if deadline_ms is None or market_ms is None:
            return deadline_ms if market_ms is None else market_ms
        return min(deadline_ms, market_ms)

    def _catch_up(self, until_ms: int, commands_max: int | None) -> bool:
        """Apply what is due up to ``until_ms``; ``False`` when the bound ended it early.

        It goes stamp by stamp, and the bound is looked at between two stamps only, so that a
        market source is never left in the middle of one.
        """
        last_seq = None if commands_max is None else self._seq + commands_max
        self.source.expect(until_ms)
        while True:
            due_ms = self.next_due_ms()
            if due_ms is None or due_ms > until_ms:
                return True
            if last_seq is not None and self._seq >= last_seq:
                return False
            if due_ms == self.exchange.next_deadline_ms():
                self._meet_deadline(due_ms)
            else:
                if self._journal is not None:
                    self._note_question(until_ms, due_ms)
                for stamp_ms, command in self.source.due(due_ms):
                    self._apply(command, max(self._stamp_min_ms, stamp_ms))
                if self.timers is not None:
                    for stamp_ms, command in self.timers.due(due_ms):
                        self._apply(command, max(self._stamp_min_ms, stamp_ms))

    def _note_question(self, until_ms: int, due_ms: int) -> None:
        """What a source is asked stands in the journal, so that a recovered one is asked it too."""
        market_ms = self.source.next_ms()
        if self._journal is not None and market_ms is not None and market_ms <= due_ms:
            self._journal.append(self._stamp_min_ms, MarketAsked(until_ms, due_ms))

    def _meet_deadline(self, deadline_ms: int) -> None:
        self._apply(AdvanceTime(), max(self._stamp_min_ms, deadline_ms))
        following_ms = self.exchange.next_deadline_ms()
        assert following_ms is None or following_ms > deadline_ms, (
            f"deadline {deadline_ms} did not happen at sequence number {self._seq}"
        )

    def _apply(self, command: Command, at_ms: int) -> list[Event]:
        log = self.log
        if log is not None and len(log) >= self._log_entries_max:
            raise LogFull(f"the log in memory holds {self._log_entries_max} commands at most")
        for told in self.before:
            told(at_ms)
        if log is not None:
            log.append((at_ms, command))
        journal = self._journal
        if journal is None:
            events = self.exchange.apply(command, at_ms)
            self.views.fold(events)
        else:
            events = self._apply_journalled(journal, command, at_ms)
        self._seq += 1
        self._stamp_ms = self._stamp_min_ms = at_ms
        for observer in self.observers:
            observer(self._seq, at_ms, command, events)
        return events

    def _apply_journalled(self, journal: Journal, command: Command, at_ms: int) -> list[Event]:
        """Journal first, then apply; a fault of ours ends the box, and the journal has it."""
        seq = journal.append(at_ms, command)
        try:
            events = self.exchange.apply(command, at_ms)
            self.views.fold(events)
        except Exception as error:
            journal.crashed(seq, error)
            raise Broken(str(journal.broken)) from error
        journal.settle()
        return events


def replay(log: Sequence[LogEntry], exchange: Exchange, views: Folding) -> None:
    """Fold a recorded log into a fresh exchange and fresh views."""
    for at_ms, command in log:
        views.fold(exchange.apply(command, at_ms))
