"""How long the HTTP edge waits, and for how many: on a clock that the test moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from perpbox.gateway.bounds import HttpBounds
from perpbox.gateway.rate import ADDRESSES_MAX, ConnectRate
from perpbox.gateway.serving import Serving
from tests.unit.gateway.http_probe import Client, serving
from tests.unit.gateway.test_http_edge import GET, refused

BOUNDS = HttpBounds()
HALF_A_HEAD = b"GET / HTTP/1.1\r\nHos"
HALF_A_BODY = b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab"


class Watch:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass(frozen=True)
class Edge:
    running: Serving
    watch: Watch

    @property
    def port(self) -> int:
        return self.running.port

    def count(self) -> int:
        return self.running.call(lambda: len(self.running.server.connections))

    def wait_for(self, count: int) -> None:
        """Until as many connections are open as far as the server knows."""
        while self.count() != count:
            pass

    def wait_for_bytes(self) -> None:
        """Until every connection has brought something."""
        while not self.running.call(
            lambda: all(known._touched_ms for known in self.running.server.connections)
        ):
            pass

    def pass_ms(self, ms: int) -> None:
        self.watch.seconds += ms / 1000
        self.running.call(self.running.server.sweep)


@contextmanager
def edge(bounds: HttpBounds = BOUNDS) -> Iterator[Edge]:
    watch = Watch()
    with serving(bounds=bounds, elapsed=watch) as running:
        yield Edge(running, watch)


@pytest.mark.parametrize(
    ("sent", "answers", "patience_ms"),
    [
        pytest.param(b"", [], BOUNDS.first_ms, id="silent from the start"),
        pytest.param(GET, [200], BOUNDS.idle_ms, id="silent after an answer"),
        pytest.param(b"GE", [], BOUNDS.head_ms, id="not one word"),
        pytest.param(HALF_A_HEAD, [408], BOUNDS.head_ms, id="slow head"),
        pytest.param(HALF_A_BODY, [408], BOUNDS.request_ms, id="slow body"),
    ],
)
def test_the_silent_and_the_slow_are_cut_off(
    sent: bytes, answers: list[int], patience_ms: int
) -> None:
    """NET-011: forgotten connections would fill the box; an honest pause would lose one."""
    with edge() as there, Client(there.port) as client:
        there.wait_for(1)
        if sent:
            client.send(sent)
            there.wait_for_bytes()
        if answers == [200]:
            assert client.read_answer().status == answers.pop()
        there.pass_ms(patience_ms)
        assert there.count() == 1, "cut off before its time"
        there.pass_ms(2)
        for status in answers:
            assert client.read_answer().status == status
        assert client.read_end() == b""


def test_a_drip_of_bytes_buys_no_time() -> None:
    """NET-011: a slow loris sends a header byte by byte, each just before the patience ends."""
    with edge() as there, Client(there.port) as client:
        client.send(HALF_A_HEAD)
        there.wait_for(1)
        there.wait_for_bytes()
        for _ in range(BOUNDS.head_ms // 1000):
            there.pass_ms(1000)
            client.send(b"t")
        assert there.count() == 1
        there.pass_ms(2)
        assert client.read_answer().status == 408
        client.close()
        there.wait_for(0)


def test_where_it_is_crowded_those_who_ask_nothing_make_room() -> None:
    """NET-026: silent connections up to the bound would shut everybody else out for minutes."""
    bounds = HttpBounds(connections_max=4, crowded_max=2, refused_max=1)
    with edge(bounds) as there:
        silent, idle, slow = (Client(there.port) for _ in range(3))
        there.wait_for(3)
        with Client(there.port) as busy:
            assert idle.ask(GET).status == 200
            slow.send(HALF_A_HEAD)
            for _ in range(3):
                assert busy.ask(GET).status == 200
                there.pass_ms(bounds.crowded_ms - 500)
            assert silent.read_end() == b""
            assert idle.read_end() == b""
            assert slow.read_answer().status == 408
            slow.close()
            there.wait_for(1)
            assert busy.ask(GET).status == 200
            there.pass_ms(bounds.first_ms)
            assert there.count() == 1, "nobody is hurried any more"
        silent.close()
        idle.close()


def test_one_connection_too_many_is_told_so() -> None:
    """NET-015: files would run out, and with them the box."""
    bounds = HttpBounds(connections_max=2, refused_max=1, crowded_max=2)
    with serving(bounds=bounds) as running:
        with Client(running.port) as first, Client(running.port) as second:
            assert first.ask(GET).status == 200
            assert second.ask(GET).status == 200
            with Client(running.port) as third:
                refused(third, 503)
            assert first.ask(GET).status == 200
        while running.call(lambda: len(running.server.connections)):
            pass  # the ends of all three are on their way
        with Client(running.port) as again:
            assert again.ask(GET).status == 200


def test_connecting_too_fast_is_refused_until_time_has_passed() -> None:
    """NET-027: sockets opened and dropped in a loop would take all the time there is."""
    bounds = HttpBounds(connects_per_s=10, connects_burst_max=3)
    with edge(bounds) as there:
        for _ in range(bounds.connects_burst_max):
            with Client(there.port) as client:
                assert client.ask(GET).status == 200
        with Client(there.port) as client:
            answer = client.read_answer()
            assert (answer.status, answer.headers["retry-after"]) == (429, "1")
            assert client.read_end() == b""
        there.pass_ms(100)
        with Client(there.port) as client:
            assert client.ask(GET).status == 200
        with Client(there.port) as client:
            refused(client, 429)


def test_each_address_has_its_own_bucket_within_a_bound() -> None:
    """NET-027: one address would shut out the others, or many of them fill the memory."""
    rate = ConnectRate(per_s=1, burst_max=1)
    assert rate.allows("a", 0)
    assert not rate.allows("a", 999)
    assert rate.allows("b", 999)
    assert rate.allows("a", 1000)
    for number in range(ADDRESSES_MAX + 10):
        assert rate.allows(f"n{number}", 1500)
    assert len(rate) == ADDRESSES_MAX
    assert rate.allows("late", 9000)
    assert len(rate) == 1, "buckets that are full again are forgotten"
