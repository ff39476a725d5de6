"""Every scenario comes out as it is written, and names a rule that exists."""

import re
from pathlib import Path

import pytest

from tests.scenarios.runner import FOLDER, NotUnderstood, files, replay
from tests.tidy.test_tidy_rules import rules

HEADING = re.compile(r"# ([A-Z]{3}-\d{3}) \S.*\.")
FILES_MIN = 60


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    """Something else happens than what a person agreed to."""
    text = path.read_text()
    assert replay(text).splitlines() == text.splitlines()
    assert any(line.startswith("> ") for line in text.splitlines()), "it expects nothing"


def test_each_file_is_named_by_its_rule() -> None:
    """A scenario could not be found by its rule, or its rule is gone."""
    known = {name for name, _, _ in rules()}
    for path in files():
        heading = HEADING.fullmatch(path.read_text().splitlines()[0])
        assert heading is not None, path.name
        assert heading[1] in known, path.name
        assert path.name.startswith(heading[1]), path.name


def test_there_are_enough() -> None:
    """Scenarios were lost, or the runner does not find them."""
    assert len(files()) >= FILES_MIN
    assert {path.parent.name for path in files()} >= {
        "liquidation",
        "deleveraging",
        "funding",
        "delivery",
        "exchange",
    }
    assert FOLDER.is_dir()


def test_what_is_not_understood_stops() -> None:
    """A misspelt command would pass as one that did nothing."""
    for line in ("symbl BTCUSDT", "account alice 1\nalice byu 1 BTCUSDT"):
        with pytest.raises(NotUnderstood):
            replay(line)


def test_wrong_expectations_are_seen() -> None:
    """The comparison itself would let a wrong outcome through."""
    wrong = "symbol BTCUSDT\naccount alice 1\nalice buy 2 BTCUSDT @ 100\n> nothing\n"
    assert "> refused MARGIN_INSUFFICIENT" in replay(wrong)
