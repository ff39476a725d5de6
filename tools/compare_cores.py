"""``make compiled-check``: both cores fold the same commands into the same events and state.

Each walk is a seed of the random commands of the engine's property tests (every mode, orders
of every kind, prices, settings, margin, time). The Python core walks first and writes its log
down; the compiled one is then given the very same commands and stamps.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from perpbox import compiled
from perpbox.engine.commands import Command
from perpbox.engine.exchange import Exchange
from perpbox.engine.fork import fork
from perpbox.engine.hashing import state_hash
from perpbox.engine.state import State
from perpbox.gateway.journal import pickling
from tests.property.test_engine_invariants import Walk

SEEDS = 6
STEPS = 3_000
LAYOUTS = "layouts.txt"


class Entry(msgspec.Struct):
    """A command and its stamp, as they are written down."""

    kind: str
    at_ms: int
    command: msgspec.Raw


def walk(folder: Path) -> None:
    """Write the log of each seed down."""
    for seed in range(SEEDS):
        made = Walk(seed)
        for _ in range(STEPS):
            made.send(made.command())
        entries = [
            Entry(type(command).__name__, at_ms, msgspec.Raw(msgspec.json.encode(command)))
            for command, at_ms in made.log
        ]
        (folder / f"{seed}.json").write_bytes(msgspec.json.encode(entries))
        (folder / f"{seed}.snapshot").write_bytes(pickling.pack(made.exchange.state))
    (folder / LAYOUTS).write_text(json.dumps(pickling.layouts()))


def fold(folder: Path) -> dict[str, list[str]]:
    """Hashes of each log: all events, the state, a fork of it, the snapshot that Python wrote."""
    written = json.loads((folder / LAYOUTS).read_text())
    kinds = {kind.__name__: kind for kind in _kinds(Command)}
    found = {}
    for path in sorted(folder.glob("[0-9].json")):
        exchange, events = Exchange(), hashlib.sha256()
        for entry in msgspec.json.decode(path.read_bytes(), type=list[Entry]):
            command: Command = msgspec.json.decode(entry.command, type=kinds[entry.kind])
            events.update(msgspec.json.encode(exchange.apply(command, entry.at_ms)))
        kept = pickling.unpack(path.with_suffix(".snapshot").read_bytes(), written)
        assert isinstance(kept, State)
        states = (exchange.state, fork(exchange.state).state, kept)
        found[path.stem] = [events.hexdigest(), *map(state_hash, states)]
    return found


def _kinds(base: type[Command]) -> list[type[Command]]:
    return [base, *(kind for each in base.__subclasses__() for kind in _kinds(each))]


def _in_core(switch: str, verb: str, folder: Path) -> str:
    environment = os.environ | {compiled.SWITCH: switch}
    command = [sys.executable, "-m", "tools.compare_cores", verb, str(folder)]
    return subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def main() -> int:
    """Walk, fold twice, compare."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        _in_core("0", "walk", folder)
        python, core = (json.loads(_in_core(switch, "fold", folder)) for switch in "01")
    assert python["in use"] == "engine: Python"
    assert core["in use"] == "engine: compiled"
    for seed, hashes in python["found"].items():
        same = "the same" if core["found"][seed] == hashes else "NOT THE SAME"
        print(f"walk {seed}, {STEPS} commands: state {hashes[1][:16]}…, both cores: {same}")
    return 0 if python["found"] == core["found"] else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["walk"]:
        walk(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["fold"]:
        print(json.dumps({"in use": compiled.in_use(), "found": fold(Path(sys.argv[2]))}))
    else:
        sys.exit(main())
