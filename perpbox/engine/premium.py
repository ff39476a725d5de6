"""The premium of a contract over its index, sampled every five seconds of box time.

Between two changes of book or index every sample is the same, so that any number of samples is
added at once: before something changes, the samples that fell due are taken from what stands.
"""

from typing import Final

from perpbox import rounding
from perpbox.engine.book import BookSide
from perpbox.engine.events import PremiumSampled
from perpbox.engine.state import BASIS_SAMPLES_MAX, Market
from perpbox.money import SCALE, Amount, Price, Rate

SAMPLE_MS: Final = 5_000
IMPACT_MARGIN: Final = Amount(200 * SCALE)
"""The impact notional is what this much margin holds at the highest leverage (documented)."""


def next_sample_ms(after_ms: int) -> int:
    """The next sample time after a time, on the grid of box time."""
    return (after_ms // SAMPLE_MS + 1) * SAMPLE_MS


def impact_notional(market: Market) -> Amount:
    """200 USDT at the highest leverage of the contract."""
    return Amount(IMPACT_MARGIN * market.instrument.brackets[0].initial_leverage)


def impact_price(side: BookSide, wanted: Amount) -> Price | None:
    """Average price of trading ``wanted`` into one side; of what there is, where that is less."""
    quote = base = 0
    for key in reversed(side.keys):
        level = side.levels[key]
        value = rounding.quote_value(level.price, type(level.own)(level.street + level.own))
        taken = min(value, wanted - quote)
        quote += taken
        base += rounding.base_value(Amount(taken), level.price)
        if quote >= wanted:
            break
    return rounding.impact_price(Amount(quote), base) if base else None


def premium_index(market: Market) -> Rate:
    """``[max(0, impact bid - index) - max(0, index - impact ask)] / index``; 0 without an index."""
    index = market.index
    if not index:
        return Rate(0)
    wanted = impact_notional(market)
    bid = impact_price(market.book.bids, wanted)
    ask = impact_price(market.book.asks, wanted)
    over = max(0, bid - index) if bid is not None else 0
    under = max(0, index - ask) if ask is not None else 0
    return rounding.premium_index(over - under, index)


def doubled_basis(market: Market) -> int | None:
    """``bid + ask - 2 * index`` of the best prices; ``None`` with an empty side."""
    bid, ask = market.book.best_bid(), market.book.best_ask()
    return None if bid is None or ask is None else bid + ask - 2 * market.index


def take_samples(market: Market, until_ms: int) -> PremiumSampled | None:
    """Take every sample that fell due up to a time, from the book and index that stand.

    What was seen is returned, to be told; ``None`` where no sample was due or nothing stands.
    """
    due_ms = market.premium_next_ms
    if until_ms < due_ms:
        return None
    count = (until_ms - due_ms) // SAMPLE_MS + 1
    market.premium_next_ms = due_ms + count * SAMPLE_MS
    if not market.index:
        return None
    basis = doubled_basis(market)
    if basis is not None:
        market.basis.extend([basis] * min(count, BASIS_SAMPLES_MAX))
    taken = market.premium_samples
    # The samples numbered taken+1 .. taken+count, each weighted with its number.
    weights = rounding.triangle(taken + count) - rounding.triangle(taken)
    premium = premium_index(market)
    market.premium_weighted += premium * weights
    market.premium_samples = taken + count
    return PremiumSampled(market.instrument.symbol, premium, due_ms)


def pending_sample(market: Market, now_ms: int) -> tuple[int, Rate] | None:
    """(time, premium) of the first sample that fell due and was not taken yet, if there is one."""
    due_ms = market.premium_next_ms
    return (due_ms, premium_index(market)) if market.index and due_ms <= now_ms else None


def average_premium(market: Market, until_ms: int) -> Rate:
    """Average since the last settlement, later samples weighing more; changes nothing."""
    samples, weighted = market.premium_samples, market.premium_weighted
    if until_ms >= market.premium_next_ms and market.index:
        count = (until_ms - market.premium_next_ms) // SAMPLE_MS + 1
        weights = rounding.triangle(samples + count) - rounding.triangle(samples)
        weighted += premium_index(market) * weights
        samples += count
    return rounding.average_premium(weighted, rounding.triangle(samples))
