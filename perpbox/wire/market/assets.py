"""The answer about margin assets: assetIndex."""

from perpbox import rounding
from perpbox.engine.assets import asset_index
from perpbox.engine.state import Account
from perpbox.engine.symbol import MarginAsset
from perpbox.money import fixed
from perpbox.wire.desk import Desk
from perpbox.wire.errors import wire_error
from perpbox.wire.params import Params

DOLLAR = "USD"
SECOND_MS = 1000


def _row(desk: Desk, listed: MarginAsset, time_ms: int) -> str:
    index = asset_index(desk.state, listed.asset)
    bid = rounding.asset_bid_rate(index, listed.bid_buffer)
    ask = rounding.asset_ask_rate(index, listed.ask_buffer)
    exchange_bid = rounding.asset_bid_rate(index, listed.exchange_bid_buffer)
    exchange_ask = rounding.asset_ask_rate(index, listed.exchange_ask_buffer)
    return (
        f'{{"symbol":"{listed.asset}{DOLLAR}","time":{time_ms},"index":"{fixed(index)}",'
        f'"bidBuffer":"{fixed(listed.bid_buffer)}","askBuffer":"{fixed(listed.ask_buffer)}",'
        f'"bidRate":"{fixed(bid)}","askRate":"{fixed(ask)}",'
        f'"autoExchangeBidBuffer":"{fixed(listed.exchange_bid_buffer)}",'
        f'"autoExchangeAskBuffer":"{fixed(listed.exchange_ask_buffer)}",'
        f'"autoExchangeBidRate":"{fixed(exchange_bid)}",'
        f'"autoExchangeAskRate":"{fixed(exchange_ask)}"}}'
    )


def asset_indexes(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/assetIndex``: one object with a symbol like ``BTCUSD``, else all."""
    # The time stands on a full second (recorded).
    time_ms = desk.now_ms() // SECOND_MS * SECOND_MS
    symbol = params.text_or_none("symbol")
    if symbol is None:
        rows = [_row(desk, listed, time_ms) for listed in desk.state.assets.values()]
        return f"[{','.join(rows)}]".encode()
    asset = desk.state.assets.get(symbol.upper().removesuffix(DOLLAR))
    if asset is None:
        raise wire_error(-1121)
    return _row(desk, asset, time_ms).encode()
