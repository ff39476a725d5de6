"""Who may use the lab."""

import pytest

from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.guard import check_caller

TOKEN = "a-token-of-twenty-chars"
OWN = {b"host": b"127.0.0.1:8800"}
BEARER = {b"authorization": b"Bearer " + TOKEN.encode()}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        OWN,
        {b"host": b"localhost:8800", b"origin": b"http://localhost:8800"},
        {b"host": b"[::1]:8800"},
        {b"host": b"[::1]"},
        {b"host": b"127.0.0.1"},
    ],
)
def test_own_callers(headers: dict[bytes, bytes]) -> None:
    """LAB-020: without a token, programs and the box's own pages on loopback may."""
    check_caller(headers, "")
    check_caller(headers | BEARER, TOKEN)


@pytest.mark.parametrize(
    "headers",
    [
        OWN | {b"origin": b"https://elsewhere.example"},
        OWN | {b"origin": b"null"},
        OWN | {b"origin": b"http://127.0.0.1:9999"},
        OWN | {b"origin": b""},
        {b"origin": b"http://"},
    ],
)
def test_foreign_pages(headers: dict[bytes, bytes]) -> None:
    """LAB-021: a web page of another origin is refused, with a token too."""
    for more, token in (({}, ""), (BEARER, TOKEN)):
        with pytest.raises(LabError) as caught:
            check_caller(headers | more, token)
        assert caught.value.code is LabCode.ORIGIN_FOREIGN
        assert caught.value.status == 403


@pytest.mark.parametrize("host", [b"elsewhere.example:8800", b"10.0.0.7:8800", b"\xff", b":"])
def test_names_made_to_point_here(host: bytes) -> None:
    """LAB-021: a page whose name was pointed at loopback is refused by its Host."""
    with pytest.raises(LabError) as caught:
        check_caller({b"host": host, b"origin": b"http://" + host}, "")
    assert caught.value.code is LabCode.ORIGIN_FOREIGN


@pytest.mark.parametrize(
    "given", [b"", b"Bearer", b"Bearer wrong", TOKEN.encode(), b"Bearer \xff", b"Basic x"]
)
def test_token(given: bytes) -> None:
    """LAB-022: where there is an operator token, each request brings it."""
    with pytest.raises(LabError) as caught:
        check_caller({b"host": b"box.example", b"authorization": given}, TOKEN)
    assert caught.value.code is LabCode.TOKEN_WRONG
    assert caught.value.status == 401
