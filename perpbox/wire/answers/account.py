"""Terms of an account: leverageBracket, commissionRate, accountConfig, symbolConfig."""

from perpbox.engine.margin import fee_rate
from perpbox.engine.restrictions import may_trade
from perpbox.engine.state import Account
from perpbox.engine.symbol import Bracket, Instrument
from perpbox.money import SCALE, plain
from perpbox.wire.answers.common import dumps, instrument_of
from perpbox.wire.changes import Change
from perpbox.wire.desk import Desk
from perpbox.wire.numbers import decimal_number, rate_text
from perpbox.wire.params import Params
from perpbox.wire.render_orders import Row
from perpbox.wire.render_risk import max_notional_text


def _chosen(desk: Desk, params: Params) -> list[str]:
    symbol = params.text_or_none("symbol")
    return list(desk.state.markets) if symbol is None else [symbol]


def _bracket(step: Bracket) -> str:
    # Written by hand: the numbers are JSON numbers that must keep their decimal text.
    return (
        f'{{"bracket":{step.bracket},"initialLeverage":{step.initial_leverage},'
        f'"notionalCap":{plain(step.notional_cap)},"notionalFloor":{plain(step.notional_floor)},'
        f'"maintMarginRatio":{decimal_number(step.maint_margin_rate)},'
        f'"cum":{decimal_number(step.cum)}}}'
    )


def _brackets(account: Account, instrument: Instrument) -> str:
    """Brackets as they hold for the account; the coefficient shows where it is not 1."""
    holding = account.peek(instrument)
    steps = ",".join(_bracket(step) for step in holding.brackets)
    coefficient = ""
    if holding.notional_coefficient != SCALE:
        coefficient = f'"notionalCoef":{decimal_number(holding.notional_coefficient)},'
    return f'{{"symbol":"{instrument.symbol}",{coefficient}"brackets":[{steps}]}}'


def leverage_brackets(desk: Desk, account: Account, params: Params) -> bytes:
    """GET leverageBracket: an array, also for one symbol."""
    chosen = _chosen(desk, params)
    rows = ",".join(_brackets(account, instrument_of(desk, symbol)) for symbol in chosen)
    return f"[{rows}]".encode()


def commission_rate(desk: Desk, account: Account, params: Params) -> bytes:
    """GET commissionRate: the account's own rates, or those of the contract."""
    symbol = params.text("symbol")
    instrument = instrument_of(desk, symbol)
    maker = fee_rate(desk.state, account, instrument, is_maker=True)
    taker = fee_rate(desk.state, account, instrument, is_maker=False)
    row: Row = {
        "symbol": symbol,
        "makerCommissionRate": rate_text(maker),
        "takerCommissionRate": rate_text(taker),
    }
    if desk.vintage.has(Change.RPI_BOOKS):
        row["rpiCommissionRate"] = rate_text(desk.catalogue.commission(symbol).rpi)
    return dumps(row)


def fee_burn(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """GET feeBurn."""
    return dumps({"feeBurn": account.fee_burn})


def account_config(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """GET accountConfig."""
    return dumps(
        {
            "feeTier": account.fee_tier,
            "canTrade": may_trade(account),
            "canDeposit": True,
            "canWithdraw": True,
            "dualSidePosition": account.hedge,
            "updateTime": account.updated_ms,
            "multiAssetsMargin": account.multi_assets,
            "tradeGroupId": -1,
        }
    )


def _settings(desk: Desk, account: Account, instrument: Instrument) -> Row:
    # A holding is made by commands only; a read shows the defaults without making one.
    holding = account.peek(instrument)
    return {
        "symbol": instrument.symbol,
        "marginType": "ISOLATED" if holding.is_isolated else "CROSSED",
        "isAutoAddMargin": holding.is_auto_add,
        "leverage": holding.leverage,
        "maxNotionalValue": max_notional_text(holding, desk.vintage),
    }


def symbol_config(desk: Desk, account: Account, params: Params) -> bytes:
    """GET symbolConfig: an array, also for one symbol."""
    return dumps(
        [_settings(desk, account, instrument_of(desk, symbol)) for symbol in _chosen(desk, params)]
    )
