"""A way in: what a call passes before it is answered, the same for every transport."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from perpbox.gateway.guards import SESSION_GUARDS, Call, Entrance, Guard, guards_of
from perpbox.wire.route import Route

TABLES_KEPT: Final = 64
"""Tables of doors that are kept for the next box."""


class Door:
    """A route with everything bound that a call needs."""

    __slots__ = ("_answer", "_guards", "route")

    def __init__(self, route: Route) -> None:
        self.route = route
        self._answer = route.answer
        self._guards: tuple[Guard, ...] = guards_of(route)

    def answer(self, entrance: Entrance, call: Call) -> bytes:
        """Check the call and answer it with JSON.

        Raises:
            WireError: the first thing that is wrong with it; then nothing was applied.
        """
        for guard in self._guards:
            guard(entrance, call)
        return self._answer(entrance.desk, call.account, call.params)

    def answer_in_session(self, entrance: Entrance, call: Call) -> bytes:
        """Answer a call whose session has named its account.

        Raises:
            WireError: a parameter is wrong; then nothing was applied.
        """
        for guard in SESSION_GUARDS:
            guard(entrance, call)
        return self._answer(entrance.desk, call.account, call.params)


Doors: TypeAlias = Mapping[str, Mapping[str, Door]]
"""Path -> method -> door."""


@lru_cache(TABLES_KEPT)
def doors_of(routes: tuple[Route, ...]) -> Doors:
    """The doors of these rows: nothing in them is a box's own, so boxes share them."""
    doors: dict[str, dict[str, Door]] = {}
    for route in routes:
        doors.setdefault(route.path, {})[route.method] = Door(route)
    return doors
