"""What an explanation is made of: terms, steps with their formula and rounding, brackets.

A formula is written with ``+ - * /``, ``abs``, ``min``, ``max``, parentheses and the names of its
terms, so that a program can check it as well as a person. Values are exact decimal texts.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from perpbox.money import PLACES, decimals, fixed, plain

ABOVE: Final = "computed above"
"""Source of a term that an earlier step of the same explanation gives."""
TOWARD_ZERO: Final = "toward zero"
AWAY_FROM_ZERO: Final = "away from zero"
HALF_UP: Final = "half up"
ENTRY_PLACES: Final = 20
_NAMED: Final = re.compile(r"[^\W\d]\w*")
_FUNCTIONS: Final = ("abs", "min", "max")


class Term(msgspec.Struct, frozen=True, rename="camel"):
    """One number that a formula uses: where it comes from and what it counts."""

    name: str
    value: str
    unit: str
    source: str


class Rounding(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A rounding decision: the function that takes it, its way, and how we know."""

    function: str
    direction: str
    evidence: str
    places: int | None = None
    """Decimals that stay."""
    significant_digits: int | None = None


class Step(msgspec.Struct, frozen=True, rename="camel"):
    """One formula, in symbols and with the numbers in it, and what it gives."""

    name: str
    formula: str
    numbers: str
    terms: tuple[Term, ...]
    rounding: Rounding | None
    """``None``: the result is exact."""
    value: str
    unit: str

    def term(self) -> Term:
        """The result as a term of a later step."""
        return Term(self.name, self.value, self.unit, ABOVE)


class BracketChoice(msgspec.Struct, frozen=True, rename="camel"):
    """A leverage bracket and why it was taken."""

    position: str
    bracket: int
    notional_floor: str
    notional_cap: str
    maint_margin_rate: str
    cum: str
    notional: str
    why: str


class Explanation(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """How one printed number came about; the last step gives it."""

    field: str
    value: str
    unit: str
    steps: tuple[Step, ...]
    brackets: tuple[BracketChoice, ...] = ()
    note: str = ""
    form: str = ""
    """How the value is written."""
    printed: dict[str, str] = {}
    """Endpoint -> the string that it prints."""


def explanation(
    field: str, steps: Sequence[Step], brackets: Sequence[BracketChoice] = (), note: str = ""
) -> Explanation:
    """Explain a field by its steps."""
    last = steps[-1]
    return Explanation(field, last.value, last.unit, tuple(steps), tuple(brackets), note)


def step(
    name: str,
    formula: str,
    terms: Sequence[Term],
    value: str,
    unit: str,
    rounding: Rounding | None = None,
) -> Step:
    """A step whose terms bear the names that stand in the formula."""
    texts = {term.name: _operand(term.value) for term in terms}
    numbers = _NAMED.sub(
        lambda found: found[0] if found[0] in _FUNCTIONS else texts[found[0]], formula
    )
    return Step(name, formula, numbers, tuple(terms), rounding, value, unit)


def total(name: str, parts: Sequence[Term], value: int, unit: str) -> Step:
    """The sum of terms, exact; ``0`` of none."""
    formula = " + ".join(term.name for term in parts) or "0"
    return step(name, formula, parts, fixed(value), unit)


def nothing(name: str, value: str, unit: str) -> Step:
    """A number that is zero because there is nothing to compute it from."""
    return step(name, "0", (), value, unit)


def rounded(
    function: Callable[..., object], direction: str, places: int | None = PLACES
) -> Rounding:
    """Name a rounding function, its way and its docstring, which holds the evidence."""
    evidence = " ".join((function.__doc__ or "").replace("``", "").split())
    return Rounding(function.__name__, direction, evidence, places)


def quantity_text(quantity: int, precision: int) -> str:
    """A quantity at its contract's precision; in full where it has more decimals."""
    return fixed(quantity, precision) if decimals(quantity) <= precision else plain(quantity)


def exact_text(value: int, places: int) -> str:
    """A number kept at more than 8 decimals, in full, with one decimal at least."""
    digits = str(abs(value)).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:].rstrip('0') or '0'}"


def entry_exact_text(entry_e20: int) -> str:
    """A price kept at 20 decimals, in full."""
    return exact_text(entry_e20, ENTRY_PLACES)


def _operand(text: str) -> str:
    return f"({text})" if text.startswith("-") else text
