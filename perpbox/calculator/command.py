"""``perpbox risk``: read an account file, let shocks happen, print."""

import errno
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from perpbox.calculator.account_file import FILE_BYTES_MAX, read_account
from perpbox.calculator.aftermath import apply_shocks
from perpbox.calculator.build import build
from perpbox.calculator.desk import PaperDesk
from perpbox.calculator.errors import AccountFileError, ShockError
from perpbox.calculator.figures import account_figures
from perpbox.calculator.render_json import answers, json_text
from perpbox.calculator.shocks import read_shocks

EXIT_OK: Final = 0
EXIT_BAD_INPUT: Final = 2
STANDARD_INPUT: Final = "-"


def run(
    path: str, form: str, shocks: Sequence[tuple[str, str]] = (), *, explain: bool = False
) -> int:
    """Print the risk of an account file (``-``: standard input) and give the exit code.

    ``form`` is ``table`` or ``json``; ``shocks`` are (option, text) in their order; ``explain``
    adds the terms of each number.
    """
    source = "standard input" if path == STANDARD_INPUT else path
    try:
        wanted = read_shocks(shocks)
        document = read_account(_content(path))
        before, after = build(document), build(document)
        notes = [*document.notes, *apply_shocks(after, wanted)]
    except OSError as error:
        return _refuse(f"cannot read {source}: {error.strerror}")
    except AccountFileError as error:
        return _refuse(f"{source}: {error}")
    except ShockError as error:
        return _refuse(str(error))
    for note in notes:
        sys.stderr.write(f"perpbox: note: {note}\n")
    draw = _json if form == "json" else _table
    _say(draw(before, after, [text for _, text in shocks], explain))
    return EXIT_OK


def _content(path: str) -> bytes:
    """The bytes of the file, one more than allowed at most."""
    if path == STANDARD_INPUT:
        if sys.stdin is None:
            raise OSError(errno.EBADF, "it is closed")
        return sys.stdin.buffer.read(FILE_BYTES_MAX + 1)
    with Path(path).open("rb") as file:
        return file.read(FILE_BYTES_MAX + 1)


def _say(text: str) -> None:
    """Write a result; letters that the output cannot show are escaped, in JSON validly."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def _refuse(problem: str) -> int:
    sys.stderr.write(f"perpbox: {problem}\n")
    return EXIT_BAD_INPUT


def _json(before: PaperDesk, after: PaperDesk, shocks: list[str], explain: bool) -> str:
    if not shocks:
        return json_text(answers(before, with_terms=explain)) + "\n"
    halves = {
        name: answers(desk, with_terms=explain)
        for name, desk in (("before", before), ("after", after))
    }
    return json_text({"shocks": shocks, **halves}) + "\n"


def _table(before: PaperDesk, after: PaperDesk, shocks: list[str], explain: bool) -> str:
    # Drawing is loaded only where something is drawn.
    from perpbox.calculator.render_table import account_table, side_by_side  # noqa: PLC0415

    if shocks:
        text = side_by_side(account_figures(before), account_figures(after), sys.stdout)
    else:
        text = account_table(account_figures(before), sys.stdout)
    if not explain:
        return text
    from perpbox.calculator.render_terms import terms_text  # noqa: PLC0415

    heading = "Terms after the shocks" if shocks else "Terms"
    return f"{text}\n{heading}\n\n{terms_text(after)}\n"
