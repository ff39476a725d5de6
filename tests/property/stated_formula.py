"""Works out an explanation from what it states, with nothing of the package: exact fractions."""

import ast
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import floor

Told = Mapping[str, object]
ABOVE = "computed above"
EACH_DOUBLE = "each number and each result to the nearest binary double"
DOUBLE_CUT = "to the nearest binary double, that half even"
DECIMAL = re.compile(r"-?\d+(\.\d+)?")


def nearest_double(value: Fraction) -> Fraction:
    return Fraction(value.numerator / value.denominator)


def to_places(value: Fraction, places: int, direction: str) -> Fraction:
    scaled = abs(value) * 10**places
    if direction == "toward zero":
        whole = floor(scaled)
    elif direction == "away from zero":
        whole = -floor(-scaled)
    else:
        assert direction == "half up", direction
        whole = floor(scaled + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, 10**places)


def to_digits(value: Fraction, digits: int) -> Fraction:
    """Significant digits, half even."""
    if not value:
        return value
    exponent = len(str(floor(abs(value)))) if abs(value) >= 1 else 0
    while not exponent and abs(value) * 10**-exponent < Fraction(1, 10):
        exponent -= 1
    while abs(value) < Fraction(10) ** (exponent - 1):
        exponent -= 1
    unit = Fraction(10) ** (exponent - digits)
    return round(value / unit) * unit


@lru_cache
def parsed(formula: str) -> ast.expr:
    return ast.parse(formula, mode="eval").body


def evaluate(formula: str, known: Mapping[str, Fraction], in_doubles: bool) -> Fraction:
    """The value of a formula; in doubles each number and each result is one."""

    def kept(value: Fraction) -> Fraction:
        return nearest_double(value) if in_doubles else value

    def of(node: ast.expr) -> Fraction:
        if isinstance(node, ast.Name):
            return kept(known[node.id])
        if isinstance(node, ast.Constant):
            return kept(Fraction(formula[node.col_offset : node.end_col_offset]))
        if isinstance(node, ast.UnaryOp):
            assert isinstance(node.op, ast.USub)
            return -of(node.operand)
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name)
            values = [of(each) for each in node.args]
            return {"abs": lambda: abs(values[0]), "min": lambda: min(values)}.get(
                node.func.id, lambda: max(values)
            )()
        assert isinstance(node, ast.BinOp)
        left, right = of(node.left), of(node.right)
        if isinstance(node.op, ast.Add):
            return kept(left + right)
        if isinstance(node.op, ast.Sub):
            return kept(left - right)
        if isinstance(node.op, ast.Mult):
            return kept(left * right)
        assert isinstance(node.op, ast.Div)
        return kept(left / right)

    return of(parsed(formula))


def rounded(value: Fraction, told: object) -> Fraction:
    if told is None:
        return value
    assert isinstance(told, dict)
    assert told["function"]
    assert told["evidence"]
    direction = told["direction"]
    if direction == EACH_DOUBLE:
        return value
    if direction == DOUBLE_CUT:
        return nearest_double(to_digits(nearest_double(value), told["significantDigits"]))
    return to_places(value, told["places"], direction)


def number(text: object) -> Fraction:
    """A decimal or double text, exactly as written."""
    assert isinstance(text, str)
    return Fraction(text)


def eight(value: Fraction) -> str:
    scaled = value * 10**8
    assert scaled.denominator == 1, value
    digits = str(abs(scaled.numerator)).rjust(9, "0")
    return f"{'-' if value < 0 else ''}{digits[:-8]}.{digits[-8:]}"


def double_shown(value: Fraction) -> str:
    """Shortest digits that read back as the double, in Java's form."""
    mantissa = exponent = ""
    for digits in range(17):
        mantissa, _, exponent = f"{float(abs(value)):.{digits}e}".partition("e")
        if float(f"{mantissa}e{exponent}") == float(abs(value)):
            break
    shown = mantissa.replace(".", "").rstrip("0") or "0"
    power, sign = int(exponent), "-" if value < 0 else ""
    if not value:
        return "0.0"
    if power >= 7 or power < -3:
        return f"{sign}{shown[0]}.{shown[1:] or '0'}E{power}"
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{shown}"
    shown = shown.ljust(power + 1, "0")
    return f"{sign}{shown[: power + 1]}.{shown[power + 1 :] or '0'}"


def printed(value: Fraction, form: object, endpoint: str) -> str:
    """The text of a value as its stated form has it."""
    if form == "8 decimals":
        return eight(value)
    if form == "8 decimals; zero prints 0":
        return eight(value) if value else "0"
    if form == "8 decimals; in v3 zero prints 0":
        return eight(value) if value or endpoint != "positionRisk v3" else "0"
    if form == "8 decimals; a whole amount prints none":
        return str(value.numerator) if value.denominator == 1 else eight(value)
    assert form == "shortest text of the double; zero prints 0.0", form
    return double_shown(value)


def recomputed(told: Told) -> Fraction:
    """The value of an explanation out of its terms alone; checks every step on the way."""
    found: dict[str, Fraction] = {}
    steps = told["steps"]
    assert isinstance(steps, list)
    for step in steps:
        known: dict[str, Fraction] = {}
        for term in step["terms"]:
            name = term["name"]
            if term["source"] == ABOVE:
                known[name] = found[name]
                continue
            assert DECIMAL.fullmatch(term["value"]), term
            assert name not in found, term
            known[name] = number(term["value"])
        way = step["rounding"]
        in_doubles = way is not None and way["direction"] == EACH_DOUBLE
        exact = evaluate(step["formula"], known, in_doubles)
        assert evaluate(step["numbers"], {}, in_doubles) == exact, step
        value = rounded(exact, way)
        if in_doubles or (way is not None and way["direction"] == DOUBLE_CUT):
            assert step["value"] == double_shown(value), step
        else:
            assert number(step["value"]) == value, step
        assert step["name"] not in found, "a step is told twice"
        found[step["name"]] = value
    last = steps[-1]
    assert last["value"] == told["value"]
    assert last["name"] == told["field"]
    return found[last["name"]]


def check(told: Told) -> Fraction:
    """Hold what is printed against what the terms give."""
    value, shown = recomputed(told), told.get("printed", {})
    assert isinstance(shown, dict)
    # The margin ratio is printed by the lab alone.
    assert shown or told["field"] == "marginRatio", told["field"]
    for endpoint, text in shown.items():
        assert printed(value, told["form"], endpoint) == text, (endpoint, told)
    brackets = told.get("brackets", [])
    assert isinstance(brackets, list)
    for choice in brackets:
        notional, cap = number(choice["notional"]), number(choice["notionalCap"])
        assert notional <= cap or "above every cap" in choice["why"]
        assert notional > number(choice["notionalFloor"]) or not number(choice["notionalFloor"])
    return value
