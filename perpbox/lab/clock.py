"""``/clock`` and ``/clock/advance``: time at the operator's will."""

from decimal import Decimal
from typing import Final

from perpbox.gateway.clock import PACES, ClockError, Mode, Pace, parse_speed
from perpbox.lab.body import Fields, invalid
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabCode, LabError

ADVANCE_MS_MAX: Final = 3_660 * 24 * 3_600_000
"""One request moves the clock ten years at most."""
MODES: Final = tuple(mode.value for mode in Mode)

Answer = dict[str, object]


def get_clock(desk: LabDesk, fields: Fields) -> Answer:  # noqa: ARG001  (every route has it)
    """Tell how the clock stands."""
    return clock_shown(desk)


def clock_shown(desk: LabDesk) -> Answer:
    """Mode, box time and speed."""
    speed = desk.clock.speed
    shown = Decimal(speed.numerator) / Decimal(speed.denominator)
    return {"mode": desk.clock.mode.value, "now": desk.now_ms(), "speed": str(shown)}


def post_clock(desk: LabDesk, fields: Fields) -> Answer:
    """Set the mode, and where it is not real the time and the speed."""
    pace = _pace(desk, fields)
    now_ms = None
    if fields.has("now"):
        if pace.mode is Mode.REAL:
            raise LabError(
                LabCode.CLOCK_REFUSED, "a real clock cannot be set: leave now out or freeze it"
            )
        now_ms = fields.time_ms("now")
        _check_reach(desk, now_ms)
    try:
        desk.set_clock(pace, now_ms)
    except ClockError as error:
        raise _refused(error) from None
    return get_clock(desk, fields)


def post_advance(desk: LabDesk, fields: Fields) -> Answer:
    """Let time pass at once; the answer comes when every consequence has been applied."""
    if desk.clock.mode is Mode.REAL:
        raise LabError(
            LabCode.CLOCK_REFUSED,
            'a real clock cannot be advanced: POST /perpbox/v1/clock {"mode":"frozen"} first',
        )
    if fields.has("ms") == fields.has("to"):
        raise LabError(LabCode.FIELD_MISSING, "give either ms or to")
    if fields.has("ms"):
        to_ms = desk.now_ms() + fields.whole("ms", 0, ADVANCE_MS_MAX)
    else:
        to_ms = fields.time_ms("to")
        _check_reach(desk, to_ms)
    try:
        desk.advance_to(to_ms)
    except ClockError as error:
        raise _refused(error) from None
    return get_clock(desk, fields)


def _pace(desk: LabDesk, fields: Fields) -> Pace:
    name = fields.text("mode")
    if name not in MODES:
        invalid("mode", " or ".join(MODES), name)
    mode = Mode(name)
    if mode is not Mode.SCALED:
        if fields.has("speed"):
            raise LabError(LabCode.CLOCK_REFUSED, 'only "scaled" has a speed: leave speed out')
        return PACES[mode]
    if not fields.has("speed") and desk.clock.mode is Mode.SCALED:
        return Pace(mode, desk.clock.speed)
    try:
        return Pace(mode, parse_speed(fields.number_text("speed")))
    except ClockError as error:
        raise LabError(LabCode.FIELD_INVALID, f"speed: {error}") from None


def _check_reach(desk: LabDesk, to_ms: int) -> None:
    if to_ms - desk.now_ms() > ADVANCE_MS_MAX:
        raise LabError(
            LabCode.CLOCK_REFUSED, f"one request moves the clock {ADVANCE_MS_MAX} ms at most"
        )


def _refused(error: ClockError) -> LabError:
    return LabError(LabCode.CLOCK_REFUSED, f"{error}; POST /perpbox/v1/reset begins anew")
