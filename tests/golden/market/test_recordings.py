"""The shipped recordings, played through the exchange against what they themselves record."""

from functools import cache

import msgspec
import pytest

from perpbox.engine.commands import (
    Command,
    ListInstrument,
    SetDepth,
    SetFundingRate,
    SetPrices,
    StreetTrade,
)
from perpbox.engine.events import Rejected
from perpbox.engine.exchange import Exchange
from perpbox.gateway.recordings import RECORDINGS
from perpbox.market.frames import Snapshot, frames
from perpbox.market.playing import Recording
from perpbox.market.recorded import RecordedSource
from perpbox.money import SCALE, Price, Qty, Rate, parse
from perpbox.specs import catalogue

BTCUSDT = catalogue(["BTCUSDT"]).instruments["BTCUSDT"]
BestLevels = tuple[tuple[Price, Qty], tuple[Price, Qty]]


class Expected(msgspec.Struct, frozen=True):
    """What is known of a recording from elsewhere or by counting its lines."""

    start_ms: int
    """Time of the snapshot; the box is opened then, so that stamps are the recorded times."""
    length_ms: int
    """From the snapshot to one millisecond after the last frame."""
    shared_ids: int
    """Update ids that a diff and a bookTicker frame share."""
    prints: int
    """Market trades from the snapshot on."""
    midnight_ms: int
    close: str
    """Close of the hourly bar that ends at midnight, from the venue's own history."""


EXPECTED = {
    "2023-04-05": Expected(
        start_ms=1_680_652_700_580,
        length_ms=514_102,
        shared_ids=1_565,
        prints=12_928,
        midnight_ms=1_680_652_800_000,
        close="28155.2",
    ),
    "2024-08-08": Expected(
        start_ms=1_723_161_256_493,
        length_ms=344_779,
        shared_ids=629,
        prints=21_309,
        midnight_ms=1_723_161_600_000,
        close="61659.8",
    ),
}
AFTER_SEAM_MS = 2_000


class Played(msgspec.Struct):
    """What was seen while a recording was played once and two seconds further."""

    exchange: Exchange
    opening: list[Command]
    shared: list[tuple[BestLevels, BestLevels]] = []
    """(book, recorded) best levels at each update id that both name."""
    crossed: int = 0
    refused: int = 0
    update_ids: list[int] = []
    seams: list[tuple[int, SetDepth]] = []
    prints: list[tuple[int, StreetTrade]] = []
    prices: list[tuple[int, SetPrices]] = []
    rates: list[tuple[int, Rate]] = []
    stamps: list[int] = []


class Ticker(msgspec.Struct):
    """The data of a bookTicker frame."""

    b: str
    B: str
    a: str
    A: str


class Frame(msgspec.Struct):
    """A bookTicker frame."""

    data: Ticker


def tickers(recording: Recording) -> dict[int, bytes]:
    """The bookTicker lines by update id."""
    lines = (line for line in recording.lines() if b"@bookTicker" in line[:60])
    return {int(line.partition(b'"u":')[2].partition(b",")[0]): line for line in lines}


def best_levels(line: bytes) -> BestLevels:
    """Best bid and best ask of a bookTicker line."""
    ticker = msgspec.json.decode(line.partition(b" ")[2], type=Frame).data
    return (
        (Price(parse(ticker.b)), Qty(parse(ticker.B))),
        (Price(parse(ticker.a)), Qty(parse(ticker.A))),
    )


@cache
def played(name: str) -> Played:
    """Play a recording through the exchange, opened at its own time."""
    recording, expected = RECORDINGS[name], EXPECTED[name]
    exchange = Exchange()
    exchange.apply(ListInstrument(BTCUSDT), 1)
    source = RecordedSource(recording, BTCUSDT)
    seen = Played(exchange, list(source.open(expected.start_ms)))
    best = tickers(recording)
    for command in seen.opening:
        note(seen, expected.start_ms, command, best)
    end_ms = expected.start_ms + expected.length_ms + AFTER_SEAM_MS
    for stamp_ms, command in source.due(end_ms):
        note(seen, stamp_ms, command, best)
    return seen


def note(seen: Played, stamp_ms: int, command: Command, best: dict[int, bytes]) -> None:
    """Apply one command and keep what the tests look at."""
    events = seen.exchange.apply(command, stamp_ms)
    seen.refused += any(isinstance(event, Rejected) for event in events)
    seen.stamps.append(stamp_ms)
    match command:
        case StreetTrade():
            seen.prints.append((stamp_ms, command))
        case SetPrices():
            seen.prices.append((stamp_ms, command))
        case SetFundingRate():
            seen.rates.append((stamp_ms, command.rate))
        case SetDepth():
            seen.update_ids.append(command.update_id)
            if command.replace:
                seen.seams.append((stamp_ms, command))
            bids, asks = seen.exchange.state.markets["BTCUSDT"].book.depth(1)
            seen.crossed += bids[0][0] >= asks[0][0]
            if command.update_id in best:
                seen.shared.append(((bids[0], asks[0]), best_levels(best[command.update_id])))


@pytest.fixture(params=sorted(EXPECTED))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_book_equals_recorded_best_prices(name: str) -> None:
    """MKT-020: rebuilt from the diffs, price and quantity of both sides, at every shared id."""
    shared = played(name).shared
    assert len(shared) == EXPECTED[name].shared_ids
    assert [pair for pair in shared if pair[0] != pair[1]] == []


def test_last_trade_before_midnight_is_the_hourly_close(name: str) -> None:
    """MKT-021: the prints are the venue's own trades, in order of time."""
    expected = EXPECTED[name]
    before = [trade for at, trade in played(name).prints if at < expected.midnight_ms]
    assert before[-1].price == parse(expected.close)


def test_every_market_trade_is_printed_once(name: str) -> None:
    """MKT-021: from the snapshot to the seam, no trade more and none less."""
    expected = EXPECTED[name]
    seam_ms = expected.start_ms + expected.length_ms
    assert sum(at < seam_ms for at, _ in played(name).prints) == expected.prints


def test_print_of_the_insurance_fund_moves_nothing() -> None:
    """MKT-022: 28722.50, two percent away, with an ordinary trade id, is no market trade."""
    foreign = parse("28722.5")
    frame = b'"t":3535191080,"p":"28722.50","q":"0.001","X":"INSURANCE_FUND"'
    assert sum(frame in line for line in RECORDINGS["2023-04-05"].lines()) == 1
    seen = played("2023-04-05")
    assert foreign not in {trade.price for _, trade in seen.prints}
    spread = [trade.price for _, trade in seen.prints]
    assert max(spread) - min(spread) < 100 * SCALE


def test_seam(name: str) -> None:
    """MKT-024: a millisecond after the last frame the snapshot is back, under higher ids."""
    expected, seen = EXPECTED[name], played(name)
    (opened_ms, first), (seam_ms, second) = seen.seams
    assert opened_ms == expected.start_ms
    assert seam_ms == expected.start_ms + expected.length_ms
    assert (second.bids, second.asks) == (first.bids, first.asks)
    before = [update_id for update_id in seen.update_ids if update_id < second.update_id]
    assert second.update_id == before[-1] + 1
    assert seen.update_ids == sorted(set(seen.update_ids))
    assert seen.stamps == sorted(seen.stamps)
    assert any(at > seam_ms for at, _ in seen.prints)


def test_exchange_takes_every_command_and_never_crosses(name: str) -> None:
    """MKT-020: levels of the recorded day pass today's filters; the book is sound throughout."""
    seen = played(name)
    assert (seen.refused, seen.crossed) == (0, 0)


def test_snapshot_is_the_whole_book_at_the_start(name: str) -> None:
    """MKT-020: all 1,000 recorded levels a side are there, under the recorded id."""
    recording = RECORDINGS[name]
    recorded = next(
        frame for frame in frames(recording.lines(), with_best=False) if isinstance(frame, Snapshot)
    )
    depth = played(name).seams[0][1]
    assert depth.update_id == recorded.update_id
    assert [(parse(p), parse(q)) for p, q in recorded.bids] == list(depth.bids)
    assert [(parse(p), parse(q)) for p, q in recorded.asks] == list(depth.asks)
    assert len(depth.bids) == len(depth.asks) == 1_000


def test_recorded_marks_and_rates() -> None:
    """MKT-023: mark, index and rate as recorded; the rate changes where the record changes."""
    seen = played("2023-04-05")
    seam_ms = seen.seams[1][0]
    assert seen.prices[1] == (
        1_680_652_701_000,
        SetPrices("BTCUSDT", Price(parse("28159.75642857")), Price(parse("28147.27373413"))),
    )
    assert sum(at < seam_ms for at, _ in seen.prices) == 1 + 514
    assert [rate for at, rate in seen.rates if at < seam_ms] == [
        parse(text)
        for text in (
            "0.00002754",
            "0.00002760",
            "0.00002813",
            "0.00002826",
            "0.00002841",
            "0.00002850",
            "0.00002846",
        )
    ]


def test_marks_by_formula_follow_the_market() -> None:
    """MKT-025: each second a mark; the index is the other recording's last trade."""
    seen = played("2024-08-08")
    seam_ms = seen.seams[1][0]
    made = [(at, prices) for at, prices in seen.prices if at < seam_ms]
    start_ms = EXPECTED["2024-08-08"].start_ms
    assert [at for at, _ in made] == list(range(start_ms, seam_ms, 1_000))
    assert made[0][1].index == parse("61824.01")
    for _, prices in made:
        assert abs(prices.mark - prices.index) * 1_000 < prices.index
    assert seen.rates[0] == (start_ms, parse("0.00004994"))
