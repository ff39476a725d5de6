"""The coverage page: every row of the contract with its answer and what proves it.

``python -m perpbox.wire.coverage [TESTS]`` prints it from the route table, the list of the
contract's rows (``contract_rows.json``), the known payloads and the tests that call a row.
"""

import ast
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from perpbox.wire.route import Route
from perpbox.wire.routes import ROUTES

METHODS: Final = frozenset(("GET", "POST", "PUT", "DELETE"))
TESTS_SHOWN_MAX: Final = 2
"""Tests named a row, besides the one that every row has."""
SCHEMA_TEST: Final = "unit/gateway/test_api_schema.py::test_answers_fit_their_schema"
RESULTS_FILE: Final = "conformance/results.json"
"""What the last conformance run saw, where there was one."""
OUR_CHOICE: Final = ("inferred", "our choice")
HEADER: Final = ("row", "answer", "golden payload", "tests", "clients")
INTRODUCTION: Final = """# Coverage

Made by `make docs` from the route table. Every built row also answers in
`{schema_test}[row]`,
which holds its answer against its schema. Paths of payloads and tests begin in `tests/`.

{built} of {all} rows are built, {retired} of them retired (404, nothing behind it);
{with_golden} have a golden payload. Tests are found by the method and path that they name: a dash
means that none names the row itself.
"""


class ContractRow(msgspec.Struct, frozen=True):
    """One row of the contract. A retired one answers as an unknown path."""

    method: str
    path: str
    group: str
    retired: bool = False

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"


def contract_rows() -> list[ContractRow]:
    """All rows, in the contract's order."""
    text = files(__package__).joinpath("contract_rows.json").read_bytes()
    return msgspec.json.decode(text, type=list[ContractRow])


def golden_payloads(tests: Path) -> dict[str, list[str]]:
    """Row -> files with a known payload of it; what is inferred is marked as our choice."""
    found: dict[str, list[str]] = {}
    for path in sorted(tests.joinpath("golden").rglob("*.json")):
        document: object = json.loads(path.read_text("utf-8"))
        if not isinstance(document, dict) or not isinstance(document.get("endpoint"), str):
            continue
        source = str(document.get("source", ""))
        mark = " (our choice)" if any(word in source for word in OUR_CHOICE) else ""
        if any(word in str(document.get("other_source", "")) for word in OUR_CHOICE):
            mark = mark or " (in part our choice)"
        found.setdefault(document["endpoint"], []).append(path.relative_to(tests).as_posix() + mark)
    return found


def calls_of_tests(tests: Path) -> dict[str, list[str]]:
    """Row -> tests that call it: method and path stand side by side, or a path of one row alone."""
    rows = contract_rows()
    paths = [row.path for row in rows]
    only_row = {row.path: row.name for row in rows if paths.count(row.path) == 1}
    found: dict[str, list[str]] = {}
    for path in sorted(tests.rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        names = _texts_by_name(tree)
        for function in tree.body:
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
                test = f"{path.relative_to(tests).as_posix()}::{function.name}"
                for row in dict.fromkeys(_rows_called(function, names, only_row)):
                    found.setdefault(row, []).append(test)
    return found


def _texts_by_name(tree: ast.Module) -> dict[str, str]:
    """Texts that a module gives a name to, such as ``PATH = "/fapi/v1/time"``."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def _rows_called(
    function: ast.FunctionDef, names: Mapping[str, str], only_row: Mapping[str, str]
) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            texts = [_text(argument, names) for argument in node.args]
            for method, path in pairwise(texts):
                if method in METHODS and path.startswith("/f"):
                    yield f"{method} {path}"
        elif isinstance(node, ast.Constant | ast.Name):
            row = only_row.get(_text(node, names))
            if row is not None:
                yield row


def _text(node: ast.expr, names: Mapping[str, str]) -> str:
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


class _Run(msgspec.Struct, frozen=True):
    rows: tuple[str, ...] = ()


class _Results(msgspec.Struct, frozen=True):
    clients: Mapping[str, _Run]


def client_ticks(tests: Path) -> dict[str, list[str]]:
    """Row -> clients that called it and had what they expected; empty without a run."""
    path = tests.joinpath(RESULTS_FILE)
    ticks: dict[str, list[str]] = {}
    if path.exists():
        for client, run in msgspec.json.decode(path.read_bytes(), type=_Results).clients.items():
            for row in run.rows:
                ticks.setdefault(row, []).append(client)
    return ticks


def _answer(row: ContractRow, routes: Mapping[str, Route]) -> str:
    route = routes.get(row.name)
    if row.retired:
        return (
            "retired: 404 as any unknown path" if route is None else "**answers, but is retired**"
        )
    if route is None:
        return "**missing**"
    module = route.answer.__module__.removeprefix("perpbox.wire.")
    return f"`{module}.{getattr(route.answer, '__name__', '?')}`"


def _listed(items: Sequence[str]) -> str:
    return "<br>".join(f"`{item}`" for item in items) or "-"


def page(tests: Path) -> str:
    """The whole page."""
    rows = contract_rows()
    routes = {route.name: route for route in ROUTES}
    golden, calls, ticks = golden_payloads(tests), calls_of_tests(tests), client_ticks(tests)
    lines = [
        INTRODUCTION.format(
            schema_test=SCHEMA_TEST,
            built=sum(row.name in routes or row.retired for row in rows),
            all=len(rows),
            retired=sum(row.retired for row in rows),
            with_golden=sum(row.name in golden for row in rows),
        )
    ]
    for group in dict.fromkeys(row.group for row in rows):
        lines += [f"## {group}", "", _line(HEADER), _line(["---"] * len(HEADER))]
        for row in rows:
            if row.group == group:
                cells = (
                    row.name,
                    _answer(row, routes),
                    _listed(golden.get(row.name, [])),
                    _listed(calls.get(row.name, [])[:TESTS_SHOWN_MAX]),
                    ", ".join(ticks[row.name]) if row.name in ticks else _no_tick(ticks),
                )
                lines.append(_line(cells))
        lines.append("")
    return "\n".join(lines)


def _no_tick(ticks: Mapping[str, list[str]]) -> str:
    return "no client" if ticks else "not known"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str]) -> int:
    """Print the page for a folder of tests."""
    tests = Path(arguments[0]) if arguments else Path("tests")
    if len(arguments) > 1 or not tests.joinpath("golden").is_dir():
        sys.stderr.write("usage: python -m perpbox.wire.coverage [TESTS]\n")
        return 2
    sys.stdout.write(page(tests))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
