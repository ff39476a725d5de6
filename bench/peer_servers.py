"""The HTTP peers as servers that are measured like ours: node, Prism, mountebank, moto."""

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.peers.setup import NODE_HOME, PYTHON
from bench.rows import SYMBOL
from bench.servers import (
    HOST,
    KEY,
    PATIENCE_S,
    SECRET,
    NotThere,
    first_line,
    free_port,
    running,
)
from bench.servers import signed_target as signed

NODE_MODULES = NODE_HOME / "node_modules"
OPENAPI = Path(__file__).parents[1] / "docs" / "openapi.json"
HERE = Path(__file__).parent / "peers"
RISK = "/fapi/v2/positionRisk"
START_S_MAX = 60
"""A peer that has not answered by then is given up."""
POLL_S = 0.01


class Started:
    """A peer that answers: its process, its port, and what to ask of it."""

    def __init__(self, pid: int, port: int, target: Callable[[], str]) -> None:
        self.pid = pid
        self.port = port
        self.target = target


Peer = Callable[[bytes], AbstractContextManager[Started]]
"""Starts a peer that gives this body where it can be told to."""


def environment() -> dict[str, str]:
    """Where node finds the peers' packages."""
    return {**os.environ, "NODE_PATH": str(NODE_MODULES), "NO_COLOR": "1"}


@contextmanager
def silent(*command: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A peer whose log nobody reads: into a pipe it would write until it stands still."""
    with running(
        list(command), stdout=subprocess.DEVNULL, env=environment(), cwd=NODE_HOME
    ) as started:
        yield started


def node() -> str:
    found = shutil.which("node")
    if found is None:
        raise NotThere("node is not installed")
    return found


def script(package: str, *parts: str) -> str:
    path = NODE_MODULES.joinpath(package, *parts)
    if not path.exists():
        raise NotThere(f"{package} is not installed")
    return str(path)


def answers(port: int, target: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a GET is answered with 200.

    Raises:
        NotThere: the peer has ended, or ``START_S_MAX`` have passed.
    """
    until = time.perf_counter() + START_S_MAX
    request = urllib.request.Request(f"http://{HOST}:{port}{target}")
    request.add_header("X-MBX-APIKEY", KEY)
    while True:
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                if answer.status == 200:
                    return
        except OSError as error:
            why = str(error)
        if process.poll() is not None:
            raise NotThere(f"ended with code {process.returncode} before it served")
        if time.perf_counter() > until:
            raise NotThere(f"no answer within {START_S_MAX} s: {why}")
        time.sleep(POLL_S)


def risk_target() -> str:
    return signed(RISK, f"symbol={SYMBOL}")


@contextmanager
def node_http(body: bytes) -> Iterator[Started]:
    command = [node(), str(HERE / "http.js"), SECRET, str(len(body))]
    with running(command, env=environment(), cwd=NODE_HOME) as process:
        yield Started(process.pid, int(first_line(process)), risk_target)


def one_route(document: dict[str, object], path: str) -> dict[str, object]:
    """An OpenAPI document with nothing but one GET in it, and its components."""
    paths = document["paths"]
    assert isinstance(paths, dict)
    return {**document, "paths": {path: {"get": paths[path]["get"]}}}


@contextmanager
def prism(body: bytes) -> Iterator[Started]:  # noqa: ARG001
    """Prism mocking the one route of our own OpenAPI document, with the answer it finds there."""
    port = free_port()
    path = script("@stoplight/prism-cli", "dist", "index.js")
    with TemporaryDirectory() as folder:
        document = Path(folder) / "openapi.json"
        document.write_text(json.dumps(one_route(json.loads(OPENAPI.read_text()), RISK)))
        with silent(
            node(), path, "mock", "-p", str(port), "-h", HOST, "-v", "error", str(document)
        ) as process:
            answers(port, risk_target(), process)
            yield Started(process.pid, port, risk_target)


@contextmanager
def mountebank(body: bytes) -> Iterator[Started]:
    """mountebank with one stub that answers the same body to everything and keeps connections."""
    admin, port = free_port(), free_port()
    path = script("mountebank", "bin", "mb")
    # It removes its pid file at its end, so that must be a file of our own.
    with (
        TemporaryDirectory() as folder,
        silent(
            node(),
            path,
            "--port",
            str(admin),
            "--nologfile",
            "--loglevel",
            "error",
            "--host",
            HOST,
            "--pidfile",
            str(Path(folder) / "mb.pid"),
        ) as process,
    ):
        answers(admin, "/", process)
        headers = {"Connection": "keep-alive", "Content-Type": "application/json"}
        answer = {"statusCode": 200, "headers": headers, "body": body.decode()}
        imposter = {"port": port, "protocol": "http", "stubs": [{"responses": [{"is": answer}]}]}
        request = urllib.request.Request(
            f"http://{HOST}:{admin}/imposters",
            json.dumps(imposter).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S):
                pass
        except urllib.error.URLError as error:
            raise NotThere(f"took no stub: {error}") from None
        answers(port, risk_target(), process)
        yield Started(process.pid, port, risk_target)


@contextmanager
def moto(body: bytes) -> Iterator[Started]:  # noqa: ARG001
    """moto's server, listing the buckets of an empty S3: its own business, no signature checked."""
    program = PYTHON.parent / "moto_server"
    if not program.exists():
        raise NotThere("moto is not installed")
    port = free_port()
    command = [str(program), "-H", HOST, "-p", str(port)]
    # It logs each request to standard error.
    with running(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=NODE_HOME
    ) as process:
        answers(port, "/", process)
        yield Started(process.pid, port, lambda: "/")


MOCKS: dict[str, Peer] = {"Prism": prism, "mountebank": mountebank, "moto server": moto}
PEERS: dict[str, Peer] = {"node http": node_http, **MOCKS}
