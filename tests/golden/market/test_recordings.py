"""The shipped recordings, played through the exchange against what they themselves record."""

from collections.abc import Iterator
from functools import cache

import msgspec
import pytest

from perpbox.engine.commands import (
    Command,
    ListInstrument,
    SetDepth,
    SetFundingRate,
    SetPrices,
    StreetTrade,
)
from perpbox.engine.events import Rejected
from perpbox.engine.exchange import Exchange
from perpbox.gateway.recordings import RECORDINGS
from perpbox.market.frames import Best, Snapshot, frames, number
from perpbox.market.playing import Recording
from perpbox.market.recorded import RecordedSource
from perpbox.money import SCALE, Price, Qty, Rate, parse
from perpbox.specs import catalogue

BTCUSDT = catalogue(["BTCUSDT"]).instruments["BTCUSDT"]
BestLevels = tuple[tuple[Price, Qty], tuple[Price, Qty]]


class Expected(msgspec.Struct, frozen=True):
    """What is known of a recording from elsewhere or by counting its lines."""

    start_ms: int
    """Time of the snapshot; the box is opened then, so that stamps are the recorded times."""
    length_ms: int
    shared_ids: int
    """Update ids that a diff and a bookTicker frame share."""
    prints: int
    """Market trades from the snapshot on."""
    midnight_ms: int
    close: str
    """Close of the hourly bar that ends at midnight, from the venue's own history."""


EXPECTED = {
    "2023-04-05": Expected(1_680_652_700_580, 0, 0, 0, 1_680_652_800_000, "28155.2"),
    "2024-08-08": Expected(1_723_161_256_493, 0, 0, 0, 1_723_161_600_000, "61659.8"),
}


class Played(msgspec.Struct):
    """What was seen while a recording was played once and a little further."""

    exchange: Exchange
    opening: list[Command]
    shared: list[tuple[BestLevels, BestLevels]]
    """(book, recorded) best levels at each update id that both name."""
    crossed: int
    refused: int
    update_ids: list[int]
    seams: list[tuple[int, SetDepth]]
    prints: list[tuple[int, StreetTrade]]
    prices: list[tuple[int, SetPrices]]
    rates: list[tuple[int, Rate]]
    stamps: list[int]
