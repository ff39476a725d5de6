"""What a record of the journal says: a command of the engine, or a fact of the shell.

Facts are what a box must still know after a restart and no command tells: where a founding
begins, how the clock goes, what the market source was asked, which countdowns run, which
records belong together, and hashes of the state to hold a replay against.
"""

from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias, Union

import msgspec

from perpbox.engine.commands import Command
from perpbox.engine.exchange import HANDLERS
from perpbox.market.ladder import LadderShape


class Fact(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Base of all facts; the tag is the class name."""


class Founded(Fact, frozen=True):
    """A fresh exchange begins: at the first start, and at each reset."""


class GroupBegan(Fact, frozen=True):
    """What follows, up to ``GroupEnded``, is there whole or not at all."""


class GroupEnded(Fact, frozen=True):
    """The group is whole."""


class ClockSet(Fact, frozen=True):
    """How box time goes on from here. ``ahead_ms``: of the wall's, for a real clock."""

    mode: str
    numerator: int
    denominator: int
    now_ms: int
    ahead_ms: int


class TimePassed(Fact, frozen=True):
    """Box time that was reached without a command, so that it never goes back."""

    now_ms: int


class MarketOpened(Fact, frozen=True):
    """The market source was opened at this box time; its commands follow."""

    now_ms: int


class MarketAsked(Fact, frozen=True):
    """The market source was told to expect ``until_ms`` and asked up to ``due_ms``.

    Its commands follow. A replay asks a source of its own the same, to go on where it was.
    """

    until_ms: int
    due_ms: int


class CountdownSet(Fact, frozen=True):
    """A countdown of an account in a symbol ends then, by its clock; 0: there is none."""

    account_id: int
    symbol: str
    end_ms: int


class StreetShaped(Fact, frozen=True):
    """The market source's street of a contract looks so from its next step on."""

    symbol: str
    shape: LadderShape


class StateHashed(Fact, frozen=True):
    """The hash of the engine's state after the record ``at_seq``."""

    at_seq: int
    hash: str


FACTS: Final = (
    Founded,
    GroupBegan,
    GroupEnded,
    ClockSet,
    TimePassed,
    MarketOpened,
    MarketAsked,
    CountdownSet,
    StreetShaped,
    StateHashed,
)
What: TypeAlias = Command | Fact


class Entry(NamedTuple):
    """One record: its sequence number, the box time of its command, and what it says."""

    seq: int
    at_ms: int
    what: What


# Every command that the engine takes can be journalled: its table is the list of them.
_KINDS: Any = Union[(*HANDLERS, *FACTS)]
_ENCODER = msgspec.json.Encoder()


@cache
def _decoder() -> "msgspec.json.Decoder[tuple[int, int, What]]":
    """Made when it is needed: an ephemeral box never is in need of it."""
    return msgspec.json.Decoder(tuple[int, int, _KINDS], strict=True)


class NotAnEntry(ValueError):
    """Bytes that are whole but say nothing this version knows."""


def encode(seq: int, at_ms: int, what: What) -> bytes:
    """JSON, because amounts may have more than 64 bits and people read journals."""
    return _ENCODER.encode((seq, at_ms, what))


def decode(payload: bytes) -> Entry:
    """Read what ``encode`` wrote.

    Raises:
        NotAnEntry: it says nothing that this version knows.
    """
    try:
        return Entry(*_decoder().decode(payload))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotAnEntry(str(error)) from None
