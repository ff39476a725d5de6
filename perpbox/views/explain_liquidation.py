"""How a liquidation price came about: equity, brackets tried, the price each gives."""

from collections.abc import Sequence
from typing import Final

import msgspec

from perpbox import rounding
from perpbox.engine.assets import ONE_TO_ONE, AssetRates
from perpbox.engine.collateral import CrossPool, account_assets
from perpbox.engine.margin import (
    Brackets,
    bracket_of,
    cross_wallet_balance,
    leg_notional,
    liquidation_price,
    wallet_balance,
)
from perpbox.engine.position import Holding, Leg
from perpbox.engine.state import Account, State
from perpbox.engine.symbol import Bracket
from perpbox.engine.types import PositionSide
from perpbox.money import SCALE, Amount, Price, fixed
from perpbox.views.explain_legs import (
    NOTIONAL,
    LegExplainer,
    bracket_choice,
    bracket_terms,
    entry_step,
    isolated_wallet_term,
    quantity_term,
    where,
)
from perpbox.views.explain_rates import DOLLAR, EQUITY, RateExplainer, from_dollars
from perpbox.views.explained import (
    HALF_UP,
    BracketChoice,
    Explanation,
    Step,
    Term,
    exact_text,
    explanation,
    nothing,
    rounded,
    step,
    total,
)
from perpbox.views.positions import PositionRow

LIQUIDATION: Final = rounded(rounding.liquidation_price, HALF_UP)
FIELD: Final = "liquidationPrice"
DOUBLE_PLACES: Final = 16
"""Decimals of the product of two numbers with 8."""
UNSETTLED_STEPS_SHOWN: Final = 4
"""Steps shown of a search that never settles."""


def leg_tag(holding: Holding, leg: Leg) -> str:
    """Suffix of a term of one of several legs: ``_BTCUSDT``, ``_BTCUSDT_LONG``."""
    return "_" + where(holding, leg).replace(" ", "_")


def wallet_term(state: State, account: Account, asset: str, suffix: str = "") -> Term:
    """The wallet balance of an asset."""
    value = fixed(wallet_balance(state, account, asset))
    return Term(f"walletBalance{suffix}", value, asset, f"wallet balance of {asset} (ledger)")


def isolated_wallet_terms(account: Account, asset: str) -> list[Term]:
    """Isolated wallets that are set aside out of an asset's wallet."""
    return [
        Term(
            f"isolatedWallet{leg_tag(holding, leg)}",
            fixed(leg.isolated_wallet),
            asset,
            f"isolated wallet of {where(holding, leg)} (part of the wallet balance)",
        )
        for holding in account.holdings.values()
        for leg in holding.legs(account.hedge)
        if holding.instrument.margin_asset == asset and leg.isolated_wallet
    ]


def cross_wallet_step(state: State, account: Account, asset: str, suffix: str = "") -> Step:
    """Wallet balance less isolated wallets."""
    wallet, aside = (
        wallet_term(state, account, asset, suffix),
        isolated_wallet_terms(account, asset),
    )
    formula = " - ".join(term.name for term in (wallet, *aside))
    value = fixed(cross_wallet_balance(state, account, asset))
    return step(f"crossWalletBalance{suffix}", formula, [wallet, *aside], value, asset)


class _Others:
    """Profit and maintenance of the other cross symbols, by margin asset."""

    def __init__(self, pool: CrossPool, own: Holding) -> None:
        state, account = pool.state, pool.account
        self.profit: dict[str, list[Term]] = {}
        self.maintenance: dict[str, list[Term]] = {}
        self.profit_sum: dict[str, int] = {}
        self.maintenance_sum: dict[str, int] = {}
        rounds_up = state.rules.initial_margin_rounds_up
        for symbol, holding in account.holdings.items():
            if holding.is_isolated or holding is own:
                continue
            market = state.markets[symbol]
            legs = holding.legs(account.hedge)
            for leg, risk in zip(legs, pool.legs.of(holding), strict=True):
                if leg.quantity:
                    row = PositionRow(market, holding, risk, Price(0))
                    self._add(LegExplainer(row, rounds_up), leg_tag(holding, leg))

    def _add(self, explainer: LegExplainer, tag: str) -> None:
        asset, risk = explainer.asset, explainer.row.risk
        profit, maintenance = explainer.profit()[-1], explainer.maintenance().steps[-1]
        self.profit.setdefault(asset, []).append(part(profit, tag, explainer.where))
        self.maintenance.setdefault(asset, []).append(part(maintenance, tag, explainer.where))
        self.profit_sum[asset] = self.profit_sum.get(asset, 0) + risk.unrealized
        self.maintenance_sum[asset] = self.maintenance_sum.get(asset, 0) + risk.maintenance

    def steps(self, asset: str, suffix: str = "") -> tuple[Step, Step]:
        """Sums of one asset."""
        return (
            total(
                f"otherUnrealizedProfit{suffix}",
                self.profit.get(asset, ()),
                self.profit_sum.get(asset, 0),
                asset,
            ),
            total(
                f"otherMaintMargin{suffix}",
                self.maintenance.get(asset, ()),
                self.maintenance_sum.get(asset, 0),
                asset,
            ),
        )


def part(made: Step, tag: str, place: str) -> Term:
    """A leg's number as a term of a sum over legs; the source shows its numbers."""
    source = f"{made.name} of {place}: {made.numbers}"
    return Term(f"{made.name}{tag}", made.value, made.unit, source)


class Equity(msgspec.Struct, frozen=True):
    """What positions that share a pool can lose, and the steps to it."""

    amount: Amount
    steps: Sequence[Step]
    term: Term
    rates: AssetRates = ONE_TO_ONE
    at: tuple[Term, ...] = ()
    """Bid and ask rate of the margin asset, in multi-assets mode."""


def cross_equity(rows: Sequence[PositionRow], pool: CrossPool) -> Equity:
    """What a cross symbol can lose: cross wallet, and what the other cross symbols leave."""
    own, account = rows[0].holding, pool.account
    equity = pool.equity_but(own, [row.risk for row in rows])
    others, asset = _Others(pool, own), own.instrument.margin_asset
    if account.multi_assets:
        return _dollar_equity(pool, others, asset, equity)
    wallet = cross_wallet_step(pool.state, account, asset)
    profit, maintenance = others.steps(asset)
    used = [each for each in (profit, maintenance) if each.terms]
    signs = {profit.name: " + ", maintenance.name: " - "}
    formula = wallet.name + "".join(f"{signs[each.name]}{each.name}" for each in used)
    terms = [each.term() for each in (wallet, *used)]
    last = step("equity", formula, terms, fixed(equity), asset)
    return Equity(equity, [wallet, *used, last], last.term())


def _dollar_equity(pool: CrossPool, others: _Others, own_asset: str, equity: Amount) -> Equity:
    """Equity over all assets in US dollars, uncut, and back into the own one at its bid rate."""
    rates = RateExplainer(pool.state)
    own_bid, own_ask = rates.bid(own_asset), rates.ask(own_asset)
    sums: list[Step] = []
    dollars: list[tuple[str, Step]] = []
    value_e16 = 0
    for asset in account_assets(pool.account):
        quote, suffix = pool.rates(asset), f"_{asset}"
        wallet = cross_wallet_balance(pool.state, pool.account, asset)
        gain, need = others.profit_sum.get(asset, 0), others.maintenance_sum.get(asset, 0)
        profit, maintenance = others.steps(asset, suffix)
        counted = (
            ("+", wallet, cross_wallet_step(pool.state, pool.account, asset, suffix), wallet >= 0),
            ("+", gain, profit, True),
            ("-", need, maintenance, False),
        )
        for sign, amount, made, at_bid in counted:
            if amount:
                rate = rates.of(asset, at_bid)
                worth_e16 = amount * (quote.bid if at_bid else quote.ask)
                converted = _uncut_dollars(made, rate, worth_e16)
                sums += [made, converted]
                dollars.append((sign, converted))
                value_e16 += worth_e16 if sign == "+" else -worth_e16
    together = _signed_sum("equityUsd", dollars, exact_text(value_e16, DOUBLE_PLACES), DOLLAR)
    back = from_dollars("equity", together.term(), own_bid, equity, own_asset, EQUITY)
    steps = [*rates.steps, *sums, together, back]
    return Equity(equity, steps, back.term(), pool.rates(own_asset), (own_bid, own_ask))


def _uncut_dollars(amount: Step, rate: Term, worth_e16: int) -> Step:
    name, _, asset = amount.name.rpartition("_")
    formula = f"{amount.name} * {rate.name}"
    value = exact_text(worth_e16, DOUBLE_PLACES)
    return step(f"{name}Usd_{asset}", formula, [amount.term(), rate], value, DOLLAR)


def _signed_sum(name: str, parts: Sequence[tuple[str, Step]], value: str, unit: str) -> Step:
    formula = " ".join(f"{sign} {each.name}" for sign, each in parts).removeprefix("+ ") or "0"
    return step(name, formula, [each.term() for _, each in parts], value, unit)


class LiquidationExplainer:
    """The search for the price at which the equity of some legs meets their maintenance."""

    def __init__(self, rows: Sequence[PositionRow], equity: Equity) -> None:
        self.holding = rows[0].holding
        self.asset = self.holding.instrument.margin_asset
        self.equity = equity
        self.legs = [row.leg for row in rows]
        self.mark = rows[0].market.mark
        self.entries = [entry_step(self.holding, leg, self._tag(leg)) for leg in self.legs]
        self.steps = [*equity.steps, *self.entries]
        self.choices: list[BracketChoice] = []
        self.tried: list[tuple[Brackets, Price]] = []
        self.price = liquidation_price(
            self.holding.brackets,
            equity.amount,
            [(row.leg, row.risk.bracket) for row in rows],
            equity.rates,
            self.tried,
        )
        assert all(row.liquidation == self.price for row in rows)

    def explain(self, note: str) -> Explanation:
        """The steps from the equity to the price."""
        price, price_term = self.mark, self._mark_term()
        is_settled = self.tried[-1][1] == self.price
        shown = self.tried if is_settled else self.tried[:UNSETTLED_STEPS_SHOWN]
        for number, (chosen, next_price) in enumerate(shown, start=1):
            self.steps += self._notionals(price, price_term, number)
            place = "at the mark" if number == 1 else f"at {price_term.name}"
            self.choices += self._choices(chosen, price, place)
            is_last = is_settled and number == len(self.tried)
            solved = self._solve(FIELD if is_last else f"price{number}", chosen, next_price)
            self.steps.append(solved)
            price, price_term = next_price, solved.term()
        if is_settled:
            self.choices += self._settled()
        else:
            self.steps.append(nothing(FIELD, fixed(self.price), self.asset))
            note += "; no bracket holds at the price that it gives"
        if not self.price:
            note += "; no price above zero meets it"
        return explanation(FIELD, self.steps, self.choices, note)

    def _tag(self, leg: Leg) -> str:
        return "" if len(self.legs) == 1 else f"_{leg.side.name}"

    def _mark_term(self) -> Term:
        symbol = self.holding.instrument.symbol
        return Term("markPrice", fixed(self.mark), self.asset, f"mark price of {symbol}")

    def _notionals(self, price: Price, price_term: Term, number: int) -> list[Step]:
        made = []
        for leg in self.legs:
            tag = self._tag(leg)
            quantity = quantity_term(self.holding, leg, tag)
            formula = f"abs({quantity.name} * {price_term.name})"
            value = fixed(abs(leg_notional(leg, price)))
            terms = [quantity, price_term]
            made.append(step(f"notional{number}{tag}", formula, terms, value, self.asset, NOTIONAL))
        return made

    def _choices(self, chosen: Sequence[Bracket], price: Price, place: str) -> list[BracketChoice]:
        return [
            bracket_choice(
                f"{where(self.holding, leg)} {place}",
                bracket,
                Amount(abs(leg_notional(leg, price))),
            )
            for leg, bracket in zip(self.legs, chosen, strict=True)
        ]

    def _settled(self) -> list[BracketChoice]:
        """The brackets at the price that was found: those it was computed with."""
        values = [Amount(abs(leg_notional(leg, self.price))) for leg in self.legs]
        held = [bracket_of(self.holding.brackets, value) for value in values]
        return self._choices(held, self.price, "at the liquidation price")

    def _solve(self, name: str, chosen: Sequence[Bracket], price: Price) -> Step:
        terms, above, below = [self.equity.term], [self.equity.term.name], list[str]()
        at_bid = at_ask = ""
        if self.equity.at:
            bid, ask = self.equity.at
            terms += [bid, ask]
            at_bid, at_ask = f" * {bid.name}", f" * {ask.name}"
            above = [self.equity.term.name + at_bid]
        slope, rates = 0, self.equity.rates
        for leg, bracket, entry in zip(self.legs, chosen, self.entries, strict=True):
            tag = self._tag(leg)
            quantity = quantity_term(self.holding, leg, tag)
            rate, cum = bracket_terms(self.holding, bracket, tag)
            terms += [cum, quantity, entry.term(), rate]
            above.append(f"{cum.name}{at_ask} - {quantity.name} * {entry.name}{at_bid}")
            below.append(f"abs({quantity.name}) * {rate.name}{at_ask} - {quantity.name}{at_bid}")
            slope += abs(leg.quantity) * bracket.maint_margin_rate * rates.ask
            slope -= leg.quantity * SCALE * rates.bid
        if not slope:
            return nothing(name, fixed(price), self.asset)
        formula = f"max(0, ({' + '.join(above)}) / ({' + '.join(below)}))"
        return step(name, formula, terms, fixed(price), self.asset, LIQUIDATION)


def explain_liquidation(
    rows: Sequence[PositionRow], row: PositionRow, pool: CrossPool
) -> Explanation:
    """Explain the liquidation price of one of a symbol's rows."""
    holding, place = row.holding, where(row.holding, row.leg)
    asset = holding.instrument.margin_asset
    if not row.leg.quantity:
        return explanation(FIELD, [nothing(FIELD, fixed(0), asset)], note=f"{place} is flat")
    if holding.is_isolated:
        alone = Equity(row.leg.isolated_wallet, (), isolated_wallet_term(row))
        note = f"{place} is isolated: its own wallet is its equity"
        return LiquidationExplainer([row], alone).explain(note)
    held = [each for each in rows if each.leg.quantity]
    explainer = LiquidationExplainer(held, cross_equity(rows, pool))
    note = f"{place} is cross: the account's other cross positions stay at their marks"
    if row.leg.side is not PositionSide.BOTH:
        note += "; LONG and SHORT have one price"
    return explainer.explain(note)
