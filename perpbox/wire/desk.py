"""What an answer may use of the running exchange."""

from typing import TYPE_CHECKING, Protocol

from perpbox.engine.commands import Command
from perpbox.engine.events import Event
from perpbox.engine.state import State
from perpbox.wire.errands import Errands
from perpbox.wire.rendered import RenderedRisk
from perpbox.wire.streams.listen_keys import ListenKeys
from perpbox.wire.vintage import Vintage

if TYPE_CHECKING:
    from perpbox.specs import Catalogue
    from perpbox.views import Views


class Desk(Protocol):
    """The exchange as the wire sees it: read everything, change by command only."""

    @property
    def state(self) -> State:
        """The engine's state; read only."""
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

    @property
    def rendered_risk(self) -> RenderedRisk:
        """Answers kept until what they show has moved."""
        ...

    @property
    def listen_keys(self) -> ListenKeys:
        """Keys of the user-data streams."""
        ...

    @property
    def errands(self) -> Errands:
        """Countdowns and files to download."""
        ...

    def now_ms(self) -> int:
        """The box's clock, epoch milliseconds."""
        ...

    def submit(self, command: Command) -> list[Event]:
        """Apply a command now and return its events (a single ``Rejected`` when refused)."""
        ...
