"""A contract as it is listed now: its specification, and where it stands on the way to its end."""

from typing import TYPE_CHECKING, Final, NamedTuple

from perpbox.engine.state import Market
from perpbox.engine.types import Phase

if TYPE_CHECKING:
    from perpbox.specs import Catalogue

Row = dict[str, object]

_DATED: Final = {
    Phase.REDUCING: "PRE_DELIVERING",
    Phase.SETTLING: "DELIVERING",
    Phase.OVER: "DELIVERED",
}
_PERPETUAL: Final = {
    Phase.REDUCING: "PRE_SETTLE",
    Phase.SETTLING: "SETTLING",
    Phase.OVER: "CLOSE",
}


class Standing(NamedTuple):
    """What the engine knows of a contract that its specification does not say."""

    symbol: str
    is_dated: bool
    delivery_ms: int
    phase: Phase


def ends(market: Market) -> bool:
    """Whether a contract has a date at which it ends, or is over; any other is as specified."""
    return bool(market.phase_next_ms) or market.phase is not Phase.OPEN


def standing(market: Market) -> Standing:
    """Where a contract stands now."""
    instrument = market.instrument
    return Standing(instrument.symbol, instrument.is_dated, instrument.delivery_ms, market.phase)


def row_of(catalogue: "Catalogue", now: Standing) -> Row:
    """The row of the exchange information. Do not change it."""
    row = catalogue.row(now.symbol)
    delivery_ms = now.delivery_ms or row["deliveryDate"]
    if now.phase is Phase.OPEN and delivery_ms == row["deliveryDate"]:
        return row
    words = _DATED if now.is_dated else _PERPETUAL
    status = words.get(now.phase, row["status"])
    return {**row, "deliveryDate": delivery_ms, "status": status}


def listed_row(catalogue: "Catalogue", market: Market) -> Row:
    """The row of a contract as it stands now. Do not change it."""
    return row_of(catalogue, standing(market))
