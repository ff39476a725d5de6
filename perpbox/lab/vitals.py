"""``/perpbox/v1/health`` and ``/metrics``: whether the box is well, and how it does."""

import time
from collections.abc import Mapping
from typing import Final

import msgspec

from perpbox import __version__
from perpbox.gateway.exposition import CONTENT_TYPE, Exposition
from perpbox.gateway.handler import Reply
from perpbox.gateway.http import HttpServer
from perpbox.gateway.journal.checkpoints import Checkpoints
from perpbox.gateway.journal.writer import Journal
from perpbox.gateway.process import open_files_count, resident_bytes
from perpbox.gateway.timings import BOUNDS_US
from perpbox.gateway.ws.server import WsServer
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabError
from perpbox.lab.guard import check_caller
from perpbox.lab.state import ledger_sum

HEALTH_PATH: Final = "/perpbox/v1/health"
METRICS_PATHS: Final = ("/metrics", "/perpbox/v1/metrics")
BEHIND_MS_MAX: Final = 10_000
"""A box whose time is further behind its clock than this is not well."""


class Vitals:
    """Reads what the parts of a box count; nothing is counted for it alone but timings."""

    def __init__(
        self,
        desk: LabDesk,
        server: HttpServer,
        websockets: WsServer,
        journal: Journal | None,
        checkpoints: Checkpoints | None,
        operator_token: str,
    ) -> None:
        self._desk = desk
        self._server = server
        self._websockets = websockets
        self._journal = journal
        self._checkpoints = checkpoints
        self._operator_token = operator_token
        self._began_s = time.monotonic()

    def reply(self, method: str, path: str, headers: Mapping[bytes, bytes]) -> Reply | None:
        """Answer for the paths of this module; None for every other request."""
        if method != "GET":
            return None
        if path == HEALTH_PATH:
            return self._health()
        if path not in METRICS_PATHS:
            return None
        try:
            check_caller(headers, self._operator_token)
        except LabError as error:
            return error.status, b"", error.body()
        return 200, CONTENT_TYPE, self.metrics()

    def _health(self) -> Reply:
        """200 and ok, or 503 and what is wrong. Asks for no token: a supervisor has none."""
        behind_ms = self._behind_ms()
        broken = self._journal is not None and self._journal.broken is not None
        status = "journal" if broken else "behind" if behind_ms > BEHIND_MS_MAX else "ok"
        answer = {
            "status": status,
            "version": __version__,
            "seq": self._desk.sequencer.seq,
            "behindMs": behind_ms,
            "journalLag": self._lag(),
            "checkpointFailures": self._failures(),
        }
        return 200 if status == "ok" else 503, b"", msgspec.json.encode(answer)

    def _behind_ms(self) -> int:
        return max(0, self._desk.now_ms() - self._desk.sequencer.reached_ms)

    def _lag(self) -> int:
        if self._journal is None:
            return 0
        return self._journal.counters.appended - self._journal.counters.written

    def _failures(self) -> int:
        return 0 if self._checkpoints is None else self._checkpoints.counters.failures

    def metrics(self) -> bytes:
        """Give the page of metrics."""
        page = Exposition()
        page.gauge("perpbox_info", "The version that runs.", 1, {"version": __version__})
        self._exchange(page)
        self._requests(page)
        self._connections(page)
        if self._journal is not None:
            _journal(page, self._journal)
        if self._checkpoints is not None:
            _checkpoints(page, self._checkpoints)
        self._process(page)
        return page.text()

    def _exchange(self, page: Exposition) -> None:
        desk, state = self._desk, self._desk.state
        page.counter("perpbox_commands_total", "Commands in the log.", desk.sequencer.seq)
        page.gauge("perpbox_time_seconds", "Box time.", desk.now_ms() / 1000)
        page.gauge("perpbox_behind_seconds", "Due and not done yet.", self._behind_ms() / 1000)
        page.gauge("perpbox_accounts", "Accounts.", len(state.accounts))
        page.gauge(
            "perpbox_open_orders",
            "Orders that rest.",
            sum(len(account.open_orders) for account in state.accounts.values()),
        )
        page.gauge(
            "perpbox_ledger_sum",
            "What all holders together have: 0, or the box is broken.",
            float(ledger_sum(state)),
        )

    def _requests(self, page: Exposition) -> None:
        timings = self._desk.watch.requests.timings
        name, what = "perpbox_request_seconds", "Time to an answer, by endpoint (WS: method)."
        bounds = tuple(bound / 1e6 for bound in BOUNDS_US)
        for (method, path), timing in sorted(timings.by_endpoint.items()):
            labels = {"method": method, "path": path or "(unknown)"}
            page.histogram(name, what, bounds, timing.buckets, timing.total_ns / 1e9, labels)
        for code, count in sorted(timings.refusals.items()):
            page.counter(
                "perpbox_refusals_total", "Answers that say no.", count, {"code": str(code)}
            )

    def _connections(self, page: Exposition) -> None:
        server, websockets = self._server, self._websockets
        name, what = "perpbox_connections", "Connections that are open."
        page.gauge(name, what, len(server.connections), {"kind": "http"})
        page.gauge(name, what, len(websockets.connections), {"kind": "websocket"})
        page.counter("perpbox_connections_total", "Connections taken.", server.taken)
        page.counter("perpbox_connections_refused_total", "Connections refused.", server.refused)
        page.gauge("perpbox_subscriptions", "Streams listened to.", websockets.hub.subscriptions)
        waiting = [connection.unread_bytes for connection in websockets.connections]
        name, what = "perpbox_websocket_unread_bytes", "Frames that wait for their readers."
        page.gauge(name, what, sum(waiting), {"of": "all"})
        page.gauge(name, what, max(waiting, default=0), {"of": "slowest"})

    def _process(self, page: Exposition) -> None:
        uptime_s = time.monotonic() - self._began_s
        page.gauge("perpbox_uptime_seconds", "Since the box was made.", round(uptime_s, 3))
        page.counter("process_cpu_seconds_total", "Time on processors.", time.process_time())
        resident, files = resident_bytes(), open_files_count()
        if resident is not None:
            page.gauge("process_resident_memory_bytes", "Memory in use.", resident)
        if files is not None:
            page.gauge("process_open_fds", "Open files.", files)


def _journal(page: Exposition, journal: Journal) -> None:
    counters = journal.counters
    lag = counters.appended - counters.written
    page.gauge("perpbox_journal_lag_records", "Records that wait for their batch.", lag)
    page.counter("perpbox_journal_records_total", "Records taken.", counters.appended)
    page.counter("perpbox_journal_batches_total", "Batches written.", counters.batches)
    page.counter("perpbox_journal_bytes_total", "Bytes written.", counters.bytes)
    name, what = "perpbox_journal_sync_seconds", "Bringing a batch to the disk."
    page.gauge(name, what, counters.last_sync_us / 1e6, {"of": "last"})
    page.gauge(name, what, counters.longest_sync_us / 1e6, {"of": "longest"})


def _checkpoints(page: Exposition, checkpoints: Checkpoints) -> None:
    counters = checkpoints.counters
    page.counter("perpbox_state_hashes_total", "State hashes recorded.", counters.hashes)
    page.counter("perpbox_snapshots_total", "Snapshots written.", counters.snapshots)
    page.counter(
        "perpbox_checkpoint_failures_total",
        "Hashes and snapshots that failed: until one works the journal is kept.",
        counters.failures,
    )
    unsaved = "Records behind the newest snapshot: a restart replays them."
    page.gauge("perpbox_unsaved_records", unsaved, checkpoints.unsaved)
    name, what = "perpbox_checkpoint_stop_seconds", "How long the box stood still for a fork."
    page.gauge(name, what, counters.last_stop_us / 1e6, {"of": "last"})
    page.gauge(name, what, counters.longest_stop_us / 1e6, {"of": "longest"})
