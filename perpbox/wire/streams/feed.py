"""What a market stream is: it takes in events, and tells at the end of a window what changed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from perpbox.engine.commands import Command, ListAsset, SetAssetIndex
from perpbox.engine.events import (
    BookChanged,
    ContractPhaseChanged,
    FundingFixed,
    FundingRateChanged,
    InstrumentListed,
    OrderAccepted,
    OrderEnded,
    OrderTraded,
    PricesChanged,
    RpiBookChanged,
    TradePrinted,
)
from perpbox.engine.state import State
from perpbox.wire.streams.names import Stream
from perpbox.wire.vintage import Vintage

if TYPE_CHECKING:
    from perpbox.specs import Catalogue
    from perpbox.views import Views

MarketEvent: TypeAlias = (
    BookChanged
    | ContractPhaseChanged
    | FundingFixed
    | FundingRateChanged
    | InstrumentListed
    | OrderAccepted
    | OrderEnded
    | OrderTraded
    | PricesChanged
    | RpiBookChanged
    | RpiBookChanged
    | TradePrinted
)
"""Events that market streams come from; each names its contract."""
MARKET_EVENTS: Final = (
    BookChanged,
    ContractPhaseChanged,
    FundingFixed,
    FundingRateChanged,
    InstrumentListed,
    OrderAccepted,
    OrderEnded,
    OrderTraded,
    PricesChanged,
    RpiBookChanged,
    TradePrinted,
)
ASSET_COMMANDS: Final[tuple[type[Command], ...]] = (ListAsset, SetAssetIndex)
"""Commands that move asset indexes; they have no event of their own."""
ALL: Final = ""
"""In place of a symbol: every contract."""


class MarketDesk(Protocol):
    """What market streams look at; nothing can be changed through it."""

    @property
    def state(self) -> State:
        """The engine's state."""
        ...

    @property
    def views(self) -> "Views":
        """Histories folded from events."""
        ...

    @property
    def catalogue(self) -> "Catalogue":
        """Contract specifications."""
        ...

    @property
    def vintage(self) -> Vintage:
        """The box's API date."""
        ...

    def now_ms(self) -> int:
        """The box's clock, epoch milliseconds."""
        ...


class Feed:
    """One stream that somebody reads. Pure: it looks at the desk's state, views and date only.

    A feed of width 0 is asked for frames after each event that touched it; the others at the
    end of a window, which is a multiple of the width since 1970.
    """

    __slots__ = ("desk", "due_ms", "is_touched", "stream")

    watches: tuple[type[MarketEvent], ...] = ()
    """Events of its symbol (of every contract where it has none) that it wants to see."""
    watches_assets = False
    """Whether it wants to know when asset indexes may have moved."""

    def __init__(self, desk: MarketDesk, stream: Stream) -> None:
        self.desk = desk
        self.stream = stream
        self.is_touched = False
        self.due_ms = 0
        """When it closes next; 0 for nothing planned. Kept by who owns the feed."""

    def symbols(self) -> Iterable[str]:
        """Contracts whose events it wants."""
        return (self.stream.symbol,)

    def seen(self, event: MarketEvent) -> bool:  # noqa: ARG002
        """Take in an event; tell whether there is something to push."""
        return True

    def frames(self, end_ms: int, is_still: bool) -> Iterable[bytes]:  # noqa: ARG002
        """Close the window at ``end_ms`` and give what is to be pushed, as JSON.

        ``is_still``: box time stands at ``end_ms``, what happened there counts; else the window
        ends before it. What is left for the next window touches the feed again.
        """
        return ()

    def next_ms(self, at_ms: int, runs: bool) -> int | None:  # noqa: ARG002
        """When it closes after ``at_ms`` although nothing touches it; ``runs``: time does."""
        return None

    def window_end_ms(self, at_ms: int) -> int:
        """End of the window that holds a time."""
        width_ms = self.stream.width_ms
        return (at_ms // width_ms + 1) * width_ms
