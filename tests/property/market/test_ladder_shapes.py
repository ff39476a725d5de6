"""Ladders hold their promises for any contract, price and shape."""

from hypothesis import given
from hypothesis import strategies as st

from perpbox.engine.symbol import Instrument
from perpbox.market.ladder import LadderShape, best_prices, ladder, price_bounds
from perpbox.money import SCALE, Amount, Price
from perpbox.specs import catalogue

INSTRUMENTS = tuple(catalogue().instruments.values())
SHAPES = st.builds(
    LadderShape,
    levels=st.integers(1, 40),
    spread_ticks=st.integers(1, 20),
    gap_ticks=st.integers(1, 5),
    level_notional=st.builds(Amount, st.integers(1, 10**6 * SCALE)),
)


@st.composite
def contracts_with_prices(draw: st.DrawFn) -> tuple[Instrument, Price]:
    instrument = draw(st.sampled_from(INSTRUMENTS))
    return instrument, Price(draw(st.integers(instrument.min_price, instrument.max_price)))


@given(contracts_with_prices(), SHAPES, st.binary(min_size=80, max_size=80))
def test_ladder_is_a_book(
    contract: tuple[Instrument, Price], shape: LadderShape, sizes: bytes
) -> None:
    """MKT-002: on the grid, inside the bounds, sorted, not crossed, on the quantity step."""
    instrument, price = contract
    bids, asks = ladder(instrument, price, shape, sizes)
    lowest, highest = price_bounds(instrument)
    assert bids
    assert asks
    assert (bids[0][0], asks[0][0]) == best_prices(instrument, price, shape.spread_ticks)
    assert asks[0][0] - bids[0][0] == shape.spread_ticks * instrument.tick_size
    prices = [level[0] for level in (*reversed(bids), *asks)]
    assert prices == sorted(set(prices))
    assert lowest <= prices[0]
    assert prices[-1] <= highest
    assert not any(at % instrument.tick_size for at in prices)
    for _, quantity in (*bids, *asks):
        assert quantity >= instrument.step_size
        assert quantity % instrument.step_size == 0
