"""Margin: every number of position risk, each by one formula.

What prints a number is what decides refusals. All functions read state and change nothing.
Amounts are in units of the margin asset at scale 1e-8.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from perpbox import rounding
from perpbox.engine.assets import ONE_TO_ONE, AssetRates
from perpbox.engine.position import Holding, Leg
from perpbox.engine.state import Account, Market, State
from perpbox.engine.symbol import Bracket, Instrument
from perpbox.engine.types import BOTH, LONG
from perpbox.money import SCALE, Amount, Price, Rate
from perpbox.units import as_amount, as_price, as_qty

BRACKET_STEPS_MAX: Final = 64
"""Bound of the search for the bracket at the liquidation price; it settles in a few steps."""


NOTHING: Final = Amount(0)
NOWHERE: Final = Price(0)

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
    magnitude = as_amount(abs(value))
    return bracket_maintenance(bracket_of(brackets, magnitude), magnitude)


def netted_notional(leg: Leg, value: Amount, bid: Amount, ask: Amount) -> Amount:
    """Notional that open orders can bring a leg to: the worse of the two directions."""
    if leg.side is BOTH:
        return as_amount(max(abs(value + bid), abs(value - ask)))
    if leg.side is LONG:
        return as_amount(value + bid)
    return as_amount(ask - value)


class LegRisk:
    """The numbers of one leg at one mark."""

    __slots__ = (
        "bracket",
        "initial",
        "is_isolated",
        "leg",
        "maintenance",
        "notional",
        "open_order_initial",
        "position_initial",
        "unrealized",
    )

    def __init__(self, holding: Holding, leg: Leg, mark: Price, rounds_up: bool) -> None:
        quantity, rate = leg.quantity, holding.rate
        value = rounding.notional(quantity, mark)
        magnitude = value if value >= 0 else as_amount(-value)
        bracket = bracket_of(holding.brackets, magnitude)
        held = rounding.initial_margin(magnitude, rate, rounds_up)
        self.leg = leg
        self.bracket = bracket
        self.notional = value
        self.unrealized = rounding.unrealized_profit(quantity, mark, leg.entry8)
        self.maintenance = bracket_maintenance(bracket, magnitude)
        self.position_initial = held
        bid, ask = leg.bid_notional, leg.ask_notional
        if bid or ask:
            netted = netted_notional(leg, value, bid, ask)
            self.initial = rounding.initial_margin(netted, rate, rounds_up)
            self.open_order_initial = as_amount(self.initial - held)
        else:
            self.initial = held
            self.open_order_initial = NOTHING
        self.is_isolated = holding.is_isolated


class AssetRisk:
    """The numbers of one account in one margin asset."""

    __slots__ = (
        "adverse_gap",
        "cross_initial",
        "cross_maintenance",
        "cross_unrealized",
        "cross_wallet",
        "holds_cross",
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
        self.unrealized = NOTHING
        self.cross_unrealized = NOTHING
        self.maintenance = NOTHING
        self.cross_maintenance = NOTHING
        self.initial = NOTHING
        self.cross_initial = NOTHING
        self.position_initial = NOTHING
        self.open_order_initial = NOTHING
        self.isolated_open_order_initial = NOTHING
        self.adverse_gap = NOTHING
        self.holds_cross = False
        """Whether there are cross positions in it."""

    @property
    def margin_balance(self) -> Amount:
        """Wallet plus unrealized profit."""
        return as_amount(self.wallet + self.unrealized)

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
        return as_amount(max(0, free))

    @property
    def max_withdraw(self) -> Amount:
        """What may leave the account: unrealized profit may not."""
        free = self.cross_wallet - self.isolated_open_order_initial - self.cross_maintenance
        return as_amount(max(0, min(free, self.available)))


def adverse_gap(leg: Leg, market: Market) -> Amount:
    """Loss that the last price would bring over the mark: the reserve in available balance."""
    last, mark = market.last, market.mark
    gap = last - mark if leg.quantity < 0 else mark - last
    if gap <= 0 or not last:
        return NOTHING
    return rounding.open_loss(as_qty(abs(leg.quantity)), as_price(gap))


def is_active(leg: Leg) -> bool:
    """Whether a leg has a position or orders that need margin."""
    return bool(leg.quantity or leg.bid_notional or leg.ask_notional)


def wallet_balance(state: State, account: Account, asset: str) -> Amount:
    """Wallet balance of an asset, isolated wallets included."""
    return state.ledger.balance(account.account_id, asset)


def cross_wallet_balance(state: State, account: Account, asset: str) -> Amount:
    """Wallet balance less what is set aside in isolated wallets."""
    balance = state.ledger.balance(account.account_id, asset)
    return as_amount(balance - account.isolated_total.get(asset, 0))


class LegRisks:
    """The risks of an account's legs and their sums, worked out once while this is kept."""

    __slots__ = ("account", "by_symbol", "rounds_up", "state", "totals")

    def __init__(self, state: State, account: Account) -> None:
        self.state = state
        self.account = account
        self.rounds_up = state.rules.initial_margin_rounds_up
        self.by_symbol: dict[str, list[LegRisk]] = {}
        self.totals: dict[str, AssetRisk] = {}

    def of(self, holding: Holding) -> list[LegRisk]:
        """One for each leg of the holding, in its order."""
        symbol = holding.instrument.symbol
        found = self.by_symbol.get(symbol)
        if found is None:
            found = self._work_out(symbol, holding, self.state.markets[symbol].mark)
        return found

    def total(self, asset: str) -> AssetRisk:
        """The sums over the legs that settle in an asset."""
        found = self.totals.get(asset)
        if found is None:
            found = self.totals[asset] = self._sum_up(asset)
        return found

    def _work_out(self, symbol: str, holding: Holding, mark: Price) -> list[LegRisk]:
        rounds_up = self.rounds_up
        if self.account.hedge:
            long = LegRisk(holding, holding.long, mark, rounds_up)
            found = [long, LegRisk(holding, holding.short, mark, rounds_up)]
        else:
            found = [LegRisk(holding, holding.both, mark, rounds_up)]
        self.by_symbol[symbol] = found
        return found

    def _sum_up(self, asset: str) -> AssetRisk:
        """One pass over the account. Legs without position and orders add nothing."""
        account, markets, by_symbol = self.account, self.state.markets, self.by_symbol
        hedge = account.hedge
        unrealized = maintenance = initial = position_initial = gap = 0
        apart_unrealized = apart_maintenance = apart_initial = apart_orders = 0
        holds_cross = is_held = False
        for symbol, holding in account.holdings.items():
            if holding.instrument.margin_asset != asset:
                continue
            if not (
                is_active(holding.long) or is_active(holding.short)
                if hedge
                else is_active(holding.both)
            ):
                continue
            is_held = True
            market = markets[symbol]
            risks = by_symbol.get(symbol) or self._work_out(symbol, holding, market.mark)
            is_isolated = holding.is_isolated
            for risk in risks:
                unrealized += risk.unrealized
                maintenance += risk.maintenance
                initial += risk.initial
                position_initial += risk.position_initial
                if is_isolated:
                    apart_unrealized += risk.unrealized
                    apart_maintenance += risk.maintenance
                    apart_initial += risk.initial
                    apart_orders += risk.open_order_initial
                elif risk.leg.quantity:
                    holds_cross = True
                    gap += adverse_gap(risk.leg, market)
        wallet = wallet_balance(self.state, account, asset)
        apart = account.isolated_total.get(asset, 0)
        total = AssetRisk(wallet, as_amount(wallet - apart) if apart else wallet)
        if not is_held:
            return total
        total.unrealized = as_amount(unrealized)
        total.maintenance = as_amount(maintenance)
        total.initial = as_amount(initial)
        total.position_initial = as_amount(position_initial)
        total.open_order_initial = as_amount(initial - position_initial)
        total.isolated_open_order_initial = as_amount(apart_orders)
        total.cross_unrealized = as_amount(unrealized - apart_unrealized)
        total.cross_maintenance = as_amount(maintenance - apart_maintenance)
        total.cross_initial = as_amount(initial - apart_initial)
        total.adverse_gap = as_amount(gap)
        total.holds_cross = holds_cross
        return total


def asset_risk(state: State, account: Account, asset: str) -> AssetRisk:
    """Sum the legs that settle in ``asset``."""
    return LegRisks(state, account).total(asset)


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
    net = cost = cum = required = 0
    for leg, bracket in legs:
        quantity = leg.quantity
        net += quantity
        cost += quantity * leg.entry8
        cum += bracket.cum
        required += (quantity if quantity >= 0 else -quantity) * bracket.maint_margin_rate
    if rates is ONE_TO_ONE:
        # The rates are in every term, and fall out of the quotient.
        numerator = (equity + cum) * SCALE - cost
        slope = required - net * SCALE
    else:
        numerator = (equity * SCALE - cost) * rates.bid + cum * SCALE * rates.ask
        slope = required * rates.ask - net * SCALE * rates.bid
    if not slope:
        return NOWHERE
    price = rounding.liquidation_price(numerator, slope)
    return price if price > 0 else NOWHERE


def held_at(brackets: Brackets, legs: Iterable[Leg], price: Price) -> list[tuple[Leg, Bracket]]:
    """Legs, each with the bracket that its notional is in at a price."""
    return [
        (leg, bracket_of(brackets, as_amount(abs(rounding.notional(leg.quantity, price)))))
        for leg in legs
    ]


def liquidation_price(
    brackets: Brackets,
    equity: Amount,
    held: Sequence[tuple[Leg, Bracket]],
    rates: AssetRates = ONE_TO_ONE,
    tried: list[tuple[Brackets, Price]] | None = None,
) -> Price:
    """Liquidation price of legs that share ``equity``, with the brackets that hold there.

    ``held`` are the legs with their brackets at the mark (``held_at``). The brackets that count
    are those of the notional at the liquidation price itself, found by iteration from the mark,
    so that the margin ratio is 100 % exactly there (our choice). ``tried`` is told each step of
    the search, the legs' brackets and the price that follows from them.
    """
    for _ in range(BRACKET_STEPS_MAX):
        price = solve_liquidation_price(equity, held, rates)
        if tried is not None:
            tried.append((tuple(bracket for _, bracket in held), price))
        # A price of 0 goes round once more: the bracket at the mark must not decide for it.
        for leg, bracket in held:
            value = rounding.notional(leg.quantity, price)
            if bracket_of(brackets, value if value >= 0 else as_amount(-value)) is not bracket:
                held = held_at(brackets, [each for each, _ in held], price)
                break
        else:
            return price
    # Two legs against each other, below maintenance at every price: there is none to name.
    return NOWHERE


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
    return as_amount(max(0, free))
