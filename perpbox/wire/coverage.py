"""The coverage page: every row of the contract with its answer and what proves it.

``python -m perpbox.wire.coverage [TESTS]`` prints it from the route table, the list of the
contract's rows (``contract_rows.json``), the scenarios over REST, the known payloads and what the
last conformance run saw.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from perpbox.wire.route import Route
from perpbox.wire.routes import ROUTES

METHODS: Final = frozenset(("GET", "POST", "PUT", "DELETE"))
SCENARIO_SUFFIX: Final = ".rest"
SCHEMA_TEST: Final = "unit/gateway/test_api_schema.py::test_answers_fit_their_schema"
RESULTS_FILE: Final = "conformance/results.json"
"""What the last conformance run saw, where there was one."""
OUR_CHOICE: Final = ("inferred", "our choice")
HEADER: Final = ("row", "answer", "scenario", "golden payload", "conformance: clients")
INTRODUCTION: Final = """# Coverage

Made by `make docs` from the route table. Every built row also answers in
`{schema_test}[row]`,
which holds its answer against its schema. Paths begin in `tests/`.

{built} of {all} rows are built, {retired} of them retired (404, nothing behind it, and so is its
golden payload); {with_scenario} are in a scenario, {with_golden} have a golden payload,
{with_client} were called with success by an unmodified client in the last conformance run
([conformance.md](conformance.md)).
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


def scenarios_of_rows(tests: Path) -> dict[str, list[str]]:
    """Row -> scenarios over REST with a call of it, by the names of their files."""
    found: dict[str, list[str]] = {}
    for path in sorted(tests.joinpath("scenarios").rglob(f"*{SCENARIO_SUFFIX}")):
        lines = path.read_text("utf-8").splitlines()
        words = (line.split() for line in lines if not line.startswith((">", "#")))
        calls = (f"{call[1]} {call[2]}" for call in words if len(call) > 2 and call[1] in METHODS)
        for row in dict.fromkeys(calls):
            found.setdefault(row, []).append(path.relative_to(tests).as_posix())
    return found


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
    golden, told, ticks = golden_payloads(tests), scenarios_of_rows(tests), client_ticks(tests)
    lines = [
        INTRODUCTION.format(
            schema_test=SCHEMA_TEST,
            built=sum(row.name in routes or row.retired for row in rows),
            all=len(rows),
            retired=sum(row.retired for row in rows),
            with_scenario=sum(row.name in told for row in rows),
            with_golden=sum(row.name in golden for row in rows),
            with_client=sum(row.name in ticks for row in rows),
        )
    ]
    for group in dict.fromkeys(row.group for row in rows):
        lines += [f"## {group}", "", _line(HEADER), _line(["---"] * len(HEADER))]
        for row in rows:
            if row.group == group:
                cells = (
                    row.name,
                    _answer(row, routes),
                    _listed(told.get(row.name, [])),
                    _listed(golden.get(row.name, [])),
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
