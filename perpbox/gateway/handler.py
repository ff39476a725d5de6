"""The one door between sockets and the exchange: a plain synchronous function over bytes."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

Reply: TypeAlias = tuple[int, bytes, bytes]
"""Status, extra header lines, body.

The lines are formatted already, each ended by CRLF: ``b"Retry-After: 3\\r\\n"``. The body is JSON
unless a ``Content-Type:`` line, spelled so, is among them.
"""

Handler: TypeAlias = Callable[[str, str, bytes, Mapping[bytes, bytes], bytes, str], Reply]
"""Method, raw path (still percent-encoded), raw query, headers, body, peer address -> reply.

Header names are lower case; of a header sent twice the last value counts. The mapping belongs to
the callee. ``HEAD`` arrives as ``GET``: the edge drops the body. The peer address is the host part
only.
"""
