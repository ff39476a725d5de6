"""Every bound of a WebSocket connection, by name."""

from dataclasses import dataclass

from perpbox.wire.streams.control import STREAMS_MAX

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class WsBounds:
    """What one client may use up. Sizes in bytes, times in milliseconds of the wall clock.

    The times are watched by a wheel with slots of ``slot_ms``, so they are late by up to that.
    """

    connections_max: int = 10_000
    """One more is answered with 503."""
    subscriptions_max: int = 500_000
    """Of all connections together; the one that wants more is closed (1008)."""
    out_bytes_max: int = 8 * MIB
    """Waiting for a client that does not read; one byte more closes its connection (1008)."""
    high_water_bytes: int = 64 * KIB
    """More than this is written before its turn; and what the socket does not take then makes
    frames wait in the connection's own queue. At most ``out_bytes_max``."""
    message_bytes_max: int = 256 * KIB
    """A larger incoming message, in one frame or in fragments, closes the connection (1009)."""
    fragments_max: int = 1_024
    """Frames of one incoming message; more close the connection (1008)."""
    streams_max: int = STREAMS_MAX
    """Streams of one connection; one more is refused, and closes it (1008)."""
    messages_per_s: int = 10
    """Incoming messages, pings and pongs a second, in the long run."""
    messages_burst_max: int = 15
    """As many are tolerated back to back; one more closes the connection (1008)."""
    api_pings_per_s: int = 5
    """On the WebSocket API only pings and pongs are counted."""
    messages_turn_max: int = 16
    """Frames of one connection taken before others get their turn."""
    ping_ms: int = 180_000
    """How often the server pings."""
    pong_ms: int = 600_000
    """Without the pong of a ping for so long the connection is closed."""
    lifetime_ms: int = 86_400_000
    """A connection is closed after so long, whatever it does."""
    close_ms: int = 5_000
    """How long a closed connection may take to read what was sent and to hang up."""
    slot_ms: int = 1_000
