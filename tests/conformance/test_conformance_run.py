"""The quick part of the conformance run: clients that the tests' own environment has (CON-001)."""

import pytest

from conformance.clients import CLIENTS, QUICK, client_named
from conformance.environments import of_this_python
from conformance.live import live_box
from conformance.run import drive

SYMBOLS = ("BTCUSDT", "ETHUSDT", "LTCUSDT")
ROWS_AT_LEAST = {"ccxt": 55, "python_binance": 80, "official_sdk": 95}
"""Rows of the contract that a client reaches: all it has methods for."""


@pytest.mark.parametrize("key", QUICK)
def test_every_call_goes_as_it_should(key: str) -> None:
    """CON-001, CON-002: on the lines of docs/clients.md, against a box as it comes."""
    client = client_named(key)
    with live_box(symbols=SYMBOLS) as box:
        driven = drive(client, of_this_python(client), box)
    assert [f"{call.name}: {call.error}" for call in driven.calls if call.error] == []
    assert len(driven.rows) >= ROWS_AT_LEAST[key]
    assert driven.requests >= len(driven.calls) / 2


def test_each_client_has_its_lines_and_its_driver() -> None:
    """CON-002."""
    assert len({client.key for client in CLIENTS}) == len(CLIENTS)
    for client in CLIENTS:
        assert client.driver.is_file()
        assert "127.0.0.1:8800" in client.lines
