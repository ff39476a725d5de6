from datetime import date, timedelta

import pytest

from perpbox.wire.almanac import almanac
from perpbox.wire.changes import UNSWITCHED, Change
from perpbox.wire.vintage import NEWEST, Vintage


def test_newest_is_the_default() -> None:
    """WIR-038."""
    assert Vintage().api_date == NEWEST
    assert Vintage().acks_without_average


@pytest.mark.parametrize("change", Change)
def test_switches_turn_on_their_day(change: Change) -> None:
    """VIN-001."""
    day = date(*change.value.day)
    assert Vintage(day.isoformat()).has(change)
    assert not Vintage((day - timedelta(days=1)).isoformat()).has(change)


def test_the_almanac_lists_every_change_once() -> None:
    """VIN-001: newest first, with the side it is on, and the reason where it is not switched."""
    lines = almanac(Vintage("2025-12-11")).splitlines()[3:]
    assert len(lines) == len(Change) + len(UNSWITCHED)
    assert lines == sorted(lines, key=lambda line: line[:10], reverse=True)
    tradfi = Change.TRADFI.value.text
    assert f"2025-12-11  new  page      {tradfi}" in lines
    assert f"2026-03-16  old  page      {Change.MARK_AVERAGE.value.text}" in lines
    held = [line for line in lines if line[12] == "-"]
    assert len(held) == len(UNSWITCHED)
    assert all("(not switched: " in line for line in held)


def test_engine_rules_follow_the_date() -> None:
    """WIR-038."""
    old, new = Vintage("2025-06-30").rules(), Vintage("2026-01-01").rules()
    assert (old.initial_margin_rounds_up, old.entry_price_digits) == (False, 13)
    assert (new.initial_margin_rounds_up, new.entry_price_digits) == (True, 0)
    assert Vintage("2025-07-01").rules().initial_margin_rounds_up


def test_midnight_of_the_date() -> None:
    """WIR-038."""
    assert Vintage("2022-06-14").midnight_ms() == 1_655_164_800_000
    assert Vintage("2024-02-29").midnight_ms() == 1_709_164_800_000
    assert Vintage("2026-11-01").midnight_ms() == 1_793_491_200_000


@pytest.mark.parametrize("text", ["", "2026-13-01", "2026-02-30", "26-01-01", "2018-01-01", "now"])
def test_what_is_no_date_is_refused(text: str) -> None:
    """WIR-038."""
    with pytest.raises(ValueError, match="not a date"):
        Vintage(text)
