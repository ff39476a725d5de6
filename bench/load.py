"""A load client: N keep-alive connections, one request in flight on each, in its own process.

``python -m bench.load HOST PORT CONNECTIONS SECONDS`` reads requests from standard input, each
behind its length in a line of its own, and prints one JSON object: requests answered with 200,
seconds, and latencies. Each connection sends all requests in turn, beginning with another one. It
is a bare loop over epoll, so that the server and not the client is the slower side. A server that
closes its connections after an answer is connected to anew, and that is in its time.
"""

import json
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass

LENGTH = b"Content-Length: "
HEAD_END = b"\r\n\r\n"
CHUNKS_END = b"0\r\n\r\n"
CLOSES = b"onnection: close"
HEAD_BYTES = 512
GOOD = (b"HTTP/1.1 200", b"HTTP/1.0 200")
READ_BYTES = 1 << 18
CONNECT_S_MAX = 5
SILENCE_S_MAX = 10
"""A server that answers nobody for so long after the end is given up."""


@dataclass(frozen=True)
class Load:
    requests: int
    failures: int
    seconds: float
    p50_us: int
    p99_us: int


def answer_bytes(answer: bytes) -> int | None:
    """How long the answer is in all; None while that is not known."""
    head_end = answer.find(HEAD_END)
    if head_end < 0:
        return None
    at = answer.find(LENGTH, 0, head_end)
    if at < 0:
        head = answer[:head_end].lower()
        at = head.find(LENGTH.lower())
        if at < 0:
            if b"chunked" in head and answer.endswith(CHUNKS_END):
                return len(answer)
            return None
    return head_end + 4 + int(answer[at + len(LENGTH) : answer.index(b"\r", at)])


def closes(answer: bytes) -> bool:
    """Whether the server ends the connection with this answer."""
    return answer.find(CLOSES, 0, HEAD_BYTES) >= 0 or answer.startswith(b"HTTP/1.0")


class Link:
    """One connection and the answer that is coming in on it."""

    __slots__ = ("address", "answer", "next", "sent_at", "socket")

    def __init__(self, host: str, port: int, first: int) -> None:
        self.next = first
        self.address = (host, port)
        self.answer = b""
        self.sent_at = 0.0
        self.connect()

    def connect(self) -> None:
        self.socket = socket.create_connection(self.address, CONNECT_S_MAX)
        self.socket.settimeout(None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer = b""

    def read(self) -> bool | None:
        """What ``complete`` says of what has come."""
        try:
            part = self.socket.recv(READ_BYTES)
        except ConnectionResetError:
            part = b""
        return self.complete(part)

    def complete(self, part: bytes) -> bool | None:
        """Whether the answer is whole and a 200; None while it is not whole."""
        self.answer = answer = self.answer + part if self.answer else part
        if not part:
            return answer.startswith(GOOD)  # the end of the connection ends it
        size = answer_bytes(answer)
        if size is None or len(answer) < size:
            return None
        return answer.startswith(GOOD)

    def send(self, request: bytes, now: float) -> None:
        self.sent_at = now
        self.answer = b""
        self.socket.send(request)


class Links:
    """The connections by their numbers, with what is to be sent on each."""

    def __init__(self, host: str, port: int, connections: int, requests: list[bytes]) -> None:
        self.requests = requests
        self.poll = select.epoll()
        self.by_number: dict[int, Link] = {}
        for first in range(connections):
            self.take(Link(host, port, first % len(requests)))

    def take(self, link: Link) -> None:
        number = link.socket.fileno()
        self.by_number[number] = link
        self.poll.register(number, select.EPOLLIN)

    def renew(self, link: Link) -> None:
        """Connect anew where the server has closed."""
        number = link.socket.fileno()
        self.poll.unregister(number)
        del self.by_number[number]
        link.socket.close()
        link.connect()
        self.take(link)

    def send(self, link: Link, now: float) -> None:
        link.send(self.requests[link.next], now)
        link.next = (link.next + 1) % len(self.requests)

    def close(self) -> None:
        for link in self.by_number.values():
            link.socket.close()


def run(host: str, port: int, connections: int, seconds: float, requests: list[bytes]) -> Load:
    links = Links(host, port, connections, requests)
    by_number, poll = links.by_number, links.poll
    latencies: list[float] = []
    failures = 0
    clock = time.perf_counter
    started = clock()
    until = started + seconds
    for link in list(by_number.values()):
        links.send(link, clock())
    now = started
    while now < until or (not latencies and now < until + SILENCE_S_MAX):
        for number, _ in poll.poll(1.0):
            link = by_number[number]
            good = link.read()
            if good is None:
                continue
            now = clock()
            if link.answer:
                latencies.append(now - link.sent_at)
                failures += not good
            else:
                link.next -= 1  # closed before it answered: the same is asked again
            if not link.answer or closes(link.answer):
                links.renew(link)
            links.send(link, now)
        now = clock()
    elapsed = clock() - started
    links.close()
    assert latencies, f"no answer within {seconds + SILENCE_S_MAX:g} s"
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
