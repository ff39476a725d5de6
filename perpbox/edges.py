"""From settings to the edges of a box: the bounds of its connections, and its certificate."""

import ssl
from dataclasses import replace
from pathlib import Path
from typing import Final

from perpbox.config import TLS_HERE, Config, ConfigError
from perpbox.gateway.bounds import HttpBounds
from perpbox.gateway.open_files import allow_open_files
from perpbox.gateway.tls import TlsError, TlsFiles, made_here, server_context
from perpbox.gateway.ws.bounds import WsBounds
from perpbox.wire.changes import Change
from perpbox.wire.streams.control import OLD_STREAMS_MAX, STREAMS_MAX
from perpbox.wire.vintage import Vintage

WILDCARDS: Final = ("0.0.0.0", "::")
"""Addresses to listen on that are not addresses to ask."""
CONNECTIONS_MIN: Final = 128
"""Connections that are taken even if the system seems to allow fewer open files."""
OTHER_FILES: Final = 64
"""Open files that are no connections."""
TLS_FOLDER: Final = "perpbox-tls"
"""Where a certificate is made for a box that keeps nothing, unless a folder is named."""
DATA_TLS_FOLDER: Final = "tls"
"""The same within the directory of a box that is kept."""


def fitting_bounds(config: Config, vintage: Vintage) -> tuple[HttpBounds, WsBounds]:
    """The bounds of connections, lowered to the API date's and to the open files there may be."""
    http, ws = config.http, config.ws
    wanted = http.connections_max + ws.connections_max
    sockets = allow_open_files(wanted + http.refused_max + OTHER_FILES) - OTHER_FILES
    sockets = max(CONNECTIONS_MIN, sockets - http.refused_max)
    http_max = min(http.connections_max, sockets * http.connections_max // wanted)
    http = replace(
        http, connections_max=http_max, crowded_max=min(http.crowded_max, http_max * 3 // 4)
    )
    ws_max = min(ws.connections_max, sockets - http_max)
    streams_max = STREAMS_MAX if vintage.has(Change.STREAMS_1024) else OLD_STREAMS_MAX
    ws = replace(
        ws,
        connections_max=ws_max,
        out_bytes_max=config.ws_queue_bytes,
        streams_max=min(ws.streams_max, streams_max),
    )
    return http, ws


def tls_files(config: Config) -> TlsFiles | None:
    """Give the certificate that the box is served with, and make it where it is to be made here.

    Raises:
        ConfigError: its folder cannot be written.
    """
    if config.tls_cert:
        return TlsFiles(Path(config.tls_cert), Path(config.tls_key))
    folder = config.tls_self_signed
    if not folder:
        return None
    if folder == TLS_HERE:
        folder = str(Path(config.data) / DATA_TLS_FOLDER) if config.data else TLS_FOLDER
    own = () if config.host in WILDCARDS else (config.host,)
    try:
        return made_here(Path(folder), (*own, *config.allowed_host))
    except TlsError as error:
        raise ConfigError(f"tls_self_signed: {error}") from None


def tls_context(files: TlsFiles | None) -> ssl.SSLContext | None:
    """Make what a server speaks TLS with; None without a certificate.

    Raises:
        ConfigError: certificate and key cannot be used.
    """
    try:
        return None if files is None else server_context(files)
    except TlsError as error:
        raise ConfigError(f"tls_cert, tls_key: {error}") from None
