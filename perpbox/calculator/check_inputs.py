"""The inputs of a printed position row, and the row that the exchange prints for them."""

import json
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Final

import msgspec

from perpbox import rounding
from perpbox.calculator import check_infer as infer
from perpbox.calculator.build import build
from perpbox.calculator.check import (
    printed_text,
)
from perpbox.calculator.contracts import own_contract
from perpbox.calculator.desk import PaperDesk
from perpbox.calculator.document import AccountDocument, PositionTerms, SymbolTerms
from perpbox.engine.margin import bracket_of
from perpbox.engine.state import Account
from perpbox.engine.symbol import Bracket, Instrument
from perpbox.engine.types import PositionSide
from perpbox.money import PLACES, SCALE, Amount, Price, Qty, Rate, parse
from perpbox.wire.doubles import break_even_text
from perpbox.wire.params import Params
from perpbox.wire.render_account import account_v2, account_v3
from perpbox.wire.render_risk import position_risk_v2, position_risk_v3
from perpbox.wire.vintage import Vintage

Row = Mapping[str, object]


class RowKind(Enum):
    """Which answer a row is from."""

    RISK_V2 = "positionRisk v2"
    RISK_V3 = "positionRisk v3"
    ACCOUNT_V2 = "account v2"
    ACCOUNT_V3 = "account v3"


WITHOUT_LEVERAGE: Final = frozenset((RowKind.RISK_V3, RowKind.ACCOUNT_V3))
"""Answers that do not print leverage; a recorded row of them may carry it as a remark."""
FROM_NOTIONAL: Final = "mark found from it"
FROM_CAP: Final = "cap taken from it, its text is the test"
FROM_INITIAL: Final = "order notional found from it"
INFERRED_FEES: Final = "fees less realized profit found from it"
BRACKET_FIELDS: Final = ("maintMargin", "liquidationPrice", "maxNotionalValue", "maxNotional")
QUOTES: Final = ("USDT", "USDC")


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a contract besides its row.

    ``tables``: bracket tables that may have been in force, likeliest first. ``names``: what each
    is called in a verdict.
    """

    price_precision: int | None = None
    tables: Sequence[tuple[Bracket, ...]] = ()
    names: Sequence[str] = ()


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs of a row: read where printed, inferred where not, with the assumptions named."""

    kind: RowKind
    vintage: Vintage
    instrument: Instrument
    leg: PositionTerms
    bid: Amount
    ask: Amount
    mark: Price
    leverage: int
    is_isolated: bool
    is_auto_add: bool = False
    entry: infer.Entry
    equity: Amount = Amount(0)
    assumed: Mapping[str, str] = {}
    """Field or ``*`` -> what was assumed for it."""


def text_or(row: Row, name: str, default: str) -> str:
    """A field as text."""
    return printed_text(row[name]) if name in row else default


def amount_or_zero(row: Row, name: str) -> Amount:
    """A money field; 0 where it is not printed."""
    return Amount(parse(text_or(row, name, "0")))


def unrealized_of(row: Row) -> Amount | None:
    """Unrealized profit under either of its names."""
    for name in ("unRealizedProfit", "unrealizedProfit"):
        if name in row:
            return Amount(parse(printed_text(row[name])))
    return None


def is_isolated_row(row: Row) -> bool:
    """Whether a row is of an isolated position."""
    if "marginType" in row:
        return str(row["marginType"]).lower() == "isolated"
    if "isolated" in row:
        return str(row["isolated"]).lower() == "true"
    return parse(text_or(row, "isolatedWallet", "0")) != 0


def margin_asset_of(row: Row) -> str:
    """The margin asset that a row names, or the one that its symbol ends in."""
    if "marginAsset" in row:
        return str(row["marginAsset"])
    symbol = str(row["symbol"])
    return next((quote for quote in QUOTES if symbol.endswith(quote)), QUOTES[0])


def base_instrument(row: Row, terms: Terms) -> Instrument:
    """The contract of a row with the decimals that the row shows and one endless bracket."""
    return own_contract(
        str(row["symbol"]),
        infer.flat_bracket(leverage_of(row), printed_cap(row), Rate(1), Amount(0)),
        margin_asset_of(row),
        infer.places_of(text_or(row, "positionAmt", "0")),
        PLACES if terms.price_precision is None else terms.price_precision,
    )


def leverage_of(row: Row) -> int:
    """Leverage as printed, else notional over initial margin (of the position, where printed)."""
    if "leverage" in row:
        return int(printed_text(row["leverage"]))
    name = "positionInitialMargin" if "positionInitialMargin" in row else "initialMargin"
    return infer.infer_leverage(amount_or_zero(row, "notional"), amount_or_zero(row, name))


def printed_cap(row: Row) -> Amount:
    """The cap at the leverage of a row; endless where none is printed."""
    for name in ("maxNotionalValue", "maxNotional"):
        if name in row:
            return Amount(parse(printed_text(row[name])))
    return Amount(10**18 * SCALE)


def read_inputs(row: Row, kind: RowKind, vintage: Vintage, terms: Terms) -> Inputs:
    """The inputs of a row; brackets and fees are still to be found."""
    instrument = base_instrument(row, terms)
    quantity = Qty(parse(text_or(row, "positionAmt", "0")))
    assumed: dict[str, str] = {}
    entry = infer.Entry(0, instrument.price_precision, "")
    if kind in WITHOUT_LEVERAGE:
        assumed["initialMargin"] = assumed["positionInitialMargin"] = "leverage found from it"
    if quantity and "entryPrice" in row:
        entry = infer.infer_entry(
            printed_text(row["entryPrice"]),
            quantity,
            terms.price_precision,
            instrument.step_size,
            vintage,
        )
        if entry.precision != instrument.price_precision:
            instrument = msgspec.structs.replace(instrument, price_precision=entry.precision)
    mark = Price(0)
    if "markPrice" in row:
        mark = Price(parse(printed_text(row["markPrice"])))
    elif quantity:
        entry8 = Price(entry.entry_e20 // 10**12) if entry.source else None
        notional = amount_or_zero(row, "notional")
        found = infer.infer_mark(quantity, notional, unrealized_of(row), entry8)
        mark = found or Price(0)
        assumed["notional"] = FROM_NOTIONAL
    return Inputs(
        kind=kind,
        vintage=vintage,
        instrument=instrument,
        bid=amount_or_zero(row, "bidNotional"),
        ask=amount_or_zero(row, "askNotional"),
        leg=PositionTerms(
            symbol=instrument.symbol,
            side=PositionSide[text_or(row, "positionSide", "BOTH")],
            quantity=quantity,
            entry_e20=entry.entry_e20,
            isolated_wallet=amount_or_zero(row, "isolatedWallet"),
            updated_ms=int(text_or(row, "updateTime", "0")),
            adl=int(text_or(row, "adl", text_or(row, "adlQuantile", "0"))),
        ),
        mark=mark,
        leverage=leverage_of(row),
        is_isolated=is_isolated_row(row),
        is_auto_add=text_or(row, "isAutoAddMargin", "false") == "true",
        entry=entry,
        assumed=assumed,
    )


def paper(inputs: Inputs) -> PaperDesk:
    """An exchange that holds these inputs and nothing else."""
    symbol = inputs.instrument.symbol
    wallet = Amount(inputs.equity + inputs.leg.isolated_wallet)
    desk = build(
        AccountDocument(
            api_date=inputs.vintage.api_date,
            hedge=inputs.leg.side is not PositionSide.BOTH,
            wallets={inputs.instrument.margin_asset: wallet},
            symbols={
                symbol: SymbolTerms(
                    instrument=inputs.instrument,
                    mark=inputs.mark,
                    leverage=inputs.leverage,
                    is_isolated=inputs.is_isolated,
                    is_auto_add=inputs.is_auto_add,
                )
            },
            positions=(inputs.leg,),
        )
    )
    leg = desk.account.holdings[symbol].leg(inputs.leg.side)
    leg.bid_notional, leg.ask_notional = inputs.bid, inputs.ask
    return desk


ANSWERS: Final[Mapping[RowKind, Callable[[PaperDesk, Account, Params], bytes]]] = {
    RowKind.RISK_V2: position_risk_v2,
    RowKind.RISK_V3: position_risk_v3,
    RowKind.ACCOUNT_V2: account_v2,
    RowKind.ACCOUNT_V3: account_v3,
}


def recompute(inputs: Inputs) -> dict[str, str]:
    """The row that the wire prints for these inputs: every field's text."""
    desk = paper(inputs)
    params = Params({"symbol": inputs.instrument.symbol})
    answer = json.loads(ANSWERS[inputs.kind](desk, desk.account, params))
    rows = answer if isinstance(answer, list) else answer["positions"]
    side = inputs.leg.side.name
    found = next(row for row in rows if row["positionSide"] == side)
    return {name: printed_text(value) for name, value in found.items()}


def with_brackets(inputs: Inputs, brackets: tuple[Bracket, ...], note: str) -> Inputs:
    """The same inputs under other brackets."""
    instrument = msgspec.structs.replace(inputs.instrument, brackets=brackets)
    noted = {**inputs.assumed, **dict.fromkeys(BRACKET_FIELDS, note)}
    if len(brackets) == 1:
        noted["maxNotionalValue"] = noted["maxNotional"] = FROM_CAP
    return msgspec.structs.replace(inputs, instrument=instrument, assumed=noted)


def infer_brackets(row: Row, inputs: Inputs, terms: Terms) -> Inputs:
    """Take the brackets under which most of what hangs on them comes out.

    Tables that were printed come first, then the short list of rates.
    """
    if not inputs.leg.quantity:
        return inputs
    cap = printed_cap(row)
    candidates = [
        with_brackets(inputs, table, name)
        for table, name in zip(terms.tables, terms.names, strict=True)
    ]
    for rate in infer.MAINTENANCE_RATES:
        table = infer.flat_bracket(inputs.leverage, cap, Rate(parse(rate)), Amount(0))
        candidates.append(with_brackets(inputs, table, infer.bracket_note(table[0])))
    tested = [name for name in BRACKET_FIELDS if name in row]
    if not inputs.is_isolated and "liquidationPrice" in tested:
        tested.remove("liquidationPrice")
    scores = [_score(row, recompute(each), tested) for each in candidates]
    return candidates[scores.index(max(scores))]


def _score(row: Row, computed: Mapping[str, str], names: Sequence[str]) -> int:
    weights = {"maxNotionalValue": 1, "maxNotional": 1}
    return sum(weights.get(name, 2) for name in names if printed_text(row[name]) == computed[name])


def infer_equity(row: Row, inputs: Inputs) -> Inputs:
    """Find the equity behind a cross liquidation price."""
    price = Price(parse(text_or(row, "liquidationPrice", "0")))
    if inputs.is_isolated or not inputs.leg.quantity or not price:
        return inputs
    value = Amount(abs(inputs.leg.quantity) * price // SCALE)
    bracket = bracket_of(inputs.instrument.brackets, value)
    entry = Price(inputs.leg.entry_e20 // 10**12)
    equity = infer.infer_equity(price, inputs.leg.quantity, entry, bracket)
    return msgspec.structs.replace(inputs, equity=equity)


def infer_fees(row: Row, inputs: Inputs) -> Inputs:
    """Find the fees behind a break-even price: a fee rate of the list, else what is left."""
    leg = inputs.leg
    if "breakEvenPrice" not in row or not leg.quantity:
        return inputs
    text = printed_text(row["breakEvenPrice"])
    cost = infer.entry_cost(leg.entry_e20, leg.quantity)
    for note, fees in infer.fee_candidates(cost):
        trial = msgspec.structs.replace(leg, fees_paid=fees)
        if break_even_of(trial, inputs.vintage) == text:
            return _with_fees(inputs, fees, note)
    found = infer.infer_net_fees(infer.to_e20(text), cost, leg.quantity)
    return _with_fees(inputs, found, INFERRED_FEES)


def break_even_of(leg: PositionTerms, vintage: Vintage) -> str:
    """Break-even text of a leg."""
    cost = infer.entry_cost(leg.entry_e20, leg.quantity)
    return break_even_text(cost, leg.fees_paid, leg.quantity, vintage)


def _with_fees(inputs: Inputs, fees: Amount, note: str) -> Inputs:
    leg = msgspec.structs.replace(inputs.leg, fees_paid=fees)
    noted = {**inputs.assumed, "breakEvenPrice": note}
    return msgspec.structs.replace(inputs, leg=leg, assumed=noted)


def infer_orders(row: Row, inputs: Inputs) -> Inputs:
    """Find the notional of open orders from an initial margin, where orders are not printed."""
    if "bidNotional" in row or "initialMargin" not in row or not inputs.leg.quantity:
        return inputs
    initial = amount_or_zero(row, "initialMargin")
    value = Amount(abs(amount_or_zero(row, "notional")))
    rate = rounding.margin_rate(inputs.leverage)
    rounds_up = inputs.vintage.rules().initial_margin_rounds_up
    if rounding.initial_margin(value, rate, rounds_up) == initial:
        return inputs
    if "openOrderInitialMargin" not in row:
        return inputs
    found = infer.infer_open_notional(initial, rate, value)
    noted = {**inputs.assumed, "initialMargin": FROM_INITIAL}
    if inputs.leg.quantity > 0:
        return msgspec.structs.replace(inputs, bid=found, assumed=noted)
    return msgspec.structs.replace(inputs, ask=found, assumed=noted)
