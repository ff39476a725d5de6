"""A printed position row, made again from its own inputs and compared field by field."""

from collections.abc import Mapping
from typing import Final

import msgspec

from perpbox.calculator import check_infer as infer
from perpbox.calculator.check import (
    FieldCheck,
    compare,
    given,
    inferred,
    not_checkable,
    printed_text,
)
from perpbox.calculator.check_inputs import (
    FROM_INITIAL,
    FROM_NOTIONAL,
    INFERRED_FEES,
    WITHOUT_LEVERAGE,
    Inputs,
    Row,
    RowKind,
    Terms,
    infer_brackets,
    infer_equity,
    infer_fees,
    infer_orders,
    read_inputs,
    recompute,
    unrealized_of,
)
from perpbox.money import fixed
from perpbox.wire.vintage import Vintage

GIVEN_FIELDS: Final = frozenset(
    (
        "symbol",
        "positionSide",
        "positionAmt",
        "markPrice",
        "leverage",
        "marginType",
        "isolated",
        "isAutoAddMargin",
        "updateTime",
        "adl",
        "adlQuantile",
        "marginAsset",
        "isolatedWallet",
        "bidNotional",
        "askNotional",
    )
)


def check_row(
    name: str, row: Row, kind: RowKind, vintage: Vintage, terms: Terms
) -> list[FieldCheck]:
    """Every printed field of a recorded row with its verdict."""
    inputs = read_inputs(row, kind, vintage, terms)
    inputs = infer_orders(row, infer_fees(row, infer_brackets(row, inputs, terms)))
    inputs = infer_equity(row, inputs)
    computed = recompute(inputs)
    if "isolatedMargin" in row and inputs.is_isolated:
        computed["isolatedMargin"] = _margin_of_printed_profit(row, inputs)
    fields = [each for each in row if each != "leverage" or kind not in WITHOUT_LEVERAGE]
    return [
        msgspec.structs.replace(
            _verdict(name, row, field, inputs, computed), group=_group(field, inputs)
        )
        for field in fields
    ]


def _group(field: str, inputs: Inputs) -> str:
    """Which of the cases of a field a row is."""
    if field not in ("liquidationPrice", "isolatedMargin"):
        return ""
    if not inputs.leg.quantity:
        return "flat"
    return "isolated" if inputs.is_isolated else "cross"


def _margin_of_printed_profit(row: Row, inputs: Inputs) -> str:
    """Isolated margin with the unrealized profit that the row prints, whatever made it."""
    profit = unrealized_of(row)
    if profit is None or not inputs.leg.quantity:
        return recompute(inputs)["isolatedMargin"]
    entry = infer.infer_entry_of_profit(inputs.leg.quantity, inputs.mark, profit)
    leg = msgspec.structs.replace(inputs.leg, entry_e20=entry * 10**12)
    return recompute(msgspec.structs.replace(inputs, leg=leg))["isolatedMargin"]


def _verdict(
    name: str, row: Row, field: str, inputs: Inputs, computed: Mapping[str, str]
) -> FieldCheck:
    printed = printed_text(row[field])
    if field not in computed:
        return not_checkable(name, field, printed, "not a field of this answer")
    text = computed[field]
    note = inputs.assumed.get(field, "")
    if field in GIVEN_FIELDS:
        return given(name, field, printed, text)
    if not inputs.leg.quantity:
        return compare(name, field, printed, text)
    if field == "entryPrice":
        return _entry_verdict(name, printed, text, inputs)
    if field == "liquidationPrice" and not inputs.is_isolated:
        return _cross_verdict(name, printed, text, inputs)
    if field in ("unrealizedProfit", "unRealizedProfit") and not inputs.entry.source:
        return not_checkable(name, field, printed, "the entry price is not printed")
    if printed == text and _is_used_up(field, note, inputs):
        return inferred(name, field, printed, note)
    return compare(name, field, printed, text, note)


def _is_used_up(field: str, note: str, inputs: Inputs) -> bool:
    """Whether an input was found from the field, so that its match says little."""
    if field in ("maxNotionalValue", "maxNotional"):
        return len(inputs.instrument.brackets) == 1
    return note in (INFERRED_FEES, FROM_INITIAL) or (note == FROM_NOTIONAL and field == "notional")


def _entry_verdict(name: str, printed: str, text: str, inputs: Inputs) -> FieldCheck:
    entry = inputs.entry
    if entry.source == "grid":
        return compare(name, "entryPrice", printed, text, "a price on the grid")
    if entry.source == "average":
        return compare(name, "entryPrice", printed, text, "average of fills on the grid")
    if entry.source == "near" and inputs.assumed.get("breakEvenPrice") == INFERRED_FEES:
        why = "a part has been closed: what was held at the last fill is not printed"
        return not_checkable(name, "entryPrice", printed, why)
    if entry.source == "near":
        return compare(name, "entryPrice", printed, entry.text, "average of fills on the grid")
    return given(name, "entryPrice", printed, text)


def _cross_verdict(name: str, printed: str, text: str, inputs: Inputs) -> FieldCheck:
    if printed == "0":
        return not_checkable(name, "liquidationPrice", printed, "the equity is not printed")
    bracket = inputs.assumed["liquidationPrice"]
    if printed != text:
        why = f"the equity is not printed; none of 8 decimals gives it with {bracket}"
        return not_checkable(name, "liquidationPrice", printed, why)
    note = f"found from it: equity {fixed(inputs.equity)}, {bracket}"
    return inferred(name, "liquidationPrice", printed, note)
