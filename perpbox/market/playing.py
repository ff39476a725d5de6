"""One playing of a recording: its frames, from the snapshot on, as stamped commands."""

from collections.abc import Iterator
from heapq import merge
from itertools import chain, islice
from typing import Final, TypeAlias

import msgspec

from perpbox.engine.commands import (
    Command,
    Levels,
    SetDepth,
    SetFundingRate,
    SetPrices,
    StreetTrade,
)
from perpbox.engine.symbol import Instrument
from perpbox.market.frames import (
    MARKET_TRADE,
    Best,
    Diff,
    Frame,
    IndexPrint,
    Lines,
    Marks,
    Print,
    Snapshot,
    TextLevels,
    frames,
    in_time_order,
    index_prints,
    number,
)
from perpbox.market.mark import MarkFormula
from perpbox.money import Price, Qty, Rate

MARK_EVERY_MS: Final = 1_000
"""How often a mark is made where the recording carries none."""
HOUR_MS: Final = 3_600_000
LEAD_FRAMES_MAX: Final = 20_000
"""Frames read ahead to find the snapshot and the first prices."""

Stamped: TypeAlias = tuple[int, Command]


class Recording(msgspec.Struct, frozen=True):
    """A recording of one contract, and what it lacks."""

    symbol: str
    lines: Lines
    index_lines: Lines | None = None
    """A recording whose last trade is the index; the mark is then made by formula."""
    funding_rate: Rate = Rate(0)
    """Rate shown where the recording carries none."""


class RecordingBroken(ValueError):
    """A recording that cannot be played: no snapshot, no prices, or a gap in its update ids."""


class Playing:
    """A recording played once, from ``base_ms`` of box time."""

    __slots__ = (
        "_base_ms",
        "_formula",
        "_grid_ms",
        "_id_offset",
        "_instrument",
        "_mark_due_ms",
        "_rate",
        "_recording",
        "_snapshot",
        "_stamp_ms",
        "_update_id",
    )

    def __init__(
        self,
        recording: Recording,
        instrument: Instrument,
        *,
        base_ms: int,
        id_offset: int,
        grid_ms: int,
    ) -> None:
        """``base_ms`` is on the grid; ``id_offset`` is added to every recorded update id."""
        self._recording = recording
        self._instrument = instrument
        self._base_ms = self._stamp_ms = base_ms
        self._id_offset = id_offset
        self._grid_ms = grid_ms
        self._rate: Rate | None = None
        self._mark_due_ms = base_ms
        interval_ms = instrument.funding_interval_hours * HOUR_MS
        self._formula = MarkFormula(recording.funding_rate, interval_ms)
        self._snapshot = Snapshot(0, 0, (), ())
        self._update_id = 0

    @property
    def length_ms(self) -> int:
        """From the snapshot to one grid step after the last command; known at the end."""
        return self._stamp_ms - self._base_ms + self._grid_ms

    @property
    def ids(self) -> int:
        """How far update ids went on, so that the next playing's are above; known at the end."""
        return self._update_id - self._snapshot.update_id + 1

    def commands(self) -> Iterator[Stamped]:
        """Prices and street book at ``base_ms``, then everything at its distance from them.

        Raises:
            RecordingBroken: the recording has no snapshot, no prices, or a gap.
        """
        timeline = self._timeline()
        lead, marks = self._lead(timeline)
        if marks is None:
            yield from self._made_marks(self._base_ms)
        else:
            yield from self._marks(marks)
        snapshot = self._snapshot
        yield self._street(snapshot.update_id, snapshot.bids, snapshot.asks, replace=True)
        for frame in chain(lead, timeline):
            yield from self._played(frame)

    def _timeline(self) -> Iterator[Frame]:
        """All frames that matter, in order of time."""
        recording = self._recording
        index_lines = recording.index_lines
        contract = in_time_order(frames(recording.lines(), with_best=index_lines is not None))
        if index_lines is None:
            return contract
        return merge(index_prints(index_lines()), contract, key=lambda frame: frame.time_ms)

    def _lead(self, timeline: Iterator[Frame]) -> tuple[list[Frame], Marks | None]:
        """Read up to where the snapshot and the first prices are known."""
        lead: list[Frame] = []
        marks: Marks | None = None
        has_snapshot = False
        for frame in islice(timeline, LEAD_FRAMES_MAX):
            lead.append(frame)
            if isinstance(frame, Snapshot) and not has_snapshot:
                self._snapshot = frame
                self._update_id = frame.update_id
                has_snapshot = True
            elif isinstance(frame, Marks):
                marks = marks or frame
            else:
                self._noted(frame)
            if has_snapshot and (marks is not None or self._formula.is_ready):
                return lead, marks
        missing = "prices" if has_snapshot else "book snapshot"
        raise RecordingBroken(f"{self._recording.symbol}: the recording has no {missing}")

    def _played(self, frame: Frame) -> Iterator[Stamped]:
        """Commands of one frame, after the made marks that fall due before it."""
        elapsed_ms = max(0, frame.time_ms - self._snapshot.time_ms)
        stamp_ms = self._base_ms + elapsed_ms + -elapsed_ms % self._grid_ms
        if stamp_ms >= self._mark_due_ms:
            yield from self._made_marks(stamp_ms)
        self._stamp_ms = max(self._stamp_ms, stamp_ms)
        if isinstance(frame, Diff):
            yield from self._diff(frame)
        elif isinstance(frame, Marks):
            if frame.time_ms >= self._snapshot.time_ms:
                yield from self._marks(frame)
        else:
            self._noted(frame)
            if isinstance(frame, Print) and frame.time_ms >= self._snapshot.time_ms:
                yield from self._print(frame)

    def _print(self, trade: Print) -> Iterator[Stamped]:
        """A market trade; any other kind of print moves nothing."""
        if trade.kind == MARKET_TRADE:
            price, quantity = Price(number(trade.price)), Qty(number(trade.quantity))
            symbol, by_maker = self._recording.symbol, trade.buyer_is_maker
            yield self._stamp_ms, StreetTrade(symbol, price, quantity, buyer_is_maker=by_maker)

    def _noted(self, frame: Frame) -> None:
        """Keep what the mark formula needs."""
        formula = self._formula
        if isinstance(frame, IndexPrint):
            formula.index = Price(number(frame.price))
        elif isinstance(frame, Best):
            formula.doubled_mid = number(frame.bid) + number(frame.ask)
        elif isinstance(frame, Print) and frame.kind == MARKET_TRADE:
            formula.last = Price(number(frame.price))

    def _diff(self, diff: Diff) -> Iterator[Stamped]:
        """Levels of a diff, unless the snapshot holds them already."""
        if diff.update_id <= self._snapshot.update_id:
            return
        follows = diff.previous_id == self._update_id
        if not follows and not diff.first_id <= self._snapshot.update_id <= diff.update_id:
            raise RecordingBroken(
                f"{self._recording.symbol}: update ids jump from {self._update_id} to "
                f"{diff.first_id}"
            )
        self._update_id = diff.update_id
        yield self._street(diff.update_id, diff.bids, diff.asks, replace=False)

    def _street(
        self, update_id: int, bids: TextLevels, asks: TextLevels, *, replace: bool
    ) -> Stamped:
        return (
            self._stamp_ms,
            SetDepth(
                self._recording.symbol,
                self._levels(bids),
                self._levels(asks),
                replace=replace,
                update_id=update_id + self._id_offset,
            ),
        )

    def _levels(self, rows: TextLevels) -> Levels:
        """Levels as the contract allows them today: off the tick or out of bounds they go."""
        tick = self._instrument.tick_size
        lowest, highest = self._instrument.min_price, self._instrument.max_price
        levels = [(Price(number(price)), Qty(number(quantity))) for price, quantity in rows]
        return tuple(
            [level for level in levels if lowest <= level[0] <= highest and not level[0] % tick]
        )

    def _marks(self, marks: Marks) -> Iterator[Stamped]:
        """Recorded mark and index, and the recorded rate where it changed."""
        index, mark = Price(number(marks.index)), Price(number(marks.mark))
        yield self._stamp_ms, SetPrices(self._recording.symbol, index, mark)
        yield from self._shown_rate(Rate(number(marks.rate)))

    def _made_marks(self, until_ms: int) -> Iterator[Stamped]:
        """Marks by formula up to ``until_ms``, where the recording has an index and no marks."""
        if self._recording.index_lines is None:
            return
        formula = self._formula
        while self._mark_due_ms <= until_ms:
            self._stamp_ms = self._mark_due_ms
            mark = formula.mark(self._mark_due_ms)
            yield self._mark_due_ms, SetPrices(self._recording.symbol, formula.index, mark)
            yield from self._shown_rate(self._recording.funding_rate)
            self._mark_due_ms += MARK_EVERY_MS + -MARK_EVERY_MS % self._grid_ms

    def _shown_rate(self, rate: Rate) -> Iterator[Stamped]:
        if rate != self._rate:
            self._rate = rate
            yield self._stamp_ms, SetFundingRate(self._recording.symbol, rate)
