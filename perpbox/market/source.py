"""What a market source is, and the source that makes nothing."""

from collections.abc import Iterator, Mapping
from typing import Protocol, TypeAlias

from perpbox.engine.commands import Command
from perpbox.market.ladder import LadderShape

Memory: TypeAlias = Mapping[str, tuple[int, ...]]
"""Where a source is, in whole numbers by name."""


class Source(Protocol):
    """A maker of commands on a grid of box time."""

    def open(self, now_ms: int) -> Iterator[Command]:
        """What puts the market there at the start; called once, before anything else."""
        ...

    def expect(self, until_ms: int) -> None:
        """Everything up to ``until_ms`` will be asked for next: choose larger steps if it is far.

        Without it ``due`` alone decides, each call by its own reach.
        """
        ...

    def due(self, until_ms: int) -> Iterator[tuple[int, Command]]:
        """Commands with a stamp up to ``until_ms`` since the last call, in time order."""
        ...

    def next_ms(self) -> int | None:
        """Stamp of the next command; ``None`` when there will be none."""
        ...

    def memory(self) -> Memory:
        """All that a fresh source of the same kind and settings needs to go on from here."""
        ...

    def recall(self, memory: Memory) -> None:
        """Go on from there, in the place of ``open``."""
        ...

    def street_shape(self, symbol: str) -> LadderShape | None:
        """How the street of a contract looks; ``None`` where that cannot be chosen."""
        ...

    def shape_street(self, symbol: str, shape: LadderShape) -> None:
        """Let the street of a contract look so from the next step on, where that is chosen."""
        ...


class NoSource:
    """The market is left to the lab."""

    def open(self, now_ms: int) -> Iterator[Command]:  # noqa: ARG002
        """Nothing."""
        return iter(())

    def expect(self, until_ms: int) -> None:
        """Nothing changes."""

    def due(self, until_ms: int) -> Iterator[tuple[int, Command]]:  # noqa: ARG002
        """Nothing, ever."""
        return iter(())

    def next_ms(self) -> int | None:
        """No stamp."""
        return None

    def memory(self) -> Memory:
        """Nothing."""
        return {}

    def recall(self, memory: Memory) -> None:
        """Nothing changes."""

    def street_shape(self, symbol: str) -> LadderShape | None:  # noqa: ARG002
        """There is no street."""
        return None

    def shape_street(self, symbol: str, shape: LadderShape) -> None:
        """Nothing changes."""
