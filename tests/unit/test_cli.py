"""The command line: what is printed, exit codes, and a clean end."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from perpbox import cli
from perpbox.lab.routes import ROUTES as LAB_ROUTES
from perpbox.wire.routes import ROUTES

COMMAND = (sys.executable, "-m", "perpbox")


@contextlib.contextmanager
def serving(*flags: str) -> Iterator[tuple["subprocess.Popen[str]", str, int]]:
    """A served box: the process, what it printed up to the demo secret, its port."""
    with subprocess.Popen(
        (*COMMAND, "serve", "--ephemeral", "--port", "0", *flags), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            banner = ""
            for line in process.stdout:
                banner += line
                if "secret" in line or "of your own" in line:
                    break
            port = re.search(r"http://[^:]+:(\d+)", banner)
            assert port is not None, banner
            yield process, banner, int(port[1])
        finally:
            process.kill()


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_and_ends_cleanly(number: signal.Signals) -> None:
    """LAB-070: it prints URLs, market, clock and demo key once it answers, and ends with 0."""
    with serving("--symbols", "BTCUSDT") as (process, banner, port):
        for word in ("REST", "/perpbox/v1", "sim", "real", "demokey0"):
            assert word in banner
        assert get(port, "/fapi/v1/ping") == (200, b"{}")
        process.send_signal(number)
        assert process.wait(10) == 0


def test_options_of_file_environment_and_flags(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LAB-001: the command line reads all layers."""
    file = tmp_path_factory.mktemp("config") / "box.toml"
    file.write_text('market = "none"\nclock = "real"\n')
    monkeypatch.setenv("PERPBOX_CONFIG", str(file))
    monkeypatch.setenv("PERPBOX_CLOCK", "frozen")
    with serving("--api-date", "2022-06-14") as (_, banner, port):
        assert "none" in banner
        clock = json.loads(get(port, "/perpbox/v1/clock")[1])
        assert clock == {"mode": "frozen", "now": 1_655_164_800_000, "speed": "0"}


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--data", "kept", "--ephemeral"), "--ephemeral: give either data or ephemeral"),
        (("--port", "x"), "--port: must be a whole number"),
        (("--symbols", "NOSUCH"), "NOSUCH"),
        (("--host", "0.0.0.0"), "add --account"),
        (("--config", "nowhere.toml"), "--config: cannot read nowhere.toml"),
    ],
)
def test_wrong_options_end_with_2(
    flags: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """LAB-003: options that cannot be used are told plainly, with exit code 2."""
    assert cli.main(["serve", *flags]) == 2
    assert message in capsys.readouterr().err


def test_taken_port_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    """LAB-071: a port that is taken is told plainly, with exit code 1."""
    with serving("--market", "none", "--symbols", "BTCUSDT") as (_, _, port):
        assert cli.main(["serve", "--ephemeral", "--port", str(port), "--symbols", "BTCUSDT"]) == 1
    assert "cannot listen" in capsys.readouterr().err


def test_routes_lists_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """LAB-072: every row of the route table and of the lab is listed."""
    assert cli.main(["routes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(ROUTES) + len(LAB_ROUTES)
    assert any(line.startswith("POST") and "/perpbox/v1/prices" in line for line in lines)


def test_vintage_lists_the_changes(capsys: pytest.CaptureFixture[str]) -> None:
    """VIN-001."""
    assert cli.main(["vintage", "--api-date", "2024-09-02"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("The API of 2024-09-02: ")
    assert "2024-09-03  old  page      the user stream pushes TRADE_LITE\n" in printed
    assert cli.main(["vintage", "--api-date", "soon"]) == 2
    assert capsys.readouterr().err == "perpbox: --api-date: not a date (YYYY-MM-DD): 'soon'\n"


def test_bench_measures_without_peers(capfd: pytest.CaptureFixture[str]) -> None:
    """LAB-095: it hands over to the measures of the source tree, and ends with their code."""
    assert cli.main(["bench", "nothing"]) == 2
    assert "no such measure: nothing" in capfd.readouterr().err


def test_openapi_prints_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    """LAB-072: the document that the server serves can be had without one."""
    assert cli.main(["openapi"]) == 0
    assert json.loads(capsys.readouterr().out)["openapi"].startswith("3.")


def test_help_needs_no_exchange() -> None:
    """LAB-073: asking for help does not load the exchange."""
    script = "import sys, perpbox.cli as c\ntry: c.main(['--help'])\nexcept SystemExit: pass\n"
    script += "assert not [m for m in sys.modules if m.startswith(('perpbox.', 'msgspec'))"
    script += " and not m.startswith(('perpbox.cli', 'perpbox.compiled'))], 'loaded'\n"
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=os.environ
    )
    assert found.returncode == 0, found.stderr


def test_reader_that_goes_away() -> None:
    """LAB-072: ``perpbox routes | head -1`` ends quietly."""
    with subprocess.Popen(
        (*COMMAND, "openapi"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(10) == 0
