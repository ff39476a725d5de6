"""``POST /fundingRate``: the rate of the next settlement."""

from typing import Final

from perpbox.engine.commands import OverrideFundingRate
from perpbox.engine.events import Rejected
from perpbox.engine.funding import funding_rate
from perpbox.lab.body import Fields, invalid
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.refusals import known_symbol, refused
from perpbox.money import SCALE, Rate, plain

RATE_MAX: Final = Rate(SCALE)
"""Largest rate, either way: the whole value of a position. Caps of the contract do not apply."""


def post_funding_rate(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Set the rate of the next settlement only; ``null`` lets it go."""
    symbol = known_symbol(desk, fields.text("symbol"))
    for event in desk.submit(OverrideFundingRate(symbol, _rate(fields))):
        if isinstance(event, Rejected):
            raise refused(event)
    market = desk.state.markets[symbol]
    return {
        "symbol": symbol,
        "rate": plain(funding_rate(market, desk.now_ms())),
        "set": market.funding_override is not None,
        "nextFundingTime": market.funding_next_ms,
    }


def _rate(fields: Fields) -> Rate | None:
    if not fields.has("rate"):
        raise LabError(LabCode.FIELD_MISSING, "rate is missing; null lets it go")
    if fields.is_null("rate"):
        return None
    rate = fields.decimal("rate")
    if abs(rate) > RATE_MAX:
        invalid("rate", f"from -{plain(RATE_MAX)} to {plain(RATE_MAX)}, or null", plain(rate))
    return Rate(rate)
