import json

import pytest

from perpbox.engine.rejects import Reject
from perpbox.money import SCALE
from perpbox.specs import catalogue
from perpbox.wire.errors import CATALOGUE, CODES, MODIFY_CODES, reject_error, wire_error

BTCUSDT = catalogue(("BTCUSDT",)).instruments["BTCUSDT"]


def test_every_refusal_has_a_code() -> None:
    """WIR-035."""
    assert set(CODES) == set(Reject)
    assert set(CODES.values()) | set(MODIFY_CODES.values()) <= set(CATALOGUE)


@pytest.mark.parametrize("reason", list(Reject))
def test_no_text_keeps_a_placeholder(reason: Reject) -> None:
    """WIR-035."""
    error = reject_error(reason, 5 * SCALE, BTCUSDT)
    assert "%s" not in error.msg
    assert json.loads(error.body()) == {"code": error.code, "msg": error.msg}


@pytest.mark.parametrize(
    ("reason", "bound", "text"),
    [
        (Reject.PRICE_ABOVE_BAND, 437_070_000_000, "Limit price can't be higher than 4370.70."),
        (Reject.PRICE_BELOW_BAND, 437_070_000_000, "Limit price can't be lower than 4370.70."),
        (
            Reject.NOTIONAL_BELOW_MIN,
            50 * SCALE,
            "Order's notional must be no smaller than 50 (unless you choose reduce only).",
        ),
        (Reject.LEVERAGE_INVALID, 200, "Leverage 200 is not valid"),
        (
            Reject.REDUCE_ONLY_IN_HEDGE_MODE,
            0,
            "Parameter 'reduceonly' sent when not required.",
        ),
    ],
)
def test_bounds_are_printed(reason: Reject, bound: int, text: str) -> None:
    """WIR-035."""
    assert reject_error(reason, bound, BTCUSDT).msg == text


def test_a_modification_has_codes_of_its_own() -> None:
    """WIR-034."""
    error = reject_error(Reject.NOTIONAL_BELOW_MIN, 5 * SCALE, BTCUSDT, modify=True)
    assert (error.code, error.msg) == (-5029, "Order's notional must be no smaller than 5")


def test_values_fill_the_text_in_order() -> None:
    """WIR-035."""
    assert wire_error(-5000, "/x", "GET").msg == "Path /x, Method GET is invalid"
    assert wire_error(-5000, "/%s", "GET").status == 404
