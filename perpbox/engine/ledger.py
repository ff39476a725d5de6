"""Double entry: money never appears, it only moves between holders.

Holders are accounts (positive ids) and the house (negative ids). An isolated wallet is not a
holder: it is a part of its account's balance that is set aside for one leg.
"""

from typing import Final

from perpbox.money import Amount
from perpbox.units import as_amount

OUTSIDE: Final = -1
"""Where deposits come from and withdrawals go."""
CLEARING: Final = -2
"""The other side of every realized profit; equals minus the cost of all open positions."""
FEES: Final = -3
"""Commissions taken."""
INSURANCE: Final = -4
"""The insurance fund."""
FUNDING: Final = -5
"""The other side of funding: what the street would have paid and taken."""

CONVERSION: Final = -6
"""The other side of conversions from one asset into another."""


class Ledger:
    """Balances by (holder, asset). The sum over all holders of an asset is always zero."""

    __slots__ = ("balances", "next_transaction_id")

    def __init__(self) -> None:
        self.balances: dict[tuple[int, str], Amount] = {}
        self.next_transaction_id = 1

    def post(self, source: int, target: int, asset: str, amount: Amount) -> int:
        """Move ``amount`` (may be negative) and return the id of the transaction."""
        balances = self.balances
        balances[source, asset] = as_amount(balances.get((source, asset), 0) - amount)
        balances[target, asset] = as_amount(balances.get((target, asset), 0) + amount)
        transaction_id = self.next_transaction_id
        self.next_transaction_id = transaction_id + 1
        return transaction_id

    def balance(self, holder: int, asset: str) -> Amount:
        """What a holder has of an asset."""
        return self.balances.get((holder, asset), as_amount(0))

    def total(self) -> dict[str, Amount]:
        """Sum over all holders by asset: zero, or the box is broken."""
        totals: dict[str, Amount] = {}
        for (_, asset), amount in self.balances.items():
            totals[asset] = as_amount(totals.get(asset, 0) + amount)
        return totals
