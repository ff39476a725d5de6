"""How an account stands with the exchange: order limits, trading indicators, agreements."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from perpbox import rounding
from perpbox.engine.assets import asset_index
from perpbox.engine.collateral import Funds, account_assets
from perpbox.engine.commands import SignTradFiAgreement
from perpbox.engine.state import Account
from perpbox.engine.types import OrderStatus, Restriction, TimeInForce
from perpbox.money import Amount, Rate, fixed
from perpbox.wire.answers.common import SUCCESS, dumps, instrument_of, submit
from perpbox.wire.desk import Desk
from perpbox.wire.errors import wire_error
from perpbox.wire.market.text import truth
from perpbox.wire.numbers import decimal_number
from perpbox.wire.params import Params

if TYPE_CHECKING:
    from perpbox.views.orders import OrderRecord

INDICATOR_SPAN_MS: Final = 600_000
"""Orders of the last ten minutes make the indicators (our choice)."""
INDICATOR_ORDERS_MAX: Final = 10_000
TRIGGERS: Final = {
    "UFR": Rate(99_500_000),
    "IFER": Rate(99_000_000),
    "GCR": Rate(99_000_000),
    "DR": Rate(99_000_000),
}
"""Trigger value of each indicator (documented examples)."""
_IMMEDIATE: Final = (TimeInForce.IOC, TimeInForce.FOK)


def order_rate_limits(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """GET rateLimit/order: the order limits of every account, the shorter one first."""
    limits = [row for row in desk.catalogue.rate_limits if row["rateLimitType"] == "ORDERS"]
    return dumps(sorted(limits, key=lambda row: row["interval"] != "SECOND"))


def _share(part: int, whole: int) -> Rate:
    return rounding.ratio_e8(Amount(part), Amount(whole))


def _indicators(desk: Desk, records: Sequence["OrderRecord"]) -> dict[str, Rate]:
    """Shares of a symbol's orders: unfilled, expired at once, canceled, smaller than allowed."""
    immediate = [each for each in records if each.time_in_force in _IMMEDIATE]
    waiting = [each for each in records if each.time_in_force is TimeInForce.GTC]
    least = instrument_of(desk, records[0].symbol).min_notional
    dust = [
        each for each in records if rounding.quote_value(each.price, each.quantity) < least
        and each.price
    ]  # fmt: skip
    expired = sum(each.status is OrderStatus.EXPIRED for each in immediate)
    canceled = sum(each.status is OrderStatus.CANCELED for each in waiting)
    return {
        "UFR": _share(sum(not each.executed for each in records), len(records)),
        "IFER": _share(expired, len(immediate)),
        "GCR": _share(canceled, len(waiting)),
        "DR": _share(len(dust), len(records)),
    }


def _indicator_rows(values: dict[str, Rate]) -> str:
    # Written by hand: the numbers are JSON numbers that must keep their decimal text.
    return ",".join(
        f'{{"isLocked":false,"plannedRecoverTime":0,"indicator":"{name}",'
        f'"value":{decimal_number(value)},"triggerValue":{decimal_number(TRIGGERS[name])}}}'
        for name, value in values.items()
    )


def trading_status(desk: Desk, account: Account, params: Params) -> bytes:
    """GET apiTradingStatus: indicators of the symbols with orders, and of the account.

    A box computes them and locks nobody.
    """
    now_ms = desk.now_ms()
    records = desk.views.orders.history(
        account.account_id,
        params.text_or_none("symbol"),
        None,
        now_ms - INDICATOR_SPAN_MS,
        now_ms,
        INDICATOR_ORDERS_MAX,
        now_ms,
    )
    by_symbol: dict[str, list[OrderRecord]] = {}
    for record in records:
        by_symbol.setdefault(record.symbol, []).append(record)
    indicators = {
        symbol: _indicators(desk, by_symbol[symbol])
        for symbol in desk.state.markets
        if symbol in by_symbol
    }
    violated = sum(
        any(value >= TRIGGERS[name] for name, value in values.items())
        for values in indicators.values()
    )
    is_locked = account.restriction is Restriction.QUANTITATIVE_RULES
    parts = [f'"{symbol}":[{_indicator_rows(values)}]' for symbol, values in indicators.items()]
    parts.append(
        f'"ACCOUNT":[{{"indicator":"TMV","value":{violated},"triggerValue":1,'
        f'"plannedRecoverTime":0,"isLocked":{truth(is_locked)}}}]'
    )
    return f'{{"indicators":{{{",".join(parts)}}},"updateTime":{now_ms}}}'.encode()


def portfolio_margin(desk: Desk, account: Account, params: Params) -> bytes:
    """GET pmAccountInfo: what of an asset may leave the account, also in dollars."""
    asset = params.text("asset").upper()
    held = account_assets(account)
    if asset not in desk.state.assets and asset not in held:
        raise wire_error(-1108)
    leaves = Amount(0)
    if asset in held:
        leaves = Funds(desk.state, account, held).max_withdraw(asset)
    dollars = rounding.collateral_value(leaves, asset_index(desk.state, asset))
    return dumps(
        {
            "maxWithdrawAmountUSD": fixed(dollars),
            "asset": asset,
            "maxWithdrawAmount": fixed(leaves),
        }
    )


def tradfi_agreement(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """POST stock/contract: from here on the account may trade contracts on such assets."""
    submit(desk, SignTradFiAgreement(account.account_id))
    return SUCCESS
