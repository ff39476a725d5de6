import pytest

from perpbox.wire.vintage import NEWEST, Vintage


def test_newest_is_the_default() -> None:
    """WIR-038."""
    assert Vintage().api_date == NEWEST
    assert Vintage().acks_without_average


@pytest.mark.parametrize(
    ("day", "before", "switch"),
    [
        ("2021-08-01", "2021-07-31", "entry_as_double"),
        ("2023-09-05", "2023-09-04", "risk_rows_extended"),
        ("2023-09-05", "2023-09-04", "has_match_fields"),
        ("2025-11-26", "2025-11-25", "has_rpi"),
        ("2026-01-01", "2025-12-31", "entry_unrounded"),
        ("2026-06-30", "2026-06-29", "acks_without_average"),
        ("2026-08-07", "2026-08-06", "trades_with_pair"),
        ("2026-08-25", "2026-08-24", "symbol_optional_in_history"),
    ],
)
def test_switches_turn_on_their_day(day: str, before: str, switch: str) -> None:
    """WIR-038."""
    assert getattr(Vintage(day), switch) is True
    assert getattr(Vintage(before), switch) is False


def test_engine_rules_follow_the_date() -> None:
    """WIR-038."""
    old, new = Vintage("2025-06-30").rules(), Vintage("2026-01-01").rules()
    assert (old.initial_margin_rounds_up, old.entry_price_digits) == (False, 13)
    assert (new.initial_margin_rounds_up, new.entry_price_digits) == (True, 0)
    assert Vintage("2025-07-01").rules().initial_margin_rounds_up


def test_midnight_of_the_date() -> None:
    """WIR-038."""
    assert Vintage("2022-06-14").midnight_ms() == 1_655_164_800_000
    assert Vintage("2024-02-29").midnight_ms() == 1_709_164_800_000
    assert Vintage("2026-11-01").midnight_ms() == 1_793_491_200_000


@pytest.mark.parametrize("text", ["", "2026-13-01", "2026-02-30", "26-01-01", "2018-01-01", "now"])
def test_what_is_no_date_is_refused(text: str) -> None:
    """WIR-038."""
    with pytest.raises(ValueError, match="not a date"):
        Vintage(text)
