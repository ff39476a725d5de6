"""What is known of forced closes: forceOrders, adlQuantile, insuranceBalance, symbolAdlRisk."""

from typing import TYPE_CHECKING, Final

from perpbox.engine.ledger import INSURANCE
from perpbox.engine.position import Holding
from perpbox.engine.state import Account, State
from perpbox.engine.symbol import Instrument, pair_of
from perpbox.engine.types import Forced
from perpbox.money import plain
from perpbox.wire.answers.common import DAY_MS, dumps, instrument_of, time_window
from perpbox.wire.desk import Desk
from perpbox.wire.params import Params
from perpbox.wire.render_orders import Row, order_full
from perpbox.wire.vintage import Vintage

if TYPE_CHECKING:
    from perpbox.views.orders import OrderRecord

REMEMBERED_DAYS: Final = 90
RISK_REFRESH_MS: Final = 30 * 60_000
CLOSE_TYPES: Final = {"LIQUIDATION": Forced.LIQUIDATION, "ADL": Forced.DELEVERAGING}
_UNSAID: Final = ("priceProtect", "priceMatch", "selfTradePreventionMode", "goodTillDate")
"""What other answers say of an order and this one does not (page)."""


def force_orders(desk: Desk, account: Account, params: Params) -> bytes:
    """GET forceOrders: the newest of a window of at most seven days, of the last ninety."""
    start_ms, end_ms = time_window(desk, params)
    name = params.text_or_none("autoCloseType")
    kinds = tuple(CLOSE_TYPES.values()) if name is None else (CLOSE_TYPES[name],)
    records = desk.views.orders.forced(
        account.account_id,
        params.text_or_none("symbol"),
        kinds,
        max(start_ms, desk.now_ms() - REMEMBERED_DAYS * DAY_MS),
        end_ms,
        params.number("limit"),
    )
    return dumps([_row(each, instrument_of(desk, each.symbol), desk.vintage) for each in records])


def _row(record: "OrderRecord", instrument: Instrument, vintage: Vintage) -> Row:
    """An order as forceOrders tells it: ``pair`` and ``cumBase`` since 2026-08-07."""
    row: Row = {}
    for key, value in order_full(record, instrument, vintage).items():
        if key in _UNSAID:
            continue
        row[key] = "0" if key == "stopPrice" else value
        if vintage.trades_with_pair:
            if key == "symbol":
                row["pair"] = pair_of(record.symbol)
            elif key == "cumQuote":
                row["cumBase"] = "0"
    return row


def adl_quantile(desk: Desk, account: Account, params: Params) -> bytes:
    """GET adlQuantile: a row for each symbol with a position, or for the one that is named."""
    symbol = params.text_or_none("symbol")
    if symbol is not None:
        holdings = [account.peek(instrument_of(desk, symbol))]
    else:
        holdings = [
            holding
            for holding in account.holdings.values()
            if any(leg.quantity for leg in holding.legs(account.hedge))
        ]
    return dumps(
        [
            {"symbol": each.instrument.symbol, "adlQuantile": _quantiles(account, each)}
            for each in holdings
        ]
    )


def _quantiles(account: Account, holding: Holding) -> Row:
    """``HEDGE`` in the place of ``BOTH`` is only a sign: both cross legs rank together (page)."""
    if account.hedge and not holding.is_isolated:
        return {"LONG": holding.long.adl, "SHORT": holding.short.adl, "HEDGE": 0}
    return {"LONG": holding.long.adl, "SHORT": holding.short.adl, "BOTH": holding.both.adl}


def insurance_balance(desk: Desk, _account: Account, params: Params) -> bytes:
    """GET insuranceBalance: one fund stands behind every contract (our choice)."""
    now_ms, state = desk.now_ms(), desk.state
    settled = [market.instrument.margin_asset for market in state.markets.values()]
    given = [asset for holder, asset in state.ledger.balances if holder == INSURANCE]
    fund: Row = {
        "symbols": sorted(state.markets),
        "assets": [
            {
                "asset": asset,
                "marginBalance": plain(state.ledger.balance(INSURANCE, asset)),
                "updateTime": now_ms,
            }
            for asset in dict.fromkeys((*settled, *given))
        ],
    }
    return dumps([fund] if params.text_or_none("symbol") is None else fund)


def adl_risk(desk: Desk, _account: Account, params: Params) -> bytes:
    """GET symbolAdlRisk: an object with a symbol, an array without."""
    symbol = params.text_or_none("symbol")
    since_ms = desk.now_ms() - desk.now_ms() % RISK_REFRESH_MS
    rows = [
        {"symbol": each, "adlRisk": _risk(desk.state, each), "updateTime": since_ms}
        for each in ([symbol] if symbol is not None else desk.state.markets)
    ]
    return dumps(rows if symbol is None else rows[0])


def _risk(state: State, symbol: str) -> str:
    """``high`` while the fund that would take positions over is empty (our choice)."""
    asset = state.markets[symbol].instrument.margin_asset
    return "low" if state.ledger.balance(INSURANCE, asset) > 0 else "high"
