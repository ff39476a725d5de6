"""positionRisk v2 and v3: the rows people come for.

Every text form is recorded: which zero prints as ``0`` and which as ``0.00000000``, which
fields follow the symbol's precision, and what came when.
"""

from functools import partial
from typing import Final

from perpbox.engine.collateral import CrossPool
from perpbox.engine.margin import is_active
from perpbox.engine.position import Holding, Leg
from perpbox.engine.state import Account
from perpbox.money import SCALE, Amount, fixed
from perpbox.views.positions import PositionRow, symbol_rows
from perpbox.wire.changes import Change
from perpbox.wire.desk import Desk
from perpbox.wire.doubles import break_even_text, entry_text, whole_double_text
from perpbox.wire.params import Params
from perpbox.wire.rendered import risk_stamp
from perpbox.wire.vintage import Vintage

NO_MARK: Final = "0.00000000"


def zero_or_fixed(value: int) -> str:
    """``0``, else eight decimals."""
    return fixed(value) if value else "0"


def whole_or_fixed(value: int) -> str:
    """A whole amount without decimals, else eight decimals."""
    return fixed(value, 0) if value % SCALE == 0 else fixed(value)


def max_notional_text(holding: Holding, vintage: Vintage) -> str:
    """Cap at the holding's leverage: an integer, but a double at leverage 1 since 2023."""
    cap = holding.max_notional
    if holding.leverage == 1 and vintage.has(Change.ONE_TIMES_CAP):
        return whole_double_text(cap)
    return fixed(cap, 0)


def break_even_shown(leg: Leg, vintage: Vintage) -> str:
    """Break-even price of a leg; ``0.0`` when flat."""
    if not leg.quantity:
        return "0.0"
    net_fees = Amount(leg.fees_paid - leg.realized)
    return break_even_text(Amount(abs(leg.cost)), net_fees, leg.quantity, vintage)


def flat_row_v2(holding: Holding, leg: Leg, mark_text: str, vintage: Vintage) -> str:
    """A v2 row of a leg without a position."""
    return _row_v2(
        holding,
        leg,
        vintage,
        entry=entry_text(0, 0, vintage),
        break_even="0.0",
        mark=mark_text,
        unrealized="0.00000000",
        liquidation="0",
        isolated_margin="0.00000000",
        notional="0",
        isolated_wallet="0",
    )


def row_v2(row: PositionRow, vintage: Vintage) -> str:
    """A v2 row of a held leg."""
    leg, risk = row.leg, row.risk
    precision = row.holding.instrument.price_precision
    return _row_v2(
        row.holding,
        leg,
        vintage,
        entry=entry_text(leg.entry_e20, precision, vintage),
        break_even=break_even_shown(leg, vintage),
        mark=fixed(row.market.mark),
        unrealized=fixed(risk.unrealized),
        liquidation=zero_or_fixed(row.liquidation),
        isolated_margin=fixed(row.isolated_margin),
        notional=zero_or_fixed(risk.notional),
        isolated_wallet=zero_or_fixed(leg.isolated_wallet),
    )


def _row_v2(
    holding: Holding,
    leg: Leg,
    vintage: Vintage,
    *,
    entry: str,
    break_even: str,
    mark: str,
    unrealized: str,
    liquidation: str,
    isolated_margin: str,
    notional: str,
    isolated_wallet: str,
) -> str:
    instrument = holding.instrument
    extended = vintage.risk_rows_extended
    amount = fixed(leg.quantity, instrument.quantity_precision)
    break_even_field = f'"breakEvenPrice":"{break_even}",' if extended else ""
    tail = ""
    if extended:
        tail = f',"isolated":{"true" if holding.is_isolated else "false"},"adlQuantile":{leg.adl}'
    return (
        f'{{"symbol":"{instrument.symbol}","positionAmt":"{amount}","entryPrice":"{entry}",'
        f'{break_even_field}"markPrice":"{mark}","unRealizedProfit":"{unrealized}",'
        f'"liquidationPrice":"{liquidation}","leverage":"{holding.leverage}",'
        f'"maxNotionalValue":"{max_notional_text(holding, vintage)}",'
        f'"marginType":"{"isolated" if holding.is_isolated else "cross"}",'
        f'"isolatedMargin":"{isolated_margin}",'
        f'"isAutoAddMargin":"{"true" if holding.is_auto_add else "false"}",'
        f'"positionSide":"{leg.side.text}","notional":"{notional}",'
        f'"isolatedWallet":"{isolated_wallet}","updateTime":{leg.updated_ms}{tail}}}'
    )


def row_v3(row: PositionRow, vintage: Vintage) -> str:
    """A v3 row: the margins in full, nothing of the settings."""
    leg, risk, holding = row.leg, row.risk, row.holding
    instrument = holding.instrument
    entry = entry_text(leg.entry_e20, instrument.price_precision, vintage)
    break_even = break_even_shown(leg, vintage)
    return (
        f'{{"symbol":"{instrument.symbol}","positionSide":"{leg.side.text}",'
        f'"positionAmt":"{fixed(leg.quantity, instrument.quantity_precision)}",'
        f'"entryPrice":"{entry}","breakEvenPrice":"{break_even}",'
        f'"markPrice":"{fixed(row.market.mark)}","unRealizedProfit":"{fixed(risk.unrealized)}",'
        f'"liquidationPrice":"{zero_or_fixed(row.liquidation)}",'
        f'"isolatedMargin":"{zero_or_fixed(row.isolated_margin)}",'
        f'"notional":"{zero_or_fixed(risk.notional)}","marginAsset":"{instrument.margin_asset}",'
        f'"isolatedWallet":"{zero_or_fixed(leg.isolated_wallet)}",'
        f'"initialMargin":"{zero_or_fixed(risk.initial)}",'
        f'"maintMargin":"{zero_or_fixed(risk.maintenance)}",'
        f'"positionInitialMargin":"{zero_or_fixed(risk.position_initial)}",'
        f'"openOrderInitialMargin":"{whole_or_fixed(risk.open_order_initial)}","adl":{leg.adl},'
        f'"bidNotional":"{whole_or_fixed(leg.bid_notional)}",'
        f'"askNotional":"{whole_or_fixed(leg.ask_notional)}","updateTime":{leg.updated_ms}}}'
    )


def rows_of_symbol_v2(
    desk: Desk, account: Account, symbol: str, pool: CrossPool, flat_mark: str
) -> list[str]:
    """Rows of one symbol; flat ones show ``flat_mark``."""
    state, vintage = desk.state, desk.vintage
    market = state.markets[symbol]
    holding = account.holdings.get(symbol) or account.peek(market.instrument)
    legs = holding.legs(account.hedge)
    if not any(leg.quantity for leg in legs):
        return [flat_row_v2(holding, leg, flat_mark, vintage) for leg in legs]
    return [
        row_v2(row, vintage)
        if row.leg.quantity
        else flat_row_v2(holding, row.leg, flat_mark, vintage)
        for row in symbol_rows(holding, pool)
    ]


def _every_row_v2(desk: Desk, account: Account) -> bytes:
    """Rows of all symbols; flat ones show no mark (recorded)."""
    pool = CrossPool(desk.state, account)
    rows: list[str] = []
    for symbol, market in desk.state.markets.items():
        make = partial(rows_of_symbol_v2, desk, account, symbol, pool, NO_MARK)
        if symbol in account.holdings:
            rows += make()
        else:
            rows += desk.rendered_risk.flat_rows(market.instrument, account.hedge, make)
    return f"[{','.join(rows)}]".encode()


def _symbol_v2(desk: Desk, account: Account, symbol: str) -> bytes:
    """Rows of one symbol; a flat one shows its mark (recorded)."""
    mark = fixed(desk.state.markets[symbol].mark)
    rows = rows_of_symbol_v2(desk, account, symbol, CrossPool(desk.state, account), mark)
    return f"[{','.join(rows)}]".encode()


def position_risk_v2(desk: Desk, account: Account, params: Params) -> bytes:
    """GET /fapi/v2/positionRisk: every symbol, flat ones too."""
    symbol = params.text_or_none("symbol")
    stamp = risk_stamp(desk.state, account, symbol)
    make = (
        partial(_every_row_v2, desk, account)
        if symbol is None
        else partial(_symbol_v2, desk, account, symbol)
    )
    return desk.rendered_risk.answer(account.account_id, f"v2 {symbol}", stamp, make)


def active_rows(desk: Desk, account: Account, symbol: str | None) -> list[PositionRow]:
    """Rows of legs with a position or open orders."""
    pool = CrossPool(desk.state, account)
    rows = []
    for name, holding in account.holdings.items():
        if symbol is None or name == symbol:
            if not any(is_active(leg) for leg in holding.legs(account.hedge)):
                continue
            found = symbol_rows(holding, pool)
            rows += [row for row in found if is_active(row.leg)]
    return rows


def _rows_v3(desk: Desk, account: Account, symbol: str | None) -> bytes:
    rows = active_rows(desk, account, symbol)
    return f"[{','.join(row_v3(row, desk.vintage) for row in rows)}]".encode()


def position_risk_v3(desk: Desk, account: Account, params: Params) -> bytes:
    """GET /fapi/v3/positionRisk: only legs with a position or open orders."""
    symbol = params.text_or_none("symbol")
    stamp = risk_stamp(desk.state, account, symbol)
    make = partial(_rows_v3, desk, account, symbol)
    return desk.rendered_risk.answer(account.account_id, f"v3 {symbol}", stamp, make)
