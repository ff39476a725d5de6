"""An account document as the state that the exchange would hold after the same trading.

Whatever has a command goes through the engine's door. Positions have a history that a document
does not tell, so legs are set as the fills would have left them: the entry price as it is kept,
its cost, fees and realized profit since flat; the street holds the other side.
"""

from msgspec.structs import replace

from perpbox import rounding
from perpbox.calculator.desk import ACCOUNT_ID, PaperDesk
from perpbox.calculator.document import (
    AccountDocument,
    AssetTerms,
    OrderTerms,
    PositionTerms,
    SymbolTerms,
)
from perpbox.engine.commands import (
    ChangeAssetMode,
    Command,
    CreateAccount,
    Deposit,
    ListAsset,
    ListInstrument,
    OpenExchange,
    SetFeeBurn,
    SetFeeTier,
    SetPrices,
)
from perpbox.engine.events import Rejected
from perpbox.engine.exchange import Exchange
from perpbox.engine.orders import Order
from perpbox.engine.position import Holding
from perpbox.engine.resting import rest
from perpbox.engine.settlement import set_isolated_wallet
from perpbox.engine.state import Account, State
from perpbox.engine.symbol import MarginAsset
from perpbox.engine.turn import Turn
from perpbox.engine.types import OrderType, PriceMatch, SelfTradePrevention, TimeInForce
from perpbox.specs import catalogue
from perpbox.wire.vintage import Vintage

BUILT_MS = 0
"""When everything in a file happened, where it does not say so: updateTime prints 0."""
DOUBLE_DIGITS = 15
"""Digits of a decimal that a binary double always keeps."""
_KEY = "paper"


def build(document: AccountDocument) -> PaperDesk:
    """The exchange of a document, ready to be printed or shocked."""
    exchange = Exchange()
    vintage = Vintage(document.api_date)
    _list_all(exchange, document, vintage)
    _open_account(exchange, document)
    state = exchange.state
    account = state.accounts[ACCOUNT_ID]
    for symbol in _touched(document):
        _set_terms(account, document.symbols[symbol])
    turn = Turn(state, BUILT_MS)
    for position in document.positions:
        _set_position(turn, account, position)
    for terms in document.orders:
        _rest_order(turn, account, terms)
    return PaperDesk(exchange, vintage)


def _send(exchange: Exchange, command: Command) -> None:
    events = exchange.apply(command, BUILT_MS)
    refused = events and isinstance(events[0], Rejected)
    assert not refused, f"{type(command).__name__}: {events[0]}"


def _list_all(exchange: Exchange, document: AccountDocument, vintage: Vintage) -> None:
    """Put assets and contracts on the board, with their prices."""
    contracts = catalogue(())
    _send(exchange, OpenExchange(vintage.rules(liquidates=False), contracts.fee_tiers))
    listed = {asset.asset: asset for asset in contracts.margin_assets}
    for name, terms in document.assets.items():
        listed[name] = _with_rates(listed.get(name) or MarginAsset(name), terms)
    for asset in listed.values():
        _send(exchange, ListAsset(asset))
    for symbol, each in document.symbols.items():
        _send(exchange, ListInstrument(each.instrument))
        _send(exchange, SetPrices(symbol, each.mark, each.mark))
        exchange.state.markets[symbol].last = each.last


def _with_rates(asset: MarginAsset, terms: AssetTerms) -> MarginAsset:
    return replace(asset, bid_rate=terms.bid_rate, ask_rate=terms.ask_rate)


def _open_account(exchange: Exchange, document: AccountDocument) -> None:
    _send(
        exchange,
        CreateAccount(
            _KEY, maker_fee=document.maker_fee, taker_fee=document.taker_fee, hedge=document.hedge
        ),
    )
    for asset, amount in document.wallets.items():
        _send(exchange, Deposit(ACCOUNT_ID, asset, amount))
    if document.fee_tier:
        _send(exchange, SetFeeTier(ACCOUNT_ID, document.fee_tier))
    if document.fee_burn:
        _send(exchange, SetFeeBurn(ACCOUNT_ID, fee_burn=True))
    if document.multi_assets:
        _send(exchange, ChangeAssetMode(ACCOUNT_ID, multi_assets=True))


def _touched(document: AccountDocument) -> list[str]:
    """Symbols in the order in which the account came to hold them."""
    order = [*(each.symbol for each in document.positions), *(o.symbol for o in document.orders)]
    return list(dict.fromkeys([*order, *document.symbols]))


def _set_terms(account: Account, terms: SymbolTerms) -> None:
    """What the account has set for a contract."""
    holding = Holding(terms.instrument)
    account.holdings[terms.instrument.symbol] = holding
    holding.set_terms(terms.instrument, terms.notional_coefficient)
    holding.set_leverage(terms.leverage)
    holding.set_isolated(terms.is_isolated)
    holding.is_auto_add = terms.is_auto_add


def _set_position(turn: Turn, account: Account, terms: PositionTerms) -> None:
    """Leave a leg as its fills would have left it."""
    market = turn.state.markets[terms.symbol]
    holding = account.holdings[terms.symbol]
    leg = holding.leg(terms.side)
    leg.updated_ms = terms.updated_ms
    leg.adl = terms.adl
    if not terms.quantity:
        return
    leg.quantity = terms.quantity
    leg.entry_e20 = terms.entry_e20
    leg.entry8 = rounding.entry_cut(terms.entry_e20)
    leg.cost = rounding.cost_of_entry(
        terms.quantity,
        terms.entry_e20,
        digits=turn.state.rules.entry_price_digits or DOUBLE_DIGITS,
        was_reduced=bool(terms.realized),
    )
    leg.fees_paid = terms.fees_paid
    leg.realized = terms.realized
    market.hold(account.account_id, leg)
    market.street_quantity = type(leg.quantity)(market.street_quantity - leg.quantity)
    market.street_cost = type(leg.cost)(market.street_cost - leg.cost)
    if terms.isolated_wallet:
        set_isolated_wallet(turn, account, holding, leg, terms.isolated_wallet)


def paper_order(state: State, terms: OrderTerms) -> Order:
    """A limit order of the account."""
    order_id = state.next_order_id
    state.next_order_id = order_id + 1
    return Order(
        order_id,
        ACCOUNT_ID,
        terms.symbol,
        f"paper-{order_id}",
        terms.side,
        terms.position_side,
        OrderType.LIMIT,
        TimeInForce.GTC,
        terms.quantity,
        terms.price,
        terms.reduce_only,
        SelfTradePrevention.NONE,
        PriceMatch.NONE,
        0,
    )


def _rest_order(turn: Turn, account: Account, terms: OrderTerms) -> None:
    order = paper_order(turn.state, terms)
    rest(turn, turn.state.markets[terms.symbol], account, order)
