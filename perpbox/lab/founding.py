"""What a box is founded with, and keeps for life: its journal follows from it."""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from perpbox.market.paths import SimSettings
from perpbox.money import Amount, Rate
from perpbox.views.bounds import ViewBounds

SHOWN_MAX: Final = 40
"""Longest value that a refusal repeats."""


class Founding(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the same names, as they stand in the header of every segment.

    One that is added to a released version needs a default: what boxes had before it.
    """

    market: str
    recording: str
    sim: SimSettings
    symbols: tuple[str, ...]
    specs: Mapping[str, object] | list[object] | None
    seed: int | None
    api_date: str
    liquidation: bool
    insurance_fund_initial: Amount
    margin_call_ratio: Rate
    histories: ViewBounds


class FoundedOtherwise(ValueError):
    """A setting that was given is not what the box was founded with; the text says which."""


def founding_of(settings: object) -> msgspec.Raw:
    """What a box with these settings is founded with, as JSON."""
    values = {name: getattr(settings, name) for name in Founding.__struct_fields__}
    return msgspec.Raw(msgspec.json.encode(values))


def kept_settings(
    kept: msgspec.Raw, settings: object, given: Collection[str], where: str
) -> dict[str, object]:
    """What a box was founded with, by name. Of ``settings`` those that were ``given`` must agree.

    Raises:
        FoundedOtherwise: one does not.
    """
    was_founded = msgspec.json.decode(kept, type=Founding)
    asked_for = msgspec.json.decode(founding_of(settings), type=Founding)
    values: dict[str, object] = {}
    for name in Founding.__struct_fields__:
        was, asked = getattr(was_founded, name), getattr(asked_for, name)
        setting = "market" if name == "recording" else name
        if was != asked and setting in given:
            flag = setting.replace("_", "-")
            raise FoundedOtherwise(
                f"{flag}: the box in {where} was founded with another {flag}{_shown(was, asked)}: "
                "leave it out, or take another --data directory"
            )
        values[name] = was
    return values


def _shown(was: object, asked: object) -> str:
    """The two values, where they are short enough to help."""
    texts = [str(value) for value in (was, asked)]
    return "" if max(map(len, texts)) > SHOWN_MAX else f" ({texts[0]}, not {texts[1]})"
