"""A served box on a frozen clock, a trader with an open user stream, and prices that fall."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import orjson
from websockets.sync.client import ClientConnection, connect

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount
from tests.live import Live

Row = dict[str, Any]
PRICES = {"BTCUSDT": "60000", "ETHUSDT": "3000", "SOLUSDT": "150"}
TICKS = {"BTCUSDT": "0.1", "ETHUSDT": "0.01", "SOLUSDT": "0.01"}
WAIT_S = 5.0
END = "the end of what was said"


@contextmanager
def opened(*symbols: str, **options: object) -> Iterator[Box]:
    """A box of these contracts at their prices."""
    with Box(market="none", clock="frozen", symbols=list(symbols), **options) as box:
        for symbol in symbols:
            box.set_price(symbol, PRICES[symbol])
        yield box


class Trader:
    """An account over REST, with a socket for its events."""

    def __init__(self, box: Box, account: OpenedAccount) -> None:
        self.box = box
        self.account_id = account.account_id
        self.rest = Live(box.url, account.key, account.secret)
        self.key = str(self.do("POST", "/fapi/v1/listenKey")["listenKey"])
        self._socket: ClientConnection | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        with connect(f"{self.box.ws_url}/ws/{self.key}") as socket:
            self._socket = socket
            yield

    def do(self, method: str, path: str, **terms: object) -> Any:
        """A signed call that must be answered."""
        status, body = self.ask(method, path, **terms)
        assert status == 200, body
        return body

    def ask(self, method: str, path: str, **terms: object) -> tuple[int, Any]:
        self.rest.now_ms = self.box.desk.now_ms()
        return self.rest.signed(method, path, **terms)

    def set_up(self, symbol: str, leverage: int, *, isolated: bool = False) -> None:
        if isolated:
            self.do("POST", "/fapi/v1/marginType", symbol=symbol, marginType="ISOLATED")
        self.do("POST", "/fapi/v1/leverage", symbol=symbol, leverage=leverage)

    def market(self, symbol: str, side: str, quantity: str, leg: str = "BOTH") -> None:
        terms = {"type": "MARKET", "quantity": quantity, "positionSide": leg}
        self.do("POST", "/fapi/v1/order", symbol=symbol, side=side, **terms)

    def limit(self, symbol: str, side: str, quantity: str, price: str, leg: str = "BOTH") -> None:
        terms = {"type": "LIMIT", "timeInForce": "GTC", "quantity": quantity, "price": price}
        self.do("POST", "/fapi/v1/order", symbol=symbol, side=side, positionSide=leg, **terms)

    def risk(self, symbol: str | None = None) -> list[Row]:
        rows: list[Row] = self.do("GET", "/fapi/v3/positionRisk")
        return [row for row in rows if symbol is None or row["symbol"] == symbol]

    def mark(self, symbol: str, price: Decimal) -> None:
        """One ``POST /perpbox/v1/prices``."""
        status, body = self.rest.lab("POST", "/prices", {"symbol": symbol, "mark": str(price)})
        assert status == 200, body

    def around_liquidation(self, symbol: str, leg: str = "BOTH") -> tuple[Decimal, Decimal]:
        """The last tick at which a position lives, and the next one."""
        (row,) = (row for row in self.risk(symbol) if row["positionSide"] == leg)
        price, tick = Decimal(row["liquidationPrice"]), Decimal(TICKS[symbol])
        assert price > 0
        if Decimal(row["positionAmt"]) > 0:
            dead = (price / tick).to_integral_value(ROUND_FLOOR) * tick
            return dead + tick, dead
        dead = (price / tick).to_integral_value(ROUND_CEILING) * tick
        return dead - tick, dead

    def heard(self) -> list[Row]:
        """Everything that was pushed until now, in order."""
        assert self._socket is not None
        # An answer to a control message comes behind all that was pushed before it.
        self._socket.send(orjson.dumps({"method": "LIST_SUBSCRIPTIONS", "id": END}).decode())
        events: list[Row] = []
        while True:
            event = orjson.loads(self._socket.recv(timeout=WAIT_S))
            if event.get("id") == END:
                return events
            events.append(event)

    def income(self, kind: str) -> list[Decimal]:
        rows = self.do("GET", "/fapi/v1/income", incomeType=kind)
        return [Decimal(row["income"]) for row in rows]

    def wallet(self, asset: str = "USDT") -> Decimal:
        rows = self.do("GET", "/fapi/v3/account")["assets"]
        return next(Decimal(row["walletBalance"]) for row in rows if row["asset"] == asset)


def words(events: Sequence[Row]) -> list[str]:
    """Events in few words: what they are, and of which kind."""
    told = []
    for event in events:
        kind = str(event["e"])
        if kind == "ORDER_TRADE_UPDATE":
            order = event["o"]
            told.append(f"{order['x']} {order['o']} {order['s']}")
        elif kind == "ACCOUNT_UPDATE":
            told.append(f"ACCOUNT_UPDATE {event['a']['m']}")
        else:
            told.append(kind)
    return told
