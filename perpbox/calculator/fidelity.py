"""``docs/fidelity.md``: how near each field comes to the recorded rows, made from the rows.

``python -m perpbox.calculator.fidelity tests/golden/risk tests/golden/frames/differences.json``
prints the page: the folder of rows, then the list of what differs in user-data frames.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from perpbox.calculator.check import COUNTED, FieldCheck, Tally, Verdict, misses, tally
from perpbox.calculator.fidelity_fields import FIELDS, REASONS, FieldLine
from perpbox.calculator.fidelity_frames import INTRO as FRAMES_INTRO
from perpbox.calculator.fidelity_frames import Frames, frame_rows, read_frames
from perpbox.calculator.recorded import Recording, Sample, check_recording, read_recording

INTRO: Final = """# Fidelity

How near perpbox comes to rows that the real venue printed, field by field. This page is made by
`make docs` from the rows in `tests/golden/risk`; a test holds that it is current.

Each row is fed in as its inputs; the exchange's own functions print it again, and the texts are
compared. **n of m**: the same text in n of m. A row prints outputs, not every input: where an
input is missing it is found from a short list (fee rates, lowest maintenance rates, brackets of
the day) or from the row itself. A field that was used up in finding an input is **inferred**: it
fits, and tests nothing. A field whose inputs cannot be had is **not checkable**. Neither counts.
Evidence is recorded, page (official documentation), or our choice.
"""


FIELD_HEADER: Final = (
    *("field", "formula", "rounding", "evidence"),
    *("n of m", "inferred", "not checkable", "our choice"),
)


def page(recording: Recording, frames: Frames) -> str:
    """The whole page."""
    checks = check_recording(recording)
    samples = list(recording.samples.values())
    parts = [
        INTRO,
        f"{len(samples)} rows, {sum(each.verdict in COUNTED for each in checks)} fields compared.",
        "",
        "## Fields",
        "",
        *_table(
            FIELD_HEADER,
            [_field_row(line, checks) for line in FIELDS],
        ),
        "",
        "## Texts of inputs",
        "",
        _inputs_line(checks),
        "",
        "## Misses",
        "",
        "Every field that does not come out as printed. Difference: printed less computed.",
        "",
        *_table(
            ("row", "field", "printed", "computed", "difference", "why"),
            [_miss_row(each) for each in misses(checks)],
        ),
        "",
        "## What rows do not print, and what was taken",
        "",
        *_table(("row", "of", "day", "taken"), _taken_rows(samples, checks)),
        "",
        "## Not checkable",
        "",
        *_table(("field", "why", "rows"), _open_rows(checks)),
        "",
        "## User-data frames",
        "",
        FRAMES_INTRO,
        "",
        *_table(("kind", "where", "what", "why"), frame_rows(frames)),
        "",
    ]
    return "\n".join(parts)


def counts_of(line: FieldLine, checks: Iterable[FieldCheck]) -> Tally:
    """Counts of one line of the table."""
    wanted = set(line.counted)
    mine = [
        each for each in checks if (each.field, each.group) in wanted or (each.field, "*") in wanted
    ]
    found = Tally()
    for each in tally(mine).values():
        found.matched += each.matched
        found.checked += each.checked
        found.inferred += each.inferred
        found.not_checkable += each.not_checkable
        found.given += each.given
    return found


def _field_row(line: FieldLine, checks: Sequence[FieldCheck]) -> tuple[str, ...]:
    counts = counts_of(line, checks)
    score = f"{counts.matched} of {counts.checked}" if counts.checked else "-"
    rest = (str(counts.inferred or "-"), str(counts.not_checkable or "-"))
    return (line.name, line.formula, line.rounding, line.evidence, score, *rest, line.choice)


def _inputs_line(checks: Sequence[FieldCheck]) -> str:
    fields = tally(each for each in checks if each.verdict is Verdict.GIVEN)
    total = sum(each.given for each in fields.values())
    names = ", ".join(f"{name} {each.given}" for name, each in fields.items())
    return f"{total} inputs print again in the same text: {names}."


def _miss_row(each: FieldCheck) -> tuple[str, ...]:
    why = REASONS.get((each.row, each.field), "not explained")
    return (each.row, each.field, each.printed, each.computed, each.difference, why)


def _taken_rows(samples: Sequence[Sample], checks: Sequence[FieldCheck]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for sample in samples:
        mine = [each for each in checks if each.row == sample.id and each.note]
        notes = dict.fromkeys(
            f"{each.field}: {each.note}"
            for each in mine
            if each.verdict not in (Verdict.NOT_CHECKABLE, Verdict.GIVEN)
        )
        day = f"about {sample.as_of}" if sample.day_estimated else sample.as_of or "-"
        found.append((sample.id, f"{sample.kind}, {sample.env}", day, "; ".join(notes)))
    return found


def _open_rows(checks: Sequence[FieldCheck]) -> list[tuple[str, ...]]:
    found: dict[tuple[str, str], list[str]] = {}
    for each in checks:
        if each.verdict is Verdict.NOT_CHECKABLE:
            found.setdefault((each.field, each.note), []).append(each.row)
    return [(field, why, ", ".join(rows)) for (field, why), rows in found.items()]


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def main(arguments: Sequence[str]) -> int:
    """Print the page for the folder and the list named."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m perpbox.calculator.fidelity FOLDER DIFFERENCES\n")
        return 2
    try:
        recording = read_recording(Path(arguments[0]))
        frames = read_frames(Path(arguments[1]))
    except (OSError, msgspec.ValidationError) as problem:
        sys.stderr.write(f"fidelity: {problem}\n")
        return 2
    sys.stdout.write(page(recording, frames))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
