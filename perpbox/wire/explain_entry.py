"""How an entry price came about: it is printed from a binary double, so it is told here."""

from typing import Final

from perpbox.engine.position import Holding, Leg
from perpbox.money import PLACES
from perpbox.views.explain_legs import where
from perpbox.views.explained import (
    ENTRY_PLACES,
    TOWARD_ZERO,
    Explanation,
    Rounding,
    Term,
    entry_exact_text,
    explanation,
    nothing,
    rounded,
    step,
)
from perpbox.wire.doubles import entry_text
from perpbox.wire.explain_break_even import EACH_DOUBLE
from perpbox.wire.vintage import Vintage

FIELD: Final = "entryPrice"
OLD_PLACES: Final = 5
_TEXT: Final = rounded(entry_text, EACH_DOUBLE, None)
DOUBLE: Final = Rounding(_TEXT.function, EACH_DOUBLE, _TEXT.evidence)
CUT: Final = Rounding(_TEXT.function, TOWARD_ZERO, _TEXT.evidence, OLD_PLACES)
_NOTE: Final = "a fill that adds makes it anew, from the old one and the fill's; a close leaves it"


def explain_entry(holding: Holding, leg: Leg, vintage: Vintage) -> Explanation:
    """Explain the text that a row prints."""
    asset, place = holding.instrument.margin_asset, where(holding, leg)
    text = entry_text(leg.entry_e20, holding.instrument.price_precision, vintage)
    if not leg.quantity:
        return explanation(FIELD, [nothing(FIELD, text, asset)], note=f"{place} is flat")
    kept = entry_exact_text(leg.entry_e20)
    if not vintage.entry_as_double:
        term = Term("keptEntry", kept, asset, f"entry price of {place}, as it is kept")
        return explanation(FIELD, [step(FIELD, term.name, [term], text, asset, CUT)], note=_NOTE)
    precision = holding.instrument.price_precision
    grid = 10 ** (ENTRY_PLACES - precision)
    if not vintage.entry_unrounded or leg.entry_e20 % grid:
        term = Term("keptEntry", kept, asset, f"entry price of {place}, as it is kept")
        return explanation(FIELD, [step(FIELD, term.name, [term], text, asset, DOUBLE)], note=_NOTE)
    unit = "1" if not precision else f"0.{'0' * (precision - 1)}1"
    assert precision <= PLACES
    terms = [
        Term("steps", str(leg.entry_e20 // grid), "steps", f"entry price of {place} on its grid"),
        Term("unit", unit, asset, f"price precision of {holding.instrument.symbol}"),
    ]
    return explanation(FIELD, [step(FIELD, "steps * unit", terms, text, asset, DOUBLE)], note=_NOTE)
