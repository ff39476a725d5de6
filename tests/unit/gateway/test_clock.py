"""Box time in its four modes, over a wall clock that the test moves."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perpbox.gateway.clock import PACES, Clock, ClockError, Mode, Pace, parse_pace, parse_speed
from perpbox.gateway.instant import INSTANT_MS_MAX, InstantError, parse_instant

NOVEMBER = 1_793_491_200_000
"""2026-11-01T00:00:00Z"""


class Wall:
    def __init__(self, at_ms: int = 1_000_000) -> None:
        self.at_ms = at_ms

    def __call__(self) -> int:
        return self.at_ms


def scaled(speed: str) -> Pace:
    return Pace(Mode.SCALED, Fraction(speed))


def test_real_time_is_wall_time() -> None:
    """NET-020: timestamps of clients would be refused."""
    wall = Wall()
    clock = Clock(wall=wall)
    wall.at_ms += 17
    assert clock.now_ms() == clock.wall_ms() == wall.at_ms
    assert clock.is_wall


def test_box_time_never_goes_back() -> None:
    """NET-022: the engine refuses commands stamped before the last one."""
    wall = Wall(10_000)
    clock = Clock(wall=wall)
    wall.at_ms = 9_000
    assert clock.now_ms() == 10_000
    assert clock.wall_ms() == 9_000
    wall.at_ms = 10_001
    assert clock.now_ms() == 10_001


def test_a_scaled_clock_goes_on_when_the_wall_steps_back() -> None:
    """NET-022: a corrected system clock would stop a fast box for days."""
    wall = Wall(100_000)
    clock = Clock(scaled("60"), now_ms=0, wall=wall)
    wall.at_ms += 1_000
    assert clock.now_ms() == 60_000
    wall.at_ms -= 50_000
    assert clock.now_ms() == 60_000
    wall.at_ms += 10
    assert clock.now_ms() == 60_600


def test_frozen_time_moves_only_by_hand() -> None:
    """NET-020: a test at a fixed time would see another one."""
    wall = Wall()
    clock = Clock(PACES[Mode.FROZEN], now_ms=NOVEMBER, wall=wall)
    wall.at_ms += 10**9
    assert clock.now_ms() == NOVEMBER
    clock.advance(5)
    assert clock.now_ms() == NOVEMBER + 5
    clock.advance_to(NOVEMBER + 100)
    assert clock.now_ms() == NOVEMBER + 100
    assert not clock.is_wall


def test_a_frozen_clock_starts_with_the_api_date() -> None:
    """NET-021: two boxes started alike would show different times."""
    clock = Clock.from_options("frozen", None, "2026-11-01", Wall())
    assert clock.now_ms() == NOVEMBER
    assert Clock.from_options("frozen", "7", "2026-11-01", Wall()).now_ms() == 7
    assert Clock.from_options("real", None, "2026-11-01", Wall(5)).now_ms() == 5
    assert Clock.from_options("60", "2026-11-01", "2020-01-01", Wall()).now_ms() == NOVEMBER


def test_slow_and_fast_clocks_are_exact() -> None:
    """NET-020: a scaled box would drift by float errors."""
    wall = Wall(0)
    clock = Clock(scaled("0.1"), now_ms=0, wall=wall)
    seen = []
    for _ in range(30):
        wall.at_ms += 1
        seen.append(clock.now_ms())
    assert seen == [n // 10 for n in range(1, 31)]


def test_a_jumping_clock_goes_to_the_deadline() -> None:
    """NET-020: a simulation would wait eight hours for its funding."""
    clock = Clock(PACES[Mode.JUMPING], now_ms=NOVEMBER, wall=Wall())
    clock.jump_to(NOVEMBER + 28_800_000)
    assert clock.now_ms() == NOVEMBER + 28_800_000
    clock.jump_to(NOVEMBER)
    assert clock.now_ms() == NOVEMBER + 28_800_000
    with pytest.raises(ClockError):
        Clock(wall=Wall()).jump_to(NOVEMBER)


def test_waiting_for_a_deadline() -> None:
    """NET-024: timers would fire early, late, or never sleep."""
    wall = Wall(0)
    assert Clock(wall=wall).wait_ms(50) == 50
    assert Clock(scaled("60"), now_ms=0, wall=wall).wait_ms(61) == 2
    assert Clock(scaled("0.5"), now_ms=0, wall=wall).wait_ms(3) == 6
    assert Clock(PACES[Mode.FROZEN], now_ms=0, wall=wall).wait_ms(1) is None
    assert Clock(PACES[Mode.JUMPING], now_ms=0, wall=wall).wait_ms(10**9) == 0
    assert Clock(wall=wall).wait_ms(-5) == 0


def test_changing_the_mode_keeps_the_time() -> None:
    """NET-023: orders would be stamped in another year after a change of mode."""
    wall = Wall(1_000)
    clock = Clock(PACES[Mode.FROZEN], now_ms=500, wall=wall)
    clock.set(scaled("2"))
    wall.at_ms += 10
    assert clock.now_ms() == 520
    clock.set(PACES[Mode.REAL])
    assert clock.now_ms() == wall.at_ms  # it lagged behind, and returns
    assert clock.is_wall
    clock.advance(1_000_000)
    assert not clock.is_wall
    clock.set(PACES[Mode.REAL])
    wall.at_ms += 3
    assert clock.now_ms() == wall.at_ms + 1_000_000  # it is ahead, and stays so
    clock.set(PACES[Mode.FROZEN], 9_000_000)
    assert clock.now_ms() == 9_000_000
    assert (clock.mode, clock.speed) == (Mode.FROZEN, 0)


def test_the_past_is_refused() -> None:
    """NET-023: the log's stamps would go back."""
    clock = Clock(PACES[Mode.FROZEN], now_ms=500, wall=Wall())
    for refused in (
        lambda: clock.set(PACES[Mode.REAL], 499),
        lambda: clock.advance_to(499),
        lambda: clock.advance(-1),
        lambda: clock.advance(INSTANT_MS_MAX),
        lambda: clock.set(PACES[Mode.REAL], INSTANT_MS_MAX + 1),
        lambda: Clock(now_ms=-1),
    ):
        with pytest.raises(ClockError):
            refused()
    assert clock.now_ms() == 500


@pytest.mark.parametrize(
    ("text", "pace"),
    [
        ("real", PACES[Mode.REAL]),
        ("frozen", PACES[Mode.FROZEN]),
        ("jumping", PACES[Mode.JUMPING]),
        ("60", scaled("60")),
        ("0.25", scaled("1/4")),
    ],
)
def test_paces(text: str, pace: Pace) -> None:
    """NET-020: `--clock` would be misread."""
    assert parse_pace(text) == pace


@pytest.mark.parametrize(
    "text",
    ["", "fast", "0", "-1", "nan", "inf", "1e3", "1/0", "2000000", "0.0000001", "١", "9" * 50],
)
def test_no_paces(text: str) -> None:
    """NET-020: time would stand still or run away."""
    with pytest.raises(ClockError):
        parse_pace(text)
    with pytest.raises(ClockError):
        parse_speed(True)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        (1, 1),
        ("1793491200000", NOVEMBER),
        ("2026-11-01", NOVEMBER),
        ("2026-11-01T00:00:00Z", NOVEMBER),
        ("2026-11-01 01:00:00.0019+01:00", NOVEMBER + 1),
        ("1970-01-01", 0),
        ("9999-12-31T23:59:59.999Z", INSTANT_MS_MAX),
    ],
)
def test_instants(text: str | int, ms: int) -> None:
    """NET-025: `--now` and the lab would mean another moment."""
    assert parse_instant(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "-1",
        -1,
        True,
        "1969-12-31T23:59:59Z",
        "9" * 15,
        "9" * 99,
        "2026-13-01",
        "1.5",
        "²",
    ],
)
def test_no_instants(text: str | int) -> None:
    """NET-025: a slip of the pen would become some moment."""
    with pytest.raises(InstantError):
        parse_instant(text)


steps = st.lists(
    st.tuples(
        st.integers(-5_000, 5_000),
        st.sampled_from(["real", "frozen", "jumping", "60", "0.3", "keep", "advance"]),
    ),
    max_size=30,
)


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(steps)
def test_no_history_turns_box_time_back(history: list[tuple[int, str]]) -> None:
    """NET-022: whatever the operator and the system clock do, stamps rise."""
    wall = Wall(1_000_000)
    clock = Clock(wall=wall)
    before = clock.now_ms()
    for moved, step in history:
        wall.at_ms = max(0, wall.at_ms + moved)
        if step == "advance":
            clock.advance(abs(moved))
        elif step != "keep":
            clock.set(parse_pace(step))
        assert clock.now_ms() >= before
        before = clock.now_ms()
        assert clock.now_ms() == before
