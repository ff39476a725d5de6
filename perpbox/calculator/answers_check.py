"""Every field of saved answers against its recomputation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from perpbox.calculator.answers import CHECKED, Answer, Answers, AnswersError, read_answers
from perpbox.calculator.answers_brackets import Chosen
from perpbox.calculator.answers_facts import Key, Row, gather, text, units
from perpbox.calculator.answers_funds import NO_RATES, check_account, doubt
from perpbox.calculator.answers_known import ACCOUNTS, Known, know
from perpbox.calculator.answers_scene import Scene, rebuild
from perpbox.calculator.check import (
    FieldCheck,
    Verdict,
    compare,
    given,
    not_checkable,
    printed_text,
    tally,
)
from perpbox.calculator.check_rows import GIVEN_FIELDS
from perpbox.wire.vintage import Vintage

CAP_FIELDS: Final = ("maxNotionalValue", "maxNotional")
MARGIN_FIELDS: Final = ("maintMargin", "liquidationPrice")
ORDER_FIELDS: Final = ("bidNotional", "askNotional")


class Report(msgspec.Struct, frozen=True):
    """What came of a folder."""

    vintage: Vintage
    checks: list[FieldCheck]
    notes: list[str]

    @property
    def matched(self) -> int:
        """n: fields printed in the same text."""
        return sum(each.matched for each in tally(self.checks).values())

    @property
    def checked(self) -> int:
        """m: fields that could be checked."""
        return sum(each.checked for each in tally(self.checks).values())

    @property
    def differs(self) -> bool:
        """Whether something differs by more than the last digit."""
        return any(each.verdict is Verdict.DIFFERS for each in self.checks)


def check_folder(folder: Path, api_date: str | None = None) -> Report:
    """Check the answers in a folder.

    Raises:
        AnswersError: the folder, a file or a value of it cannot be used.
    """
    return check_answers(read_answers(folder), api_date)


def check_answers(answers: Answers, api_date: str | None = None) -> Report:
    """Check answers that have been read.

    Raises:
        AnswersError: a value that is needed cannot be read.
    """
    facts = gather(answers, api_date)
    known = know(answers, facts)
    checks: list[FieldCheck] = []
    for answer in answers.of(*CHECKED):
        checks += _check_answer(known, answer)
    if known.multi_assets and known.rates_doubtful:
        checks = [
            doubt(each, NO_RATES) if each.field == "liquidationPrice" else each for each in checks
        ]
    if not checks:
        raise AnswersError("the answers hold no row to check")
    return Report(facts.vintage, checks, [*answers.notes, *_bracket_notes(known)])


def _bracket_notes(known: Known) -> list[str]:
    names = {each.name for each in known.brackets.values()}
    if names <= {"saved brackets"}:
        return []
    return ["not every contract has saved brackets (leverageBracket): what fits was taken"]


def _check_answer(known: Known, answer: Answer) -> list[FieldCheck]:
    scene = rebuild(known, answer)
    found: list[FieldCheck] = []
    for key, row in scene.rows.items():
        found += _check_row(known, scene, key, row)
    if answer.kind in ACCOUNTS:
        found += check_account(known, scene)
    return found


def _check_row(known: Known, scene: Scene, key: Key, row: Row) -> list[FieldCheck]:
    name = row_name(scene.answer, key)
    computed = scene.computed.get(key)
    if computed is None:
        return _check_idle(name, row)
    texts = {field: printed_text(value) for field, value in computed.items()}
    return [
        _verdict(known, scene, key, name, field, texts)
        for field in row
        if isinstance(row[field], str | int | bool)
    ]


def row_name(answer: Answer, key: Key) -> str:
    """How a row is called: file, symbol and side."""
    side = "" if key[1] == "BOTH" else f" {key[1]}"
    return f"{answer.file}: {key[0]}{side}"


def _check_idle(name: str, row: Row) -> list[FieldCheck]:
    """A row of a leg that is flat and without orders, which an answer may go on listing."""
    why = "a flat row that stays listed"
    return [not_checkable(name, field, printed_text(row[field]), why) for field in row]


def _verdict(
    known: Known, scene: Scene, key: Key, name: str, field: str, texts: Mapping[str, str]
) -> FieldCheck:
    row = scene.rows[key]
    printed = text(row, field)
    if field not in texts:
        return not_checkable(name, field, printed, "not a field of this answer as we know it")
    computed = texts[field]
    is_held = bool(units(scene.answer, row, "positionAmt"))
    why = scene.open_fields.get((key, field))
    if why is not None and is_held:
        return not_checkable(name, field, printed, why)
    if field in ORDER_FIELDS and known.facts.orders is not None:
        return compare(name, field, printed, computed, "sum of the saved open orders")
    if field in GIVEN_FIELDS:
        return _given(name, field, printed, computed)
    if field == "entryPrice" and is_held:
        return given(name, field, printed, computed)
    if field == "breakEvenPrice" and is_held:
        return not_checkable(name, field, printed, "its fees are not in the answers")
    chosen = known.brackets[key[0]]
    if field in CAP_FIELDS:
        return _cap_verdict(name, field, printed, computed, chosen)
    found = compare(name, field, printed, computed)
    if field in MARGIN_FIELDS and is_held:
        return _margin_verdict(found, chosen)
    return found


def _given(name: str, field: str, printed: str, computed: str) -> FieldCheck:
    """Settings and marks are taken as they are; of a flat row not even the text is known."""
    if printed == computed or field in ("markPrice", "updateTime", "adl", "adlQuantile"):
        return given(name, field, printed, printed)
    return given(name, field, printed, computed)


def _cap_verdict(name: str, field: str, printed: str, computed: str, chosen: Chosen) -> FieldCheck:
    found = compare(name, field, printed, computed, chosen.name)
    if chosen.caps_known and (chosen.is_saved or found.verdict is Verdict.MATCH):
        return found
    return not_checkable(name, field, printed, "no saved leverageBracket answer")


def _margin_verdict(found: FieldCheck, chosen: Chosen) -> FieldCheck:
    noted = msgspec.structs.replace(found, note=chosen.name)
    if chosen.certain or found.verdict is Verdict.MATCH:
        return noted
    why = "no saved leverageBracket answer, and no bracket that we know fits"
    return not_checkable(found.row, found.field, found.printed, why)
