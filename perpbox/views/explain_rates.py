"""How amounts of several assets count in US dollars, in multi-assets mode."""

from typing import Final

from perpbox import rounding
from perpbox.engine.assets import DOLLAR_ASSET, asset_rates
from perpbox.engine.state import State
from perpbox.money import Amount, fixed, parse, plain
from perpbox.views.explained import HALF_UP, TOWARD_ZERO, Rounding, Step, Term, rounded, step

DOLLAR: Final = "USD"
IN_DOLLARS: Final = rounded(rounding.collateral_value, TOWARD_ZERO)
FROM_DOLLARS: Final = rounded(rounding.from_dollars, TOWARD_ZERO)
EQUITY: Final = rounded(rounding.equity_from_dollars, HALF_UP)
BID_RATE: Final = rounded(rounding.asset_bid_rate, TOWARD_ZERO)
ASK_RATE: Final = rounded(rounding.asset_ask_rate, TOWARD_ZERO)


class RateExplainer:
    """The conversion rates of an account's assets; each is explained where it is first used."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.steps: list[Step] = []
        self._terms: dict[str, Term] = {}

    def of(self, asset: str, at_bid: bool) -> Term:
        """Bid or ask rate."""
        return self.bid(asset) if at_bid else self.ask(asset)

    def bid(self, asset: str) -> Term:
        """Rate at which wallets and profit of an asset count."""
        rates, listed = asset_rates(self.state, asset), self.state.assets.get(asset)
        given = listed is None or bool(listed.bid_rate)
        buffer = "0" if listed is None else plain(listed.bid_buffer)
        return self._rate(asset, "bid", rates.bid, "" if given else buffer)

    def ask(self, asset: str) -> Term:
        """Rate at which margins of an asset count."""
        rates, listed = asset_rates(self.state, asset), self.state.assets.get(asset)
        given = listed is None or bool(listed.ask_rate)
        buffer = "0" if listed is None else plain(listed.ask_buffer)
        return self._rate(asset, "ask", rates.ask, "" if given else buffer)

    def _rate(self, asset: str, kind: str, rate: int, buffer: str) -> Term:
        name = f"{kind}Rate_{asset}"
        found = self._terms.get(name)
        if found is not None:
            return found
        if not buffer:
            found = Term(name, fixed(rate), "USD", f"{kind} rate of {asset}, as it is given")
        else:
            index = Term(
                f"index_{asset}",
                fixed(asset_rates(self.state, asset).index),
                DOLLAR,
                f"index of {asset}USD" if asset != DOLLAR_ASSET else f"index of {asset}",
            )
            gap = Term(f"{kind}Buffer_{asset}", buffer, "rate", f"{kind} buffer of {asset}")
            sign, way = ("-", BID_RATE) if kind == "bid" else ("+", ASK_RATE)
            formula = f"{index.name} * (1 {sign} {gap.name})"
            made = step(name, formula, [index, gap], fixed(rate), DOLLAR, way)
            self.steps.append(made)
            found = made.term()
        self._terms[name] = found
        return found


def from_dollars(
    name: str, dollars: Term, rate: Term, value: Amount, asset: str, rounding_used: Rounding
) -> Step:
    """US dollars as an amount of an asset; nothing where the asset has no rate."""
    if not parse(rate.value):
        return step(name, "0", (), fixed(value), asset)
    formula = f"{dollars.name} / {rate.name}"
    return step(name, formula, [dollars, rate], fixed(value), asset, rounding_used)


def in_dollars(name: str, amount: Term, rate: Term, value: Amount) -> Step:
    """An amount of an asset in US dollars."""
    formula = f"{amount.name} * {rate.name}"
    return step(name, formula, [amount, rate], fixed(value), DOLLAR, IN_DOLLARS)
