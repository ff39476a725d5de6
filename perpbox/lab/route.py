"""A row of the lab's table: one route, everything that is said about it."""

from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from perpbox.lab.body import Fields
from perpbox.lab.desk import LabDesk

PREFIX: Final = "/perpbox/v1"
Answer: TypeAlias = Callable[[LabDesk, Fields], object]
"""Desk and fields of the request -> what the JSON body of the answer says."""


class LabField(msgspec.Struct, frozen=True):
    """A field of a body or query, and what it is."""

    name: str
    note: str


class LabRoute(msgspec.Struct, frozen=True):
    """One route of the lab."""

    method: str
    path: str
    answer: Answer
    summary: str
    group: str
    fields: tuple[LabField, ...] = ()
    """What its body (GET: its query) may have."""
    example: str = ""
    """Body, or query, of a request that a box with market none and one account can answer."""
    example_market: str = "none"
    """The market of that box."""
    takes_session: bool = False
    """Whether the header X-PERPBOX-SESSION says something here."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields."""
        return tuple(field.name for field in self.fields)
