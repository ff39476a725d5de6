"""``perpbox serve``: run an exchange until a signal ends it."""

import gc
import os
from typing import TYPE_CHECKING, Final

from perpbox.cli.parsing import EXIT_FAILED, EXIT_JOURNAL, EXIT_OK, EXIT_USAGE, Options, failed, say
from perpbox.compiled import SWITCH

if TYPE_CHECKING:
    from perpbox.cli.parsing import Commands
    from perpbox.config import Config

DATA_DEFAULT: Final = "perpbox-data"
CONFIG_VARIABLE: Final = "PERPBOX_CONFIG"

_OPTIONS: Final = (
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


def add(commands: "Commands") -> None:
    """Add the command and its options."""
    serve = commands.add_parser(
        "serve",
        help="run an exchange until Ctrl-C",
        description="Run an exchange until Ctrl-C. Options may also stand in a TOML file or in "
        "the environment (PERPBOX_PORT=8801): defaults < file < environment < flags.",
    )
    serve.add_argument("--config", metavar="FILE", help="TOML file with options")
    for flag, value, text in _OPTIONS:
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
    serve.set_defaults(run=run)


def run(flags: Options) -> int:
    """Serve until a signal; the exit code."""
    from perpbox.box import Box  # noqa: PLC0415
    from perpbox.cli.banner import banner  # noqa: PLC0415
    from perpbox.config import ConfigError  # noqa: PLC0415
    from perpbox.gateway.journal.errors import Broken, JournalError  # noqa: PLC0415
    from perpbox.gateway.logs import begin  # noqa: PLC0415
    from perpbox.gateway.serving import ServingError  # noqa: PLC0415

    try:
        config = _config(flags)
        begin(config.log_format, config.log_level)
        box = Box(config=config)
    except ConfigError as error:
        return failed(error, EXIT_USAGE)
    except JournalError as error:
        return failed(error, EXIT_JOURNAL)
    # The contracts and tables live as long as the process: no collection need walk them.
    gc.freeze()
    try:
        box.serve(lambda: say(banner(box)))
    except ServingError as error:
        return failed(error, EXIT_FAILED)
    except Broken as error:
        return failed(error, EXIT_JOURNAL)
    return EXIT_OK


def _config(flags: Options) -> "Config":
    from perpbox.config import (  # noqa: PLC0415
        Layer,
        environment_layer,
        file_layer,
        flags_layer,
        load,
    )

    environment = dict(os.environ)
    environment.pop(SWITCH, None)  # it chose the engine before anything was read
    named = environment.pop(CONFIG_VARIABLE, None)
    path = flags.pop("config") or named
    layers = [file_layer(str(path))] if path else []
    kept = Layer({"data": ("default", DATA_DEFAULT)})
    return load(kept, *layers, environment_layer(environment), flags_layer(flags))
