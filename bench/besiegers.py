"""Clients that mean no good, and 900 that are merely there, in a process of their own.

``python -m bench.besiegers HOST PORT`` opens them, prints ``ready`` and what it has, goes on until
its standard input ends, and prints what was counted.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable

from perpbox.gateway.serving import new_event_loop

MALICIOUS = 1_000
IDLE = 900
OPENING_MAX = 50
"""Connections that are being opened at one time."""
READ_MAX = 2**22
GET = b"GET /fapi/v1/ping HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /fapi/v1/order HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
UPGRADE = (
    b"GET /ws/%s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
Misdeed = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
random_bytes = random.Random(1).randbytes


async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A head that never ends, a byte at a time."""
    writer.write(b"GET /fapi/v1/ping HTTP/1.1\r\nX: ")
    for _ in range(120):
        await asyncio.sleep(0.5)
        writer.write(b"x")
        await writer.drain()


async def oversize(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A body beyond the bound, in pieces."""
    writer.write(POST % 100_000_000)
    for _ in range(600):
        writer.write(b"x" * 20_000)
        await writer.drain()
        await asyncio.sleep(0.2)


async def half_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Half a request, then the end of its sending, and no end of its reading."""
    writer.write(GET + b"GET /fapi/v1/depth?symbol=BTC")
    writer.write_eof()
    await reader.read(100)
    await asyncio.sleep(2)


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bytes that are no HTTP."""
    writer.write(random_bytes(3_000))
    await reader.read(1_000)
    await asyncio.sleep(1)


async def frames(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A WebSocket that says what no protocol has."""
    writer.write(UPGRADE % b"btcusdt@depth")
    await reader.readuntil(b"\r\n\r\n")
    writer.write(random_bytes(500))
    await reader.read(1_000)
    await asyncio.sleep(1)


async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A WebSocket that subscribes to everything loud and never reads."""
    writer.write(UPGRADE % b"btcusdt@depth@100ms/!bookTicker/!markPrice@arr@1s")
    await asyncio.sleep(60)


async def hoard(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pipelined requests for large answers that it does not read."""
    writer.write(b"GET /fapi/v1/exchangeInfo HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
    await asyncio.sleep(60)


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Nothing."""
    await reader.read(1)


MISDEEDS: tuple[Misdeed, ...] = (
    drip,
    oversize,
    half_close,
    garbage,
    frames,
    deaf,
    hoard,
    silence,
)


async def idle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A client that asks now and then, and reads its answer."""
    while True:
        writer.write(GET)
        await reader.readuntil(b"{}")
        await asyncio.sleep(5 + random.random() * 5)


async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A reader of a stream."""
    writer.write(UPGRADE % b"btcusdt@markPrice")
    while await reader.read(4096):
        pass


class Besiegers:
    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.opening = asyncio.Semaphore(OPENING_MAX)
        self.open = 0
        self.counts: Counter[str] = Counter()

    async def keep(self, deed: Misdeed) -> None:
        """Do it over and over, on a fresh connection each time."""
        while True:
            async with self.opening:
                try:
                    reader, writer = await asyncio.open_connection(
                        self.host, self.port, limit=READ_MAX
                    )
                except OSError:
                    self.counts["not connected"] += 1
                    await asyncio.sleep(1)
                    continue
            self.open += 1
            self.counts[deed.__name__] += 1
            try:
                await deed(reader, writer)
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                self.counts[f"{deed.__name__} cut off"] += 1
                await asyncio.sleep(0.5)
            finally:
                self.open -= 1
                writer.transport.abort()


async def besiege(host: str, port: int) -> None:
    besiegers = Besiegers(host, port)
    deeds = [MISDEEDS[number % len(MISDEEDS)] for number in range(MALICIOUS)]
    deeds += [(idle, listen)[number % 2] for number in range(IDLE)]
    tasks = [asyncio.create_task(besiegers.keep(deed)) for deed in deeds]
    while besiegers.open < 0.95 * len(deeds):
        await asyncio.sleep(0.05)
    print(json.dumps({"open": besiegers.open}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print(json.dumps({"open": besiegers.open, **besiegers.counts}), flush=True)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(besiege(sys.argv[1], int(sys.argv[2])))
