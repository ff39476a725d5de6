"""``perpbox risk``: an account in a file, its numbers and its shocks."""

import argparse
from typing import TYPE_CHECKING, Final

from perpbox.cli.parsing import Options, misused

if TYPE_CHECKING:
    from perpbox.cli.parsing import Commands

_SHOCK_OPTIONS: Final = (
    ("--move", "BTCUSDT=-10%", "move mark and last, by percent or to a price; commas for more"),
    ("--add-margin", "BTCUSDT[:LONG]=10", "add margin to an isolated position (negative: take)"),
    ("--fill", "ORDER", 'fill an order: "BUY 0.01 BTCUSDT @ 60000 [LONG|SHORT] [maker]"'),
)


def add(commands: "Commands") -> None:
    """Add the command and its options."""
    risk = commands.add_parser("risk", help="compute the risk of an account, without a server")
    risk.description = (
        "Compute the position risk of an account written down in a JSON file: the numbers that "
        "the exchange would print, and what shocks, in the order given, would make of them."
    )
    what = risk.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "account", nargs="?", metavar="ACCOUNT.json", help="account file; - reads stdin"
    )
    what.add_argument(
        "--answers",
        metavar="DIR",
        help="check answers saved from the real venue: positionRisk and account, and if there "
        "symbolConfig, exchangeInfo, leverageBracket, premiumIndex, openOrders",
    )
    risk.add_argument(
        "--api-date", metavar="DATE", help="with --answers: their day (that of the newest update)"
    )
    risk.add_argument("--format", choices=("table", "json"), default="table", help="(table)")
    for flag, value, text in _SHOCK_OPTIONS:
        risk.add_argument(flag, action=_InOrder, dest="shocks", metavar=value, help=text)
    risk.add_argument("--explain", action="store_true", help="show how each number came about")
    risk.set_defaults(run=run)


class _InOrder(argparse.Action):
    """Keeps options of several names in one list, in the order in which they were given."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        given = getattr(namespace, self.dest) or []
        setattr(namespace, self.dest, [*given, (self.option_strings[0], values)])


def run(options: Options) -> int:
    """Compute, or check saved answers; the exit code."""
    if options["answers"] is not None:
        return _answers(options)
    if options["api_date"] is not None:
        return misused("--api-date goes with --answers; an account file says asOf itself")
    from perpbox.calculator.command import run as compute  # noqa: PLC0415

    given = options["shocks"]
    shocks = [(str(flag), str(text)) for flag, text in given] if isinstance(given, list) else []
    explain = options["explain"] is True
    return compute(str(options["account"]), str(options["format"]), shocks, explain=explain)


def _answers(options: Options) -> int:
    from perpbox.calculator.answers_command import run_answers  # noqa: PLC0415

    if options["shocks"] or options["explain"]:
        return misused("--answers checks what was saved; shocks and --explain need ACCOUNT.json")
    date = options["api_date"]
    day = None if date is None else str(date)
    return run_answers(str(options["answers"]), str(options["format"]), day)
