"""The state hash: equal states have one hash, any difference another, everywhere."""

import os
import subprocess
import sys
from typing import cast

import pytest

from perpbox.engine.commands import CreateAccount, Deposit, OpenExchange, Rules
from perpbox.engine.exchange import Exchange
from perpbox.engine.hashing import slots_of, state_hash
from perpbox.engine.state import Account
from perpbox.engine.types import Phase
from perpbox.money import SCALE, Amount

_SCRIPT = """
from tests.unit.engine.test_hashing import funded
from perpbox.engine.hashing import state_hash
print(state_hash(funded(5).state))
"""


def funded(usdt: int) -> Exchange:
    exchange = Exchange()
    exchange.apply(OpenExchange(Rules()), 1)
    exchange.apply(CreateAccount("key-of-alice"), 2)
    exchange.apply(Deposit(1, "USDT", Amount(usdt * SCALE)), 3)
    return exchange


def test_same_log_same_hash() -> None:
    """LAB-030: the same commands with the same stamps give the same hash."""
    first = state_hash(funded(5).state)
    assert first == state_hash(funded(5).state)
    assert len(first) == 64


def test_a_difference_shows() -> None:
    """LAB-030: one unit of money, one stamp or one name more gives another hash."""
    base = state_hash(funded(5).state)
    richer = funded(5)
    richer.state.ledger.balances[1, "USDT"] = Amount(5 * SCALE + 1)
    later = funded(5)
    later.state.now_ms += 1
    other = funded(5)
    other.apply(CreateAccount("key-of-bob"), 3)
    hashes = {base, *(state_hash(exchange.state) for exchange in (richer, later, other))}
    assert len(hashes) == 4


class Grown(Account):
    """An account as a later version may have it."""

    __slots__ = ("flags", "notes", "total", "wish")


@pytest.mark.parametrize(
    ("name", "value", "is_nothing"),
    [
        ("notes", {}, True),
        ("flags", False, True),
        ("total", 0, True),
        ("total", 1, False),
        ("wish", None, False),
        ("wish", Phase.OPEN, True),
        ("wish", Phase.SETTLING, False),
    ],
)
def test_what_is_nothing_leaves_no_trace(name: str, value: object, is_nothing: bool) -> None:
    """JRN-052: fields that are added and hold nothing yet change no hash; None is something."""
    exchange = funded(5)
    before = state_hash(exchange.state)
    account = exchange.state.accounts[1]
    grown = Grown(1, account.api_key, "", None, None, False, account.created_ms)
    for slot in slots_of(Account):
        setattr(grown, slot, getattr(account, slot))
    for slot, empty in (("notes", {}), ("flags", False), ("total", 0), ("wish", "")):
        setattr(grown, slot, value if slot == name else empty)
    grown.__class__.__name__ = "Account"
    exchange.state.accounts[1] = grown
    assert (state_hash(exchange.state) == before) is is_nothing


def test_time_priority_shows() -> None:
    """LAB-030: which of two came first is part of the state."""
    first, second = funded(5), funded(5)
    for exchange, names in ((first, "ab"), (second, "ba")):
        for name in names:
            exchange.state.accounts[1].client_order_ids[name] = 1
    assert state_hash(first.state) != state_hash(second.state)


@pytest.mark.parametrize("seed", ["0", "12345"])
def test_another_process_finds_the_same(seed: str) -> None:
    """LAB-030: the hash does not hang on the process or on Python's hash seed."""
    found = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env=os.environ | {"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == state_hash(funded(5).state)


class Loose:
    """Has no declared fields."""


def test_what_cannot_be_hashed_is_refused() -> None:
    """LAB-030: a float, or an object without declared fields, is a fault and not skipped."""
    for value, name in ((0.5, "float"), (Loose(), "Loose")):
        exchange = funded(5)
        cast("dict[str, object]", exchange.state.asset_indexes)["XYZ"] = value
        with pytest.raises(TypeError, match=f"{name} cannot be hashed"):
            state_hash(exchange.state)
