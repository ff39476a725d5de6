"""The command line: a file of this folder for each command.

Every command imports what it needs when it runs, so that ``--help`` is quick and a server answers
within a second. Exit codes: 0 done or ended by a signal, 1 cannot serve or saved answers differ,
2 wrong options or input, 3 the data directory cannot be used.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from perpbox import __version__
from perpbox.cli import bench, journal, listings, risk, serve, simulate
from perpbox.cli.parsing import EXIT_OK, Options
from perpbox.compiled import in_use


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code."""
    options = vars(_parser().parse_args(arguments))
    run: Callable[[Options], int] = options.pop("run")
    try:
        return run(options)
    except KeyboardInterrupt:
        return EXIT_OK
    except BrokenPipeError:
        # The reader (head, less) has gone; keep the interpreter from complaining at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="perpbox", description="A USDⓈ-M perpetual-futures exchange in a box."
    )
    parser.add_argument(
        "--version", action="version", version=f"perpbox {__version__} ({in_use()})"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (serve, risk, journal, listings, bench, simulate):
        command.add(commands)
    return parser
