"""Signatures: what was signed, and whether it was signed by the owner of the key. Pure.

The signed text is the raw query string followed by the raw body, nothing in between, with the
``signature`` pair cut out; it is checked as sent first and percent-decoded second.
"""

import base64
import binascii
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

SHA256_BLOCK: Final = 64
SIGNATURE_TEXT_MAX: Final = 2048
"""Longest signature text looked at; an RSA-4096 signature takes 684 characters."""

_PAIR = b"signature="
_NEXT_PAIR = b"&signature="
_INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))


class UnusableKey(ValueError):
    """The text is not an RSA or Ed25519 public key in PEM."""


class Verifier(Protocol):
    """One key's way of checking a signature."""

    def verify(self, signed: bytes, signature: bytes) -> bool:
        """Whether ``signature``, as it stood in the request, signs ``signed``."""
        ...


class Proof(Protocol):
    """What a request brings to show that the owner of its key sent it."""

    def is_sent(self) -> bool:
        """Whether there is any."""
        ...

    def is_by(self, verifier: Verifier) -> bool:
        """Whether it is that of this key's owner."""
        ...


class Hmac:
    """HMAC-SHA256 in hexadecimal, either case. Both keyed blocks are hashed once per key."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, secret: bytes) -> None:
        key = sha256(secret).digest() if len(secret) > SHA256_BLOCK else secret
        key = key.ljust(SHA256_BLOCK, b"\0")
        self._inner = sha256(key.translate(_INNER_PAD))
        self._outer = sha256(key.translate(_OUTER_PAD))

    def sign(self, text: bytes) -> bytes:
        """The digest in lower-case hexadecimal."""
        inner = self._inner.copy()
        inner.update(text)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest().encode()

    def verify(self, signed: bytes, signature: bytes) -> bool:
        """Compare digests without regard to case."""
        return compare_digest(self.sign(signed), signature.lower())


def _base64(signature: bytes) -> bytes | None:
    """The bytes of a base64 signature, percent-encoded or not; None when it is neither."""
    try:
        return base64.b64decode(unquote_to_bytes(signature).replace(b" ", b"+"), validate=True)
    except (binascii.Error, ValueError):
        return None


class Rsa:
    """RSASSA-PKCS1-v1_5 with SHA-256, base64."""

    __slots__ = ("_key",)

    def __init__(self, key: "RSAPublicKey") -> None:
        self._key = key

    def verify(self, signed: bytes, signature: bytes) -> bool:
        """Check with the public key."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

        raw = _base64(signature)
        if raw is None:
            return False
        try:
            self._key.verify(raw, signed, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


class Ed25519:
    """Ed25519, base64."""

    __slots__ = ("_key",)

    def __init__(self, key: "Ed25519PublicKey") -> None:
        self._key = key

    def verify(self, signed: bytes, signature: bytes) -> bool:
        """Check with the public key."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

        raw = _base64(signature)
        if raw is None:
            return False
        try:
            self._key.verify(raw, signed)
        except InvalidSignature:
            return False
        return True


def public_key_verifier(pem: str) -> Verifier:
    """The verifier of a public key in PEM.

    Raises:
        UnusableKey: neither RSA nor Ed25519. The library is loaded only when a key needs it.
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as wrong:
        raise UnusableKey("not a public key in PEM") from wrong
    if isinstance(key, rsa.RSAPublicKey):
        return Rsa(key)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return Ed25519(key)
    raise UnusableKey("only RSA and Ed25519 keys can sign")


def _cut(part: bytes) -> tuple[bytes, bytes] | None:
    """(part without its signature pair, signature), or None when there is no such pair."""
    start = part.rfind(_NEXT_PAIR)
    if start >= 0:
        value = start + len(_NEXT_PAIR)
        end = part.find(b"&", value)
        if end < 0:
            return part[:start], part[value:]
        return part[:start] + part[end:], part[value:end]
    if part.startswith(_PAIR):
        signature, _, rest = part[len(_PAIR) :].partition(b"&")
        return rest, signature
    return None


def signed_text(query: bytes, body: bytes) -> tuple[bytes, bytes] | None:
    """(what was signed, signature) of a request, or None when it carries no signature.

    The signature is looked for at the end of the body, then in the query string.
    """
    if body:
        found = _cut(body)
        if found is not None:
            return query + found[0], found[1]
    found = _cut(query)
    if found is None:
        return None
    return (found[0] + body, found[1]) if body else found


def is_signed_by(verifier: Verifier, signed: bytes, signature: bytes) -> bool:
    """Check the text as sent, then its percent-decoded form."""
    if len(signature) > SIGNATURE_TEXT_MAX:
        return False
    if verifier.verify(signed, signature):
        return True
    if b"%" not in signed:
        return False
    return verifier.verify(unquote_to_bytes(signed), signature)


class SignedForm:
    """The proof of a REST request: the ``signature`` pair over query string and body."""

    __slots__ = ("_body", "_query", "_signature", "_signed")

    def __init__(self, query: bytes, body: bytes) -> None:
        self._query = query
        self._body = body
        self._signed = b""
        self._signature = b""

    def is_sent(self) -> bool:
        """Whether there is a signature that is not empty."""
        found = signed_text(self._query, self._body)
        if found is not None:
            self._signed, self._signature = found
        return bool(self._signature)

    def is_by(self, verifier: Verifier) -> bool:
        """Check the text as sent, then its percent-decoded form."""
        return is_signed_by(verifier, self._signed, self._signature)
