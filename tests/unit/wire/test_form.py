import pytest

from perpbox.wire.form import PARAMETERS_MAX, read_form


@pytest.mark.parametrize(
    ("query", "body", "values"),
    [
        (b"", b"", {}),
        (b"a=1&b=2", b"", {"a": "1", "b": "2"}),
        (b"Symbol=X&RECVWINDOW=1", b"", {"symbol": "X", "recvwindow": "1"}),
        (b"a=1", b"b=2", {"a": "1", "b": "2"}),
        (b"a=1", b"a=2&b=3", {"a": "1", "b": "3"}),
        (b"a=%5B%22x%22%5D&b=x+y", b"", {"a": '["x"]', "b": "x y"}),
        (b"s=%E5%B8%81", b"", {"s": "币"}),
        ("s=币".encode(), b"", {"s": "币"}),
        (b"a", b"", {"a": ""}),
        (b"&&a=1&", b"", {"a": "1"}),
        (b"a=b=c", b"", {"a": "b=c"}),
        (b"", b'[{"x":"1"}]', {'[{"x":"1"}]': ""}),
    ],
)
def test_split(query: bytes, body: bytes, values: dict[str, str]) -> None:
    """WIR-002, WIR-003."""
    assert read_form(query, body) == (values, None)


@pytest.mark.parametrize(
    ("query", "body", "code"),
    [
        (b"a=1&a=1", b"", -1101),
        (b"a=1&A=2", b"", -1101),
        (b"", b"a=1&a=2", -1101),
        (b"a=%", b"", -1100),
        (b"a=%4", b"", -1100),
        (b"a=%zz", b"", -1100),
        (b"a=%ff", b"", -1100),
        (b"a=\xff", b"", -1100),
        (b"%zz=1", b"", -1100),
        (b"a=1", b"b=%q", -1100),
    ],
)
def test_faults_are_returned_not_raised(query: bytes, body: bytes, code: int) -> None:
    """WIR-004, WIR-005."""
    fault = read_form(query, body)[1]
    assert fault is not None
    assert fault.code == code


def test_the_number_of_parameters_is_bounded() -> None:
    """WIR-004."""
    query = b"&".join(b"p%d=1" % i for i in range(PARAMETERS_MAX + 1))
    values, fault = read_form(query, b"")
    assert len(values) == PARAMETERS_MAX
    assert fault is not None
    assert fault.code == -1101


def test_the_first_of_two_is_kept() -> None:
    """WIR-004."""
    assert read_form(b"a=1&a=2", b"")[0] == {"a": "1"}
