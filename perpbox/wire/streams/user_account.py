"""ACCOUNT_UPDATE and ACCOUNT_CONFIG_UPDATE: what an account has, and how it is set."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from perpbox import rounding
from perpbox.engine.events import CalledLeg, MarginCalled, PositionChanged
from perpbox.engine.position import Holding, Leg
from perpbox.engine.symbol import Instrument
from perpbox.engine.types import PositionSide
from perpbox.money import Amount, Price, fixed
from perpbox.wire.streams.user_forms import EventForms, trimmed

Balance: TypeAlias = tuple[str, Amount, Amount, Amount]
"""Asset, wallet balance, part of it that is set aside in isolated legs, change by transfer."""


def position_row(
    holding: Holding,
    side: PositionSide,
    leg: Leg | PositionChanged,
    mark: Price,
    forms: EventForms,
) -> str:
    """An element of ``P``: a leg as it stands now, or as an event left it.

    A closed leg is told too, with zeros and its lifetime profit.
    """
    instrument = holding.instrument
    unrealized = rounding.unrealized_profit(leg.quantity, mark, rounding.entry_cut(leg.entry_e20))
    net_fees = Amount(leg.fees_paid - leg.realized)
    break_even = ""
    if forms.has_break_even:
        break_even = f',"bep":"{forms.break_even(leg.cost, net_fees, leg.quantity)}"'
    return (
        f'{{"s":"{instrument.symbol}","pa":"{forms.quantity(leg.quantity, instrument)}",'
        f'"ep":"{forms.entry(leg.entry_e20, instrument)}",'
        f'"cr":"{forms.money(leg.lifetime_realized)}","up":"{forms.money(unrealized)}",'
        f'"mt":"{"isolated" if holding.is_isolated else "cross"}",'
        f'"iw":"{forms.money(leg.isolated_wallet)}","ps":"{side.name}",'
        f'"ma":"{instrument.margin_asset}"{break_even}}}'
    )


def _balance_row(balance: Balance, forms: EventForms) -> str:
    asset, wallet, isolated, change = balance
    cross = Amount(wallet - isolated)
    changed = f',"bc":"{forms.moved(change)}"' if forms.has_balance_change else ""
    return f'{{"a":"{asset}","wb":"{forms.money(wallet)}","cw":"{forms.money(cross)}"{changed}}}'


def account_update(
    reason: str,
    balances: Sequence[Balance],
    rows: Sequence[str],
    forms: EventForms,
    at_ms: int,
    *,
    funding_symbol: str = "",
) -> bytes:
    """ACCOUNT_UPDATE with the balances and positions that changed, and nothing else."""
    symbol = f',"S":"{funding_symbol}"' if funding_symbol and forms.has_funding_symbol else ""
    listed = ",".join(_balance_row(balance, forms) for balance in balances)
    return (
        f'{{"e":"ACCOUNT_UPDATE","T":{at_ms},"E":{at_ms},"a":{{"B":[{listed}],'
        f'"P":[{",".join(rows)}],"m":"{reason}"{symbol}}}}}'
    ).encode()


def leverage_update(symbol: str, leverage: int, at_ms: int) -> bytes:
    """ACCOUNT_CONFIG_UPDATE after a change of leverage."""
    return (
        f'{{"e":"ACCOUNT_CONFIG_UPDATE","T":{at_ms},"E":{at_ms},'
        f'"ac":{{"s":"{symbol}","l":{leverage}}}}}'
    ).encode()


def asset_mode_update(multi_assets: bool, at_ms: int) -> bytes:
    """ACCOUNT_CONFIG_UPDATE after a change between single and multi-assets mode."""
    joined = "true" if multi_assets else "false"
    return (
        f'{{"e":"ACCOUNT_CONFIG_UPDATE","T":{at_ms},"E":{at_ms},"ai":{{"j":{joined}}}}}'
    ).encode()


def margin_call(called: MarginCalled, instruments: Mapping[str, Instrument]) -> bytes:
    """MARGIN_CALL: the positions of the scope as they stood; ``cw`` for cross positions only.

    Numbers have no trailing zeros (page).
    """
    wallet = "" if called.symbol else f'"cw":"{trimmed(fixed(called.cross_wallet))}",'
    rows = ",".join(_called_row(leg, instruments[leg.symbol]) for leg in called.legs)
    return f'{{"e":"MARGIN_CALL","E":{called.at_ms},{wallet}"p":[{rows}]}}'.encode()


def _called_row(leg: CalledLeg, instrument: Instrument) -> str:
    return (
        f'{{"s":"{leg.symbol}","ps":"{leg.position_side.name}",'
        f'"pa":"{trimmed(fixed(leg.quantity, instrument.quantity_precision))}",'
        f'"mt":"{"ISOLATED" if leg.is_isolated else "CROSSED"}",'
        f'"iw":"{trimmed(fixed(leg.isolated_wallet))}","mp":"{trimmed(fixed(leg.mark))}",'
        f'"up":"{trimmed(fixed(leg.unrealized))}","mm":"{trimmed(fixed(leg.maintenance))}"}}'
    )
