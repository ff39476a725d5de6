"""Check a journal record by record, show it, and write it out as JSON lines."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import msgspec

from perpbox.audit.place import Place
from perpbox.gateway.journal.entries import Entry
from perpbox.gateway.journal.snapshot import SnapshotUnreadable

Say = Callable[[str], None]
SHOWN_MAX = 160
"""Letters of a shown record; ``export`` cuts nothing."""


def verify(place: Place, say: Say) -> bool:
    """Read every record and every snapshot; tell whether a box would start without cutting.

    Raises:
        JournalError: a record is bad, or segments do not fit together.
    """
    reader = place.reader()
    records, last = 0, place.first_seq - 1
    for found in reader.read():
        records += 1
        last = found.entry.seq
    engines = " ".join(dict.fromkeys(header.engine for header in reader.headers))
    say(f"journal {reader.headers[-1].journal if reader.headers else '-'}, written by {engines}")
    say(f"{len(reader.headers)} segments, {records} records, {place.first_seq} to {last}: whole")
    torn = reader.torn
    if torn is not None:
        say(
            f"{torn.path} ends with {torn.size} bytes of an unfinished record at byte "
            f"{torn.offset}: the next start cuts them and keeps {torn.last_seq}"
        )
    is_good = torn is None
    for seq in place.snapshot_seqs():
        try:
            loaded = place.snapshot(seq)
            say(f"snapshot {seq}: whole, state hash {loaded.header.hash}")
        except SnapshotUnreadable as error:
            say(f"snapshot {seq}: cannot be used: {error}")
            is_good = False
    return is_good


def show(place: Place, first: int, last: int | None, say: Say) -> None:
    """A line a record, for a person."""
    for entry in _between(place, first, last):
        moment = datetime.fromtimestamp(entry.at_ms / 1000, UTC)
        stamp = f"{moment:%Y-%m-%d %H:%M:%S}.{entry.at_ms % 1000:03}" if entry.at_ms else "-" * 23
        fields = msgspec.to_builtins(entry.what)
        kind = fields.pop("type")
        text = " ".join(f"{name}={value}" for name, value in fields.items())
        line = f"{entry.seq:>10}  {stamp}  {kind:<16} {text}"
        say(line if len(line) <= SHOWN_MAX else f"{line[: SHOWN_MAX - 1]}…")


def export(place: Place, first: int, last: int | None, say: Say) -> None:
    """A JSON object a record: ``seq``, ``at_ms``, ``type`` and the fields."""
    for entry in _between(place, first, last):
        fields = msgspec.to_builtins(entry.what)
        row = {"seq": entry.seq, "at_ms": entry.at_ms, **fields}
        say(msgspec.json.encode(row).decode())


def _between(place: Place, first: int, last: int | None) -> Iterator[Entry]:
    after = max(first, place.first_seq) - 1
    for found in place.reader(after).read():
        if last is not None and found.entry.seq > last:
            return
        yield found.entry
