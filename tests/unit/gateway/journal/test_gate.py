"""Nothing leaves the box before it is durable, and nothing at all once the disk has failed."""

import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.sync.client import connect

from perpbox.box import Box
from perpbox.engine.commands import Command, PlaceOrder
from perpbox.engine.exchange import Exchange
from perpbox.gateway.gate import Gate
from perpbox.gateway.http import HttpServer
from perpbox.gateway.journal.disk import File, RealDisk
from perpbox.gateway.journal.errors import Broken, JournalError
from perpbox.gateway.serving import Serving
from perpbox.genesis import DEMO_KEY, DEMO_SECRET
from tests.live import Live
from tests.unit.gateway.http_probe import Client
from tests.unit.gateway.journal.kept import BTC, START_MS, journalled, kept, order

CLOSING = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


class Held(Gate):
    """A gate that a test opens."""

    def __init__(self) -> None:
        self.holds = True
        self.steps: list[Callable[[], None]] = []

    def hold(self, step: Callable[[], None]) -> None:
        self.steps.append(step)

    def let_go(self) -> None:
        self.holds = False
        for step in self.steps:
            step()


def test_a_held_answer_waits_for_the_gate() -> None:
    """JRN-005: an answer that is held leaves when the gate opens, however long that takes."""
    gate, elapsed_s = Held(), [0.0]
    server = HttpServer(
        lambda *_: (200, b"", b'{"told":true}'), elapsed=lambda: elapsed_s[0], gate=gate
    )
    serving = Serving(server)
    serving.start()
    client = Client(serving.port)
    try:
        client.send(CLOSING)
        while not serving.call(lambda: len(gate.steps)):
            pass
        elapsed_s[0] = 10_000.0
        serving.call(server.sweep)
        serving.call(gate.let_go)
        assert client.read_answer().body == b'{"told":true}'
    finally:
        client.close()
        serving.stop()


class Faults:
    """When a disk fails, and how."""

    def __init__(self) -> None:
        self.room: int | None = None
        """Bytes that can still be written."""
        self.sync_fails = False
        self.short = 0
        """Bytes taken at once; 0: all."""


class FaultyFile:
    def __init__(self, file: File, faults: Faults) -> None:
        self._file, self._faults = file, faults

    def write(self, data: bytes) -> int:
        faults = self._faults
        if faults.short:
            data = data[: faults.short]
        if faults.room is not None:
            if not faults.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            data = data[: faults.room]
            faults.room -= len(data)
        return self._file.write(data)

    def sync(self) -> None:
        if self._faults.sync_fails:
            raise OSError(errno.EIO, "Input/output error")
        self._file.sync()

    def close(self) -> None:
        self._file.close()


class FaultyDisk(RealDisk):
    def __init__(self, faults: Faults) -> None:
        self.faults = faults

    def append(self, path: Path) -> File:
        return FaultyFile(super().append(path), self.faults)


def place(client: Live, name: str) -> int:
    status, answer = client.signed(
        "POST",
        "/fapi/v1/order",
        symbol=BTC,
        side="BUY",
        type="LIMIT",
        timeInForce="GTC",
        quantity="0.01",
        price="59000",
        newClientOrderId=name,
    )
    assert status == 200, answer
    return int(answer["orderId"])


def unanswered(client: Live, name: str) -> None:
    """Send an order to a box that ends before it answers."""
    with pytest.raises(OSError, match=r"."):
        place(client, name)


def run_into(box: Box, faults: Faults, fault: str) -> None:
    """Serve until the disk fails: one order is answered and pushed, the next one neither."""
    with box:
        box.set_price(BTC, 60_000)
        client = Live(box.url, DEMO_KEY, DEMO_SECRET, START_MS)
        key = client.call("POST", "/fapi/v1/listenKey")[1]["listenKey"]
        with connect(f"{box.ws_url}/private/ws?listenKey={key}") as stream:
            place(client, "first")
            assert json.loads(stream.recv(10))["o"]["c"] == "first"
            faults.room = 40 if fault == "full" else None
            faults.sync_fails = fault == "sync"
            unanswered(client, "second")
            assert "second" not in "".join(str(text) for text in stream)


@pytest.mark.parametrize(
    ("fault", "fsync"),
    [("full", "batch"), ("full", "always"), ("full", "off"), ("sync", "batch"), ("sync", "always")],
)
def test_a_disk_that_fails_stops_the_box(tmp_path: Path, fault: str, fsync: str) -> None:
    """JRN-008: what cannot be journalled is neither answered nor pushed; the box stops and says
    why; what was answered before is there."""
    faults = Faults()
    box = kept(tmp_path / "box", disk=FaultyDisk(faults), fsync=fsync)
    with pytest.raises(Broken) as stopped:
        run_into(box, faults, fault)
    reason = "No space left on device" if fault == "full" else "Input/output error"
    assert f"the journal cannot be written: {tmp_path}" in str(stopped.value)
    assert reason in str(stopped.value)
    with kept(tmp_path / "box") as again:
        names = [found.client_order_id for found in again.views.orders.open(1)]
        assert names in (["first"], ["first", "second"])
        assert fault != "full" or names == ["first"]


def test_short_writes_are_no_failure(tmp_path: Path) -> None:
    """JRN-008: a disk may take a few bytes at a time."""
    faults = Faults()
    faults.short = 7
    with kept(tmp_path / "box", disk=FaultyDisk(faults)) as box:
        box.submit(order(1, 1))
    assert len(journalled(tmp_path / "box")) > 10


def test_a_fault_of_the_engine_stops_the_box(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JRN-014: a failed assertion ends the box and names journal and record, which has the command;
    the next start tells the same, and how to go on without it."""
    sound = Exchange.apply

    def broken(self: Exchange, command: Command, at_ms: int) -> object:
        assert not isinstance(command, PlaceOrder), "the books do not add up"
        return sound(self, command, at_ms)

    def run() -> None:
        with kept(tmp_path / "box") as box:
            box.set_price(BTC, 60_000)
            monkeypatch.setattr(Exchange, "apply", broken)
            unanswered(Live(box.url, DEMO_KEY, DEMO_SECRET, START_MS), "bad")

    with pytest.raises(Broken) as stopped:
        run()
    last = journalled(tmp_path / "box")[-1].entry
    assert isinstance(last.what, PlaceOrder)
    assert f"the exchange failed on the record {last.seq} of the journal" in str(stopped.value)
    assert f"--keep {last.seq - 1}" in str(stopped.value)
    assert "the books do not add up" in str(stopped.value)
    with pytest.raises(JournalError, match=f"fails on the record {last.seq} .*books do not add up"):
        kept(tmp_path / "box")
    monkeypatch.setattr(Exchange, "apply", sound)
    with kept(tmp_path / "box") as again:
        assert [found.client_order_id for found in again.views.orders.open(1)] == ["bad"]
