"""Rooms keep their direction, and the pure ones stay pure."""

import ast

import pytest

from tests.tidy import source_tree

ORDER = (
    "compiled",
    "money",
    "units",
    "rounding",
    "engine",
    "views",
    "wire",
    "calculator",
    "gateway",
    "audit",
    "dashboard",
    "lab",
    "readers",
    "config",
    "genesis",
    "front_door",
    "edges",
    "box",
    "simulation",
    "cli",
    "pytest_plugin",
    "__main__",
)
"""A room may import itself and what stands before it."""
NARROW = {
    "specs": ("money", "engine.symbol"),
    "market": (
        "money",
        "rounding",
        "engine.commands",
        "engine.events",
        "engine.symbol",
        "engine.types",
    ),
}
"""Side rooms, and all that they may see."""
SEEN_FROM = {"specs": "wire", "market": "gateway"}
"""The lowest room that may import a side room."""
PURE = ("money", "units", "rounding", "engine", "views", "wire", "market")
IMPURE_MODULES = frozenset(
    (
        "asyncio",
        "datetime",
        "logging",
        "os",
        "random",
        "secrets",
        "select",
        "socket",
        "ssl",
        "subprocess",
        "threading",
        "time",
        "uuid",
    )
)
DOUBLES = "perpbox/wire/doubles.py"
"""Prints entry prices as the binary doubles that the venue prints; decides nothing."""


def may_import(importer: str, imported: str) -> bool:
    """``imported``: dotted, without the package: ``engine.symbol.Bracket``."""
    target = imported.split(".", maxsplit=1)[0]
    if target in ("", importer, "__version__"):
        return True
    if importer in NARROW:
        seen = NARROW[importer]
        return any(imported == name or imported.startswith(f"{name}.") for name in seen)
    lowest = SEEN_FROM.get(target)
    if lowest is not None:
        return ORDER.index(importer) >= ORDER.index(lowest)
    return ORDER.index(target) < ORDER.index(importer)


def test_every_room_has_its_place() -> None:
    """TID-001."""
    found = {source_tree.room(path) for path in source_tree.modules("perpbox")}
    assert found <= {*ORDER, *NARROW, "__init__"}


def test_imports_go_one_way() -> None:
    """TID-001."""
    wrong = [
        f"{source_tree.place(path, node)}: {name}"
        for path in source_tree.modules("perpbox")
        if source_tree.room(path) != "__init__"
        for name, node in source_tree.imported(path)
        if name.split(".")[0] == "perpbox"
        and not may_import(source_tree.room(path), name.removeprefix("perpbox").lstrip("."))
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("importer", "imported", "expected"),
    [
        ("wire", "engine.types.Side", True),
        ("engine", "wire.routes", False),
        ("views", "specs.catalogue", False),
        ("wire", "specs.catalogue", True),
        ("specs", "engine.symbol.Bracket", True),
        ("specs", "engine.symbols", False),
        ("market", "engine.state.State", False),
        ("money", "rounding.x", False),
    ],
)
def test_direction_is_told_apart(importer: str, imported: str, expected: bool) -> None:
    """TID-001: the check itself would see a wrong import."""
    assert may_import(importer, imported) is expected


def test_pure_rooms_reach_for_nothing_outside() -> None:
    """TID-002."""
    wrong = [
        f"{source_tree.place(path, node)}: {name}"
        for path in source_tree.rooms(*PURE)
        for name, node in source_tree.imported(path)
        if name.split(".")[0] in IMPURE_MODULES
    ]
    assert not wrong


def test_pure_rooms_open_nothing_and_print_nothing() -> None:
    """TID-002."""
    wrong = [
        f"{source_tree.place(path, node)}: {ast.unparse(node)}"
        for path in source_tree.rooms(*PURE)
        for node in ast.walk(source_tree.tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("open", "print", "input")
    ]
    assert not wrong


def is_float(node: ast.AST) -> bool:
    """A float written down, made, or made by dividing."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return isinstance(node.op, ast.Div)
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("float", "round")


def test_pure_rooms_hold_no_floats() -> None:
    """TID-003."""
    wrong = [
        f"{source_tree.place(path, node)}: {ast.unparse(node)}"
        for path in source_tree.rooms(*PURE)
        if path != source_tree.ROOT / DOUBLES
        for node in ast.walk(source_tree.tree(path))
        if isinstance(node, ast.expr | ast.stmt) and is_float(node)
    ]
    assert not wrong


def divides(node: ast.AST) -> bool:
    """A whole division of anything but a time, whose names end in ``_ms``."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.FloorDiv) and not ast.unparse(node.left).endswith("_ms")
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.FloorDiv) and not ast.unparse(node.target).endswith("_ms")
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "divmod"


def test_engine_leaves_dividing_to_rounding() -> None:
    """TID-003."""
    wrong = [
        f"{source_tree.place(path, node)}: {ast.unparse(node)}"
        for path in source_tree.rooms("engine")
        for node in ast.walk(source_tree.tree(path))
        if isinstance(node, ast.expr | ast.stmt) and divides(node)
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("traded * rate // SCALE", True),
        ("divmod(cost, quantity)", True),
        ("after_ms // interval_ms", False),
        ("cost % step", False),
    ],
)
def test_division_is_told_apart(source: str, expected: bool) -> None:
    """TID-003: the check itself would see money divided."""
    assert divides(ast.parse(source, mode="eval").body) is expected
