"""Times that follow from a contract's terms alone."""

from typing import Final

from perpbox.engine.symbol import Instrument

HOUR_MS: Final = 3_600_000
WINDING_UP_MS: Final = HOUR_MS
"""Before a delisting the insurance fund takes nothing over (announcements since 2025)."""


def next_funding_ms(instrument: Instrument, after_ms: int) -> int:
    """First funding boundary after a time, counted from 00:00 UTC; 0 for a dated contract."""
    if instrument.is_dated:
        return 0
    interval_ms = instrument.funding_interval_hours * HOUR_MS
    return (after_ms // interval_ms + 1) * interval_ms


def is_winding_up(instrument: Instrument, at_ms: int) -> bool:
    """Whether a perpetual contract is delisted within the hour."""
    left_ms = instrument.delivery_ms - at_ms
    return bool(instrument.delivery_ms) and not instrument.is_dated and left_ms <= WINDING_UP_MS
