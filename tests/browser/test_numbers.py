"""How the page writes numbers, times and files: its own functions, run by Node.js on tables."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCES = Path(__file__).resolve().parents[2] / "dashboard"
RUN = """
import { rolldown } from "rolldown";
const [file, calls] = JSON.parse(process.argv[1]);
const bundle = await rolldown({ input: file });
const { output } = await bundle.generate({ format: "esm" });
const code = Buffer.from(output[0].code).toString("base64");
const made = await import("data:text/javascript;base64," + code);
console.log(JSON.stringify(calls.map(([name, ...given]) => made[name](...given))));
"""
MINUS, DASH = "\u2212", "\u2013"


def results(file: str, calls: list[list[Any]]) -> list[Any]:
    """Call functions of one source file."""
    assert shutil.which("node"), "install Node.js 20.19 or newer (apt-get install nodejs npm)"
    done = subprocess.run(
        ["node", "--input-type=module", "-e", RUN, json.dumps([f"src/lib/{file}", calls])],
        cwd=SOURCES,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


FORMATS: list[tuple[list[Any], str]] = [
    (["fixed", "76917.20", 1], "76,917.2"),
    (["fixed", "1.235E-5", 8], "0.00001235"),
    (["fixed", "-1E-8", 8], f"{MINUS}0.00000001"),
    (["fixed", "1.25E7", 1], "12,500,000.0"),
    (["plain", "1.2345E2"], "123.45"),
    (["priced", "0.00", 2], DASH),
    (["priced", "0.01", 2], "0.01"),
    (["fixed", "0.00001234", 8], "0.00001234"),
    (["fixed", "-0.005", 2], f"{MINUS}0.01"),
    (["fixed", "-0.004", 2], "0.00"),
    (["fixed", "999.995", 2], "1,000.00"),
    (["fixed", "123456789012345678.12345678", 8], "123,456,789,012,345,678.12345678"),
    (["fixed", "5", 0], "5"),
    (["fixed", "", 2], DASH),
    (["fixed", None, 2], DASH),
    (["fixed", 1234.5, 2], "1,234.50"),
    (["signed", "12.3", 2], "+12.30"),
    (["signed", "-12.3", 2], f"{MINUS}12.30"),
    (["signed", "0.001", 2], "0.00"),
    (["plain", "0.10000000"], "0.1"),
    (["plain", "1200"], "1,200"),
    (["percent", "0.0001", 4], "0.0100 %"),
    (["percent", "-0.5", 1, True], f"{MINUS}50.0 %"),
    (["compact", "819270"], "819.27 K"),
    (["compact", "-1234567890"], f"{MINUS}1.23 B"),
    (["trim", "100"], "100"),
    (["trim", "100.00"], "100"),
    (["stamp", 1793491200000], "2026-11-01 00:00:00"),
    (["countdown", 28_799_001], "08:00:00"),
    (["countdown", 90_061_000], "1 d 01:01:01"),
    (["words", "TAKE_PROFIT_MARKET"], "Take profit market"),
    (["words", "unRealizedProfit"], "Unrealized profit"),
]


def test_numbers_and_times_are_written_so() -> None:
    """DSH-036."""
    found = results("format.ts", [call for call, _ in FORMATS])
    assert dict(zip([str(c) for c, _ in FORMATS], found, strict=True)) == {
        str(call): expected for call, expected in FORMATS
    }


@settings(max_examples=3, deadline=None)
@given(
    st.lists(
        st.tuples(st.decimals("-1e15", "1e15", places=8), st.integers(0, 8)),
        min_size=50,
        max_size=200,
    )
)
def test_rounding_is_exact(cases: list[tuple[Any, int]]) -> None:
    """DSH-036: half away from zero, as Python's decimals do it; never through a double."""
    found = results("format.ts", [["roundText", f"{d:f}", places] for d, places in cases])
    for (decimal, places), text in zip(cases, found, strict=True):
        step = type(decimal)(1).scaleb(-places)
        expected = decimal.quantize(step, rounding="ROUND_HALF_UP")
        assert type(decimal)(text) == expected, (decimal, places)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("plain", "plain"),
        ("a,b", '"a,b"'),
        ('say "x"', '"say ""x"""'),
        ("=1+1", "'=1+1"),
        ("@cmd", "'@cmd"),
        ("-1.5", "-1.5"),
        ("-cmd", "'-cmd"),
        ("two\nlines", '"two\nlines"'),
        (None, ""),
    ],
)
def test_cells_of_files_are_quoted_and_disarmed(cell: str | None, written: str) -> None:
    """DSH-015: by RFC 4180; what a spreadsheet would run as a formula is text."""
    assert results("csv.ts", [["csv", ["name"], [[cell]]]]) == [f"name\r\n{written}\r\n"]
