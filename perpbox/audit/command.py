"""``perpbox journal`` and ``perpbox replay``: what is printed, and exit codes."""

import sys
import time
from pathlib import Path
from typing import Final

from perpbox import __version__
from perpbox.audit.inspect import export, show, verify
from perpbox.audit.place import Place
from perpbox.audit.replay import Replayed, replay
from perpbox.audit.truncate import truncate
from perpbox.gateway.journal.errors import JournalError
from perpbox.money import plain

EXIT_OK: Final = 0
EXIT_DIFFERS: Final = 1
EXIT_JOURNAL: Final = 3


def run_journal(action: str, path: str, first: int | None, last: int | None, keep: int) -> int:
    """Do one of verify, show, export and truncate; give the exit code."""
    try:
        place = Place(Path(path))
        if action == "verify":
            return EXIT_OK if verify(place, _say) else EXIT_DIFFERS
        if action == "truncate":
            cut = truncate(place, keep)
            _say(f"{cut.path} ends after sequence number {keep} now, at byte {cut.offset}")
            for each in cut.aside:
                _say(f"set aside: {each}")
            return EXIT_OK
        (show if action == "show" else export)(place, first or 1, last, _say)
    except JournalError as error:
        return _failed(error)
    except OSError as error:
        return _failed(f"{path}: {error.strerror or error}")
    return EXIT_OK


def run_replay(path: str, *, verify: bool) -> int:
    """Replay a journal; with ``verify`` against its recorded hashes."""
    began = time.perf_counter()
    try:
        found = replay(Place(Path(path)), verify=verify)
    except JournalError as error:
        return _failed(error)
    except OSError as error:
        return _failed(f"{path}: {error.strerror or error}")
    took_s = time.perf_counter() - began
    _report(found, took_s, verify=verify)
    return EXIT_OK if found.difference is None else EXIT_DIFFERS


def _report(found: Replayed, took_s: float, *, verify: bool) -> None:
    _say(
        f"replayed {found.commands} commands, sequence numbers {found.first_seq} to "
        f"{found.last_seq}, in {took_s:.1f} s with perpbox {__version__}"
    )
    _say(f"state hash {found.hash}, ledger sum {plain(found.ledger_sum)}")
    difference = found.difference
    if difference is not None:
        _say(
            f"differs: equal up to sequence number {difference.after_seq}, not at "
            f"{difference.by_seq} any more: recorded {difference.recorded}, computed "
            f"{difference.computed}"
        )
    elif verify:
        _say(f"{found.recorded} recorded hashes agree" if found.recorded else "no hash is recorded")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _failed(problem: object) -> int:
    sys.stderr.write(f"perpbox: {problem}\n")
    return EXIT_JOURNAL
