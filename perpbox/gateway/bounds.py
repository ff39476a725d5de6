"""Every bound of the HTTP edge, by name."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpBounds:
    """What one client may use up. Sizes in bytes, times in milliseconds of the wall clock.

    The times are watched by one sweep over all connections, so they are late by up to
    ``sweep_ms``.
    """

    url_bytes_max: int = 64 * KIB
    """A longer request target is answered with 414."""
    head_bytes_max: int = 64 * KIB
    """Longer header lines, taken together, are answered with 431."""
    body_bytes_max: int = 2 * MIB
    """A longer body is answered with 413. A million characters in one parameter still fit, so
    that the catalogue's own error text answers them."""
    drain_bytes_max: int = 16 * MIB
    """A refused request is read to its end up to here, so that its connection goes on."""
    pipelined_max: int = 16
    """Requests of one connection answered before others get their turn."""
    connections_max: int = 4_000
    """One more is answered with 503 and closed. Fewer where the system allows fewer open files."""
    crowded_max: int = 3_000
    """With more connections than this, those that ask nothing have only ``crowded_ms``."""
    connects_per_s: int = 1_000
    """New connections of one address a second, in the long run."""
    connects_burst_max: int = 10_000
    """As many at once are taken; one more is answered with 429 and closed."""
    refused_max: int = 50
    """Connections that are being told so at one time; those beyond are dropped."""
    idle_ms: int = 300_000
    """Silence between two requests. Bots keep connections for minutes between two calls."""
    first_ms: int = 30_000
    """Silence before the first byte: whoever connects has something to ask."""
    crowded_ms: int = 2_000
    """All patience with a connection that asks nothing or asks slowly, where many wait for one."""
    handshake_ms: int = 10_000
    """From connecting to the end of the TLS handshake, and for its farewell."""
    head_ms: int = 10_000
    """From the first byte of a request to the end of its headers; then 408."""
    request_ms: int = 60_000
    """From the first byte of a request to its last; then 408."""
    stall_ms: int = 30_000
    """A client that reads nothing of a waiting answer for so long is cut off."""
    linger_ms: int = 2_000
    """How long a refused sender may go on talking, so that it sees the answer and no reset."""
    drain_ms: int = 2_000
    """How long a stopping server waits for its last answers to be read."""
    sweep_ms: int = 250
