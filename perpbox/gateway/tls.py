"""TLS: a certificate of the user's own, or one that is made here with an authority for it alone.

The authority's key is never kept: it signs the one certificate and is gone, so that whoever lets
a client trust ``ca.pem`` trusts nothing but this box. Names that change, or an end that comes
near, make a new pair.
"""

import os
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ALWAYS_NAMED: Final = ("localhost", "127.0.0.1", "::1")
"""What a made certificate is good for besides the names that are given."""
LIFETIME: Final = timedelta(days=397)
RENEWED_BEFORE: Final = timedelta(days=30)
BACKDATED: Final = timedelta(days=1)
"""For clients whose clock is behind."""
PRIVATE_MODE: Final = 0o600


class TlsError(ValueError):
    """The certificate cannot be used or made; the text says why, for a person."""


class TlsFiles(NamedTuple):
    """Where certificate and key lie, and the authority that clients have to trust, if made here."""

    cert: Path
    key: Path
    ca: Path | None = None


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """Make the context of a server: TLS 1.2 or newer, HTTP/1.1.

    Raises:
        TlsError: the files cannot be read, are no PEM, or do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    for path in (files.cert, files.key):
        if not os.access(path, os.R_OK):
            raise TlsError(f"cannot read {path}")
    try:
        # A key with a password would make OpenSSL ask for it on the terminal.
        context.load_cert_chain(files.cert, files.key, password=lambda: "")
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error) or "not a PEM file"
        raise TlsError(
            f"{files.cert} and {files.key} are no certificate with its key in PEM, "
            f"without a password ({reason})"
        ) from None
    return context


def made_here(folder: Path, names: Iterable[str], now: datetime | None = None) -> TlsFiles:
    """Give the certificate of a folder for these names; make it where there is no good one.

    Raises:
        TlsError: the folder cannot be written.
    """
    wanted = tuple(dict.fromkeys((*ALWAYS_NAMED, *names)))
    files = TlsFiles(folder / "server.pem", folder / "server.key", folder / "ca.pem")
    now = now or datetime.now(UTC)
    if not _is_good(files, wanted, now):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _make(files, wanted, now)
        except OSError as error:
            raise TlsError(f"cannot write {error.filename or folder}: {error.strerror}") from None
    return files


def _is_good(files: TlsFiles, names: tuple[str, ...], now: datetime) -> bool:
    """Whether the files belong together, are for these names, and last a while."""
    assert files.ca is not None
    try:
        authority = x509.load_pem_x509_certificate(files.ca.read_bytes())
        certificate = x509.load_pem_x509_certificate(files.cert.read_bytes())
        key = serialization.load_pem_private_key(files.key.read_bytes(), None)
        certificate.verify_directly_issued_by(authority)
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return (
        key.public_key() == certificate.public_key()
        and named.value == _alternative_names(names)
        and certificate.not_valid_before_utc <= now
        and now + RENEWED_BEFORE < certificate.not_valid_after_utc
    )


def _alternative_names(names: tuple[str, ...]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general_name(name) for name in names])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _make(files: TlsFiles, names: tuple[str, ...], now: datetime) -> None:
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = (
        _blank("perpbox local authority", now)
        .issuer_name(_name("perpbox local authority"))
        .public_key(authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .add_extension(_identifier(authority_key), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _blank("perpbox", now)
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .add_extension(_alternative_names(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_identifier(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    assert files.ca is not None
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(files.key, private)
    _write(files.cert, certificate.public_bytes(serialization.Encoding.PEM))
    _write(files.ca, authority.public_bytes(serialization.Encoding.PEM))
    files.ca.chmod(0o644)  # other users' clients may have to trust it


def _blank(common_name: str, now: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + LIFETIME)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _identifier(key: ec.EllipticCurvePrivateKey) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key())


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, content: bytes) -> None:
    """Put a file in its place at once; at no moment can others read it."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    number = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_MODE)
    with os.fdopen(number, "wb") as file:
        file.write(content)
    fresh.replace(path)
