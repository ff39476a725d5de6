"""A short piece of the long run, and that the run would see it if money appeared."""

import pytest

from perpbox.engine.commands import Command
from perpbox.engine.events import Event
from perpbox.engine.ledger import FEES
from perpbox.money import Amount
from tests.simulation import conservation
from tests.simulation.conservation import Walk, run

COMMANDS = 15_000
MET = {
    "automatic exchanges",
    "contracts settled",
    "conversions",
    "deleveraging",
    "fills",
    "fundings",
    "liquidation",
    "refused",
    "settlement",
}


def test_nothing_appears_in_a_short_run() -> None:
    """LIQ-018, DLV-016, AEX-008: every kind of thing is met, and the sums are zero throughout."""
    seen, _ = run(COMMANDS, seed=1)
    assert set(seen) == MET
    assert min(seen.values()) >= 5, seen


def test_a_run_is_its_seed() -> None:
    """LIQ-018: the same seed comes to the same state, another one to another."""
    assert run(300, seed=2) == run(300, seed=2)
    assert run(300, seed=2)[1] != run(300, seed=3)[1]


class Forger(Walk):
    """A walk in which the house has one unit too much after a while."""

    def send(self, command: Command) -> list[Event]:
        events = super().send(command)
        if self.sent == 150:
            balances = self.state.ledger.balances
            balances[FEES, "USDT"] = Amount(balances[FEES, "USDT"] + 1)
        return events


def test_the_smallest_forgery_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """LIQ-018: one unit of 1e-8 too much stops the run, with its seed and command."""
    monkeypatch.setattr(conservation, "Walk", Forger)
    with pytest.raises(AssertionError, match=r"seed 4, command \d+, "):
        run(1_000, seed=4)
