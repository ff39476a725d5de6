import base64
import hashlib
import hmac
from functools import cache
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from perpbox.wire.auth import (
    Hmac,
    UnusableKey,
    is_signed_by,
    public_key_verifier,
    signed_text,
)

SECRET = b"2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9"
QUERY = (
    b"symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC"
    b"&recvWindow=5000&timestamp=1591702613943"
)
QUERY_DIGEST = b"3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"
MIXED_QUERY = b"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC"
MIXED_BODY = b"quantity=1&price=9000&recvWindow=5000&timestamp=1591702613943"
MIXED_DIGEST = b"30baaf0fab549bbeda7f5ef201898b34122da25fd23c646cac2c529aebe670a4"


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_documented_vectors() -> None:
    """AUT-001, AUT-002."""
    verifier = Hmac(SECRET)
    assert verifier.sign(QUERY) == QUERY_DIGEST
    assert verifier.sign(MIXED_QUERY + MIXED_BODY) == MIXED_DIGEST


@given(st.binary(max_size=200), st.binary(max_size=300))
def test_hmac_agrees_with_the_library(secret: bytes, text: bytes) -> None:
    """AUT-001."""
    expected = hmac.new(secret, text, hashlib.sha256).hexdigest().encode()
    assert Hmac(secret).sign(text) == expected


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (QUERY + b"&signature=" + QUERY_DIGEST, b""),
        (QUERY + b"&signature=" + QUERY_DIGEST.upper(), b""),
        (b"", QUERY + b"&signature=" + QUERY_DIGEST),
        (MIXED_QUERY, MIXED_BODY + b"&signature=" + MIXED_DIGEST),
        (MIXED_QUERY + b"&signature=" + MIXED_DIGEST, MIXED_BODY),
        (b"signature=" + QUERY_DIGEST + b"&" + QUERY, b""),
        (QUERY[:20] + b"&signature=" + QUERY_DIGEST + QUERY[20:], b""),
    ],
)
def test_the_pair_is_cut_out_wherever_it_stands(query: bytes, body: bytes) -> None:
    """AUT-002, AUT-003, AUT-004."""
    if query.startswith(QUERY[:20] + b"&sig"):
        query = QUERY[:14] + b"&signature=" + QUERY_DIGEST + QUERY[14:]
    found = signed_text(query, body)
    assert found is not None
    assert is_signed_by(Hmac(SECRET), *found)


@pytest.mark.parametrize(
    ("query", "body"), [(b"", b""), (QUERY, b""), (b"xsignature=1", b"notsignature=2")]
)
def test_no_signature(query: bytes, body: bytes) -> None:
    """AUT-005."""
    assert signed_text(query, body) is None


@pytest.mark.parametrize("signature", [b"", b"zz", QUERY_DIGEST[:-1], b"0" * 64, b"x" * 5000])
def test_wrong_signatures(signature: bytes) -> None:
    """AUT-006."""
    assert not is_signed_by(Hmac(SECRET), QUERY, signature)


def test_the_decoded_form_is_tried_second() -> None:
    """AUT-004."""
    sent, decoded = b"list=%5B%221%22%5D&timestamp=1", b'list=["1"]&timestamp=1'
    verifier = Hmac(SECRET)
    assert is_signed_by(verifier, sent, verifier.sign(sent))
    assert is_signed_by(verifier, sent, verifier.sign(decoded))
    assert not is_signed_by(verifier, decoded, verifier.sign(sent))


def test_rsa() -> None:
    """AUT-007."""
    verifier = public_key_verifier(pem(rsa_key().public_key()))
    raw = base64.b64encode(rsa_key().sign(QUERY, padding.PKCS1v15(), SHA256()))
    assert verifier.verify(QUERY, raw)
    assert verifier.verify(QUERY, quote(raw, safe="").encode())
    assert not verifier.verify(QUERY + b"1", raw)
    assert not verifier.verify(QUERY, b"no base64!")


def test_ed25519() -> None:
    """AUT-007."""
    key = ed25519.Ed25519PrivateKey.generate()
    verifier = public_key_verifier(pem(key.public_key()))
    raw = base64.b64encode(key.sign(QUERY))
    assert verifier.verify(QUERY, raw)
    assert verifier.verify(QUERY, quote(raw, safe="").encode())
    assert not verifier.verify(QUERY + b"1", raw)
    assert not verifier.verify(QUERY, QUERY_DIGEST)


def test_other_keys_cannot_sign() -> None:
    """AUT-007."""
    with pytest.raises(UnusableKey):
        public_key_verifier("no key")
    with pytest.raises(UnusableKey):
        public_key_verifier(pem(ec.generate_private_key(ec.SECP256R1()).public_key()))
