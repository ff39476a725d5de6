import pytest

from perpbox.money import Amount, Price, Qty, parse
from perpbox.wire.streams.user_forms import EventForms
from perpbox.wire.vintage import Vintage
from tests.unit.engine.board import contract

BTC = contract(price_precision=2, quantity_precision=3)
SEI = contract(price_precision=7, quantity_precision=0)
OLD, LATE = EventForms(Vintage("2024-11-18")), EventForms(Vintage("2026-11-01"))


def e20(numerator: int, denominator: int) -> int:
    return numerator * 10**20 // denominator


@pytest.mark.parametrize(
    ("value", "old", "late"),
    [
        ("0", "0", "0"),
        ("291", "291.00000000", "291"),
        ("-113.29772855", "-113.29772855", "-113.29772855"),
        ("3.36586", "3.36586000", "3.36586"),
    ],
)
def test_money(value: str, old: str, late: str) -> None:
    """USR-040."""
    assert OLD.money(Amount(parse(value))) == old
    assert LATE.money(Amount(parse(value))) == late


@pytest.mark.parametrize(
    ("value", "old", "late"),
    [
        ("10", "10", "10"),
        ("-10", "-10", "-10"),
        ("0", "0", "0"),
        ("0.1", "0.10000000", "0.1"),
        ("-21.14364261", "-21.14364261", "-21.14364261"),
    ],
)
def test_transfers(value: str, old: str, late: str) -> None:
    """USR-032, USR-040: whole amounts never had decimals."""
    assert OLD.moved(Amount(parse(value))) == old
    assert LATE.moved(Amount(parse(value))) == late


@pytest.mark.parametrize(
    ("value", "old", "late"),
    [
        ("50000", "50000", "50000"),
        ("46.26", "46.26000", "46.26"),
        ("1166.82229202", "1166.82229", "1166.82229"),
        ("0", "0", "0"),
    ],
)
def test_notionals(value: str, old: str, late: str) -> None:
    """USR-024, USR-040: five decimals, cut."""
    assert OLD.notional(Amount(parse(value))) == old
    assert LATE.notional(Amount(parse(value))) == late


def test_prices_and_averages() -> None:
    """USR-040."""
    price = Price(parse("91739.9"))
    assert (OLD.price(price, BTC), LATE.price(price, BTC)) == ("91739.90", "91739.9")
    assert (OLD.price(Price(0), BTC), LATE.price(Price(0), BTC)) == ("0", "0")
    quote, executed = Amount(parse("183.4798")), Qty(parse("0.002"))
    assert OLD.average(quote, executed, BTC) == "91739.90000"
    assert LATE.average(quote, executed, BTC) == "91739.9"
    quote, executed = Amount(parse("352.1336")), Qty(parse("392"))
    assert OLD.average(quote, executed, SEI) == "0.8983000"
    assert OLD.average(Amount(0), Qty(0), SEI) == "0"


def test_quantities_lost_their_zeros_always() -> None:
    """USR-040."""
    for forms in (OLD, LATE):
        assert forms.quantity(Qty(parse("0.5")), BTC) == "0.5"
        assert forms.quantity(Qty(parse("-1")), BTC) == "-1"
        assert forms.quantity(Qty(0), BTC) == "0"


def test_entry_prices() -> None:
    """USR-038: eight decimals, half up; five fixed ones before 2024."""
    ancient = EventForms(Vintage("2021-06-04"))
    assert LATE.entry(e20(33_466, 87_000), SEI) == "0.38466667"
    assert OLD.entry(e20(917_399, 10), BTC) == "91739.9"
    assert ancient.entry(e20(395_605, 10), BTC) == "39560.50000"
    assert (OLD.entry(0, BTC), LATE.entry(0, BTC), ancient.entry(0, BTC)) == ("0", "0", "0.00000")


@pytest.mark.parametrize(
    ("cost", "fees", "quantity", "text"),
    [
        ("33.466", "-0.00602388", "87", "0.3845974266667"),
        ("46.346", "0", "0.02", "2317.3"),
        ("8.019", "0.0040095", "0.1", "80.230095"),
        ("60000", "30", "1", "60030"),
        ("10", "20", "-1", "-10"),
        ("0", "0", "0", "0"),
    ],
)
def test_break_even_prices(cost: str, fees: str, quantity: str, text: str) -> None:
    """USR-038: 13 significant digits, no trailing zeros."""
    net_fees = Amount(parse(fees))
    assert LATE.break_even(Amount(parse(cost)), net_fees, Qty(parse(quantity))) == text


@pytest.mark.parametrize(
    ("day", "before", "switch"),
    [
        ("2021-05-01", "2021-04-30", "has_balance_change"),
        ("2023-05-28", "2023-05-27", "tells_no_commission"),
        ("2023-09-05", "2023-09-04", "tells_match_fields"),
        ("2023-09-05", "2023-09-04", "has_break_even"),
        ("2024-09-03", "2024-09-02", "has_trade_lite"),
        ("2025-07-22", "2025-07-21", "is_trimmed"),
        ("2025-10-23", "2025-10-22", "has_expiry_reason"),
        ("2026-07-22", "2026-07-21", "has_modify_id"),
        ("2026-08-07", "2026-08-06", "has_funding_symbol"),
        ("2023-12-31", "2024-01-01", "is_entry_fixed"),
        ("2026-06-29", "2026-06-30", "lists_both_leg"),
    ],
)
def test_switches_turn_on_their_day(day: str, before: str, switch: str) -> None:
    """USR-041: the last two are switched off on their day."""
    assert getattr(EventForms(Vintage(day)), switch) is True
    assert getattr(EventForms(Vintage(before)), switch) is False
