"""The simulated market."""

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

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
from perpbox.market.ladder import LadderShape
from perpbox.market.paths import (
    FUNDING_BASE,
    FUNDING_DEVIATION,
    HOUR_MS,
    SEED_MAX,
    SimSettings,
    SimSource,
)
from perpbox.market.source import NoSource
from perpbox.money import SCALE, Price, Rate
from perpbox.specs import catalogue

SYMBOLS = ("BTCUSDT", "ETHUSDT", "DOGEUSDT")
CATALOGUE = catalogue(SYMBOLS)
START_MS = 1_790_000_000_123
MINUTE_MS = 60_000
DEFAULTS = SimSettings()
Stamped = tuple[int, Command]


def sim(symbols: Sequence[str] = SYMBOLS, settings: SimSettings = DEFAULTS) -> SimSource:
    return SimSource(
        [(CATALOGUE.instruments[name], CATALOGUE.reference_price(name)) for name in symbols],
        settings,
    )


def played(source: SimSource, *until_ms: int) -> list[Stamped]:
    """What a source makes from ``START_MS`` on, asked for piece by piece."""
    made: list[Stamped] = [(START_MS, command) for command in source.open(START_MS)]
    for end_ms in until_ms:
        made.extend(source.due(end_ms))
    return made


def of(made: list[Stamped], symbol: str) -> list[Command]:
    return [command for _, command in made if getattr(command, "symbol", "") == symbol]


def indexes(made: list[Stamped], symbol: str) -> list[Price]:
    return [command.index for command in of(made, symbol) if isinstance(command, SetPrices)]


def test_same_seed_and_clock_give_the_same_bytes() -> None:
    """MKT-001: byte for byte, in every process and version of Python."""
    contracts = [
        (CATALOGUE.instruments["BTCUSDT"], Price(77_000 * SCALE)),
        (CATALOGUE.instruments["DOGEUSDT"], Price(SCALE // 4)),
    ]
    made = played(SimSource(contracts), START_MS + MINUTE_MS)
    digest = hashlib.sha256(msgspec.json.encode(made)).hexdigest()
    assert digest == "b647aa3089b94fd6f4dd78f011d02fcd54abc159425eacd83107b67f00052b07"


def test_seed_changes_the_market() -> None:
    """MKT-001: another seed, another path."""
    first = played(sim(), START_MS + MINUTE_MS)
    other = played(sim(settings=SimSettings(seed=2)), START_MS + MINUTE_MS)
    assert indexes(first, "BTCUSDT")[0] == indexes(other, "BTCUSDT")[0]
    assert indexes(first, "BTCUSDT")[5] != indexes(other, "BTCUSDT")[5]


def test_path_does_not_depend_on_how_often_it_is_asked() -> None:
    """MKT-003: one call a minute, or one every 17 ms, or the stamps one by one."""
    end_ms = START_MS + 20_000
    at_once = played(sim(), end_ms)
    in_pieces = played(sim(), *range(START_MS, end_ms, 17), end_ms)

    def stamp_by_stamp(source: SimSource) -> Iterator[Stamped]:
        for command in source.open(START_MS):
            yield START_MS, command
        while (next_ms := source.next_ms()) is not None and next_ms <= end_ms:
            yield from source.due(next_ms)

    assert in_pieces == at_once
    assert list(stamp_by_stamp(sim())) == at_once


def test_path_does_not_depend_on_other_contracts() -> None:
    """MKT-003: what a contract does is drawn from seed, symbol and step alone."""
    together = played(sim(), START_MS + MINUTE_MS)
    alone = played(sim(["ETHUSDT"]), START_MS + MINUTE_MS)
    length = min(len(of(together, "ETHUSDT")), len(of(alone, "ETHUSDT")))
    assert length > 200
    assert of(together, "ETHUSDT")[:length] == of(alone, "ETHUSDT")[:length]


def test_stamps_are_on_the_grid_and_spread_over_the_step() -> None:
    """MKT-003: every contract moves once a step of 500 ms, contracts at different phases of it."""
    source = sim()
    opened = list(source.open(START_MS))
    assert source.next_ms() == 1_790_000_000_500
    made = list(source.due(START_MS + 5_000))
    stamps = [stamp_ms for stamp_ms, _ in made]
    assert stamps == sorted(stamps)
    assert stamps[0] > START_MS
    assert stamps[-1] <= START_MS + 5_000
    moves = {
        name: [
            at for at, command in made if isinstance(command, SetPrices) and command.symbol == name
        ]
        for name in SYMBOLS
    }
    for place, name in enumerate(SYMBOLS):
        assert {at % 500 for at in moves[name]} == {50 * place}
        assert len(moves[name]) == 10
    assert Counter(type(command) for command in opened)[SetDepth] == len(SYMBOLS)


def test_bursts_are_even() -> None:
    """MKT-003: with many contracts every instant of a step carries its share of them."""
    served = catalogue()
    source = SimSource(
        (instrument, served.reference_price(name))
        for name, instrument in served.instruments.items()
    )
    assert len(list(source.open(START_MS))) >= 3 * len(served.instruments)
    made = source.due(START_MS + 500)
    share = Counter(at for at, command in made if isinstance(command, SetPrices))
    assert sum(share.values()) == len(served.instruments)
    assert max(share.values()) - min(share.values()) <= 1


def test_long_gap_is_taken_in_large_steps() -> None:
    """MKT-004: eight hours at once are at most 120 steps, as wide as the small ones together."""
    hours_ms = 8 * HOUR_MS
    made = played(sim(), START_MS + hours_ms)
    path = indexes(made, "BTCUSDT")
    assert len(path) == 1 + 120
    assert made[-1][0] > START_MS + hours_ms - 500
    moves = [abs(after - before) for before, after in itertools.pairwise(path)]
    # A step of four minutes: the deviation of an hour by the root of 15, the mean 0.8 of it.
    expected = path[0] * SimSettings().volatility // SCALE * 10 // 48
    mean = sum(moves) // len(moves)
    assert expected // 2 < mean < expected * 2


def test_expected_gap_is_planned_for_calls_stamp_by_stamp() -> None:
    """MKT-004: a caller that goes from stamp to stamp gets the same large steps."""
    end_ms = START_MS + 8 * HOUR_MS
    at_once = played(sim(), end_ms)
    source = sim()
    walked: list[Stamped] = [(START_MS, command) for command in source.open(START_MS)]
    source.expect(end_ms)
    while (next_ms := source.next_ms()) is not None and next_ms <= end_ms:
        source.expect(end_ms)
        walked.extend(source.due(next_ms))
    assert walked == at_once


def test_path_goes_on_in_small_steps_after_a_gap() -> None:
    """MKT-004: the grid of 500 ms is back as soon as the gap is made up for."""
    source = sim()
    gap_end_ms = START_MS + 8 * HOUR_MS
    played(source, gap_end_ms)
    made = list(source.due(gap_end_ms + 10_000))
    assert len(indexes(made, "BTCUSDT")) == 20


def test_prints_stay_inside_the_shown_quantity() -> None:
    """MKT-005: at the best prices, and no more in sum than the street shows there."""
    busy = SimSettings(trades_per_minute=3_000, depth_every=8)
    shown: dict[Price, int] = {}
    sides: Counter[bool] = Counter()
    for _, command in played(sim(["BTCUSDT"], busy), START_MS + MINUTE_MS):
        if isinstance(command, SetDepth):
            assert command.replace
            shown = dict((command.bids[0], command.asks[0]))
            best = (command.bids[0][0], command.asks[0][0])
        if isinstance(command, StreetTrade):
            assert command.price == best[0 if command.buyer_is_maker else 1]
            assert command.quantity % CATALOGUE.instruments["BTCUSDT"].step_size == 0
            shown[command.price] -= command.quantity
            assert shown[command.price] >= 0
            sides[command.buyer_is_maker] += 1
    assert min(sides.values()) > 500


def test_prints_come_at_the_set_rate() -> None:
    """MKT-005: 60 a minute are 60 a minute, none is none."""
    hour = [START_MS + part * MINUTE_MS for part in range(1, 61)]
    made = played(sim(["BTCUSDT"], SimSettings(trades_per_minute=60)), *hour)
    prints = sum(isinstance(command, StreetTrade) for _, command in made)
    assert 3_400 < prints < 3_800
    silent = played(sim(["BTCUSDT"], SimSettings(trades_per_minute=0)), *hour[:5])
    assert sum(isinstance(command, StreetTrade) for _, command in silent) == 1  # the first print


def test_jumps_happen() -> None:
    """MKT-001: a path without volatility stands still but for its jumps."""
    jumpy = SimSettings(volatility=Rate(0), jumps_per_day=1_440)
    minutes = [START_MS + part * MINUTE_MS for part in range(1, 61)]
    path = indexes(played(sim(["BTCUSDT"], jumpy), *minutes), "BTCUSDT")
    jumps = sum(before != after for before, after in itertools.pairwise(path))
    assert 30 < jumps < 100
    calm = SimSettings(volatility=Rate(0), jumps_per_day=0)
    assert len(set(indexes(played(sim(["BTCUSDT"], calm), *minutes[:5]), "BTCUSDT"))) == 1


def test_funding_rate_changes_after_a_boundary() -> None:
    """MKT-006: the boundary itself settles the rate that was shown before it."""
    hours = [START_MS + part * HOUR_MS for part in range(1, 26)]
    boundary_ms = 8 * HOUR_MS
    changes = [
        (at, command.rate)
        for at, command in played(sim(["BTCUSDT"]), *hours)
        if isinstance(command, SetFundingRate)
    ]
    assert len(changes) == 4
    cap = CATALOGUE.instruments["BTCUSDT"].funding_rate_cap
    for at, rate in changes:
        assert abs(rate - FUNDING_BASE) < 4 * FUNDING_DEVIATION
        assert abs(rate) <= cap
        assert at == START_MS or 0 < at % boundary_ms < MINUTE_MS
    assert len({rate for _, rate in changes}) == 4


def test_street_is_renewed_when_its_best_price_stands_still() -> None:
    """MKT-005: what a taker took comes back after depth_every steps at the latest."""
    calm = SimSettings(volatility=Rate(0), jumps_per_day=0, depth_every=4)
    made = played(sim(["BTCUSDT"], calm), START_MS + MINUTE_MS)
    assert sum(isinstance(command, SetDepth) for _, command in made) == 1 + 30


def test_path_keeps_away_from_the_price_bounds() -> None:
    """MKT-001: a start outside the bounds is brought in, and the street stays whole."""
    instrument = CATALOGUE.instruments["BTCUSDT"]
    wild = SimSettings(volatility=Rate(SCALE // 10))
    source = SimSource([(instrument, instrument.min_price)], wild)
    made = played(source, *(START_MS + part * HOUR_MS for part in range(1, 49)))
    assert min(indexes(made, "BTCUSDT")) >= 2 * instrument.min_price
    depths = [command for command in of(made, "BTCUSDT") if isinstance(command, SetDepth)]
    assert {(len(depth.bids), len(depth.asks)) for depth in depths} == {(20, 20)}


def test_shape_comes_from_the_settings() -> None:
    """MKT-002: levels and spread are set by configuration."""
    shaped = SimSettings(shape=LadderShape(levels=5, spread_ticks=7, gap_ticks=3))
    opening = of(played(sim(["ETHUSDT"], shaped)), "ETHUSDT")
    depth = next(command for command in opening if isinstance(command, SetDepth))
    tick = CATALOGUE.instruments["ETHUSDT"].tick_size
    assert len(depth.bids) == len(depth.asks) == 5
    assert depth.asks[0][0] - depth.bids[0][0] == 7 * tick
    assert depth.asks[1][0] - depth.asks[0][0] == 3 * tick


def test_exchange_takes_every_command() -> None:
    """MKT-001: nothing is refused, the book never crosses, the mark stays near the index."""
    exchange = Exchange()
    for name in SYMBOLS:
        exchange.apply(ListInstrument(CATALOGUE.instruments[name]), START_MS)
    minutes = (START_MS + part * MINUTE_MS for part in range(1, 11))
    for at, command in played(sim(), *minutes):
        events = exchange.apply(command, at)
        assert not any(isinstance(event, Rejected) for event in events)
        if isinstance(command, SetDepth):
            book = exchange.state.markets[command.symbol].book
            assert book.depth(30) == (list(command.bids), list(command.asks))
    for market in exchange.state.markets.values():
        assert 0 < abs(market.mark - market.index) * 500 < market.index
        assert market.last > 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", SEED_MAX + 1),
        ("step_ms", 0),
        ("volatility", -1),
        ("jumps_per_day", 10_001),
        ("jump_size", SCALE),
        ("trades_per_minute", -1),
        ("depth_every", 0),
        ("catch_up_steps_max", 0),
    ],
)
def test_settings_hold_their_bounds(name: str, value: int) -> None:
    """MKT-001: a setting outside its bound is refused by its name."""
    with pytest.raises(ValueError, match=f"^{name} must be"):
        msgspec.structs.replace(SimSettings(), **{name: value})


def test_no_source_makes_nothing() -> None:
    """MKT-010: without a market source nothing moves and nothing falls due."""
    source = NoSource()
    source.expect(START_MS)
    assert list(source.open(START_MS)) == []
    assert list(source.due(START_MS + HOUR_MS)) == []
    assert source.next_ms() is None
