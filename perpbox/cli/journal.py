"""``perpbox journal`` and ``perpbox replay``: look at what a box kept, and fold it again."""

from typing import TYPE_CHECKING, Final

from perpbox.cli.parsing import Options

if TYPE_CHECKING:
    from perpbox.cli.parsing import Commands

_ACTIONS: Final = (
    ("verify", "Check every record and every snapshot; nothing is changed."),
    ("show", "Print records, a line each."),
    ("export", "Print records as JSON, an object a line."),
    ("truncate", "Give up what follows a record; it is set aside in DIR/cut."),
)


def add(commands: "Commands") -> None:
    """Add both commands and their options."""
    journal = commands.add_parser("journal", help="look at the journal of a box, or cut it")
    actions = journal.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, text in _ACTIONS:
        one = actions.add_parser(action, help=text, description=text)
        one.add_argument("path", metavar="DIR", help="data directory of the box")
        if action in ("show", "export"):
            one.add_argument("--from", dest="first", type=int, metavar="SEQ", help="first record")
            one.add_argument("--to", dest="last", type=int, metavar="SEQ", help="last record")
        if action == "truncate":
            one.add_argument("--keep", type=int, required=True, metavar="SEQ", help="last to keep")
    journal.set_defaults(run=run_journal)
    again = commands.add_parser("replay", help="fold a journal again, and verify its state hashes")
    again.add_argument("path", metavar="DIR", help="data directory of the box")
    again.add_argument(
        "--verify",
        action="store_true",
        help="compare with the recorded hashes of the state; the first difference is found",
    )
    again.set_defaults(run=run_replay)


def run_journal(options: Options) -> int:
    """Verify, show, export or truncate; the exit code."""
    from perpbox.audit.command import run_journal as look  # noqa: PLC0415

    first, last, keep = (options.get(name) for name in ("first", "last", "keep"))
    return look(
        str(options["action"]),
        str(options["path"]),
        first if isinstance(first, int) else None,
        last if isinstance(last, int) else None,
        keep if isinstance(keep, int) else 0,
    )


def run_replay(options: Options) -> int:
    """Fold the journal again; the exit code."""
    from perpbox.audit.command import run_replay as fold  # noqa: PLC0415

    return fold(str(options["path"]), verify=options["verify"] is True)
