"""docs/coverage.md says what is built and what proves it."""

from pathlib import Path

import orjson
import pytest

from perpbox.wire.coverage import (
    client_ticks,
    contract_rows,
    golden_payloads,
    main,
    page,
    scenarios_of_rows,
)
from perpbox.wire.routes import ROUTES
from tests.tidy import source_tree

TESTS = source_tree.ROOT / "tests"


def test_the_page_is_current() -> None:
    """WIR-420: the committed page is the one that `make docs` makes."""
    assert (source_tree.ROOT / "docs" / "coverage.md").read_text() == page(TESTS), "run make docs"


def test_the_contract_has_96_rows_and_no_route_is_beside_it() -> None:
    """WIR-420."""
    names = [row.name for row in contract_rows()]
    assert len(names) == len(set(names)) == 96
    assert {route.name for route in ROUTES} <= set(names)


def test_every_built_row_has_a_golden_payload() -> None:
    """WIR-421."""
    golden = golden_payloads(TESTS)
    assert [route.name for route in ROUTES if route.name not in golden] == []
    assert golden["PUT /fapi/v1/order"] == ["golden/rest/put_v1_order.json (our choice)"]


def test_scenarios_are_found_by_what_they_call(tmp_path: Path) -> None:
    """WIR-420: the second and third word of a call; what came out of it is not one."""
    folder = tmp_path / "scenarios" / "rest"
    folder.mkdir(parents=True)
    text = "alice POST /fapi/v1/order symbol=A\n> GET /fapi/v1/ping\nanyone GET /fapi/v1/time\n"
    (folder / "a.rest").write_text(text * 2)
    assert scenarios_of_rows(tmp_path) == {
        "POST /fapi/v1/order": ["scenarios/rest/a.rest"],
        "GET /fapi/v1/time": ["scenarios/rest/a.rest"],
    }


def test_ticks_come_from_the_last_conformance_run(tmp_path: Path) -> None:
    """WIR-420: who called the row; no client where nobody did; not known without a run."""
    (tmp_path / "golden").mkdir()
    assert client_ticks(tmp_path) == {}
    assert "| not known |" in page(tmp_path)
    (tmp_path / "conformance").mkdir()
    ran = {"rows": ["GET /fapi/v1/time"], "version": "1"}
    kept = {"clients": {"ccxt": ran, "nautilus_trader": ran, "freqtrade": {"not_run": "why"}}}
    (tmp_path / "conformance" / "results.json").write_bytes(orjson.dumps(kept))
    text = page(tmp_path)
    assert "| ccxt, nautilus_trader |" in text
    assert "| no client |" in text


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """WIR-420: usage, and the page on standard output."""
    assert main([str(tmp_path)]) == 2
    assert main(["a", "b"]) == 2
    capsys.readouterr()
    assert main([str(TESTS)]) == 0
    assert capsys.readouterr().out == page(TESTS)
