"""Requirements, version and changelog."""

import re
import tomllib

import perpbox
from tests.tidy import source_tree

PIN = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9a-z.]+)(?: ; [a-z_]+ [!<]=? \"[0-9a-z.]+\")?"
    r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+"
)
VERSION = re.compile(r"## (\d+)\.(\d+)\.(\d+)")


def pins(name: str) -> dict[str, str]:
    """Package -> version of a compiled file, in which nothing else may stand."""
    text = (source_tree.ROOT / "requirements" / f"{name}.txt").read_text()
    body = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    found = {match["name"]: match["version"] for match in PIN.finditer(body)}
    assert PIN.sub("", body).strip() == ""
    return found


def asked(name: str) -> set[str]:
    text = (source_tree.ROOT / "requirements" / f"{name}.in").read_text()
    return {line for line in text.splitlines() if line and not line.startswith(("#", "-r "))}


def test_requirements_are_pinned_with_hashes() -> None:
    """TID-007."""
    runtime, development = pins("runtime"), pins("dev")
    assert runtime.items() <= development.items()
    wanted = {re.split(r"[<>=;]", line)[0].strip() for line in asked("runtime") | asked("dev")}
    assert wanted <= development.keys()


def test_runtime_requirements_are_those_of_the_package() -> None:
    """TID-007: what the package asks for, and what builds it."""
    settings = tomllib.loads((source_tree.ROOT / "pyproject.toml").read_text())
    declared = {line.replace("'", '"') for line in settings["project"]["dependencies"]}
    assert asked("runtime") == declared | set(settings["build-system"]["requires"])


def test_version_stands_in_one_place() -> None:
    """TID-008."""
    settings = tomllib.loads((source_tree.ROOT / "pyproject.toml").read_text())
    assert "version" not in settings["project"]
    assert settings["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "perpbox.__version__"}


def test_changelog_is_newest_first_and_ends_at_this_version() -> None:
    """TID-008."""
    text = (source_tree.ROOT / "CHANGELOG.md").read_text()
    assert text.startswith("# Changes\n")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert all(VERSION.fullmatch(line) for line in headings)
    versions = [tuple(map(int, match.groups())) for match in VERSION.finditer(text)]
    assert versions == sorted(set(versions), reverse=True)
    assert ".".join(map(str, versions[0])) == perpbox.__version__


def test_changelog_says_something_of_every_version() -> None:
    """TID-008."""
    text = (source_tree.ROOT / "CHANGELOG.md").read_text()
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        assert re.search(r"^- \w", section, re.MULTILINE), section.splitlines()[0]
