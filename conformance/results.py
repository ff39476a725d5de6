"""What a run saw, as it is kept: one file, written by the run, read by the pages."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

RESULTS: Final = Path(__file__).parents[1] / "tests" / "conformance" / "results.json"
REASON_LENGTH_MAX: Final = 240
"""Characters of a reason; a client's text may be a whole page."""


class Call(msgspec.Struct, frozen=True):
    """One call of a client. ``error`` is empty where it went as it should."""

    name: str
    error: str = ""


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One client's run."""

    version: str = ""
    runtime: str = ""
    """Language and version it ran on."""
    not_run: str = ""
    """Why there was no run; the rest is empty then."""
    calls: tuple[Call, ...] = ()
    requests: int = 0
    """REST requests that the box answered meanwhile."""
    rows: tuple[str, ...] = ()
    """Rows answered with 200 in calls that went as they should, sorted."""
    missed_under_strict: tuple[str, ...] = ()
    """Calls that went wrong only on a box whose unrouted paths are as silent as the venue's."""

    @property
    def failed(self) -> tuple[Call, ...]:
        """Calls that did not go as they should."""
        return tuple(call for call in self.calls if call.error)


class Results(msgspec.Struct, frozen=True):
    """Every client's last run, by its key."""

    day: str = ""
    """The day of the last run, UTC."""
    perpbox: str = ""
    clients: Mapping[str, Result] = {}

    def clients_of_rows(self) -> Iterator[tuple[str, str]]:
        """(row, key of a client that called it)."""
        for key, result in self.clients.items():
            for row in result.rows:
                yield row, key


def read(path: Path = RESULTS) -> Results:
    """What was kept; nothing if there was no run."""
    if not path.exists():
        return Results()
    return msgspec.json.decode(path.read_bytes(), type=Results)


def write(results: Results, path: Path = RESULTS) -> None:
    """Keep it, in a form whose differences a person can read."""
    text = msgspec.json.format(msgspec.json.encode(results), indent=1)
    path.write_bytes(text + b"\n")


def shortened(reason: str) -> str:
    """A reason on one line."""
    line = " ".join(reason.split())
    return line if len(line) <= REASON_LENGTH_MAX else line[: REASON_LENGTH_MAX - 1] + "…"
