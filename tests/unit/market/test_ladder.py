"""The ladder of street levels."""

import pytest

from perpbox.market.ladder import LEVELS_MAX, LadderShape, best_prices, ladder
from perpbox.money import SCALE, Amount, Price, parse
from perpbox.specs import catalogue

BTCUSDT = catalogue(["BTCUSDT"]).instruments["BTCUSDT"]


def price(text: str) -> Price:
    return Price(parse(text))


@pytest.mark.parametrize(
    ("around", "spread_ticks", "bid", "ask"),
    [
        ("60000", 1, "60000", "60000.1"),
        ("60000.05", 1, "60000", "60000.1"),
        ("60000.05", 2, "60000", "60000.2"),
        ("60000", 3, "59999.9", "60000.2"),
        ("60000", 10, "59999.6", "60000.6"),
        ("1", 1, "556.8", "556.9"),
        ("9000000", 2, "4529763.8", "4529764"),
    ],
)
def test_best_prices(around: str, spread_ticks: int, bid: str, ask: str) -> None:
    """MKT-002: the bid is the last tick at or below the price; wider spreads are centred."""
    assert best_prices(BTCUSDT, price(around), spread_ticks) == (price(bid), price(ask))


def test_even_ladder_is_worth_its_notional() -> None:
    """MKT-002: without sizes, 20 levels a side, each worth level_notional, cut to the step."""
    bids, asks = ladder(BTCUSDT, price("60000"), LadderShape(level_notional=Amount(900 * SCALE)))
    assert [level[0] for level in bids[:3]] == [price("60000"), price("59999.9"), price("59999.8")]
    assert [level[0] for level in asks[:2]] == [price("60000.1"), price("60000.2")]
    assert len(bids) == len(asks) == 20
    assert {level[1] for level in (*bids, *asks)} == {parse("0.015")}


def test_sizes_scale_levels() -> None:
    """MKT-002: a size byte counts in 1/128 of the level; a level never falls below one step."""
    shape = LadderShape(levels=2, level_notional=Amount(6000 * SCALE))
    bids, asks = ladder(BTCUSDT, price("60000"), shape, bytes([0, 64, 128, 192]))
    assert [level[1] for level in bids] == [parse("0.001"), parse("0.050")]
    assert [level[1] for level in asks] == [parse("0.100"), parse("0.150")]


def test_levels_outside_the_bounds_are_left_out() -> None:
    """MKT-002: near the lowest price there are fewer bids, near the highest fewer asks."""
    bids, asks = ladder(BTCUSDT, price("557"), LadderShape())
    assert [level[0] for level in bids] == [price("557"), price("556.9"), price("556.8")]
    assert len(asks) == 20
    bids, asks = ladder(BTCUSDT, price("4529763.9"), LadderShape())
    assert len(bids) == 20
    assert [level[0] for level in asks] == [price("4529764")]


def test_shape_holds_its_bounds() -> None:
    """MKT-002: a shape outside its bounds is refused by the name of the number."""
    with pytest.raises(ValueError, match="levels must be 1"):
        LadderShape(levels=LEVELS_MAX + 1)
    with pytest.raises(ValueError, match="spread_ticks must be 1"):
        LadderShape(spread_ticks=0)
    with pytest.raises(ValueError, match="gap_ticks must be 1"):
        LadderShape(gap_ticks=0)
    with pytest.raises(ValueError, match="level_notional must be 1"):
        LadderShape(level_notional=Amount(0))
