"""Worked and recorded numbers of the venue, reproduced to the last digit by the real functions."""

import json
from pathlib import Path

import pytest

from perpbox import rounding
from perpbox.engine.collateral import CrossPool
from perpbox.engine.commands import PlaceOrder, Rules
from perpbox.engine.events import Event, OrderTraded
from perpbox.engine.margin import (
    LegRisk,
    asset_risk,
    held_at,
    liquidation_price,
    solve_liquidation_price,
)
from perpbox.engine.position import Holding, Leg
from perpbox.engine.symbol import Bracket
from perpbox.engine.types import PositionSide
from perpbox.money import SCALE, Amount, Price, Qty, Rate, fixed, parse, plain
from perpbox.views.positions import symbol_rows
from perpbox.wire.doubles import break_even_text, double_text, entry_text
from perpbox.wire.render_risk import max_notional_text, row_v2, row_v3
from perpbox.wire.vintage import Vintage
from tests.unit.engine.board import BOTH, BUY, LONG, SELL, SHORT, Board, contract

RECORDED = json.loads((Path(__file__).parent / "risk" / "recorded_rows.json").read_text())


def one_bracket(mmr: str, cum: str, leverage: int = 125) -> tuple[Bracket, ...]:
    cap = Amount(10**12 * SCALE)
    return (Bracket(1, leverage, Amount(0), cap, Rate(parse(mmr)), Amount(parse(cum))),)


def held_leg(quantity: str, entry: str, side: PositionSide = BOTH) -> Leg:
    leg = Leg(side)
    leg.quantity = Qty(parse(quantity))
    whole, _, fraction = entry.partition(".")
    leg.entry_e20 = int(whole) * 10**20 + int(fraction.ljust(20, "0"))
    leg.entry8 = rounding.entry_cut(leg.entry_e20)
    return leg


def solved(equity: str, legs: list[tuple[Leg, str, str]]) -> str:
    pairs = [(leg, one_bracket(mmr, cum)[0]) for leg, mmr, cum in legs]
    return fixed(solve_liquidation_price(Amount(parse(equity)), pairs))


# liquidation price

FAQ_WALLET = "1535443.01"
LIQUIDATIONS = [
    ("isolated ETH", FAQ_WALLET, "3683.979", "1456.84", "0.10", "135365", "1114.78"),
    ("isolated BTC", FAQ_WALLET, "109.488", "32481.98", "0.025", "16300", "18778.73"),
    # wallet - maintenance + profit of the other symbol
    ("cross ETH", "1407887.63", "3683.979", "1456.84", "0.10", "135365", "1153.26"),
    ("cross BTC", "730737.612", "109.488", "32481.98", "0.025", "16300", "26316.89"),
    ("short 1", "2", "-1", "10", "0.01", "0.01", "11.89"),
    ("short 2", "1.6", "-1", "8", "0.01", "0.01", "9.51"),
    ("short 3", "1.2", "-0.6", "10", "0.01", "0.01", "11.90"),
    ("long", "1.6", "1", "8", "0.01", "0.01", "6.45"),
    ("seed", "2.53267053", "0.001", "22185.2", "0.004", "0", "19731.45529116"),
    ("SCR", "23458.10338148", "55915", "0.94909001", "0.025", "225", "0.53900980"),
    ("BARD", "2.414748", "20", "0.6052", "0.02", "0", "0.49434959"),
]


@pytest.mark.parametrize(
    ("name", "equity", "quantity", "entry", "mmr", "cum", "expected"),
    LIQUIDATIONS,
    ids=[row[0] for row in LIQUIDATIONS],
)
def test_liquidation_price(
    name: str, equity: str, quantity: str, entry: str, mmr: str, cum: str, expected: str
) -> None:
    """MAR-005: the documented formula; the worked cases print two decimals."""
    found = solved(equity, [(held_leg(quantity, entry), mmr, cum)])
    places = len(expected.partition(".")[2])
    tolerance = 10 ** (8 - places) // 2
    assert abs(parse(found) - parse(expected)) <= tolerance, (name, found)


def test_cross_equity_of_the_worked_case() -> None:
    """MAR-006: wallet, less maintenance and plus profit of the other symbol, through the views."""
    eth = contract(symbol="ETHUSDT", brackets=one_bracket("0.10", "135365"))
    btc = contract(symbol="BTCUSDT", brackets=one_bracket("0.025", "16300"))
    board = Board(wallet=FAQ_WALLET, depth=False)
    account = board.account()
    state = board.exchange.state
    for instrument, mark, leg in (
        (eth, "1335.18", held_leg("3683.979", "1456.84")),
        (btc, "31967.27", held_leg("109.488", "32481.98")),
    ):
        board.add(instrument, mark)
        holding = Holding(instrument)
        holding.both = leg
        account.holdings[instrument.symbol] = holding
    pool = CrossPool(state, account)
    prices = {}
    for symbol in ("ETHUSDT", "BTCUSDT"):
        row = symbol_rows(account.holdings[symbol], pool)[0]
        prices[symbol] = fixed(row.liquidation, 2)
        assert fixed(row.risk.maintenance)[:9] in {"356512.50", "71200.811"}
    # The page rounds 1153.2564… to 1153.26.
    assert prices == {"ETHUSDT": "1153.25", "BTCUSDT": "26316.89"}


def test_hedge_legs_share_one_liquidation_price() -> None:
    """MAR-007: both cross legs of a symbol print the same price."""
    board = Board(hedge=True, wallet="1000", depth=False)
    holding = board.account().peek(board.market.instrument)
    board.account().holdings[board.market.instrument.symbol] = holding
    holding.long, holding.short = held_leg("30", "101", LONG), held_leg("-10", "99", SHORT)
    rows = symbol_rows(holding, CrossPool(board.exchange.state, board.account()))
    assert rows[0].liquidation == rows[1].liquidation
    # (1000 - 30 * 101 + 10 * 99) / (30 * 0.004 + 10 * 0.004 - 30 + 10)
    assert fixed(rows[0].liquidation) == "52.41935484"


def test_liquidation_price_of_zero_or_less_is_none() -> None:
    """MAR-008: 0 for a long with equity enough; a short always has a price."""
    assert solved("30", [(held_leg("0.001", "28050"), "0.004", "0")]) == "0.00000000"
    assert solved("300000", [(held_leg("-0.001", "28050"), "0.004", "0")]) != "0.00000000"


STEEP = (
    Bracket(1, 50, Amount(0), Amount(1_000 * SCALE), Rate(parse("0.01")), Amount(0)),
    Bracket(
        2, 10, Amount(1_000 * SCALE), Amount(10**6 * SCALE), Rate(parse("0.5")), Amount(490 * SCALE)
    ),
)


@pytest.mark.parametrize(
    ("equity", "expected"),
    [
        # 490 of the upper bracket would carry the price below zero; the lower one holds there
        ("1990", "1.01010101"),
        ("1600", "40.40404040"),
        ("1300", "70.70707071"),
        ("800", "142.00000000"),
        ("2000", "0.00000000"),
        ("2500", "0.00000000"),
    ],
)
def test_bracket_at_the_liquidation_price(equity: str, expected: str) -> None:
    """MAR-009: the bracket is that of the notional at the liquidation price."""
    leg = held_leg("10", "200")
    held = held_at(STEEP, [leg], Price(parse("200")))
    price = liquidation_price(STEEP, Amount(parse(equity)), held)
    if price:
        value = Amount(10 * price)
        bracket = STEEP[0] if value <= STEEP[0].notional_cap else STEEP[1]
        left = parse(equity) + 10 * (price - parse("200"))
        needed = rounding.maintenance_margin(value, bracket.maint_margin_rate, bracket.cum)
        assert abs(left - needed) <= 10
    assert fixed(price) == expected


# recorded rows


@pytest.mark.parametrize(
    "case", RECORDED, ids=[f"{c['row']['symbol']} {c['asOf']}" for c in RECORDED]
)
def test_recorded_row(case: dict[str, object]) -> None:
    """MAR-002, MAR-003, MAR-004, MAR-014: a recorded isolated row, text for text."""
    row = case["row"]
    assert isinstance(row, dict)
    vintage = Vintage(str(case["asOf"]))
    side = PositionSide[row["positionSide"]]
    instrument = contract(
        symbol=row["symbol"],
        price_precision=case["pricePrecision"],
        quantity_precision=case["quantityPrecision"],
        brackets=one_bracket(str(case["mmr"]), str(case["cum"])),
    )
    board = Board(hedge=side is not BOTH, rules=vintage.rules(liquidates=False), depth=False)
    board.add(instrument, row["markPrice"])
    holding = Holding(instrument)
    holding.set_leverage(int(str(case.get("leverage") or row["leverage"])))
    holding.set_isolated(True)
    entry = row["entryPrice"]
    leg = held_leg(row["positionAmt"], "313.2" if entry.endswith("00000005") else entry, side)
    leg.isolated_wallet = Amount(parse(row["isolatedWallet"]))
    leg.cost = Amount(leg.quantity * leg.entry8 // SCALE)
    leg.fees_paid = Amount(parse(str(case.get("fees", "0"))))
    if side is PositionSide.LONG:
        holding.long = leg
    elif side is PositionSide.SHORT:
        holding.short = leg
    else:
        holding.both = leg
    account = board.account()
    account.holdings[instrument.symbol] = holding
    rows = symbol_rows(holding, CrossPool(board.exchange.state, account))
    found = next(each for each in rows if each.leg is leg)
    text = row_v3(found, vintage) if "initialMargin" in row else row_v2(found, vintage)
    printed = json.loads(text)
    assert {key: printed[key] for key in row} == row


# position


def test_average_entry_price() -> None:
    """MAR-014: 65457 bought for 28026.105 print 0.4281605481461 and price with 0.42816054."""
    entry = rounding.average_entry_e20(
        Qty(parse("61869")),
        42_816 * 10**15,
        Qty(parse("3588")),
        Price(parse("0.42817")),
        significant_digits=13,
    )
    assert entry_text(entry, 7, Vintage("2024-10-24")) == "0.4281605481461"
    assert fixed(rounding.entry_cut(entry)) == "0.42816054"


def test_average_entry_since_2026_keeps_the_quotient() -> None:
    """MAR-014: from API date 2026 the cut to 13 digits is gone."""
    third = rounding.average_entry_e20(
        Qty(2 * SCALE), 10**20, Qty(SCALE), Price(2 * SCALE), significant_digits=0
    )
    assert entry_text(third, 2, Vintage("2026-08-08")) == "1.3333333333333333"
    cut = rounding.average_entry_e20(
        Qty(2 * SCALE), 10**20, Qty(SCALE), Price(2 * SCALE), significant_digits=13
    )
    assert entry_text(cut, 2, Vintage("2025-08-08")) == "1.333333333333"


ENTRY_TEXTS = [
    ("313.2", 5, "2026-08-08", "313.20000000000005"),
    ("0.395", 7, "2026-08-08", "0.39499999999999996"),
    ("313.2", 5, "2025-12-31", "313.2"),
    ("4.280000000000001", 3, "2026-08-08", "4.280000000000001"),
    ("0.0002771", 7, "2024-01-01", "2.771E-4"),
    ("4.504999381024", 4, "2024-01-01", "4.504999381024"),
    ("43371.83333334", 2, "2024-01-01", "43371.83333334"),
    ("28050.0", 2, "2024-01-01", "28050.0"),
    ("22185.2", 2, "2022-06-14", "22185.2"),
    ("0.0", 2, "2022-06-14", "0.0"),
    ("0.0", 2, "2021-07-05", "0.00000"),
    ("37159.9686699", 2, "2021-07-05", "37159.96866"),
]


@pytest.mark.parametrize(("entry", "precision", "date", "text"), ENTRY_TEXTS)
def test_entry_text(entry: str, precision: int, date: str, text: str) -> None:
    """MAR-014: five cut decimals, then doubles of 13 digits, then raw doubles."""
    assert entry_text(held_leg("1", entry).entry_e20, precision, Vintage(date)) == text


def test_double_texts() -> None:
    """MAR-014: numbers the venue prints from doubles."""
    values = (5e8, 1.2e9, 8e6, 1e7, 0.001, 0.0009999, 56.84000000000001, -0.5)
    assert [double_text(value) for value in values] == [
        "5.0E8",
        "1.2E9",
        "8000000.0",
        "1.0E7",
        "0.001",
        "9.999E-4",
        "56.84000000000001",
        "-0.5",
    ]
    instrument = contract(brackets=one_bracket("0.01", "0"))
    cap = Bracket(1, 20, Amount(0), Amount(parse("500000000")), Rate(1), Amount(0))
    instrument = contract(brackets=(cap,))
    holding = Holding(instrument)
    for leverage, text in ((1, "5.0E8"), (2, "500000000")):
        holding.set_leverage(leverage)
        assert max_notional_text(holding, Vintage("2023-10-16")) == text


BREAK_EVENS = [
    # date, cost, fees less realized, signed quantity, text
    ("2024-06-01", "33.466", "0.00602388", "-87", "0.3845974266667"),
    ("2023-10-16", "28.05", "0.01122", "0.001", "28061.22"),
    ("2024-06-04", "69", "-23.92564", "0.001", "45074.36"),
    ("2024-06-01", "50947.038", "25.47351896", "11309", "4.507251880711"),
    ("2022-06-01", "9.911", "0.0049555", "-10.6", "0.9345325"),
    ("2025-12-31", "5.925", "0.001185", "-15", "0.394921"),
    ("2026-05-01", "5.925", "0.001185", "-15", "0.39492099999999997"),
    ("2026-03-19", "12.104", "0.006052", "20", "0.6055026"),
    ("2026-08-08", "6.264", "0.0025056", "0.02", "313.32528"),
]


@pytest.mark.parametrize(("date", "cost", "net_fees", "quantity", "text"), BREAK_EVENS)
def test_break_even(date: str, cost: str, net_fees: str, quantity: str, text: str) -> None:
    """MAR-015: cost plus fees less realized since flat, over the quantity, as a double.

    From 2026 on it is the raw double of binary arithmetic, not 13 digits of the quotient.
    """
    numbers = Amount(parse(cost)), Amount(parse(net_fees)), Qty(parse(quantity))
    assert break_even_text(*numbers, Vintage(date)) == text


def test_realized_profit_of_a_short() -> None:
    """MAR-011: 13 of a short with average 0.8043583333 bought back at 0.8086."""
    board = small_board()
    board.place(board.order(1, SELL, "7", "0.8043"))
    board.place(board.order(1, SELL, "5", "0.80444"))
    board.place(board.order(1, SELL, "12", "0.80435833"))
    leg = board.leg()
    leg.cost = Amount(-parse("19.3046"))
    events = board.place(board.order(1, BUY, "13", "0.8086"))
    assert realized(events) == ["-0.05514166"]


def test_realized_profit_of_two_closes() -> None:
    """MAR-011: the second close gets the remainder of the cost."""
    board = small_board()
    board.place(board.order(1, BUY, "2", "0.5"))
    board.leg().cost = Amount(parse("64.95399999"))
    events = board.place(board.order(1, SELL, "1", "32.465"))
    events += board.place(board.order(1, SELL, "1", "32.464"))
    assert realized(events) == ["-0.01199999", "-0.01300000"]


def test_realized_profit_with_a_printed_entry() -> None:
    """MAR-011: 23 ADA bought at 0.3435 and sold at 0.3432."""
    board = small_board()
    board.place(board.order(1, BUY, "23", "0.3435"))
    assert realized(board.place(board.order(1, SELL, "23", "0.3432"))) == ["-0.00690000"]


def small_board() -> Board:
    """A contract of small prices and no band, whose street takes whatever comes."""
    free = contract(
        price_precision=8,
        quantity_precision=0,
        tick_size=0,
        min_price=0,
        max_price=0,
        step_size=0,
        min_qty=1,
        min_notional=0,
        multiplier_up=parse("1000"),
        multiplier_down=0,
        taker_fee=0,
        brackets=one_bracket("0.01", "0"),
    )
    return SmallBoard(free, depth=False)


class SmallBoard(Board):
    """Every order finds the street at its own price."""

    def place(self, command: PlaceOrder) -> list[Event]:
        row = (plain(command.price), "1000000")
        if command.side is BUY:
            self.depth([], [row])
        else:
            self.depth([row], [])
        return super().place(command)


def realized(events: list[Event]) -> list[str]:
    return [fixed(event.realized) for event in events if isinstance(event, OrderTraded)]


# margins

MARGIN_RATES = [
    (6, "0.16666667"),
    (11, "0.09090910"),
    (12, "0.08333334"),
    (14, "0.07142858"),
    (75, "0.01333334"),
    (20, "0.05000000"),
    (1, "1.00000000"),
]


@pytest.mark.parametrize(("leverage", "rate"), MARGIN_RATES)
def test_margin_rate(leverage: int, rate: str) -> None:
    """MAR-016: 1 / leverage rounded up at 8 decimals."""
    assert fixed(rounding.margin_rate(leverage)) == rate


INITIALS = [
    ("1796.09734293", 75, False, "23.94797654"),
    ("5.01923424", 10, True, "0.50192343"),
    ("182523.03869692", 25, False, "7300.92154787"),
    ("29.7345", 6, False, "4.95575009"),
    ("1.00000001", 3, False, "0.33333334"),
    ("1.00000001", 3, True, "0.33333335"),
]


@pytest.mark.parametrize(("value", "leverage", "rounds_up", "margin"), INITIALS)
def test_initial_margin(value: str, leverage: int, rounds_up: bool, margin: str) -> None:
    """MAR-016: cut until mid-2025, rounded away from zero since."""
    rate = rounding.margin_rate(leverage)
    assert fixed(rounding.initial_margin(Amount(parse(value)), rate, rounds_up)) == margin


def test_the_rounding_of_initial_margin_turns_on_its_date() -> None:
    """MAR-016: 2025-07-01."""
    assert Vintage("2025-06-30").rules() == Rules(False, 13, True)
    assert Vintage("2025-07-01").rules() == Rules(True, 13, True)
    assert Vintage("2026-01-01").rules() == Rules(True, 0, True)


NETTING = [
    # position, mark, bid, ask, leverage, initial margin, of orders
    ("0.009", "42837.56270555", "328.8", "329.7", 20, "35.71690321", "16.44000000"),
    ("-66890", "0.02984712", "99.9964", "100.0076", 5, "419.29629136", "20.00152000"),
    ("0", "108598", "100", "150", 11, "13.63636500", "13.63636500"),
]


@pytest.mark.parametrize(
    ("quantity", "mark", "bid", "ask", "leverage", "initial", "of_orders"), NETTING
)
def test_netting(
    quantity: str, mark: str, bid: str, ask: str, leverage: int, initial: str, of_orders: str
) -> None:
    """MAR-017: one-way, the worse of the two directions counts."""
    holding = Holding(contract(brackets=one_bracket("0.004", "0")))
    holding.set_leverage(leverage)
    leg = held_leg(quantity, "1")
    leg.bid_notional, leg.ask_notional = Amount(parse(bid)), Amount(parse(ask))
    risk = LegRisk(holding, leg, Price(parse(mark)), rounds_up=False)
    assert (fixed(risk.initial), fixed(risk.open_order_initial)) == (initial, of_orders)


def test_closing_orders_of_a_hedge_leg_add_nothing() -> None:
    """MAR-017: a LONG leg with asks needs no more margin than without."""
    holding = Holding(contract())
    leg = held_leg("2", "100", LONG)
    leg.ask_notional = Amount(parse("3737"))
    risk = LegRisk(holding, leg, Price(parse("100")), rounds_up=True)
    assert risk.open_order_initial == 0
    short = held_leg("-2", "100", SHORT)
    short.ask_notional = Amount(parse("50"))
    risk = LegRisk(holding, short, Price(parse("100")), rounds_up=True)
    assert fixed(risk.initial) == "12.50000000"


MAINTENANCE = [
    ("182523.03869692", "0.005", "50", "862.61519348"),
    ("255321.7074", "0.005", "50", "1226.60853700"),
    ("1996.4738568", "0.02", "0", "39.92947713"),
]


@pytest.mark.parametrize(("value", "mmr", "cum", "margin"), MAINTENANCE)
def test_maintenance_margin(value: str, mmr: str, cum: str, margin: str) -> None:
    """MAR-004: notional times rate less cum, cut."""
    found = rounding.maintenance_margin(Amount(parse(value)), Rate(parse(mmr)), Amount(parse(cum)))
    assert fixed(found) == margin


def test_reserve_of_available_balance() -> None:
    """MAR-018: 2.622 BTC short and a last price 1.40 over the mark reserve 3.6708."""
    board = Board(wallet="100000", depth=False)
    holding = board.account().peek(board.market.instrument)
    board.account().holdings[board.market.instrument.symbol] = holding
    holding.both = held_leg("-2.622", "97399.1")
    board.market.mark, board.market.last = Price(parse("97376.7")), Price(parse("97378.1"))
    risk = asset_risk(board.exchange.state, board.account(), "USDT")
    assert fixed(risk.adverse_gap) == "3.67080000"


def test_isolated_wallet_of_a_taker() -> None:
    """MAR-012: 0.02 AAPL bought at 313.20 with 20x set 0.31074682 aside."""
    fill, rate = Price(parse("313.2")), rounding.margin_rate(20)
    quantity = Qty(parse("0.02"))
    quote = rounding.quote_value(fill, quantity)
    fee = rounding.commission(fill, quantity, Rate(parse("0.0004")))
    loss = rounding.open_loss(quantity, Price(fill - parse("313.197379")))
    margin = rounding.initial_margin(quote, rate, rounds_up=True)
    assert fixed(fee) == "0.00250560"
    assert fixed(margin + loss - fee) == "0.31074682"


def test_isolated_wallet_of_a_maker() -> None:
    """MAR-012: 20 BARD at 0.6052, 5x, 0.05 % leave 2.414748."""
    fill, quantity = Price(parse("0.6052")), Qty(parse("20"))
    margin = rounding.initial_margin(
        rounding.quote_value(fill, quantity), rounding.margin_rate(5), rounds_up=True
    )
    fee = rounding.commission(fill, quantity, Rate(parse("0.0005")))
    assert fixed(margin - fee) == "2.41474800"
