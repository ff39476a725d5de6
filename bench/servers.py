"""Servers in processes of their own, each on the first CPU; the load runs on the last."""

import hmac
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.load import Load, framed

HOST = "127.0.0.1"
KEY = "benchkey" * 8
SECRET = "benchsec" * 8
PATIENCE_S = 20


def cpus() -> list[int]:
    """The CPUs this process may use; empty where that cannot be told."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def pin(pid: int, cpu_at: int) -> None:
    available = cpus()
    if len(available) > 1:
        os.sched_setaffinity(pid, {available[cpu_at]})


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def process(*arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.PIPE) as started:
        pin(started.pid, 0)
        try:
            yield started
        finally:
            started.terminate()


def cpu_seconds(pid: int) -> float | None:
    """User and kernel time so far; None where there is no /proc."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return None
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float | None:
    """Memory in use; None where there is no /proc."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def load(port: int, request: bytes | list[bytes], connections: int, seconds: float) -> Load:
    """Run the load client once; each connection sends all requests in turn."""
    requests = request if isinstance(request, list) else [request]
    arguments = [HOST, str(port), str(connections), str(seconds)]
    with subprocess.Popen(
        [sys.executable, "-m", "bench.load", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as client:
        pin(client.pid, -1)
        printed, _ = client.communicate(framed(requests), timeout=seconds + PATIENCE_S)
    return Load(**json.loads(printed))


class Perpbox:
    """A served box, spoken to like any client does."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.pid = pid

    def call(self, method: str, target: str, body: bytes | None = None) -> bytes:
        asked = urllib.request.Request(f"http://{HOST}:{self.port}{target}", body, method=method)
        asked.add_header("X-MBX-APIKEY", KEY)
        with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:
            read: bytes = answer.read()
            return read

    def lab(self, path: str, **fields: object) -> None:
        self.call("POST", f"/perpbox/v1{path}", json.dumps(fields).encode())

    def wait(self) -> None:
        """Ask until it answers."""
        until = time.perf_counter() + PATIENCE_S
        while True:
            try:
                self.call("GET", "/fapi/v1/ping")
            except (urllib.error.URLError, ConnectionError):
                if time.perf_counter() > until:
                    raise
                time.sleep(0.005)
            else:
                return


@contextmanager
def perpbox(*options: str) -> Iterator[Perpbox]:
    """A box without rate limits and with one account, answering."""
    port = free_port()
    account = f"{KEY}:{SECRET}:100000USDT"
    fixed = ("--port", str(port), "--rate-limits", "off", "--account", account)
    with process("perpbox", "serve", "--ephemeral", *fixed, *options) as started:
        box = Perpbox(port, started.pid)
        box.wait()
        yield box


def signed_target(path: str, parameters: str) -> str:
    """Path and query with timestamp and signature, good for a minute."""
    query = f"{parameters}&recvWindow=60000&timestamp={time.time_ns() // 1_000_000}"
    signature = hmac.digest(SECRET.encode(), query.encode(), "sha256").hex()
    return f"{path}?{query}&signature={signature}"


def get_request(target: str, method: str = "GET") -> bytes:
    """What a usual client sends."""
    length = "" if method == "GET" else "Content-Length: 0\r\n"
    return (
        f"{method} {target} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: python-requests/2.32.0\r\n"
        "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n"
        f"{length}X-MBX-APIKEY: {KEY}\r\n\r\n"
    ).encode()
