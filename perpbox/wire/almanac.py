"""The page that ``perpbox vintage`` prints: every dated change, and how the box stands to it."""

from perpbox.wire.changes import UNSWITCHED, Change, Day
from perpbox.wire.vintage import Vintage


def almanac(vintage: Vintage) -> str:
    """A line a change, newest first: day, how it is on the API date, evidence, text.

    ``new`` and ``old`` are the two sides of a change that the box switches, ``-`` marks one that
    it does not; its line ends with the reason.
    """
    lines: list[tuple[Day, str]] = []
    for change in Change:
        day, text, evidence = change.value
        side = "new" if vintage.has(change) else "old"
        lines.append((day, f"{_text(day)}  {side}  {evidence.value:<8}  {text}"))
    for day, text, evidence, reason in UNSWITCHED:
        known = f"{text} (not switched: {reason})"
        lines.append((day, f"{_text(day)}  -    {evidence.value:<8}  {known}"))
    lines.sort(key=lambda line: line[0], reverse=True)
    head = (
        f"The API of {vintage.api_date}: {len(Change)} changes are switched by --api-date, "
        f"{len(UNSWITCHED)} are not.\nA range or a month counts from its first day."
    )
    return "\n".join([head, "", *(line for _, line in lines)])


def _text(day: Day) -> str:
    return "{:04}-{:02}-{:02}".format(*day)
