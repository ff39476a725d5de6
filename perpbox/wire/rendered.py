"""Rendered answers, kept until what they show has moved.

Bots poll position risk far more often than it changes. An answer is kept with a stamp: every
value it was made from, as integers. It is served again while the stamp is still the same, so
what is kept can never differ from what would be made anew.
"""

from typing import Final

from perpbox.engine.state import Account, State
from perpbox.money import Price

KEPT_MAX: Final = 65_536
"""Answers kept at the same time; one more and all are forgotten."""


class RenderedRisk:
    """Position-risk answers of one symbol, by account."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str], tuple[tuple[object, ...], bytes]] = {}

    def find(self, account_id: int, symbol: str, stamp: tuple[object, ...]) -> bytes | None:
        """The answer made with this stamp, if it is the newest."""
        kept = self._kept.get((account_id, symbol))
        return kept[1] if kept is not None and kept[0] == stamp else None

    def keep(self, account_id: int, symbol: str, stamp: tuple[object, ...], answer: bytes) -> None:
        """Keep an answer in the place of the one before."""
        if len(self._kept) >= KEPT_MAX:
            self._kept.clear()
        self._kept[account_id, symbol] = (stamp, answer)


def risk_stamp(state: State, account: Account, symbol: str) -> tuple[object, ...]:
    """Everything that a position-risk answer of one symbol depends on.

    The state itself stands for the exchange (a reset makes a new one); the marks of all
    symbols that the account has touched move its cross liquidation prices.
    """
    markets = state.markets
    market = markets[symbol]
    holdings = account.holdings
    if not holdings or (len(holdings) == 1 and symbol in holdings):
        return state, account.version, market.instrument, market.mark
    marks: list[Price] = [markets[name].mark for name in holdings]
    return state, account.version, market.instrument, market.mark, *marks
