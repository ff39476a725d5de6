"""Accounts as they are wished for, granted at the start, and opened."""

from collections.abc import Iterator, Mapping

import msgspec

from perpbox.engine.commands import (
    ChangeAssetMode,
    Command,
    SetFeeBurn,
    SetFeeTier,
    SetNotionalCoefficient,
)
from perpbox.money import Amount, Rate


class AccountWish(msgspec.Struct, frozen=True, kw_only=True):
    """An account to open. Fees ``None`` are those of the contracts."""

    wallets: Mapping[str, Amount]
    maker_fee: Rate | None = None
    taker_fee: Rate | None = None
    hedge: bool = False
    multi_assets: bool = False
    fee_tier: int = 0
    fee_burn: bool = False
    notional_coefficients: Mapping[str, Rate] = {}
    """Scale of the account's brackets by symbol; 1e8 is the public table."""
    public_key_pem: str = ""
    """RSA or Ed25519 public key; with one, the account has no secret."""


class OpenedAccount(msgspec.Struct, frozen=True):
    """An account with what its owner signs with; ``secret`` is empty with a public key."""

    account_id: int
    key: str
    secret: str

    def __repr__(self) -> str:
        """Tell whose it is, without the secret: texts like this end in logs."""
        return f"OpenedAccount({self.account_id}, {self.key!r})"


class Grant(msgspec.Struct, frozen=True):
    """An account that is there from the start."""

    key: str
    secret: str
    wallets: Mapping[str, Amount]
    label: str = ""
    """What people call it."""

    def __repr__(self) -> str:
        """Tell whose it is, without the secret."""
        return f"Grant({self.key!r})"


class AccountRefused(ValueError):
    """The account cannot be opened; the text says why."""


def terms(account_id: int, wish: AccountWish) -> Iterator[Command]:
    """Commands that give a new account the terms it wishes beyond the defaults."""
    if wish.fee_tier:
        yield SetFeeTier(account_id, wish.fee_tier)
    if wish.fee_burn:
        yield SetFeeBurn(account_id, fee_burn=True)
    for symbol, coefficient in wish.notional_coefficients.items():
        yield SetNotionalCoefficient(account_id, symbol, coefficient)
    if wish.multi_assets:
        yield ChangeAssetMode(account_id, multi_assets=True)
