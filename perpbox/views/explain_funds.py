"""How the numbers of a margin asset, and of a whole multi-assets account, came about."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from perpbox import rounding
from perpbox.engine.assets import asset_rates
from perpbox.engine.collateral import Funds
from perpbox.engine.margin import AssetRisk, LegRisks, adverse_gap, is_active
from perpbox.engine.state import Account, State
from perpbox.money import Amount, Price, fixed
from perpbox.views.explain_legs import RATIO, LegExplainer, quantity_term
from perpbox.views.explain_liquidation import cross_wallet_step, leg_tag, part, wallet_term
from perpbox.views.explain_rates import (
    DOLLAR,
    FROM_DOLLARS,
    RateExplainer,
    from_dollars,
    in_dollars,
)
from perpbox.views.explained import (
    TOWARD_ZERO,
    Explanation,
    Step,
    Term,
    explanation,
    nothing,
    rounded,
    step,
    total,
)
from perpbox.views.positions import PositionRow
from perpbox.views.standing import margin_ratio

OPEN_LOSS: Final = rounded(rounding.open_loss, TOWARD_ZERO)
MARGIN_RATIO: Final = "marginRatio"
SETTLEMENT_ASSET: Final = "USDT"
"""Totals of a single-asset account count this asset only (documented)."""
_SUMS: Final = ("crossWalletBalance", "unrealizedProfit", "crossUnPnl")
_RATIO_PARTS: Final = ("crossMaintMargin", "crossWalletBalance", "crossUnPnl")
_TOTALS: Final = {
    "walletBalance": "totalWalletBalance",
    "unrealizedProfit": "totalUnrealizedProfit",
    "marginBalance": "totalMarginBalance",
    "initialMargin": "totalInitialMargin",
    "maintMargin": "totalMaintMargin",
    "availableBalance": "availableBalance",
    "maxWithdrawAmount": "maxWithdrawAmount",
    MARGIN_RATIO: MARGIN_RATIO,
}
"""Numbers of the settlement asset that are totals too."""
_AVAILABLE: Final = "availableBalance"
_MAX_WITHDRAW: Final = "maxWithdrawAmount"
_FREE: Final = (
    "max(0, crossWalletBalance + crossUnPnl - crossInitialMargin - isolatedOpenOrderMargin"
    " - reserve)"
)
_FREE_PARTS: Final = (
    "crossWalletBalance",
    "crossUnPnl",
    "crossInitialMargin",
    "isolatedOpenOrderMargin",
    "reserve",
)
_WITHDRAW: Final = (
    "max(0, min(crossWalletBalance - isolatedOpenOrderMargin - crossMaintMargin, availableBalance))"
)


class _Line:
    """One leg in use, with its numbers as terms."""

    def __init__(self, explainer: LegExplainer, tag: str) -> None:
        self.explainer = explainer
        self.row = explainer.row
        self.risk = self.row.risk
        self.is_isolated = self.row.holding.is_isolated
        self.tag = tag

    def part(self, made: Step) -> Term:
        return part(made, self.tag, self.explainer.where)

    def profit(self) -> Term:
        return self.part(self.explainer.profit()[-1])

    def maintenance(self) -> Term:
        return self.part(self.explainer.maintenance().steps[-1])

    def initial(self) -> Term:
        return self.part(self.explainer.initial()[-1])

    def position_initial(self) -> Term:
        return self.part(self.explainer.position_initial()[-1])

    def open_order_initial(self) -> Term:
        return self.part(self.explainer.open_order_initial()[-1])

    def reserve(self) -> Step | None:
        """Loss that the last price would bring over the mark; only where there is one."""
        row = self.row
        if self.is_isolated or not row.leg.quantity:
            return None
        held_back = adverse_gap(row.leg, row.market)
        if not held_back:
            return None
        symbol, asset = row.holding.instrument.symbol, self.explainer.asset
        quantity = quantity_term(row.holding, row.leg, self.tag)
        mark = Term(
            f"markPrice{self.tag}", fixed(row.market.mark), asset, f"mark price of {symbol}"
        )
        last = Term(
            f"lastPrice{self.tag}", fixed(row.market.last), asset, f"last price of {symbol}"
        )
        worse = (mark, last) if row.leg.quantity > 0 else (last, mark)
        formula = f"abs({quantity.name}) * ({worse[0].name} - {worse[1].name})"
        terms = [quantity, mark, last]
        return step(f"reserve{self.tag}", formula, terms, fixed(held_back), asset, OPEN_LOSS)


class _Sums:
    """Sums over the legs that settle in one asset; names end in the suffix."""

    def __init__(self, legs: LegRisks, asset: str, risk: AssetRisk, suffix: str = "") -> None:
        self.state, self.account = legs.state, legs.account
        self.asset, self.risk, self.suffix = asset, risk, suffix
        self.lines = list(_lines(legs, asset))

    def _total(
        self, name: str, lines: Iterable[_Line], term: Callable[[_Line], Term], value: Amount
    ) -> Step:
        terms = [term(line) for line in lines]
        return total(f"{name}{self.suffix}", terms, value, self.asset)

    def _cross(self) -> list[_Line]:
        return [line for line in self.lines if not line.is_isolated]

    def steps(self, name: str) -> list[Step]:
        """The steps to a sum by its name; the last gives it."""
        risk, lines, cross = self.risk, self.lines, self._cross()
        if name == "crossWalletBalance":
            return [cross_wallet_step(self.state, self.account, self.asset, self.suffix)]
        if name == "reserve":
            return self._reserve()
        if name == "isolatedOpenOrderMargin":
            isolated = [line for line in lines if line.is_isolated and line.risk.open_order_initial]
            value = risk.isolated_open_order_initial
            return [self._total(name, isolated, _Line.open_order_initial, value)]
        summed: dict[str, tuple[list[_Line], Callable[[_Line], Term], Amount]] = {
            "unrealizedProfit": (lines, _Line.profit, risk.unrealized),
            "maintMargin": (lines, _Line.maintenance, risk.maintenance),
            "initialMargin": (lines, _Line.initial, risk.initial),
            "positionInitialMargin": (lines, _Line.position_initial, risk.position_initial),
            "crossUnPnl": (cross, _Line.profit, risk.cross_unrealized),
            "crossMaintMargin": (cross, _Line.maintenance, risk.cross_maintenance),
            "crossInitialMargin": (cross, _Line.initial, risk.cross_initial),
        }
        return [self._total(name, *summed[name])]

    def _reserve(self) -> list[Step]:
        made = [found for line in self.lines if (found := line.reserve()) is not None]
        terms = [each.term() for each in made]
        last = total(f"reserve{self.suffix}", terms, self.risk.adverse_gap, self.asset)
        return [*made, last]


def _lines(legs: LegRisks, asset: str) -> Iterable[_Line]:
    """The legs that count in an asset, as the engine counts them."""
    state, account = legs.state, legs.account
    rounds_up = state.rules.initial_margin_rounds_up
    for symbol, holding in account.holdings.items():
        if holding.instrument.margin_asset != asset:
            continue
        market = state.markets[symbol]
        for leg, risk in zip(holding.legs(account.hedge), legs.of(holding), strict=True):
            if is_active(leg):
                row = PositionRow(market, holding, risk, Price(0))
                yield _Line(LegExplainer(row, rounds_up), leg_tag(holding, leg))


class FundsExplainer:
    """Explains what an account has and may use, in either asset mode."""

    def __init__(self, state: State, account: Account, assets: Iterable[str]) -> None:
        self.state = state
        self.account = account
        self.legs = LegRisks(state, account)
        self.funds = Funds(state, account, assets, self.legs)

    def asset(self, asset: str) -> list[Explanation]:
        """The numbers of one margin asset."""
        sums = _Sums(self.legs, asset, self.funds.risks[asset])
        found = [
            explanation("walletBalance", self._wallet(asset)),
            *(explanation(name, sums.steps(name)) for name in _SUMS),
            *self._ratio(sums),
            explanation("initialMargin", sums.steps("initialMargin")),
            explanation("maintMargin", sums.steps("maintMargin")),
            explanation("marginBalance", self._margin_balance(sums)),
        ]
        if self.funds.total is None:
            available = self._available(sums)
            withdraw = self._max_withdraw(sums)
            return [
                *found,
                explanation(_AVAILABLE, available),
                explanation(_MAX_WITHDRAW, withdraw),
            ]
        return [*found, *self._joint_asset(sums)]

    def totals(self) -> list[Explanation]:
        """The totals: of a multi-assets account in US dollars, else of the settlement asset."""
        risk = self.funds.total
        if risk is None:
            return self._settlement_totals()
        wallet = self._dollars("walletBalance", risk.wallet)
        profit = self._dollars("unrealizedProfit", risk.unrealized)
        balance = step(
            "totalMarginBalance",
            "walletBalance + unrealizedProfit",
            [wallet[-1].term(), profit[-1].term()],
            fixed(risk.margin_balance),
            DOLLAR,
        )
        return [
            explanation(
                "totalWalletBalance",
                self._dollars("walletBalance", risk.wallet, "totalWalletBalance"),
            ),
            explanation(
                "totalUnrealizedProfit",
                self._dollars("unrealizedProfit", risk.unrealized, "totalUnrealizedProfit"),
            ),
            *self._joint_ratio(),
            explanation(
                "totalInitialMargin",
                self._dollars("initialMargin", risk.initial, "totalInitialMargin"),
            ),
            explanation(
                "totalMaintMargin",
                self._dollars("maintMargin", risk.maintenance, "totalMaintMargin"),
            ),
            explanation("totalMarginBalance", _once([*wallet, *profit, balance])),
            explanation(_AVAILABLE, self._joint_available(_AVAILABLE)),
            explanation(_MAX_WITHDRAW, self._joint_withdraw()),
        ]

    def _settlement_totals(self) -> list[Explanation]:
        """The numbers of the settlement asset under the names of the totals."""
        if SETTLEMENT_ASSET not in self.funds.risks:
            return []
        found = []
        for each in self.asset(SETTLEMENT_ASSET):
            name = _TOTALS.get(each.field)
            if name is not None:
                last = msgspec.structs.replace(each.steps[-1], name=name)
                steps = (*each.steps[:-1], last)
                found.append(msgspec.structs.replace(each, field=name, steps=steps))
        return found

    def _wallet(self, asset: str) -> list[Step]:
        value = fixed(self.funds.risks[asset].wallet)
        held = Term("ledgerBalance", value, asset, f"what the account has of {asset} (ledger)")
        return [step("walletBalance", held.name, [held], value, asset)]

    def _ratio(self, sums: _Sums) -> list[Explanation]:
        """Margin ratio of the cross positions of an asset; none where no balance is left."""
        if self.funds.total is not None:
            return []
        parts = [sums.steps(name) for name in _RATIO_PARTS]
        return _ratio_of(parts, sums.risk)

    def _joint_ratio(self) -> list[Explanation]:
        risk = self.funds.total
        assert risk is not None
        values = (risk.cross_maintenance, risk.cross_wallet, risk.cross_unrealized)
        parts = [
            self._dollars(name, value) for name, value in zip(_RATIO_PARTS, values, strict=True)
        ]
        return _ratio_of(parts, risk)

    def _margin_balance(self, sums: _Sums) -> list[Step]:
        wallet = wallet_term(self.state, self.account, sums.asset)
        profit = sums.steps("unrealizedProfit")
        return [
            *profit,
            step(
                "marginBalance",
                "walletBalance + unrealizedProfit",
                [wallet, profit[-1].term()],
                fixed(sums.risk.margin_balance),
                sums.asset,
            ),
        ]

    def _available(self, sums: _Sums) -> list[Step]:
        parts = [sums.steps(name) for name in _FREE_PARTS]
        terms = [made[-1].term() for made in parts]
        value = fixed(self.funds.available(sums.asset))
        last = step(_AVAILABLE, _FREE, terms, value, sums.asset)
        return [*(each for made in parts for each in made), last]

    def _max_withdraw(self, sums: _Sums) -> list[Step]:
        available, maintenance = self._available(sums), sums.steps("crossMaintMargin")
        before = [*available, *maintenance]
        used = ("crossWalletBalance", "isolatedOpenOrderMargin", "crossMaintMargin", _AVAILABLE)
        terms = [each.term() for each in before if each.name in used]
        value = fixed(self.funds.max_withdraw(sums.asset))
        return [*before, step(_MAX_WITHDRAW, _WITHDRAW, terms, value, sums.asset)]

    def _joint_asset(self, sums: _Sums) -> list[Explanation]:
        """Available and withdrawable of an asset: what all assets leave, at its ask rate."""
        asset = sums.asset
        dollars = self._joint_available("availableUsd")
        rates = RateExplainer(self.state)
        rate, value = rates.ask(asset), self.funds.available(asset)
        last = from_dollars(_AVAILABLE, dollars[-1].term(), rate, value, asset, FROM_DOLLARS)
        available = _once([*rates.steps, *dollars, last])
        wallet = wallet_term(self.state, self.account, asset)
        withdraw = step(
            _MAX_WITHDRAW,
            "max(0, min(walletBalance, availableBalance))",
            [wallet, last.term()],
            fixed(self.funds.max_withdraw(asset)),
            asset,
        )
        return [
            explanation(_AVAILABLE, available),
            explanation(_MAX_WITHDRAW, [*available, withdraw]),
        ]

    def _joint_available(self, name: str) -> list[Step]:
        risk = self.funds.total
        assert risk is not None
        values = (
            risk.cross_wallet,
            risk.cross_unrealized,
            risk.cross_initial,
            risk.isolated_open_order_initial,
            risk.adverse_gap,
        )
        parts = [
            self._dollars(part, value) for part, value in zip(_FREE_PARTS, values, strict=True)
        ]
        terms = [made[-1].term() for made in parts]
        last = step(name, _FREE, terms, fixed(risk.available), DOLLAR)
        return _once([*(each for made in parts for each in made), last])

    def _joint_withdraw(self) -> list[Step]:
        risk = self.funds.total
        assert risk is not None
        before = [
            *self._joint_available(_AVAILABLE),
            *self._dollars("crossMaintMargin", risk.cross_maintenance),
        ]
        used = ("crossWalletBalance", "isolatedOpenOrderMargin", "crossMaintMargin", _AVAILABLE)
        terms = [each.term() for each in before if each.name in used]
        return _once(
            [*before, step(_MAX_WITHDRAW, _WITHDRAW, terms, fixed(risk.max_withdraw), DOLLAR)]
        )

    def _dollars(self, name: str, value: Amount, called: str = "") -> list[Step]:
        """A sum over all assets in US dollars: each asset's own sum, converted."""
        rates = RateExplainer(self.state)
        made: list[Step] = []
        parts: list[Step] = []
        for asset, risk in self.funds.risks.items():
            amount = _amount(name, risk)
            if not amount:
                continue
            quote, suffix = asset_rates(self.state, asset), f"_{asset}"
            if name == "walletBalance":
                summed = wallet_term(self.state, self.account, asset, suffix)
            else:
                made += _Sums(self.legs, asset, risk, suffix).steps(name)
                summed = made[-1].term()
            if name in ("walletBalance", "crossWalletBalance"):
                worth = quote.value(amount)
                rate = rates.bid(asset) if amount >= 0 else rates.ask(asset)
            elif name in ("unrealizedProfit", "crossUnPnl"):
                worth, rate = quote.profit(amount), rates.bid(asset)
            else:
                worth, rate = quote.requirement(amount), rates.ask(asset)
            converted = in_dollars(f"{name}Usd{suffix}", summed, rate, worth)
            made.append(converted)
            parts.append(converted)
        last = total(called or name, [each.term() for each in parts], value, DOLLAR)
        return [*rates.steps, *made, last]


def _ratio_of(parts: Sequence[Sequence[Step]], risk: AssetRisk) -> list[Explanation]:
    balance = Amount(risk.cross_wallet + risk.cross_unrealized)
    ratio = margin_ratio(risk.cross_maintenance, balance)
    steps = [each for made in parts for each in made]
    if ratio is None:
        return []
    if not risk.cross_maintenance:
        note = "no cross position"
        return [explanation(MARGIN_RATIO, [nothing(MARGIN_RATIO, fixed(0), "rate")], note=note)]
    terms = [made[-1].term() for made in parts]
    formula = "crossMaintMargin / (crossWalletBalance + crossUnPnl)"
    last = step(MARGIN_RATIO, formula, terms, fixed(ratio), "rate", RATIO)
    note = "at 1 the cross positions are liquidated"
    return [explanation(MARGIN_RATIO, _once([*steps, last]), note=note)]


def _amount(name: str, risk: AssetRisk) -> Amount:
    """The sum of an asset by its name."""
    return {
        "walletBalance": risk.wallet,
        "crossWalletBalance": risk.cross_wallet,
        "unrealizedProfit": risk.unrealized,
        "crossUnPnl": risk.cross_unrealized,
        "crossInitialMargin": risk.cross_initial,
        "initialMargin": risk.initial,
        "maintMargin": risk.maintenance,
        "crossMaintMargin": risk.cross_maintenance,
        "isolatedOpenOrderMargin": risk.isolated_open_order_initial,
        "reserve": risk.adverse_gap,
    }[name]


def _once(steps: Sequence[Step]) -> list[Step]:
    """Steps without repetition: a rate is explained where it is first used."""
    return list({each.name: each for each in steps}.values())
