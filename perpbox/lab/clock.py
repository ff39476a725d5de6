"""``/clock`` and ``/clock/advance``: time at the operator's will."""

from typing import Final

from perpbox import money
from perpbox.lab.body import Fields, invalid
from perpbox.lab.desk import ClockFace, LabDesk
from perpbox.lab.errors import LabCode, LabError

ADVANCE_MS_MAX: Final = 3_660 * 24 * 3_600_000
"""One request moves the clock ten years at most."""
SPEED_MAX: Final = 1_000_000 * money.SCALE
MODES: Final = ("real", "frozen", "scaled", "jumping")

Answer = dict[str, object]


def get_clock(desk: LabDesk, fields: Fields) -> Answer:  # noqa: ARG001  (every route has it)
    """Tell how the clock stands."""
    face = desk.clock_face
    return {"mode": face.mode, "now": face.now_ms, "speed": money.plain(face.speed)}


def post_clock(desk: LabDesk, fields: Fields) -> Answer:
    """Set the mode, and where it is not real the time and the speed."""
    mode = fields.text("mode")
    if mode not in MODES:
        invalid("mode", " or ".join(MODES), mode)
    old = desk.clock_face
    speed = old.speed if old.mode == "scaled" else money.SCALE
    if fields.has("speed"):
        speed = fields.decimal("speed")
        if not 0 < speed <= SPEED_MAX:
            invalid("speed", f"above 0 and at most {money.plain(SPEED_MAX)}", money.plain(speed))
        if mode != "scaled":
            raise LabError(LabCode.CLOCK_REFUSED, 'only "scaled" has a speed: leave speed out')
    now_ms = old.now_ms
    if fields.has("now"):
        now_ms = fields.time_ms("now")
        if mode == "real":
            raise LabError(
                LabCode.CLOCK_REFUSED, "a real clock cannot be set: leave now out or freeze it"
            )
        _check_forward(desk, now_ms)
    desk.set_clock(ClockFace(mode, now_ms, speed))
    return get_clock(desk, fields)


def post_advance(desk: LabDesk, fields: Fields) -> Answer:
    """Let time pass at once; the answer comes when every consequence has been applied."""
    if desk.clock_face.mode == "real":
        raise LabError(
            LabCode.CLOCK_REFUSED,
            'a real clock cannot be advanced: POST /perpbox/v1/clock {"mode":"frozen"} first',
        )
    if fields.has("ms") == fields.has("to"):
        raise LabError(LabCode.FIELD_MISSING, "give either ms or to")
    now_ms = desk.clock_face.now_ms
    if fields.has("ms"):
        to_ms = now_ms + fields.whole("ms", 0, ADVANCE_MS_MAX)
    else:
        to_ms = fields.time_ms("to")
        _check_forward(desk, to_ms)
    desk.advance_to(to_ms)
    return get_clock(desk, fields)


def _check_forward(desk: LabDesk, to_ms: int) -> None:
    earliest_ms = max(desk.earliest_ms(), 1)
    if to_ms < earliest_ms:
        raise LabError(
            LabCode.CLOCK_REFUSED,
            f"the box has already been at {earliest_ms} and cannot go back: "
            "POST /perpbox/v1/reset begins anew",
        )
    if to_ms - desk.clock_face.now_ms > ADVANCE_MS_MAX:
        raise LabError(
            LabCode.CLOCK_REFUSED, f"one request moves the clock {ADVANCE_MS_MAX} ms at most"
        )
