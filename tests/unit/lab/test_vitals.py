"""Health and metrics: what a supervisor and Prometheus see."""

import json
import re
from pathlib import Path

import pytest

from perpbox.box import Box
from perpbox.gateway.exposition import Exposition
from perpbox.gateway.request_log import COUNTED_TOGETHER, RequestLog, fault_of
from perpbox.gateway.timings import BOUNDS_US, Timing
from perpbox.lab.vitals import BEHIND_MS_MAX, HEALTH_PATH, METRICS_PATHS
from perpbox.wire.errors import wire_error
from tests.live import Live
from tests.unit.gateway.ws.ws_probe import WsClient

SAMPLE = re.compile(r'^([a-z_]+)(\{(?:[a-z]+="[^"]*",?)+\})? (-?[0-9.e+-]+)$')


def samples(box: Box, path: str = "/metrics") -> dict[str, float]:
    """Every sample by its name and labels; each line of the page is one, or a comment."""
    status, lines, page = box.handle("GET", path)
    assert status == 200
    assert b"text/plain; version=0.0.4" in lines
    found = {}
    for line in page.decode().splitlines():
        if not line.startswith("# "):
            match = SAMPLE.match(line)
            assert match is not None, line
            found[match[1] + (match[2] or "")] = float(match[3])
    return found


def box_of(**options: object) -> Box:
    return Box(**{"market": "none", "symbols": ["BTCUSDT"], "clock": "frozen", **options})


def test_metrics_tell_what_happened() -> None:
    """OPS-006: rates, latencies by endpoint, queues, connections and the ledger's sum."""
    with box_of() as box:
        trader = box.account()
        box.set_price("BTCUSDT", 60_000)
        live = Live(box.url, trader.key, trader.secret, box.desk.now_ms())
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        for price in ("50000", "50001", "1"):
            live.signed("POST", "/fapi/v1/order", **order, quantity="0.01", price=price)
        live.call("GET", "/no/such/path")
        with WsClient(int(box.url.rsplit(":", 1)[1]), "/ws/a@depth/b@depth"):
            found = samples(box)
        placed = '{method="POST",path="/fapi/v1/order"'
        assert found[f"perpbox_request_seconds_count{placed}}}"] == 3
        assert found[f'perpbox_request_seconds_bucket{placed},le="+Inf"}}'] == 3
        assert found[f"perpbox_request_seconds_sum{placed}}}"] > 0
        assert found['perpbox_request_seconds_count{method="",path="(unknown)"}'] == 1
        assert found['perpbox_refusals_total{code="-5000"}'] == 1
        assert sum(n for name, n in found.items() if name.startswith("perpbox_refusals")) == 2
        assert found["perpbox_open_orders"] == 2
        assert found["perpbox_ledger_sum"] == 0
        assert found['perpbox_connections{kind="websocket"}'] == 1
        assert found["perpbox_subscriptions"] == 2
        assert found["perpbox_connections_total"] >= 5
        assert found["perpbox_commands_total"] == box.desk.sequencer.seq
        assert samples(box, METRICS_PATHS[1])["perpbox_accounts"] == found["perpbox_accounts"]


def test_the_journal_is_among_the_metrics(tmp_path: Path) -> None:
    """OPS-006: its lag and how long a sync takes."""
    with box_of(data=str(tmp_path / "data")) as box:
        box.account()
        found = samples(box)
        assert found["perpbox_journal_records_total"] > 0
        assert found["perpbox_journal_lag_records"] == 0
        assert found['perpbox_journal_sync_seconds{of="longest"}'] > 0


def test_buckets_are_inclusive_and_summed_up() -> None:
    """OPS-006: a latency at a bound would count as slower than it was."""
    timing = Timing()
    timing.add([bound * 1000 for bound in BOUNDS_US] + [10**12])
    timing.add([1, 50_001])
    assert timing.buckets == [2, 2, *[1] * (len(BOUNDS_US) - 2), 1]
    page = Exposition()
    page.histogram("a", "What.", (0.5, 2.0), [1, 0, 2], 1.25, {"x": 'q"\\\n'})
    assert page.text().decode().splitlines() == [
        "# HELP a What.",
        "# TYPE a histogram",
        'a_bucket{x="q\\"\\\\\\n",le="0.5"} 1',
        'a_bucket{x="q\\"\\\\\\n",le="2"} 1',
        'a_bucket{x="q\\"\\\\\\n",le="+Inf"} 3',
        'a_sum{x="q\\"\\\\\\n"} 1.25',
        'a_count{x="q\\"\\\\\\n"} 3',
    ]


@pytest.mark.parametrize("count", [1, COUNTED_TOGETHER - 1, COUNTED_TOGETHER, 3000])
def test_every_request_is_counted_once(count: int) -> None:
    """OPS-006: they are counted many together, before the ring forgets them."""
    log = RequestLog()
    refusal = fault_of(wire_error(-1121))
    for number in range(count):
        log.add((0, "GET", "/a", 0, False, 1, 5, refusal if number % 2 else None))
        if number % 700 == 0:
            assert sum(log.timings.by_endpoint["GET", "/a"].buckets) == number + 1
    timings = log.timings
    assert sum(timings.by_endpoint["GET", "/a"].buckets) == count
    assert timings.by_endpoint["GET", "/a"].total_ns == 5 * count
    assert timings.refusals.get(-1121, 0) == count // 2


def test_paths_of_strangers_are_no_names() -> None:
    """OPS-006: whoever asks for random paths would fill the memory and the page."""
    box = box_of()
    for number in range(50):
        box.handle("GET", f"/fapi/v1/{number}")
    endpoints = [name for name in samples(box) if name.startswith("perpbox_request_seconds_count")]
    assert endpoints == ['perpbox_request_seconds_count{method="",path="(unknown)"}']


def test_health_says_when_the_box_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-005: a supervisor would send traffic to a box that cannot keep up."""
    box = box_of()
    status, _, body = box.handle("GET", HEALTH_PATH)
    told = json.loads(body)
    assert status == 200
    assert (told["status"], told["behindMs"], told["journalLag"]) == ("ok", 0, 0)
    now_ms = box.desk.now_ms()
    monkeypatch.setattr(box.desk, "now_ms", lambda: now_ms + BEHIND_MS_MAX + 1)
    status, _, body = box.handle("GET", HEALTH_PATH)
    assert (status, json.loads(body)["status"]) == (503, "behind")


def test_metrics_ask_for_the_operator_token(tmp_path: Path) -> None:
    """OPS-007: anybody in the network could read how much is traded; a supervisor has no token."""
    (tmp_path / "token").write_text("the-operators-own-token")
    box = box_of(operator_token=str(tmp_path / "token"))
    for path in METRICS_PATHS:
        assert box.handle("GET", path)[0] == 401
        bearer = {b"authorization": b"Bearer the-operators-own-token"}
        assert box.handle("GET", path, b"", bearer)[0] == 200
    assert box.handle("GET", HEALTH_PATH)[0] == 200
    assert box.handle("POST", HEALTH_PATH)[0] in (401, 404)
