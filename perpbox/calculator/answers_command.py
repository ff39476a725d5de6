"""``perpbox risk --answers DIR``: print the check of saved answers and give the exit code."""

import json
import sys
from pathlib import Path
from typing import Final

from perpbox.calculator.answers import AnswersError
from perpbox.calculator.answers_check import Report, check_folder
from perpbox.calculator.check import FieldCheck, Verdict, tally

EXIT_OK: Final = 0
EXIT_DIFFERS: Final = 1
EXIT_BAD_INPUT: Final = 2


def run_answers(folder: str, form: str, api_date: str | None) -> int:
    """Check the answers in a folder; ``form`` is ``table`` or ``json``.

    0: everything that could be checked comes out, but for the last digit; 1: something differs
    by more; 2: the folder or a file of it cannot be used.
    """
    try:
        report = check_folder(Path(folder), api_date)
    except AnswersError as error:
        sys.stderr.write(f"perpbox: {error}\n")
        return EXIT_BAD_INPUT
    for note in report.notes:
        sys.stderr.write(f"perpbox: note: {note}\n")
    sys.stdout.write(_json(report) if form == "json" else _table(report))
    sys.stdout.flush()
    return EXIT_DIFFERS if report.differs else EXIT_OK


def shown(report: Report) -> list[FieldCheck]:
    """What is worth a line: everything but inputs that print again as they were."""
    return [each for each in report.checks if each.verdict is not Verdict.GIVEN]


def summary(report: Report) -> str:
    """The last line."""
    counts = f"matched {report.matched} of {report.checked} checked fields"
    open_count = sum(each.not_checkable for each in tally(report.checks).values())
    return f"{counts}, {open_count} not checkable; API of {report.vintage.api_date}"


def _table(report: Report) -> str:
    # Drawing is loaded only where something is drawn.
    from perpbox.calculator.answers_table import draw  # noqa: PLC0415

    return draw(shown(report), tally(report.checks), summary(report), sys.stdout)


def _json(report: Report) -> str:
    rows = [
        {
            "row": each.row,
            "field": each.field,
            "printed": each.printed,
            "computed": each.computed,
            "difference": each.difference,
            "verdict": each.verdict.value,
            "note": each.note,
        }
        for each in shown(report)
    ]
    found = {
        "apiDate": report.vintage.api_date,
        "matched": report.matched,
        "checked": report.checked,
        "differs": report.differs,
        "fields": rows,
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
