"""Keys and secrets of created accounts.

They belong to the shell: no key is made in the engine, and the log holds the key only, never a
secret. A box with a seed of its own repeats its credentials, so that a test can be replayed with
the same signed bytes; any other box takes them from the system's randomness.
"""

import secrets
from hashlib import sha256
from typing import Final

KEY_LENGTH: Final = 64
"""Letters of a key and of a secret, as on the real venue."""


class Credentials:
    """Makes pairs of key and secret."""

    def __init__(self, seed: int | None) -> None:
        self._seed = seed
        self._made = 0

    def next_pair(self) -> tuple[str, str]:
        """Give a new key and its secret."""
        self._made += 1
        return self._text("key"), self._text("secret")

    def _text(self, kind: str) -> str:
        if self._seed is None:
            return secrets.token_hex(KEY_LENGTH // 2)
        return sha256(f"perpbox {kind} {self._made} of seed {self._seed}".encode()).hexdigest()
