"""Reads what is pushed: N raw sockets in one process, frames counted by a word in them.

``python -m bench.fanout_load PORT PATH CONNECTIONS SECONDS PID`` prints frames, seconds and the CPU
time that process PID took meanwhile, as JSON.
"""

import json
import select
import socket
import sys
import time

from bench.servers import HOST, cpu_seconds

WORD = b'"e":"bookTicker"'
READ_BYTES = 1 << 18
WARM_UP_S = 0.5
HANDSHAKE_S_MAX = 10
HANDSHAKE = (
    "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def connect(port: int, path: str) -> socket.socket:
    reader = socket.create_connection((HOST, port), HANDSHAKE_S_MAX)
    reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader.sendall(HANDSHAKE.format(path).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = reader.recv(1)
        assert part, answer
        answer += part
    assert answer.startswith(b"HTTP/1.1 101"), answer
    reader.settimeout(None)
    return reader


def count(readers: list[socket.socket], seconds: float) -> tuple[int, float]:
    """Frames that came; a word that is cut between two reads is missed, one in thousands."""
    poll = select.epoll()
    by_number = {reader.fileno(): reader for reader in readers}
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    frames = 0
    started = time.perf_counter()
    until = started + seconds
    while (now := time.perf_counter()) < until:
        for number, _ in poll.poll(0.5):
            part = by_number[number].recv(READ_BYTES)
            assert part, "the server has closed a connection"
            frames += part.count(WORD)
    return frames, now - started


def main() -> None:
    port, path, connections, seconds, pid = sys.argv[1:]
    readers = [connect(int(port), path) for _ in range(int(connections))]
    count(readers, WARM_UP_S)
    before = cpu_seconds(int(pid))
    frames, elapsed = count(readers, float(seconds))
    after = cpu_seconds(int(pid))
    cpu_s = None if before is None or after is None else after - before
    print(json.dumps({"frames": frames, "seconds": elapsed, "cpu_s": cpu_s}))


if __name__ == "__main__":
    main()
