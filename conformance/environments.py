"""An environment for each client: its newest version, and nothing of the project.

They live under ``build/``, which is not kept; a run takes the newest version again.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.clients import Client

FOLDER: Final = Path(__file__).parents[1] / "build" / "conformance"
INSTALL_S_MAX: Final = 1_200
PROBE_S_MAX: Final = 60
VERSION: Final = "import platform; print(platform.python_version())"
PACKAGE_VERSION: Final = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"


class NotInstalled(Exception):
    """A client cannot be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a client can be run."""

    version: str
    runtime: str
    command: tuple[str, ...]
    """What runs a program in it."""
    variables: dict[str, str]


def install(client: Client, folder: Path = FOLDER) -> Environment:
    """Take the newest version of a client.

    Raises:
        NotInstalled: it cannot be installed.
    """
    return (_install_python if client.language == "python" else _install_node)(client, folder)


def installed(client: Client, folder: Path = FOLDER) -> Environment:
    """Give what an earlier run installed.

    Raises:
        NotInstalled: none did.
    """
    here = folder / client.key
    return _python(client, _binary(here)) if client.language == "python" else _node(client, here)


def of_this_python(client: Client) -> Environment:
    """The environment that runs this, for clients that it has too.

    Raises:
        NotInstalled: it does not have it.
    """
    return _python(client, Path(sys.executable))


def _install_python(client: Client, folder: Path) -> Environment:
    here = folder / client.key
    wanted = _newest_python(client.pythons)
    if _said([_binary(here), "-c", VERSION]) != _said([wanted, "-c", VERSION]):
        shutil.rmtree(here, ignore_errors=True)
        _run([wanted, "-m", "venv", here])
    pip: list[str | Path] = [
        _binary(here),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    _run([*pip, "--upgrade", "--prefer-binary", client.package])
    return _python(client, _binary(here))


def _install_node(client: Client, folder: Path) -> Environment:
    npm = shutil.which("npm")
    if npm is None:
        raise NotInstalled("npm is missing")
    here = folder / client.key
    here.mkdir(parents=True, exist_ok=True)
    quiet: list[str | Path] = ["--loglevel=error", "--no-audit", "--no-fund", "--ignore-scripts"]
    _run([npm, "install", *quiet, "--prefix", here, f"{client.package}@latest"])
    return _node(client, here)


def _python(client: Client, python: Path) -> Environment:
    version = _said([python, "-c", PACKAGE_VERSION, client.package])
    if not version:
        raise NotInstalled(f"{client.package} is not installed")
    return Environment(version, f"Python {_said([python, '-c', VERSION])}", (str(python),), {})


def _node(client: Client, here: Path) -> Environment:
    node = shutil.which("node")
    modules = here / "node_modules"
    manifest = modules / client.package / "package.json"
    if node is None or not manifest.exists():
        raise NotInstalled(f"{client.package} is not installed")
    version = str(json.loads(manifest.read_text("utf-8"))["version"])
    runtime = f"Node.js {_said([node, '--version']).removeprefix('v')}"
    return Environment(version, runtime, (node,), {"NODE_PATH": str(modules)})


def _newest_python(versions: Sequence[str]) -> Path:
    """The first of these that is here, by its name or by pyenv's; else the one that runs this."""
    for version in versions:
        named = shutil.which(f"python{version}")
        if named is not None and _said([named, "-c", VERSION]):
            return Path(named)
        for full in _said(["pyenv", "versions", "--bare"]).split():
            if full.startswith(f"{version}."):
                return Path(_said(["pyenv", "prefix", full])) / "bin" / "python"
    return Path(sys.executable)


def _binary(environment: Path) -> Path:
    return environment / "bin" / "python"


def _said(command: Sequence[str | Path]) -> str:
    """What a command prints; empty where it fails or is not here."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PROBE_S_MAX, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _run(command: list[str | Path]) -> None:
    """Do it, out of the way of others; the last line of what went wrong is the reason."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=INSTALL_S_MAX,
            check=False,
            preexec_fn=_stand_back,
        )
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"not installed within {INSTALL_S_MAX} s") from None
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"{command[0]} failed"]
        raise NotInstalled(lines[-1])


def _stand_back() -> None:
    os.nice(10)
