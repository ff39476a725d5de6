"""docs/conformance.md and docs/clients.md are what the last run saw and used (CON-002, CON-003)."""

import pytest

from conformance import results
from conformance.clients import CLIENTS, client_named
from conformance.pages import DOCS, clients_page, conformance_page, pages
from conformance.results import REASON_LENGTH_MAX, Call, Result, Results, shortened
from perpbox.wire.coverage import contract_rows


@pytest.mark.parametrize("name", ["clients.md", "conformance.md"])
def test_the_page_is_current(name: str) -> None:
    """CON-002, CON-003."""
    assert (DOCS / name).read_text("utf-8") == pages()[name], "run make docs"


def test_readme_has_the_lines_of_ccxt() -> None:
    """CON-002: what the front page shows is what the run used."""
    readme = DOCS.parent.joinpath("README.md").read_text("utf-8")
    assert client_named("ccxt").lines in readme


def test_every_client_was_run_or_says_why_not() -> None:
    """CON-003."""
    kept = results.read()
    assert list(kept.clients) == [client.key for client in CLIENTS]
    for result in kept.clients.values():
        assert result.not_run or (result.version and result.runtime and result.calls)


def test_no_client_calls_a_retired_row() -> None:
    """CON-003: and every other row is called by one that had what it expected."""
    called = {row for row, _ in results.read().clients_of_rows()}
    assert {row.name for row in contract_rows() if row.name not in called} == {
        row.name for row in contract_rows() if row.retired
    }


def test_what_failed_and_what_was_missed_is_said() -> None:
    """CON-003."""
    went_wrong = Result(
        version="1.2",
        runtime="Python 3.11",
        calls=(Call("good"), Call("bad", "Error: <html> | page"), Call("silent")),
        requests=7,
        rows=("GET /fapi/v1/time",),
        missed_under_strict=("silent",),
    )
    kept = Results(
        "2026-01-02", "0.0", {"ccxt": went_wrong, "freqtrade": Result(not_run="no wheel")}
    )
    page = conformance_page(kept)
    assert "| ccxt and ccxt.pro | 1.2 | Python 3.11 | 3 | 2 | 1 | 7 | 1 | 1 |" in page
    assert "- failed: `bad`: Error: &lt;html> \\| page" in page
    assert "- missed under `strict`: `silent`" in page
    assert "| freqtrade | not run | no wheel | - |" in page
    assert "- GET /fapi/v1/ping" in page
    assert "- GET /fapi/v1/time" not in page


def test_a_fault_of_the_client_is_called_so() -> None:
    """CON-003: and no other call of the last run has failed."""
    page = conformance_page(results.read())
    for client in CLIENTS:
        failed = {call.name for call in results.read().clients[client.key].failed}
        assert failed <= dict(client.faults).keys()
        assert all(
            f"`{name}` (a fault of the client: {why})" in page for name, why in client.faults
        )


def test_lines_are_shown_as_they_are_run() -> None:
    """CON-002."""
    client = client_named("freqtrade")
    page = clients_page((client,))
    assert f"```json\n{client.lines}```" in page
    assert "`pip install freqtrade`" in page


def test_reasons_are_kept_short() -> None:
    """CON-003: on one line, and no longer than the bound."""
    assert shortened("a\n  b") == "a b"
    assert len(shortened("x" * 10_000)) == REASON_LENGTH_MAX
