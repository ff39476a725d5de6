"""A client that keeps an account by its stream alone.

*Snapshot plus stream equals snapshot*: who takes position risk and account once and folds
ACCOUNT_UPDATE ever after holds what a second snapshot prints.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import orjson

from perpbox.wire.desk import Desk
from perpbox.wire.params import Params
from perpbox.wire.render_account import account_v2
from perpbox.wire.render_risk import position_risk_v2

Row = Mapping[str, object]
HALF_A_DIGIT: Final = Decimal("0.5e-8")
"""``ep`` prints eight decimals, rounded half up."""
DOUBLE: Final = Decimal("2e-16")
"""Position risk prints entry prices as binary doubles, which are off by so much of themselves."""


def _number(row: Row, key: str) -> Decimal:
    value = row[key]
    assert isinstance(value, str), f"{key} is no text: {value!r}"
    return Decimal(value)


def _rows(value: object) -> Sequence[Row]:
    assert isinstance(value, list)
    return value


class Follower:
    """Position amounts, entries, isolated wallets, margin types and wallets, kept by fold."""

    def __init__(self, risk: Sequence[Row], account: Row) -> None:
        """Begin with the two snapshots."""
        self.legs: dict[tuple[str, str], dict[str, Decimal]] = {}
        self.margin_types: dict[str, str] = {}
        self.wallets: dict[str, tuple[Decimal, Decimal]] = {}
        for row in risk:
            self.legs[str(row["symbol"]), str(row["positionSide"])] = {
                "pa": _number(row, "positionAmt"),
                "ep": _number(row, "entryPrice"),
                "iw": _number(row, "isolatedWallet"),
            }
            self.margin_types[str(row["symbol"])] = str(row["marginType"])
        for row in _rows(account["assets"]):
            self.wallets[str(row["asset"])] = (
                _number(row, "walletBalance"),
                _number(row, "crossWalletBalance"),
            )

    def take(self, payload: bytes) -> None:
        """Fold an event; only ACCOUNT_UPDATE moves anything."""
        event = orjson.loads(payload)
        if event["e"] != "ACCOUNT_UPDATE":
            return
        for row in event["a"]["B"]:
            self.wallets[row["a"]] = (Decimal(row["wb"]), Decimal(row["cw"]))
        for row in event["a"]["P"]:
            kept = {name: Decimal(row[name]) for name in ("pa", "ep", "iw")}
            self.legs[row["s"], row["ps"]] = kept
            self.margin_types[row["s"]] = row["mt"]

    def differences(self, risk: Sequence[Row], account: Row) -> list[str]:
        """Everything in which the fold and a fresh snapshot differ, in words."""
        found: list[str] = []

        def compare(what: str, folded: object, printed: object, *, same: bool) -> None:
            if not same:
                found.append(f"{what}: the stream says {folded}, the snapshot {printed}")

        flat = {"pa": Decimal(0), "ep": Decimal(0), "iw": Decimal(0)}
        for row in risk:
            symbol, side = str(row["symbol"]), str(row["positionSide"])
            leg = self.legs.get((symbol, side), flat)
            amount, wallet = _number(row, "positionAmt"), _number(row, "isolatedWallet")
            entry = _number(row, "entryPrice")
            doubt = HALF_A_DIGIT + entry * DOUBLE
            name = f"{symbol} {side}"
            compare(f"{name} positionAmt", leg["pa"], amount, same=leg["pa"] == amount)
            is_near = abs(leg["ep"] - entry) <= doubt
            compare(f"{name} entryPrice", leg["ep"], entry, same=is_near)
            compare(f"{name} isolatedWallet", leg["iw"], wallet, same=leg["iw"] == wallet)
            kind = self.margin_types[symbol]
            compare(f"{name} marginType", kind, row["marginType"], same=kind == row["marginType"])
        for row in _rows(account["assets"]):
            asset = str(row["asset"])
            kept = self.wallets.get(asset, (Decimal(0), Decimal(0)))
            printed = (_number(row, "walletBalance"), _number(row, "crossWalletBalance"))
            compare(f"{asset} wallets", kept, printed, same=kept == printed)
        return found


def snapshot(desk: Desk, account_id: int) -> tuple[Sequence[Row], Row]:
    """GET /fapi/v2/positionRisk and /fapi/v2/account of an account, as the wire prints them."""
    account = desk.state.accounts[account_id]
    nothing = Params({})
    risk = orjson.loads(position_risk_v2(desk, account, nothing))
    return _rows(risk), orjson.loads(account_v2(desk, account, nothing))
