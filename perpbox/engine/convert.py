"""Conversions of one asset into another: a quote that is good for ten seconds, and taking it."""

from typing import Final

from perpbox import rounding
from perpbox.engine.adl import rank_again
from perpbox.engine.assets import asset_index
from perpbox.engine.collateral import Funds, account_assets
from perpbox.engine.commands import AcceptQuote, RequestQuote
from perpbox.engine.events import AssetsConverted, QuoteGiven, Rejected
from perpbox.engine.ledger import CONVERSION
from perpbox.engine.rejects import Reject
from perpbox.engine.state import Account, State
from perpbox.engine.turn import Turn, refuse
from perpbox.engine.types import LedgerKind
from perpbox.engine.values import Quote
from perpbox.money import SCALE, Amount, Price

QUOTE_LIFE_MS: Final = 10_000
"""How long a quote is good (documented: the only valid time)."""
DOLLARS_MIN: Final = Amount(20 * SCALE)
DOLLARS_MAX: Final = Amount(2_500_000 * SCALE)
"""Value of the smallest and the largest conversion (the documented example's, in dollars)."""
QUOTES_MAX: Final = 10_000
"""Quotes that wait to be taken; the oldest gives way."""


def amount_bounds(index: Price) -> tuple[Amount, Amount]:
    """Smallest and largest amount of an asset that can be converted, at its dollar index."""
    return rounding.from_dollars(DOLLARS_MIN, index), rounding.from_dollars(DOLLARS_MAX, index)


def convertible_indexes(state: State) -> dict[str, Price]:
    """Dollar index of every asset that can be converted: all that have one."""
    indexes = {asset: asset_index(state, asset) for asset in state.assets}
    return {asset: index for asset, index in indexes.items() if index}


def can_give(state: State, account: Account, asset: str, amount: Amount) -> bool:
    """Whether this much of an asset may leave the account."""
    assets = account_assets(account)
    if asset not in assets:
        return False
    return amount <= Funds(state, account, assets).max_withdraw(asset)


def request_quote(turn: Turn, command: RequestQuote) -> Rejected | None:
    """Tell the rate of the asset indexes; it is kept for an account that has the funds."""
    state = turn.state
    account = state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    indexes = convertible_indexes(state)
    given, got = indexes.get(command.from_asset), indexes.get(command.to_asset)
    if given is None or got is None or command.from_asset == command.to_asset:
        return refuse(Reject.ASSET_UNKNOWN)
    from_amount, to_amount = command.from_amount, command.to_amount
    if from_amount:
        to_amount = rounding.converted(from_amount, given, got)
    else:
        from_amount = rounding.needed_to_convert(to_amount, given, got)
    least, most = amount_bounds(given)
    if not least <= from_amount <= most:
        return refuse(Reject.CONVERT_AMOUNT_INVALID)
    quote = Quote(
        account_id=account.account_id,
        quote_id=state.conversions.next_quote_id,
        from_asset=command.from_asset,
        to_asset=command.to_asset,
        from_amount=from_amount,
        to_amount=to_amount,
        ratio=rounding.conversion_ratio(given, got),
        inverse=rounding.conversion_ratio(got, given),
        good_till_ms=turn.at_ms + QUOTE_LIFE_MS,
    )
    is_funded = can_give(state, account, quote.from_asset, from_amount)
    if is_funded:
        _keep(turn, quote)
    _tell(turn, quote, quote.quote_id if is_funded else 0)
    return None


def _keep(turn: Turn, quote: Quote) -> None:
    conversions = turn.state.conversions
    conversions.next_quote_id += 1
    quotes = conversions.quotes
    while quotes:
        oldest = next(iter(quotes.values()))
        if oldest.good_till_ms >= turn.at_ms and len(quotes) < QUOTES_MAX:
            break
        del quotes[oldest.quote_id]
    quotes[quote.quote_id] = quote


def _tell(turn: Turn, quote: Quote, quote_id: int) -> None:
    turn.emit(
        QuoteGiven(
            quote.account_id,
            quote_id,
            quote.from_asset,
            quote.to_asset,
            quote.from_amount,
            quote.to_amount,
            quote.ratio,
            quote.inverse,
            quote.good_till_ms,
        )
    )


def accept_quote(turn: Turn, command: AcceptQuote) -> Rejected | None:
    """Give one asset for the other at the rate that was told."""
    state = turn.state
    account = state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    quote = state.conversions.quotes.get(command.quote_id)
    if quote is None or quote.account_id != account.account_id or quote.good_till_ms < turn.at_ms:
        return refuse(Reject.QUOTE_UNKNOWN)
    if not can_give(state, account, quote.from_asset, quote.from_amount):
        return refuse(Reject.BALANCE_INSUFFICIENT)
    del state.conversions.quotes[quote.quote_id]
    order_id = state.conversions.next_order_id
    state.conversions.next_order_id += 1
    turn.emit(
        AssetsConverted(
            account.account_id,
            order_id,
            quote.quote_id,
            quote.from_asset,
            quote.to_asset,
            quote.from_amount,
            quote.to_amount,
            quote.ratio,
            quote.inverse,
            turn.at_ms,
        )
    )
    _move(turn, account, quote)
    return None


def _move(turn: Turn, account: Account, quote: Quote) -> None:
    given = Amount(-quote.from_amount)
    turn.post(account, LedgerKind.COIN_SWAP_WITHDRAW, CONVERSION, quote.from_asset, given)
    turn.post(account, LedgerKind.COIN_SWAP_DEPOSIT, CONVERSION, quote.to_asset, quote.to_amount)
    turn.margin_touched[account.account_id] = None
    account.updated_ms = turn.at_ms
    if account.holds_positions():
        rank_again(turn.state, turn.at_ms)
