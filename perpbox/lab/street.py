"""``/street``: what the simulated market quotes for a contract."""

from typing import Final

import msgspec

from perpbox.lab.body import Fields, invalid
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.refusals import known_symbol
from perpbox.market.ladder import LEVEL_NOTIONAL_MAX, LEVELS_MAX, TICKS_MAX, LadderShape
from perpbox.money import Amount, plain

Answer = dict[str, object]
_WHOLE: Final = {
    "levels": ("levels", LEVELS_MAX),
    "spreadTicks": ("spread_ticks", TICKS_MAX),
    "gapTicks": ("gap_ticks", TICKS_MAX),
}
_NOTIONAL: Final = "levelNotional"


def get_street(desk: LabDesk, fields: Fields) -> Answer:
    """Tell how the street of a symbol looks."""
    symbol = known_symbol(desk, fields.text("symbol"))
    return _shown(symbol, _shape(desk, symbol))


def post_street(desk: LabDesk, fields: Fields) -> Answer:
    """Let the street of a symbol look otherwise from the market's next step on."""
    symbol = known_symbol(desk, fields.text("symbol"))
    shape = _shape(desk, symbol)
    wanted: dict[str, int] = {
        own: fields.whole(name, 1, most) for name, (own, most) in _WHOLE.items() if fields.has(name)
    }
    if fields.has(_NOTIONAL):
        notional = fields.decimal(_NOTIONAL)
        if not 0 < notional <= LEVEL_NOTIONAL_MAX:
            most = plain(LEVEL_NOTIONAL_MAX)
            invalid(_NOTIONAL, f"above 0 and at most {most}", plain(notional))
        wanted["level_notional"] = Amount(notional)
    if not wanted:
        names = ", ".join((*_WHOLE, _NOTIONAL))
        raise LabError(LabCode.FIELD_MISSING, f"give one at least of {names}")
    desk.shape_street(symbol, msgspec.structs.replace(shape, **wanted))
    return _shown(symbol, _shape(desk, symbol))


def _shape(desk: LabDesk, symbol: str) -> LadderShape:
    shape = desk.sequencer.source.street_shape(symbol)
    if shape is None:
        raise LabError(
            LabCode.STREET_FIXED,
            f"market {desk.market} has no street to shape; POST /perpbox/v1/depth sets levels",
        )
    return shape


def _shown(symbol: str, shape: LadderShape) -> Answer:
    return {
        "symbol": symbol,
        "levels": shape.levels,
        "spreadTicks": shape.spread_ticks,
        "gapTicks": shape.gap_ticks,
        _NOTIONAL: plain(shape.level_notional),
    }
