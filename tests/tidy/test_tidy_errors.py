"""Every code of the catalogue is reached by a test, or the rules say why it is not."""

import re

from perpbox.wire.errors import CATALOGUE
from tests.tidy import source_tree
from tests.unit.errors.reached import BY_NAME, reached
from tests.unit.errors.stage import GOLDEN

ROW = re.compile(r"^\| (-\d{4}(?:, -\d{4})*) \| (.+) \|$", re.MULTILINE)


def not_reached() -> list[int]:
    """Codes of the table in the rules."""
    text = (source_tree.ROOT / "docs" / "rules.md").read_text()
    return [int(code) for row in ROW.finditer(text) for code in row[1].split(", ")]


def test_the_catalogue_is_the_contract() -> None:
    """ERR-001."""
    assert {str(code): list(row) for code, row in CATALOGUE.items()} == {
        code: list(row) for code, row in GOLDEN.items()
    }


def test_every_code_is_reached_or_accounted_for() -> None:
    """ERR-001: the two sets together are the catalogue, and nothing is in both."""
    told, tested = not_reached(), reached()
    assert sorted(set(told)) == sorted(told)
    assert sorted([*told, *tested]) == sorted(CATALOGUE)


def test_the_tests_that_are_named_are_there() -> None:
    """ERR-001."""
    for code, name in BY_NAME.items():
        path, _, function = name.partition("::")
        text = (source_tree.ROOT / path).read_text()
        assert f"def {function}(" in text, name
        assert str(code) in text, name
