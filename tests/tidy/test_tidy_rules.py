"""The list of rules and the tests tell the same story."""

import re

from tests.tidy import source_tree

ROW = re.compile(r"^\| ([A-Z]{3}-\d{3}) \|(.*)\|(.*)\|$", re.MULTILINE)
CITED = re.compile(r"\b[A-Z]{3}-\d{3}\b")
NO_RULES = frozenset(("SHA-256", "SHA-384", "SHA-512"))
EVIDENCE = re.compile(r"\b(page|recorded|observed|our choice|RFC \d+)\b")


def rules() -> list[tuple[str, str, str]]:
    text = (source_tree.ROOT / "docs" / "rules.md").read_text()
    return [(row[1], row[2].strip(), row[3].strip()) for row in ROW.finditer(text)]


def cited() -> dict[str, str]:
    """Rule ids in the tests and scenarios, with one file that cites each."""
    scenarios = (source_tree.ROOT / "tests" / "scenarios").rglob("*.scn")
    return {
        rule: str(path.relative_to(source_tree.ROOT))
        for path in (*source_tree.modules("tests"), *scenarios)
        for rule in CITED.findall(path.read_text())
        if rule not in NO_RULES
    }


def test_every_rule_is_told_once_with_its_evidence() -> None:
    """TID-005."""
    found = rules()
    names = [name for name, _, _ in found]
    assert sorted(set(names)) == sorted(names)
    assert [name for name, text, _ in found if not text] == []
    assert [name for name, _, evidence in found if not EVIDENCE.search(evidence)] == []


def test_every_rule_stands_in_the_table_of_its_area() -> None:
    """TID-005."""
    text = (source_tree.ROOT / "docs" / "rules.md").read_text()
    area = ""
    wrong = []
    for line in text.splitlines():
        if line.startswith("## "):
            area = line[3:6]
        row = ROW.match(line)
        if row is not None and not row[1].startswith(f"{area}-"):
            wrong.append(line)
        assert row is not None or not re.match(r"\| [A-Z]{3}-", line), f"not three columns: {line}"
    assert wrong == []


def test_every_rule_has_a_test() -> None:
    """TID-005."""
    tested = cited()
    assert [name for name, _, _ in rules() if name not in tested] == []


def test_every_cited_rule_exists() -> None:
    """TID-005."""
    known = {name for name, _, _ in rules()}
    assert {rule: where for rule, where in cited().items() if rule not in known} == {}
