"""How the prices and the funding rate of a contract came about."""

from collections.abc import Sequence
from typing import Final

from perpbox import rounding
from perpbox.engine.calendar import HOUR_MS
from perpbox.engine.funding import DAMPER, INTEREST_RATE, funding_rate
from perpbox.engine.marking import formula_mark
from perpbox.engine.premium import average_premium
from perpbox.engine.state import Market
from perpbox.engine.types import MarkForm, Phase
from perpbox.money import Price, fixed, plain
from perpbox.views.explained import (
    TOWARD_ZERO,
    Explanation,
    Step,
    Term,
    explanation,
    rounded,
    step,
)

MARK: Final = "markPrice"
INDEX: Final = "indexPrice"
RATE: Final = "lastFundingRate"
FUNDING_LEG: Final = rounded(rounding.premium_price, TOWARD_ZERO)
BOOK_LEG: Final = rounded(rounding.basis_price, TOWARD_ZERO)
FUNDING: Final = rounded(rounding.funding_rate, TOWARD_ZERO)
_BY_LAB: Final = "pinned by the lab"
_BY_SOURCE: Final = "as the market source gave it"


class MarketExplainer:
    """Explains one contract as it stands at a box time."""

    def __init__(self, market: Market, now_ms: int) -> None:
        self.market = market
        self.now_ms = now_ms
        self.symbol = market.instrument.symbol
        self.quote = market.instrument.margin_asset

    def explanations(self) -> list[Explanation]:
        """Mark price, index price and, of a contract that is funded, the funding rate."""
        found = [self._mark(), self._index()]
        if self.market.funding_next_ms:
            found.append(self._rate())
        return found

    def _index(self) -> Explanation:
        source = _BY_LAB if self.market.pinned_index else _BY_SOURCE
        return explanation(INDEX, [self._given(INDEX, self.market.index, source)])

    def _given(self, name: str, price: Price, source: str) -> Step:
        term = Term(f"{name}Given", fixed(price), self.quote, f"{self.symbol}: {source}")
        return step(name, term.name, [term], fixed(price), self.quote)

    def _mark(self) -> Explanation:
        market = self.market
        if market.pinned_mark:
            return explanation(MARK, [self._given(MARK, market.mark, _BY_LAB)])
        if market.phase is Phase.REDUCING:
            source = "average of the index before the delivery"
            return explanation(MARK, [self._given(MARK, market.mark, source)])
        if market.mark_form is MarkForm.LAST:
            source = "last price, held within the price band around the last good index"
            return explanation(MARK, [self._given(MARK, market.mark, source)])
        if market.index and market.mark == market.index:
            index = Term(INDEX, fixed(market.index), self.quote, f"index of {self.symbol}")
            last = step(MARK, INDEX, [index], fixed(market.mark), self.quote)
            return explanation(MARK, [last], note="the mark is the index")
        if market.index and market.mark == formula_mark(market, market.index, market.prices_ms):
            return explanation(MARK, self._formula(), note="the median of its legs")
        note = f"given at {market.prices_ms}; book, trades or funding have moved since"
        return explanation(MARK, [self._given(MARK, market.mark, _BY_SOURCE)], note=note)

    def _formula(self) -> list[Step]:
        """Median of funding leg, book leg and contract price, of those that there are."""
        market = self.market
        made: list[Step] = []
        legs: list[Term] = []
        has_book_leg_only = market.instrument.is_dated or market.mark_form is MarkForm.BASIS
        if not has_book_leg_only:
            made += self._funding_leg()
            legs.append(made[-1].term())
        if market.basis:
            made += self._book_leg()
            legs.append(made[-1].term())
        if market.last and not has_book_leg_only:
            source = f"last price of {self.symbol}"
            legs.append(Term("lastPrice", fixed(market.last), self.quote, source))
        formula = _median([each.name for each in legs])
        return [*made, step(MARK, formula, legs, fixed(market.mark), self.quote)]

    def _index_term(self) -> Term:
        return Term(INDEX, fixed(self.market.index), self.quote, f"index of {self.symbol}")

    def _funding_leg(self) -> list[Step]:
        market = self.market
        interval_ms = market.instrument.funding_interval_hours * HOUR_MS
        left_ms = max(0, market.funding_next_ms - market.prices_ms)
        rate = funding_rate(market, market.prices_ms)
        value = rounding.premium_price(market.index, rate, left_ms, interval_ms)
        index = self._index_term()
        terms = [
            index,
            Term("fundingRate", fixed(rate), "rate", f"funding rate of {self.symbol} then"),
            Term("msLeft", str(left_ms), "ms", "time to the next funding when the mark was made"),
            Term("msInterval", str(interval_ms), "ms", f"funding interval of {self.symbol}"),
        ]
        formula = "indexPrice * fundingRate * msLeft / msInterval"
        due = fixed(value - market.index)
        premium = step("fundingLeft", formula, terms, due, self.quote, FUNDING_LEG)
        together = [index, premium.term()]
        formula = "indexPrice + fundingLeft"
        return [premium, step("fundingLeg", formula, together, fixed(value), self.quote)]

    def _book_leg(self) -> list[Step]:
        market = self.market
        count = len(market.basis)
        value = rounding.basis_price(market.index, sum(market.basis), count)
        source = f"bid + ask - 2 * index, summed over the newest {count} samples of the book"
        index = self._index_term()
        terms = [
            Term("basisSum", fixed(sum(market.basis)), self.quote, source),
            Term("samples", str(count), "samples", "how many there are"),
        ]
        mean = fixed(value - market.index)
        basis = step("meanBasis", "basisSum / (2 * samples)", terms, mean, self.quote, BOOK_LEG)
        together = [index, basis.term()]
        formula = "indexPrice + meanBasis"
        return [basis, step("bookLeg", formula, together, fixed(value), self.quote)]

    def _rate(self) -> Explanation:
        market, shown = self.market, funding_rate(self.market, self.now_ms)
        if market.funding_override is not None:
            return self._given_rate("set by the lab for the next funding")
        if market.funding_is_given or not market.index:
            return self._given_rate(_BY_SOURCE if market.funding_is_given else "nothing is known")
        instrument = market.instrument
        premium = average_premium(market, self.now_ms)
        hours, cap = instrument.funding_interval_hours, instrument.funding_rate_cap
        uncapped = rounding.funding_rate(premium, INTEREST_RATE, DAMPER, hours, type(cap)(0))
        terms = [
            Term(
                "averagePremium",
                fixed(premium),
                "rate",
                f"premium of {self.symbol} since the last funding, later samples weighing more",
            ),
            Term("interest", plain(INTEREST_RATE), "rate", "interest of eight hours"),
            Term("damper", plain(DAMPER), "rate", "most by which the interest moves the rate"),
            Term("hours", str(hours), "h", f"funding interval of {self.symbol}"),
        ]
        formula = (
            "(averagePremium + max(0 - damper, min(damper, interest - averagePremium))) * hours / 8"
        )
        if not cap:
            return explanation(RATE, [step(RATE, formula, terms, fixed(shown), "rate", FUNDING)])
        first = step("uncapped", formula, terms, fixed(uncapped), "rate", FUNDING)
        most = Term("cap", plain(cap), "rate", f"funding rate cap of {self.symbol}")
        held = "max(0 - cap, min(cap, uncapped))"
        last = step(RATE, held, [first.term(), most], fixed(shown), "rate")
        return explanation(RATE, [first, last])

    def _given_rate(self, source: str) -> Explanation:
        rate = fixed(funding_rate(self.market, self.now_ms))
        term = Term("rateGiven", rate, "rate", f"{self.symbol}: {source}")
        return explanation(RATE, [step(RATE, term.name, [term], rate, "rate")])


def _median(names: Sequence[str]) -> str:
    """The second smallest of up to three, as the engine takes it."""
    if len(names) == 1:
        return names[0]
    if len(names) == 2:
        return f"max({names[0]}, {names[1]})"
    low, high, third = names
    return f"max(min({low}, {high}), min(max({low}, {high}), {third}))"
