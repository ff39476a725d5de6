"""Makes the environments of the peers: ``python -m bench.peers.setup``.

PyPI's into ``bench/.peers/venv``, npm's into ``bench/.peers/node``. What cannot be installed is
named and left out; its rows say so.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

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
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False)
    return done.returncode == 0


def install() -> dict[str, str]:
    """Install what is not there yet; name -> why not, for what could not be."""
    missing: dict[str, str] = {}
    if not PYTHON.exists():
        venv.create(HOME / "venv", with_pip=True)
    pip = (str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    for name, wanted in PYPI.items():
        if not _ran(*pip, wanted):
            missing[name] = f"pip could not install {wanted} for Python {sys.version.split()[0]}"
    NODE_HOME.mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm")
    for name, wanted in NPM.items():
        if npm is None:
            missing[name] = "npm is not there"
        elif not (NODE_HOME / "node_modules" / wanted.rpartition("@")[0]).exists() and not _ran(
            npm, "install", "--silent", "--no-audit", "--no-fund", wanted, cwd=NODE_HOME
        ):
            missing[name] = f"npm could not install {wanted}"
    return missing


def main() -> None:
    for name, why in install().items():
        print(f"without {name}: {why}")
    print(f"peers: {HOME}")


if __name__ == "__main__":
    main()
