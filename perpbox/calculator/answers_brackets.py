"""Which brackets were in force when answers were saved: saved ones, else what fits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from perpbox import rounding
from perpbox.calculator import check_infer as infer
from perpbox.calculator.answers_facts import Facts
from perpbox.calculator.check import printed_text
from perpbox.engine.margin import held_at, leg_maintenance, liquidation_price
from perpbox.engine.position import Leg
from perpbox.engine.symbol import Bracket, max_notional
from perpbox.engine.types import PositionSide
from perpbox.money import SCALE, Amount, Price, Qty, Rate, parse
from perpbox.specs import catalogue

SHIPPED_SINCE: Final = (2026, 1, 1)
"""From here on shipped brackets are our word on margins where no other brackets fit."""
ENDLESS: Final = Amount(10**15 * SCALE)
Row = Mapping[str, object]


class Chosen(msgspec.Struct, frozen=True):
    """Brackets of one contract; ``certain``: what they give is to be held against us.

    ``caps_known``: they are a whole table, not one rate; ``is_saved``: the account's own, so
    that their caps too are to be held against us.
    """

    table: tuple[Bracket, ...]
    name: str
    certain: bool
    caps_known: bool
    is_saved: bool = False


def choose(symbol: str, rows: Sequence[Row], facts: Facts) -> Chosen:
    """The brackets of a contract, judged by all its rows in all answers."""
    saved = facts.tables.get(symbol, ())
    if saved:
        best = max(saved, key=lambda table: sum(_fits(table, rows, with_caps=True)))
        return Chosen(best, "saved brackets", certain=True, caps_known=True, is_saved=True)
    candidates = list(_candidates(symbol))
    scores = [sum(_fits(each.table, rows, with_caps=each.caps_known)) for each in candidates]
    best_score = max(scores)
    chosen = candidates[scores.index(best_score)]
    is_word = facts.vintage.since(*SHIPPED_SINCE) and candidates[0].caps_known
    if not best_score or (is_word and scores[0] == best_score):
        return msgspec.structs.replace(candidates[0], certain=is_word)
    return msgspec.structs.replace(chosen, certain=True)


def _candidates(symbol: str) -> Iterator[Chosen]:
    shipped = catalogue().instruments.get(symbol)
    if shipped is not None:
        yield Chosen(shipped.brackets, "shipped brackets", certain=False, caps_known=True)
    for rate in infer.MAINTENANCE_RATES:
        table = infer.flat_bracket(125, ENDLESS, Rate(parse(rate)), Amount(0))
        name = f"{infer.bracket_note(table[0])} of the short list"
        yield Chosen(table, name, certain=False, caps_known=False)


def _fits(table: tuple[Bracket, ...], rows: Iterable[Row], *, with_caps: bool) -> Iterator[int]:
    """What each printed field that hangs on brackets says for a table."""
    for row in rows:
        if "maintMargin" in row and _number(row, "notional"):
            needed = leg_maintenance(table, Amount(_number(row, "notional")))
            yield 2 * (needed == _number(row, "maintMargin"))
        if _number(row, "isolatedWallet") and _number(row, "liquidationPrice"):
            yield 2 * (_isolated_price(table, row) == _number(row, "liquidationPrice"))
        for name in ("maxNotionalValue", "maxNotional"):
            if with_caps and name in row and "leverage" in row:
                cap = max_notional(table, int(printed_text(row["leverage"])))
                yield int(cap == _number(row, name))


def _isolated_price(table: tuple[Bracket, ...], row: Row) -> Price:
    leg = Leg(PositionSide.BOTH)
    leg.quantity = Qty(_number(row, "positionAmt"))
    if not leg.quantity or "entryPrice" not in row:
        return Price(0)
    leg.entry8 = rounding.entry_cut(infer.to_e20(printed_text(row["entryPrice"])))
    wallet, mark = Amount(_number(row, "isolatedWallet")), Price(_number(row, "markPrice"))
    return liquidation_price(table, wallet, held_at(table, [leg], mark))


def _number(row: Row, name: str) -> int:
    return parse(printed_text(row.get(name, "0")))
