"""An exchange of one account, as far as the wire needs one to print it."""

from perpbox.engine.commands import Command
from perpbox.engine.events import Event
from perpbox.engine.exchange import Exchange
from perpbox.engine.state import Account, State
from perpbox.specs import Catalogue, catalogue
from perpbox.views import Views
from perpbox.wire.errands import Errands
from perpbox.wire.rendered import RenderedRisk
from perpbox.wire.streams.listen_keys import ListenKeys
from perpbox.wire.vintage import Vintage

ACCOUNT_ID = 1


class PaperDesk:
    """What ``perpbox.wire.desk.Desk`` asks for, over a state that came from a file."""

    def __init__(self, exchange: Exchange, vintage: Vintage) -> None:
        self.exchange = exchange
        self._vintage = vintage
        self._views = Views()
        self._catalogue = catalogue(())
        self._rendered = RenderedRisk()
        self._listen_keys = ListenKeys(self.now_ms, lambda: "")
        self._errands = Errands(self.now_ms, lambda: "")

    @property
    def state(self) -> State:
        """The engine's state."""
        return self.exchange.state

    @property
    def account(self) -> Account:
        """The one account."""
        return self.exchange.state.accounts[ACCOUNT_ID]

    @property
    def views(self) -> Views:
        """Histories; a file has none."""
        return self._views

    @property
    def catalogue(self) -> Catalogue:
        """Margin assets; the contracts are those of the state."""
        return self._catalogue

    @property
    def vintage(self) -> Vintage:
        """The date whose rules hold."""
        return self._vintage

    @property
    def rendered_risk(self) -> RenderedRisk:
        """Answers kept until what they show has moved."""
        return self._rendered

    @property
    def listen_keys(self) -> ListenKeys:
        """Keys of streams; a file has none."""
        return self._listen_keys

    @property
    def errands(self) -> Errands:
        """Countdowns and downloads; a file has none."""
        return self._errands

    def now_ms(self) -> int:
        """When shocks happen: 00:00 UTC of the date."""
        return self._vintage.midnight_ms()

    def submit(self, command: Command) -> list[Event]:
        """Apply a command now."""
        return self.exchange.apply(command, self.now_ms())
