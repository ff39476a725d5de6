"""How a break-even price came about: it is printed from binary doubles, so it is told here."""

from typing import Final

from perpbox import rounding
from perpbox.money import Amount, fixed
from perpbox.views.explain_legs import quantity_term, where
from perpbox.views.explained import (
    HALF_UP,
    Explanation,
    Rounding,
    Term,
    entry_exact_text,
    explanation,
    nothing,
    rounded,
    step,
)
from perpbox.views.positions import PositionRow
from perpbox.wire.doubles import break_even_text
from perpbox.wire.vintage import Vintage

FIELD: Final = "breakEvenPrice"
EACH_DOUBLE: Final = "each number and each result to the nearest binary double"
DOUBLE_CUT: Final = "to the nearest binary double, that half even"
DIGITS: Final = 13
QUOTIENT: Final = rounded(rounding.break_even_e20, HALF_UP, 20)
_TEXT: Final = rounded(break_even_text, EACH_DOUBLE, None)
DOUBLES: Final = Rounding(_TEXT.function, EACH_DOUBLE, _TEXT.evidence)
CUT: Final = Rounding(_TEXT.function, DOUBLE_CUT, _TEXT.evidence, significant_digits=DIGITS)


def explain_break_even(row: PositionRow, text: str, vintage: Vintage) -> Explanation:
    """Explain the text that a row prints."""
    leg, holding = row.leg, row.holding
    asset, place = holding.instrument.margin_asset, where(holding, leg)
    if not leg.quantity:
        return explanation(FIELD, [nothing(FIELD, text, asset)], note=f"{place} is flat")
    since = f"of {place} since it was flat"
    net_fees = step(
        "netFees",
        "feesPaid - realizedProfit",
        [
            Term("feesPaid", fixed(leg.fees_paid), asset, f"commissions {since}"),
            Term("realizedProfit", fixed(leg.realized), asset, f"realized profit {since}"),
        ],
        fixed(leg.fees_paid - leg.realized),
        asset,
    )
    cost = Term("cost", fixed(abs(leg.cost)), asset, f"what {place} cost, its sign apart")
    terms = [cost, net_fees.term(), quantity_term(holding, leg)]
    sign = "+" if leg.quantity > 0 else "-"
    formula = f"(cost {sign} netFees) / abs(quantity)"
    if vintage.entry_unrounded:
        last = step(FIELD, formula, terms, text, asset, DOUBLES)
        return explanation(FIELD, [net_fees, last], note=_note(sign))
    exact = rounding.break_even_e20(
        Amount(abs(leg.cost)), Amount(leg.fees_paid - leg.realized), leg.quantity
    )
    quotient = step("quotient", formula, terms, entry_exact_text(exact), asset, QUOTIENT)
    last = step(FIELD, "quotient", [quotient.term()], text, asset, CUT)
    return explanation(FIELD, [net_fees, quotient, last], note=_note(sign))


def _note(sign: str) -> str:
    which = "raise a long's" if sign == "+" else "lower a short's"
    return f"fees {which} break-even price; funding is not in it"
