"""Rate limits: request weight by address, order counts by account. Pure: the wall time is given.

Windows are those of the UTC clock (a minute, ten seconds, five minutes), not sliding ones, so
one counter table serves everybody and is thrown away whole when its window ends.
"""

from typing import Final

from perpbox.wire.errors import WireError, wire_error

WEIGHT_PER_MINUTE_MAX: Final = 2400
ORDERS_PER_10S_MAX: Final = 300
ORDERS_PER_MINUTE_MAX: Final = 1200
FUNDING_PER_5M_MAX: Final = 500
STATISTICS_PER_5M_MAX: Final = 1000
QUOTES_PER_HOUR_MAX: Final = 360
QUOTES_PER_DAY_MAX: Final = 500
FILES_PER_MONTH_MAX: Final = {"order": 10, "trade": 5, "income": 100}
"""Files of each kind of history that an account may ask for."""
REFUSED_BEFORE_BAN_MAX: Final = 100
"""Requests answered 429 within one minute before the address is banned."""
BAN_FIRST_MS: Final = 120_000
BAN_MAX_MS: Final = 3 * 86_400_000
BANNED_ADDRESSES_MAX: Final = 10_000
"""Bans remembered; the oldest goes when another address is banned."""

MINUTE_MS: Final = 60_000
TEN_SECONDS_MS: Final = 10_000
FIVE_MINUTES_MS: Final = 300_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
MONTH_MS: Final = 30 * DAY_MS


WEIGHT_LIMIT: Final = f"{WEIGHT_PER_MINUTE_MAX} requests per minute"
"""What the text of -1003 names; other counters put their own limit in its place."""


class Window:
    """Counters of one clock window, by name."""

    __slots__ = ("counts", "end_ms", "length_ms")

    def __init__(self, length_ms: int) -> None:
        self.length_ms = length_ms
        self.end_ms = 0
        self.counts: dict[str, int] = {}

    def add(self, name: str, cost: int, wall_ms: int) -> int:
        """Count and return the sum in the present window. A wall clock set back starts anew."""
        if not self.end_ms - self.length_ms <= wall_ms < self.end_ms:
            self.end_ms = wall_ms - wall_ms % self.length_ms + self.length_ms
            self.counts.clear()
        counts = self.counts
        total = counts[name] = counts.get(name, 0) + cost
        return total

    def retry_after_s(self, wall_ms: int) -> int:
        """Whole seconds until the window ends, at least one."""
        return max(1, (self.end_ms - wall_ms + 999) // 1000)


class Ban:
    """An address that went on asking after 429."""

    __slots__ = ("strikes", "until_ms")

    def __init__(self) -> None:
        self.strikes = 0
        self.until_ms = 0


def _refusal(code: int, status: int, msg: str, wait_s: int) -> WireError:
    return WireError(status, code, msg, wait_s)


class Limits:
    """All counters of a box. ``is_on`` False counts, but never refuses."""

    __slots__ = (
        "_bans",
        "_files",
        "_funding",
        "_orders_1m",
        "_orders_10s",
        "_quotes_1d",
        "_quotes_1h",
        "_refused",
        "_statistics",
        "_weight",
        "is_on",
    )

    def __init__(self, *, is_on: bool = True) -> None:
        self.is_on = is_on
        self._weight = Window(MINUTE_MS)
        self._refused = Window(MINUTE_MS)
        self._funding = Window(FIVE_MINUTES_MS)
        self._statistics = Window(FIVE_MINUTES_MS)
        self._orders_10s = Window(TEN_SECONDS_MS)
        self._orders_1m = Window(MINUTE_MS)
        self._quotes_1h = Window(HOUR_MS)
        self._quotes_1d = Window(DAY_MS)
        self._files = Window(MONTH_MS)
        self._bans: dict[str, Ban] = {}

    def weigh(self, address: str, weight: int, wall_ms: int) -> int:
        """Add a request's weight and return the minute's sum.

        Raises:
            WireError: 429 -1003 above the limit, 418 -1003 while the address is banned.
        """
        if self._bans and self.is_on:
            self._check_ban(address, wall_ms)
        used = self._weight.add(address, weight, wall_ms)
        if used > WEIGHT_PER_MINUTE_MAX and weight and self.is_on:
            raise self._too_many(address, wall_ms, self._weight.retry_after_s(wall_ms))
        return used

    def used(self, address: str) -> int:
        """Weight of an address in the minute of its last request."""
        return self._weight.counts.get(address, 0)

    def count_funding(self, address: str, wall_ms: int) -> None:
        """Count a request of the funding pages, which have a bucket of their own.

        Raises:
            WireError: 429 -1003 above 500 in five minutes.
        """
        self._count(self._funding, FUNDING_PER_5M_MAX, address, wall_ms)

    def count_statistics(self, address: str, wall_ms: int) -> None:
        """Count a request of ``/futures/data``, which has a bucket of its own.

        Raises:
            WireError: 429 -1003 above 1000 in five minutes.
        """
        self._count(self._statistics, STATISTICS_PER_5M_MAX, address, wall_ms)

    def _count(self, bucket: Window, limit: int, address: str, wall_ms: int) -> None:
        if self._bans and self.is_on:
            self._check_ban(address, wall_ms)
        if bucket.add(address, 1, wall_ms) > limit and self.is_on:
            raise self._too_many(
                address, wall_ms, bucket.retry_after_s(wall_ms), f"{limit} requests per 5 minutes"
            )

    def count_orders(
        self, account: str, cost_10s: int, cost_1m: int, wall_ms: int
    ) -> tuple[int, int]:
        """Count an order request; the sums in ten seconds and in the minute.

        Raises:
            WireError: 429 -1015 above either limit; the refused request is not counted.
        """
        in_10s = self._orders_10s.add(account, cost_10s, wall_ms)
        in_1m = self._orders_1m.add(account, cost_1m, wall_ms)
        if self.is_on and (in_10s > ORDERS_PER_10S_MAX or in_1m > ORDERS_PER_MINUTE_MAX):
            self._orders_10s.add(account, -cost_10s, wall_ms)
            self._orders_1m.add(account, -cost_1m, wall_ms)
            if in_10s > ORDERS_PER_10S_MAX:
                limit, interval, window = ORDERS_PER_10S_MAX, "10 SECOND", self._orders_10s
            else:
                limit, interval, window = ORDERS_PER_MINUTE_MAX, "1 MINUTE", self._orders_1m
            error = wire_error(-1015, str(limit), interval)
            raise _refusal(error.code, error.status, error.msg, window.retry_after_s(wall_ms))
        return in_10s, in_1m

    def count_quotes(self, account: str, wall_ms: int) -> None:
        """Count a question for a rate of conversion.

        Raises:
            WireError: 429 -1003 above 360 in an hour or 500 in a day, not counted there.
        """
        for window, limit, span in (
            (self._quotes_1h, QUOTES_PER_HOUR_MAX, "hour"),
            (self._quotes_1d, QUOTES_PER_DAY_MAX, "day"),
        ):
            if window.add(account, 1, wall_ms) > limit and self.is_on:
                window.add(account, -1, wall_ms)
                msg = f"Too many requests; current limit is {limit} quotes per {span}."
                raise _refusal(-1003, 429, msg, window.retry_after_s(wall_ms))

    def count_file(self, account: str, kind: str, wall_ms: int) -> None:
        """Count a file of a kind of history (``order``, ``trade`` or ``income``).

        Raises:
            WireError: 429 -1003 above its number in thirty days, not counted there.
        """
        limit = FILES_PER_MONTH_MAX[kind]
        name = f"{kind} {account}"
        if self._files.add(name, 1, wall_ms) > limit and self.is_on:
            self._files.add(name, -1, wall_ms)
            msg = f"Too many requests; current limit is {limit} files per month."
            raise _refusal(-1003, 429, msg, self._files.retry_after_s(wall_ms))

    def _check_ban(self, address: str, wall_ms: int) -> None:
        ban = self._bans.get(address)
        if ban is None or wall_ms >= ban.until_ms:
            return
        msg = (
            f"Way too many requests; IP({address}) banned until {ban.until_ms}. "
            "Please use the websocket for live updates to avoid bans."
        )
        raise _refusal(-1003, 418, msg, max(1, (ban.until_ms - wall_ms + 999) // 1000))

    def _too_many(
        self, address: str, wall_ms: int, wait_s: int, limit: str = WEIGHT_LIMIT
    ) -> WireError:
        if self._refused.add(address, 1, wall_ms) > REFUSED_BEFORE_BAN_MAX:
            self._ban(address, wall_ms)
        error = wire_error(-1003, address)
        return _refusal(error.code, error.status, error.msg.replace(WEIGHT_LIMIT, limit), wait_s)

    def _ban(self, address: str, wall_ms: int) -> None:
        ban = self._bans.pop(address, None) or Ban()
        if len(self._bans) >= BANNED_ADDRESSES_MAX:
            del self._bans[next(iter(self._bans))]
        self._bans[address] = ban
        ban.until_ms = wall_ms + min(BAN_FIRST_MS << min(ban.strikes, 12), BAN_MAX_MS)
        ban.strikes += 1
        self._refused.counts.pop(address, None)
