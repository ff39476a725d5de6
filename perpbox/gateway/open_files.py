"""How many sockets this process may hold open."""

import sys
from typing import Final

UNKNOWN: Final = 1024
"""What is assumed where it cannot be asked."""


def allow_open_files(wanted: int) -> int:
    """Raise the process's own limit up to ``wanted`` where it may; return the limit."""
    if sys.platform == "win32":
        return UNKNOWN
    import resource  # noqa: PLC0415  (not on every platform)

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    if soft >= wanted:
        return soft
    allowed = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    except (OSError, ValueError):  # some systems allow less than they say
        return soft
    return allowed
