"""Rows of an account file: positions and resting orders."""

from collections.abc import Mapping
from typing import Final

from perpbox.calculator import fields
from perpbox.calculator.document import OrderTerms, PositionTerms, SymbolTerms
from perpbox.calculator.errors import AccountFileError
from perpbox.engine.orders import is_reducing
from perpbox.engine.types import PositionSide, Side
from perpbox.money import Amount, Price, Qty, decimals, plain

ADL_MAX: Final = 4
POSITION_KEYS: Final = (
    *("symbol", "positionSide", "positionAmt", "entryPrice", "leverage", "marginType"),
    *("isolatedWallet", "feesPaid", "realized", "updateTime", "adl", "isAutoAddMargin"),
)
ORDER_KEYS: Final = ("symbol", "side", "positionSide", "price", "quantity", "reduceOnly")

Row = Mapping[str, object]


def position_terms(row: Row, path: str, terms: SymbolTerms, *, hedge: bool) -> PositionTerms:
    """One leg."""
    symbol = str(row["symbol"])
    side = _side(row, path, hedge)
    quantity = _quantity(row, "positionAmt", path, terms, signed=True)
    if (side is PositionSide.LONG and quantity < 0) or (
        side is PositionSide.SHORT and quantity > 0
    ):
        sign = "above" if side is PositionSide.LONG else "below"
        problem = f"{plain(quantity)}, but a {side.name} position is {sign} 0; correct the sign"
        raise AccountFileError(f"{path}.positionAmt", problem)
    wallet = _isolated_wallet(row, path, terms, quantity)
    return PositionTerms(
        symbol=symbol,
        side=side,
        quantity=quantity,
        entry_e20=_entry(row, path, quantity),
        isolated_wallet=wallet,
        fees_paid=Amount(fields.decimal_or_zero(row, "feesPaid", path, signed=True)),
        realized=Amount(fields.decimal_or_zero(row, "realized", path, signed=True)),
        updated_ms=fields.whole_or_zero(row, "updateTime", path, 0, fields.WHOLE_MAX),
        adl=fields.whole_or_zero(row, "adl", path, 0, ADL_MAX),
    )


def order_terms(row: Row, path: str, terms: SymbolTerms, *, hedge: bool) -> OrderTerms:
    """One resting order."""
    symbol = str(row["symbol"])
    why = "give BUY or SELL"
    word = fields.choice(fields.required(row, "side", path, why), f"{path}.side", ("BUY", "SELL"))
    position_side = _side(row, path, hedge)
    quantity = _quantity(row, "quantity", path, terms, signed=False)
    if not quantity:
        raise AccountFileError(f"{path}.quantity", "is 0; give what is left of the order")
    price = fields.required(row, "price", path, "give its limit price")
    reduce_only = fields.flag_or_false(row, "reduceOnly", path)
    if hedge and reduce_only and not is_reducing(Side[word], position_side, False):
        problem = f"{word} {position_side.name} opens; leave it out in hedge mode"
        raise AccountFileError(f"{path}.reduceOnly", problem)
    return OrderTerms(
        symbol=symbol,
        side=Side[word],
        position_side=position_side,
        price=Price(fields.above_zero(price, f"{path}.price")),
        quantity=quantity,
        reduce_only=reduce_only,
    )


def _side(row: Row, path: str, hedge: bool) -> PositionSide:
    path = f"{path}.positionSide"
    if "positionSide" not in row:
        if hedge:
            raise AccountFileError(path, "missing; in hedge mode write LONG or SHORT")
        return PositionSide.BOTH
    word = fields.choice(row["positionSide"], path, PositionSide.__members__)
    side = PositionSide[word]
    if hedge and side is PositionSide.BOTH:
        problem = 'BOTH, but the account is in hedge mode; write LONG or SHORT, or "hedge": false'
        raise AccountFileError(path, problem)
    if not hedge and side is not PositionSide.BOTH:
        problem = f'{word}, but the account is in one-way mode; write BOTH, or "hedge": true'
        raise AccountFileError(path, problem)
    return side


def _isolated_wallet(row: Row, path: str, terms: SymbolTerms, quantity: Qty) -> Amount:
    path = f"{path}.isolatedWallet"
    wallet = Amount(fields.decimal(row.get("isolatedWallet", "0"), path))
    if terms.is_isolated and quantity and not wallet:
        problem = "missing" if "isolatedWallet" not in row else "is 0"
        problem += "; an isolated position has a wallet of its own: give it"
        raise AccountFileError(path, f'{problem}, or set marginType to "cross"')
    if wallet and not terms.is_isolated:
        problem = f'{plain(wallet)}, but the position is cross; set "0" or marginType "isolated"'
        raise AccountFileError(path, problem)
    if wallet and not quantity:
        raise AccountFileError(path, f'{plain(wallet)}, but the position is 0; set "0"')
    return wallet


def _quantity(row: Row, name: str, path: str, terms: SymbolTerms, *, signed: bool) -> Qty:
    value = fields.required(row, name, path, 'give the quantity, such as "0.001"')
    quantity = Qty(fields.decimal(value, f"{path}.{name}", signed=signed))
    needed, places = decimals(quantity), terms.instrument.quantity_precision
    if needed > places:
        symbol = terms.instrument.symbol
        problem = f"{plain(quantity)} has {needed} decimals and {symbol} has {places}; cut it"
        where = f"symbols.{symbol}.quantityPrecision"
        raise AccountFileError(f"{path}.{name}", f"{problem}, or set {where}")
    return quantity


def _entry(row: Row, path: str, quantity: Qty) -> int:
    if not quantity:
        fields.entry_price(row.get("entryPrice", "0"), f"{path}.entryPrice")
        return 0
    value = fields.required(row, "entryPrice", path, "give the entry price as it is printed")
    entry_e20 = fields.entry_price(value, f"{path}.entryPrice")
    if not entry_e20:
        raise AccountFileError(f"{path}.entryPrice", "is 0; give the entry price as it is printed")
    return entry_e20
