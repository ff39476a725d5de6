"""The compiled core: when it is used, and when it is refused."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from perpbox import cli, compiled
from tools.compile_core import DECORATOR, decorated, modules

STAND_IN = "perpbox.engine.calendar"


def core(root: Path, digest: str, modules: dict[str, str]) -> Path:
    """A folder as the build leaves it; sources may stand in for what is compiled."""
    root.mkdir()
    (root / compiled.MANIFEST).write_text(json.dumps({"digest": digest, "modules": modules}))
    return root


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_modules_come_from_the_core_that_fits(tmp_path: Path) -> None:
    """TID-010: those of the manifest, and no others."""
    root = core(tmp_path / "core", compiled.digest(), {STAND_IN: "calendar.py"})
    (root / "calendar.py").write_text("CORE = True\n")
    done = run(
        f"from pathlib import Path; from perpbox import compiled; compiled.use(Path({str(root)!r}))"
        "; import perpbox.engine.calendar as there, perpbox.engine.premium as here"
        "; print(there.CORE, here.__file__.endswith('premium.py'))",
        PERPBOX_COMPILED="0",
    )
    assert done.stdout == "True True\n", done.stderr


def test_a_core_of_other_sources_is_refused(tmp_path: Path) -> None:
    """TID-010: an edited source is never shadowed by what was built before."""
    root = core(tmp_path / "core", "0" * 64, {})
    finders = list(sys.meta_path)
    with pytest.raises(ImportError, match="built from other sources: run make compiled again"):
        compiled.use(root)
    assert sys.meta_path == finders


def test_a_core_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """TID-010: who asks for it gets it or is told."""
    with pytest.raises(ImportError, match=r"no compiled core in .*: run make compiled"):
        compiled.use(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("value", "wanted"), [(None, False), ("", False), ("0", False), ("1", True)]
)
def test_it_is_used_only_when_asked_for(
    value: str | None, wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TID-010."""
    monkeypatch.delenv(compiled.SWITCH, raising=False)
    if value is not None:
        monkeypatch.setenv(compiled.SWITCH, value)
    assert compiled.is_wanted() is wanted


def test_the_switch_is_no_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """TID-010: what is served takes it for the choice of an engine, and not for a setting."""
    monkeypatch.setenv(compiled.SWITCH, "0")
    assert cli.main(["serve", "--port", "far"]) == 2
    told = capsys.readouterr().err
    assert "port" in told
    assert compiled.SWITCH not in told


def test_version_says_which_engine_is_in_use() -> None:
    """TID-010: the one that the tests run on."""
    done = run("from perpbox.cli import main; main(['--version'])")
    assert done.stdout.endswith(f"({compiled.in_use()})\n")


def test_marking_a_source_keeps_its_lines() -> None:
    """TID-010: what is compiled is the source, line for line, with its slotted classes marked."""
    marked = 0
    for path in modules():
        text = (compiled.PACKAGE / path).read_text()
        found = decorated(text)
        marked += found.count(DECORATOR)
        before, after = ast.parse(text), ast.parse(found)
        names = [(node.name, node.lineno) for node in before.body if isinstance(node, ast.ClassDef)]
        assert names == [
            (node.name, node.lineno) for node in after.body if isinstance(node, ast.ClassDef)
        ]
    assert marked > 10


def test_no_class_loses_its_arguments() -> None:
    """TID-010: mypyc drops the arguments of a class (``frozen=True``), so none has any."""
    assert [
        f"{path}: {node.name}"
        for path in modules()
        for node in ast.walk(ast.parse((compiled.PACKAGE / path).read_text()))
        if isinstance(node, ast.ClassDef) and node.keywords
    ] == []
