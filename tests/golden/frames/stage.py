"""A box on which a recorded action is done again, and what its streams say meanwhile."""

from decimal import Decimal

import orjson

from perpbox.box import Box
from perpbox.engine.commands import PinPrices, SetDepth, StreetTrade
from perpbox.gateway.user_streams import UserStreams
from perpbox.lab.wishes import OpenedAccount
from perpbox.money import Price, Qty, parse
from perpbox.wire.auth import Hmac

SYMBOLS = {"USDT": "BTCUSDT", "USDC": "ETHUSDC"}
Frame = dict[str, object]


class Wire:
    """A hub with one listener, who keeps everything."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def has(self, name: str) -> bool:
        return bool(name)

    def publish_event(self, key: str, kind: str, payload: bytes) -> None:
        frame = orjson.loads(payload)
        assert key
        assert frame["e"] == kind
        self.frames.append(frame)

    def hurry(self, key: str) -> None:
        assert key


class Stage:
    """One symbol with the recorded decimals, a trader with a stream, and a second trader."""

    def __init__(
        self,
        date: str,
        *,
        asset: str = "USDT",
        decimals: tuple[int, int] = (2, 3),
        wallet: str = "100000",
        hedge: bool = False,
        maker_fee: str | None = None,
        taker_fee: str | None = None,
    ) -> None:
        self.symbol = SYMBOLS[asset]
        self.asset = asset
        self.tick = Decimal(1).scaleb(-decimals[0])
        self.box = Box(
            market="none",
            clock="frozen",
            api_date=date,
            symbols=[self.symbol],
            specs={self.symbol: _terms(*decimals)},
        )
        self.wire = Wire()
        self.box.desk.observers.append(UserStreams(self.box.desk, self.wire).after)
        self.trader = self.box.account(
            wallets={asset: wallet}, hedge=hedge, maker_fee=maker_fee, taker_fee=taker_fee
        )
        self.other = self.box.account(wallets={asset: "1000000"})
        self._call(self.trader, "POST", "listenKey")

    def at(self, price: str) -> None:
        """Index, mark and last; the best bid lies there and the best ask one tick above."""
        self.box.set_price(self.symbol, price)

    def without_street(self) -> None:
        """Take the outside market's depth away."""
        self.box.submit(SetDepth(self.symbol, (), (), replace=True, from_lab=True))

    def mark(self, price: str) -> None:
        """Pin the mark alone."""
        self.box.submit(PinPrices(self.symbol, None, Price(parse(price)), None))

    def quietly(self) -> None:
        """Forget what was said so far."""
        self.wire.frames.clear()

    def buy_at(self, price: str, quantity: str, **more: str) -> None:
        """A MARKET order that pays this price."""
        self.at(str(Decimal(price) - self.tick))
        self.order(side="BUY", type="MARKET", quantity=quantity, **more)

    def sell_at(self, price: str, quantity: str, **more: str) -> None:
        """A MARKET order that gets this price."""
        self.at(price)
        self.order(side="SELL", type="MARKET", quantity=quantity, **more)

    def rest(self, side: str, price: str, quantity: str, **more: str) -> int:
        """A LIMIT order that waits; gives its id."""
        more.setdefault("timeInForce", "GTC")
        return self.order(side=side, type="LIMIT", price=price, quantity=quantity, **more)

    def order(self, **params: str) -> int:
        answer = self._call(self.trader, "POST", "order", **params)
        number = answer["orderId"]
        assert isinstance(number, int)
        return number

    def others_rest(self, side: str, price: str, quantity: str) -> None:
        """A LIMIT order of somebody else."""
        terms = {"type": "LIMIT", "timeInForce": "GTC", "price": price, "quantity": quantity}
        self._call(self.other, "POST", "order", side=side, **terms)

    def amend(self, order: int, side: str, price: str, quantity: str) -> None:
        terms = {"side": side, "price": price, "quantity": quantity}
        self._call(self.trader, "PUT", "order", orderId=str(order), **terms)

    def cancel(self, order: int) -> None:
        self._call(self.trader, "DELETE", "order", orderId=str(order))

    def set(self, path: str, **params: str) -> None:
        self._call(self.trader, "POST", path, **params)

    def move(self, amount: str) -> None:
        """A transfer in (positive) or out."""
        self.box.deposit(self.trader.account_id, amount, self.asset)

    def street(self, price: str, quantity: str, *, seller_takes: bool) -> None:
        """A print of the outside market, which fills what rests on its way."""
        print_ = StreetTrade(
            self.symbol, Price(parse(price)), Qty(parse(quantity)), seller_takes, from_lab=True
        )
        self.box.submit(print_)

    def _call(self, who: OpenedAccount, method: str, path: str, **params: str) -> Frame:
        """A signed request that must succeed."""
        named = {"symbol": self.symbol, **params, "timestamp": str(self.box.desk.now_ms())}
        query = "&".join(f"{name}={value}" for name, value in named.items()).encode()
        query += b"&signature=" + Hmac(who.secret.encode()).sign(query)
        headers = {b"x-mbx-apikey": who.key.encode()}
        status, _, body = self.box.handle(method, f"/fapi/v1/{path}", query, headers)
        assert status == 200, body
        answer: Frame = orjson.loads(body)
        return answer


def _terms(price_decimals: int, quantity_decimals: int) -> dict[str, object]:
    """Decimals of the recorded symbol, and filters that let everything through."""
    tick, step = (f"{Decimal(1).scaleb(-n):f}" for n in (price_decimals, quantity_decimals))
    lots = {"minQty": step, "maxQty": "10000000", "stepSize": step}
    return {
        "pricePrecision": price_decimals,
        "quantityPrecision": quantity_decimals,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": tick,
                "maxPrice": "1000000",
                "tickSize": tick,
            },
            {"filterType": "LOT_SIZE", **lots},
            {"filterType": "MARKET_LOT_SIZE", **lots},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
            {
                "filterType": "PERCENT_PRICE",
                "multiplierUp": "10",
                "multiplierDown": "0.0001",
                "multiplierDecimal": "4",
            },
        ],
    }
