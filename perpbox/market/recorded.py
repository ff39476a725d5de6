"""A recorded market: a recording played as commands, re-based to box time, over and over.

Everything keeps its recorded distance from the snapshot, on a grid of box time. Where the
recording ends it starts over one grid step later: the snapshot replaces the street book and
update ids go on rising, each playing adding the same offset. A gap longer than a whole playing
skips whole playings.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from perpbox.engine.commands import Command, SetDepth
from perpbox.engine.symbol import Instrument
from perpbox.market.ladder import LadderShape
from perpbox.market.playing import Playing, Recording, Stamped
from perpbox.market.source import Memory

GRID_MS: Final = 1
"""Grid of the stamps: recorded times are whole milliseconds."""
GRID_MS_MAX: Final = 60_000
PLAYING: Final = "playing"


class RecordedSource:
    """Plays a recording over and over."""

    __slots__ = (
        "_base_ms",
        "_grid_ms",
        "_id_offset",
        "_instrument",
        "_next",
        "_played",
        "_recording",
        "_stream",
        "_until_ms",
    )

    def __init__(
        self, recording: Recording, instrument: Instrument, grid_ms: int = GRID_MS
    ) -> None:
        """``instrument`` gives the tick, the price bounds and the funding interval.

        Raises:
            ValueError: ``grid_ms`` is outside 1..``GRID_MS_MAX``.
        """
        if not 1 <= grid_ms <= GRID_MS_MAX:
            raise ValueError(f"grid_ms must be 1..{GRID_MS_MAX}, not {grid_ms}")
        self._recording = recording
        self._instrument = instrument
        self._grid_ms = grid_ms
        self._base_ms = 0
        self._id_offset = 0
        self._until_ms = 0
        self._played = 0
        """Commands taken from the present playing."""
        self._stream: Iterator[Stamped] = iter(())
        self._next: Stamped | None = None

    def open(self, now_ms: int) -> Iterator[Command]:
        """First prices, funding rate and the street book of the snapshot.

        Raises:
            RecordingBroken: the recording has no snapshot, no prices, or a gap.
        """
        self._base_ms = self._until_ms = now_ms + -now_ms % self._grid_ms
        self._id_offset = 0
        self._stream = self._playings()
        for _, command in self._stream:
            yield command
            if isinstance(command, SetDepth):
                break
        self._next = next(self._stream)

    def expect(self, until_ms: int) -> None:
        """A way longer than a whole playing will skip whole playings at the next seam."""
        self._until_ms = max(self._until_ms, until_ms)

    def due(self, until_ms: int) -> Iterator[Stamped]:
        """What the recording holds up to ``until_ms``."""
        self.expect(until_ms)
        while self._next is not None and self._next[0] <= until_ms:
            yield self._next
            self._next = next(self._stream)

    def street_shape(self, symbol: str) -> LadderShape | None:  # noqa: ARG002
        """The street is the recording's."""
        return None

    def shape_street(self, symbol: str, shape: LadderShape) -> None:
        """Nothing changes."""

    def next_ms(self) -> int | None:
        """Stamp of the next command; there always is one once the source is open."""
        return self._next[0] if self._next is not None else None

    def memory(self) -> Memory:
        """The present playing, and how much of it was taken."""
        return {PLAYING: (self._base_ms, self._id_offset, self._until_ms, self._played)}

    def recall(self, memory: Memory) -> None:
        """Play up to there again, to nobody."""
        self._base_ms, self._id_offset, self._until_ms, played = memory[PLAYING]
        self._stream = self._playings()
        self._next = next(islice(self._stream, played - 1, None))

    def _playings(self) -> Iterator[Stamped]:
        while True:
            playing = Playing(
                self._recording,
                self._instrument,
                base_ms=self._base_ms,
                id_offset=self._id_offset,
                grid_ms=self._grid_ms,
            )
            self._played = 0
            for stamped in playing.commands():
                self._played += 1
                yield stamped
            played = 1 + self._skipped(playing.length_ms)
            self._base_ms += played * playing.length_ms
            self._id_offset += played * playing.ids

    def _skipped(self, length_ms: int) -> int:
        """Whole playings that would end before the time asked for."""
        return max(0, self._until_ms - self._base_ms - length_ms) // length_ms
