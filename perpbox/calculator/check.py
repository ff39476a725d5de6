"""One printed number held against its recomputation: the verdict and the difference."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from enum import Enum

import msgspec


class Verdict(Enum):
    """What came of a check.

    ``MATCH``: the same text. ``TEXT``: the same number in another text. ``LAST_DIGIT``: one unit
    of the last printed digit apart. ``INFERRED``: the field served to find an input that is not
    printed, and such an input exists; no test of its own. ``GIVEN``: an input, printed again in
    the same text. ``NOT_CHECKABLE``: the inputs do not determine it.
    """

    MATCH = "match"
    TEXT = "other text"
    LAST_DIGIT = "last digit"
    DIFFERS = "differs"
    INFERRED = "inferred"
    GIVEN = "given"
    NOT_CHECKABLE = "not checkable"


COUNTED = frozenset((Verdict.MATCH, Verdict.TEXT, Verdict.LAST_DIGIT, Verdict.DIFFERS))
"""What counts for m in "n of m"; only MATCH counts for n."""


class FieldCheck(msgspec.Struct, frozen=True):
    """One field of one row. ``difference`` is printed less computed, empty for equal texts.

    ``group`` tells apart what one field means in different rows: isolated, cross, flat.
    """

    row: str
    field: str
    printed: str
    computed: str
    verdict: Verdict
    note: str = ""
    difference: str = ""
    group: str = ""


def number(text: str) -> Decimal | None:
    """The decimal that a text stands for, or ``None``."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def printed_text(value: object) -> str:
    """A JSON value as the answer spells it: ``false``, ``20``, ``0.5``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def compare(row: str, field: str, printed: str, computed: str, note: str = "") -> FieldCheck:
    """Hold one text against another."""
    if printed == computed:
        return FieldCheck(row, field, printed, computed, Verdict.MATCH, note)
    left, right = number(printed), number(computed)
    if left is None or right is None:
        return FieldCheck(row, field, printed, computed, Verdict.DIFFERS, note, "not a number")
    if left == right:
        return FieldCheck(row, field, printed, computed, Verdict.TEXT, note, "text only")
    apart = left - right
    exponent = left.as_tuple().exponent
    unit = Decimal(1).scaleb(int(exponent))
    verdict = Verdict.LAST_DIGIT if abs(apart) <= unit else Verdict.DIFFERS
    return FieldCheck(row, field, printed, computed, verdict, note, f"{apart:f}")


def given(row: str, field: str, printed: str, computed: str) -> FieldCheck:
    """An input printed again: only its text can be checked."""
    found = compare(row, field, printed, computed, "text of an input")
    if found.verdict is not Verdict.MATCH:
        return found
    return FieldCheck(row, field, printed, computed, Verdict.GIVEN)


def inferred(row: str, field: str, printed: str, note: str) -> FieldCheck:
    """A field that was used up to find an input."""
    return FieldCheck(row, field, printed, printed, Verdict.INFERRED, note)


def not_checkable(row: str, field: str, printed: str, why: str) -> FieldCheck:
    """A field whose inputs are not there."""
    return FieldCheck(row, field, printed, "", Verdict.NOT_CHECKABLE, why)


class Tally(msgspec.Struct):
    """Counts of one field: ``matched`` of ``checked``, and what could not be counted."""

    matched: int = 0
    checked: int = 0
    inferred: int = 0
    not_checkable: int = 0
    given: int = 0


def tally(checks: Iterable[FieldCheck]) -> dict[str, Tally]:
    """Counts by field, in the order in which fields first occur."""
    found: dict[str, Tally] = {}
    for each in checks:
        counts = found.setdefault(each.field, Tally())
        if each.verdict in COUNTED:
            counts.checked += 1
            counts.matched += each.verdict is Verdict.MATCH
        elif each.verdict is Verdict.INFERRED:
            counts.inferred += 1
        elif each.verdict is Verdict.GIVEN:
            counts.given += 1
        else:
            counts.not_checkable += 1
    return found


def misses(checks: Iterable[FieldCheck]) -> list[FieldCheck]:
    """Everything counted that is not the same text."""
    return [each for each in checks if each.verdict in COUNTED and each.verdict != Verdict.MATCH]
