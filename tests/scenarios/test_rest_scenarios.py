"""Every scenario over REST comes out as it is written, and every row of the contract is in one."""

from pathlib import Path

import pytest

from perpbox.wire.coverage import contract_rows, scenarios_of_rows
from tests.scenarios.rest_runner import FOLDER, files, replay
from tests.scenarios.runner import NotUnderstood
from tests.scenarios.test_scenarios import HEADING

TESTS = FOLDER.parents[1]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    """WIR-422: something else happens than what a person agreed to."""
    text = path.read_text("utf-8")
    assert replay(text).splitlines() == text.splitlines()


def test_every_row_is_in_a_scenario() -> None:
    """WIR-422: the retired one too, with its 404."""
    told = scenarios_of_rows(TESTS)
    assert [row.name for row in contract_rows() if row.name not in told] == []
    assert set(told) == {row.name for row in contract_rows()}


def test_each_file_begins_with_its_rule_and_what_happens() -> None:
    """WIR-422."""
    for path in files():
        heading = HEADING.fullmatch(path.read_text("utf-8").splitlines()[0])
        assert heading is not None, path.name
        assert path.name.startswith(heading[1]), path.name


@pytest.mark.parametrize(
    "line",
    ["acount alice 1", "alice GET /fapi/v1/time", "anyone GET /fapi/v1/depth symbol", "advance 1d"],
)
def test_what_is_not_understood_stops(line: str) -> None:
    """WIR-422: a misspelt command would pass as one that did nothing."""
    with pytest.raises(NotUnderstood):
        replay(line)


def test_wrong_expectations_are_seen() -> None:
    """WIR-422."""
    assert replay("anyone GET /fapi/v1/ping\n> nothing\n") == "anyone GET /fapi/v1/ping\n> ok\n"
