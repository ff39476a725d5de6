"""A desk over a fork of the exchange: commands are entered there, and thrown away with it."""

from typing import TYPE_CHECKING

from perpbox.engine.commands import Command
from perpbox.engine.events import Event
from perpbox.engine.fork import fork
from perpbox.engine.state import State
from perpbox.wire.desk import Desk
from perpbox.wire.errands import Errands
from perpbox.wire.rendered import RenderedRisk
from perpbox.wire.streams.listen_keys import ListenKeys
from perpbox.wire.vintage import Vintage

if TYPE_CHECKING:
    from perpbox.specs import Catalogue
    from perpbox.views import Views


class ForkDesk:
    """A desk whose commands change a fork of the exchange. Its views are those of before."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._exchange = fork(desk.state)
        self.rendered_risk = RenderedRisk()

    @property
    def state(self) -> State:
        """The fork's state."""
        return self._exchange.state

    @property
    def views(self) -> "Views":
        """Histories of the exchange that was forked."""
        return self._desk.views

    @property
    def catalogue(self) -> "Catalogue":
        """Contract specifications."""
        return self._desk.catalogue

    @property
    def vintage(self) -> Vintage:
        """The box's API date."""
        return self._desk.vintage

    @property
    def listen_keys(self) -> ListenKeys:
        """Keys of the user-data streams."""
        return self._desk.listen_keys

    @property
    def errands(self) -> Errands:
        """Countdowns and files to download."""
        return self._desk.errands

    def now_ms(self) -> int:
        """The box's clock."""
        return max(self._desk.now_ms(), self._desk.state.now_ms)

    def submit(self, command: Command) -> list[Event]:
        """Apply a command to the fork."""
        return self._exchange.apply(command, self.now_ms())
