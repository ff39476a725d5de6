"""Explanations for people: formula, numbers, rounding, brackets, line by line."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from perpbox.calculator.desk import PaperDesk
from perpbox.views.explained import ABOVE, Explanation, Rounding
from perpbox.wire.render_explain import explain_account

SHOWN: Final = (
    "liquidationPrice",
    "maintMargin",
    "breakEvenPrice",
    "isolatedMargin",
    "availableBalance",
)
"""Fields that a table explains; JSON explains all."""
_INDENT: Final = "    "


class _Explained(msgspec.Struct):
    """A position, or a margin asset, with its explanations by field."""

    fields: dict[str, Explanation]
    symbol: str = ""
    positionSide: str = ""  # noqa: N815  (the wire's name)
    asset: str = ""

    @property
    def name(self) -> str:
        side = "" if self.positionSide == "BOTH" else self.positionSide
        return " ".join(part for part in (self.symbol, side, self.asset) if part)


def terms_text(desk: PaperDesk) -> str:
    """Every explained number of an account that a table shows."""
    found: Mapping[str, object] = explain_account(desk, desk.account)
    lines: list[str] = []
    for key in ("positions", "assets"):
        for each in msgspec.convert(found[key], list[_Explained]):
            for field in SHOWN:
                explained = each.fields.get(field)
                # A cross position has no margin of its own: nothing to tell.
                if explained is not None and explained.steps[-1].formula != "0":
                    lines += _lines(f"{each.name} {field}", explained)
    return "\n".join(lines)


def _lines(heading: str, explained: Explanation) -> Iterator[str]:
    yield f"{heading} = {explained.value} {explained.unit}"
    if explained.note:
        yield f"{_INDENT}({explained.note})"
    for step in explained.steps:
        yield f"{_INDENT}{step.name} = {step.formula}"
        if step.numbers != step.formula:
            yield f"{_INDENT * 2}= {step.numbers}"
        yield f"{_INDENT * 2}= {step.value} {step.unit}{_way(step.rounding)}"
        for term in step.terms:
            if term.source != ABOVE:
                yield f"{_INDENT * 3}{term.name} {term.value} {term.unit}: {term.source}"
    for choice in explained.brackets:
        yield f"{_INDENT}bracket {choice.bracket} for {choice.position}: {choice.why}"
    yield ""


def _way(rounding: Rounding | None) -> str:
    """How a result was rounded, and by which function."""
    if rounding is None:
        return ""
    places = "" if rounding.places is None else f" at {rounding.places} decimals"
    digits = rounding.significant_digits
    kept = "" if digits is None else f" at {digits} digits"
    return f"   ({rounding.direction}{places}{kept}; {rounding.function})"
