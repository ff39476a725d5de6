import pytest

from perpbox.wire.errors import WireError
from perpbox.wire.limits import (
    BAN_MAX_MS,
    FUNDING_PER_5M_MAX,
    REFUSED_BEFORE_BAN_MAX,
    WEIGHT_PER_MINUTE_MAX,
    Limits,
    Window,
)

MINUTE_MS = 60_000
START_MS = 1_793_491_200_000


def refused(limits: Limits, wall_ms: int, address: str = "10.0.0.1") -> WireError:
    with pytest.raises(WireError) as caught:
        limits.weigh(address, 5, wall_ms)
    return caught.value


def exhausted() -> Limits:
    limits = Limits()
    limits.weigh("10.0.0.1", WEIGHT_PER_MINUTE_MAX, START_MS)
    return limits


def test_weight_adds_up_by_address_and_clock_minute() -> None:
    """LIM-001."""
    limits = Limits()
    assert limits.weigh("a", 5, START_MS) == 5
    assert limits.weigh("a", 40, START_MS + 59_999) == 45
    assert limits.weigh("b", 1, START_MS + 59_999) == 1
    assert limits.weigh("a", 5, START_MS + MINUTE_MS) == 5


def test_too_much_weight() -> None:
    """LIM-002."""
    error = refused(exhausted(), START_MS + 15_000)
    assert (error.status, error.code) == (429, -1003)
    assert error.msg == (
        "Too many requests; current limit of IP(10.0.0.1) is 2400 requests per minute. "
        "Please use the websocket for live updates to avoid polling the API."
    )
    assert error.headers == b"Retry-After: 45\r\n"


def test_the_next_minute_is_a_new_one() -> None:
    """LIM-002."""
    limits = exhausted()
    refused(limits, START_MS + 1)
    assert limits.weigh("10.0.0.1", 5, START_MS + MINUTE_MS) == 5


def test_weightless_calls_pass_when_the_weight_is_used_up() -> None:
    """LIM-002."""
    assert exhausted().weigh("10.0.0.1", 0, START_MS) == WEIGHT_PER_MINUTE_MAX


def test_going_on_is_banned_for_longer_each_time() -> None:
    """LIM-003."""
    limits = exhausted()
    for _ in range(REFUSED_BEFORE_BAN_MAX + 1):
        assert refused(limits, START_MS).status == 429
    ban = refused(limits, START_MS)
    until_ms = START_MS + 2 * MINUTE_MS
    assert (ban.status, ban.code, ban.headers) == (418, -1003, b"Retry-After: 120\r\n")
    assert ban.msg == (
        f"Way too many requests; IP(10.0.0.1) banned until {until_ms}. "
        "Please use the websocket for live updates to avoid bans."
    )
    assert limits.weigh("10.0.0.2", 5, START_MS) == 5
    assert limits.weigh("10.0.0.1", WEIGHT_PER_MINUTE_MAX, until_ms) == WEIGHT_PER_MINUTE_MAX
    for _ in range(REFUSED_BEFORE_BAN_MAX + 1):
        refused(limits, until_ms)
    assert f"banned until {until_ms + 4 * MINUTE_MS}" in refused(limits, until_ms).msg


def test_a_ban_ends_after_three_days_at_most() -> None:
    """LIM-003."""
    limits, wall_ms = Limits(), START_MS
    for _ in range(14):
        limits.weigh("10.0.0.1", WEIGHT_PER_MINUTE_MAX, wall_ms)
        for _ in range(REFUSED_BEFORE_BAN_MAX + 1):
            refused(limits, wall_ms)
        until_ms = int(refused(limits, wall_ms).msg.split("until ")[1].split(".")[0])
        assert until_ms - wall_ms <= BAN_MAX_MS
        wall_ms = until_ms
    assert wall_ms - START_MS > BAN_MAX_MS


def test_orders_count_in_two_windows() -> None:
    """LIM-004."""
    limits = Limits()
    limits.count_orders("1", 1, 1, START_MS)
    assert limits.count_orders("1", 5, 1, START_MS + 9_999) == (6, 2)
    assert limits.count_orders("1", 1, 1, START_MS + 10_000) == (1, 3)
    assert limits.count_orders("2", 1, 1, START_MS + 10_000) == (1, 1)


@pytest.mark.parametrize(
    ("step_ms", "limit", "text"),
    [
        (0, 300, "Too many new orders; current limit is 300 orders per 10 SECOND."),
        (49, 1200, "Too many new orders; current limit is 1200 orders per 1 MINUTE."),
    ],
)
def test_too_many_orders(step_ms: int, limit: int, text: str) -> None:
    """LIM-005."""
    limits = Limits()
    for order in range(limit):
        limits.count_orders("1", 1, 1, START_MS + order * step_ms)
    with pytest.raises(WireError) as caught:
        limits.count_orders("1", 1, 1, START_MS + limit * step_ms)
    assert (caught.value.status, caught.value.code, caught.value.msg) == (429, -1015, text)
    assert caught.value.headers.startswith(b"Retry-After: ")


def test_funding_pages_have_a_bucket_of_their_own() -> None:
    """LIM-006."""
    limits = exhausted()
    for _ in range(FUNDING_PER_5M_MAX):
        limits.count_funding("10.0.0.1", START_MS)
    with pytest.raises(WireError) as caught:
        limits.count_funding("10.0.0.1", START_MS + 299_999)
    assert caught.value.status == 429
    limits.count_funding("10.0.0.1", START_MS + 300_000)


def test_switched_off_it_counts_and_never_refuses() -> None:
    """LIM-007."""
    limits = Limits(is_on=False)
    for _ in range(500):
        used = limits.weigh("a", 40, START_MS)
        limits.count_orders("1", 5, 5, START_MS)
        limits.count_funding("a", START_MS)
    assert used == 20_000


def test_a_clock_set_back_starts_a_new_window() -> None:
    """LIM-001."""
    window = Window(MINUTE_MS)
    window.add("a", 7, START_MS)
    assert window.add("a", 1, START_MS - 3 * MINUTE_MS) == 1
