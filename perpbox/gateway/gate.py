"""The gate in front of every socket: nothing passes while its command is not durable.

Whoever writes to a socket asks ``holds`` first, and leaves its own ``flush`` with ``hold`` to be
called again once the journal has caught up. An ephemeral box has a gate that is always open.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from perpbox.gateway.journal.errors import Broken

if TYPE_CHECKING:
    from perpbox.gateway.journal.writer import Journal


class Gate:
    """A gate that is always open."""

    holds = False
    """Whether nothing may be written to a socket now."""

    def hold(self, step: Callable[[], None]) -> None:
        """Call ``step`` once the gate has opened."""
        step()

    def open(self) -> None:
        """Make everything durable now; the gate stays closed when that fails."""

    def close(self) -> None:
        """Something must be durable before anything leaves."""


class JournalGate(Gate):
    """Closed from the first record of a batch until the batch is durable."""

    def __init__(self, journal: "Journal") -> None:
        self._journal = journal
        self._held: dict[Callable[[], None], None] = {}
        self.holds = journal.is_pending
        self.soon: Callable[[Callable[[], None]], object] | None = None
        """Calls a function in the loop's next turn, while a loop runs."""
        journal.hurry = self.close

    def close(self) -> None:
        """Something must be durable before anything leaves."""
        self.holds = True
        if self.soon is not None:
            self.soon(self.open)

    def hold(self, step: Callable[[], None]) -> None:
        """Keep it until the batch is durable; each one once."""
        self._held[step] = None

    def open(self) -> None:
        """Commit, then let out what was held, in the order in which it came."""
        try:
            self._journal.commit()
        except Broken:
            self._held.clear()
            self.holds = True
            return
        self.holds = False
        held, self._held = self._held, {}
        for step in held:
            step()
