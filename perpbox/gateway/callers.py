"""Who may ask at all: programs, and web pages that the box itself served.

A browser lets every page that somebody visits send requests to this machine, and the keys of a
box on loopback are no secret. Three marks that only a browser sets tell such a page apart, so
that programs, which do not set them, are never in the way:

- ``Origin``: of a page that the box did not serve it names another place than ``Host``.
- ``Host``: a name that was made to point here (DNS rebinding) is none that the box is served by.
  An address is safe: a page that asks by address was itself loaded from there.
- ``Sec-Fetch-Site``: what a page embeds (pictures, scripts, frames) carries no ``Origin``.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from typing import Final, TypeAlias

from perpbox.gateway.handler import Reply

Refusal: TypeAlias = Callable[[Mapping[bytes, bytes]], Reply | None]
"""Headers of a request or handshake, names in lower case -> the reply that refuses it, if any."""

FOREIGN_ORIGIN: Final[Reply] = (
    403,
    b"",
    b'{"code":-9013,"msg":"No web page but the box\'s own may ask (Origin). '
    b'Programs send no Origin; a page of yours needs a proxy of its own origin."}',
)
UNKNOWN_HOST: Final[Reply] = (
    403,
    b"",
    b'{"code":-9016,"msg":"The box is not served by this name (Host). '
    b'Ask it by its address or as localhost, or start it with --allowed-host NAME."}',
)

HOSTS_REMEMBERED_MAX: Final = 1_000
"""Spellings of ``Host`` that are known to be good."""
_NAME: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?", re.ASCII)
_WITH_PORT: Final = re.compile(rb"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::\d{1,5})?")
_SCHEMES: Final = (b"http", b"https")
_EMBEDDING: Final = frozenset((b"cross-site", b"same-site"))


def is_host_name(text: str) -> bool:
    """Whether it can be a name in ``Host``: in lower case, without a port."""
    return _NAME.fullmatch(text) is not None


class Callers:
    """Refuses what comes from a foreign page.

    ``host`` is the address or name that the box listens on, ``allowed`` are further names by
    which it is reached, as through a proxy.
    """

    __slots__ = ("_good", "_is_loopback", "_names")

    def __init__(self, host: str, allowed: Iterable[str] = ()) -> None:
        self._names = {"localhost", host.lower(), *(name.lower() for name in allowed)}
        self._is_loopback = host.lower() == "localhost" or _is_loopback(host)
        self._good: set[bytes] = set()

    def refusal(self, headers: Mapping[bytes, bytes]) -> Reply | None:
        """Refuse a request by its headers, or let it pass with None (a ``Refusal``)."""
        host = headers.get(b"host")
        if host is not None and host not in self._good and not self._is_ours(host):
            return UNKNOWN_HOST
        if b"origin" in headers:
            scheme, _, place = headers[b"origin"].lower().partition(b"://")
            if host is None or scheme not in _SCHEMES or place != host.lower():
                return FOREIGN_ORIGIN
        elif headers.get(b"sec-fetch-site") in _EMBEDDING and (
            headers.get(b"sec-fetch-dest") != b"document"
        ):
            return FOREIGN_ORIGIN
        return None

    def _is_ours(self, host: bytes) -> bool:
        match = _WITH_PORT.fullmatch(host.lower())
        if match is None:
            return False
        name = match[1].decode("latin-1").strip("[]")
        is_reachable = _is_loopback if self._is_loopback else _is_address
        if name not in self._names and not is_reachable(name):
            return False
        if len(self._good) < HOSTS_REMEMBERED_MAX:
            self._good.add(host)
        return True


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(text: str) -> bool:
    return _is_address(text) and ip_address(text).is_loopback
