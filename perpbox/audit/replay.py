"""Fold a journal again and hold it against the hashes that were recorded while the box ran.

A difference is found by bisection: hashes are compared at the end of a stretch of recorded ones;
if the last one differs, the stretch is halved from a copy of the state at its start until two
neighbours are left, the last that agrees and the first that does not. That rests on a difference
staying in the state once it is there; one that heals within a stretch is not seen (the whole
state is hashed, so it would have to leave no trace at all).
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from perpbox.audit.place import LoadedSnapshot, Place
from perpbox.engine.exchange import Exchange
from perpbox.engine.hashing import state_hash
from perpbox.engine.state import State
from perpbox.gateway.journal.entries import Entry, Fact, Founded, StateHashed
from perpbox.gateway.journal.errors import JournalError
from perpbox.gateway.journal.pickling import layouts, pack, unpack

STRETCH_MAX: Final = 32
"""Recorded hashes of a stretch; one of them is computed again, and five when it differs."""


class Recorded(msgspec.Struct, frozen=True):
    """A hash that stands in the journal."""

    seq: int
    hash: str


class Difference(msgspec.Struct, frozen=True):
    """Where a replay first came to another state than the box did."""

    after_seq: int
    """The last sequence number at which both agree."""
    by_seq: int
    """The first recorded one at which they do not."""
    recorded: str
    computed: str


class Replayed(msgspec.Struct, frozen=True):
    """What a replay came to."""

    first_seq: int
    last_seq: int
    commands: int
    hash: str
    """Of the state at the end."""
    ledger_sum: int
    recorded: int
    """Recorded hashes in what was replayed."""
    difference: Difference | None


class Fold:
    """The engine alone, folded up to a sequence number."""

    __slots__ = ("commands", "exchange", "seq")

    def __init__(self, seq: int, state: State | None = None) -> None:
        self.exchange = Exchange()
        if state is not None:
            self.exchange.state = state
        self.seq = seq
        self.commands = 0

    def take(self, entry: Entry) -> None:
        """Take in the next entry."""
        what = entry.what
        self.seq = entry.seq
        if not isinstance(what, Fact):
            self.exchange.apply(what, entry.at_ms)
            self.commands += 1
        elif isinstance(what, Founded):
            self.exchange = Exchange()

    def hash(self) -> str:
        """Hash of the state."""
        return state_hash(self.exchange.state)

    def copy(self) -> "Saved":
        """The state as it is now, to go on from later."""
        return Saved(self.seq, pack(self.exchange.state))


class Saved(msgspec.Struct, frozen=True):
    """A state set aside."""

    seq: int
    data: bytes

    def fold(self) -> Fold:
        """Go on from it."""
        state = unpack(self.data, layouts())
        assert isinstance(state, State)
        return Fold(self.seq, state)


def replay(place: Place, *, verify: bool) -> Replayed:
    """Replay a journal from its beginning, or from the oldest snapshot where that was let go.

    Raises:
        JournalError: there is nothing to begin with, or a record is bad.
    """
    start = _start(place)
    recorded = list(_recorded(place, start.seq)) if verify else []
    fold, difference, saved = start.fold(), None, start
    ends = recorded[STRETCH_MAX - 1 :: STRETCH_MAX]
    if recorded and (not ends or ends[-1] is not recorded[-1]):
        ends.append(recorded[-1])
    begun = 0
    for entry in _entries(place, start.seq):
        fold.take(entry)
        if ends and fold.seq == ends[0].seq:
            end = ends.pop(0)
            stretch = recorded[begun : recorded.index(end, begun) + 1]
            begun += len(stretch)
            computed = fold.hash()
            if computed != end.hash:
                difference = bisect(place, saved, stretch, computed)
                break
            if ends:
                saved = fold.copy()
    total = fold.exchange.state.ledger.total()
    return Replayed(
        first_seq=start.seq + 1,
        last_seq=fold.seq,
        commands=fold.commands,
        hash=fold.hash(),
        ledger_sum=sum(map(abs, total.values())),
        recorded=len(recorded),
        difference=difference,
    )


def bisect(place: Place, good: Saved, stretch: list[Recorded], computed: str) -> Difference:
    """Find the first of these hashes that differs; the last one does."""
    low, high = -1, len(stretch) - 1
    bad = computed
    while high - low > 1:
        middle = (low + high) // 2
        fold = good.fold()
        for entry in _entries(place, good.seq):
            fold.take(entry)
            if fold.seq == stretch[middle].seq:
                break
        found = fold.hash()
        if found == stretch[middle].hash:
            low, good = middle, fold.copy()
        else:
            high, bad = middle, found
    return Difference(good.seq, stretch[high].seq, stretch[high].hash, bad)


def _start(place: Place) -> Saved:
    if place.first_seq == 1:
        return Fold(0).copy()
    snapshot: LoadedSnapshot | None = place.oldest_snapshot()
    if snapshot is None or snapshot.header.seq < place.first_seq - 1:
        raise JournalError(
            f"{place.folder} begins with sequence number {place.first_seq}, and there is no "
            "snapshot to begin with: put the earlier segments back from a copy"
        )
    return Fold(snapshot.header.seq, snapshot.standing.state).copy()


def _entries(place: Place, after_seq: int) -> Iterator[Entry]:
    return (found.entry for found in place.reader(after_seq).read())


def _recorded(place: Place, after_seq: int) -> Iterator[Recorded]:
    for entry in _entries(place, after_seq):
        if isinstance(entry.what, StateHashed) and entry.what.at_seq > after_seq:
            yield Recorded(entry.what.at_seq, entry.what.hash)
