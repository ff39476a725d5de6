"""Who may use the lab."""

import pytest

from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.guard import check_caller

TOKEN = "a-token-of-twenty-chars"
OWN = {b"host": b"127.0.0.1:8800"}
BEARER = {b"authorization": b"Bearer " + TOKEN.encode()}


@pytest.mark.parametrize("headers", [{}, OWN])
def test_own_callers(headers: dict[bytes, bytes]) -> None:
    """LAB-020: without a token, programs and the box's own pages on loopback may."""
    check_caller(headers, "")
    check_caller(headers | BEARER, TOKEN)


@pytest.mark.parametrize(
    "given", [b"", b"Bearer", b"Bearer wrong", TOKEN.encode(), b"Bearer \xff", b"Basic x"]
)
def test_token(given: bytes) -> None:
    """LAB-022: where there is an operator token, each request brings it."""
    with pytest.raises(LabError) as caught:
        check_caller({b"host": b"box.example", b"authorization": given}, TOKEN)
    assert caught.value.code is LabCode.TOKEN_WRONG
    assert caught.value.status == 401
