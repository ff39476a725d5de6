"""Answers of a live box, saved into a folder as a user would save those of the venue."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from perpbox.box import Box
from tests.live import Live

SYMBOLS = ("BTCUSDT", "ETHUSDT", "BNBUSDT", "XRPUSDT")
RISK_V2, RISK_V3 = "/fapi/v2/positionRisk", "/fapi/v3/positionRisk"
ACCOUNT_V2, ACCOUNT_V3 = "/fapi/v2/account", "/fapi/v3/account"
BRACKETS, ORDERS = "/fapi/v1/leverageBracket", "/fapi/v1/openOrders"
SETTINGS = "/fapi/v1/symbolConfig"
LAST = "/fapi/v1/ticker/price"
ASSET_INDEX = "/fapi/v1/assetIndex"
EVERYTHING = (
    *(RISK_V2, RISK_V3, ACCOUNT_V2, ACCOUNT_V3, SETTINGS, "/fapi/v1/exchangeInfo"),
    *(BRACKETS, "/fapi/v1/premiumIndex", ORDERS, LAST),
)
Saved = dict[str, Any]
"""Answers by path."""


def ok(answer: tuple[int, Any]) -> Any:
    status, body = answer
    assert status == 200, body
    return body


def traded(box: Box, hedge: bool) -> Live:
    """A client whose account has cross and isolated positions and open orders."""
    for symbol, price in (("BTCUSDT", "60000.1"), ("ETHUSDT", "3000.3"), ("BNBUSDT", "600.1")):
        box.set_price(symbol, price)
    account = box.account(usdt=100_000, hedge=hedge)
    client = Live(box.url, account.key, account.secret, box.desk.now_ms())

    def order(symbol: str, side: str, leg: str, quantity: str, **limit: str) -> None:
        named = {"positionSide": leg} if hedge else {}
        kind = {"type": "LIMIT", "timeInForce": "GTC", **limit} if limit else {"type": "MARKET"}
        terms = {"symbol": symbol, "side": side, "quantity": quantity, **kind, **named}
        ok(client.signed("POST", "/fapi/v1/order", **terms))

    ok(client.signed("POST", "/fapi/v1/marginType", symbol="ETHUSDT", marginType="ISOLATED"))
    ok(client.signed("POST", "/fapi/v1/leverage", symbol="ETHUSDT", leverage=7))
    order("BTCUSDT", "BUY", "LONG", "0.333")
    order("ETHUSDT", "SELL", "SHORT", "1.234")
    order("BNBUSDT", "SELL", "SHORT", "2.34")
    if hedge:
        order("BTCUSDT", "SELL", "SHORT", "0.100")
    order("BTCUSDT", "BUY", "LONG", "0.011", price="55000")
    order("ETHUSDT", "SELL", "SHORT", "0.511", price="3111.11")
    for symbol, mark in (
        ("BTCUSDT", "59876.12345678"),
        ("ETHUSDT", "2987.65432109"),
        ("BNBUSDT", "601.23456789"),
    ):
        ok(client.lab("POST", "/prices", {"symbol": symbol, "mark": mark}))
    return client


def answers_of(hedge: bool, **options: Any) -> Saved:
    """Every answer of such an account."""
    with Box(market="none", clock="frozen", symbols=SYMBOLS, **options) as box:
        client = traded(box, hedge)
        return {path: ok(client.signed("GET", path)) for path in EVERYTHING}


def save(folder: Path, saved: Saved, *paths: str) -> Path:
    """Write answers under names that say nothing; all of them, or these."""
    folder.mkdir(exist_ok=True)
    for number, path in enumerate(paths or saved):
        (folder / f"{number}.json").write_text(json.dumps(saved[path]))
    return folder


def changed(saved: Saved, path: str, field: str, row: int = 0) -> Saved:
    """The same answers with one digit in the middle of a field changed."""
    found = copy.deepcopy(saved)
    rows = [each for each in dicts(found[path]) if field in each and digits(str(each[field]))]
    rows[row][field] = with_other_digit(str(rows[row][field]))
    return found


def dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from dicts(each)


def digits(text: str) -> list[int]:
    """Places of digits, where the number is not 0."""
    found = [place for place, letter in enumerate(text) if letter.isdigit()]
    return found if text.strip("-0.") else []


def with_other_digit(text: str, *, last: bool = False) -> str:
    places = digits(text)
    place = places[-1] if last else places[len(places) // 2]
    other = (int(text[place]) + 3) % 10
    return f"{text[:place]}{other}{text[place + 1 :]}"
