"""A box, its disk, its clients and its clocks, all simulated; and what must hold after each step.

- the ledger sums to zero in every asset;
- what was answered is there after a crash: the state is one that the box had, and not an earlier
  one than the last that was answered; each acknowledged order is found by its client id;
- the state that a journal comes to has the hash that the running box had at that command;
- snapshot plus stream equals snapshot, for whoever kept its connection.
"""

import hashlib
import hmac
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from perpbox.box import Box
from perpbox.engine.commands import Command
from perpbox.engine.events import Event
from perpbox.engine.hashing import state_hash
from perpbox.gateway.journal.errors import Broken
from perpbox.lab.wishes import OpenedAccount
from perpbox.simulation.disk import SimDisk
from perpbox.simulation.plan import Kind, Step
from perpbox.simulation.readers import Reader

SYMBOL: Final = "BTCUSDT"
START_MS: Final = 1_793_491_200_000
ACCOUNTS: Final = 3
PRICE: Final = 60_000
HOUR_MS: Final = 3_600_000
OPTIONS: Final[dict[str, object]] = {
    "market": "none",
    "clock": "frozen",
    "symbols": [SYMBOL],
    "now": START_MS,
    "seed": 1,
    "rate_limits": "off",
}


class Violated(AssertionError):
    """An invariant does not hold; the text says which and where."""


class World:
    """Runs steps and judges after each."""

    def __init__(self, seed: int, disk: SimDisk) -> None:
        self._chance = random.Random(seed)
        self._folder = tempfile.TemporaryDirectory(prefix="perpbox-simulation-")
        self.disk = disk
        self.wall_ms = START_MS
        self.hashes: dict[int, str] = {}
        """State hash after each command, by the engine's sequence number."""
        self.acknowledged: dict[str, OpenedAccount] = {}
        """Client order ids that were answered, and whose they are."""
        self.answered_seq = 0
        self.crashes = 0
        self.box = self._start()
        opened = [self.box.account(usdt=100_000) for _ in range(ACCOUNTS)]
        self.accounts: tuple[OpenedAccount, ...] = tuple(opened)
        self.readers = [Reader(account.account_id) for account in opened]
        self.box.set_price(SYMBOL, PRICE)
        self._let_out()

    def close(self) -> None:
        """Let everything go."""
        self.box.kept.close()
        self._folder.cleanup()

    # --- the box ---------------------------------------------------------------------------

    def _start(self) -> Box:
        box = Box(
            **OPTIONS, data=Path(self._folder.name), disk=self.disk, wall_ms=lambda: self.wall_ms
        )
        box.desk.observers.append(self._note)
        self._note_state(box)
        return box

    def _note(self, seq: int, at_ms: int, command: Command, events: Sequence[Event]) -> None:  # noqa: ARG002
        self._note_state(self.box)

    def _note_state(self, box: Box) -> None:
        self.hashes[box.state.seq] = state_hash(box.state)

    def _let_out(self) -> bool:
        """Commit the turn; when that works its answers and frames leave."""
        box = self.box
        box.kept.gate.open()
        assert box.kept.journal is not None
        if box.kept.journal.broken is not None:
            return False
        self.answered_seq = box.state.seq
        for reader in self.readers:
            reader.leave(box)
        return True

    def _crash(self) -> None:
        """Power fails; the box comes back from what the disk kept."""
        self.crashes += 1
        self.disk.crash(self._chance)
        self._release()
        for reader in self.readers:
            reader.forget()
        self.box = self._start()
        self._judge_recovery()

    def _release(self) -> None:
        """A process that died holds no lock."""
        directory = self.box.kept.directory
        assert directory is not None
        directory.abandon()

    def _judge_recovery(self) -> None:
        box = self.box
        seq = box.state.seq
        if seq < self.answered_seq:
            raise Violated(f"answered up to {self.answered_seq}, recovered up to {seq} only")
        known = self.hashes.get(seq)
        found = state_hash(box.state)
        if known is not None and known != found:
            raise Violated(f"at {seq} the state had the hash {known}, recovered it has {found}")
        if known is None:
            raise Violated(f"recovered a state at {seq} that the box never had")
        self.hashes = {number: kept for number, kept in self.hashes.items() if number <= seq}
        self.answered_seq = seq
        for client_id, account in self.acknowledged.items():
            path, about = "/fapi/v1/order", {"symbol": SYMBOL, "origClientOrderId": client_id}
            status, _ = self.ask("GET", path, account, about)
            if status != 200:
                raise Violated(f"the acknowledged order {client_id} is gone after a crash")

    def ask(
        self, method: str, path: str, account: OpenedAccount, params: Mapping[str, object]
    ) -> tuple[int, Any]:
        """A signed request and its answer, inside the turn."""
        query = urlencode({**params, "timestamp": self.box.desk.now_ms()})
        digest = hmac.new(account.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        head = {b"x-mbx-apikey": account.key.encode()}
        signed = f"{query}&signature={digest}".encode()
        status, _, body = self.box.front_door.answer(method, path, signed, head, b"", "127.0.0.1")
        return status, orjson.loads(body)

    # --- steps -----------------------------------------------------------------------------

    def take(self, step: Step) -> None:
        """Run a step, and judge.

        Raises:
            Violated: an invariant does not hold.
        """
        try:
            STEPS[step.kind](self, step.numbers)
        except Broken:
            # The box has stopped, as it said: nobody was answered. Then power goes as well.
            self._crash()
        self._judge_money()

    def requests(self, numbers: tuple[int, ...]) -> None:
        """A turn of requests; they are answered when it is durable."""
        sent = self._turn(numbers)
        if self._let_out():
            self.acknowledged.update(sent)
        else:
            self._crash()

    def _turn(self, numbers: tuple[int, ...]) -> dict[str, OpenedAccount]:
        """Orders, cancels and settings of one turn; client ids of the orders that were taken."""
        taken: dict[str, OpenedAccount] = {}
        for place, number in enumerate(numbers[: 1 + numbers[-1] % 5]):
            account = self.accounts[number % ACCOUNTS]
            client_id = f"s{self.box.state.seq}-{place}"
            method, path, params = request(number, client_id)
            status, answer = self.ask(method, path, account, params)
            if status >= 500:
                raise Violated(f"{method} {path} was answered with {status}: {answer}")
            if status == 200 and path == "/fapi/v1/order" and method == "POST":
                taken[client_id] = account
        return taken

    def price(self, numbers: tuple[int, ...]) -> None:
        """Move index, mark and last by up to 2 %."""
        self.box.set_price(SYMBOL, PRICE * (9_800 + numbers[0] % 400) // 10_000)
        self._answer()

    def advance(self, numbers: tuple[int, ...]) -> None:
        """Let up to nine hours pass: a funding may be among them."""
        self.box.advance(ms=numbers[0] % (9 * HOUR_MS))
        self._answer()

    def wall(self, numbers: tuple[int, ...]) -> None:
        """Step the wall clock by up to an hour, either way, and let the timers look."""
        self.wall_ms += numbers[0] % (2 * HOUR_MS) - HOUR_MS
        self.box.call(self.box.look)
        self._answer()

    def _answer(self) -> None:
        if not self._let_out():
            self._crash()

    def read(self, numbers: tuple[int, ...]) -> None:
        """A reader reads, and is compared with a snapshot."""
        self._judge_reader(self.readers[numbers[0] % ACCOUNTS])

    def reorder(self, numbers: tuple[int, ...]) -> None:  # noqa: ARG002
        """All readers read, the last one first."""
        for reader in reversed(self.readers):
            self._judge_reader(reader)

    def _judge_reader(self, reader: Reader) -> None:
        differences = reader.read(self.box)
        if differences:
            raise Violated(f"account {reader.account_id}: {'; '.join(differences)}")

    def lose(self, numbers: tuple[int, ...]) -> None:
        """A connection breaks."""
        self.readers[numbers[0] % ACCOUNTS].lose(self.box)

    def short_writes(self, numbers: tuple[int, ...]) -> None:
        """The disk takes a byte at a time."""
        self.disk.short_writes = numbers[0] % 50

    def bad_sync(self, numbers: tuple[int, ...]) -> None:
        """A turn whose sync fails: nobody is answered."""
        self.disk.bad_syncs = 1
        self.requests(numbers)

    def full(self, numbers: tuple[int, ...]) -> None:
        """A turn in whose batch the disk fills up."""
        self.disk.full_after = numbers[0] % 400
        self.requests(numbers)
        self.disk.full_after = None

    def crash_in_batch(self, numbers: tuple[int, ...]) -> None:
        """A turn that is written or not, and answered to nobody."""
        self._turn(numbers)
        self._crash()

    def crash(self, numbers: tuple[int, ...]) -> None:  # noqa: ARG002
        """Power fails between two turns."""
        self._crash()

    def restart(self, numbers: tuple[int, ...]) -> None:  # noqa: ARG002
        """End in order, with a snapshot of everything, and start again."""
        self.box.close()
        for reader in self.readers:
            reader.forget()
        self.box = self._start()
        self._judge_recovery()

    def _judge_money(self) -> None:
        sums: dict[str, int] = {}
        for (_, asset), balance in self.box.state.ledger.balances.items():
            sums[asset] = sums.get(asset, 0) + balance
        if any(sums.values()):
            raise Violated(f"the ledger does not sum to zero: {sums}")


STEPS: Final[dict[Kind, Callable[[World, tuple[int, ...]], None]]] = {
    Kind.REQUESTS: World.requests,
    Kind.PRICE: World.price,
    Kind.ADVANCE: World.advance,
    Kind.WALL: World.wall,
    Kind.READ: World.read,
    Kind.LOSE: World.lose,
    Kind.REORDER: World.reorder,
    Kind.SHORT_WRITES: World.short_writes,
    Kind.BAD_SYNC: World.bad_sync,
    Kind.FULL: World.full,
    Kind.CRASH_IN_BATCH: World.crash_in_batch,
    Kind.CRASH: World.crash,
    Kind.RESTART: World.restart,
}


def request(number: int, client_id: str) -> tuple[str, str, dict[str, object]]:
    """The request that a number chooses."""
    choice, number = number % 12, number // 12
    side = ("BUY", "SELL")[number % 2]
    order: dict[str, object] = {
        "symbol": SYMBOL,
        "side": side,
        "quantity": f"0.{number // 2 % 99 + 1:03}",
        "newClientOrderId": client_id,
    }
    if choice < 6:
        price = PRICE + (number // 7 % 400) - 200
        order |= {"type": "LIMIT", "timeInForce": "GTC", "price": price}
        return "POST", "/fapi/v1/order", order
    if choice < 9:
        return "POST", "/fapi/v1/order", order | {"type": "MARKET"}
    if choice == 9:
        return "DELETE", "/fapi/v1/allOpenOrders", {"symbol": SYMBOL}
    if choice == 10:
        return "POST", "/fapi/v1/leverage", {"symbol": SYMBOL, "leverage": number % 50 + 1}
    kind = ("ISOLATED", "CROSSED")[number % 2]
    return "POST", "/fapi/v1/marginType", {"symbol": SYMBOL, "marginType": kind}
