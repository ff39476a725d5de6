"""Waiting for what a client is told: as long as it takes, within bounds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

SESSION_S: Final = 30
"""No session of a client takes longer; most take less than a second."""
T = TypeVar("T")


async def until(told: Callable[[], Awaitable[T]], holds: Callable[[T], object]) -> T:
    """What is told next of which this holds. Whoever calls bounds the time."""
    while True:
        seen = await told()
        if holds(seen):
            return seen


class Heard:
    """What a client was told so far, in order."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._news = asyncio.Event()

    def put(self, told: Any) -> None:
        """Take it down."""
        self.all.append(told)
        self._news.set()

    async def first(self, holds: Callable[[Any], object] = lambda _: True) -> Any:
        """The first of all of which this holds, told already or soon."""
        while True:
            self._news.clear()
            for each in self.all:
                if holds(each):
                    return each
            await self._news.wait()
