"""What people look at first: the figures of a table, taken from the engine, as texts."""

import msgspec

from perpbox import rounding
from perpbox.calculator.desk import PaperDesk
from perpbox.engine.collateral import CrossPool, Funds, account_assets
from perpbox.engine.margin import AssetRisk
from perpbox.money import Amount, fixed, plain
from perpbox.views.positions import PositionRow, symbol_rows
from perpbox.wire.doubles import entry_text

HUNDRED = 10_000
"""100 percent, at 2 decimals."""


class Share(msgspec.Struct, frozen=True):
    """A percentage at 2 decimals (an integer of 1e-2), or what stands in its place."""

    hundredths: int
    words: str = ""

    @property
    def text(self) -> str:
        """As people read it: ``12.34 %``."""
        return self.words or f"{fixed(self.hundredths * 10**6, 2)} %"


class PositionFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One held leg."""

    name: str
    terms: str
    quantity: str
    entry: str
    mark: str
    unrealized: str
    is_loss: bool
    margin_ratio: Share
    liquidation: str
    distance: Share | None
    """How far the mark is from the liquidation price, of the mark; None without one."""


class PoolFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One margin asset, or all of them in dollars."""

    name: str
    wallet: str
    unrealized: str
    margin_balance: str
    maintenance: str
    margin_ratio: Share
    available: str


class AccountFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A whole account."""

    title: str
    pools: tuple[PoolFigures, ...]
    positions: tuple[PositionFigures, ...]


def account_figures(desk: PaperDesk) -> AccountFigures:
    """The figures of an account now."""
    state, account = desk.state, desk.account
    funds = Funds(state, account, account_assets(account))
    pool = CrossPool(state, account)
    rows = [
        row
        for holding in account.holdings.values()
        for row in symbol_rows(holding, pool)
        if row.leg.quantity
    ]
    return AccountFigures(
        title=_title(desk),
        pools=_pools(funds),
        positions=tuple(_position(desk, row, funds) for row in rows),
    )


def margin_ratio(maintenance: Amount, balance: Amount) -> Share:
    """Maintenance margin over margin balance; at 100 % a position is liquidated."""
    if not maintenance:
        return Share(0)
    if balance <= 0:
        return Share(HUNDRED, "no balance left")
    return Share(rounding.percent_of(maintenance, balance))


def _title(desk: PaperDesk) -> str:
    account = desk.account
    parts = [
        "hedge mode" if account.hedge else "one-way mode",
        "multi-assets" if account.multi_assets else "single-asset",
        f"as of {desk.vintage.api_date}",
    ]
    orders = len(account.open_orders)
    if orders:
        parts.append(f"{orders} resting order{'s' if orders > 1 else ''}")
    return ", ".join(parts)


def _pools(funds: Funds) -> tuple[PoolFigures, ...]:
    if funds.total is not None:
        # Dollars at the rate of 1: what is available is shown in dollars too.
        return (_pool("all assets, USD", funds.total, funds.total.available),)
    return tuple(
        _pool(asset, risk, risk.available)
        for asset, risk in funds.risks.items()
        if risk.wallet or risk.initial
    )


def _pool(name: str, risk: AssetRisk, available: Amount) -> PoolFigures:
    return PoolFigures(
        name=name,
        wallet=plain(risk.wallet),
        unrealized=plain(risk.unrealized),
        margin_balance=plain(risk.margin_balance),
        maintenance=plain(risk.maintenance),
        margin_ratio=_cross_ratio(risk),
        available=plain(available),
    )


def _cross_ratio(risk: AssetRisk) -> Share:
    return margin_ratio(risk.cross_maintenance, Amount(risk.cross_wallet + risk.cross_unrealized))


def _position(desk: PaperDesk, row: PositionRow, funds: Funds) -> PositionFigures:
    holding, leg, mark = row.holding, row.leg, row.market.mark
    instrument = holding.instrument
    if holding.is_isolated:
        ratio = margin_ratio(row.risk.maintenance, row.isolated_margin)
    else:
        ratio = _cross_ratio(funds.total or funds.risks[instrument.margin_asset])
    distance = None
    if ratio.hundredths >= HUNDRED:
        distance = Share(0, "liquidated")
    elif row.liquidation:
        distance = Share(rounding.percent_of(Amount(abs(row.liquidation - mark)), Amount(mark)))
    side = f" {leg.side.name}" if leg.side else ""
    return PositionFigures(
        name=f"{instrument.symbol}{side}",
        terms=f"{'isolated' if holding.is_isolated else 'cross'} {holding.leverage}x",
        quantity=fixed(leg.quantity, instrument.quantity_precision),
        entry=entry_text(leg.entry_e20, instrument.price_precision, desk.vintage),
        mark=plain(mark),
        unrealized=plain(row.risk.unrealized),
        is_loss=row.risk.unrealized < 0,
        margin_ratio=ratio,
        liquidation=plain(row.liquidation) if row.liquidation else "none",
        distance=distance,
    )
