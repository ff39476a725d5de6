"""Times as people write them: epoch milliseconds or ISO-8601."""

import re
from datetime import UTC, datetime
from typing import Final

TIME_MS_MAX: Final = 253_402_300_799_999
"""End of the year 9999."""
_DIGITS = re.compile(r"\d{1,15}", re.ASCII)
_MS = 1000


def parse_time_ms(text: str) -> int:
    """Read ``1700000000000``, ``2026-11-01``, ``2026-11-01T08:00:00Z`` or ``…+02:00`` as ms.

    A time without a zone is UTC. Digits beyond the millisecond are cut.

    Raises:
        ValueError: the text is neither; the message says what is accepted.
    """
    if _DIGITS.fullmatch(text):
        at_ms = int(text)
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(
                f"{text[:40]!r} is not a time: give milliseconds since 1970 "
                "or ISO-8601 such as 2026-11-01T08:00:00Z"
            ) from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        whole = moment.replace(microsecond=0)
        at_ms = int(whole.timestamp()) * _MS + moment.microsecond // _MS
    if not 0 < at_ms <= TIME_MS_MAX:
        raise ValueError(f"{text[:40]!r} is outside 1970-01-01 .. 9999-12-31")
    return at_ms
