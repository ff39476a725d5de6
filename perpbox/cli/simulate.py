"""``perpbox simulate``: boxes under simulated trouble."""

from typing import TYPE_CHECKING

from perpbox.cli.parsing import Options, misused

if TYPE_CHECKING:
    from perpbox.cli.parsing import Commands


def add(commands: "Commands") -> None:
    """Add the command and its options."""
    simulate = commands.add_parser(
        "simulate", help="run boxes under simulated crashes, full disks and lost frames"
    )
    simulate.description = (
        "Run a box with a simulated disk, clock and readers through steps that a seed chooses, and "
        "hold it to its word after each. A seed that fails is told with the few steps it needs."
    )
    for flag, kind, text in (
        ("--seed", int, "the first seed (1)"),
        ("--seeds", int, "how many (200)"),
        ("--seconds", float, "at most so long"),
        ("--steps", int, "steps of each (60)"),
    ):
        simulate.add_argument(flag, type=kind, metavar="N", help=text)
    simulate.add_argument("--only", metavar="LIST", help="only these steps of the seed: 3,7,12")
    simulate.set_defaults(run=run)


def run(options: Options) -> int:
    """Run seeds; the exit code."""
    from perpbox.simulation.command import SEEDS, simulate  # noqa: PLC0415
    from perpbox.simulation.plan import STEPS  # noqa: PLC0415

    chosen = str(options["only"] or "")
    places = [place.strip() for place in chosen.split(",")] if chosen else []
    if not all(place.isascii() and place.isdigit() for place in places):
        return misused("--only takes numbers of steps, with commas: --only 3,7,12")
    given = {name: options[name] for name in ("seed", "seeds", "seconds", "steps")}
    numbers = {name: value for name, value in given.items() if isinstance(value, int | float)}
    return simulate(
        int(numbers.get("seed", 1)),
        count=int(numbers.get("seeds", SEEDS)),
        seconds=numbers.get("seconds"),
        steps=int(numbers.get("steps", STEPS)),
        only=tuple(map(int, places)) or None,
    )
