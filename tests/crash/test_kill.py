"""kill -9 at random moments, under a load of REST and WebSocket orders from 8 clients.

``KILL_ROUNDS`` says how often (10), ``KILL_SEED`` which moments.
"""

import os
import secrets
import sys
from pathlib import Path

from tests.crash.killing import Killing

ROUNDS = int(os.environ.get("KILL_ROUNDS", "10"))


def test_everything_told_is_there_after_a_kill(tmp_path: Path) -> None:
    """JRN-001: every answered order, fill, cancel and transfer, and every pushed event, is there
    after each restart; nothing unasked; order ids go on without gaps or repeats."""
    seed = int(os.environ.get("KILL_SEED", "0")) or secrets.randbits(32)
    settings = tmp_path / "box.toml"
    # So that kills also meet hashes and snapshots in the making.
    settings.write_text("[cadence]\nhash_records = 50\nsnapshot_records = 120\n")
    killing = Killing(tmp_path / "box", seed, ("--config", str(settings)))
    killing.run(ROUNDS)
    assert len(killing.rounds) == ROUNDS
    assert killing.rounds[-1].orders > ROUNDS
    for number, each in enumerate(killing.rounds):
        sys.stdout.write(
            f"round {number}: {each.orders} orders, {each.events} events; {each.recovered}\n"
        )
