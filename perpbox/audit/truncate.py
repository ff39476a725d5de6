"""Give up the end of a journal, on the user's word. What is cut off is set aside, not deleted."""

from pathlib import Path
from typing import Final

import msgspec

from perpbox.audit.place import Place
from perpbox.gateway.journal import codec
from perpbox.gateway.journal.disk import Disk, write_all
from perpbox.gateway.journal.entries import decode
from perpbox.gateway.journal.errors import JournalError
from perpbox.gateway.journal.lock import DirectoryLock
from perpbox.gateway.journal.reader import segment_name

ASIDE: Final = "cut"


class Cut(msgspec.Struct, frozen=True):
    """What was cut off, and where it lies now."""

    path: Path
    offset: int
    aside: tuple[Path, ...]


def truncate(place: Place, keep: int) -> Cut:
    """Keep the records up to ``keep``; later segments, records and snapshots go aside.

    Raises:
        JournalError: there is no such record, or a box is running.
    """
    lock = DirectoryLock(place.path)
    try:
        path, offset = _locate(place, keep)
        disk, aside = place.disk, place.path / ASIDE
        disk.make_folder(aside)
        later = [place.snapshot_path(seq) for seq in place.snapshot_seqs() if seq > keep]
        gone = [_move(disk, snapshot, aside) for snapshot in later]
        for segment in reversed(place.segments()):
            if segment == path:
                break
            gone.append(_move(disk, segment, aside))
        data = disk.read(path)
        if offset < len(data):
            gone.append(_set_aside(disk, data[offset:], _free(disk, aside, path.name)))
            disk.truncate(path, offset)
        disk.sync_folder(place.folder)
        return Cut(path, offset, tuple(gone))
    finally:
        lock.release()


def _locate(place: Place, seq: int) -> tuple[Path, int]:
    """Segment of a record, and where the record ends."""
    first = max((each for each in place.first_seqs if each <= seq), default=None)
    if first is not None:
        path = place.folder / segment_name(first)
        data = place.disk.read(path)
        try:
            _, chain, offset = codec.decode_header(data)
        except (codec.Unreadable, codec.UnknownFormat) as error:
            raise JournalError(f"{path}: {error}: --keep {first - 1} gives it up") from None
        for record in codec.records(data, offset, chain):
            if decode(record.payload).seq == seq:
                return path, record.end
    raise JournalError(
        f"{place.folder} has no whole record {seq}: perpbox journal verify {place.path} tells "
        "what there is"
    )


def _move(disk: Disk, path: Path, aside: Path) -> Path:
    place = _free(disk, aside, path.name)
    disk.replace(path, place)
    return place


def _set_aside(disk: Disk, data: bytes, place: Path) -> Path:
    file = disk.append(place)
    try:
        write_all(file, data)
        file.sync()
    finally:
        file.close()
    return place


def _free(disk: Disk, folder: Path, name: str) -> Path:
    """A name that is not taken: what was cut before stays."""
    taken, number = set(disk.names(folder)), 1
    while f"{name}.{number}" in taken:
        number += 1
    return folder / f"{name}.{number}"
