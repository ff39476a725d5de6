"""What the commands share: their parser's type, their exit codes, and how they speak."""

import argparse
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
Options = dict[str, object]

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_JOURNAL: Final = 3


def say(text: str) -> None:
    """Print, now."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def misused(problem: str) -> int:
    """Say what is wrong with the options or the input; the exit code."""
    return failed(problem, EXIT_USAGE)


def failed(problem: object, code: int) -> int:
    """Say in a line why it goes no further; the exit code."""
    sys.stderr.write(f"perpbox: {problem}\n")
    return code
