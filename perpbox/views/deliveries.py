"""Prices at which contracts were settled."""

from typing import Final

from perpbox.engine.events import ContractSettled

DELIVERIES_PER_SYMBOL_MAX: Final = 100
"""A contract that is listed again under its name may end more than once."""


class Deliveries:
    """Fold of ``ContractSettled``; the rows are the events themselves."""

    __slots__ = ("_settled",)

    def __init__(self) -> None:
        self._settled: dict[str, list[ContractSettled]] = {}

    def settled(self, event: ContractSettled) -> None:
        """Remember a settlement."""
        rows = self._settled.setdefault(event.symbol, [])
        rows.append(event)
        del rows[:-DELIVERIES_PER_SYMBOL_MAX]

    def of(self, symbol: str) -> list[ContractSettled]:
        """Settlements of a contract, oldest first."""
        return list(self._settled.get(symbol, ()))
