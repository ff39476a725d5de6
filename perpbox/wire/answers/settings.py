"""Settings of an account: leverage, margin type, position mode, isolated margin."""

from typing import Final

from perpbox.engine.commands import (
    AdjustIsolatedMargin,
    ChangeAssetMode,
    ChangeLeverage,
    ChangeMarginType,
    ChangePositionMode,
    SetFeeBurn,
)
from perpbox.engine.state import Account
from perpbox.engine.types import PositionSide
from perpbox.money import Amount, plain
from perpbox.wire.answers.common import SUCCESS, dumps, instrument_of, submit
from perpbox.wire.desk import Desk
from perpbox.wire.errors import wire_error
from perpbox.wire.params import Params
from perpbox.wire.render_risk import max_notional_text

ISOLATED: Final = "ISOLATED"
ADD: Final = 1


def leverage_change(desk: Desk, account: Account, params: Params) -> bytes:
    """POST leverage; the present value again succeeds."""
    symbol, leverage = params.text("symbol"), params.number("leverage")
    instrument = instrument_of(desk, symbol)
    submit(desk, ChangeLeverage(account.account_id, symbol, leverage), instrument)
    cap = max_notional_text(account.holdings[symbol], desk.vintage)
    return dumps({"symbol": symbol, "leverage": leverage, "maxNotionalValue": cap})


def margin_type_change(desk: Desk, account: Account, params: Params) -> bytes:
    """POST marginType."""
    isolated = params.text("marginType") == ISOLATED
    submit(desk, ChangeMarginType(account.account_id, params.text("symbol"), isolated))
    return SUCCESS


def position_mode(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """GET positionSide/dual."""
    return dumps({"dualSidePosition": account.hedge})


def position_mode_change(desk: Desk, account: Account, params: Params) -> bytes:
    """POST positionSide/dual."""
    hedge = params.flag("dualSidePosition")
    submit(desk, ChangePositionMode(account.account_id, hedge))
    return SUCCESS


def multi_assets_mode(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """GET multiAssetsMargin."""
    return dumps({"multiAssetsMargin": account.multi_assets})


def multi_assets_change(desk: Desk, account: Account, params: Params) -> bytes:
    """POST multiAssetsMargin."""
    submit(desk, ChangeAssetMode(account.account_id, params.flag("multiAssetsMargin")))
    return SUCCESS


def fee_burn_change(desk: Desk, account: Account, params: Params) -> bytes:
    """POST feeBurn; the present value again succeeds."""
    submit(desk, SetFeeBurn(account.account_id, params.flag("feeBurn")))
    return SUCCESS


def isolated_margin_change(desk: Desk, account: Account, params: Params) -> bytes:
    """POST positionMargin: type 1 adds, 2 takes out."""
    amount, direction = params.number("amount"), params.number("type")
    if amount <= 0:
        raise wire_error(-4055)
    command = AdjustIsolatedMargin(
        account_id=account.account_id,
        symbol=params.text("symbol"),
        position_side=params.choice("positionSide", PositionSide),
        amount=Amount(amount if direction == ADD else -amount),
    )
    submit(desk, command)
    body = (
        '{"code":200,"msg":"Successfully modify position margin.",'
        f'"amount":{plain(amount)},"type":{direction}}}'
    )
    return body.encode()
