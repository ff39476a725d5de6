"""A fork is the exchange itself: what happens there would happen, and nothing else moves."""

from random import Random

import pytest

from perpbox.engine.fork import LAZY_FROM, Overlay, _Copier, fork
from perpbox.engine.hashing import state_hash
from tests.property import test_engine_invariants as plain
from tests.property import test_liquidation_invariants as liquidating

STEPS = 120


Walk = plain.Walk | liquidating.Walk


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", [plain.Walk, liquidating.Walk])
def test_a_command_does_the_same_on_a_fork(kind: type[Walk], seed: int) -> None:
    """LAB-120: the same events and the same hash; the exchange itself is untouched."""
    walk = kind(seed)
    for _ in range(STEPS):
        command = walk.command()
        before = state_hash(walk.exchange.state)
        forked = fork(walk.exchange.state)
        events = forked.apply(command, walk.now_ms)
        after = state_hash(forked.state)
        assert state_hash(walk.exchange.state) == before
        assert walk.send(command) == events
        assert state_hash(walk.exchange.state) == after


@pytest.mark.parametrize("seed", range(20))
def test_an_overlay_is_a_dict(seed: int) -> None:
    """LAB-120: entries, their order and their number, whatever is written and taken out."""
    draw = Random(seed)
    under = {number: [number] for number in range(LAZY_FROM)}
    kept = {number: list(value) for number, value in under.items()}
    naive = {number: list(value) for number, value in under.items()}
    overlay: Overlay[int, list[int]] = Overlay(under, _Copier())
    for _ in range(300):
        key = draw.randrange(2 * LAZY_FROM)
        kind = draw.randrange(6)
        if kind == 0:
            naive[key] = [draw.randrange(1_000)]
            overlay[key] = list(naive[key])
        elif kind == 1:
            assert overlay.pop(key, None) == naive.pop(key, None)
        elif kind == 2 and key in naive:
            naive[key].append(1)
            overlay[key].append(1)
        elif kind == 3:
            assert overlay.setdefault(key, [5]) == naive.setdefault(key, [5])
        elif kind == 4:
            assert (overlay.get(key), key in overlay) == (naive.get(key), key in naive)
        elif draw.random() < 0.02:
            overlay.clear()
            naive.clear()
        assert len(overlay) == len(naive)
        assert list(overlay.items()) == list(naive.items())
    assert under == kept
