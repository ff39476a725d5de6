"""What the lab may do to a box, beyond what any client may."""

from typing import Protocol

import msgspec

from perpbox.money import Amount, Rate
from perpbox.wire.desk import Desk


class AccountWish(msgspec.Struct, frozen=True, kw_only=True):
    """An account to open. Fees ``None`` are those of the contracts."""

    wallets: dict[str, Amount]
    maker_fee: Rate | None = None
    taker_fee: Rate | None = None
    hedge: bool = False
    public_key_pem: str = ""
    """RSA or Ed25519 public key; with one, the account has no secret."""


class OpenedAccount(msgspec.Struct, frozen=True):
    """An account with what its owner signs with; ``secret`` is empty with a public key."""

    account_id: int
    key: str
    secret: str


class ClockFace(msgspec.Struct, frozen=True):
    """How the clock stands. ``speed`` at scale 1e-8: box ms per wall ms when scaled."""

    mode: str
    now_ms: int
    speed: int


class LabDesk(Desk, Protocol):
    """A desk whose clock, accounts and past can be changed."""

    @property
    def seq(self) -> int:
        """Commands applied since the start or the last reset."""

    @property
    def market(self) -> str:
        """``sim``, ``recorded`` or ``none``."""

    @property
    def clock_face(self) -> ClockFace:
        """How the clock stands."""

    def set_clock(self, face: ClockFace) -> None:
        """Set mode, time and speed; the time is never before that of the last command."""

    def advance_to(self, to_ms: int) -> None:
        """Move a clock that is not real; returns when every consequence has been applied."""

    def earliest_ms(self) -> int:
        """Time of the last command: the box cannot go back behind it."""

    def open_account(self, wish: AccountWish) -> OpenedAccount:
        """Open an account with a key of its own.

        Raises:
            ValueError: the public key cannot be read, or the exchange refuses.
        """

    def reset(self) -> None:
        """Begin anew: the accounts, prices and clock of the start; created accounts are gone."""
