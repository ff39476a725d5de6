"""Running the server: in a thread, in this thread until a signal, and failing to start."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from perpbox.gateway.bounds import HttpBounds
from perpbox.gateway.handler import Reply
from perpbox.gateway.http import HttpServer
from perpbox.gateway.serving import Serving, ServingError
from tests.unit.gateway.http_probe import Client, echo, serving

GET = b"GET /a HTTP/1.1\r\n\r\n"

PROGRAM = """
from perpbox.gateway.http import HttpServer
from perpbox.gateway.serving import Serving
import sys

def handle(method, path, query, headers, body, peer):
    return 200, b"", b"{}"

serving = Serving(HttpServer(handle))
def ready():
    sys.stdout.write(f"{serving.port}\\n")
    sys.stdout.flush()
serving.run(ready)
"""


def test_a_free_port_is_taken_and_known() -> None:
    """NET-017: two boxes on one machine, as in tests, would collide."""
    with serving() as one, serving() as other:
        assert one.port != other.port
        assert one.address == f"127.0.0.1:{one.port}"
        with Client(one.port) as client:
            assert client.ask(GET).status == 200


def test_a_port_in_use_is_said_clearly() -> None:
    """NET-017: the user would read a traceback instead of the reason."""
    with serving() as running:
        late = Serving(HttpServer(echo), port=running.port)
        with pytest.raises(
            ServingError, match=rf"127\.0\.0\.1:{running.port}: Address already in use"
        ):
            late.start()
        with pytest.raises(ServingError):
            late.run(lambda: None)


def test_an_unknown_host_is_said_clearly() -> None:
    """NET-017: as above."""
    with pytest.raises(ServingError, match=r"cannot listen on 203\.0\.113\.77"):
        Serving(HttpServer(echo), host="203.0.113.77").start()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    """NET-018: Ctrl-C would print a traceback, or a supervisor see a failure."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with Client(port) as client:
            assert client.ask(GET).status == 200
            process.send_signal(number)
            assert client.read_end() == b""
        _, complaints = process.communicate(timeout=10)
    assert process.returncode == 0
    assert complaints == ""


def test_stop_closes_connections_and_frees_the_port() -> None:
    """NET-018: a stopped box would leave clients hanging and its port taken."""
    with serving() as running:
        client = Client(running.port)
        assert client.ask(GET).status == 200
        port = running.port
    assert client.read_end() == b""
    client.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def large(*_: object) -> Reply:
    """More than the sockets between server and client hold."""
    return 200, b"", b"x" * (16 << 20)


def test_stop_lets_its_last_answers_be_read() -> None:
    """NET-018: a large answer would end in the middle."""
    with serving(large, bounds=HttpBounds(drain_ms=60_000)) as running, Client(running.port) as it:
        it.send(GET)
        it.read_bytes(1)
        with ThreadPoolExecutor() as pool:
            stopped = pool.submit(running.stop)
            read = 1
            while part := it.socket.recv(1 << 20):
                read += len(part)
            stopped.result()
        assert read + len(it.unread) > 16 << 20


def test_stop_cuts_off_who_does_not_read() -> None:
    """NET-018: one client would hold up the stop for ever."""
    with serving(large, bounds=HttpBounds(drain_ms=50)) as running, Client(running.port) as it:
        it.send(GET)
        it.read_bytes(1)
        running.stop()
        with pytest.raises((ConnectionError, AssertionError)):
            it.read_bytes(16 << 20)


def test_call_runs_on_the_loop_thread() -> None:
    """NET-019: a test's hand on the box would race with requests."""
    with serving() as running:
        assert running.call(threading.get_ident) != threading.get_ident()
        assert running.call(lambda: running.call(lambda: 7)) == 7
        with pytest.raises(KeyError):
            running.call(lambda: {"here": 1}["missing"])
        assert running.call(asyncio.get_running_loop).is_running()
    assert running.call(threading.get_ident) == threading.get_ident()


def test_the_tick_comes_again_and_again_also_after_a_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """NET-019: one failing timer would stop funding for ever."""
    enough = threading.Event()
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1
        if count == 2:
            raise RuntimeError("once")
        if count == 5:
            enough.set()

    with serving(tick=tick, tick_ms=1):
        assert enough.wait(10)
    assert "once" in caplog.text
