"""Margin: every number of position risk, each by one formula.

What prints a number is what decides refusals. All functions read state and change nothing.
Amounts are in units of the margin asset at scale 1e-8.
"""

from collections.abc import Iterable
from typing import Final

from perpbox import rounding
from perpbox.engine.assets import ONE_TO_ONE, AssetRates
from perpbox.engine.position import Holding, Leg
from perpbox.engine.state import Account, Market, State
from perpbox.engine.symbol import Bracket, Instrument
from perpbox.engine.types import PositionSide
from perpbox.money import SCALE, Amount, Price, Qty, Rate

BRACKET_STEPS_MAX: Final = 64
"""Bound of the search for the bracket at the liquidation price; it settles in a few steps."""


Brackets = tuple[Bracket, ...]


def bracket_of(brackets: Brackets, value: Amount) -> Bracket:
    """The bracket with ``floor < value <= cap``; the last one above all caps."""
    for bracket in brackets:
        if value <= bracket.notional_cap:
            return bracket
    return brackets[-1]


def leg_notional(leg: Leg, mark: Price) -> Amount:
    """Signed value of a leg at mark."""
    return rounding.notional(leg.quantity, mark)


def leg_unrealized(leg: Leg, mark: Price) -> Amount:
    """Unrealized profit of a leg at mark."""
    return rounding.unrealized_profit(leg.quantity, mark, leg.entry8)


def bracket_maintenance(bracket: Bracket, magnitude: Amount) -> Amount:
    """Maintenance margin of an unsigned notional in its bracket."""
    if not magnitude:
        return magnitude
    return rounding.maintenance_margin(magnitude, bracket.maint_margin_rate, bracket.cum)


def leg_maintenance(brackets: Brackets, value: Amount) -> Amount:
    """Maintenance margin of a signed notional."""
    magnitude = Amount(abs(value))
    return bracket_maintenance(bracket_of(brackets, magnitude), magnitude)


def netted_notional(leg: Leg, value: Amount, bid: Amount, ask: Amount) -> Amount:
    """Notional that open orders can bring a leg to: the worse of the two directions."""
    if leg.side is PositionSide.BOTH:
        return Amount(max(abs(value + bid), abs(value - ask)))
    if leg.side is PositionSide.LONG:
        return Amount(value + bid)
    return Amount(ask - value)


class LegRisk:
    """The numbers of one leg at one mark."""

    __slots__ = (
        "bracket",
        "initial",
        "is_isolated",
        "maintenance",
        "notional",
        "open_order_initial",
        "position_initial",
        "unrealized",
    )

    def __init__(self, holding: Holding, leg: Leg, mark: Price, rounds_up: bool) -> None:
        value = rounding.notional(leg.quantity, mark)
        magnitude = Amount(abs(value))
        bracket = bracket_of(holding.brackets, magnitude)
        self.bracket = bracket
        self.notional = value
        self.unrealized = rounding.unrealized_profit(leg.quantity, mark, leg.entry8)
        self.maintenance = bracket_maintenance(bracket, magnitude)
        self.position_initial = rounding.initial_margin(magnitude, holding.rate, rounds_up)
        if leg.bid_notional or leg.ask_notional:
            netted = netted_notional(leg, value, leg.bid_notional, leg.ask_notional)
            self.initial = rounding.initial_margin(netted, holding.rate, rounds_up)
        else:
            self.initial = self.position_initial
        self.open_order_initial = Amount(self.initial - self.position_initial)
        self.is_isolated = holding.is_isolated


class AssetRisk:
    """The numbers of one account in one margin asset."""

    __slots__ = (
        "adverse_gap",
        "cross_initial",
        "cross_maintenance",
        "cross_unrealized",
        "cross_wallet",
        "initial",
        "isolated_open_order_initial",
        "maintenance",
        "open_order_initial",
        "position_initial",
        "unrealized",
        "wallet",
    )

    def __init__(self, wallet: Amount, cross_wallet: Amount) -> None:
        self.wallet = wallet
        self.cross_wallet = cross_wallet
        self.unrealized = Amount(0)
        self.cross_unrealized = Amount(0)
        self.maintenance = Amount(0)
        self.cross_maintenance = Amount(0)
        self.initial = Amount(0)
        self.cross_initial = Amount(0)
        self.position_initial = Amount(0)
        self.open_order_initial = Amount(0)
        self.isolated_open_order_initial = Amount(0)
        self.adverse_gap = Amount(0)

    def add(self, risk: LegRisk) -> None:
        """Count a leg in."""
        self.unrealized = Amount(self.unrealized + risk.unrealized)
        self.maintenance = Amount(self.maintenance + risk.maintenance)
        self.initial = Amount(self.initial + risk.initial)
        self.position_initial = Amount(self.position_initial + risk.position_initial)
        self.open_order_initial = Amount(self.open_order_initial + risk.open_order_initial)
        if risk.is_isolated:
            self.isolated_open_order_initial = Amount(
                self.isolated_open_order_initial + risk.open_order_initial
            )
        else:
            self.cross_unrealized = Amount(self.cross_unrealized + risk.unrealized)
            self.cross_maintenance = Amount(self.cross_maintenance + risk.maintenance)
            self.cross_initial = Amount(self.cross_initial + risk.initial)

    @property
    def margin_balance(self) -> Amount:
        """Wallet plus unrealized profit."""
        return Amount(self.wallet + self.unrealized)

    @property
    def available(self) -> Amount:
        """What new orders can use."""
        free = (
            self.cross_wallet
            + self.cross_unrealized
            - self.cross_initial
            - self.isolated_open_order_initial
            - self.adverse_gap
        )
        return Amount(max(0, free))

    @property
    def max_withdraw(self) -> Amount:
        """What may leave the account: unrealized profit may not."""
        free = self.cross_wallet - self.isolated_open_order_initial - self.cross_maintenance
        return Amount(max(0, min(free, self.available)))


def adverse_gap(leg: Leg, market: Market) -> Amount:
    """Loss that the last price would bring over the mark: the reserve in available balance."""
    gap = market.last - market.mark if leg.quantity < 0 else market.mark - market.last
    if gap <= 0 or not market.last:
        return Amount(0)
    return rounding.open_loss(Qty(abs(leg.quantity)), Price(gap))


def is_active(leg: Leg) -> bool:
    """Whether a leg has a position or orders that need margin."""
    return bool(leg.quantity or leg.bid_notional or leg.ask_notional)


def wallet_balance(state: State, account: Account, asset: str) -> Amount:
    """Wallet balance of an asset, isolated wallets included."""
    return state.ledger.balance(account.account_id, asset)


def cross_wallet_balance(state: State, account: Account, asset: str) -> Amount:
    """Wallet balance less what is set aside in isolated wallets."""
    balance = state.ledger.balance(account.account_id, asset)
    return Amount(balance - account.isolated_total.get(asset, 0))


class LegRisks:
    """The risks of an account's legs, each worked out once for as long as this is kept."""

    __slots__ = ("account", "by_symbol", "state")

    def __init__(self, state: State, account: Account) -> None:
        self.state = state
        self.account = account
        self.by_symbol: dict[str, list[LegRisk]] = {}

    def of(self, holding: Holding) -> list[LegRisk]:
        """One for each leg of the holding, in its order."""
        symbol = holding.instrument.symbol
        found = self.by_symbol.get(symbol)
        if found is None:
            mark = self.state.markets[symbol].mark
            rounds_up = self.state.rules.initial_margin_rounds_up
            legs = holding.legs(self.account.hedge)
            found = [LegRisk(holding, leg, mark, rounds_up) for leg in legs]
            self.by_symbol[symbol] = found
        return found


def asset_risk(
    state: State, account: Account, asset: str, legs: LegRisks | None = None
) -> AssetRisk:
    """Sum the legs that settle in ``asset``; ``legs`` saves working their risks out again."""
    risks = legs if legs is not None else LegRisks(state, account)
    total = AssetRisk(
        wallet_balance(state, account, asset), cross_wallet_balance(state, account, asset)
    )
    gap = 0
    for symbol, holding in account.holdings.items():
        held = holding.legs(account.hedge)
        if holding.instrument.margin_asset != asset or not any(map(is_active, held)):
            continue
        for leg, risk in zip(held, risks.of(holding), strict=True):
            total.add(risk)
            if leg.quantity and not holding.is_isolated:
                gap += adverse_gap(leg, state.markets[symbol])
    total.adverse_gap = Amount(gap)
    return total


def is_isolated_below_maintenance(holding: Holding, leg: Leg, mark: Price) -> bool:
    """Whether an isolated leg is to be liquidated at this mark: its margin has run down."""
    if not leg.quantity:
        return False
    maintenance = leg_maintenance(holding.brackets, leg_notional(leg, mark))
    return leg.isolated_wallet + leg_unrealized(leg, mark) <= maintenance


def solve_liquidation_price(
    equity: Amount, legs: Iterable[tuple[Leg, Bracket]], rates: AssetRates = ONE_TO_ONE
) -> Price:
    """Price at which ``equity`` plus the legs' profit meets their maintenance margin.

    In multi-assets mode profit counts at the bid and maintenance at the ask rate of the margin
    asset, as in the totals. 0 when there is no such price above zero.
    """
    bid, ask = rates.bid, rates.ask
    numerator = equity * bid * SCALE
    slope = 0
    for leg, bracket in legs:
        quantity = leg.quantity
        numerator += bracket.cum * ask * SCALE - quantity * leg.entry8 * bid
        slope += abs(quantity) * bracket.maint_margin_rate * ask - quantity * bid * SCALE
    if not slope:
        return Price(0)
    return Price(max(0, rounding.liquidation_price(numerator, slope)))


def liquidation_price(
    brackets: Brackets,
    equity: Amount,
    legs: list[Leg],
    mark: Price,
    rates: AssetRates = ONE_TO_ONE,
    at_mark: list[Bracket] | None = None,
    tried: list[tuple[Brackets, Price]] | None = None,
) -> Price:
    """Liquidation price of legs that share ``equity``, with the brackets that hold there.

    The brackets are those of the notional at the liquidation price itself, found by iteration
    from the mark, so that the margin ratio is 100 % exactly there (our choice). ``at_mark``
    saves looking up the brackets to begin with; ``tried`` is told each step of the search, the
    legs' brackets and the price that follows from them.
    """
    price = mark
    chosen: list[Bracket] = []
    if at_mark is not None:
        chosen = at_mark
        price = solve_liquidation_price(equity, zip(legs, chosen, strict=True), rates)
        if tried is not None:
            tried.append((tuple(chosen), price))
    for _ in range(BRACKET_STEPS_MAX):
        found = [bracket_of(brackets, Amount(abs(leg_notional(leg, price)))) for leg in legs]
        if found == chosen:
            break
        chosen = found
        # A price of 0 goes round once more: the bracket at the mark must not decide for it.
        price = solve_liquidation_price(equity, zip(legs, chosen, strict=True), rates)
        if tried is not None:
            tried.append((tuple(chosen), price))
    else:
        # Two legs against each other, below maintenance at every price: there is none to name.
        return Price(0)
    return price


def fee_rate(state: State, account: Account, instrument: Instrument, is_maker: bool) -> Rate:
    """The account's own rate, else the lower of the contract's and the account's fee tier's."""
    own = account.maker_fee if is_maker else account.taker_fee
    if own is not None:
        return own
    listed = instrument.maker_fee if is_maker else instrument.taker_fee
    if not account.fee_tier:
        return listed
    tier = state.fee_tiers[account.fee_tier]
    return min(listed, tier[0] if is_maker else tier[1])


def max_isolated_remove(holding: Holding, leg: Leg, mark: Price, rounds_up: bool) -> Amount:
    """Most that may be taken out of an isolated leg."""
    risk = LegRisk(holding, leg, mark, rounds_up)
    wallet = leg.isolated_wallet
    free = min(wallet - risk.maintenance, wallet + risk.unrealized - risk.position_initial)
    return Amount(max(0, free))
