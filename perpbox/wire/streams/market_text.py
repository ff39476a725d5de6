"""Keys that all market streams share, by the box's API date."""

from perpbox.engine.symbol import Instrument, pair_of
from perpbox.wire.vintage import Vintage


def pair_key(instrument: Instrument, vintage: Vintage) -> str:
    """``"ps":...,`` since 2026-06-30; the pair of a perpetual is its symbol."""
    return f'"ps":"{pair_of(instrument.symbol)}",' if vintage.is_merged else ""


def type_key(vintage: Vintage) -> str:
    """``,"st":1`` since 2026-06-30: a contract margined in dollars."""
    return ',"st":1' if vintage.is_merged else ""
