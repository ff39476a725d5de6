"""100 honest traders alone, and the same among 1,900 others of whom 1,000 mean no good.

``python -m bench.siege PORT SECONDS`` is the honest side, in a process of its own: it reads keys
and secrets as JSON from standard input and prints one JSON object. Each trader places an order,
waits for the answer, cancels it, and pauses, so that the box is busy and not swamped.
"""

import asyncio
import hmac
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.rows import Plan, Row
from bench.servers import HOST, Perpbox, cpu_seconds, perpbox, pin, resident_mib
from perpbox.gateway.serving import new_event_loop

HONEST = 100
PAUSE_S = 0.25
SECONDS_MIN = 10
WITHIN = 5
SYMBOL = "BTCUSDT"
TERMS = f"symbol={SYMBOL}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=30000"


class Trader:
    """One account on one connection."""

    def __init__(self, key: str, secret: str) -> None:
        self._key, self._secret = key, secret
        self.took_s: list[float] = []
        self.errors: list[str] = []

    def _request(self, method: str, parameters: str) -> bytes:
        query = f"{parameters}&recvWindow=60000&timestamp={time.time_ns() // 1_000_000}"
        signature = hmac.digest(self._secret.encode(), query.encode(), "sha256").hex()
        return (
            f"{method} /fapi/v1/order?{query}&signature={signature} HTTP/1.1\r\nHost: {HOST}\r\n"
            f"X-MBX-APIKEY: {self._key}\r\nContent-Length: 0\r\n\r\n"
        ).encode()

    async def trade(self, port: int, until_s: float, start_s: float) -> None:
        await asyncio.sleep(start_s)
        try:
            reader, writer = await asyncio.open_connection(HOST, port)
            while time.perf_counter() < until_s:
                placed = await self._ask(reader, writer, "POST", TERMS)
                if placed:
                    order = f"symbol={SYMBOL}&orderId={placed['orderId']}"
                    await self._ask(reader, writer, "DELETE", order)
                await asyncio.sleep(PAUSE_S)
            writer.close()
        except (OSError, asyncio.IncompleteReadError) as error:
            self.errors.append(repr(error))

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        method: str,
        parameters: str,
    ) -> dict[str, object]:
        request = self._request(method, parameters)
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        at = head.index(b"Content-Length: ") + 16
        body = await reader.readexactly(int(head[at : head.index(b"\r", at)]))
        self.took_s.append(time.perf_counter() - began)
        if not head.startswith(b"HTTP/1.1 200"):
            self.errors.append(body[:200].decode())
            return {}
        answer: dict[str, object] = json.loads(body)
        return answer


async def honest(port: int, seconds: float, keys: list[tuple[str, str]]) -> None:
    traders = [Trader(*pair) for pair in keys]
    until_s = time.perf_counter() + seconds
    spread = PAUSE_S / len(traders)
    await asyncio.gather(*(t.trade(port, until_s, n * spread) for n, t in enumerate(traders)))
    took_s = sorted(took for trader in traders for took in trader.took_s)
    errors = [error for trader in traders for error in trader.errors]
    told = {
        "answers": len(took_s),
        "p50_ms": took_s[len(took_s) // 2] * 1000,
        "p99_ms": took_s[len(took_s) * 99 // 100] * 1000,
        "errors": len(errors),
        "first_errors": errors[:3],
    }
    print(json.dumps(told))


def run_honest(box: Perpbox, seconds: float, keys: list[tuple[str, str]]) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.siege", str(box.port), str(seconds)]
    done = subprocess.run(
        command, input=json.dumps(keys), capture_output=True, text=True, check=True
    )
    told: dict[str, float] = json.loads(done.stdout)
    if told["errors"]:
        print(told["first_errors"], file=sys.stderr)
    return told


@contextmanager
def besieged(box: Perpbox, counts: dict[str, int]) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.besiegers", HOST, str(box.port)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        pin(started.pid, -1)
        assert started.stdin is not None
        assert started.stdout is not None
        counts.update(json.loads(started.stdout.readline()))
        try:
            yield
        finally:
            started.stdin.close()
            counts.update(json.loads(started.stdout.readline()))


def siege(plan: Plan) -> list[Row]:
    """Quiet and besieged runs in turn; the honest side's errors and 99th percentile."""
    seconds = max(SECONDS_MIN, plan.seconds)
    quiet, loud = [], []
    counts: dict[str, int] = {}
    with perpbox() as box:
        opened = [
            json.loads(box.call("POST", "/perpbox/v1/accounts", b'{"wallets":{"USDT":"100000"}}'))
            for _ in range(HONEST)
        ]
        keys = [(account["key"], account["secret"]) for account in opened]
        for _ in range(plan.rounds):
            quiet.append(run_honest(box, seconds, keys))
            with besieged(box, counts):
                before = cpu_seconds(box.pid)
                loud.append(run_honest(box, seconds, keys))
                after = cpu_seconds(box.pid)
        memory = resident_mib(box.pid)
        ledger = json.loads(box.call("GET", "/perpbox/v1/state"))["ledgerSum"]
    assert ledger == "0"
    for deed, count in sorted(counts.items()):
        print(f"  {deed}: {count}", file=sys.stderr)
    ratios = [loud_run["p99_ms"] / run["p99_ms"] for run, loud_run in zip(quiet, loud, strict=True)]
    rows = [
        Row("honest alone, 99th percentile", statistics.median(r["p99_ms"] for r in quiet), "ms"),
        Row("honest besieged, median", statistics.median(r["p50_ms"] for r in loud), "ms"),
        Row("honest besieged, 99th percentile", statistics.median(r["p99_ms"] for r in loud), "ms"),
        Row(
            "besieged against alone",
            statistics.median(ratios),
            "x",
            WITHIN,
            at_most=True,
            spread=(min(ratios), max(ratios)),
        ),
        Row("errors of the honest", sum(r["errors"] for r in loud), "answers", 0, at_most=True),
        Row("answers to the honest, besieged", sum(r["answers"] for r in loud), "answers"),
        Row("connections of others", counts["open"], "connections"),
    ]
    if before is not None and after is not None:
        rows.append(Row("CPU of the box, besieged", (after - before) / seconds * 100, "%"))
    if memory is not None:
        rows.append(Row("memory afterwards", memory, "MiB"))
    return rows


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(honest(int(sys.argv[1]), float(sys.argv[2]), json.load(sys.stdin)))
