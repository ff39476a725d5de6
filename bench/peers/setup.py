"""Makes the environments of the peers: ``python -m bench.peers.setup``.

PyPI's into ``bench/.peers/venv``, npm's into ``bench/.peers/node``; the compiled core, which is
measured beside the Python one, into ``build/compiled``, where nothing uses it unasked. What cannot
be installed, built or done in time is named and left out; its rows say so.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from perpbox import compiled

STEP_S_MAX = 900
"""One installation, or the building of the core, that takes longer is given up."""
HOME = Path(__file__).parents[1] / ".peers"
PYPI = {
    "nautilus_trader": "nautilus_trader==1.221.0",
    "hftbacktest": "hftbacktest==2.4.4",
    "liquibook": "liquibook==2.0.1",
    "akhil4n-orderbook": "akhil4n-orderbook==0.1.1",
    "pyorderbook": "pyorderbook==0.4.9",
    "moto": "moto[server]==5.2.5",
    "socketify": "socketify==0.0.31",
}
NPM = {"ws": "ws@8.23.0", "prism": "@stoplight/prism-cli@5.16.0", "mountebank": "mountebank@2.9.1"}
PYTHON = HOME / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
NODE_HOME = HOME / "node"


def _ran(*command: str, cwd: Path | None = None) -> bool:
    try:
        done = subprocess.run(
            command, cwd=cwd, capture_output=True, check=False, timeout=STEP_S_MAX
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def installed() -> set[str]:
    """``name==version`` of what is in the environment, as ``plain`` writes it."""
    done = subprocess.run(
        (str(PYTHON), "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"),
        capture_output=True,
        check=False,
        text=True,
        timeout=STEP_S_MAX,
    )
    return {plain(line) for line in done.stdout.split()}


def plain(wanted: str) -> str:
    """Without extras, in lower case and with hyphens."""
    return re.sub(r"\[.*\]", "", wanted).lower().replace("_", "-")


def install() -> dict[str, str]:
    """Install what is not there yet; name -> why not, for what could not be."""
    missing: dict[str, str] = {}
    if not PYTHON.exists():
        venv.create(HOME / "venv", with_pip=True)
    there = installed()
    pip = (str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    for name, wanted in PYPI.items():
        if plain(wanted) not in there and not _ran(*pip, wanted):
            missing[name] = f"pip could not install {wanted} for Python {sys.version.split()[0]}"
    NODE_HOME.mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm")
    for name, wanted in NPM.items():
        if (NODE_HOME / "node_modules" / wanted.rpartition("@")[0]).exists():
            continue
        if npm is None:
            missing[name] = "npm is not there"
        elif not _ran(npm, "install", "--silent", "--no-audit", "--no-fund", wanted, cwd=NODE_HOME):
            missing[name] = f"npm could not install {wanted}"
    if not compiled.is_ready() and not _ran(sys.executable, "-m", "tools.compile_core"):
        missing["the compiled core"] = "it could not be built (is there a C compiler?)"
    return missing


def main() -> None:
    print("Installing what perpbox is measured beside, and building the compiled core ...")
    for name, why in install().items():
        print(f"without {name}: {why}")
    print(f"peers: {HOME}")


if __name__ == "__main__":
    main()
