"""docs/fidelity.md says what the code does."""

from pathlib import Path

from perpbox.calculator.fidelity import main, page
from perpbox.calculator.fidelity_frames import read_frames
from perpbox.calculator.recorded import read_recording
from tests.golden.risk.test_recorded_rows import HERE, KNOWN_MISSES
from tests.tidy import source_tree

PAGE = source_tree.ROOT / "docs" / "fidelity.md"
FRAMES = source_tree.ROOT / "tests" / "golden" / "frames" / "differences.json"


def test_the_page_is_current() -> None:
    """MAR-103: the committed page is the one that `make docs` makes."""
    assert PAGE.read_text() == page(read_recording(HERE), read_frames(FRAMES)), "run make docs"


def test_every_miss_stands_on_the_page_with_its_reason() -> None:
    """MAR-103: row, field, both texts, difference, why."""
    text = PAGE.read_text()
    for (row, field), difference in KNOWN_MISSES.items():
        line = next(line for line in text.splitlines() if line.startswith(f"| {row} | {field} |"))
        cells = [cell.strip() for cell in line.split("|")]
        assert cells[5] == difference
        assert len(cells[6]) > 10
    assert "not explained" not in text


def test_the_command_wants_a_folder(tmp_path: Path) -> None:
    """MAR-103: usage, and what it says of a folder without rows."""
    assert main([]) == 2
    assert main([str(tmp_path)]) == 2
    assert main([str(tmp_path), str(FRAMES)]) == 2
    assert main([str(HERE), str(tmp_path / "none.json")]) == 2
