"""Bodies of the lab: exact numbers, bounds, and refusals that say what to change."""

import pytest

from perpbox import money
from perpbox.lab.body import BODY_BYTES_MAX, LEVELS_MAX, Fields, read_fields
from perpbox.lab.errors import LabCode, LabError


def fields(body: bytes) -> Fields:
    return read_fields(body, ("a", "b"))


def code_of(body: bytes) -> LabCode:
    with pytest.raises(LabError) as caught:
        fields(body)
    return caught.value.code


@pytest.mark.parametrize("text", [b'"0.1"', b"0.1", b"1e-1", b"0.10000000000"])
def test_numbers_are_read_by_their_text(text: bytes) -> None:
    """LAB-010: a JSON number is as exact as a string."""
    assert fields(b'{"a":' + text + b"}").decimal("a") == money.SCALE // 10


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", LabCode.BODY_UNREADABLE),
        (b'"a"', LabCode.BODY_UNREADABLE),
        (b"{", LabCode.BODY_UNREADABLE),
        (b"\xff", LabCode.BODY_UNREADABLE),
        (b'{"a":NaN}', LabCode.BODY_UNREADABLE),
        (b'{"a":-Infinity}', LabCode.BODY_UNREADABLE),
        (b'{"a":1,"a":2}', LabCode.BODY_UNREADABLE),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", LabCode.BODY_UNREADABLE),
        (b" " * (BODY_BYTES_MAX + 1), LabCode.BODY_TOO_LARGE),
        (b'{"c":1}', LabCode.FIELD_UNKNOWN),
    ],
)
def test_unreadable_bodies(body: bytes, code: LabCode) -> None:
    """LAB-011: what is not a JSON object of known fields is refused whole."""
    assert code_of(body) is code


@pytest.mark.parametrize(
    "value",
    [b'"x"', b'""', b"[]", b"true", b"1.123456789", b"1e16", b'"NaN"', b"9" * 5000, b"{}"],
)
def test_bad_decimals(value: bytes) -> None:
    """LAB-011: text, too many decimals and numbers out of range are refused."""
    with pytest.raises(LabError) as caught:
        fields(b'{"a":' + value + b"}").decimal("a")
    assert caught.value.code is LabCode.FIELD_INVALID
    assert "a must be" in caught.value.msg
    assert len(caught.value.msg) < 200


@pytest.mark.parametrize("value", [b"1.5", b'"x"', b"-1", b"11", b"true", b'"--1"', b'"1-"'])
def test_bad_whole_numbers(value: bytes) -> None:
    """LAB-011: a whole number is digits inside its range."""
    with pytest.raises(LabError, match="a whole number from 0 to 10"):
        fields(b'{"a":' + value + b"}").whole("a", 0, 10)


def test_missing_and_null_fields() -> None:
    """LAB-011: a field that must be there is named when it is not."""
    found = fields(b'{"b":null}')
    assert found.has("b")
    assert found.is_null("b")
    for name in ("a", "b"):
        with pytest.raises(LabError, match=f"{name} is missing"):
            found.text(name)


@pytest.mark.parametrize("value", [b"5", b"[]", b'""', b'"' + b"x" * 20_000 + b'"'])
def test_bad_texts(value: bytes) -> None:
    """LAB-011: a text is a string within its bound."""
    with pytest.raises(LabError, match="a must be a string"):
        fields(b'{"a":' + value + b"}").text("a")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b"{}", "a must be a list"),
        (b"[1]", r"a\[0\] must be a \[price, quantity\] pair"),
        (b"[[1,1],[1]]", r"a\[1\] must be"),
        (b"[[0,1]]", "price must be above 0"),
        (b"[[1,-1]]", "quantity must be 0 or more"),
        (b"[" + b",".join([b"[1,1]"] * (LEVELS_MAX + 1)) + b"]", "a list of at most"),
    ],
)
def test_bad_levels(value: bytes, message: str) -> None:
    """LAB-011: levels are pairs of a price above 0 and a quantity."""
    with pytest.raises(LabError, match=message):
        fields(b'{"a":' + value + b"}").levels("a")


@pytest.mark.parametrize(
    ("value", "at_ms"),
    [
        (b"1700000000000", 1_700_000_000_000),
        (b'"1700000000000"', 1_700_000_000_000),
        (b'"2023-11-14T22:13:20Z"', 1_700_000_000_000),
        (b'"2023-11-14T22:13:20.0019"', 1_700_000_000_001),
        (b'"2023-11-15T00:13:20+02:00"', 1_700_000_000_000),
        (b'"1970-01-02"', 86_400_000),
    ],
)
def test_times(value: bytes, at_ms: int) -> None:
    """LAB-012: times are milliseconds or ISO-8601, UTC where no zone is named."""
    assert fields(b'{"a":' + value + b"}").time_ms("a") == at_ms


@pytest.mark.parametrize("value", [b'"soon"', b"true", b"-5", b'"1969-01-01"', b"1e12"])
def test_bad_times(value: bytes) -> None:
    """LAB-012: what is no time is refused with what would be one."""
    with pytest.raises(LabError) as caught:
        fields(b'{"a":' + value + b"}").time_ms("a")
    assert caught.value.code is LabCode.FIELD_INVALID
