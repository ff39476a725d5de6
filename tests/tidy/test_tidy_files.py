"""What every file keeps to: size, no addresses, nothing unfinished, data shipped."""

import re
import tomllib
from pathlib import PurePosixPath

from tests.tidy import source_tree

MODULE_LINES_MAX = 450
# One letter of each word stands in brackets, so that this file does not hold what it looks for.
ADDRESSES = re.compile(
    r"https?://[a-z0-9.-]*(py[p]i|python[h]osted|npm[j]s|debia[n])"
    r"|(^|[^A-Za-z0-9_.])/(wor[k]|roo[t]|far[m]|hom[e]|User[s])/"
    r"|inde[x]-url|find-link[s]|trusted-hos[t]|resolve[d]\": \"http"
)
UNFINISHED = re.compile(
    r"\b(TOD[O]|FIXM[E]|XX[X])\b|type: ignor[e]|pragma: no cove[r]|NotImplemente[d]"
)
WEAK = re.compile(
    r"pytest\.ski[p]|mark\.ski[p]|\bxfai[l]\b|unittest\.moc[k]|MagicMoc[k]|assert Tru[e]$"
)


def lines_matching(pattern: re.Pattern[str], name: str, text: str) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:80]}"
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_modules_stay_small() -> None:
    """TID-004."""
    sizes = {
        str(path.relative_to(source_tree.ROOT)): len(path.read_text().splitlines())
        for folder in ("perpbox", "bench", "conformance", "tools")
        for path in source_tree.modules(folder)
    }
    assert sizes
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES_MAX} == {}


def test_no_file_names_a_registry_or_a_machine() -> None:
    """TID-006."""
    assert [
        line for name, text in source_tree.texts() for line in lines_matching(ADDRESSES, name, text)
    ] == []


def test_nothing_is_left_unfinished() -> None:
    """TID-006."""
    found = [
        line
        for name, text in source_tree.texts()
        if name.endswith(".py")
        for line in lines_matching(UNFINISHED, name, text)
    ]
    assert found == []


def test_tests_are_neither_skipped_nor_faked() -> None:
    """TID-006."""
    found = [
        line
        for name, text in source_tree.texts()
        if name.startswith("tests/") and name.endswith(".py")
        for line in lines_matching(WEAK, name, text)
    ]
    assert found == []


def test_patterns_see_what_they_look_for() -> None:
    """TID-006: the checks themselves are awake."""
    host, folder, later = "hosted", "work", "TO"
    assert ADDRESSES.search(f"see https://files.python{host}.org/x")
    assert ADDRESSES.search(f'open("/{folder}/main")')
    assert not ADDRESSES.search("src/work/main and https://fapi.example.com")
    assert UNFINISHED.search(f"# {later}DO: later")
    assert WEAK.search(f"@pytest.mark.{'skip'}")


def test_data_of_the_package_is_shipped() -> None:
    """TID-009: every file of the package that is no module is named in the package data."""
    settings = tomllib.loads((source_tree.ROOT / "pyproject.toml").read_text())
    patterns = [
        pattern.removeprefix("**/")
        for pattern in settings["tool"]["setuptools"]["package-data"]["perpbox"]
    ]
    package = source_tree.ROOT / "perpbox"
    data = [
        PurePosixPath(path.relative_to(package).as_posix())
        for path in source_tree.files()
        if path.is_relative_to(package) and path.suffix != ".py"
    ]
    assert PurePosixPath("py.typed") in data
    assert [str(name) for name in data if not any(map(name.match, patterns))] == []
