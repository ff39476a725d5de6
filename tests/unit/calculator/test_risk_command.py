"""``perpbox risk``: output, standard input, exit codes."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from perpbox import cli
from perpbox.calculator.account_file import read_account
from perpbox.calculator.build import build
from perpbox.calculator.figures import account_figures
from perpbox.calculator.render_table import account_table
from tests.unit.calculator.papers import EXAMPLE, Gone, content, one_way, position, spoiled

COMMAND = (sys.executable, "-m", "perpbox", "risk")
LIQUIDATION = "19731.45529116"


@pytest.fixture(name="paper")
def paper_fixture(tmp_path: Path) -> str:
    path = tmp_path / "account.json"
    path.write_bytes(content(EXAMPLE))
    return str(path)


def piped(text: bytes, *options: str, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [*COMMAND, "-", *options],
        input=text,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def printed(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert cli.main(["risk", *options]) == 0
    found = capsys.readouterr()
    assert found.err == ""
    return found.out


def columns(table: str) -> list[list[str]]:
    return [line.replace("│", " ").split() for line in table.splitlines()]


def test_json_has_three_answers(paper: str, capsys: pytest.CaptureFixture[str]) -> None:
    """RSK-007."""
    found: dict[str, Any] = json.loads(printed(capsys, paper, "--format", "json"))
    assert list(found) == ["positionRiskV2", "positionRiskV3", "account"]
    assert found["positionRiskV2"][0]["liquidationPrice"] == LIQUIDATION
    assert found["positionRiskV3"][0]["liquidationPrice"] == LIQUIDATION
    assert found["account"]["totalWalletBalance"] == "2.53267053"


def test_table_is_the_default(paper: str, capsys: pytest.CaptureFixture[str]) -> None:
    """RSK-015: entry, mark, profit, margin ratio, liquidation price and a bar for its distance."""
    text = printed(capsys, paper)
    row = next(line for line in text.splitlines() if "BTCUSDT LONG" in line)
    for word in ("0.001", "22185.2", "21123.05052574", "-1.06214947", "5.75 %", LIQUIDATION):
        assert word in row
    assert "██░░░░░░░░    6.59 %" in row
    assert "cross 4x" in text
    assert "hedge mode, single-asset, as of 2022-06-14, 1 resting order" in text


def test_shocks_stand_side_by_side(paper: str, capsys: pytest.CaptureFixture[str]) -> None:
    """RSK-015: before and after in one table; in JSON under these names."""
    lines = columns(printed(capsys, paper, "--move", "BTCUSDT=-1%"))
    assert ["before", "after"] in lines
    assert ["mark", "21123.05052574", "20911.82002048"] in lines
    lines = columns(printed(capsys, paper, "--fill", "SELL 0.001 BTCUSDT @ 21000 LONG"))
    assert ["entry", "22185.2", "-"] in lines
    options = ("--format", "json", "--move", "BTCUSDT=-1%")
    found = json.loads(printed(capsys, paper, *options))
    assert list(found) == ["shocks", "before", "after"]
    assert found["shocks"] == ["BTCUSDT=-1%"]
    assert found["before"] == json.loads(printed(capsys, paper, "--format", "json"))
    assert found["after"]["positionRiskV2"][0]["markPrice"] == "20911.82002048"


def test_terms_of_each_number(paper: str, capsys: pytest.CaptureFixture[str]) -> None:
    """RSK-017: formula, numbers, rounding and bracket under the table; under explain in JSON."""
    text = printed(capsys, paper, "--explain")
    assert f"BTCUSDT LONG liquidationPrice = {LIQUIDATION} USDT" in text
    assert (
        "max(0, (2.53267053 + 0 - 0.001 * 22185.20000000) / (abs(0.001) * 0.004 - 0.001))" in text
    )
    assert f"= {LIQUIDATION} USDT   (half up at 8 decimals; liquidation_price)" in text
    assert "walletBalance 2.53267053 USDT: wallet balance of USDT (ledger)" in text
    assert "bracket 1 for BTCUSDT LONG at the mark: 0 < 21.12305052 <= 50000" in text
    assert "isolatedMargin" not in text
    found = json.loads(printed(capsys, paper, "--explain", "--format", "json"))
    assert list(found) == ["positionRiskV2", "positionRiskV3", "account", "explain"]
    terms = found["explain"]["positions"][0]["fields"]["liquidationPrice"]
    assert terms["steps"][-1]["value"] == LIQUIDATION
    assert terms["printed"]["positionRisk v2"] == LIQUIDATION


def test_terms_after_shocks(paper: str, capsys: pytest.CaptureFixture[str]) -> None:
    """RSK-017: a table explains the account after them, JSON both."""
    text = printed(capsys, paper, "--explain", "--move", "BTCUSDT=-1%")
    assert "Terms after the shocks" in text
    assert "= 0.001 * 20911.82002048" in text
    options = ("--explain", "--format", "json", "--move", "BTCUSDT=-1%")
    found = json.loads(printed(capsys, paper, *options))
    marks = [
        found[half]["explain"]["positions"][0]["fields"]["notional"]["value"]
        for half in ("before", "after")
    ]
    assert marks == ["21.12305052", "20.91182002"]


def test_standard_input() -> None:
    """RSK-016: a dash reads it, for any encoding of the output."""
    code, out, err = piped(content(EXAMPLE), "--format", "json")
    assert (code, err) == (0, "")
    assert json.loads(out)["positionRiskV2"][0]["liquidationPrice"] == LIQUIDATION
    code, out, err = piped(content(EXAMPLE), PYTHONIOENCODING="ascii")
    assert (code, err) == (0, "")
    assert "##........" in out
    named = {"币USDT": {"mark": "1", "brackets": EXAMPLE["symbols"]["BTCUSDT"]["brackets"]}}
    paper = one_way(symbols=named)
    for encoding in ("ascii", "utf-8"):
        code, out, err = piped(content(paper), "--format", "json", PYTHONIOENCODING=encoding)
        assert (code, err) == (0, "")
        assert json.loads(out)["positionRiskV2"][0]["symbol"] == "币USDT"


def test_closed_standard_input() -> None:
    """RSK-002: told, without a traceback."""
    script = "import os, sys; os.close(0); os.execv(sys.executable, sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", script, *COMMAND, "-"], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"perpbox: cannot read standard input: it is closed\n"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("symbols", "BTCUSDT", "mark"), Gone, "symbols.BTCUSDT.mark: missing"),
        (("positions", 0, "marginType"), "isolated", "positions[0].isolatedWallet: is 0"),
        (("wallets", "USDT"), 1.5, 'wallets.USDT: 1.5 is a number; write it as a string: "1.5"'),
        (("\ud800",), 1, "unknown"),
    ],
)
def test_bad_input_ends_with_2(path: tuple[str | int, ...], value: object, message: str) -> None:
    """RSK-002: one line on standard error that names file and place, and exit code 2."""
    code, out, err = piped(content(spoiled(path, value)))
    assert (code, out) == (2, "")
    assert err.startswith("perpbox: standard input: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("nowhere.json",), "cannot read nowhere.json: No such file"),
        (("/",), "cannot read /: Is a directory"),
    ],
)
def test_files_that_cannot_be_read(
    options: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """RSK-002."""
    assert cli.main(["risk", *options]) == 2
    assert message in capsys.readouterr().err


def test_bad_shock_ends_with_2(paper: str, capsys: pytest.CaptureFixture[str]) -> None:
    """RSK-014."""
    assert cli.main(["risk", paper, "--move", "BTCUSDT=x"]) == 2
    found = capsys.readouterr()
    assert (found.out, found.err.count("\n")) == ("", 1)
    assert "--move 'BTCUSDT=x': 'x' is not a decimal number" in found.err


def test_notes_go_to_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """RSK-005: the answer on standard output stays what it is."""
    row = position("BTCUSDT", "1", "60000", marginType="isolated", isolatedWallet="1500")
    pipe = io.TextIOWrapper(io.BytesIO(content(one_way(row))))
    monkeypatch.setattr(sys, "stdin", pipe)
    assert cli.main(["risk", "-", "--format", "json"]) == 0
    found = capsys.readouterr()
    assert json.loads(found.out)["positionRiskV2"][0]["isolatedWallet"] == "1500.00000000"
    assert found.err.startswith("perpbox: note: wallets.USDT: 1000 is less than")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (position("BTCUSDT", "0.001", "60000"), ("none", "██████████")),
        (position("BTCUSDT", "1", "70000"), ("no balance left", "liquidated", "░░░░░░░░░░")),
        (position("BTCUSDT", "-0.1", "60000"), ("16.20 %", "████░░░░░░")),
    ],
)
def test_bar(row: dict[str, Any], words: tuple[str, ...]) -> None:
    """RSK-015: full from 50 percent on, empty at liquidation."""
    code, out, _ = piped(content(one_way(row)))
    assert code == 0
    for word in words:
        assert word in out


class Terminal(io.StringIO):
    """An output of a certain width, as ``COLUMNS`` says."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("columns", "is_wide"), [("70", False), ("160", True)])
def test_narrow_terminals_get_a_line_a_figure(
    columns: str, is_wide: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RSK-015: no number is broken."""
    monkeypatch.setenv("COLUMNS", columns)
    text = account_table(account_figures(build(read_account(content(EXAMPLE)))), Terminal())
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert ("Positions" in plain) is is_wide
    assert max(map(len, plain.splitlines())) <= int(columns)
    for number in ("21123.05052574", LIQUIDATION, "-1.06214947"):
        assert number in plain


def test_json_needs_no_drawing() -> None:
    """RSK-016: rich is loaded for tables only."""
    script = (
        "import sys, perpbox.cli as c\n"
        "c.main(['risk', '-', '--format', 'json'])\n"
        "assert 'rich' not in sys.modules\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], input=content(EXAMPLE), capture_output=True, check=False
    )
    assert found.returncode == 0, found.stderr
