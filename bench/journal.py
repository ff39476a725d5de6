"""The journal beside the barest file and SQLite, and how fast a box comes back.

``python -m bench.journal write [ROUNDS]``: durable commands a second by the size of the batch.
``python -m bench.journal recover [COMMANDS]``: a journal of so many orders, recovered from nothing
but itself and from a snapshot with a tail, each in a fresh process.
``python -m bench.journal stop [ACCOUNTS]``: how long a box stands still for a snapshot.
"""

import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from bench.crowd import Crowd
from bench.engine import ACCOUNTS as TRADERS
from bench.engine import MID, SYMBOL, orders
from perpbox.engine.commands import (
    Command,
    CreateAccount,
    Deposit,
    ListInstrument,
    OpenExchange,
    PinPrices,
    Rules,
)
from perpbox.engine.events import Event
from perpbox.engine.hashing import state_hash
from perpbox.gateway.journal.checkpoints import Cadence, Checkpoints
from perpbox.gateway.journal.disk import RealDisk
from perpbox.gateway.journal.entries import ClockSet, Founded, encode
from perpbox.gateway.journal.reader import FOLDER, JournalReader
from perpbox.gateway.journal.replica import Replica
from perpbox.gateway.journal.snapshot import Standing, decode_body, decode_header, encode_snapshot
from perpbox.gateway.journal.writer import Fsync, Journal
from perpbox.market.source import NoSource
from perpbox.money import SCALE, Amount, Price
from perpbox.specs import catalogue
from perpbox.views import Views

SCRATCH = Path(__file__).parent / "results"
BATCHES = (1, 10, 100, 1000)
JOURNAL, BARE, SQLITE = "journal", "bare file", "SQLite"
SECONDS = 0.5
"""How long each writes in a round."""
ROUNDS = 3
COMMANDS = 200_000
TAIL = 50_000
CROWD = 10_000
CLOCK = ClockSet("frozen", 0, 1, 0, 0)
SNAPSHOT = "snapshot"


@contextmanager
def scratch() -> Iterator[str]:
    """A folder on the disk of this tree, where /tmp may be memory."""
    SCRATCH.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=SCRATCH) as folder:
        yield folder


def opened(folder: Path, fsync: Fsync) -> Journal:
    """A fresh journal."""
    disk = RealDisk()
    disk.make_folder(folder)
    journal = Journal(
        disk, folder, identity="bench", engine="bench", founding=msgspec.Raw(b"{}"), fsync=fsync
    )
    journal.begin()
    return journal


Step = Callable[[Sequence[Command]], None]
"""Makes a batch durable."""


def rate(step: Step, commands: list[Command], batch: int) -> tuple[float, float]:
    """Commands a second of ``step``, and their CPU time in us."""
    began, cpu_began, done = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - began < SECONDS:
        start = done % (len(commands) - batch)
        step(commands[start : start + batch])
        done += batch
    cpu_us = (time.process_time() - cpu_began) / done * 1e6
    return done / (time.perf_counter() - began), cpu_us


@contextmanager
def steps() -> Iterator[dict[str, Step]]:
    """Journal, bare file and SQLite, which write the same payloads."""
    with scratch() as folder:
        journal = opened(Path(folder) / FOLDER, Fsync.BATCH)

        def journalled(batch: Sequence[Command]) -> None:
            for command in batch:
                journal.append(1, command)
            journal.commit()

        fd = os.open(Path(folder) / "bare", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

        def bare(batch: Sequence[Command]) -> None:
            os.write(fd, b"".join(encode(1, 1, command) for command in batch))
            os.fdatasync(fd)

        base = sqlite3.connect(Path(folder) / "base", isolation_level=None)
        base.execute("pragma journal_mode=wal")
        base.execute("pragma synchronous=full")
        base.execute("create table log (seq integer primary key, what blob)")

        def stored(batch: Sequence[Command]) -> None:
            base.execute("begin")
            rows = [(encode(1, 1, command),) for command in batch]
            base.executemany("insert into log (what) values (?)", rows)
            base.execute("commit")

        yield {JOURNAL: journalled, BARE: bare, SQLITE: stored}
        os.close(fd)
        base.close()
        journal.close()


def write(rounds: int = ROUNDS) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """By batch and name: (durable commands a second, CPU us each) of every round, in turn."""
    commands = orders(20_000)
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for batch in BATCHES:
        with steps() as each:
            runs = found[str(batch)] = {name: [] for name in each}
            for _ in range(rounds):
                for name, step in each.items():
                    runs[name].append(rate(step, commands, batch))
    return found


def written(folder: Path, count: int) -> None:
    """A journal of ``count`` orders, half of them filling, and a snapshot before its tail."""
    journal = opened(folder / FOLDER, Fsync.OFF)
    replica = Replica(NoSource)
    price = Price(MID)
    founding: list[Any] = [
        Founded(),
        OpenExchange(Rules()),
        ListInstrument(catalogue([SYMBOL]).instruments[SYMBOL]),
    ]
    for number in range(1, TRADERS + 1):
        founding += (CreateAccount(f"bench-{number}"), Deposit(number, "USDT", Amount(10**15)))
    founding += (PinPrices(SYMBOL, price, price, price), CLOCK)
    for what in founding:
        journal.append(0, what)
    for number, command in enumerate(orders(count)):
        journal.append(number // 10, command)
        if number == count - TAIL - 1:
            journal.commit()
            for found in JournalReader(RealDisk(), folder / FOLDER).read():
                replica.take(found.entry)
            state = replica.exchange.state
            data = encode_snapshot(
                Standing(state, replica.views, {}, CLOCK, 0, {}),
                journal=journal.identity,
                seq=journal.seq,
                chain=journal.chain,
                engine="bench",
                state_hash=state_hash(state),
            )
            (folder / SNAPSHOT).write_bytes(data)
    journal.close()


def recovered(folder: Path, how: str) -> dict[str, float]:
    """Fold what is in a folder, in this process."""
    began, cpu_began = time.perf_counter(), time.process_time()
    replica = Replica(NoSource)
    if how == SNAPSHOT:
        data = (folder / SNAPSHOT).read_bytes()
        header, start = decode_header(data)
        replica.restore(decode_body(data, header, start), header.seq)
    loaded = time.perf_counter()
    for found in JournalReader(RealDisk(), folder / FOLDER, replica.seq).read():
        replica.take(found.entry)
    took = time.perf_counter() - began
    return {
        "seconds": took,
        "cpu_seconds": time.process_time() - cpu_began,
        "snapshot_seconds": loaded - began,
        "commands": replica.commands,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "journal_mib": sum(file.stat().st_size for file in (folder / FOLDER).iterdir()) / 2**20,
        "snapshot_mib": (folder / SNAPSHOT).stat().st_size / 2**20,
    }


def recover(count: int) -> dict[str, float]:
    """Both ways, in fresh processes."""
    found: dict[str, float] = {}
    with scratch() as folder:
        _alone("_write", folder, str(count))
        for how in ("journal", SNAPSHOT):
            run = _alone("_recover", folder, how)
            found[f"{how}: seconds"] = run["seconds"]
            found[f"{how}: commands/s"] = run["commands"] / run["seconds"]
            found[f"{how}: commands per CPU second"] = run["commands"] / run["cpu_seconds"]
            found[f"{how}: commands"] = run["commands"]
            found[f"{how}: peak MiB"] = run["peak_mib"]
        found["to read the snapshot, seconds"] = run["snapshot_seconds"]
        found["journal MiB"], found["snapshot MiB"] = run["journal_mib"], run["snapshot_mib"]
    return found


class Seen(Crowd):
    """A crowd whose events are folded into views as well."""

    views = Views()

    @property
    def apply(self) -> Callable[[Command, int], list[Event]]:
        return self._apply

    @apply.setter
    def apply(self, bare: object) -> None:
        """The views have to see it."""

    def _apply(self, command: Command, at_ms: int) -> list[Event]:
        events = self.exchange.apply(command, at_ms)
        self.views.fold(events)
        return events


def stop(accounts: int) -> dict[str, float]:
    """How long the box stands still while the child that writes a snapshot is made."""
    crowd = Seen(accounts, wallet=100_000, long_share=0.5, seed=1)
    standing = Standing(crowd.exchange.state, crowd.views, {}, CLOCK, 0, {})
    with scratch() as folder:
        journal = opened(Path(folder) / FOLDER, Fsync.BATCH)
        cadence = Cadence(hash_records=10**9, snapshot_records=1)
        checkpoints = Checkpoints(RealDisk(), Path(folder) / "snapshots", journal, "bench", cadence)
        stops, began = [], time.perf_counter()
        for number in range(5):
            journal.append(0, Deposit(1, "USDT", Amount(SCALE)))
            while checkpoints.counters.snapshots <= number:
                checkpoints.tick(partial(_same, standing))
                time.sleep(0.01)
            stops.append(checkpoints.counters.last_stop_us / 1000)
        took = (time.perf_counter() - began) / len(stops)
        sizes = [file.stat().st_size for file in (Path(folder) / "snapshots").iterdir()]
        journal.close()
    return {
        "accounts": accounts,
        "longest stop, ms": max(stops),
        "shortest stop, ms": min(stops),
        "snapshot written after, s": took,
        "snapshot MiB": max(sizes) / 2**20,
        "resident MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _same(standing: Standing) -> Standing:
    return standing


def _alone(*arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.journal", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout or "{}")
    return found


def main(arguments: list[str]) -> Mapping[str, object]:
    what, *rest = arguments or ["write"]
    if what == "_write":
        written(Path(rest[0]), int(rest[1]))
        return {}
    if what == "_recover":
        return recovered(Path(rest[0]), rest[1])
    if what == "recover":
        return recover(int(rest[0]) if rest else COMMANDS)
    if what == "stop":
        return stop(int(rest[0]) if rest else CROWD)
    return write(int(rest[0]) if rest else ROUNDS)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:]), indent=1))
