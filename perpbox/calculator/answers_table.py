"""The check of saved answers as tables for people, drawn by rich."""

import io
from collections.abc import Mapping, Sequence
from typing import Final, TextIO

from rich import box
from rich.console import Console
from rich.table import Table

from perpbox.calculator.check import FieldCheck, Tally, Verdict

WIDTH_PLAIN: Final = 160
"""Columns where the output is no terminal."""
STYLES: Final[Mapping[Verdict, str]] = {
    Verdict.MATCH: "green",
    Verdict.TEXT: "yellow",
    Verdict.LAST_DIGIT: "yellow",
    Verdict.DIFFERS: "bold red",
    Verdict.NOT_CHECKABLE: "dim",
}


def draw(
    checks: Sequence[FieldCheck], counts: Mapping[str, Tally], summary: str, out: TextIO
) -> str:
    """Field by field, then n of m by field, then the sum."""
    page = io.StringIO()
    is_terminal = out.isatty()
    console = Console(
        file=page,
        force_terminal=is_terminal,
        width=None if is_terminal else WIDTH_PLAIN,
        highlight=False,
        emoji=False,
        markup=False,
    )
    is_plain = not (getattr(out, "encoding", None) or "utf-8").lower().startswith("utf")
    lines = box.ASCII if is_plain else box.ROUNDED
    console.print(_fields(checks, lines))
    console.print(_counts(counts, lines))
    console.print(summary)
    return page.getvalue()


def _fields(checks: Sequence[FieldCheck], lines: box.Box) -> Table:
    table = Table(title="Field by field", title_justify="left", title_style="bold", box=lines)
    for heading in ("row", "field"):
        table.add_column(heading, overflow="fold")
    for heading in ("printed", "computed", "difference"):
        table.add_column(heading, justify="right", overflow="fold")
    table.add_column("verdict", overflow="fold")
    before = ""
    for each in checks:
        words = each.verdict.value
        if each.verdict is Verdict.NOT_CHECKABLE and each.note:
            words = f"{words}: {each.note}"
        table.add_row(
            "" if each.row == before else each.row,
            each.field,
            each.printed,
            each.computed,
            each.difference,
            words,
            style=STYLES.get(each.verdict, ""),
        )
        before = each.row
    return table


def _counts(counts: Mapping[str, Tally], lines: box.Box) -> Table:
    table = Table(title="Matched", title_justify="left", title_style="bold", box=lines)
    table.add_column("field")
    table.add_column("n of m", justify="right")
    table.add_column("not checkable", justify="right")
    for field, each in counts.items():
        if each.checked or each.not_checkable:
            score = f"{each.matched} of {each.checked}" if each.checked else "-"
            table.add_row(field, score, str(each.not_checkable or "-"))
    return table
