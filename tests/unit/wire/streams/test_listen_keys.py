from itertools import count

from perpbox.wire.streams.listen_keys import LIFE_MS, ListenKeys


class Hours:
    """A clock to turn, and keys that live by it."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000
        numbers = count(1)
        self.keys = ListenKeys(lambda: self.now_ms, lambda: f"key {next(numbers)}")


def test_one_key_an_account() -> None:
    """USR-001."""
    hours = Hours()
    assert hours.keys.open(1) == "key 1"
    assert hours.keys.open(2) == "key 2"
    assert hours.keys.open(1) == "key 1"
    assert len(hours.keys) == 2
    assert hours.keys.get(3) is None


def test_a_key_lives_an_hour_after_it_was_asked_for() -> None:
    """USR-001, USR-004."""
    hours = Hours()
    hours.keys.open(1)
    hours.now_ms += LIFE_MS - 1
    assert hours.keys.get(1) == "key 1"
    assert hours.keys.expire() == []
    assert hours.keys.open(1) == "key 1"
    hours.now_ms += LIFE_MS - 1
    assert hours.keys.prolong(1) == "key 1"
    hours.now_ms += LIFE_MS
    assert hours.keys.get(1) is None
    assert hours.keys.prolong(1) is None
    assert not hours.keys.close(1)


def test_an_expired_key_is_given_once() -> None:
    """USR-005: and the next key is another one."""
    hours = Hours()
    hours.keys.open(1)
    hours.now_ms += LIFE_MS // 2
    hours.keys.open(2)
    hours.now_ms += LIFE_MS // 2
    assert hours.keys.expire() == ["key 1"]
    assert hours.keys.expire() == []
    assert hours.keys.open(1) == "key 3"
    assert hours.keys.get(2) == "key 2"


def test_a_closed_key_is_gone() -> None:
    """USR-002."""
    hours = Hours()
    hours.keys.open(1)
    assert hours.keys.close(1)
    assert not hours.keys.close(1)
    assert hours.keys.open(1) == "key 2"


def test_clearing_says_nothing() -> None:
    """USR-008."""
    hours = Hours()
    hours.keys.open(1)
    hours.keys.clear()
    hours.now_ms += LIFE_MS
    assert hours.keys.expire() == []
    assert len(hours.keys) == 0
