"""The operator's stream, ``/perpbox/v1/ws``: commands, requests, clock and state as they go.

Everything is batched by the box's own timers; nothing is computed when nobody listens.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from perpbox.engine.commands import Command
from perpbox.engine.events import Event
from perpbox.engine.hashing import state_hash
from perpbox.gateway.request_log import request_row
from perpbox.gateway.sequencer import Told
from perpbox.gateway.ws.connection import WsConnection
from perpbox.lab.clock import clock_shown
from perpbox.lab.desk import LabDesk
from perpbox.lab.state import ledger_sum
from perpbox.lab.telling import log_row

ROWS_PER_FRAME_MAX: Final = 100
"""Commands, or requests, of one frame; the newest go out, the others are counted as dropped."""
STATE_EVERY_MS: Final = 1_000
"""Wall time between two frames of the state, and of the connections."""
HASHED_ACCOUNTS_MAX: Final = 100
HASHED_SYMBOLS_MAX: Final = 10
"""Where there are more accounts or contracts, frames have no hash; ``GET /state`` has it."""
SUMMED_ACCOUNTS_MAX: Final = 10_000
"""Where there are more accounts, frames have no ledger sum."""
CLOCK_SLACK_MS: Final = 1_000
"""Wall time by which a running clock may be off before that is told."""


class Listener(Protocol):
    """A connection, as the stream sees it."""

    def send(self, text: bytes) -> None:
        """Queue a message."""


class OperatorStream:
    """An observer of commands that tells them on. ``changes`` counts what connections do."""

    def __init__(self, desk: LabDesk, changes: Callable[[], tuple[int, int]]) -> None:
        self._desk = desk
        self._changes = changes
        self._listeners: dict[Listener, None] = {}
        self._log: deque[Told] = deque(maxlen=ROWS_PER_FRAME_MAX)
        self._logged = 0
        self._requests_told = 0
        self._connections_told = (0, 0)
        self._state_told = -1
        self._state_ms = 0
        self._pace_told: tuple[object, ...] = ()
        self._origin_told_ms = 0

    def join(self, listener: Listener) -> None:
        """Let somebody listen, and tell where things stand."""
        desk = self._desk
        if not self._listeners:
            self._log.clear()
            self._logged = 0
            self._requests_told = desk.watch.requests.total
            self._connections_told = self._changes()
            self._clock_moved()
        self._listeners[listener] = None
        listener.send(_frame("clock", **clock_shown(desk)))
        listener.send(self._state())
        listener.send(_frame("connections", count=self._changes()[0]))

    def leave(self, listener: Listener) -> None:
        """Somebody listens no more."""
        self._listeners.pop(listener, None)

    def after(self, seq: int, at_ms: int, command: Command, events: Sequence[Event]) -> None:
        """Keep a command for the next frame (an ``Observer``)."""
        if self._listeners:
            self._log.append((seq, at_ms, command, events))
            self._logged += 1

    def tick(self) -> None:
        """Send what has come together; to be called by the box's timers."""
        if not self._listeners:
            return
        self._tell_log()
        self._tell_requests()
        self._tell_clock()
        wall_ms = self._desk.genesis.wall_ms()
        if 0 <= wall_ms - self._state_ms < STATE_EVERY_MS:
            return
        self._state_ms = wall_ms
        if self._state_told != self._desk.sequencer.seq:
            self._send(self._state())
        connections = self._changes()
        if connections != self._connections_told:
            self._connections_told = connections
            self._send(_frame("connections", count=connections[0]))

    def _tell_log(self) -> None:
        if not self._logged:
            return
        rows = [log_row(told) for told in self._log]
        dropped = self._logged - len(rows)
        self._log.clear()
        self._logged = 0
        self._send(_frame("log", rows=rows, dropped=dropped))

    def _tell_requests(self) -> None:
        log = self._desk.watch.requests
        new = log.total - self._requests_told
        if not new:
            return
        self._requests_told = log.total
        newest = log.newest(min(new, ROWS_PER_FRAME_MAX))
        rows = [request_row(request) for request in reversed(newest)]
        self._send(_frame("requests", rows=rows, dropped=new - len(rows)))

    def _tell_clock(self) -> None:
        if self._clock_moved():
            self._send(_frame("clock", **clock_shown(self._desk)))

    def _clock_moved(self) -> bool:
        """Whether time goes on otherwise than it was told, or from elsewhere; that is told now."""
        clock = self._desk.clock
        pace, speed = (clock.mode, clock.speed), clock.speed
        passed_ms = self._desk.genesis.wall_ms() * speed.numerator // speed.denominator
        origin_ms = self._desk.now_ms() - passed_ms
        slack_ms = CLOCK_SLACK_MS * speed.numerator // speed.denominator
        if pace == self._pace_told and abs(origin_ms - self._origin_told_ms) <= slack_ms:
            return False
        self._pace_told, self._origin_told_ms = pace, origin_ms
        return True

    def _state(self) -> bytes:
        state = self._desk.state
        self._state_told = seq = self._desk.sequencer.seq
        told: dict[str, object] = {"seq": seq, "now": self._desk.now_ms()}
        accounts = len(state.accounts)
        if accounts <= SUMMED_ACCOUNTS_MAX:
            told["ledgerSum"] = ledger_sum(state)
        if accounts <= HASHED_ACCOUNTS_MAX and len(state.markets) <= HASHED_SYMBOLS_MAX:
            told["hash"] = state_hash(state)
        return _frame("state", **told)

    def _send(self, text: bytes) -> None:
        for listener in tuple(self._listeners):
            listener.send(text)


class OperatorSession:
    """A connection to the operator's stream: it is told, and nothing it says is heard."""

    counts_messages = True
    kind = "lab"

    __slots__ = ("_stream",)

    def __init__(self, stream: OperatorStream) -> None:
        self._stream = stream

    def opened(self, connection: WsConnection) -> None:
        """Begin to listen."""
        self._stream.join(connection)

    def receive(self, connection: WsConnection, text: str) -> None:
        """Nothing can be asked here."""

    def closed(self, connection: WsConnection) -> None:
        """Listen no more."""
        self._stream.leave(connection)


def _frame(kind: str, **fields: object) -> bytes:
    return msgspec.json.encode({"e": kind, **fields})
