"""The command line: ``perpbox serve``, ``risk``, ``openapi``, ``routes``, ``vintage``, ``bench``.

Every command imports what it needs when it runs, so that ``--help`` is quick and a server answers
within a second. Exit codes: 0 done or ended by a signal, 1 cannot serve or saved answers differ,
2 wrong options or input, 3 the data directory cannot be used.
"""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perpbox import __version__
from perpbox.compiled import in_use

if TYPE_CHECKING:
    from perpbox.box import Box
    from perpbox.config import Config

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_JOURNAL: Final = 3
DATA_DEFAULT: Final = "perpbox-data"
CONFIG_VARIABLE: Final = "PERPBOX_CONFIG"

_SERVE_OPTIONS: Final = (
    ("--host", "ADDRESS", "where to listen (127.0.0.1)"),
    ("--port", "PORT", "port; 0 picks a free one (8800)"),
    ("--allowed-host", "NAME,…", "names by which it is reached besides its address, as by a proxy"),
    ("--data", "DIR", f"keep the box in a directory (./{DATA_DEFAULT})"),
    ("--fsync", "always|batch|off", "when what was done is made durable (batch)"),
    ("--retention", "N|all", "snapshots to keep, with the journal from the oldest of them on (2)"),
    ("--clock", "MODE", "real, frozen, jumping or a speed such as 60 (real)"),
    ("--now", "TIME", "where a clock that is not real starts: ms or ISO-8601"),
    ("--market", "SOURCE", "sim, recorded, recorded:DAY or none (sim)"),
    ("--symbols", "LIST", "BTCUSDT,ETHUSDT or all (all)"),
    ("--specs", "FILE", "JSON laid over the shipped contract specifications"),
    ("--seed", "N", "seed of the simulated market, and of keys of created accounts"),
    ("--api-date", "DATE", "behave as the API did on that day (newest)"),
    ("--liquidation", "on|off", "liquidate positions at their maintenance margin (on)"),
    ("--insurance-fund-initial", "AMOUNT", "what the insurance fund opens with (1000000)"),
    ("--margin-call-ratio", "RATIO", "margin ratio from which accounts are warned (0.8)"),
    ("--rate-limits", "on|off", "refuse above the limits, or only count (on)"),
    ("--unrouted", "all|strict", "which streams unrouted /ws and /stream serve (all)"),
    ("--ws-deflate", "on|off", "compress streams for clients that offer it (off)"),
    ("--ws-queue-bytes", "N", "what may wait for a slow stream reader (8388608)"),
    ("--listen-keys", "wall|box", "clock on which the hour of a listen key passes (wall)"),
    ("--countdowns", "wall|box", "clock on which countdowns that cancel orders run (wall)"),
    ("--tls-cert", "FILE", "serve https and wss with this certificate (PEM, with its chain)"),
    ("--tls-key", "FILE", "the key of that certificate (PEM, without a password)"),
    ("--log-format", "text|json", "how logs are written to standard error (text)"),
    ("--log-level", "LEVEL", "debug, info, warning or error (info)"),
    ("--log-requests", "on|off", "a line for each request, with its id (off)"),
    ("--operator-token", "FILE", "file with the token that the lab then asks for"),
)

_JOURNAL_ACTIONS: Final = (
    ("verify", "Check every record and every snapshot; nothing is changed."),
    ("show", "Print records, a line each."),
    ("export", "Print records as JSON, an object a line."),
    ("truncate", "Give up what follows a record; it is set aside in DIR/cut."),
)

_SHOCK_OPTIONS: Final = (
    ("--move", "BTCUSDT=-10%", "move mark and last, by percent or to a price; commas for more"),
    ("--add-margin", "BTCUSDT[:LONG]=10", "add margin to an isolated position (negative: take)"),
    ("--fill", "ORDER", 'fill an order: "BUY 0.01 BTCUSDT @ 60000 [LONG|SHORT] [maker]"'),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code."""
    options = vars(_parser().parse_args(arguments))
    command = options.pop("command")
    try:
        if command == "serve":
            return _serve(options)
        if command == "risk":
            return _risk(options)
        if command in ("journal", "replay"):
            return _audit(command, options)
        if command == "vintage":
            return _vintage(options)
        if command == "bench":
            return _bench(options)
        if command == "simulate":
            return _simulate(options)
        _say(_openapi() if command == "openapi" else _routes())
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
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="run an exchange until Ctrl-C",
        description="Run an exchange until Ctrl-C. Options may also stand in a TOML file or in "
        "the environment (PERPBOX_PORT=8801): defaults < file < environment < flags.",
    )
    serve.add_argument("--config", metavar="FILE", help="TOML file with options")
    for flag, value, text in _SERVE_OPTIONS:
        serve.add_argument(flag, metavar=value, help=text)
    serve.add_argument(
        "--tls-self-signed",
        nargs="?",
        const="on",
        metavar="DIR",
        help="serve https and wss with a certificate made in DIR (DATA/tls)",
    )
    serve.add_argument(
        "--ephemeral",
        action="store_true",
        default=None,
        help="keep nothing: the box ends with its process",
    )
    serve.add_argument(
        "--account",
        action="append",
        metavar="KEY:SECRET:100000USDT",
        help="an account that is there from the start; may be given again",
    )
    _add_risk(commands.add_parser("risk", help="compute the risk of an account, without a server"))
    _add_audit(commands)
    commands.add_parser("openapi", help="print the OpenAPI document of the REST interface")
    commands.add_parser("routes", help="list the REST endpoints and the lab's")
    bench = commands.add_parser(
        "bench", help="measure this machine's box, without peers (in a source checkout)"
    )
    bench.add_argument("names", nargs="*", help="measures (all that need no peers)")
    _add_simulate(
        commands.add_parser(
            "simulate", help="run boxes under simulated crashes, full disks and lost frames"
        )
    )
    vintage = commands.add_parser(
        "vintage", help="list the dated changes of the API, and which of them a date switches"
    )
    vintage.add_argument("--api-date", metavar="DATE", help="the day to look at (newest)")
    return parser


def _add_risk(risk: argparse.ArgumentParser) -> None:
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


def _add_audit(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    journal = commands.add_parser("journal", help="look at the journal of a box, or cut it")
    actions = journal.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, text in _JOURNAL_ACTIONS:
        one = actions.add_parser(action, help=text, description=text)
        one.add_argument("path", metavar="DIR", help="data directory of the box")
        if action in ("show", "export"):
            one.add_argument("--from", dest="first", type=int, metavar="SEQ", help="first record")
            one.add_argument("--to", dest="last", type=int, metavar="SEQ", help="last record")
        if action == "truncate":
            one.add_argument("--keep", type=int, required=True, metavar="SEQ", help="last to keep")
    again = commands.add_parser("replay", help="fold a journal again, and verify its state hashes")
    again.add_argument("path", metavar="DIR", help="data directory of the box")
    again.add_argument(
        "--verify",
        action="store_true",
        help="compare with the recorded hashes of the state; the first difference is found",
    )


def _audit(command: str, options: dict[str, object]) -> int:
    from perpbox.audit.command import run_journal, run_replay  # noqa: PLC0415

    path = str(options["path"])
    if command == "replay":
        return run_replay(path, verify=options["verify"] is True)
    first, last, keep = (options.get(name) for name in ("first", "last", "keep"))
    return run_journal(
        str(options["action"]),
        path,
        first if isinstance(first, int) else None,
        last if isinstance(last, int) else None,
        keep if isinstance(keep, int) else 0,
    )


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


def _risk(options: dict[str, object]) -> int:
    if options["answers"] is not None:
        return _risk_answers(options)
    if options["api_date"] is not None:
        return _misused("--api-date goes with --answers; an account file says asOf itself")
    from perpbox.calculator.command import run  # noqa: PLC0415

    given = options["shocks"]
    shocks = [(str(flag), str(text)) for flag, text in given] if isinstance(given, list) else []
    explain = options["explain"] is True
    return run(str(options["account"]), str(options["format"]), shocks, explain=explain)


def _risk_answers(options: dict[str, object]) -> int:
    from perpbox.calculator.answers_command import run_answers  # noqa: PLC0415

    if options["shocks"] or options["explain"]:
        return _misused("--answers checks what was saved; shocks and --explain need ACCOUNT.json")
    date = options["api_date"]
    day = None if date is None else str(date)
    return run_answers(str(options["answers"]), str(options["format"]), day)


def _misused(problem: str) -> int:
    sys.stderr.write(f"perpbox: {problem}\n")
    return EXIT_USAGE


def _serve(flags: dict[str, object]) -> int:
    from perpbox.box import Box  # noqa: PLC0415
    from perpbox.config import ConfigError  # noqa: PLC0415
    from perpbox.gateway.journal.errors import Broken, JournalError  # noqa: PLC0415
    from perpbox.gateway.logs import begin  # noqa: PLC0415
    from perpbox.gateway.serving import ServingError  # noqa: PLC0415

    try:
        config = _config(flags)
        begin(config.log_format, config.log_level)
        box = Box(config=config)
    except ConfigError as error:
        sys.stderr.write(f"perpbox: {error}\n")
        return EXIT_USAGE
    except JournalError as error:
        sys.stderr.write(f"perpbox: {error}\n")
        return EXIT_JOURNAL
    # The contracts and tables live as long as the process: no collection need walk them.
    gc.freeze()
    try:
        box.serve(lambda: _say(_banner(box)))
    except ServingError as error:
        sys.stderr.write(f"perpbox: {error}\n")
        return EXIT_FAILED
    except Broken as error:
        sys.stderr.write(f"perpbox: {error}\n")
        return EXIT_JOURNAL
    return EXIT_OK


def _config(flags: dict[str, object]) -> "Config":
    from perpbox.config import (  # noqa: PLC0415
        Layer,
        environment_layer,
        file_layer,
        flags_layer,
        load,
    )

    environment = dict(os.environ)
    named = environment.pop(CONFIG_VARIABLE, None)
    path = flags.pop("config") or named
    layers = [file_layer(str(path))] if path else []
    kept = Layer({"data": ("default", DATA_DEFAULT)})
    return load(kept, *layers, environment_layer(environment), flags_layer(flags))


def _banner(box: "Box") -> str:
    from perpbox.genesis import DEMO_KEY, DEMO_SECRET  # noqa: PLC0415

    config, desk = box.config, box.desk
    market = config.market if not config.recording else f"{config.market} {config.recording}"
    lines = [
        f"perpbox {__version__} is ready",
        f"  REST      {box.url}   (reference: {box.url}/docs)",
        f"  streams   {box.ws_url}   (WebSocket API: {box.ws_url}/ws-fapi/v1)",
        f"  lab       {box.url}/perpbox/v1",
        f"  market    {market}, {len(desk.catalogue.instruments)} contracts",
        f"  clock     {desk.clock.mode.value}, API of {config.api_date}",
        *(f"  {head:<9} {text}" for head, text in _kept(box)),
    ]
    if box.tls is not None and box.tls.ca is not None:
        lines.append(f"  trust     {box.tls.ca}   (the authority of the certificate)")
    if DEMO_KEY in box.state.accounts_by_key:
        lines += [f"  demo key  {DEMO_KEY}", f"  secret    {DEMO_SECRET}"]
    else:
        lines.append(f"  accounts  {len(box.state.accounts)} of your own")
    return "\n".join(lines)


def _add_simulate(simulate: argparse.ArgumentParser) -> None:
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


def _simulate(options: dict[str, object]) -> int:
    from perpbox.simulation.command import SEEDS, simulate  # noqa: PLC0415
    from perpbox.simulation.plan import STEPS  # noqa: PLC0415

    chosen = str(options["only"] or "")
    places = [place.strip() for place in chosen.split(",")] if chosen else []
    if not all(place.isascii() and place.isdigit() for place in places):
        return _misused("--only takes numbers of steps, with commas: --only 3,7,12")
    given = {name: options[name] for name in ("seed", "seeds", "seconds", "steps")}
    numbers = {name: value for name, value in given.items() if isinstance(value, int | float)}
    return simulate(
        int(numbers.get("seed", 1)),
        count=int(numbers.get("seeds", SEEDS)),
        seconds=numbers.get("seconds"),
        steps=int(numbers.get("steps", STEPS)),
        only=tuple(map(int, places)) or None,
    )


def _bench(options: dict[str, object]) -> int:
    import subprocess  # noqa: PLC0415

    tree = Path(__file__).parents[1]
    if not (tree / "bench" / "__main__.py").is_file():
        return _misused("bench is in the source tree only: clone it, then make bench")
    names = options["names"]
    assert isinstance(names, list)
    command = [sys.executable, "-m", "bench", "--own", *map(str, names)]
    return subprocess.run(command, cwd=tree, check=False).returncode


def _vintage(options: dict[str, object]) -> int:
    from perpbox.wire.almanac import almanac  # noqa: PLC0415
    from perpbox.wire.vintage import NEWEST, Vintage  # noqa: PLC0415

    try:
        vintage = Vintage(str(options["api_date"] or NEWEST))
    except ValueError as error:
        return _misused(f"--api-date: {error}")
    _say(almanac(vintage))
    return EXIT_OK


def _kept(box: "Box") -> list[tuple[str, str]]:
    """Where the box is kept and what was found there."""
    if not box.config.data:
        return [("kept", "nowhere: the box ends with its process")]
    lines = [] if box.recovered is None else box.recovered.lines()
    config = box.config
    kept = [
        ("kept", f"in {config.data}, fsync {config.fsync.value}"),
        ("retention", _retention(config.retention)),
    ]
    return kept + [("recovered", line) for line in lines]


def _retention(snapshots: int) -> str:
    if not snapshots:
        return "everything is kept: the directory grows without end"
    return f"the newest {snapshots} snapshots, and the journal from the oldest of them on"


def _openapi() -> str:
    from perpbox.wire.openapi import openapi_json  # noqa: PLC0415
    from perpbox.wire.routes import ROUTES  # noqa: PLC0415

    return openapi_json(ROUTES).decode()


def _routes() -> str:
    from perpbox.lab.api import PREFIX  # noqa: PLC0415
    from perpbox.lab.routes import ROUTES as LAB_ROUTES  # noqa: PLC0415
    from perpbox.wire.routes import ROUTES  # noqa: PLC0415

    rows = [
        (route.method, route.path, route.security.name, route.weight.words(), route.summary)
        for route in ROUTES
    ]
    rows += [(route.method, PREFIX + route.path, "LAB", "-", route.summary) for route in LAB_ROUTES]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join(
            [*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[4]],
        )
        + (f" (weight {row[3]})" if row[3] != "-" else "")
        for row in rows
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
