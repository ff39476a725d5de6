"""One saved answer as an exchange: its own marks, completed from the other answers."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from perpbox import rounding
from perpbox.calculator import check_infer as infer
from perpbox.calculator.answers import CHECKED, Answer, Kind
from perpbox.calculator.answers_brackets import ENDLESS
from perpbox.calculator.answers_facts import Key, Row, key_of, text, units, whole
from perpbox.calculator.answers_known import ACCOUNTS, SETTLEMENT, Known, asset_rows
from perpbox.calculator.build import build
from perpbox.calculator.contracts import own_contract
from perpbox.calculator.desk import PaperDesk
from perpbox.calculator.document import AccountDocument, PositionTerms, SymbolTerms
from perpbox.engine.position import Leg
from perpbox.engine.types import PositionSide
from perpbox.money import PLACES, Amount, Price, Qty, Rate, parse
from perpbox.wire.params import Params
from perpbox.wire.render_account import account_v2, account_v3
from perpbox.wire.render_risk import position_risk_v2, position_risk_v3

RENDERERS: Final = {
    Kind.RISK_V2: position_risk_v2,
    Kind.RISK_V3: position_risk_v3,
    Kind.ACCOUNT_V2: account_v2,
    Kind.ACCOUNT_V3: account_v3,
}
QUOTES: Final = ("USDT", "USDC", "BNFCR", "USD1", "U")
PROFITS: Final = ("unrealizedProfit", "unRealizedProfit")
UNKNOWN_PROFIT: Final = "profit"
"""Marks a leg whose profit cannot be made again, and so no sum with it."""


class Scene(msgspec.Struct, kw_only=True):
    """An answer rebuilt: the exchange, and what its inputs leave open.

    ``open_fields``: (key, field) -> why it is not checkable.
    """

    answer: Answer
    desk: PaperDesk
    rows: Mapping[Key, Row]
    computed: Mapping[Key, Mapping[str, object]]
    body: Mapping[str, object]
    open_fields: dict[tuple[Key, str], str]


def rebuild(known: Known, answer: Answer) -> Scene:
    """Build the account of one answer and print the answer again."""
    return _Rebuilding(known, answer).scene()


class _Rebuilding:
    """One answer on its way to a scene."""

    def __init__(self, known: Known, answer: Answer) -> None:
        self.known = known
        self.answer = answer
        self.rows = {key_of(row): row for row in answer.rows}
        self.open: dict[tuple[Key, str], str] = {}
        self.isolated: dict[str, bool] = {}
        self.entries: dict[Key, int] = {}
        self.marks: dict[str, Price] = {}
        self.precisions: dict[str, int] = dict(known.facts.precisions)

    def scene(self) -> Scene:
        for key, row in self.rows.items():
            self._settle_entry(key, row)
        for symbol in dict.fromkeys(symbol for symbol, _ in self.rows):
            self.isolated[symbol] = self._is_isolated(symbol)
            self.marks[symbol] = self._mark(symbol)
        self._settle_unknown_entries()
        wallets = self._wallets()
        desk = build(self._document(wallets))
        self._finish(desk)
        return self._printed(desk)

    def _others(self, key: Key, name: str) -> list[str]:
        """A field of the same leg, with the same size, in the other answers."""
        own = self.rows[key]
        return [
            text(row, name)
            for answer in self.known.answers.of(*CHECKED)
            if answer is not self.answer
            for row in answer.rows
            if name in row
            and key_of(row) == key
            and text(row, "positionAmt") == text(own, "positionAmt")
        ]

    def _settle_entry(self, key: Key, row: Row) -> None:
        quantity = Qty(units(self.answer, row, "positionAmt"))
        texts = (
            [text(row, "entryPrice")] if "entryPrice" in row else self._others(key, "entryPrice")
        )
        if not quantity:
            self.entries[key] = 0
            return
        if not texts:
            for name in PROFITS:
                self.open[key, name] = "no answer prints the entry price of this leg"
            self.entries[key] = 0
            return
        found = infer.infer_entry(
            texts[0],
            quantity,
            self.precisions.get(key[0]),
            Qty(10 ** (PLACES - infer.places_of(text(row, "positionAmt")))),
            self.known.facts.vintage,
        )
        self.entries[key] = found.entry_e20
        self.precisions.setdefault(key[0], found.precision)

    def _settle_unknown_entries(self) -> None:
        """Where no answer prints an entry price, take one that makes the printed profit."""
        for key, row in self.rows.items():
            quantity = Qty(units(self.answer, row, "positionAmt"))
            if not quantity or not any((key, name) in self.open for name in PROFITS):
                continue
            profit = Amount(units(self.answer, row, "unrealizedProfit"))
            mark = self.marks[key[0]]
            entry = infer.infer_entry_of_profit(quantity, mark, profit)
            self.entries[key] = entry * 10**12
            if rounding.unrealized_profit(quantity, mark, entry) != profit:
                if self.isolated[key[0]]:
                    self.open[key, "isolatedMargin"] = self.open[key, PROFITS[0]]
                self.open[key, UNKNOWN_PROFIT] = self.open[key, PROFITS[0]]

    def _legs(self, symbol: str) -> list[tuple[Key, Row]]:
        return [(key, row) for key, row in self.rows.items() if key[0] == symbol]

    def _is_isolated(self, symbol: str) -> bool:
        own = [row for _, row in self._legs(symbol)]
        others = [
            row
            for answer in self.known.answers.of(Kind.RISK_V2, Kind.ACCOUNT_V2)
            for row in answer.rows
            if row.get("symbol") == symbol
        ]
        settings = self.known.facts.settings.get(symbol)
        for row in (*own, *([settings] if settings else []), *others):
            if "marginType" in row:
                return text(row, "marginType").lower() == "isolated"
            if "isolated" in row:
                return text(row, "isolated").lower() == "true"
        return any(units(self.answer, row, "isolatedWallet") for row in own)

    def _leverage(self, symbol: str) -> int:
        rows = [row for _, row in self._legs(symbol)]
        others = [
            row
            for answer in self.known.answers.of(Kind.RISK_V2, Kind.ACCOUNT_V2)
            for row in answer.rows
            if row.get("symbol") == symbol
        ]
        settings = self.known.facts.settings.get(symbol)
        for row in (*rows, *([settings] if settings else []), *others):
            if "leverage" in row:
                return max(1, whole(self.answer, row, "leverage"))
        found = self._leverage_of_margins(symbol)
        if not found:
            for key, _ in self._legs(symbol):
                self.open[key, "initialMargin"] = "no answer tells its leverage and open orders"
        return found or 1

    def _leverage_of_margins(self, symbol: str) -> int:
        """Leverage from initial margins, of any answer; 0 where none gives one exactly.

        A margin of the position alone tells it; one with orders in it only if it comes out.
        """
        rounds_up = self.known.facts.vintage.rules().initial_margin_rounds_up
        held = 0
        for name in ("positionInitialMargin", "initialMargin"):
            for answer in self.known.answers.of(*CHECKED):
                for row in answer.rows:
                    if row.get("symbol") != symbol or name not in row:
                        continue
                    value = Amount(abs(units(answer, row, "notional")))
                    orders = [units(answer, row, each) for each in ("bidNotional", "askNotional")]
                    value = value or Amount(max(orders))
                    initial = Amount(units(answer, row, name))
                    held = held or value
                    leverage = infer.infer_leverage(value, initial) if initial else 0
                    exact = rounding.margin_rate(leverage) if leverage else 0
                    again = rounding.initial_margin(value, Rate(exact), rounds_up)
                    if leverage and (name == "positionInitialMargin" or abs(again - initial) <= 1):
                        return leverage
        return 0 if held else 1

    def _mark(self, symbol: str) -> Price:
        """The mark of an answer: printed, else one that makes the same notional."""
        legs = sorted(
            self._legs(symbol), key=lambda leg: -abs(units(self.answer, leg[1], "positionAmt"))
        )
        key, row = legs[0]
        if "markPrice" in row:
            return Price(units(self.answer, row, "markPrice"))
        quantity = Qty(units(self.answer, row, "positionAmt"))
        if not quantity:
            return self.known.facts.marks.get(symbol, Price(0))
        notional = Amount(units(self.answer, row, "notional"))
        name = "unrealizedProfit"
        entry = rounding.entry_cut(self.entries[key])
        profit = Amount(units(self.answer, row, name)) if (key, name) not in self.open else None
        near = [Price(parse(each)) for each in self._others(key, "markPrice")]
        near += [self.known.facts.marks[symbol]] if symbol in self.known.facts.marks else []
        for mark in near:
            # The same moment, then, whatever else is wrong with the row.
            if profit is not None and (
                rounding.notional(quantity, mark) == notional
                or rounding.unrealized_profit(quantity, mark, entry) == profit
            ):
                return mark
        self.open[key, "notional"] = "no mark is printed beside it; the mark was found from it"
        found = infer.infer_mark(quantity, notional, profit, entry)
        return found or Price(max(1, infer.marks_of_notional(quantity, notional)[0]))

    def _wallets(self) -> dict[str, Amount]:
        """Wallets as the document wants them: cross wallet and this answer's isolated wallets."""
        if self.answer.kind in ACCOUNTS:
            return {
                text(row, "asset"): Amount(units(self.answer, row, "walletBalance"))
                for row in asset_rows(self.answer)
            }
        found: dict[str, Amount] = {}
        for saved in self.known.answers.of(Kind.ACCOUNT_V2, Kind.ACCOUNT_V3, Kind.BALANCE):
            for row in saved.rows if saved.kind is Kind.BALANCE else asset_rows(saved):
                asset = text(row, "asset")
                if "crossWalletBalance" in row:
                    found.setdefault(asset, Amount(units(saved, row, "crossWalletBalance")))
        for (symbol, _), row in self.rows.items():
            asset = self._asset(symbol)
            wallet = units(self.answer, row, "isolatedWallet")
            if asset in found:
                found[asset] = Amount(found[asset] + wallet)
            elif not self.isolated[symbol]:
                self._open_cross(symbol, f"no answer prints the wallet of {asset}")
        self._see_all_cross()
        return found

    def _open_cross(self, symbol: str, why: str) -> None:
        for key, _ in self._legs(symbol):
            self.open[key, "liquidationPrice"] = why

    def _see_all_cross(self) -> None:
        """A cross price needs every cross position; an answer of one symbol lacks the others."""
        held = {
            key_of(row)
            for answer in self.known.answers.of(*CHECKED)
            for row in answer.rows
            if units(answer, row, "positionAmt") and not units(answer, row, "isolatedWallet")
        }
        missing = sorted(held - set(self.rows))
        if missing:
            for symbol, isolated in self.isolated.items():
                if not isolated:
                    why = f"the answer lacks the position in {missing[0][0]}"
                    self._open_cross(symbol, why)

    def _asset(self, symbol: str) -> str:
        for _, row in self._legs(symbol):
            if "marginAsset" in row:
                return text(row, "marginAsset")
        for answer in self.known.answers.of(Kind.RISK_V3, Kind.EXCHANGE_INFO):
            for row in answer.rows:
                if row.get("symbol") == symbol and "marginAsset" in row:
                    return text(row, "marginAsset")
        return next((quote for quote in QUOTES if symbol.endswith(quote)), SETTLEMENT)

    def _document(self, wallets: dict[str, Amount]) -> AccountDocument:
        facts = self.known.facts
        symbols = {symbol: self._terms(symbol) for symbol in self.marks}
        return AccountDocument(
            api_date=facts.vintage.api_date,
            hedge=facts.hedge,
            multi_assets=self.known.multi_assets,
            wallets=wallets,
            symbols=symbols,
            assets=dict(facts.rates) if self.known.multi_assets else {},
            positions=tuple(self._position(key, row) for key, row in self.rows.items()),
            orders=tuple(each for each in facts.orders or () if each.symbol in symbols),
        )

    def _terms(self, symbol: str) -> SymbolTerms:
        facts = self.known.facts
        places = max(
            infer.places_of(text(row, "positionAmt", "0")) for _, row in self._legs(symbol)
        )
        chosen = self.known.brackets[symbol]
        leverage = self._leverage(symbol)
        table = chosen.table
        if not chosen.caps_known:
            first = table[0]
            table = infer.flat_bracket(125, ENDLESS, first.maint_margin_rate, first.cum)
        contract = own_contract(
            symbol, table, self._asset(symbol), places, self.precisions.get(symbol, PLACES)
        )
        return SymbolTerms(
            instrument=contract,
            mark=self.marks[symbol] or Price(1),
            last=facts.last.get(symbol, Price(0)),
            leverage=leverage,
            is_isolated=self.isolated[symbol],
            is_auto_add=any(
                text(row, "isAutoAddMargin") == "true" for _, row in self._legs(symbol)
            ),
        )

    def _position(self, key: Key, row: Row) -> PositionTerms:
        return PositionTerms(
            symbol=key[0],
            side=PositionSide[key[1]],
            quantity=Qty(units(self.answer, row, "positionAmt")),
            entry_e20=self.entries[key],
            isolated_wallet=Amount(units(self.answer, row, "isolatedWallet")),
            updated_ms=whole(self.answer, row, "updateTime"),
            adl=min(4, whole(self.answer, row, "adl" if "adl" in row else "adlQuantile")),
        )

    def _finish(self, desk: PaperDesk) -> None:
        """What a document cannot say: a mark of 0, order notional without orders, leverage."""
        account = desk.account
        for symbol, mark in self.marks.items():
            desk.state.markets[symbol].mark = mark
            # Any leverage that was printed is taken, whatever the brackets allow.
            account.holdings[symbol].set_leverage(self._leverage(symbol))
        if self.known.facts.orders is not None:
            return
        for key, row in self.rows.items():
            leg = account.holdings[key[0]].leg(PositionSide[key[1]])
            self._set_order_notional(key, row, leg)

    def _set_order_notional(self, key: Key, row: Row, leg: Leg) -> None:
        for name in ("bidNotional", "askNotional"):
            texts = [text(row, name)] if name in row else self._others(key, name)
            if texts:
                setattr(leg, name.removesuffix("Notional") + "_notional", Amount(parse(texts[0])))
            elif "initialMargin" in row:
                self._infer_order_notional(key, row, leg)

    def _infer_order_notional(self, key: Key, row: Row, leg: Leg) -> None:
        """No answer tells of orders: the initial margin must be that of the position alone."""
        rate = rounding.margin_rate(self._leverage(key[0]))
        value = Amount(abs(units(self.answer, row, "notional")))
        initial = Amount(units(self.answer, row, "initialMargin"))
        alone = rounding.initial_margin(
            value, rate, self.known.facts.vintage.rules().initial_margin_rounds_up
        )
        if initial - alone > 1:
            self.open[key, "initialMargin"] = "no answer tells the open orders"
            notional = infer.infer_open_notional(initial, rate, value)
            if leg.quantity < 0 or leg.side is PositionSide.SHORT:
                leg.ask_notional = notional
            else:
                leg.bid_notional = notional

    def _printed(self, desk: PaperDesk) -> Scene:
        printed = json.loads(RENDERERS[self.answer.kind](desk, desk.account, Params({})))
        listed: Sequence[Mapping[str, object]]
        listed = printed if isinstance(printed, list) else printed["positions"]
        return Scene(
            answer=self.answer,
            desk=desk,
            rows=self.rows,
            computed={key_of(row): row for row in listed},
            body=printed if isinstance(printed, dict) else {},
            open_fields=self.open,
        )
