"""Keys that all market streams share, by the box's API date."""

from perpbox.engine.symbol import Instrument
from perpbox.wire.vintage import Vintage


def is_merged(vintage: Vintage) -> bool:
    """Whether coin-margined contracts share the streams (2026-06-30), so that rows say so."""
    return vintage.since(2026, 6, 30)


def pair_key(instrument: Instrument, vintage: Vintage) -> str:
    """``"ps":...,`` since 2026-06-30; the pair of a perpetual is its symbol."""
    return f'"ps":"{instrument.symbol}",' if is_merged(vintage) else ""


def type_key(vintage: Vintage) -> str:
    """``,"st":1`` since 2026-06-30: a contract margined in dollars."""
    return ',"st":1' if is_merged(vintage) else ""
