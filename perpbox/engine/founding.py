"""The board and the accounts: opening the exchange, listing contracts, funding traders."""

from typing import Final

from perpbox.engine.adl import rank_again
from perpbox.engine.calendar import next_funding_ms
from perpbox.engine.commands import (
    CreateAccount,
    Deposit,
    HoldClock,
    ListInstrument,
    OpenExchange,
    SetInsurance,
)
from perpbox.engine.deadlines import recount_funding
from perpbox.engine.delivery import plan_delivery
from perpbox.engine.events import AccountCreated, ClockHeld, InstrumentListed, Rejected
from perpbox.engine.ledger import INSURANCE, OUTSIDE
from perpbox.engine.premium import next_sample_ms
from perpbox.engine.rejects import Reject
from perpbox.engine.state import Account, Market
from perpbox.engine.turn import Turn, refuse
from perpbox.engine.types import LedgerKind
from perpbox.money import Amount

ACCOUNTS_MAX: Final = 2_000_000


def open_exchange(turn: Turn, command: OpenExchange) -> Rejected | None:
    """Set the rules of the day."""
    turn.state.rules = command.rules
    turn.state.fee_tiers = command.fee_tiers
    return None


def hold_clock(turn: Turn, command: HoldClock) -> Rejected | None:
    """Note how box time goes on."""
    turn.state.clock = command.motion
    turn.emit(ClockHeld(command.motion, turn.at_ms))
    return None


def list_instrument(turn: Turn, command: ListInstrument) -> Rejected | None:
    """Put a contract on the board."""
    instrument = command.instrument
    turn.state.listings += 1
    market = turn.state.markets.get(instrument.symbol)
    if market is None:
        market = turn.state.markets[instrument.symbol] = Market(instrument)
        market.funding_next_ms = next_funding_ms(instrument, turn.at_ms)
        market.premium_next_ms = next_sample_ms(turn.at_ms)
        plan_delivery(turn, market)
        recount_funding(turn.state)
    else:
        is_postponed = instrument.delivery_ms != market.instrument.delivery_ms
        market.instrument = instrument
        if market.holders:
            rank_again(turn.state, turn.at_ms)
        for account in turn.state.accounts.values():
            holding = account.holdings.get(instrument.symbol)
            if holding is not None:
                account.version += 1
                holding.set_terms(instrument, holding.notional_coefficient)
                turn.margin_touched[account.account_id] = None
        if is_postponed:
            plan_delivery(turn, market)
            recount_funding(turn.state)
    turn.emit(InstrumentListed(instrument.symbol))
    return None


def create_account(turn: Turn, command: CreateAccount) -> Rejected | None:
    """Open an account under a key."""
    state = turn.state
    if command.api_key in state.accounts_by_key:
        return refuse(Reject.API_KEY_DUPLICATE)
    if len(state.accounts) >= ACCOUNTS_MAX:
        return refuse(Reject.ACCOUNTS_ABOVE_MAX)
    account_id = len(state.accounts) + 1
    state.accounts[account_id] = Account(
        account_id,
        command.api_key,
        command.public_key_pem,
        command.maker_fee,
        command.taker_fee,
        command.hedge,
        turn.at_ms,
    )
    state.accounts_by_key[command.api_key] = account_id
    turn.emit(AccountCreated(account_id, command.api_key))
    return None


def set_insurance(turn: Turn, command: SetInsurance) -> Rejected | None:
    """Bring the insurance fund of an asset to a balance (lab)."""
    ledger = turn.state.ledger
    change = command.balance - ledger.balance(INSURANCE, command.asset)
    ledger.post(OUTSIDE, INSURANCE, command.asset, Amount(change))
    return None


def deposit(turn: Turn, command: Deposit) -> Rejected | None:
    """Move money in from outside, or out when the amount is negative."""
    account = turn.state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    turn.post(account, LedgerKind.TRANSFER, OUTSIDE, command.asset, command.amount)
    turn.margin_touched[account.account_id] = None
    account.updated_ms = turn.at_ms
    if account.holds_positions():
        rank_again(turn.state, turn.at_ms)
    return None
