"""The mark price by formula."""

from perpbox.market.mark import BASIS_EVERY_MS, BASIS_SAMPLES_MAX, MarkFormula
from perpbox.money import SCALE, Price, Rate, parse

EIGHT_HOURS_MS = 8 * 3_600_000


def test_recorded_mark_comes_out() -> None:
    """MKT-025: index, rate, time left and mean basis of 2026-09-15 give the recorded mark."""
    formula = MarkFormula(Rate(parse("0.00008972")), EIGHT_HOURS_MS)
    formula.index = Price(parse("76959.67847826"))
    formula.last = Price(parse("76915.0"))
    formula.doubled_mid = 2 * (formula.index - parse("42.72725362"))
    assert formula.mark(1_789_478_303_000) == parse("76916.95122464")


def test_each_leg_can_be_the_median() -> None:
    """MKT-025: the funding leg above, the book leg below, the contract's price anywhere."""
    index = 100 * SCALE
    left_ms = EIGHT_HOURS_MS // 2
    for last, mark in (("101", "100.5"), ("100.2", "100.2"), ("90", "99")):
        formula = MarkFormula(Rate(parse("0.01")), EIGHT_HOURS_MS)
        formula.index = Price(index)
        formula.last = Price(parse(last))
        formula.doubled_mid = 2 * 99 * SCALE
        assert formula.mark(10 * EIGHT_HOURS_MS + left_ms) == parse(mark)


def test_basis_is_the_mean_of_thirty_samples() -> None:
    """MKT-025: one sample every five seconds, the oldest leaves after thirty."""
    formula = MarkFormula(Rate(0), EIGHT_HOURS_MS)
    formula.index = Price(100 * SCALE)
    formula.last = Price(1)  # below both legs, so that the lower of them is the median
    now_ms = EIGHT_HOURS_MS
    for offset in range(BASIS_SAMPLES_MAX):
        formula.doubled_mid = 2 * (100 - offset) * SCALE
        formula.mark(now_ms + offset * BASIS_EVERY_MS)
        formula.doubled_mid = 1  # between two samples nobody looks
        formula.mark(now_ms + offset * BASIS_EVERY_MS + 1_000)
    now_ms += BASIS_SAMPLES_MAX * BASIS_EVERY_MS
    formula.doubled_mid = 2 * 70 * SCALE
    # The samples are now -1 .. -30.
    assert formula.mark(now_ms) == parse("84.5")


def test_readiness() -> None:
    """MKT-025: no mark before index, print and best prices are there."""
    formula = MarkFormula(Rate(0), EIGHT_HOURS_MS)
    assert not formula.is_ready
    formula.index = formula.last = Price(SCALE)
    assert not formula.is_ready
    formula.doubled_mid = 2 * SCALE
    assert formula.is_ready
