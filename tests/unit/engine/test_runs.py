"""Runs of prints: what is refused, how they are cut, and that a journal keeps them."""

import msgspec
import pytest
from msgspec.json import encode as json

from perpbox.engine.commands import RUN_MAX, StreetTrades
from perpbox.engine.events import TradesPrinted
from perpbox.engine.prints import STRETCH, Prints
from perpbox.engine.rejects import Reject
from perpbox.engine.runs import next_command
from perpbox.gateway.journal.entries import NotAnEntry, decode, encode
from perpbox.money import Price, Qty
from tests.unit.engine.board import BUY, START_MS, SYMBOL, Board, price, qty


def run(
    *texts: str, symbol: str = SYMBOL, lots: str = "1", times_ms: tuple[int, ...] = ()
) -> StreetTrades:
    count = len(texts)
    return StreetTrades(
        symbol,
        tuple(price(text) for text in texts),
        (qty(lots),) * count,
        (True,) * count,
        times_ms or (START_MS,) * count,
    )


def prints(texts: list[str], symbol: str = SYMBOL) -> Prints:
    count = len(texts)
    return Prints(symbol, map(price, texts), [qty("1")] * count, [True] * count, [START_MS] * count)


def test_a_run_numbers_its_trades_and_leaves_the_last_price() -> None:
    """MAT-030"""
    board = Board()
    taken = run("100", "99.5", "100.5")
    assert board.send(taken) == [TradesPrinted(SYMBOL, 1, taken, START_MS)]
    assert (board.market.last, board.market.next_trade_id) == (price("100.5"), 4)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (run("100", symbol="NONE"), Reject.SYMBOL_UNKNOWN),
        (run("100", times_ms=(START_MS - 1,)), Reject.RUN_MISTIMED),
        (run("100", times_ms=(START_MS + 1,)), Reject.RUN_MISTIMED),
        (run("100", "100", times_ms=(START_MS - 1, START_MS)), Reject.RUN_MISTIMED),
        (run("100", "98", "100"), Reject.RUN_NOT_QUIET),
    ],
)
def test_a_run_is_refused_whole(command: StreetTrades, reason: Reject) -> None:
    """MAT-032"""
    board = Board()
    board.rest(board.order(1, BUY, "1", "98.5"))
    assert board.refused(command) is reason
    assert board.market.last == 0


def test_a_pinned_last_price_leaves_a_run_to_single_prints() -> None:
    """MAT-011, MAT-032: prints that are left out are none, and are no run."""
    board = Board()
    board.market.pinned_last = True
    assert board.refused(run("100")) is Reject.RUN_NOT_QUIET
    assert next_command(board.exchange.state, prints(["100"] * 9), 0, 9)[1] == 1


@pytest.mark.parametrize("hit", [0, 1, 2, 3, 7, 8, 255, 256, 257, 700, 999, 1000])
def test_a_run_ends_where_an_order_is_reached(hit: int) -> None:
    """MAT-031: whatever is looked at to find it out."""
    board = Board()
    board.rest(board.order(1, BUY, "1", "99"))
    texts = ["100"] * 1000
    if hit < len(texts):
        texts[hit] = "99"
    told = prints(texts)
    command, place = next_command(board.exchange.state, told, 0, len(told))
    assert place == max(1, hit)
    assert isinstance(command, StreetTrades) is (hit > 1)
    if hit > 1:
        assert isinstance(board.send(command)[0], TradesPrinted)


def test_a_run_stops_where_it_is_told_to_and_at_its_bound() -> None:
    """MAT-030, MAT-032"""
    board = Board()
    told = prints(["100"] * (RUN_MAX + 2))
    state = board.exchange.state
    assert next_command(state, told, 0, 5)[1] == 5
    assert next_command(state, told, 0, len(told))[1] == RUN_MAX
    assert next_command(state, told, RUN_MAX, len(told))[1] == RUN_MAX + 2


@pytest.mark.parametrize("low", [0, 1, STRETCH - 1, STRETCH, STRETCH + 1, 2 * STRETCH])
def test_extremes_of_any_stretch(low: int) -> None:
    """MAT-031: kept extremes and the edges around them see every price."""
    texts = [str(100 + number * 37 % 41) for number in range(3 * STRETCH)]
    told = prints(texts)
    for high in (low + 1, low + STRETCH - 1, low + STRETCH, 3 * STRETCH):
        kept = told.prices[low:high]
        if kept:
            assert told.extremes(low, low + len(kept)) == (min(kept), max(kept))


@pytest.mark.parametrize(
    ("prices", "quantities", "times_ms", "words"),
    [
        ([], [], [], "1 to 65536"),
        ([1], [1, 1], [1], "one length"),
        ([1] * (RUN_MAX + 1), [1] * (RUN_MAX + 1), [1] * (RUN_MAX + 1), "1 to 65536"),
        ([1, 0], [1, 1], [1, 1], "price"),
        ([1, 1], [1, -1], [1, 1], "quantity"),
        ([1, 1], [1, 1], [2, 1], "back"),
    ],
)
def test_a_run_that_cannot_be(
    prices: list[int], quantities: list[int], times_ms: list[int], words: str
) -> None:
    """MAT-032: it cannot be made, nor read from a journal."""
    columns = (
        tuple(map(Price, prices)),
        tuple(map(Qty, quantities)),
        (True,) * len(prices),
        tuple(times_ms),
    )
    with pytest.raises(ValueError, match=words):
        StreetTrades(SYMBOL, *columns)
    names = ("prices", "quantities", "buyer_is_maker", "times_ms")
    said = {"type": "StreetTrades", "symbol": SYMBOL, **dict(zip(names, columns, strict=True))}
    with pytest.raises(NotAnEntry, match=words):
        decode(json((1, START_MS, said)))
    if 0 < len(prices) <= RUN_MAX:
        with pytest.raises(ValueError, match=words):
            Prints(SYMBOL, *columns)


def test_prints_go_forward_from_piece_to_piece() -> None:
    """MAT-032: no time goes back where two pieces meet; and no prints are none."""
    count = RUN_MAX + 1
    times_ms = [START_MS] * RUN_MAX + [START_MS - 1]
    with pytest.raises(ValueError, match="back"):
        Prints(SYMBOL, [price("1")] * count, [qty("1")] * count, [True] * count, times_ms)
    assert len(Prints(SYMBOL, [], [], [], [])) == 0


def test_the_extremes_of_a_run_are_its_own() -> None:
    """MAT-031: whatever somebody says they are."""
    command = msgspec.structs.replace(run("100", "98", "101"), low=price("100"), high=price("100"))
    assert (command.low, command.high) == (price("98"), price("101"))
    said = encode(1, START_MS, command).replace(b'"low":9800000000', b'"low":10000000000')
    assert decode(said).what == command


def test_a_journal_keeps_a_run() -> None:
    """MAT-030: one record, read back as it was."""
    taken = run("100", "99.5")
    assert decode(encode(7, START_MS, taken)) == (7, START_MS, taken)
