"""What the operator may look at while the exchange runs: last commands, requests, connections."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from perpbox.engine.commands import Command, SetDepth, StreetTrades
from perpbox.engine.events import Event
from perpbox.gateway.request_log import REQUESTS_KEPT_MAX, RequestLog, request_row
from perpbox.gateway.sequencer import Told
from perpbox.lab.body import Fields
from perpbox.lab.telling import Row, log_row

COMMANDS_KEPT_MAX: Final = 2_000
"""Commands of the log that can be looked at; older ones are gone from here."""
EVENTS_KEPT_MAX: Final = 50
LEVELS_KEPT_MAX: Final = 100
"""A command with more events, levels or trades is put into words at once: not held."""
ROWS_MAX: Final = 1_000
"""Rows of one answer."""
ROWS_DEFAULT: Final = 100
NUMBER_MAX: Final = 10**15
ConnectionRows = Callable[[int, int], list[Row]]
"""(limit, number to begin with) -> rows of connections."""


def _no_connections(limit: int, from_id: int) -> list[Row]:  # noqa: ARG001
    """Where nothing is served."""
    return []


class Watch:
    """Rings of what was last. Commands are put into words only when somebody asks."""

    def __init__(self) -> None:
        self.commands: Final[deque[Told | Row]] = deque(maxlen=COMMANDS_KEPT_MAX)
        self.requests = RequestLog()
        self.connections: ConnectionRows = _no_connections
        self.reads_trades: Callable[[], bool] = lambda: False
        """Whether somebody reads a stream that public trades are told in."""

    def after(self, seq: int, at_ms: int, command: Command, events: Sequence[Event]) -> None:
        """Keep a command (an ``Observer``); of a large one only what is told of it."""
        told = seq, at_ms, command, events
        if (
            len(events) > EVENTS_KEPT_MAX
            or (
                isinstance(command, SetDepth)
                and len(command.bids) + len(command.asks) > LEVELS_KEPT_MAX
            )
            or (isinstance(command, StreetTrades) and len(command.prices) > LEVELS_KEPT_MAX)
        ):
            self.commands.append(log_row(told))
        else:
            self.commands.append(told)

    def log(self, from_seq: int | None, limit: int) -> list[Row]:
        """Rows in order: from a number on, or the newest."""
        kept = self.commands
        if from_seq is None:
            start = max(0, len(kept) - limit)
        else:
            start = max(0, from_seq - _number(kept[0])) if kept else 0
        return [
            told if isinstance(told, dict) else log_row(told)
            for told in islice(kept, start, start + limit)
        ]


def _number(told: Told | Row) -> int:
    number = told["seq"] if isinstance(told, dict) else told[0]
    assert isinstance(number, int)
    return number


def get_events(watch: Watch, fields: Fields) -> list[Row]:
    """Commands of the log with what they led to."""
    from_seq = fields.whole("fromSeq", 0, NUMBER_MAX) if fields.has("fromSeq") else None
    return watch.log(from_seq, limit_of(fields, ROWS_MAX))


def get_requests(watch: Watch, fields: Fields) -> list[Row]:
    """The last requests, newest first."""
    newest = watch.requests.newest(limit_of(fields, REQUESTS_KEPT_MAX))
    return [request_row(request) for request in newest]


def get_connections(watch: Watch, fields: Fields) -> list[Row]:
    """Open WebSockets."""
    from_id = fields.whole("fromId", 0, NUMBER_MAX) if fields.has("fromId") else 0
    return watch.connections(limit_of(fields, ROWS_MAX), from_id)


def limit_of(fields: Fields, most: int) -> int:
    """How many rows are asked for."""
    return fields.whole("limit", 1, most) if fields.has("limit") else ROWS_DEFAULT
