"""Trading sessions of the markets outside."""

from datetime import UTC, datetime

import pytest

from perpbox.wire.streams.sessions import OUTSIDE, Outside, outside_markets, session_at
from perpbox.wire.vintage import Vintage

HOUR_MS = 3_600_000
BY_EVENT = {market.event: market for market in OUTSIDE}
EQUITY = BY_EVENT["EquityUpdate"]


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("at_ms", "start_ms", "end_ms", "kind"),
    [
        (1765244143062, 1765242000000, 1765270800000, "OVERNIGHT"),
        (1761190000000, 1761177600000, 1761206400000, "OVERNIGHT"),
        (1761206400000, 1761206400000, 1761226200000, "PRE_MARKET"),
    ],
)
def test_recorded_sessions(at_ms: int, start_ms: int, end_ms: int, kind: str) -> None:
    """STR-028"""
    assert session_at(EQUITY, at_ms) == (start_ms, end_ms, kind)


@pytest.mark.parametrize(
    ("event", "at", "start", "end", "kind"),
    [
        ("EquityUpdate", "2026-07-01T13:30", "2026-07-01T13:30", "2026-07-01T20:00", "REGULAR"),
        ("EquityUpdate", "2026-01-07T14:30", "2026-01-07T14:30", "2026-01-07T21:00", "REGULAR"),
        (
            "EquityUpdate",
            "2026-10-09T23:59",
            "2026-10-09T20:00",
            "2026-10-10T00:00",
            "AFTER_MARKET",
        ),
        ("EquityUpdate", "2026-10-10T12:00", "2026-10-10T00:00", "2026-10-12T00:00", "NO_TRADING"),
        ("EquityUpdate", "2026-11-01T12:00", "2026-10-31T00:00", "2026-11-02T01:00", "NO_TRADING"),
        ("EquityUpdate", "2026-03-08T12:00", "2026-03-07T01:00", "2026-03-09T00:00", "NO_TRADING"),
        ("CommodityUpdate", "2025-10-29T13:30", "2025-10-29T13:30", "2025-10-29T20:00", "REGULAR"),
        (
            "CommodityUpdate",
            "2026-01-05T14:29",
            "2026-01-02T21:00",
            "2026-01-05T14:30",
            "NO_TRADING",
        ),
        ("KR_EquityUpdate", "2026-07-01T00:00", "2026-07-01T00:00", "2026-07-01T06:30", "REGULAR"),
        (
            "HK_EquityUpdate",
            "2026-08-03T04:30",
            "2026-08-03T04:00",
            "2026-08-03T05:00",
            "NO_TRADING",
        ),
        ("CN_EquityUpdate", "2026-09-01T06:59", "2026-09-01T05:00", "2026-09-01T07:00", "REGULAR"),
        ("FXUpdate", "2026-10-07T12:00", "2026-10-04T21:00", "2026-10-09T21:00", "REGULAR"),
        ("FXUpdate", "2026-10-10T12:00", "2026-10-09T21:00", "2026-10-11T21:00", "NO_TRADING"),
    ],
)
def test_sessions_follow_local_time(event: str, at: str, start: str, end: str, kind: str) -> None:
    """STR-028"""
    assert session_at(BY_EVENT[event], ms(at)) == (ms(start), ms(end), kind)


@pytest.mark.parametrize("market", OUTSIDE, ids=lambda market: market.event)
def test_sessions_follow_each_other_without_a_gap(market: Outside) -> None:
    """STR-028"""
    at_ms = ms("2026-01-01")
    while at_ms < ms("2027-01-01"):
        session = session_at(market, at_ms)
        assert session.start_ms <= at_ms < session.end_ms
        assert session_at(market, session.end_ms - 1) == session
        assert session_at(market, session.end_ms).start_ms == session.end_ms
        at_ms = session.end_ms


def test_markets_are_told_from_their_date_on() -> None:
    """STR-028"""
    events = [market.event for market in outside_markets(Vintage("2026-07-01"))]
    assert events == ["EquityUpdate", "CommodityUpdate", "KR_EquityUpdate"]
    assert outside_markets(Vintage("2025-12-10")) == ()
    assert len(outside_markets(Vintage())) == 6
