"""``perpbox bench``: the measures that need no peers, from a source checkout."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from perpbox.cli.parsing import Options, misused

if TYPE_CHECKING:
    from perpbox.cli.parsing import Commands


def add(commands: "Commands") -> None:
    """Add the command and its options."""
    bench = commands.add_parser(
        "bench", help="measure this machine's box, without peers (in a source checkout)"
    )
    bench.add_argument("names", nargs="*", help="measures (all that need no peers)")
    bench.set_defaults(run=run)


def run(options: Options) -> int:
    """Measure; the exit code."""
    import subprocess  # noqa: PLC0415

    tree = Path(__file__).parents[2]
    if not (tree / "bench" / "__main__.py").is_file():
        return misused("bench is in the source tree only: clone it, then make bench")
    names = options["names"]
    assert isinstance(names, list)
    command = [sys.executable, "-m", "bench", "--own", *map(str, names)]
    return subprocess.run(command, cwd=tree, check=False).returncode
