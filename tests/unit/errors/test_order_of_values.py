"""What is told first: of several bad values, and of a change with several faults."""

import pytest

from perpbox.wire.route import Route
from perpbox.wire.routes import ROUTES
from tests.unit.errors.stage import BTC, MINE, ORDER, done, expected
from tests.unit.errors.test_bad_input import good, wrong_kind
from tests.unit.errors.test_order_errors import closed_and_halted
from tests.unit.gateway.rest_box import RestBox


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_values_are_looked_at_in_the_order_of_the_reference(route: Route) -> None:
    """ERR-003: all are wrong, and are repaired one after the other."""
    box = RestBox(rate_limits=False)
    params = good(route)
    wrong = []
    for param in route.table.params:
        text, code, values = next(wrong_kind(param))
        params[param.name] = text
        wrong.append((param.name, code, values))
    for name, code, values in wrong:
        assert box.call(route.method, route.path, **params) == expected((code, *values))
        del params[name]
        if name in good(route):
            params[name] = good(route)[name]


def test_changes_look_the_order_up_first() -> None:
    """ERR-004: the order, the contract, the number of changes, then as for an order."""
    box = RestBox()
    done(MINE)(box)
    change: dict[str, object] = {"symbol": BTC, "side": "BUY", "origClientOrderId": "mine"}

    def code(**params: object) -> object:
        return box.row("PUT", ORDER, **change | params)["code"]

    assert code(quantity="0", price="0", origClientOrderId="other") == -2013
    assert code(quantity="0", price="58000.001") == -4003
    assert code(quantity="2000.0001", price="0") == -1111
    assert code(quantity="2000", price="0") == -4005
    assert code(quantity="0.010", price="0") == -4001
    assert code(quantity="0.010", price="58000") == -5027
    assert code(quantity="0.001", price="700") == -5029
    assert code(quantity="300", price="58000") == -2019
    closed_and_halted(box := RestBox())
    assert code(quantity="0", price="58000") == -5024
