"""A load client: N keep-alive connections, one request in flight on each, in its own process.

``python -m bench.load HOST PORT CONNECTIONS SECONDS`` reads requests from standard input, each
behind its length in a line of its own, and prints one JSON object: requests answered with 200,
seconds, and latencies. Each connection sends all requests in turn, beginning with another one. It
is a bare loop over epoll, so that the server and not the client is the slower side.
"""

import json
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass

LENGTH = b"Content-Length: "
HEAD_END = b"\r\n\r\n"
READ_BYTES = 1 << 18


@dataclass(frozen=True)
class Load:
    requests: int
    failures: int
    seconds: float
    p50_us: int
    p99_us: int


class Link:
    """One connection and the answer that is coming in on it."""

    __slots__ = ("answer", "next", "sent_at", "socket")

    def __init__(self, host: str, port: int, first: int) -> None:
        self.next = first
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer = b""
        self.sent_at = 0.0

    def complete(self, part: bytes) -> bool | None:
        """Whether the answer is whole and a 200; None while it is not whole."""
        answer = self.answer + part if self.answer else part
        head_end = answer.find(HEAD_END)
        at = answer.find(LENGTH)
        if head_end < 0 or at < 0:
            self.answer = answer
            return None
        length = int(answer[at + len(LENGTH) : answer.index(b"\r", at)])
        if len(answer) < head_end + 4 + length:
            self.answer = answer
            return None
        self.answer = b""
        return answer.startswith(b"HTTP/1.1 200")

    def send(self, requests: list[bytes], now: float) -> None:
        """Send the next request."""
        self.sent_at = now
        self.socket.send(requests[self.next])
        self.next = (self.next + 1) % len(requests)


def run(host: str, port: int, connections: int, seconds: float, requests: list[bytes]) -> Load:
    links = [Link(host, port, first % len(requests)) for first in range(connections)]
    by_number = {link.socket.fileno(): link for link in links}
    poll = select.epoll()
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    latencies: list[float] = []
    failures = 0
    clock = time.perf_counter
    started = clock()
    until = started + seconds
    for link in links:
        link.send(requests, clock())
    now = started
    while now < until:
        for number, _ in poll.poll(1.0):
            link = by_number[number]
            good = link.complete(link.socket.recv(READ_BYTES))
            if good is None:
                continue
            now = clock()
            latencies.append(now - link.sent_at)
            failures += not good
            link.send(requests, now)
    elapsed = clock() - started
    for link in links:
        link.socket.close()
    latencies.sort()
    return Load(
        requests=len(latencies) - failures,
        failures=failures,
        seconds=round(elapsed, 4),
        p50_us=int(latencies[len(latencies) // 2] * 1e6),
        p99_us=int(latencies[len(latencies) * 99 // 100] * 1e6),
    )


def framed(requests: list[bytes]) -> bytes:
    """Requests as this program reads them."""
    return b"".join(b"%d\n%b" % (len(request), request) for request in requests)


def read_framed(text: bytes) -> list[bytes]:
    requests = []
    while text:
        length, _, rest = text.partition(b"\n")
        requests.append(rest[: int(length)])
        text = rest[int(length) :]
    return requests


def main() -> None:
    host, port, connections, seconds = sys.argv[1:]
    requests = read_framed(sys.stdin.buffer.read())
    load = run(host, int(port), int(connections), float(seconds), requests)
    print(json.dumps(asdict(load)))


if __name__ == "__main__":
    main()
