"""The runner of the measures and their report: bounds, going on, and what is said of an aim."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench import load, profiles, report, run
from bench.rows import Plan, Row, Side, missing, ratio, recorded

PLAN = Plan(1, 0.05)
REQUEST = b"GET / HTTP/1.1\r\n\r\n"


def bounded(script: str, limit_s: float) -> tuple[str, str]:
    """Why a program gave nothing, and what it complained of."""
    with tempfile.TemporaryFile() as complaints:
        why = run.bounded(["sh", "-c", script], limit_s, complaints.fileno())
        complaints.seek(0)
        return why, complaints.read().decode()


def test_a_measure_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """LAB-096: and so is what it has started."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    why, _ = bounded(f"sleep 600 > {pipe} & wait", 1)
    assert why == "given up after 1 s"
    os.set_blocking(reading, True)
    assert os.read(reading, 1) == b"", "what it started still holds the pipe"
    os.close(reading)


def test_a_measure_that_fails_says_why() -> None:
    """LAB-096."""
    why, complaint = bounded("echo no such peer >&2; exit 1", 60)
    assert (why, complaint) == ("ended with code 1", "no such peer\n")
    assert bounded("exit 0", 60)[0] == ""


def test_a_side_that_fails_is_left_alone_and_says_why() -> None:
    """LAB-096: the others are measured on."""
    good = Side("good", 0, lambda: load.Load(100, 0, 1.0, 10, 20))
    bad = Side("bad", 0, lambda: load.Load(1, 3, 1.0, 10, 20))
    for _ in range(2):
        good.measure()
        bad.measure()
    assert good.rates == [100, 100]
    assert bad.rates == []
    (row,) = bad.rows()
    assert (row.verdict, row.why) == ("not measured", "3 of 4 answers were no 200")
    of = ratio("good of bad", good.rates, bad.rates, 2, why=bad.why)
    assert (of.verdict, of.why) == ("not measured", bad.why)


def test_rows_survive_being_written_down() -> None:
    """LAB-097: JSON knows no NaN, and a row without a number stays one."""
    rows = [Row("a", 1.5, "x", 2, at_most=True, spread=(1, 2)), missing("b", "s", "gone", 1)]
    kept = json.loads(json.dumps([row.record() for row in rows], allow_nan=False))
    again = [recorded(record) for record in kept]
    assert again[0] == rows[0]
    assert again[1].record() == rows[1].record()
    assert [row.verdict for row in again] == ["reached", "not measured"]


def kept_results(path: Path, **changes: object) -> Path:
    measures = {
        name: {"rows": [], "failed": failed, "took_s": 1, "load_before": 0, "rounds": 1}
        for name, failed in (("edge", False), ("idle", True))
    }
    path.write_text(json.dumps(run.new_results(PLAN) | {"measures": measures} | changes))
    return path


def test_going_on_with_an_earlier_run(tmp_path: Path) -> None:
    """LAB-097: with what it has; what failed is run again."""
    results = run.earlier(kept_results(tmp_path / "run.json"))
    assert list(results["measures"]) == ["edge"]


@pytest.mark.parametrize("what", ["machine", "sources"])
def test_another_run_is_refused(tmp_path: Path, what: str) -> None:
    """LAB-097."""
    path = kept_results(tmp_path / "run.json", **{what: "another"})
    with pytest.raises(ValueError, match=f"is of another {what}"):
        run.earlier(path)


def test_the_report_says_of_each_aim_what_became_of_it() -> None:
    """LAB-098."""
    orders = [
        Row("POST order: orders/s", 10, "orders/s", 5),
        Row("order.place: orders/s", 10, "orders/s", 50),
        missing("POST order, filling: orders/s", "orders/s", "it ended", 5),
    ]
    profile = [
        Row(f"order.place: {profiles.IN}wire", 60, "%"),
        Row(f"order.place: {profiles.OF_IT}params.read (wire)", 20, "%"),
        Row(f"order.place: {profiles.CALLS}", 700, "each"),
    ]
    page = report.page(results_of({"orders": orders, "profiles": profile}))
    assert "1 of 3 aims reached, 1 missed, 1 not measured." in page
    assert "not measured: it ended" in page
    assert (
        "- *order.place: orders/s* missed ≥ 50 orders/s: of "
        "[order.place](#profile-order-place), wire 60 %." in page
    )
    assert "`params.read (wire)`" in page


def results_of(measures: dict[str, list[Row]]) -> dict[str, Any]:
    around = {"rounds": 1, "seconds": 1.0, "took_s": 1.0, "load_before": 0.0, "failed": False}
    return run.new_results(PLAN) | {
        "measures": {
            name: {"rows": [row.record() for row in rows], **around}
            for name, rows in measures.items()
        }
    }


@contextmanager
def answering(answer: bytes, closes: bool) -> Iterator[int]:
    """A server that gives the same answer to each request, and hangs up or not."""

    def hold(link: socket.socket) -> None:
        with link, contextlib.suppress(ConnectionResetError):
            while link.recv(1 << 12):
                link.sendall(answer)
                if closes:
                    return

    def accept() -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=hold, args=(link,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("answer", "closes"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", False),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", True),
        (b"HTTP/1.0 200 OK\r\n\r\n{}", True),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            False,
        ),
    ],
)
def test_the_load_client_reads_what_peers_answer(answer: bytes, closes: bool) -> None:
    """LAB-096: no peer keeps it waiting for ever."""
    with answering(answer, closes) as port:
        done = load.run("127.0.0.1", port, 2, PLAN.seconds, [REQUEST])
    assert done.requests > 0
    assert done.failures == 0


def test_the_load_client_counts_refusals() -> None:
    """LAB-096."""
    refusal = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}"
    with answering(refusal, closes=False) as port:
        done = load.run("127.0.0.1", port, 1, PLAN.seconds, [REQUEST])
    assert done.requests == 0
    assert done.failures > 0


def test_misuse_is_told_before_anything_is_run() -> None:
    """LAB-097: an unknown measure or setting ends with code 2."""
    for words in (["no-such-measure"], ["--rounds", "0"], ["--from", "/nowhere.json"]):
        done = subprocess.run(
            [sys.executable, "-m", "bench", *words], capture_output=True, check=False
        )
        assert done.returncode == 2
