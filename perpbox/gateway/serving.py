"""Run the HTTP server: in this thread until a signal comes, or in a thread of its own."""

import asyncio
import contextlib
import os
import signal
import ssl
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import FrameType
from typing import Final, TypeVar

from perpbox.gateway.http import HttpServer

T = TypeVar("T")

STARTING_S_MAX: Final = 10
TICK_MS: Final = 100
DRAIN_STEP_S: Final = 0.005
CUT_TURNS_MAX: Final = 100
"""Turns of the loop in which connections that were cut off are let go."""
BACKLOG_MAX: Final = 1024
"""Connections that the kernel holds until they are taken."""


def _no_matter(loop: asyncio.AbstractEventLoop | None) -> None:
    """The hook where nobody has to know the loop."""


class ServingError(Exception):
    """The server cannot start; the text says why, for a person."""


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Make uvloop's loop where there is one, else the standard loop."""
    if sys.platform != "win32":
        with contextlib.suppress(ImportError):
            import uvloop  # noqa: PLC0415  (not everywhere, and not needed to import perpbox)

            return uvloop.new_event_loop()
    return asyncio.new_event_loop()


class Serving:
    """One listening socket and its loop.

    ``tick``, if given, is called on the loop's thread every so often: timers live there, and
    ``tick_ms`` says after each of them how long it is to the next. A
    tick that raises is logged by the loop, and the next one comes all the same. ``began`` is told
    the loop once it listens, and ``None`` when it has ended. With ``tls`` nothing but TLS is
    spoken.
    """

    def __init__(
        self,
        server: HttpServer,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tick: Callable[[], None] | None = None,
        tick_ms: Callable[[], int] = lambda: TICK_MS,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] = new_event_loop,
        began: Callable[[asyncio.AbstractEventLoop | None], None] = _no_matter,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host: Final = host
        self.port = port
        """With 0 a free port is taken, and is to be read here once the server has started."""
        self.server: Final = server
        self._tick = tick
        self._tick_ms = tick_ms
        self._loop_factory = loop_factory
        self._began = began
        self.failure: BaseException | None = None
        """Why it ended by itself."""
        self._tls = tls
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told_to_end = False
        self._ending: asyncio.Event
        self._thread: threading.Thread | None = None

    def fail(self, error: BaseException) -> None:
        """End it, on the loop's thread or where none runs: nothing can be served any more."""
        self.failure = self.failure or error
        self._end()

    @property
    def address(self) -> str:
        """``host:port``, as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def run(self, ready: Callable[[], None]) -> None:
        """Serve in this thread until SIGINT or SIGTERM; ``ready`` is called once it listens.

        Raises:
            ServingError: it cannot listen.
            BaseException: what ``fail`` was called with.
        """
        caught = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._on_signal) for number in caught}
        try:
            with asyncio.Runner(loop_factory=self._loop_factory) as runner:
                runner.run(self._serve(ready))
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if self.failure is not None:
            raise self.failure

    def start(self) -> None:
        """Serve in a thread of its own; returns once it listens.

        Raises:
            ServingError: it cannot listen.
        """
        self._told_to_end = False
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run_thread, args=(started,), name="perpbox", daemon=True
        )
        self._thread.start()
        failure = started.exception(STARTING_S_MAX)
        if failure is not None:
            self._thread.join()
            self._thread = None
            raise failure

    def stop(self) -> None:
        """End it from any thread but the loop's own; a thread of its own is waited for."""
        self._end()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def call(self, work: Callable[[], T]) -> T:
        """Run ``work`` on the loop's thread and hand over what it returns or raises.

        On the loop's thread itself, and where no loop runs, it is simply called.
        """
        done: Future[T] = Future()

        def step() -> None:
            try:
                done.set_result(work())
            except BaseException as error:  # raised again in the caller's thread
                done.set_exception(error)

        with self._lock:  # the loop cannot end in between, and still runs what is scheduled
            loop = self._loop
            elsewhere = loop is not None and not self._on_loop_thread(loop)
            if loop is not None and elsewhere:
                loop.call_soon_threadsafe(step)
        return done.result() if elsewhere else work()

    @staticmethod
    def _on_loop_thread(loop: asyncio.AbstractEventLoop) -> bool:
        try:
            return asyncio.get_running_loop() is loop
        except RuntimeError:
            return False

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._end()

    def _end(self) -> None:
        self._told_to_end = True
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended meanwhile
                loop.call_soon_threadsafe(self._ending.set)

    def _run_thread(self, started: "Future[None]") -> None:
        try:
            with asyncio.Runner(loop_factory=self._loop_factory) as runner:
                runner.run(self._serve(lambda: started.set_result(None)))
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)  # raised again in the starter's thread

    async def _serve(self, ready: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        listening = await self._listen(loop)
        self.server.start(loop)
        self._loop = loop
        self._began(loop)
        stop_ticking = self._start_ticking(loop)
        try:
            ready()
            if not self._told_to_end:
                await self._ending.wait()
        finally:
            with self._lock:
                self._loop = None
            stop_ticking()
            listening.close()
            self.server.stop()
            await self._drain(loop)
            self._began(None)

    async def _listen(self, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
        patience_s = self.server.bounds.handshake_ms / 1000
        try:
            listening = await loop.create_server(
                self.server.connect,
                self.host,
                self.port,
                backlog=BACKLOG_MAX,
                ssl=self._tls,
                ssl_handshake_timeout=None if self._tls is None else patience_s,
                ssl_shutdown_timeout=None if self._tls is None else patience_s,
            )
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
            raise ServingError(f"cannot listen on {self.address}: {reason}") from error
        self.port = listening.sockets[0].getsockname()[1]
        return listening

    async def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let what was written leave, and clients hang up; cut off who takes too long."""
        server = self.server
        until_s = loop.time() + server.bounds.drain_ms / 1000
        await asyncio.sleep(0)
        while server.open_count() and loop.time() < until_s:
            await asyncio.sleep(DRAIN_STEP_S)
        server.cut()
        for _ in range(CUT_TURNS_MAX):
            if not server.open_count():
                break
            await asyncio.sleep(0)

    def _start_ticking(self, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
        """Call ``tick`` again and again; the function returned ends that."""
        tick, tick_ms = self._tick, self._tick_ms
        if tick is None:
            return lambda: None
        timer: asyncio.TimerHandle

        def step() -> None:
            nonlocal timer
            timer = loop.call_later(tick_ms() / 1000, step)
            tick()

        timer = loop.call_later(tick_ms() / 1000, step)
        return lambda: timer.cancel()  # noqa: PLW0108  (the timer of that moment)
