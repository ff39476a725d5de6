"""What happened to an account: userTrades, income, positionMargin/history."""

from typing import Final

from perpbox.engine.events import IsolatedMarginMoved, LedgerPosted, OrderTraded
from perpbox.engine.state import Account
from perpbox.engine.symbol import Instrument, pair_of
from perpbox.engine.types import LedgerKind, Side
from perpbox.money import fixed
from perpbox.wire.answers.common import dumps, instrument_of, time_window
from perpbox.wire.desk import Desk
from perpbox.wire.errors import wire_error
from perpbox.wire.params import Params
from perpbox.wire.render_orders import Row
from perpbox.wire.vintage import Vintage

MARGIN_HISTORY_DAYS_MAX: Final = 30
INCOME_DAYS_MAX: Final = 90

INCOME_NAMES: Final = {
    LedgerKind.TRANSFER: "TRANSFER",
    LedgerKind.REALIZED_PNL: "REALIZED_PNL",
    LedgerKind.COMMISSION: "COMMISSION",
    LedgerKind.FUNDING_FEE: "FUNDING_FEE",
    LedgerKind.INSURANCE_CLEAR: "INSURANCE_CLEAR",
    LedgerKind.COIN_SWAP_WITHDRAW: "COIN_SWAP_WITHDRAW",
    LedgerKind.COIN_SWAP_DEPOSIT: "COIN_SWAP_DEPOSIT",
    LedgerKind.AUTO_EXCHANGE: "AUTO_EXCHANGE",
    LedgerKind.DELIVERED_SETTLEMENT: "DELIVERED_SETTELMENT",
}


def trade_row(trade: OrderTraded, instrument: Instrument, vintage: Vintage) -> Row:
    """One fill; the keys and their order changed on 2026-08-07."""
    places = min(instrument.price_precision + instrument.quantity_precision, 8)
    price = fixed(trade.price, instrument.price_precision)
    quantity = fixed(trade.quantity, instrument.quantity_precision)
    realized = fixed(trade.realized) if trade.realized else "0"
    head: Row = {"symbol": trade.symbol, "id": trade.trade_id, "orderId": trade.order_id}
    if vintage.trades_with_pair:
        head["pair"] = pair_of(trade.symbol)
    head |= {"side": trade.side.name, "price": price, "qty": quantity, "realizedPnl": realized}
    if vintage.trades_with_margin_asset and not vintage.trades_with_pair:
        head["marginAsset"] = trade.margin_asset
    head |= {
        "quoteQty": fixed(trade.quote, places),
        "commission": fixed(trade.commission),
        "commissionAsset": trade.commission_asset,
        "time": trade.at_ms,
        "positionSide": trade.position_side.name,
    }
    if vintage.trades_with_pair:
        head |= {"baseQty": "0", "marginAsset": trade.margin_asset}
        return head | {"buyer": trade.side is Side.BUY, "maker": trade.is_maker}
    return head | {"maker": trade.is_maker, "buyer": trade.side is Side.BUY}


def user_trades(desk: Desk, account: Account, params: Params) -> bytes:
    """GET userTrades: from an id on, or a window of at most seven days."""
    symbol = params.text("symbol")
    from_id = params.number_or_none("fromId")
    start_ms, end_ms = 0, None
    if from_id is not None:
        if _has_time(params):
            raise wire_error(-1128)
    elif _has_time(params) or not params.has("orderId"):
        start_ms, end_ms = time_window(desk, params)
    trades = desk.views.user_trades.query(
        account.account_id,
        symbol,
        params.number_or_none("orderId"),
        from_id,
        # Without a start the newest are wanted; the window cuts them below.
        start_ms if params.has("startTime") else None,
        end_ms,
        params.number("limit"),
        desk.now_ms(),
    )
    instrument = instrument_of(desk, symbol)
    return dumps(
        [trade_row(each, instrument, desk.vintage) for each in trades if each.at_ms >= start_ms]
    )


def income_row(posting: LedgerPosted) -> Row:
    """One movement of money; ``info`` repeats the type (recorded for funding)."""
    name = INCOME_NAMES[posting.kind]
    return {
        "symbol": posting.symbol,
        "incomeType": name,
        "income": fixed(posting.amount),
        "asset": posting.asset,
        "time": posting.at_ms,
        "info": name,
        "tranId": posting.transaction_id,
        "tradeId": str(posting.trade_id) if posting.trade_id else "",
    }


def income(desk: Desk, account: Account, params: Params) -> bytes:
    """GET income: the last seven days unless times are given."""
    name = params.text_or_none("incomeType")
    kinds = [kind for kind, text in INCOME_NAMES.items() if text == name]
    if name is not None and not kinds:
        # A type of the venue that never happens in a box.
        return b"[]"
    start_ms, end_ms = time_window(desk, params, INCOME_DAYS_MAX if _has_time(params) else 7)
    rows = desk.views.income.query(
        account.account_id,
        params.text_or_none("symbol"),
        kinds[0] if kinds else None,
        start_ms if params.has("startTime") or params.has("page") else None,
        end_ms,
        params.number("limit"),
        params.number_or_none("page"),
        desk.now_ms(),
    )
    return dumps([income_row(row) for row in rows if row.at_ms >= start_ms])


def _has_time(params: Params) -> bool:
    return params.has("startTime") or params.has("endTime")


def margin_row(move: IsolatedMarginMoved) -> Row:
    """One change of an isolated wallet: by hand or by a fill."""
    return {
        "symbol": move.symbol,
        "type": 1 if move.amount > 0 else 2,
        "deltaType": "USER_ADJUST" if move.by_user else "TRADE",
        "amount": fixed(abs(move.amount)),
        "asset": move.asset,
        "time": move.at_ms,
        "positionSide": move.position_side.name,
        "clientTranId": "",
    }


def margin_history(desk: Desk, account: Account, params: Params) -> bytes:
    """GET positionMargin/history, ascending."""
    start_ms, end_ms = time_window(desk, params, MARGIN_HISTORY_DAYS_MAX)
    moves = desk.views.margin_moves.query(
        account.account_id,
        params.text("symbol"),
        params.number_or_none("type"),
        start_ms if params.has("startTime") else None,
        end_ms,
        params.number("limit"),
        desk.now_ms(),
    )
    return dumps([margin_row(move) for move in moves if move.at_ms >= start_ms])
