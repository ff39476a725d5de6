"""The HTTP peers as servers that are measured like ours: node, Prism, mountebank, moto."""

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.peers.setup import NODE_HOME, PYTHON
from bench.rows import CONNECTIONS, SYMBOL, Plan, Side
from bench.servers import HOST, KEY, PATIENCE_S, SECRET, free_port, get_request, load, pin
from bench.servers import signed_target as signed

NODE_MODULES = NODE_HOME / "node_modules"
OPENAPI = Path(__file__).parents[1] / "docs" / "openapi.json"
HERE = Path(__file__).parent / "peers"
RISK = "/fapi/v2/positionRisk"


class NotThere(Exception):
    """A peer that cannot be started here; the text says why."""


def environment() -> dict[str, str]:
    """Where node finds the peers' packages."""
    return {**os.environ, "NODE_PATH": str(NODE_MODULES), "NO_COLOR": "1"}


@contextmanager
def started(*command: str) -> Iterator["subprocess.Popen[str]"]:
    """A peer on the first CPU, ended afterwards."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(),
        cwd=NODE_HOME,
    ) as process:
        pin(process.pid, 0)
        try:
            yield process
        finally:
            process.kill()


def node(name: str = "node") -> str:
    found = shutil.which(name)
    if found is None:
        raise NotThere("node is not installed")
    return found


def script(package: str, *parts: str) -> str:
    path = NODE_MODULES.joinpath(package, *parts)
    if not path.exists():
        raise NotThere(f"{package} is not installed")
    return str(path)


def answers(port: int, target: str, process: "subprocess.Popen[str]") -> None:
    """Wait until a GET is answered with 200."""
    until = time.perf_counter() + PATIENCE_S
    request = urllib.request.Request(f"http://{HOST}:{port}{target}")
    request.add_header("X-MBX-APIKEY", KEY)
    while True:
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                assert answer.status == 200
                return
        except (urllib.error.URLError, ConnectionError) as error:
            if time.perf_counter() > until or process.poll() is not None:
                raise NotThere(f"no answer: {error}") from None
            time.sleep(0.05)


def side(
    name: str, pid: int, port: int, plan: Plan, target: str, connections: int = CONNECTIONS
) -> Side:
    def ask() -> object:
        return load(port, get_request(target), connections, plan.seconds)

    return Side(name, pid, ask)


def risk_target() -> str:
    return signed(RISK, f"symbol={SYMBOL}")


@contextmanager
def node_http(body: bytes, plan: Plan) -> Iterator[Side]:
    with started(node(), str(HERE / "http.js"), SECRET, str(len(body))) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield side("node http", process.pid, port, plan, risk_target())


@contextmanager
def prism(body: bytes, plan: Plan) -> Iterator[Side]:  # noqa: ARG001
    """Prism mocking our own OpenAPI document."""
    port = free_port()
    path = script("@stoplight/prism-cli", "dist", "index.js")
    with started(node(), path, "mock", "-p", str(port), "-h", HOST, str(OPENAPI)) as process:
        target = risk_target()
        answers(port, target, process)
        yield side("Prism", process.pid, port, plan, target)


@contextmanager
def mountebank(body: bytes, plan: Plan) -> Iterator[Side]:
    """mountebank with one stub that answers the same body to everything."""
    admin, port = free_port(), free_port()
    path = script("mountebank", "bin", "mb")
    # It removes its pid file at its end, so that must be a file of our own.
    with (
        TemporaryDirectory() as folder,
        started(
            node(),
            path,
            "--port",
            str(admin),
            "--nologfile",
            "--host",
            HOST,
            "--pidfile",
            str(Path(folder) / "mb.pid"),
        ) as process,
    ):
        answers(admin, "/", process)
        stub = {"responses": [{"is": {"statusCode": 200, "body": body.decode()}}]}
        imposter = {"port": port, "protocol": "http", "stubs": [stub]}
        request = urllib.request.Request(
            f"http://{HOST}:{admin}/imposters",
            json.dumps(imposter).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S):
            pass
        target = risk_target()
        answers(port, target, process)
        yield side("mountebank", process.pid, port, plan, target)


@contextmanager
def moto(body: bytes, plan: Plan) -> Iterator[Side]:  # noqa: ARG001
    """moto's server, listing the buckets of an empty S3: its own business, no signature checked."""
    program = PYTHON.parent / "moto_server"
    if not program.exists():
        raise NotThere("moto is not installed")
    port = free_port()
    with started(str(program), "-H", HOST, "-p", str(port)) as process:
        answers(port, "/", process)
        yield side("moto server", process.pid, port, plan, "/")


PEERS = {"node http": node_http, "Prism": prism, "mountebank": mountebank, "moto server": moto}
MOCKS = ("Prism", "mountebank", "moto server")
