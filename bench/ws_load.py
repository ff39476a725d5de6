"""A load client of the WebSocket API: N connections, one request in flight on each.

``python -m bench.ws_load PORT CONNECTIONS SECONDS`` reads text frames from standard input, each
behind its length in a line of its own, and prints what ``bench.load`` prints.
"""

import json
import os
import select
import sys
import time
from dataclasses import asdict

from bench.fanout_load import connect
from bench.load import Load, read_framed

PATH = "/ws-fapi/v1?returnRateLimits=false"
READ_BYTES = 1 << 18
MASKED, TEXT, EXTENDED = 0x80, 0x81, 126
GOOD = b'"status":200'


def masked(text: bytes) -> bytes:
    """A text frame as a client sends it."""
    assert EXTENDED <= len(text) < 1 << 16
    mask = os.urandom(4)
    body = bytes(byte ^ mask[at % 4] for at, byte in enumerate(text))
    return bytes((TEXT, MASKED | EXTENDED)) + len(text).to_bytes(2, "big") + mask + body


def run(port: int, connections: int, seconds: float, texts: list[bytes]) -> Load:
    frames = [masked(text) for text in texts]
    sockets = {each.fileno(): each for each in (connect(port, PATH) for _ in range(connections))}
    poll = select.epoll()
    turns, sent_at = {}, {}
    clock = time.perf_counter
    for at, number in enumerate(sockets):
        poll.register(number, select.EPOLLIN)
        turns[number] = at % len(frames)
    latencies: list[float] = []
    failures = 0
    started = now = clock()
    for number, link in sockets.items():
        sent_at[number] = clock()
        link.send(frames[turns[number]])
    while now < started + seconds:
        for number, _ in poll.poll(1.0):
            answer = sockets[number].recv(READ_BYTES)
            assert answer, "the server has closed the connection"
            now = clock()
            latencies.append(now - sent_at[number])
            failures += GOOD not in answer
            turns[number] = (turns[number] + 1) % len(frames)
            sent_at[number] = now
            sockets[number].send(frames[turns[number]])
        now = clock()
    elapsed = clock() - started
    for link in sockets.values():
        link.close()
    assert latencies, "no answer"
    latencies.sort()
    return Load(
        requests=len(latencies) - failures,
        failures=failures,
        seconds=round(elapsed, 4),
        p50_us=int(latencies[len(latencies) // 2] * 1e6),
        p99_us=int(latencies[len(latencies) * 99 // 100] * 1e6),
    )


def main() -> None:
    port, connections, seconds = sys.argv[1:]
    texts = read_framed(sys.stdin.buffer.read())
    print(json.dumps(asdict(run(int(port), int(connections), float(seconds), texts))))


if __name__ == "__main__":
    main()
