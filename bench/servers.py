"""Servers in processes of their own, each on the first CPU; the load runs on the last."""

import hmac
import json
import os
import resource
import select
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.load import Load, framed
from perpbox import compiled

HOST = "127.0.0.1"
KEY = "benchkey" * 8
SECRET = "benchsec" * 8
PATIENCE_S = 30
"""How long a server may take to start, a client to end, and a single answer to come."""
ENDING_S_MAX = 5
"""A server that was told to end and has not by then is killed."""


class NotThere(Exception):
    """What was to be measured does not run here; the text says why."""


FAILURES = (NotThere, OSError, subprocess.SubprocessError, ValueError, AssertionError)
"""What a server or a client that fails raises here: a row says so, and the others are measured."""


def told(error: BaseException) -> str:
    """Why, in a line."""
    if isinstance(error, subprocess.TimeoutExpired):
        return f"gave nothing within {error.timeout:g} s"
    text = " ".join(str(error).split()) or type(error).__name__
    return text if isinstance(error, NotThere) else f"{type(error).__name__}: {text}"[:200]


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
def running(
    command: list[str],
    *,
    stdin: int | None = None,
    stdout: int | None = subprocess.PIPE,
    stderr: int | None = None,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    cpu_at: int = 0,
) -> Iterator["subprocess.Popen[bytes]"]:
    """A program on one CPU (the first by default); it is ended afterwards whatever happens."""
    with subprocess.Popen(
        command, stdin=stdin, stdout=stdout, stderr=stderr, env=env, cwd=cwd
    ) as started:
        try:
            pin(started.pid, cpu_at)
            yield started
        finally:
            end(started)


def end(started: "subprocess.Popen[bytes]") -> None:
    """Ask a program to end, and make it."""
    if started.poll() is None:
        started.terminate()
        try:
            started.wait(ENDING_S_MAX)
        except subprocess.TimeoutExpired:
            started.kill()


@contextmanager
def process(
    *arguments: str, env: dict[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    with running([sys.executable, "-m", *arguments], env=env) as started:
        yield started


def first_line(started: "subprocess.Popen[bytes]", seconds: float = PATIENCE_S) -> str:
    """The first line that a program prints; nothing behind it may be waiting.

    Raises:
        NotThere: it ended before, or took longer.
    """
    assert started.stdout is not None
    number, text = started.stdout.fileno(), b""
    until = time.perf_counter() + seconds
    while not text.endswith(b"\n"):
        left = until - time.perf_counter()
        if left <= 0 or not select.select([number], [], [], left)[0]:
            raise NotThere(f"said nothing within {seconds:g} s")
        part = os.read(number, 1)
        if not part:
            raise NotThere(f"ended with code {started.wait(ENDING_S_MAX)} before it served")
        text += part
    return text.decode().strip()


def open_files(wanted: int) -> None:
    """Let this process and those it starts hold that many files open.

    Raises:
        NotThere: more than this machine allows.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (resource.RLIM_INFINITY,) and wanted > hard:
        raise NotThere(f"needs {wanted} open files, the limit is {hard} (ulimit -Hn)")
    if soft != resource.RLIM_INFINITY and wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


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
    return Load(**asked(["bench.load", *arguments], framed(requests), seconds))


def asked(arguments: list[str], stdin: bytes | None, seconds: float) -> dict[str, Any]:
    """What a client of this folder, on the last CPU, prints at its end.

    Raises:
        NotThere: it failed; the text is the last line of what it had to say.
    """
    with subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as client:
        try:
            pin(client.pid, -1)
            printed, complaint = client.communicate(stdin, timeout=seconds + PATIENCE_S)
        finally:
            end(client)
    if client.returncode:
        last = complaint.decode(errors="replace").strip().splitlines()
        raise NotThere(last[-1] if last else f"the client ended with code {client.returncode}")
    numbers: dict[str, Any] = json.loads(printed)
    return numbers


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
def perpbox(*options: str, is_compiled: bool = False) -> Iterator[Perpbox]:
    """A box without rate limits and with one account, answering; kept where ``--data`` says."""
    env = os.environ | {compiled.SWITCH: "1" if is_compiled else "0"}
    port = free_port()
    account = f"{KEY}:{SECRET}:100000USDT"
    fixed = ("--port", str(port), "--rate-limits", "off", "--account", account)
    kept = () if "--data" in options else ("--ephemeral",)
    with process("perpbox", "serve", *kept, *fixed, *options, env=env) as started:
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
