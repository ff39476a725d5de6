"""A real exchange behind the REST door, without sockets: for tests that speak the wire."""

from collections.abc import Mapping
from urllib.parse import quote

import orjson

from perpbox.engine.commands import (
    Command,
    CreateAccount,
    Deposit,
    ListAsset,
    ListInstrument,
    OpenExchange,
    SetDepth,
    SetPrices,
)
from perpbox.engine.events import Event
from perpbox.engine.exchange import Exchange
from perpbox.engine.state import State
from perpbox.gateway.api import Api
from perpbox.gateway.keys import KeyRing, new_listen_key
from perpbox.money import SCALE, Amount, Price, Qty
from perpbox.specs import Catalogue, catalogue
from perpbox.views import Views
from perpbox.wire.auth import Hmac
from perpbox.wire.errands import Errands
from perpbox.wire.limits import Limits
from perpbox.wire.rendered import RenderedRisk
from perpbox.wire.streams.listen_keys import ListenKeys
from perpbox.wire.vintage import Vintage

NOW_MS = 1_793_491_200_000
KEY = "k" * 64
SECRET = "s" * 64
PRICE = 60_000
CATALOGUE = catalogue(("BTCUSDT", "ETHUSDT"))


class RestBox:
    """One box with a funded account, a mark of 60,000 and street depth around it."""

    def __init__(self, api_date: str = "2026-11-01", *, rate_limits: bool = True) -> None:
        self.exchange = Exchange()
        self.rendered_risk = RenderedRisk()
        self._views = Views()
        self.rendered_risk = RenderedRisk()
        self._vintage = Vintage(api_date)
        self.box_ms = NOW_MS
        self.wall_ms = NOW_MS
        self.listen_keys = ListenKeys(lambda: self.wall_ms, new_listen_key)
        self.errands = Errands(lambda: self.wall_ms, new_listen_key)
        self.keys = KeyRing()
        self.limits = Limits(is_on=rate_limits)
        self.api = Api(self, self.keys, lambda: self.wall_ms, self.limits)
        self.submit(OpenExchange(self._vintage.rules(), CATALOGUE.fee_tiers))
        for asset in CATALOGUE.margin_assets:
            self.submit(ListAsset(asset))
        for instrument in CATALOGUE.instruments.values():
            self.submit(ListInstrument(instrument))
        self.account_id = self.open_account(KEY, SECRET)
        self.set_market("BTCUSDT", PRICE)

    @property
    def state(self) -> State:
        return self.exchange.state

    @property
    def views(self) -> Views:
        return self._views

    @property
    def catalogue(self) -> Catalogue:
        return CATALOGUE

    @property
    def vintage(self) -> Vintage:
        return self._vintage

    def now_ms(self) -> int:
        return self.box_ms

    def submit(self, command: Command) -> list[Event]:
        events = self.exchange.apply(command, self.box_ms)
        self._views.fold(events)
        return events

    def open_account(self, key: str, secret: str, usdt: int = 100_000) -> int:
        account_id = len(self.state.accounts) + 1
        self.submit(CreateAccount(key))
        self.submit(Deposit(account_id, "USDT", Amount(usdt * SCALE)))
        self.keys.add_secret(key, secret, account_id)
        return account_id

    def set_market(self, symbol: str, price: int) -> None:
        middle = price * SCALE
        self.submit(SetPrices(symbol, Price(middle), Price(middle)))
        ten = Qty(10 * SCALE)
        bids = tuple((Price(middle - step * SCALE), ten) for step in range(1, 21))
        asks = tuple((Price(middle + step * SCALE), ten) for step in range(1, 21))
        self.submit(SetDepth(symbol, bids, asks, replace=True))

    def query(self, **params: object) -> bytes:
        """Parameters as a query string, percent-encoded, in the order given."""
        return "&".join(
            f"{name}={quote(str(value), safe='')}" for name, value in params.items()
        ).encode()

    def signed_query(self, **params: object) -> bytes:
        """Parameters, timestamp and the signature of the first account."""
        params.setdefault("timestamp", self.box_ms)
        text = self.query(**params)
        return text + b"&signature=" + Hmac(SECRET.encode()).sign(text)

    def raw(
        self,
        method: str,
        path: str,
        query: bytes = b"",
        *,
        body: bytes = b"",
        headers: Mapping[bytes, bytes] | None = None,
        peer: str = "127.0.0.1",
    ) -> tuple[int, bytes, bytes]:
        if headers is None:
            headers = {b"x-mbx-apikey": KEY.encode()}
        return self.api.handle(method, path, query, headers, body, peer)

    def call(self, method: str, path: str, **params: object) -> object:
        """A signed call; the JSON of the answer whatever its status."""
        answer: object = orjson.loads(self.raw(method, path, self.signed_query(**params))[2])
        return answer

    def row(self, method: str, path: str, **params: object) -> dict[str, object]:
        """A signed call that answers with one object."""
        answer = self.call(method, path, **params)
        assert isinstance(answer, dict), answer
        return answer

    def rows(self, method: str, path: str, **params: object) -> list[dict[str, object]]:
        """A signed call that answers with a list of objects."""
        answer = self.call(method, path, **params)
        assert isinstance(answer, list), answer
        return answer

    def place(self, **params: object) -> dict[str, object]:
        """A limit order far from the market, unless told otherwise."""
        order: dict[str, object] = {
            "symbol": "BTCUSDT",
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": "0.010",
            "price": "58000",
        }
        order.update(params)
        order = {name: value for name, value in order.items() if value is not None}
        return self.row("POST", "/fapi/v1/order", **order)
