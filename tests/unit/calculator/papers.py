"""Account files for the tests: the documented example, and ways to spoil it."""

import copy
import json
from typing import Any

Paper = dict[str, Any]
Step = str | int

EXAMPLE: Paper = {
    "asOf": "2022-06-14",
    "hedge": True,
    "multiAssets": False,
    "wallets": {"USDT": "2.53267053"},
    "symbols": {
        "BTCUSDT": {
            "mark": "21123.05052574",
            "last": "21123.1",
            "quantityPrecision": 3,
            "brackets": [
                {
                    "notionalFloor": "0",
                    "notionalCap": "50000",
                    "maintMarginRatio": "0.004",
                    "cum": "0",
                    "initialLeverage": 125,
                }
            ],
        }
    },
    "assets": {"USDT": {"bidRate": "1", "askRate": "1"}},
    "positions": [
        {
            "symbol": "BTCUSDT",
            "positionSide": "LONG",
            "positionAmt": "0.001",
            "entryPrice": "22185.2",
            "leverage": 4,
            "marginType": "cross",
            "isolatedWallet": "0",
            "feesPaid": "0",
        }
    ],
    "orders": [
        {
            "symbol": "BTCUSDT",
            "side": "BUY",
            "positionSide": "LONG",
            "price": "20000",
            "quantity": "0.001",
            "reduceOnly": False,
        }
    ],
}
"""The account whose recorded liquidation price is 19731.45529116."""


class Gone:
    """Stands for a name that is taken out."""


def spoiled(path: tuple[Step, ...], value: object, paper: Paper = EXAMPLE) -> Paper:
    """The file with one value replaced, added or (``Gone``) taken out."""
    changed = copy.deepcopy(paper)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    if value is Gone:
        del place[path[-1]]
    elif isinstance(place, list) and path[-1] == len(place):
        place.append(value)
    else:
        place[path[-1]] = value
    return changed


def one_way(*positions: Paper, **top: Any) -> Paper:
    """A one-way account of 1000 USDT with marks of 60000 and 3000."""
    symbols = {"BTCUSDT": {"mark": "60000"}, "ETHUSDT": {"mark": "3000"}}
    paper: Paper = {"wallets": {"USDT": "1000"}, "symbols": symbols, "positions": list(positions)}
    return {**paper, **top}


def position(symbol: str, amount: str, entry: str, **more: Any) -> Paper:
    return {"symbol": symbol, "positionAmt": amount, "entryPrice": entry, **more}


def content(paper: object) -> bytes:
    return json.dumps(paper).encode()
