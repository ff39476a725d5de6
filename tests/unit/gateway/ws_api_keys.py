"""Keys of all kinds to sign with."""

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RSA_KEY: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED25519_KEY: Final = ed25519.Ed25519PrivateKey.generate()


def _pem(key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


RSA_PEM: Final = _pem(RSA_KEY.public_key())
ED25519_PEM: Final = _pem(ED25519_KEY.public_key())


def rsa_signature(text: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5 with SHA-256."""
    return RSA_KEY.sign(text, padding.PKCS1v15(), SHA256())
