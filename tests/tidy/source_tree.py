"""What the tidy tests look at: the files of the project and the syntax trees of its modules."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {"__pycache__", "build", "dist", "node_modules", "perpbox-data"}


@cache
def files() -> tuple[Path, ...]:
    """Every tracked file that is there; outside a checkout, every file that is not made."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode == 0:
        named = (ROOT / name for name in listing.stdout.split("\0") if name)
        return tuple(path for path in named if path.is_file())
    return tuple(sorted(_walk(ROOT)))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        is_hidden = path.name.startswith(".") and path.name != ".ci"
        if is_hidden or path.name in SKIPPED or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


def texts() -> Iterator[tuple[str, str]]:
    """Name and text of every file that is text."""
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(ROOT).as_posix(), content.decode()


def modules(folder: str) -> tuple[Path, ...]:
    """The Python files below a folder of the project."""
    return tuple(
        path for path in files() if path.suffix == ".py" and path.is_relative_to(ROOT / folder)
    )


def room(path: Path) -> str:
    """The room of the package that a module stands in: ``engine``, ``money``, ``cli`` ..."""
    return path.relative_to(ROOT / "perpbox").parts[0].removesuffix(".py")


def rooms(*names: str) -> Iterator[Path]:
    """The modules of these rooms."""
    return (path for path in modules("perpbox") if room(path) in names)


def tree(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(), filename=str(path))


def place(path: Path, node: ast.expr | ast.stmt) -> str:
    """Where a node stands, for a message."""
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def imported(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """Full names of what a module imports; ``from a import b`` is ``a.b``."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(path, node)}: import by the full name"
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node
