"""What this process uses, where the system tells."""

import os
from pathlib import Path
from typing import Final

_STATM: Final = Path("/proc/self/statm")
_FILES: Final = Path("/proc/self/fd")


def resident_bytes() -> int | None:
    """Memory in use; None where there is no /proc."""
    try:
        pages = int(_STATM.read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def open_files_count() -> int | None:
    """Files and sockets that are open; None where there is no /proc."""
    try:
        return len(os.listdir(_FILES))
    except OSError:
        return None
