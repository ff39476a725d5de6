"""Every rounding decision: its direction, and the recorded row that shows it."""

from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perpbox import rounding
from perpbox.money import SCALE, Amount, Price, Qty, Rate, fixed, parse

PRICES = st.integers(min_value=1, max_value=10**14)
QUANTITIES = st.integers(min_value=1, max_value=10**16)
SIGNED = st.integers(min_value=-(10**16), max_value=10**16)
RATES = st.integers(min_value=-(10**6), max_value=10**8)
HALF: Final = Fraction(1, 2)


def is_cut(found: int, exact: Fraction) -> bool:
    """Toward zero, by less than one unit."""
    return abs(found) <= abs(exact) < abs(found) + 1 and (not found or (found > 0) == (exact > 0))


@given(PRICES, QUANTITIES, RATES)
def test_money_is_cut(price: int, quantity: int, rate: int) -> None:
    """MAR-041: quote values and commissions go toward zero, rebates too."""
    assert is_cut(
        rounding.quote_value(Price(price), Qty(quantity)), Fraction(price * quantity, SCALE)
    )
    fee = rounding.commission(Price(price), Qty(quantity), Rate(rate))
    assert is_cut(fee, Fraction(price * quantity * rate, SCALE**2))


@given(SIGNED, PRICES, PRICES)
def test_notional_and_profit_are_cut(quantity: int, mark: int, entry: int) -> None:
    """MAR-002, MAR-003: toward zero for losses and shorts too."""
    assert is_cut(rounding.notional(Qty(quantity), Price(mark)), Fraction(quantity * mark, SCALE))
    profit = rounding.unrealized_profit(Qty(quantity), Price(mark), Price(entry))
    assert is_cut(profit, Fraction(quantity * (mark - entry), SCALE))


@given(QUANTITIES, st.integers(min_value=1, max_value=150))
def test_margins(value: int, leverage: int) -> None:
    """MAR-016: the rate goes up; the product is cut, or goes up since mid-2025."""
    rate = rounding.margin_rate(leverage)
    assert 0 <= rate - Fraction(SCALE, leverage) < 1
    exact = Fraction(value * rate, SCALE)
    assert is_cut(rounding.initial_margin(Amount(value), rate, rounds_up=False), exact)
    assert 0 <= rounding.initial_margin(Amount(value), rate, rounds_up=True) - exact < 1


@given(SIGNED.filter(bool), QUANTITIES, st.integers(min_value=1, max_value=8))
def test_cost_is_split_without_loss(cost: int, held: int, parts: int) -> None:
    """MAR-011: shares go down, and all closes together take out the whole cost."""
    left, quantity = cost, held
    for part in range(parts, 0, -1):
        closed = quantity if part == 1 else quantity // part
        if closed:
            share = rounding.cost_share(Amount(left), Qty(closed), Qty(quantity))
            assert 0 <= Fraction(left * closed, quantity) - share < 1
            left, quantity = left - share, quantity - closed
    assert (left, quantity) == (0, 0)


@given(QUANTITIES, QUANTITIES, QUANTITIES)
def test_isolated_share_is_cut(wallet: int, closed: int, more: int) -> None:
    """MAR-013: what a close releases is cut; a whole close releases all."""
    held = closed + more
    share = rounding.isolated_share(Amount(wallet), Qty(closed), Qty(held))
    assert is_cut(share, Fraction(wallet * closed, held))
    assert rounding.isolated_share(Amount(wallet), Qty(held), Qty(held)) == wallet


@given(QUANTITIES, PRICES, QUANTITIES, PRICES)
def test_average_entry(held: int, entry: int, added: int, price: int) -> None:
    """MAR-014: half up at 20 decimals, or at 13 significant digits; then cut to 8 to price with."""
    exact = Fraction(held * entry + added * price, held + added) * 10**12
    for digits in (0, 13):
        found = rounding.average_entry_e20(
            Qty(held), entry * 10**12, Qty(added), Price(price), digits
        )
        unit = 10 ** max(0, len(str(found)) - digits) if digits else 1
        assert abs(found - exact) <= HALF * unit + HALF
        assert found % unit == 0 or not digits
        assert 0 <= found - rounding.entry_cut(found) * 10**12 < 10**12


@given(st.integers(min_value=-(10**30), max_value=10**30), st.integers(10**10, 10**20))
def test_liquidation_price_is_half_up(equity: int, slope: int) -> None:
    """MAR-005: half away from zero at 8 decimals; both signs turned around give the same."""
    found = rounding.liquidation_price(equity, slope)
    assert abs(found - Fraction(equity * SCALE, slope)) <= HALF
    assert rounding.liquidation_price(-equity, -slope) == found


@given(PRICES, st.integers(min_value=0, max_value=10**8))
def test_assumed_prices_and_bands_are_cut(price: int, rate: int) -> None:
    """ORD-003, ORD-021: bands, bounds and surcharges go down."""
    up = Fraction(price * (SCALE + rate), SCALE)
    down = Fraction(price * (SCALE - rate), SCALE)
    assert is_cut(rounding.raised(Price(price), Rate(rate)), up)
    assert is_cut(rounding.lowered(Price(price), Rate(rate)), down)
    assert is_cut(rounding.price_band(Price(price), Rate(SCALE + rate)), up)


COMMISSIONS = [
    ("1860.91", "0.053", "0.0002", "0.01972564"),
    ("1861", "0.053", "0.0002", "0.01972660"),
    ("1861", "0.010", "0.0002", "0.00372200"),
    ("0.07596", "150", "0.0004", "0.00455760"),
    ("0.5556", "39.4", "0.0005", "0.01094532"),
    ("4025.18", "0.001", "0.0004", "0.00161007"),
    ("313.2", "0.02", "0.0004", "0.00250560"),
]


@pytest.mark.parametrize(("price", "quantity", "rate", "fee"), COMMISSIONS)
def test_recorded_commissions(price: str, quantity: str, rate: str, fee: str) -> None:
    """MAR-041: recorded fills."""
    found = rounding.commission(Price(parse(price)), Qty(parse(quantity)), Rate(parse(rate)))
    assert fixed(found) == fee


VALUES = [
    ("0.001", "21123.05052574", "22185.2", "21.12305052", "-1.06214947"),
    ("65457", "0.42771", "0.42816054", "27996.61347000", "-29.49099678"),
    ("-14", "0.38440335", "0.3842", "-5.38164690", "-0.00284690"),
    ("-32", "0.16465933", "0.16395", "-5.26909856", "-0.02269856"),
]


@pytest.mark.parametrize(("quantity", "mark", "entry", "notional", "profit"), VALUES)
def test_recorded_values(quantity: str, mark: str, entry: str, notional: str, profit: str) -> None:
    """MAR-002, MAR-003: recorded rows and one by hand."""
    held = Qty(parse(quantity))
    assert fixed(rounding.notional(held, Price(parse(mark)))) == notional
    found = rounding.unrealized_profit(held, Price(parse(mark)), Price(parse(entry)))
    assert fixed(found) == profit


def test_small_ones() -> None:
    """MAR-041: averages, changes and steps at their edges."""
    assert rounding.average_price(Amount(0), Qty(0)) == 0
    assert fixed(rounding.average_price(Amount(parse("100")), Qty(parse("3")))) == "33.33333333"
    assert rounding.percent_change(Price(0), Price(0)) == 0
    assert rounding.percent_change(Price(-1), Price(200_000)) == -1
    assert rounding.open_loss(Qty(parse("0.5")), Price(3)) == 1
    assert rounding.street_steps(Amount(parse("100")), Price(parse("3")), Qty(parse("0.1"))) == 333


def test_marks_made_from_an_index() -> None:
    """MAR-042: the two legs of a mark price, cut."""
    index = Price(parse("76959.67847826"))
    premium = rounding.premium_price(index, Rate(parse("0.00008972")), 9_697_000, 28_800_000)
    assert fixed(premium, 5) == "76962.00334"
    negative = rounding.premium_price(Price(parse("100")), Rate(-1), 1, 3)
    assert negative == parse("100") - 33
    assert rounding.basis_price(Price(100), -7, 2) == 99


@given(st.integers(-(10**16), 10**16), st.integers(1, 10**13), st.integers(0, 10**8 - 1))
def test_collateral_conversions(amount: int, index: int, buffer: int) -> None:
    """ACC-030, ACC-032, ACC-033, MAR-051: rates and dollars are cut, equity is rounded half up."""
    rates = [
        (rounding.asset_bid_rate(Price(index), Rate(buffer)), 10**8 - buffer),
        (rounding.asset_ask_rate(Price(index), Rate(buffer)), 10**8 + buffer),
    ]
    for rate, part in rates:
        assert 0 <= Fraction(index * part, 10**8) - rate < 1
    value = rounding.collateral_value(Amount(amount), Price(index))
    assert value == int(Fraction(amount * index, 10**8))
    assert rounding.from_dollars(Amount(amount), Price(index)) == int(
        Fraction(amount * 10**8, index)
    )
    equity = rounding.equity_from_dollars(amount, Price(index))
    assert abs(equity - Fraction(amount, index)) <= Fraction(1, 2)


def test_conversions_without_a_price() -> None:
    """ACC-033: an asset without a rate is worth nothing either way."""
    nothing = Price(0)
    assert rounding.collateral_value(Amount(5), nothing) == 0
    assert rounding.from_dollars(Amount(5), nothing) == 0
    assert rounding.equity_from_dollars(5, nothing) == 0
