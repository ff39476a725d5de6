"""Account files: JSON to an account document, every mistake named by its place and its fix."""

from collections.abc import Mapping
from typing import Final

from perpbox.calculator import fields
from perpbox.calculator.account_rows import (
    ORDER_KEYS,
    POSITION_KEYS,
    Row,
    order_terms,
    position_terms,
)
from perpbox.calculator.contracts import contract
from perpbox.calculator.document import (
    AccountDocument,
    AssetTerms,
    PositionTerms,
    SymbolTerms,
)
from perpbox.calculator.errors import AccountFileError, shown
from perpbox.engine.types import PositionSide
from perpbox.money import SCALE, Amount, Price, Rate, plain
from perpbox.wire.vintage import NEWEST, Vintage

FILE_BYTES_MAX: Final = 10_000_000
"""Largest account file; thousands of positions with brackets of their own fit in."""
SYMBOLS_MAX: Final = 2_000
POSITIONS_MAX: Final = 4_000
ORDERS_MAX: Final = 20_000
WALLETS_MAX: Final = 1_000
FEE_TIER_MAX: Final = 9
MARGIN_TYPES: Final = {"CROSS": False, "CROSSED": False, "ISOLATED": True}

_TOP_KEYS: Final = (
    *("asOf", "hedge", "multiAssets", "wallets", "symbols", "assets", "positions", "orders"),
    *("makerFee", "takerFee", "feeTier", "feeBurn"),
)
_SYMBOL_KEYS: Final = (
    *("mark", "last", "quantityPrecision", "pricePrecision", "brackets", "leverage"),
    *("marginType", "marginAsset", "notionalCoef"),
)
_ASSET_KEYS: Final = ("bidRate", "askRate")


def read_account(content: bytes) -> AccountDocument:
    """Read an account file.

    Raises:
        AccountFileError: with the place in the file and what to change there.
    """
    if len(content) > FILE_BYTES_MAX:
        problem = f"is larger than {FILE_BYTES_MAX} bytes; split it by account"
        raise AccountFileError(fields.DOCUMENT, problem)
    top = fields.table(fields.read_json(content), fields.DOCUMENT)
    fields.known(top, _TOP_KEYS, "")
    return _Reader(top).document()


class _Reader:
    """One file on its way to a document."""

    def __init__(self, top: Row) -> None:
        self.top = top
        self.hedge = fields.flag_or_false(top, "hedge", "")
        self.multi_assets = fields.flag_or_false(top, "multiAssets", "")
        self.symbol_rows = self._symbol_rows()
        self.position_rows = self._rows("positions", POSITIONS_MAX, POSITION_KEYS)
        self.order_rows = self._rows("orders", ORDERS_MAX, ORDER_KEYS)
        self.held = _by_symbol("positions", self.position_rows)
        self.ordered = _by_symbol("orders", self.order_rows)

    def document(self) -> AccountDocument:
        """The whole document, checked."""
        top = self.top
        api_date = self._api_date()
        wallets = self._wallets()
        symbols = {symbol: self._symbol(symbol, row) for symbol, row in self.symbol_rows.items()}
        positions = self._positions(symbols)
        return AccountDocument(
            api_date=api_date,
            hedge=self.hedge,
            multi_assets=self.multi_assets,
            wallets=wallets,
            symbols=symbols,
            assets=self._assets(),
            positions=positions,
            orders=tuple(
                order_terms(row, f"orders[{place}]", symbols[str(row["symbol"])], hedge=self.hedge)
                for place, row in enumerate(self.order_rows)
            ),
            maker_fee=_rate(top, "makerFee"),
            taker_fee=_rate(top, "takerFee"),
            fee_tier=fields.whole_or_zero(top, "feeTier", "", 0, FEE_TIER_MAX),
            fee_burn=fields.flag_or_false(top, "feeBurn", ""),
            notes=_notes(wallets, symbols, positions),
        )

    def _api_date(self) -> str:
        if "asOf" not in self.top:
            return NEWEST
        text = fields.text(self.top["asOf"], "asOf")
        try:
            return Vintage(text).api_date
        except ValueError:
            problem = f"{shown(text)} is not a date from 2019 on; write it as 2026-11-01"
            raise AccountFileError("asOf", problem) from None

    def _wallets(self) -> dict[str, Amount]:
        why = 'give the wallet balances, isolated ones included: {"USDT": "1000"}'
        rows = fields.table(fields.required(self.top, "wallets", "", why), "wallets")
        if len(rows) > WALLETS_MAX:
            raise AccountFileError("wallets", f"has {len(rows)} assets; {WALLETS_MAX} at most")
        found = {}
        for name, value in rows.items():
            path = fields.below("wallets", name)
            asset = fields.name(name, path)
            amount = Amount(fields.decimal(value, path, signed=True))
            if amount < 0 and not self.multi_assets:
                problem = f"{plain(amount)} is below 0; only a multi-assets account may owe"
                raise AccountFileError(path, f"{problem}, so give 0 or more")
            found[asset] = amount
        return found

    def _symbol_rows(self) -> dict[str, Row]:
        why = 'give the contracts with their mark: {"BTCUSDT": {"mark": "60000"}}'
        rows = fields.table(fields.required(self.top, "symbols", "", why), "symbols")
        if len(rows) > SYMBOLS_MAX:
            raise AccountFileError("symbols", f"has {len(rows)} entries; {SYMBOLS_MAX} at most")
        found = {}
        for name, value in rows.items():
            path = fields.below("symbols", name)
            row = fields.table(value, path)
            fields.known(row, _SYMBOL_KEYS, path)
            found[fields.name(name, path)] = row
        return found

    def _rows(self, name: str, most: int, keys: tuple[str, ...]) -> list[Row]:
        """The rows of a list, each for a symbol that the file describes."""
        found = []
        for place, value in enumerate(fields.entries(self.top.get(name, []), name, most)):
            path = f"{name}[{place}]"
            row = fields.table(value, path)
            fields.known(row, keys, path)
            symbol = fields.text(
                fields.required(row, "symbol", path, "name the contract"), f"{path}.symbol"
            )
            if symbol not in self.symbol_rows:
                problem = f"{shown(symbol)} is not under symbols; correct it, or add it there"
                raise AccountFileError(f"{path}.symbol", f"{problem} with its mark")
            found.append(row)
        return found

    def _symbol(self, symbol: str, row: Row) -> SymbolTerms:
        path = f"symbols.{symbol}"
        held = [each for _, each in self.held.get(symbol, ())]
        ordered = [each for _, each in self.ordered.get(symbol, ())]
        instrument = contract(
            symbol,
            row,
            path,
            quantities=[
                *(each.get("positionAmt") for each in held),
                *(each.get("quantity") for each in ordered),
            ],
            prices=[
                row.get("last"),
                *(each.get("entryPrice") for each in held),
                *(each.get("price") for each in ordered),
            ],
        )
        why = 'every contract needs its mark price: "mark": "60000"'
        mark = fields.required(row, "mark", path, why)
        highest = instrument.brackets[0].initial_leverage
        usual = min(instrument.default_leverage, highest)
        coefficient = SCALE
        if "notionalCoef" in row:
            coefficient = fields.above_zero(row["notionalCoef"], f"{path}.notionalCoef")
        return SymbolTerms(
            instrument=instrument,
            mark=Price(fields.above_zero(mark, f"{path}.mark")),
            last=Price(fields.decimal_or_zero(row, "last", path)),
            leverage=self._leverage(symbol, row, highest) or usual,
            is_isolated=self._is_isolated(symbol, row),
            is_auto_add=self._is_auto_add(symbol),
            notional_coefficient=Rate(coefficient),
        )

    def _settings(self, symbol: str, row: Row, name: str) -> list[tuple[str, object]]:
        """Where a setting of a symbol is written: (path, value), the symbol's own first."""
        found = [(f"symbols.{symbol}.{name}", row[name])] if name in row else []
        return found + [
            (f"{place}.{name}", each[name])
            for place, each in self.held.get(symbol, ())
            if name in each
        ]

    def _leverage(self, symbol: str, row: Row, highest: int) -> int | None:
        found: tuple[str, int] | None = None
        for path, value in self._settings(symbol, row, "leverage"):
            leverage = fields.whole(value, path, 1, highest)
            if found is not None and leverage != found[1]:
                _disagree(path, str(leverage), found[0], str(found[1]))
            found = found or (path, leverage)
        return found[1] if found else None

    def _is_isolated(self, symbol: str, row: Row) -> bool:
        found: tuple[str, bool] | None = None
        words = {True: "isolated", False: "cross"}
        for path, value in self._settings(symbol, row, "marginType"):
            is_isolated = MARGIN_TYPES[
                fields.choice(value, path, MARGIN_TYPES, "cross or isolated")
            ]
            if is_isolated and self.multi_assets:
                problem = "isolated, but a multi-assets account is cross only; set one of the two"
                raise AccountFileError(path, problem)
            if found is not None and is_isolated is not found[1]:
                _disagree(path, words[is_isolated], found[0], words[found[1]])
            found = found or (path, is_isolated)
        return found[1] if found else False

    def _is_auto_add(self, symbol: str) -> bool:
        found: tuple[str, bool] | None = None
        for path, value in self._settings(symbol, {}, "isAutoAddMargin"):
            # Position risk prints it as a text.
            is_on = value == "true" if value in ("true", "false") else fields.flag(value, path)
            if found is not None and is_on is not found[1]:
                _disagree(path, str(is_on).lower(), found[0], str(found[1]).lower())
            found = found or (path, is_on)
        return found[1] if found else False

    def _assets(self) -> dict[str, AssetTerms]:
        rows = fields.table(self.top.get("assets", fields.JsonObject([])), "assets")
        found = {}
        for name, value in rows.items():
            path = fields.below("assets", name)
            row = fields.table(value, path)
            fields.known(row, _ASSET_KEYS, path)
            rates = [
                Price(
                    fields.above_zero(
                        fields.required(row, key, path, "give both rates, in dollars"),
                        f"{path}.{key}",
                    )
                )
                for key in _ASSET_KEYS
            ]
            found[fields.name(name, path)] = AssetTerms(bid_rate=rates[0], ask_rate=rates[1])
        return found

    def _positions(self, symbols: Mapping[str, SymbolTerms]) -> tuple[PositionTerms, ...]:
        found: dict[tuple[str, PositionSide], tuple[int, PositionTerms]] = {}
        for place, row in enumerate(self.position_rows):
            path = f"positions[{place}]"
            position = position_terms(row, path, symbols[str(row["symbol"])], hedge=self.hedge)
            key = position.symbol, position.side
            if key in found:
                problem = f"a second {position.side.name} row of {position.symbol}"
                raise AccountFileError(
                    path, f"{problem} (the first is positions[{found[key][0]}]); keep one"
                )
            found[key] = place, position
        return tuple(position for _, position in found.values())


def _by_symbol(name: str, rows: list[Row]) -> dict[str, list[tuple[str, Row]]]:
    """Rows by symbol, each with its path."""
    found: dict[str, list[tuple[str, Row]]] = {}
    for place, row in enumerate(rows):
        found.setdefault(str(row["symbol"]), []).append((f"{name}[{place}]", row))
    return found


def _disagree(path: str, value: str, other_path: str, other: str) -> None:
    problem = f"{value}, but {other_path} says {other}; both legs of a contract share it"
    raise AccountFileError(path, f"{problem}, so make them the same")


def _rate(row: Row, name: str) -> Rate | None:
    if name not in row:
        return None
    rate = Rate(fields.decimal(row[name], name, signed=True))
    if abs(rate) > SCALE:
        raise AccountFileError(name, f'{plain(rate)} is above 1; a fee of 0.05 % is "0.0005"')
    return rate


def _notes(
    wallets: Mapping[str, Amount],
    symbols: Mapping[str, SymbolTerms],
    positions: tuple[PositionTerms, ...],
) -> tuple[str, ...]:
    """What can be computed and yet looks like a mistake."""
    set_aside: dict[str, int] = {}
    for position in positions:
        asset = symbols[position.symbol].instrument.margin_asset
        set_aside[asset] = set_aside.get(asset, 0) + position.isolated_wallet
    return tuple(
        f"wallets.{asset}: {plain(wallets.get(asset, 0))} is less than the {plain(amount)} in "
        "isolated wallets; wallet balances include them"
        for asset, amount in set_aside.items()
        if amount and amount > wallets.get(asset, 0)
    )
