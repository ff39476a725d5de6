"""The compiled core: the engine's own sources, translated to C by mypyc where somebody built it.

Never needed and never on by itself. ``make compiled`` builds it into ``build/compiled`` beside
the package, and ``PERPBOX_COMPILED=1`` uses it: the modules named in its manifest are then
loaded from there, everything else stays as it is. A core of other sources is refused, so an
edited file cannot be shadowed by what it was before.
"""

import json
import os
import sys
from hashlib import sha256
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final

SWITCH: Final = "PERPBOX_COMPILED"
PACKAGE: Final = Path(__file__).parent
MANIFEST: Final = "manifest.json"


def folder() -> Path:
    """Where the core for this Python is, or would be."""
    tag = sys.implementation.cache_tag or sys.implementation.name
    return PACKAGE.parent / "build" / "compiled" / tag


def sources() -> list[Path]:
    """Every file that what is compiled can depend on."""
    rest = ("money.py", "units.py", "rounding.py", "views/positions.py")
    return sorted([*PACKAGE.glob("engine/*.py"), *(PACKAGE / name for name in rest)])


def digest() -> str:
    """SHA-256 over the sources."""
    digest = sha256()
    for path in sources():
        digest.update(f"{path.relative_to(PACKAGE).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_wanted() -> bool:
    """Whether the environment asks for the compiled core."""
    return os.environ.get(SWITCH, "0") not in ("", "0")


class _Finder:
    """Finds the modules of the manifest in the core's folder."""

    def __init__(self, root: Path, modules: dict[str, str]) -> None:
        self._root = root
        self._modules = modules

    def find_spec(
        self, fullname: str, _path: object = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What ``importlib`` asks of a finder."""
        found = self._modules.get(fullname)
        return None if found is None else spec_from_file_location(fullname, self._root / found)


def in_use() -> str:
    """Which core is in use, in words."""
    is_found = any(isinstance(finder, _Finder) for finder in sys.meta_path)
    return "engine: compiled" if is_found else "engine: Python"


def modules(root: Path) -> dict[str, str]:
    """The modules of a core and their files.

    Raises:
        ImportError: there is none for this Python, or it was built from other sources.
    """
    try:
        manifest = json.loads((root / MANIFEST).read_text())
    except FileNotFoundError:
        raise ImportError(
            f"{SWITCH} is set, but there is no compiled core in {root}: "
            "run make compiled in a clone, or unset it"
        ) from None
    if manifest["digest"] != digest():
        raise ImportError(
            f"{SWITCH} is set, but the compiled core in {root} was built from other sources: "
            "run make compiled again, or unset it"
        )
    found: dict[str, str] = manifest["modules"]
    return found


def is_ready() -> bool:
    """Whether there is a compiled core of these sources."""
    try:
        modules(folder())
    except ImportError:
        return False
    return True


def use(root: Path | None = None) -> None:
    """Load the engine from the compiled core from now on.

    Raises:
        ImportError: see ``modules``.
    """
    root = root or folder()
    sys.meta_path.insert(0, _Finder(root, modules(root)))
