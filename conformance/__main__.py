"""Run clients against a box and write what was seen: ``python -m conformance [CLIENT ...]``."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from conformance import results
from conformance.clients import CLIENTS, Client, client_named
from conformance.environments import NotInstalled, install, installed
from conformance.pages import write_pages
from conformance.results import Result, Results, shortened
from conformance.run import run
from perpbox import __version__


def main(arguments: Sequence[str]) -> int:
    """Run those named, or all; 1 where a call failed by a fault that is not its own."""
    parser = argparse.ArgumentParser("python -m conformance", description=__doc__)
    keys = [client.key for client in CLIENTS]
    parser.add_argument("client", nargs="*", choices=[*keys, []], help=", ".join(keys))
    parser.add_argument(
        "--installed", action="store_true", help="with the versions of an earlier run"
    )
    asked = parser.parse_args(arguments)
    every_went_well = True
    for key in asked.client or keys:
        result = _run(client_named(key), again=asked.installed)
        _say(key, result)
        every_went_well &= _went_well(client_named(key), result)
        _keep(key, result)
    write_pages()
    return 0 if every_went_well else 1


def _run(client: Client, *, again: bool) -> Result:
    try:
        environment = (installed if again else install)(client)
    except NotInstalled as error:
        return Result(not_run=shortened(str(error)))
    return run(client, environment)


def _went_well(client: Client, result: Result) -> bool:
    """Whether it ran, and nothing failed but what is the client's own fault."""
    return (
        not result.not_run and {call.name for call in result.failed} <= dict(client.faults).keys()
    )


def _keep(key: str, result: Result) -> None:
    """Keep it at once: a run that is broken off leaves what it saw."""
    clients = {**results.read().clients, key: result}
    order = [client.key for client in CLIENTS if client.key in clients]
    today = datetime.now(UTC).date().isoformat()
    results.write(Results(today, __version__, {each: clients[each] for each in order}))


def _say(key: str, result: Result) -> None:
    if result.not_run:
        sys.stdout.write(f"{key}: not run: {result.not_run}\n")
        return
    passed = len(result.calls) - len(result.failed)
    sys.stdout.write(
        f"{key} {result.version} ({result.runtime}): {len(result.calls)} calls, {passed} passed, "
        f"{len(result.failed)} failed; {len(result.rows)} rows, {result.requests} requests\n"
    )
    for call in result.failed:
        sys.stdout.write(f"  {call.name}: {call.error}\n")
    for name in result.missed_under_strict:
        sys.stdout.write(f"  under strict: {name}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
