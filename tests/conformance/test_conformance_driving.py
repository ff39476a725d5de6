"""How a driver is run, and what is made of what it tells (CON-004)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance import clients, run
from conformance.clients import Client
from conformance.environments import NotInstalled, installed, of_this_python
from conformance.live import ObservedBox
from conformance.results import Call
from conformance.run import Driven, drive

TOLD = """
from urllib.error import HTTPError
from urllib.request import urlopen
from calls import Call, Refusal
from connect import REST

with Call("time"):
    urlopen(REST + "/fapi/v1/time")
with Call("ping, and then wrong"):
    urlopen(REST + "/fapi/v1/ping")
    assert 1 == 2
with Refusal("depth of nothing", HTTPError):
    urlopen(REST + "/fapi/v1/depth?symbol=NONE")
with Refusal("no refusal", HTTPError):
    urlopen(REST + "/fapi/v1/fundingInfo")
print("CALL: what a client prints is not for the run")
"""
SILENT = "import time\ntime.sleep(600)\n"
BROKEN = "from calls import Call\nwith Call('first'):\n    pass\nraise SystemExit(3)\n"


@pytest.fixture
def box() -> Iterator[ObservedBox]:
    with ObservedBox(market="none", clock="frozen", symbols=["BTCUSDT"]) as served:
        yield served


@pytest.fixture
def driven(
    box: ObservedBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Driven]:
    """Run a driver that is made here, in the environment of the tests."""

    def work(text: str) -> Driven:
        for name in run.HELPERS:
            (tmp_path / name).write_bytes((clients.DRIVERS / name).read_bytes())
        (tmp_path / "drive_made.py").write_text(text)
        (tmp_path / "made.py").write_text('REST = "http://127.0.0.1:8800"\n')
        for module in (clients, run):
            monkeypatch.setattr(module, "DRIVERS", tmp_path)
            monkeypatch.setattr(module, "CONNECT", tmp_path)
        client = Client("made", "made", "pytest", "python", "made.py", "")
        return drive(client, of_this_python(client), box)

    return work


def test_calls_and_their_rows(driven: Callable[[str], Driven]) -> None:
    """CON-004: a row is ticked by a call that went as it should, and by its 200 only."""
    told = driven(TOLD)
    assert told.calls == (
        Call("time"),
        Call("ping, and then wrong", "AssertionError: assert 1 == 2"),
        Call("depth of nothing (refused)"),
        Call("no refusal (refused)", "Expected: HTTPError did not come"),
    )
    assert told.rows == ("GET /fapi/v1/time",)
    assert told.requests == 4


def test_a_driver_that_breaks_off_has_failed(driven: Callable[[str], Driven]) -> None:
    """CON-004."""
    assert driven(BROKEN).calls == (
        Call("first"),
        Call("the whole run", "the driver ended with code 3"),
    )


def test_a_driver_that_hangs_is_ended(
    driven: Callable[[str], Driven], monkeypatch: pytest.MonkeyPatch
) -> None:
    """CON-004."""
    monkeypatch.setattr(run, "RUN_S_MAX", 1)
    assert driven(SILENT).calls == (Call("the whole run", "the driver ended with code -9"),)


def test_a_client_that_is_not_there_says_so(tmp_path: Path) -> None:
    """CON-004: no environment, and one without the client."""
    nothing = Client("none", "none", "no-such-client", "python", "none.py", "")
    for look in (of_this_python, lambda client: installed(client, tmp_path)):
        with pytest.raises(NotInstalled, match="no-such-client is not installed"):
            look(nothing)
    node = Client("none", "none", "no-such-client", "node", "none.js", "")
    with pytest.raises(NotInstalled, match="no-such-client is not installed"):
        installed(node, tmp_path)
