"""Build the compiled core: ``make compiled``. Needs a C compiler and mypyc (it comes with mypy).

The sources are copied aside, so that no build product ever lies beside a source, and translated
as they are but for one line a class: objects of the state have to be creatable empty, for forks.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from perpbox import compiled

LEFT_AS_THEY_ARE = frozenset(
    (
        "__init__",
        "assets",
        "commands",
        "events",
        "fork",
        "hashing",
        "rejects",
        "symbol",
        "types",
        "values",
    )
)
"""Engine modules of structs and names, which mypyc does not keep as they are (a frozen struct
would thaw), or that look at objects from outside."""
DECORATOR = "@mypyc_attr(allow_interpreted_subclasses=True)"
IMPORT = "from mypy_extensions import mypyc_attr"
OPTIMIZATION = "2"


def modules() -> list[Path]:
    """What is compiled, relative to the package."""
    engine = sorted(path for path in (compiled.PACKAGE / "engine").glob("*.py"))
    chosen = [path for path in engine if path.stem not in LEFT_AS_THEY_ARE]
    chosen.append(compiled.PACKAGE / "views" / "positions.py")
    return [path.relative_to(compiled.PACKAGE) for path in chosen]


def decorated(text: str) -> str:
    """The source with its slotted classes marked; every line keeps its number."""
    tree = ast.parse(text)
    lines = text.split("\n")
    marked = False
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and _has_slots(node) and not node.decorator_list:
            assert not lines[node.lineno - 2], f"no empty line above class {node.name}"
            lines[node.lineno - 2] = DECORATOR
            marked = True
    if marked:
        docstring = tree.body[0]
        assert docstring.end_lineno is not None
        lines[docstring.end_lineno] = IMPORT
    return "\n".join(lines)


def _has_slots(node: ast.ClassDef) -> bool:
    return any(
        isinstance(part, ast.Assign)
        and any(isinstance(name, ast.Name) and name.id == "__slots__" for name in part.targets)
        for part in node.body
    )


def build(into: Path) -> None:
    """Compile and put modules and manifest in place; what was there goes."""
    with TemporaryDirectory() as scratch:
        work = Path(scratch)
        digest = compiled.digest()
        shutil.copytree(
            compiled.PACKAGE, work / "perpbox", ignore=shutil.ignore_patterns("__pycache__")
        )
        chosen = modules()
        for path in chosen:
            copy = work / "perpbox" / path
            copy.write_text(decorated(copy.read_text()))
        names = [f"perpbox/{path.as_posix()}" for path in chosen]
        flags = ["--config-file=", "--strict"]
        _run([sys.executable, "-m", "mypyc", *flags, *names], work)
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir(parents=True)
        found: dict[str, str] = {}
        for built in sorted([*work.glob("*.so"), *(work / "perpbox").rglob("*.so")]):
            place = built.relative_to(work)
            (into / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(built, into / place)
            name = ".".join((*place.parent.parts, place.name.split(".")[0]))
            found[name] = place.as_posix()
        manifest = {"digest": digest, "modules": found}
        (into / compiled.MANIFEST).write_text(json.dumps(manifest, indent=1))


def _run(command: list[str], folder: Path) -> None:
    environment = os.environ | {"MYPYC_OPT_LEVEL": OPTIMIZATION, compiled.SWITCH: "0"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{done.stdout[-4000:]}{done.stderr[-4000:]}\nThe compiled core was not built.")


if __name__ == "__main__":
    target = compiled.folder()
    print(f"Compiling the engine, a minute or two of one core, into {target} ...")
    build(target)
    print(f"Built. Use it with {compiled.SWITCH}=1; perpbox --version says which engine is in use.")
