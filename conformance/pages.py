"""docs/conformance.md from what the run saw, docs/clients.md from the lines that it used."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Final

from conformance import results
from conformance.clients import CLIENTS, Client
from conformance.results import Result, Results
from perpbox.wire.coverage import contract_rows

DOCS: Final = Path(__file__).parents[1] / "docs"
LINE: Final = 100
LANGUAGES: Final = {".py": "python", ".js": "js", ".json": "json"}
HEADER: Final = (
    "client",
    "version",
    "ran on",
    "calls",
    "passed",
    "failed",
    "REST requests",
    "REST rows",
    "missed under `strict`",
)
CONFORMANCE: Final = """# Conformance

Made by `make conformance`: clients that people use, in the newest version that their Python or
Node.js takes and not modified, against a live box (`--rate-limits off`, `--unrouted all`). A *call*
is one call of a method of the client, or for a bot one thing that it has to get done; it passes
when the client raises nothing and gives what was expected. *REST rows* counts the rows of the
contract that the box answered with 200 in calls that passed; [coverage.md](coverage.md) names them.
How each client is pointed at a box: [clients.md](clients.md).

The same calls are then made against a box with `--unrouted strict`, whose addresses without a route
are as silent as the venue's: the last column counts the calls that go wrong only there.

Last run: {day}, perpbox {perpbox}.
"""
CLIENTS_PAGE: Final = """# Clients

The lines that point each client at a box on this machine (`perpbox serve`, port 8800), with the
demo key. The conformance run uses these very lines, with the address of its own box;
[conformance.md](conformance.md) says in which versions, and what worked.

The demo key is fixed and public. A box on any other address has keys of your own:
`perpbox serve --account KEY:SECRET:100000USDT`.
"""


def conformance_page(kept: Results) -> str:
    """docs/conformance.md."""
    lines = [CONFORMANCE.format(day=kept.day, perpbox=kept.perpbox)]
    lines += [_row(HEADER), _row(["---"] * len(HEADER))]
    runs = [(client, kept.clients[client.key]) for client in CLIENTS if client.key in kept.clients]
    lines += [_row(_figures(client, result)) for client, result in runs]
    for client, result in runs:
        lines += _failures(client, result)
    lines += _untouched(kept)
    return "\n".join(lines) + "\n"


def _figures(client: Client, result: Result) -> Sequence[str]:
    if result.not_run:
        return (client.name, "not run", result.not_run, *["-"] * (len(HEADER) - 3))
    calls, failed = len(result.calls), len(result.failed)
    counts = (calls, calls - failed, failed, result.requests, len(result.rows))
    missed = len(result.missed_under_strict)
    return (client.name, result.version, result.runtime, *map(str, (*counts, missed)))


def _failures(client: Client, result: Result) -> Iterator[str]:
    if not result.failed and not result.missed_under_strict:
        return
    yield f"\n## {client.name}\n"
    faults = dict(client.faults)
    for call in result.failed:
        own = f" (a fault of the client: {faults[call.name]})" if call.name in faults else ""
        yield f"- failed: `{call.name}`{own}: {_escaped(call.error)}"
    if result.missed_under_strict:
        yield f"- missed under `strict`: {', '.join(f'`{n}`' for n in result.missed_under_strict)}"


def _untouched(kept: Results) -> Iterator[str]:
    called = {row for row, _ in kept.clients_of_rows()}
    missing = [row for row in contract_rows() if row.name not in called]
    if not missing:
        return
    yield "\n## Rows that no client calls\n"
    for row in missing:
        yield f"- {row.name}" + (" (retired: 404)" if row.retired else "")


def clients_page(clients: Sequence[Client] = CLIENTS) -> str:
    """docs/clients.md."""
    parts = [CLIENTS_PAGE]
    for client in clients:
        installed = "pip" if client.language == "python" else "npm"
        language = LANGUAGES[Path(client.connect).suffix]
        parts += [
            f"## {client.name}\n",
            f"`{installed} install {client.package}`\n",
            f"```{language}\n{client.lines.rstrip()}\n```\n",
            f"{fill(client.remark, LINE, break_on_hyphens=False)}\n",
        ]
    return "\n".join(parts)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|")


def pages() -> Mapping[str, str]:
    """Name of each page in docs/ and its text."""
    return {
        "conformance.md": conformance_page(results.read()),
        "clients.md": clients_page(),
    }


def write_pages() -> None:
    """Write them."""
    for name, text in pages().items():
        DOCS.joinpath(name).write_text(text, "utf-8")


if __name__ == "__main__":
    write_pages()
