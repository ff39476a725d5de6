"""Raw WebSockets against a live server: every byte is the test's own."""

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from perpbox.gateway.serving import Serving
from perpbox.gateway.ws.bounds import WsBounds
from perpbox.gateway.ws.hub import Hub
from perpbox.gateway.ws.server import OpenApi, WsServer
from tests.unit.gateway.http_probe import Answer, Client, serving

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
"""The sample of RFC 6455, and the answer to it."""
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
MASK = b"\x01\x02\x03\x04"
TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
FIN = 0x80
NOON_MS = 1_793_534_400_000


def masked(payload: bytes) -> bytes:
    repeated = MASK * (len(payload) // 4 + 1)
    number = int.from_bytes(payload, "big") ^ int.from_bytes(repeated[: len(payload)], "big")
    return number.to_bytes(len(payload), "big")


def client_frame(opcode: int, payload: bytes = b"", *, first: int = FIN) -> bytes:
    """A masked frame; ``first`` are the bits beside the opcode."""
    size = len(payload)
    head = bytes((first | opcode,))
    if size < 126:
        head += bytes((0x80 | size,))
    elif size < 65536:
        head += bytes((0x80 | 126,)) + struct.pack(">H", size)
    else:
        head += bytes((0x80 | 127,)) + struct.pack(">Q", size)
    return head + MASK + masked(payload)


def handshake(target: str, *lines: bytes) -> bytes:
    """A correct handshake with further lines."""
    return b"".join(
        (
            b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\n"
            % target.encode(),
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
            b"Sec-WebSocket-Key: %s\r\n" % KEY,
            *(line + b"\r\n" for line in lines),
            b"\r\n",
        )
    )


@dataclass(frozen=True)
class Got:
    """A frame of the server."""

    first: int
    payload: bytes

    @property
    def opcode(self) -> int:
        return self.first & 0x0F

    @property
    def code(self) -> int:
        assert self.opcode == CLOSE, self
        return int.from_bytes(self.payload[:2], "big")

    @property
    def reason(self) -> str:
        return self.payload[2:].decode()


class WsClient(Client):
    """One connection; opened with a correct handshake unless told otherwise."""

    def __init__(self, port: int, target: str = "/ws", *lines: bytes, early: bytes = b"") -> None:
        super().__init__(port)
        self.answer: Answer = self.ask(handshake(target, *lines) + early)
        assert self.answer.status == 101, self.answer

    def say(self, opcode: int, payload: bytes = b"", *, first: int = FIN) -> None:
        self.send(client_frame(opcode, payload, first=first))

    def request(self, method: str, params: object = None, request_id: object = 1) -> object:
        """Send a control message and read the answer to it."""
        asked = {"method": method, "params": params, "id": request_id}
        self.say(TEXT, json.dumps(asked).encode())
        return self.read_json()

    def read_frame(self) -> Got:
        first, size = self.read_bytes(2)
        assert size < 128, "a server does not mask"
        if size == 126:
            (size,) = struct.unpack(">H", self.read_bytes(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self.read_bytes(8))
        return Got(first, self.read_bytes(size))

    def read_json(self) -> object:
        got = self.read_frame()
        assert got.first == FIN | TEXT, got
        decoded: object = json.loads(got.payload)
        return decoded

    def read_close(self) -> Got:
        """The close frame, and after it nothing."""
        got = self.read_frame()
        assert got.opcode == CLOSE, got
        assert self.read_end() == b""
        return got


class Wall:
    """A wall clock that moves when it is told to."""

    def __init__(self) -> None:
        self.ms = NOON_MS

    def __call__(self) -> int:
        return self.ms


@dataclass(frozen=True)
class Venue:
    """A running server for WebSockets only."""

    running: Serving
    websockets: WsServer
    wall: Wall

    @property
    def port(self) -> int:
        return self.running.port

    @property
    def hub(self) -> Hub:
        return self.websockets.hub

    def open(self, target: str = "/ws", *lines: bytes, early: bytes = b"") -> WsClient:
        return WsClient(self.port, target, *lines, early=early)

    def publish(self, name: str, payload: bytes, times: int = 1) -> None:
        def step() -> None:
            for _ in range(times):
                self.hub.publish(name, payload)

        self.running.call(step)

    def pass_ms(self, ms: int) -> None:
        """Let the wall clock go on and the timers see it."""
        self.wall.ms += ms
        self.running.call(self.websockets.tick)

    def count(self) -> int:
        return self.running.call(lambda: len(self.websockets.connections))


@contextmanager
def venue(
    bounds: WsBounds | None = None,
    *,
    unrouted_is_public: bool = False,
    deflate: bool = False,
    limits_messages: bool = True,
    open_api: OpenApi | None = None,
) -> Iterator[Venue]:
    wall = Wall()
    websockets = WsServer(
        Hub(),
        bounds or WsBounds(),
        unrouted_is_public=unrouted_is_public,
        deflate=deflate,
        limits_messages=limits_messages,
        open_api=open_api,
        wall_ms=wall,
    )
    with serving(upgrade=websockets.upgrade) as running:
        running.server.guests.append(websockets)
        yield Venue(running, websockets, wall)
