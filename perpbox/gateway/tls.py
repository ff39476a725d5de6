"""TLS: a certificate of the user's own, or one that is made here with an authority for it alone.

Names that change, or an end that comes near, make a new pair.
"""

import os
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

ALWAYS_NAMED: Final = ("localhost", "127.0.0.1", "::1")
"""What a made certificate is good for besides the names that are given."""


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
    # Most boxes speak no TLS, and what makes certificates takes a while to load.
    from perpbox.gateway.certificates import is_good, make  # noqa: PLC0415

    wanted = tuple(dict.fromkeys((*ALWAYS_NAMED, *names)))
    files = TlsFiles(folder / "server.pem", folder / "server.key", folder / "ca.pem")
    now = now or datetime.now(UTC)
    if not is_good(files, wanted, now):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            make(files, wanted, now)
        except OSError as error:
            raise TlsError(f"cannot write {error.filename or folder}: {error.strerror}") from None
    return files
