"""Box time: the wall's, standing still, faster or slower, or jumping to what falls due next.

Two times are kept apart. *Box time* stamps commands and data, and never goes back. *Wall time* is
the world's: rate limits, idle time-outs and listen keys count on it.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from perpbox.gateway.instant import INSTANT_MS_MAX, parse_instant

SPEED_MAX: Final = Fraction(1_000_000)
"""Beyond this a millisecond of the wall holds more than a quarter of an hour."""
SPEED_MIN: Final = Fraction(1, 1_000_000)
_SPEED_LENGTH_MAX: Final = 20
_SPEED: Final = re.compile(r"\d+(\.\d+)?", re.ASCII)


class Mode(StrEnum):
    """How box time goes on."""

    REAL = "real"
    FROZEN = "frozen"
    SCALED = "scaled"
    JUMPING = "jumping"


class ClockError(ValueError):
    """The clock cannot be set so."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A mode with its speed: box milliseconds per wall millisecond."""

    mode: Mode
    speed: Fraction
    goes: bool = field(init=False, compare=False)
    """Whether time goes on by itself, that is, whether there is a speed."""
    is_real: bool = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "goes", bool(self.speed))
        object.__setattr__(self, "is_real", self.mode is Mode.REAL)


PACES: Final = {
    Mode.REAL: Pace(Mode.REAL, Fraction(1)),
    Mode.FROZEN: Pace(Mode.FROZEN, Fraction(0)),
    Mode.JUMPING: Pace(Mode.JUMPING, Fraction(0)),
}


def parse_speed(text: str | int | float) -> Fraction:
    """``"60"`` or ``0.5`` -> an exact speed.

    Raises:
        ClockError: not a number, or out of bounds.
    """
    written = str(text)
    if len(written) > _SPEED_LENGTH_MAX or _SPEED.fullmatch(written) is None:
        raise ClockError(f"{written[:_SPEED_LENGTH_MAX]!r} is not a speed")
    speed = Fraction(written)
    if not SPEED_MIN <= speed <= SPEED_MAX:
        raise ClockError(f"a speed is between {SPEED_MIN} and {SPEED_MAX}")
    return speed


def parse_pace(text: str) -> Pace:
    """``real``, ``frozen``, ``jumping`` or a speed, as on the command line (NET-020).

    Raises:
        ClockError: none of these.
    """
    for mode, pace in PACES.items():
        if text == mode.value:
            return pace
    try:
        return Pace(Mode.SCALED, parse_speed(text))
    except ClockError as error:
        raise ClockError(f"a clock is real, frozen, jumping or a speed: {error}") from None


def wall_clock_ms() -> int:
    """Unix milliseconds of this machine."""
    return time.time_ns() // 1_000_000


class Clock:
    """Box time and wall time, both in Unix milliseconds.

    ``wall`` is where wall time comes from. Without ``now_ms`` box time starts at the wall's.
    Between two settings box time is ``anchor + (wall - anchor wall) * speed``, cut to whole
    milliseconds, and never less than it was.
    """

    __slots__ = ("_anchor_ms", "_anchor_wall_ms", "_last_ms", "_pace", "_seen_wall_ms", "_wall")

    def __init__(
        self,
        pace: Pace = PACES[Mode.REAL],
        *,
        now_ms: int | None = None,
        wall: Callable[[], int] = wall_clock_ms,
        reached_ms: int = 0,
    ) -> None:
        """``reached_ms``: box time that somebody was told of, before which it never is."""
        self._wall = wall
        self._pace = pace
        self._seen_wall_ms = wall()
        self._anchor_wall_ms = self._seen_wall_ms
        self._anchor_ms = self._seen_wall_ms if now_ms is None else _in_calendar(now_ms)
        self._last_ms = max(self._anchor_ms, reached_ms)

    @classmethod
    def from_options(
        cls,
        clock: str,
        now: str | int | None,
        api_date: str,
        wall: Callable[[], int] = wall_clock_ms,
    ) -> "Clock":
        """Read ``--clock`` and ``--now``; a frozen clock starts with the API date (NET-021).

        Raises:
            ClockError: the pace is none.
            InstantError: the time is none.
        """
        pace = parse_pace(clock)
        if now is not None:
            return cls(pace, now_ms=parse_instant(now), wall=wall)
        if pace.mode is Mode.FROZEN:
            return cls(pace, now_ms=parse_instant(api_date), wall=wall)
        return cls(pace, wall=wall)

    @property
    def mode(self) -> Mode:
        """How box time goes on."""
        return self._pace.mode

    @property
    def speed(self) -> Fraction:
        """Box milliseconds per wall millisecond; 0 where time stands still between jumps."""
        return self._pace.speed

    @property
    def is_wall(self) -> bool:
        """Whether box time is wall time, so that there is only one clock to be in step with."""
        return self._pace.mode is Mode.REAL and self._anchor_ms == self._anchor_wall_ms

    @property
    def ahead_ms(self) -> int:
        """How far box time was ahead of wall time when it was last set."""
        return self._anchor_ms - self._anchor_wall_ms

    def wall_ms(self) -> int:
        """Wall time."""
        return self._wall()

    def now_ms(self) -> int:
        """Box time. It never goes back, also when the wall clock does (NET-022)."""
        pace = self._pace
        if not pace.goes:
            return self._last_ms
        wall_ms = self._wall()
        if pace.is_real:
            now_ms = self._anchor_ms + wall_ms - self._anchor_wall_ms
        else:
            if wall_ms < self._seen_wall_ms:
                # A scaled clock owes the wall nothing: it goes on from where it is.
                self._anchor_ms, self._anchor_wall_ms = self._last_ms, wall_ms
            self._seen_wall_ms = wall_ms
            speed = pace.speed
            passed_ms = (wall_ms - self._anchor_wall_ms) * speed.numerator // speed.denominator
            now_ms = self._anchor_ms + passed_ms
        if now_ms > self._last_ms:
            self._last_ms = min(now_ms, INSTANT_MS_MAX)
        return self._last_ms

    def set(self, pace: Pace, now_ms: int | None = None) -> None:
        """Change how time goes on, and where from (NET-023).

        Without ``now_ms`` it goes on from the present box time; only a real clock that lags
        behind the wall returns to it. A real clock that is ahead goes on ahead.

        Raises:
            ClockError: ``now_ms`` is in the past of the box, or beyond the calendar.
        """
        present_ms = self.now_ms()
        wall_ms = self._wall()
        if now_ms is None:
            now_ms = max(present_ms, wall_ms) if pace.mode is Mode.REAL else present_ms
        elif _in_calendar(now_ms) < present_ms:
            raise ClockError(f"box time never goes back: it is {present_ms}")
        self._pace = pace
        self._anchor_at(now_ms, wall_ms)

    def advance_to(self, to_ms: int) -> None:
        """Move box time ahead, in any mode; it goes on from there as before (NET-024).

        Raises:
            ClockError: ``to_ms`` is in the past of the box, or beyond the calendar.
        """
        present_ms = self.now_ms()
        if _in_calendar(to_ms) < present_ms:
            raise ClockError(f"box time never goes back: it is {present_ms}")
        self._anchor_at(to_ms, self._wall())

    def advance(self, by_ms: int) -> None:
        """Move box time ahead by so much."""
        if by_ms < 0:
            raise ClockError("box time never goes back")
        self.advance_to(self.now_ms() + by_ms)

    def jump_to(self, deadline_ms: int) -> None:
        """A jumping clock's next moment. A deadline already past needs no jump."""
        if self._pace.mode is not Mode.JUMPING:
            raise ClockError(f"a {self._pace.mode.value} clock does not jump")
        if deadline_ms > self._last_ms:
            self._last_ms = _in_calendar(deadline_ms)

    def wait_ms(self, deadline_ms: int) -> int | None:
        """Wall milliseconds until box time reaches the deadline; None where it stands still.

        A jumping clock never waits.
        """
        mode, speed = self._pace.mode, self._pace.speed
        if mode is Mode.FROZEN:
            return None
        left_ms = deadline_ms - self.now_ms()
        if mode is Mode.JUMPING or left_ms <= 0:
            return 0
        return -(-left_ms * speed.denominator // speed.numerator)

    def _anchor_at(self, now_ms: int, wall_ms: int) -> None:
        self._anchor_ms, self._anchor_wall_ms = now_ms, wall_ms
        self._seen_wall_ms = wall_ms
        self._last_ms = now_ms


def _in_calendar(ms: int) -> int:
    if not 0 <= ms <= INSTANT_MS_MAX:
        raise ClockError(f"{ms} ms is outside the years 1970 to 9999")
    return ms
