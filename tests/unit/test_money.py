"""Text to integers at 1e-8 and back, exactly."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perpbox.money import (
    EXPONENT_MAX,
    SCALE,
    TEXT_LENGTH_MAX,
    NotADecimal,
    TooManyDecimals,
    decimals,
    fixed,
    parse,
    plain,
)
from perpbox.units import as_amount, as_price, as_qty, as_rate

WITHOUT_TYPE: Any = 1.0
VALUES = st.integers(min_value=-(10**30), max_value=10**30)


@given(VALUES)
def test_parse_is_the_inverse_of_both_forms(value: int) -> None:
    """MAR-040: nothing is lost between text and integer."""
    assert parse(fixed(value)) == value
    assert parse(plain(value)) == value
    assert parse(f"{value}e-8") == value


@given(VALUES, st.integers(min_value=0, max_value=8))
def test_fixed_cuts_and_keeps_the_places(value: int, places: int) -> None:
    """MAR-040: exactly so many decimals, cut toward zero, no minus before zero."""
    text = fixed(value, places)
    assert len(text.partition(".")[2]) == places
    step = 10 ** (8 - places)
    assert parse(text) == (abs(value) // step * step) * (1 if value >= 0 else -1)
    assert not (text.startswith("-") and not parse(text))


@given(VALUES)
def test_plain_has_no_spare_digits(value: int) -> None:
    """MAR-040: no trailing zeros, and just the decimals that are needed."""
    text = plain(value)
    assert "." not in text or text[-1] not in "0."
    assert len(text.partition(".")[2]) == decimals(value)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    """MAR-040: strange text raises one of two errors and nothing else."""
    try:
        value = parse(text)
    except (NotADecimal, TooManyDecimals):
        return
    assert len(text) <= TEXT_LENGTH_MAX
    assert parse(plain(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", 150_000_000),
        ("+1.5", 150_000_000),
        ("-0.00000001", -1),
        (".5", 50_000_000),
        ("5.", 500_000_000),
        ("0", 0),
        ("-0", 0),
        ("1e3", 1_000 * SCALE),
        ("1E-8", 1),
        ("2.771E-4", 27_710),
        ("5.0E8", 500_000_000 * SCALE),
        ("1.500000000000", 150_000_000),
        ("0e20", 0),
    ],
)
def test_accepted(text: str, value: int) -> None:
    """MAR-040: plain and scientific decimals."""
    assert parse(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "-",
        "+",
        "e5",
        "NaN",
        "Infinity",
        "1,5",
        "1_000",
        " 1",
        "1 ",
        "1\n",
        "0x10",
        "--1",
        "1e",
        "1e+",
        "1.2.3",
        "１",
        "١",
        f"1e{EXPONENT_MAX + 1}",
        f"1e-{EXPONENT_MAX + 1}",
        "1e100",
        "1" * (TEXT_LENGTH_MAX + 1),
        "9" * 1_000_000,
    ],
)
def test_not_decimals(text: str) -> None:
    """MAR-040: everything else is no decimal, at once whatever its length."""
    with pytest.raises(NotADecimal):
        parse(text)


@pytest.mark.parametrize(
    "text", ["0.000000001", "1.123456789", "1e-9", "15e-9", "0.34999999999999"]
)
def test_too_many_decimals(text: str) -> None:
    """MAR-040: a ninth decimal is refused, never rounded away."""
    with pytest.raises(TooManyDecimals):
        parse(text)


def test_the_names_for_hot_code_take_integers_only() -> None:
    """MAR-040: they give the integer back, however large, and no float gets past them."""
    for name in (as_price, as_qty, as_amount, as_rate):
        assert name(10**30) == 10**30
        with pytest.raises(TypeError):
            name(WITHOUT_TYPE)
