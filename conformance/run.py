"""One client's run: its driver in a process of its own, call by call, against a live box.

A driver prints a line ``CALL {"name", "error"}`` for each call of its client and waits for a line
in return: so the requests that the box has answered until then belong to that call.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Final, NamedTuple

import msgspec

from conformance.clients import CONNECT, DRIVERS, ROOM, Client
from conformance.environments import Environment
from conformance.live import ObservedBox, live_box
from conformance.results import Call, Result, shortened
from perpbox.wire.coverage import contract_rows

RUN_S_MAX: Final = 600
"""A driver that takes longer is ended, and what it did not do has failed."""
PRINTED_ADDRESS: Final = "127.0.0.1:8800"
"""The address in the lines that users read; a run puts its box's in its place."""
TOLD: Final = "CALL "
HERE: Final = str(ROOM.parent)
"""What a client may tell of this machine, which is nobody's business."""
HELPERS: Final = ("calls.py", "calls.js", "freqtrade_strategy.py")
PROXIES: Final = re.compile(r".*_proxy", re.IGNORECASE)


def run(client: Client, environment: Environment) -> Result:
    """Run a client against a box as it comes, and once more against a strict one."""
    with live_box() as box:
        driven = drive(client, environment, box)
    with live_box(unrouted="strict") as box:
        strictly = drive(client, environment, box)
    missed_there = {call.name for call in strictly.calls if call.error}
    return Result(
        version=environment.version,
        runtime=environment.runtime,
        calls=driven.calls,
        requests=driven.requests,
        rows=driven.rows,
        missed_under_strict=tuple(
            call.name for call in driven.calls if not call.error and call.name in missed_there
        ),
    )


class Driven(NamedTuple):
    """What a driver did, and what the box saw of it."""

    calls: tuple[Call, ...]
    rows: tuple[str, ...]
    """Rows of the contract answered with 200 in calls that went as they should."""
    requests: int


def drive(client: Client, environment: Environment, box: ObservedBox) -> Driven:
    """Let the driver make its calls."""
    contract = {row.name for row in contract_rows()}
    calls: list[Call] = []
    rows: set[str] = set()
    requests = 0
    box.take_seen()
    with _program(client, environment, box.url.removeprefix("http://")) as program:
        assert program.stdout is not None
        assert program.stdin is not None
        for line in program.stdout:
            if not line.startswith(TOLD):
                continue
            call = msgspec.json.decode(line.removeprefix(TOLD), type=Call)
            calls.append(Call(call.name, shortened(call.error.replace(HERE, "…"))))
            seen = box.take_seen()
            requests += len(seen)
            if not call.error:
                rows |= {each.row for each in seen if each.status == 200 and each.row in contract}
            program.stdin.write("\n")
            program.stdin.flush()
    if program.returncode != 0:
        calls.append(Call("the whole run", f"the driver ended with code {program.returncode}"))
    return Driven(tuple(calls), tuple(sorted(rows)), requests)


@contextmanager
def _program(
    client: Client, environment: Environment, address: str
) -> Iterator[subprocess.Popen[str]]:
    """The driver, begun in a folder of its own and ended whatever happens."""
    with TemporaryDirectory(prefix="conformance-") as name:
        folder = Path(name)
        _lay_out(client, folder, address)
        variables = {k: v for k, v in os.environ.items() if not PROXIES.fullmatch(k)}
        with folder.joinpath("stderr.txt").open("w") as errors:
            command = [*environment.command, client.driver.name]
            with subprocess.Popen(
                command,
                cwd=folder,
                env={**variables, **environment.variables, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            ) as program:
                too_long = Timer(RUN_S_MAX, _end, (program,))
                too_long.start()
                try:
                    yield program
                    program.wait()
                finally:
                    too_long.cancel()
                    _end(program)
        kept = os.environ.get("CONFORMANCE_LOGS")
        if kept:
            shutil.copytree(folder, Path(kept) / client.key, dirs_exist_ok=True)


def _lay_out(client: Client, folder: Path, address: str) -> None:
    """The driver, its helpers, and the user's lines with this box's address."""
    for helper in HELPERS:
        shutil.copy(DRIVERS / helper, folder)
    shutil.copy(client.driver, folder)
    suffix = (CONNECT / client.connect).suffix
    lines = client.lines.replace(PRINTED_ADDRESS, address)
    folder.joinpath(f"connect{suffix}").write_text(lines, "utf-8")
    folder.joinpath("box.json").write_text(json.dumps({"address": address}), "utf-8")


def _end(program: subprocess.Popen[str]) -> None:
    """End the driver and what it started."""
    try:
        os.killpg(program.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    program.wait()
