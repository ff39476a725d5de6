"""Which codes of the catalogue a test reaches over the wire, and where."""

from typing import Final

from tests.unit.errors import (
    test_account_errors,
    test_algo_errors,
    test_order_errors,
    test_request_errors,
    test_restriction_errors,
)

TABLES: Final = (
    test_request_errors,
    test_order_errors,
    test_algo_errors,
    test_account_errors,
    test_restriction_errors,
)
"""Modules with a table of cases."""
BY_NAME: Final = {
    -1000: "tests/unit/gateway/test_http_edge.py::test_a_crash_is_a_500_and_the_box_goes_on",
    -2023: "tests/unit/gateway/test_liquidation_seen.py::"
    "test_who_waits_to_be_liquidated_enters_no_orders",
    -4056: "tests/unit/errors/test_request_errors.py::test_only_some_keys_log_on",
    -4117: "tests/unit/errors/test_algo_errors.py::"
    "test_what_is_about_to_be_triggered_cannot_be_canceled",
}
"""Codes with a test of their own, because more than one request leads to them."""


def reached() -> dict[int, str]:
    """Code -> the table or the test that reaches it."""
    found = {case.code: table.__name__ for table in TABLES for case in table.CASES}
    return found | BY_NAME
