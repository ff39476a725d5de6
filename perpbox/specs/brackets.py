"""Leverage brackets: rows as printed into ``Bracket`` values, checked to be one staircase."""

from collections.abc import Mapping

from perpbox import money
from perpbox.engine.symbol import Bracket
from perpbox.money import Amount, Rate
from perpbox.specs import fields
from perpbox.specs.errors import SpecError

BRACKETS_MAX = 100
"""Most brackets of one contract; the venue's longest table has 12."""
LEVERAGE_MAX = 1000
KEYS = frozenset(
    ("bracket", "initialLeverage", "notionalFloor", "notionalCap", "maintMarginRatio", "cum")
)


def read(value: object, path: str) -> tuple[Bracket, ...]:
    """Read bracket rows, lowest notional first.

    ``bracket`` may be left out (the place in the list) and so may ``cum`` (it follows from
    floors and rates).

    Raises:
        SpecError: rows overlap, leave a gap, are out of order or hold a bad number.
    """
    rows = fields.entries(value, path)
    if not 0 < len(rows) <= BRACKETS_MAX:
        raise SpecError(path, f"{len(rows)} brackets; give 1 to {BRACKETS_MAX}")
    found: list[Bracket] = []
    for place, entry in enumerate(rows):
        before = found[-1] if found else None
        found.append(_bracket(fields.table(entry, f"{path}[{place}]"), before, f"{path}[{place}]"))
    return tuple(found)


def scale(brackets: tuple[Bracket, ...], coefficient: object, path: str) -> tuple[Bracket, ...]:
    """Multiply floors, caps and cum by a ``notionalCoef``; exact or refused."""
    factor = fields.scaled_above_zero(coefficient, path)

    def times(amount: Amount) -> Amount:
        whole, rest = divmod(amount * factor, money.SCALE)
        if rest:
            raise SpecError(path, "makes brackets of more than 8 decimals; shorten it")
        return Amount(whole)

    return tuple(
        Bracket(
            bracket=step.bracket,
            initial_leverage=step.initial_leverage,
            notional_floor=times(step.notional_floor),
            notional_cap=times(step.notional_cap),
            maint_margin_rate=step.maint_margin_rate,
            cum=times(step.cum),
        )
        for step in brackets
    )


def cum_after(before: Bracket, floor: Amount, rate: Rate) -> Amount | None:
    """Return the cum that keeps the maintenance margin continuous at ``floor``.

    ``cum = cum before + floor * (rate - rate before)``, in every printed row; ``None`` when it
    needs more than 8 decimals.
    """
    step, rest = divmod(floor * (rate - before.maint_margin_rate), money.SCALE)
    return None if rest else Amount(before.cum + step)


def _bracket(row: Mapping[str, object], before: Bracket | None, path: str) -> Bracket:
    for name in row:
        if name not in KEYS:
            raise SpecError(f"{path}.{name}", f"unknown; a bracket has {', '.join(sorted(KEYS))}")
    for name in ("initialLeverage", "notionalFloor", "notionalCap", "maintMarginRatio"):
        if name not in row:
            raise SpecError(f"{path}.{name}", "missing; every bracket needs it")
    number = before.bracket + 1 if before else 1
    if "bracket" in row and fields.whole(row["bracket"], f"{path}.bracket") != number:
        raise SpecError(f"{path}.bracket", f"must be {number}; list brackets from 1 upwards")
    leverage = fields.whole(row["initialLeverage"], f"{path}.initialLeverage")
    floor = Amount(fields.scaled(row["notionalFloor"], f"{path}.notionalFloor"))
    cap = Amount(fields.scaled(row["notionalCap"], f"{path}.notionalCap"))
    rate = Rate(fields.scaled_above_zero(row["maintMarginRatio"], f"{path}.maintMarginRatio"))
    _check_notionals(floor, cap, before, path)
    _check_steps(leverage, rate, before, path)
    if "cum" in row:
        cum = Amount(fields.scaled(row["cum"], f"{path}.cum"))
    elif before is None:
        cum = Amount(0)
    else:
        follows = cum_after(before, floor, rate)
        if follows is None:
            raise SpecError(f"{path}.cum", "does not follow within 8 decimals; give it")
        cum = follows
    return Bracket(number, leverage, floor, cap, rate, cum)


def _check_notionals(floor: Amount, cap: Amount, before: Bracket | None, path: str) -> None:
    start = before.notional_cap if before else Amount(0)
    if floor != start:
        if before is None:
            reason = "the first bracket starts at 0"
        elif floor < start:
            reason = "overlaps the bracket before, or the list is not in rising order"
        else:
            reason = "leaves a gap after the bracket before"
        problem = f"{money.plain(floor)} {reason}; set it to {money.plain(start)}"
        raise SpecError(f"{path}.notionalFloor", problem)
    if cap <= floor:
        problem = f"{money.plain(cap)} is not above notionalFloor {money.plain(floor)}; raise it"
        raise SpecError(f"{path}.notionalCap", problem)


def _check_steps(leverage: int, rate: Rate, before: Bracket | None, path: str) -> None:
    highest = before.initial_leverage if before else LEVERAGE_MAX
    if not 1 <= leverage <= highest:
        raise SpecError(f"{path}.initialLeverage", f"{leverage} is outside 1..{highest}; lower it")
    lowest = before.maint_margin_rate if before else Rate(0)
    if not lowest <= rate <= money.SCALE:
        problem = f"{money.plain(rate)} is outside {money.plain(lowest)}..1; rates rise to 1"
        raise SpecError(f"{path}.maintMarginRatio", problem)
