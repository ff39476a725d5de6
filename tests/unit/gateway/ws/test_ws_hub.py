"""The hub and the wheel by themselves."""

from collections.abc import Callable

from perpbox.gateway.ws.hub import COMBINED, Hub
from perpbox.gateway.ws.wheel import Wheel


class Reader:
    """Counts writes: what is put between two flushes is one."""

    def __init__(self, form: int = 0) -> None:
        self.form = form
        self.waiting: list[bytes] = []
        self.writes: list[bytes] = []

    def put(self, ready: bytes) -> bool:
        self.waiting.append(ready)
        return len(self.waiting) == 1

    def flush(self) -> None:
        self.writes.append(b"".join(self.waiting))
        self.waiting.clear()


class Turns:
    """The loop's next turn, taken by hand."""

    def __init__(self) -> None:
        self.steps: list[Callable[[], None]] = []

    def soon(self, step: Callable[[], None]) -> None:
        self.steps.append(step)

    def take(self) -> int:
        steps, self.steps = self.steps, []
        for step in steps:
            step()
        return len(steps)


def test_all_events_of_a_turn_leave_in_one_write() -> None:
    """WSS-033: one system call for each event and reader would be the whole cost."""
    turns = Turns()
    hub, raw, combined = Hub(turns.soon), Reader(), Reader(COMBINED)
    for reader in (raw, combined):
        hub.subscribe(reader, "a")
        hub.subscribe(reader, "b")
    hub.publish("a", b"1")
    hub.publish("b", b"22")
    hub.publish("nobody's", b"3")
    assert (raw.writes, len(turns.steps)) == ([], 1)
    assert turns.take() == 1
    assert raw.writes == [b"\x81\x011\x81\x0222"]
    assert len(combined.writes) == 1
    assert turns.take() == 0
    hub.publish("a", b"4")
    assert turns.take() == 1
    assert raw.writes[1:] == [b"\x81\x014"]


def test_an_event_is_framed_once_for_all_who_get_it_in_one_form() -> None:
    """WSS-033."""
    turns = Turns()
    hub, first, second = Hub(turns.soon), Reader(), Reader()
    hub.subscribe(first, "a")
    hub.subscribe(second, "a")
    hub.publish("a", b"1" * 200)
    assert first.waiting[0] is second.waiting[0]


def test_hooks_tell_of_the_first_and_the_last_listener() -> None:
    """WSS-034: feeds would work for streams that nobody reads, or not begin."""
    told: list[tuple[str, str]] = []
    hub, first, second = Hub(), Reader(), Reader()
    hub.wanted = lambda name: told.append(("wanted", name))
    hub.unwanted = lambda name: told.append(("unwanted", name))
    hub.subscribe(first, "a")
    hub.subscribe(first, "a")
    hub.subscribe(second, "a")
    hub.unsubscribe(first, "a")
    hub.unsubscribe(first, "a")
    assert told == [("wanted", "a")]
    assert hub.has("a")
    hub.subscribe(second, "b")
    assert hub.names() == ("a", "b")
    hub.drop(second)
    hub.drop(second)
    assert told[1:] == [("wanted", "b"), ("unwanted", "a"), ("unwanted", "b")]
    assert not hub.has("a")


def test_a_listener_that_leaves_while_something_is_pushed() -> None:
    """WSS-035: one that is too slow must not cost the others the event."""

    class Quitter(Reader):
        def put(self, ready: bytes) -> bool:
            hub.drop(self)
            return super().put(ready)

    turns = Turns()
    hub, quitter, other = Hub(turns.soon), Quitter(), Reader()
    hub.subscribe(quitter, "a")
    hub.subscribe(other, "a")
    hub.publish("a", b"1")
    hub.publish("a", b"2")
    turns.take()
    assert other.writes == [b"\x81\x011\x81\x012"]
    assert quitter.writes == [b"\x81\x011"]


def test_the_wheel_gives_out_what_is_due_late_and_not_early() -> None:
    """WSS-048: one timer for all connections."""
    wheel: Wheel[str] = Wheel(1_000)
    wheel.put("a", 1_500)
    wheel.put("b", 900)
    wheel.put("c", 5_000)
    wheel.put("gone", 1_000)
    wheel.remove("gone")
    wheel.remove("gone")
    assert wheel.due(999) == []
    assert wheel.due(1_999) == ["b"]
    wheel.put("c", 2_000)
    assert wheel.due(2_000) == ["a", "c"]
    assert wheel.due(1_000_000) == []
    assert len(wheel) == 0
