"""API keys: whose they are and how their signatures are checked."""

import secrets
import string
from typing import Final

from perpbox.wire.auth import Hmac, Verifier, public_key_verifier

LISTEN_KEY_LENGTH: Final = 64
"""Letters and digits of a listen key, as on the real venue."""
_ALPHABET: Final = string.ascii_letters + string.digits


def new_listen_key() -> str:
    """A name that nobody can guess; who knows it reads the account's events."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LISTEN_KEY_LENGTH))


class Key:
    """One API key. Secrets live here and nowhere else: not in the log, not in the state."""

    __slots__ = ("account_id", "verifier")

    def __init__(self, account_id: int, verifier: Verifier) -> None:
        self.account_id = account_id
        self.verifier = verifier


class KeyRing:
    """All keys of a box, by the bytes of the header."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: dict[bytes, Key] = {}

    def add_secret(self, api_key: str, secret: str, account_id: int) -> None:
        """Let a key sign with HMAC-SHA256; replaces what was there."""
        self._keys[api_key.encode()] = Key(account_id, Hmac(secret.encode()))

    def add_public_key(self, api_key: str, pem: str, account_id: int) -> None:
        """Let a key sign with RSA or Ed25519.

        Raises:
            UnusableKey: the text is not such a public key.
        """
        self._keys[api_key.encode()] = Key(account_id, public_key_verifier(pem))

    def remove(self, api_key: str) -> None:
        """Forget a key; unknown ones are no matter."""
        self._keys.pop(api_key.encode(), None)

    def clear(self) -> None:
        """Forget all keys."""
        self._keys.clear()

    def get(self, header: bytes) -> Key | None:
        """The key that a header names."""
        return self._keys.get(header)

    def __len__(self) -> int:
        return len(self._keys)
