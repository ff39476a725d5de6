"""The answer about the hours of markets outside: tradingSchedule."""

from collections.abc import Iterator
from typing import Final

from perpbox.engine.state import Account
from perpbox.views.bounds import DAY_MS
from perpbox.wire.desk import Desk
from perpbox.wire.params import Params
from perpbox.wire.streams.sessions import WEEK_MS, Outside, outside_markets, session_at

EVENT_SUFFIX: Final = "Update"


def _sessions(market: Outside, start_ms: int, end_ms: int) -> Iterator[str]:
    at_ms = start_ms
    while at_ms < end_ms:
        session = session_at(market, at_ms)
        yield (
            f'{{"startTime":{session.start_ms},"endTime":{session.end_ms},"type":"{session.kind}"}}'
        )
        at_ms = session.end_ms


def trading_schedule(desk: Desk, _account: Account | None, _params: Params) -> bytes:
    """``GET /fapi/v1/tradingSchedule``: a week to both sides of the day before (page).

    Sessions are the streams' own; ``updateTime`` is the midnight before (our choice).
    """
    now_ms = desk.now_ms()
    midnight_ms = now_ms - now_ms % DAY_MS
    middle_ms = midnight_ms - DAY_MS
    schedules = (
        f'"{market.event.removesuffix(EVENT_SUFFIX).upper()}":{{"sessions":'
        f"[{','.join(_sessions(market, middle_ms - WEEK_MS, middle_ms + WEEK_MS))}]}}"
        for market in outside_markets(desk.vintage)
    )
    return (f'{{"updateTime":{midnight_ms},"marketSchedules":{{{",".join(schedules)}}}}}').encode()
