"""Servers that push a busy bookTicker to whoever connects, and one that fills orders.

``python -m bench.fanout_servers NAME READERS [EVENTS_PER_TURN]`` prints its port, waits for the
readers, and then pushes as fast as they read. ``raw`` and ``broadcast`` push a fixed event.
"""

import asyncio
import json
import socket
import sys
import time
from collections.abc import Callable, Sequence
from itertools import cycle

from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.servers import HOST
from perpbox.box import Box
from perpbox.engine.commands import Command, PlaceOrder, SetDepth
from perpbox.engine.events import Event, OrderTraded
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.gateway.serving import new_event_loop
from perpbox.gateway.ws.framing import frame
from perpbox.money import SCALE, Price, Qty

EVENT = (
    b'{"e":"bookTicker","u":11757092630476,"s":"BTCUSDT","ps":"BTCUSDT","b":"83091.60",'
    b'"B":"4.215","a":"83091.70","A":"3.763","T":1791382994657,"E":1791382994658,"st":1}'
)
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
UNREAD_BYTES_MAX = 1 << 18
"""More than this unread by anyone, and the pushing pauses."""
PAUSE_S = 0.0005
SYMBOL = "BTCUSDT"
PRICE = Price(83_091 * SCALE)
TICK = Price(SCALE // 10)
LOT = Qty(SCALE // 1000)
FILLS = 2_000
FILL_EVERY_S = 0.001


def tell(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


def raw(wanted: int) -> None:
    """Frames made beforehand, one blocking write for each frame and reader."""
    ready = frame(EVENT)
    with socket.create_server((HOST, 0), backlog=wanted) as listener:
        tell(listener.getsockname()[1])
        readers: list[socket.socket] = []
        while len(readers) < wanted:
            reader, _ = listener.accept()
            reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while b"\r\n\r\n" not in reader.recv(1 << 16):
                pass
            reader.sendall(SWITCHED)
            readers.append(reader)
        writes = [reader.send for reader in readers]
        try:
            while True:
                for write in writes:
                    write(ready)
        except OSError:
            return


async def push_broadcast(wanted: int) -> None:
    """The same event through websockets.broadcast."""
    readers: set[ServerConnection] = set()
    text = EVENT.decode()

    async def hold(connection: ServerConnection) -> None:
        readers.add(connection)
        await connection.wait_closed()
        readers.discard(connection)

    async with serve(hold, HOST, 0, compression=None) as server:
        tell(server.sockets[0].getsockname()[1])
        while len(readers) < wanted:
            await asyncio.sleep(0.01)
        while readers:
            broadcast(readers, text)
            unread = max(reader.transport.get_write_buffer_size() for reader in readers)
            await asyncio.sleep(PAUSE_S if unread > UNREAD_BYTES_MAX else 0)


class Pusher:
    """A served box whose book changes as fast as it is read: command, feed, hub, sockets."""

    def __init__(self, box: Box, wanted: int, per_turn: int) -> None:
        self._box = box
        self._wanted = wanted
        self._per_turn = per_turn
        sizes = [Qty(LOT * number) for number in range(1, 8)]
        levels = [((PRICE, size),) for size in sizes]
        self._changes = cycle([SetDepth(SYMBOL, bids, (), replace=False) for bids in levels])

    def turn(self) -> None:
        loop = asyncio.get_running_loop()
        readers = self._box.websockets.connections
        if len(readers) < self._wanted or self._is_behind():
            loop.call_later(PAUSE_S, self.turn)
            return
        for _ in range(self._per_turn):
            self._box.desk.submit(next(self._changes))
        loop.call_soon(self.turn)

    def _is_behind(self) -> bool:
        return any(
            reader.unread_bytes > UNREAD_BYTES_MAX for reader in self._box.websockets.connections
        )


def new_box() -> Box:
    box = Box(market="none", clock="real", symbols=[SYMBOL], rate_limits=False)
    box.set_price(SYMBOL, "83091")
    return box


def perpbox(wanted: int, per_turn: int) -> None:
    with new_box() as box:
        tell(int(box.url.rsplit(":", 1)[1]))
        box.call(Pusher(box, wanted, per_turn).turn)
        sys.stdin.read()


class Filler:
    """Fills orders of one account and notes when each fill was applied."""

    def __init__(self, box: Box, account_id: int) -> None:
        self._box = box
        self._left = FILLS
        self._sides = cycle((Side.BUY, Side.SELL))
        self._account_id = account_id
        self.applied_ns: dict[int, int] = {}
        self.done: Callable[[], None] = lambda: None

    def after(self, seq: int, at_ms: int, command: Command, events: Sequence[Event]) -> None:  # noqa: ARG002
        for event in events:
            if isinstance(event, OrderTraded) and event.account_id == self._account_id:
                self.applied_ns[event.trade_id] = time.perf_counter_ns()

    def turn(self) -> None:
        self._left -= 1
        self._box.desk.submit(
            PlaceOrder(
                self._account_id,
                SYMBOL,
                next(self._sides),
                PositionSide.BOTH,
                OrderType.MARKET,
                TimeInForce.GTC,
                LOT,
                Price(0),
                False,
                f"o{self._left}",
            )
        )
        if self._left:
            asyncio.get_running_loop().call_later(FILL_EVERY_S, self.turn)


def fills() -> None:
    """Print the port and a listen key; fill when told to; print when each fill was applied."""
    with new_box() as box:
        levels = tuple((Price(PRICE + TICK * n), Qty(SCALE * 1000)) for n in range(1, 3))
        bids = tuple((Price(PRICE - TICK * n), Qty(SCALE * 1000)) for n in range(1, 3))
        box.submit(SetDepth(SYMBOL, bids, levels, replace=True))
        account = box.account(usdt=1_000_000)
        key = box.call(lambda: box.desk.listen_keys.open(account.account_id))
        filler = Filler(box, account.account_id)
        box.desk.observers.insert(0, filler.after)  # before the streams hear of it
        tell(int(box.url.rsplit(":", 1)[1]))
        sys.stdout.write(f"{key}\n")
        sys.stdout.flush()
        sys.stdin.readline()
        box.call(filler.turn)
        sys.stdin.readline()
        json.dump(box.call(lambda: dict(filler.applied_ns)), sys.stdout)


def main() -> None:
    name, *rest = sys.argv[1:]
    if name == "raw":
        raw(int(rest[0]))
    elif name == "broadcast":
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(push_broadcast(int(rest[0])))
    elif name == "perpbox":
        perpbox(int(rest[0]), int(rest[1]))
    else:
        fills()


if __name__ == "__main__":
    main()
