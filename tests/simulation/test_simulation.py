"""Boxes under simulated trouble: fresh seeds each time, and proof that the judges see."""

import secrets

import pytest

from perpbox import cli
from perpbox.simulation.disk import SimDisk
from perpbox.simulation.plan import Kind, Step, plan
from perpbox.simulation.readers import Reader
from perpbox.simulation.runs import run, seeds, shrunk
from perpbox.simulation.world import World

SEEDS = 200
SECONDS = 60
SEED_MAX = 1 << 40
FAILING = 3


def test_fresh_seeds_hold() -> None:
    """SIM-001: ledger, answers, hashes and followers through crashes, full disks, lost frames."""
    first = secrets.randbelow(SEED_MAX)
    failures = (run(seed) for seed in seeds(first, SEEDS, SECONDS))
    failure = next((found for found in failures if found is not None), None)
    assert failure is None, f"{failure.said}; again: {shrunk(failure).command()}"


def test_a_seed_is_its_run() -> None:
    """SIM-002: the same seed goes the same way."""
    hashes = []
    for _ in range(2):
        tried = World(5, SimDisk())
        for step in plan(5):
            tried.take(step)
        hashes.append((tried.hashes, tried.crashes))
        tried.close()
    assert hashes[0] == hashes[1]
    assert plan(5) != plan(6)
    assert plan(5, 7) == plan(5)[:7]
    assert {step.kind for seed in range(20) for step in plan(seed)} == set(Kind)


def lying() -> SimDisk:
    disk = SimDisk()
    disk.lies = True
    return disk


def test_a_lying_disk_is_found_and_the_run_made_small() -> None:
    """SIM-003: what was answered and is gone is seen, and few steps repeat it."""
    failure = next(found for seed in range(1, 20) if (found := run(seed, make_disk=lying)))
    assert "recovered up to" in failure.said or "is gone" in failure.said
    small = shrunk(failure, lying)
    assert len(small.places) <= FAILING
    assert run(small.seed, small.places, make_disk=lying) is not None
    assert small.command().startswith(f"perpbox simulate --seed {small.seed} --only ")


def test_a_frame_that_nobody_sent_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIM-004: a follower without its ACCOUNT_UPDATE parts from the snapshot."""
    monkeypatch.setattr(Reader, "put", lambda _self, _frame: False)
    said = [found.said for seed in range(1, 6) if (found := run(seed))]
    assert said
    assert all("the stream says" in one for one in said)


def test_a_reader_whose_listen_key_ended_begins_anew() -> None:
    """SIM-006: two hours of wall time end the key; the box says so, and the reader asks again."""
    an_hour_on = Step(Kind.WALL, (7_199_999,) * 6)
    trade, read = Step(Kind.REQUESTS, (6,) * 6), Step(Kind.READ, (0,) * 6)
    world = World(1, SimDisk())
    for step in (read, an_hour_on, an_hour_on, trade):
        world.take(step)
    key = world.box.desk.listen_keys.get(world.accounts[0].account_id)
    assert key is None
    world.take(read)
    assert world.box.desk.listen_keys.get(world.accounts[0].account_id) is not None
    world.close()


def test_the_command_tells_and_repeats(capsys: pytest.CaptureFixture[str]) -> None:
    """SIM-005: exit code 0 and a line, or 2 for a list that is none."""
    assert cli.main(["simulate", "--seed", "7", "--seeds", "1", "--steps", "10"]) == 0
    assert capsys.readouterr().out == "1 seeds from 7 to 7, 10 steps each: all hold\n"
    assert cli.main(["simulate", "--seed", "7", "--only", "1,4"]) == 0
    assert cli.main(["simulate", "--only", "x"]) == 2
