"""Rendered answers, kept until what they show has moved.

Bots poll position risk far more often than it changes. An answer is kept with a stamp: every
value it was made from, as integers. It is served again while the stamp is still the same, so
what is kept can never differ from what would be made anew.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from perpbox.engine.assets import asset_index
from perpbox.engine.state import Account, State
from perpbox.engine.symbol import Instrument

KEPT_BYTES_MAX: Final = 64 * 1024 * 1024
"""Bytes of answers kept at the same time; one more answer and all are forgotten."""

Stamp: TypeAlias = tuple[object, ...]


class RenderedRisk:
    """Position-risk answers by account and question, and rows of symbols nobody touched."""

    __slots__ = ("_bytes", "_flat", "_kept")

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str], tuple[Stamp, bytes]] = {}
        self._bytes = 0
        self._flat: dict[tuple[str, bool], tuple[Instrument, list[str]]] = {}

    def answer(
        self, account_id: int, question: str, stamp: Stamp, make: Callable[[], bytes]
    ) -> bytes:
        """The kept answer where the stamp is still the same, else a new one."""
        kept = self._kept.get((account_id, question))
        if kept is not None:
            if kept[0] == stamp:
                return kept[1]
            self._bytes -= len(kept[1])
        made = make()
        self._bytes += len(made)
        if self._bytes > KEPT_BYTES_MAX:
            self._kept.clear()
            self._bytes = len(made)
        self._kept[account_id, question] = (stamp, made)
        return made

    def flat_rows(
        self, instrument: Instrument, hedge: bool, make: Callable[[], list[str]]
    ) -> list[str]:
        """Rows of a symbol that an account never touched: the same for every such account."""
        kept = self._flat.get((instrument.symbol, hedge))
        if kept is not None and kept[0] is instrument:
            return kept[1]
        rows = make()
        self._flat[instrument.symbol, hedge] = (instrument, rows)
        return rows


def risk_stamp(state: State, account: Account, symbol: str | None) -> Stamp:
    """Everything that a position-risk answer depends on.

    The state itself stands for the exchange (a reset makes a new one); the marks of all
    symbols that the account has touched move its cross liquidation prices, and in multi-assets
    mode so do the prices of its collateral.
    """
    markets = state.markets
    holdings = account.holdings
    own: Stamp = (state, account.version, state.listings)
    if symbol is not None:
        own = (*own, markets[symbol].mark)
        if not holdings or (len(holdings) == 1 and symbol in holdings):
            return own if not account.multi_assets else (*own, *_collateral(state))
    marks = [markets[name].mark for name in holdings]
    lasting = (*own, *marks)
    return lasting if not account.multi_assets else (*lasting, *_collateral(state))


def _collateral(state: State) -> Stamp:
    return tuple(asset_index(state, asset) for asset in state.assets)
