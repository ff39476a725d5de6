"""Recorded fills, wallets and worked cases against what the engine makes of them."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Final

from msgspec import structs

from perpbox import rounding
from perpbox.calculator import check_infer as infer
from perpbox.calculator.build import build, paper_order
from perpbox.calculator.check import FieldCheck, Verdict, compare, inferred, not_checkable
from perpbox.calculator.contracts import own_contract
from perpbox.calculator.document import AccountDocument, OrderTerms, PositionTerms, SymbolTerms
from perpbox.engine.events import OrderTraded
from perpbox.engine.margin import solve_liquidation_price
from perpbox.engine.position import Leg
from perpbox.engine.settlement import settle_fill
from perpbox.engine.symbol import Bracket, max_notional
from perpbox.engine.turn import Turn
from perpbox.engine.types import PositionSide, Side
from perpbox.money import PLACES, SCALE, Amount, Price, Qty, Rate, fixed, parse, plain
from perpbox.specs.brackets import cum_after
from perpbox.wire.doubles import break_even_text
from perpbox.wire.vintage import Vintage

Row = Mapping[str, object]
DISCOUNT_ASSET: Final = "BNB"
PRICE_PLACES: Final = 5
"""Decimals of the prices in recorded stream rows, at most."""


def text(row: Row, name: str) -> str | None:
    """A field as text; ``None`` where the row has none."""
    value = row.get(name)
    return None if value is None else str(value)


def units(row: Row, name: str) -> int:
    """A decimal field at scale 1e-8."""
    return parse(str(row[name]))


class FillFacts:
    """A fill and the leg that it met."""

    __slots__ = ("held", "is_maker", "leverage", "mark", "price", "quantity", "side", "symbol")

    def __init__(self, row: Row, held: PositionTerms | None = None) -> None:
        self.symbol = str(row["s"])
        self.side = Side[str(row["S"])]
        self.quantity = Qty(units(row, "l"))
        self.price = Price(units(row, "L"))
        self.is_maker = bool(row.get("m"))
        self.leverage = int(text(row, "leverage") or 1)
        self.mark = self.price
        self.held = held


def settle(
    fill: FillFacts, rate: Rate, is_isolated: bool = False, cost: Amount | None = None
) -> tuple[OrderTraded, Leg]:
    """Let the engine settle a fill; the event and the leg afterwards.

    ``cost`` replaces the unsigned cost of what is held.
    """
    brackets = infer.flat_bracket(125, Amount(10**15 * SCALE), Rate(1), Amount(0))
    instrument = own_contract(fill.symbol, brackets, "USDT", PLACES, PLACES)
    terms = SymbolTerms(
        instrument=instrument, mark=fill.mark, leverage=fill.leverage, is_isolated=is_isolated
    )
    desk = build(
        AccountDocument(
            api_date="2026-08-08",
            wallets={"USDT": Amount(10**9 * SCALE)},
            symbols={fill.symbol: terms},
            positions=() if fill.held is None else (fill.held,),
            maker_fee=rate,
            taker_fee=rate,
        )
    )
    market = desk.state.markets[fill.symbol]
    leg = desk.account.holdings[fill.symbol].both
    if cost is not None:
        leg.cost = Amount(cost if leg.quantity > 0 else -cost)
    order = paper_order(
        desk.state,
        OrderTerms(
            symbol=fill.symbol,
            side=fill.side,
            position_side=PositionSide.BOTH,
            price=fill.price,
            quantity=fill.quantity,
        ),
    )
    turn = Turn(desk.state, 0)
    settle_fill(turn, market, desk.account, order, fill.price, fill.quantity, 1, fill.is_maker)
    traded = next(event for event in turn.events if isinstance(event, OrderTraded))
    return traded, leg


def held_before(row: Row, quantity: Qty, entry: str) -> PositionTerms:
    """A one-way leg with an entry price."""
    return PositionTerms(
        symbol=str(row["s"]),
        side=PositionSide.BOTH,
        quantity=quantity,
        entry_e20=infer.to_e20(entry),
    )


def check_commission(name: str, row: Row) -> list[FieldCheck]:
    """Commission of a fill: at the rate the row prints, else at one of the short list."""
    printed = text(row, "n")
    if printed is None or "L" not in row or row["L"] is None:
        return []
    if row.get("N") == DISCOUNT_ASSET:
        return [not_checkable(name, "commission", printed, "the price of BNB is not printed")]
    rates = [str(row["rate"])] if "rate" in row else list(infer.FEE_RATES)
    found = [
        compare(name, "commission", printed, _commission(row, rate), f"fee rate {rate}")
        for rate in rates
    ]
    return [next((each for each in found if each.verdict is Verdict.MATCH), found[0])]


def _commission(row: Row, rate: str) -> str:
    traded, _ = settle(FillFacts(row), Rate(parse(rate)))
    return fixed(traded.commission)


def check_realized(name: str, row: Row) -> list[FieldCheck]:
    """Realized profit of a fill."""
    printed = text(row, "rp")
    if printed is None or row.get("S") is None:
        return []
    fill = FillFacts(row)
    if not parse(printed):
        traded, _ = settle(fill, Rate(0))
        found = compare(name, "realizedProfit", printed, plain(traded.realized), "opens")
        return [found]
    closed = Qty(-fill.side * fill.quantity)
    if row.get("ep"):
        fill.held = held_before(row, closed, str(row["ep"]))
        traded, _ = settle(fill, Rate(0))
        return [compare(name, "realizedProfit", printed, fixed(traded.realized))]
    cost = rounding.quote_value(fill.price, fill.quantity) + fill.side * parse(printed)
    entry = plain(Price(cost * SCALE // fill.quantity))
    return [inferred(name, "realizedProfit", printed, f"entry price found from it: {entry}")]


def check_two_closes(names: Sequence[str], rows: Sequence[Row]) -> list[FieldCheck]:
    """Two closes that leave nothing: their cost together is known, its split is the test."""
    first, second = rows
    total = Amount(
        sum(
            rounding.quote_value(Price(units(row, "L")), Qty(units(row, "l"))) - units(row, "rp")
            for row in rows
        )
    )
    quantity = Qty(sum(units(row, "l") for row in rows))
    note = f"cost of both found from them: {fixed(total)}"
    fill = FillFacts(first, held_before(first, quantity, "1"))
    traded, leg = settle(fill, Rate(0), cost=total)
    found = [compare(names[0], "realizedProfit", str(first["rp"]), fixed(traded.realized), note)]
    left = Amount(abs(leg.cost))
    fill = FillFacts(second, held_before(second, leg.quantity, "1"))
    traded, _ = settle(fill, Rate(0), cost=left)
    found.append(
        compare(names[1], "realizedProfit", str(second["rp"]), fixed(traded.realized), note)
    )
    return found


def check_break_even(name: str, row: Row, vintage: Vintage) -> list[FieldCheck]:
    """Break-even price of a stream row: cost from its entry price, fees from the short list."""
    printed, quantity = text(row, "bep"), Qty(parse(text(row, "pa") or "0"))
    if printed is None or not quantity:
        return []
    grid = 10 ** (PLACES - PRICE_PLACES)
    cost = infer.entry_cost(infer.to_e20(str(row["ep"])), quantity)
    cost = Amount((2 * cost + grid) // (2 * grid) * grid)
    for note, fees in infer.fee_candidates(cost):
        computed = break_even_text(cost, fees, quantity, vintage)
        if computed == printed:
            return [compare(name, "breakEvenPrice", printed, computed, note)]
    return [compare(name, "breakEvenPrice", printed, computed, note)]


def check_wallets(name: str, row: Row) -> list[FieldCheck]:
    """Cross wallet = wallet less the isolated wallets, of which a row names one."""
    printed = text(row, "cw")
    if printed is None or row.get("wb") is None or row.get("iw") is None:
        return []
    computed = fixed(Amount(units(row, "wb") - units(row, "iw")))
    if parse(computed) != parse(printed):
        why = "other isolated wallets are not printed"
        return [not_checkable(name, "crossWalletBalance", printed, why)]
    return [compare(name, "crossWalletBalance", printed, computed, "no other isolated wallet")]


def check_stream_rest(name: str, row: Row) -> Iterator[FieldCheck]:
    """What a stream row prints and its inputs do not determine."""
    why = {
        "up": ("unrealizedProfit", "the mark is not printed"),
        "ep": ("entryPrice", "an input; streams are not there yet"),
        "b": ("bidNotional", "the other orders of the symbol are not printed"),
        "cr": ("accumulatedRealized", "what was realized before is not printed"),
    }
    for key, (field, reason) in why.items():
        printed = text(row, key)
        if printed is not None:
            yield not_checkable(name, field, printed, reason)


def check_flow(name: str, before: Row, row: Row, *, fees_of: Row | None = None) -> list[FieldCheck]:
    """Wallet after a row = wallet before, plus what the row says has moved."""
    change = units(row, "bc") if "bc" in row else 0
    note = "from the row before and bc"
    if fees_of is not None:
        realized = units(row, "cr") - units(before, "cr")
        fill = FillFacts(fees_of, held_before(row, Qty(units(before, "pa")), str(before["ep"])))
        traded, _ = settle(fill, Rate(parse(infer.FEE_RATES[0])))
        found = compare(
            name, "realizedProfit", fixed(Amount(realized)), fixed(traded.realized), "change of cr"
        )
        change = traded.realized - traded.commission
        note = f"from the row before, realized profit and fee rate {infer.FEE_RATES[0]}"
        computed = fixed(Amount(units(before, "wb") + change))
        return [found, compare(name, "walletBalance", str(row["wb"]), computed, note)]
    computed = fixed(Amount(units(before, "wb") + change))
    return [compare(name, "walletBalance", str(row["wb"]), computed, note)]


def check_open_isolated(name: str, row: Row, marks: tuple[str, str]) -> list[FieldCheck]:
    """Isolated wallet of a taker's opening fill; the mark lies between two printed ones.

    The mark of the fill is the one, of all in between, that gives the wallet.
    """
    fill = FillFacts(row)
    rate = Rate(parse(str(row["rate"])))
    printed = str(row["iw"])
    low, high = sorted(parse(mark) for mark in marks)
    while low < high:
        middle = (low + high) // 2
        fill.mark = Price(middle)
        _, leg = settle(fill, rate, is_isolated=True)
        # A higher mark leaves a smaller loss inside the wallet of a long.
        if leg.isolated_wallet > parse(printed):
            low = middle + 1
        else:
            high = middle
    fill.mark = Price(low)
    _, leg = settle(fill, rate, is_isolated=True)
    note = f"mark {fixed(fill.mark)} found from it, between the two printed"
    if fixed(leg.isolated_wallet) == printed:
        return [inferred(name, "isolatedWallet", printed, note)]
    return [compare(name, "isolatedWallet", printed, fixed(leg.isolated_wallet), note)]


def check_close_wallet(name: str, row: Row) -> list[FieldCheck]:
    """Wallet after a close, from the balance before and the engine's profit and commission."""
    fill = FillFacts(row)
    fill.held = held_before(row, Qty(-fill.side * fill.quantity), str(row["ep"]))
    traded, _ = settle(fill, Rate(parse(str(row["rate"]))))
    moved = traded.realized - traded.commission
    computed = fixed(Amount(units(row, "wb_before") + moved))
    note = "from the balance before"
    return [compare(name, "walletBalance", str(row["wb"]), computed, note)]


def check_order_sum(name: str, row: Row) -> list[FieldCheck]:
    """Quote value and average price of a filled order."""
    price, executed = Price(units(row, "avgPrice")), Qty(units(row, "executedQty"))
    quote, average = str(row["cumQuote"]), str(row["avgPrice"])
    computed = rounding.quote_value(price, executed)
    back = rounding.average_price(computed, executed)
    return [
        compare(name, "cumQuote", quote, fixed(computed, infer.places_of(quote))),
        compare(name, "avgPrice", average, fixed(back, infer.places_of(average))),
    ]


def check_liquidation_case(name: str, row: Row) -> list[FieldCheck]:
    """A worked liquidation price; compared at the decimals that the case shows, 8 at most."""
    equity = Decimal(str(row["WB"])) - Decimal(str(row["TMM1"])) + Decimal(str(row["UPNL1"]))
    leg = Leg(PositionSide.BOTH)
    leg.quantity = Qty(units(row, "amt") * (1 if row["side"] == 1 else -1))
    leg.entry8 = Price(units(row, "ep"))
    bracket = Bracket(
        1,
        1,
        Amount(0),
        Amount(10**18 * SCALE),
        Rate(units(row, "mmr")),
        Amount(units(row, "cum")),
    )
    found = solve_liquidation_price(Amount(int(equity * SCALE)), [(leg, bracket)])
    expected = Decimal(str(row["expect"]))
    places = min(PLACES, infer.places_of(str(row["expect"])))
    step = Decimal(1).scaleb(-places)
    printed = f"{expected.quantize(step, ROUND_HALF_UP):f}"
    computed = f"{Decimal(fixed(found)).quantize(step, ROUND_HALF_UP):f}"
    verdict = compare(name, "liquidationPrice", printed, computed, "worked case")
    return [structs.replace(verdict, group="worked case")]


def check_leverage_reply(
    name: str, row: Row, table: tuple[Bracket, ...], table_name: str
) -> list[FieldCheck]:
    """Cap at a leverage, where the table of the day is known."""
    printed = str(row["maxNotionalValue"])
    if not table:
        why = "the brackets of the day are not known"
        return [not_checkable(name, "maxNotionalValue", printed, why)]
    cap = max_notional(table, int(str(row["leverage"])))
    return [compare(name, "maxNotionalValue", printed, fixed(cap, 0), table_name)]


def check_brackets(name: str, table: Sequence[Bracket]) -> list[FieldCheck]:
    """``cum`` of each bracket from the one before."""
    found = []
    for before, bracket in pairwise(table):
        cum = cum_after(before, bracket.notional_floor, bracket.maint_margin_rate)
        computed = "" if cum is None else plain(cum)
        found.append(compare(name, "cum", plain(bracket.cum), computed))
    return found


def check_order_notional(name: str, row: Row) -> list[FieldCheck]:
    """Notional of the one buy order of a symbol."""
    value = rounding.quote_value(Price(units(row, "p")), Qty(units(row, "q")))
    return [compare(name, "bidNotional", str(row["b"]), plain(value))]
