"""The committed page is what its sources make."""

import json
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "dashboard"
BUILT = ROOT / "perpbox" / "dashboard" / "built"
BUILD_TIMEOUT_S = 300
NODE_MIN = (20, 19)
WANTED = "install Node.js 20.19 or newer (apt-get install nodejs npm)"


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def run(*command: str) -> None:
    assert shutil.which("node"), WANTED
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    assert tuple(map(int, told.strip().lstrip("v").split("."))) >= NODE_MIN, f"{told}: {WANTED}"
    assert (SOURCES / "node_modules").is_dir(), "run `make node` to install what builds the page"
    done = subprocess.run(
        ["node", *command],
        cwd=SOURCES,
        capture_output=True,
        text=True,
        timeout=BUILD_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_committed_page_is_built_from_its_sources(tmp_path: Path) -> None:
    """DSH-006."""
    target = tmp_path / "built"
    run("node_modules/vite/bin/vite.js", "build", "--outDir", str(target), "--emptyOutDir")
    made, committed = tree(target), tree(BUILT)
    assert sorted(made) == sorted(committed), "run `make dashboard` and commit what it builds"
    assert [name for name in made if made[name] != committed[name]] == []


def test_sources_keep_to_their_types() -> None:
    """DSH-006."""
    run("node_modules/typescript/bin/tsc", "--noEmit")


def test_lock_file_names_versions_and_hashes_and_no_registry() -> None:
    """DSH-006."""
    lock = json.loads((SOURCES / "package-lock.json").read_text())
    packages = {name: row for name, row in lock["packages"].items() if name}
    assert packages
    assert [name for name, row in packages.items() if "resolved" in row] == []
    assert [name for name, row in packages.items() if "integrity" not in row] == []
    wanted = lock["packages"][""]
    pins = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert [name for name, version in pins.items() if not re.fullmatch(r"[\d.]+", version)] == []


def test_sources_stay_small() -> None:
    """DSH-006: one idea a file."""
    lines = {
        path.name: len(path.read_text().splitlines()) for path in (SOURCES / "src").rglob("*.ts*")
    }
    assert lines
    assert {name: count for name, count in lines.items() if count > 400} == {}
