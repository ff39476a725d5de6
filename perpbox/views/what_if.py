"""What an account would be worth, and which of its positions would be dead, at other prices."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from perpbox import rounding
from perpbox.engine.collateral import CrossPool
from perpbox.engine.fork import fork
from perpbox.engine.margin import is_isolated_below_maintenance
from perpbox.engine.shock import jump
from perpbox.engine.state import Account, State
from perpbox.engine.types import PositionSide
from perpbox.money import Amount, Price, Rate
from perpbox.views.standing import Standing

Moves = Mapping[str, Rate]
"""Symbol -> by which share of itself its price moves, above -1."""


class Outcome(msgspec.Struct, frozen=True):
    """How an account stands after moves; amounts in US dollars (see ``Standing``)."""

    moves: Moves
    marks: dict[str, Price]
    unrealized: Amount
    change: Amount
    """Of the equity."""
    equity: Amount
    maintenance: Amount
    margin_ratio: Rate | None
    """Of the worst cross pool; ``None``: no balance is left."""
    dead: tuple[tuple[str, PositionSide], ...]
    """Positions at or below their maintenance margin there."""


def what_if(state: State, account_id: int, steps: Sequence[Moves]) -> Iterator[Outcome]:
    """One outcome a step, each from the prices of now. Nobody trades on the way."""
    there = fork(state).state
    account = there.accounts[account_id]
    equity = Standing(there, account).equity
    symbols = dict.fromkeys(symbol for moves in steps for symbol in moves)
    prices = [(m, m.index, m.mark, m.last) for m in map(there.markets.__getitem__, symbols)]
    assets = dict(there.assets)
    for moves in steps:
        marks: dict[str, Price] = {}
        for symbol, change in moves.items():
            market = there.markets[symbol]
            if market.mark:
                jump(there, market, rounding.raised(market.mark, change))
            marks[symbol] = market.mark
        yield _outcome(there, account, moves, marks, equity)
        for market, index, mark, last in prices:
            market.index, market.mark, market.last = index, mark, last
        there.assets.update(assets)


def _outcome(
    state: State, account: Account, moves: Moves, marks: dict[str, Price], before: Amount
) -> Outcome:
    standing = Standing(state, account)
    return Outcome(
        moves=moves,
        marks=marks,
        unrealized=standing.unrealized,
        change=Amount(standing.equity - before),
        equity=standing.equity,
        maintenance=standing.maintenance,
        margin_ratio=standing.worst_ratio,
        dead=tuple(_dead(state, account)),
    )


def _dead(state: State, account: Account) -> Iterator[tuple[str, PositionSide]]:
    """Positions that the engine would liquidate."""
    pool = CrossPool(state, account)
    for symbol, holding in account.holdings.items():
        mark = state.markets[symbol].mark
        for leg in holding.legs(account.hedge):
            if not leg.quantity:
                continue
            if holding.is_isolated:
                if is_isolated_below_maintenance(holding, leg, mark):
                    yield symbol, leg.side
            elif pool.is_below_maintenance(holding.instrument.margin_asset):
                yield symbol, leg.side
