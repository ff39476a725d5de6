"""What a box that is ready says of itself."""

from typing import TYPE_CHECKING

from perpbox import __version__
from perpbox.genesis import DEMO_KEY, DEMO_SECRET

if TYPE_CHECKING:
    from perpbox.box import Box


def banner(box: "Box") -> str:
    """Addresses, market, clock, where it is kept, what was recovered, and a key to begin with."""
    config, desk = box.config, box.desk
    market = config.market if not config.recording else f"{config.market} {config.recording}"
    lines = [
        f"perpbox {__version__} is ready",
        f"  REST      {box.url}   (reference: {box.url}/docs)",
        f"  streams   {box.ws_url}   (WebSocket API: {box.ws_url}/ws-fapi/v1)",
        f"  lab       {box.url}/perpbox/v1",
        f"  market    {market}, {len(desk.catalogue.instruments)} contracts",
        f"  clock     {desk.clock.mode.value}, API of {config.api_date}",
        *(f"  {head:<9} {text}" for head, text in _kept(box)),
    ]
    if box.tls is not None and box.tls.ca is not None:
        lines.append(f"  trust     {box.tls.ca}   (the authority of the certificate)")
    if DEMO_KEY in box.state.accounts_by_key:
        lines += [f"  demo key  {DEMO_KEY}", f"  secret    {DEMO_SECRET}"]
    else:
        lines.append(f"  accounts  {len(box.state.accounts)} of your own")
    return "\n".join(lines)


def _kept(box: "Box") -> list[tuple[str, str]]:
    """Where the box is kept and what was found there."""
    if not box.config.data:
        return [("kept", "nowhere: the box ends with its process")]
    lines = [] if box.recovered is None else box.recovered.lines()
    config = box.config
    kept = [
        ("kept", f"in {config.data}, fsync {config.fsync.value}"),
        ("retention", _retention(config.retention)),
    ]
    return kept + [("recovered", line) for line in lines]


def _retention(snapshots: int) -> str:
    if not snapshots:
        return "everything is kept: the directory grows without end"
    return f"the newest {snapshots} snapshots, and the journal from the oldest of them on"
