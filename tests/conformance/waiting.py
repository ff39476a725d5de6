"""Waiting for what a client is told: as long as it takes, within bounds."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

SESSION_S: Final = 30
"""No session of a client takes longer; most take less than a second."""
T = TypeVar("T")


async def until(told: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
    """What is told next of which this holds. Whoever calls bounds the time."""
    while True:
        seen = await told()
        if holds(seen):
            return seen
