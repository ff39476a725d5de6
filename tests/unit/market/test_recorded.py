"""Playing a recording: order, stamps, seams and what is refused."""

from collections.abc import Iterator

import msgspec
import pytest

from perpbox.engine.commands import Command, SetDepth, SetFundingRate, SetPrices, StreetTrade
from perpbox.market.frames import REORDER_MS, Lines
from perpbox.market.playing import Recording, RecordingBroken
from perpbox.market.recorded import GRID_MS_MAX, RecordedSource
from perpbox.money import Price, Qty, Rate, parse
from perpbox.specs import catalogue

BTCUSDT = catalogue(["BTCUSDT"]).instruments["BTCUSDT"]
START_MS = 1_700_000_000_000
"""Recorded time of the snapshot."""
NOW_MS = 1_790_000_000_003
"""Box time at which the source is opened."""
Stamped = tuple[int, Command]
Rows = list[tuple[str, str]]


def line(body: object) -> bytes:
    return b"1 " + msgspec.json.encode(body) + b"\n"


def stream(name: str, data: dict[str, object]) -> bytes:
    return line({"stream": f"btcusdt@{name}", "data": data})


def snapshot(update_id: int = 100, at: int = 0) -> bytes:
    return line(
        {
            "lastUpdateId": update_id,
            "T": START_MS + at,
            "bids": [("60000.0", "1.5"), ("59999.9", "2")],
            "asks": [("60000.1", "1")],
        }
    )


def diff(first: int, last: int, previous: int, at: int, bids: Rows, asks: Rows) -> bytes:
    ids = {"U": first, "u": last, "pu": previous}
    data: dict[str, object] = {"e": "depthUpdate", "T": START_MS + at, "b": bids, "a": asks}
    return stream("depth@0ms", data | ids)


def trade(price: str, at: int, kind: str = "MARKET", *, by_maker: bool = False) -> bytes:
    data: dict[str, object] = {"e": "trade", "T": START_MS + at, "p": price, "q": "0.5"}
    return stream("trade", data | {"X": kind, "m": by_maker})


def marks(index: str, mark: str, rate: str, at: int) -> bytes:
    data: dict[str, object] = {"e": "markPriceUpdate", "E": START_MS + at}
    return stream("markPrice@1s", data | {"i": index, "p": mark, "r": rate})


def best(bid: str, ask: str, at: int) -> bytes:
    data: dict[str, object] = {"e": "bookTicker", "T": START_MS + at, "b": bid, "a": ask}
    return stream("bookTicker", data)


def lines_of(*lines: bytes) -> Lines:
    def opened() -> Iterator[bytes]:
        return iter(lines)

    return opened


SMALL = (
    trade("59000", -20),
    diff(80, 90, 79, -10, [("59000.0", "9")], []),
    diff(91, 105, 90, 5, [("60000.0", "0")], [("60000.2", "3")]),
    snapshot(),
    marks("60001", "60000.5", "0.0001", 10),
    trade("60000.1", 20),
    diff(106, 110, 105, 30, [("60000.0", "1")], []),
    trade("60600", 40, "INSURANCE_FUND"),
    marks("60002", "60001.5", "0.0001", 1_000),
    marks("60003", "60002.5", "0.0002", 2_000),
)
LENGTH_MS = 2_001


def source(*lines: bytes, grid_ms: int = 1) -> RecordedSource:
    return RecordedSource(Recording("BTCUSDT", lines_of(*lines)), BTCUSDT, grid_ms)


def played(recorded: RecordedSource, *until_ms: int) -> list[Stamped]:
    made = [(0, command) for command in recorded.open(NOW_MS)]
    for until in until_ms:
        made.extend((at - NOW_MS, command) for at, command in recorded.due(NOW_MS + until))
    return made


def price(text: str) -> Price:
    return Price(parse(text))


def quantity(text: str) -> Qty:
    return Qty(parse(text))


def depth(made: list[Stamped]) -> list[tuple[int, int, bool]]:
    return [
        (at, command.update_id, command.replace)
        for at, command in made
        if isinstance(command, SetDepth)
    ]


def test_commands_of_a_recording() -> None:
    """MKT-020..023: from the snapshot on, re-based, one command for each thing that moved."""
    assert played(source(*SMALL), 1_999) == [
        (0, SetPrices("BTCUSDT", price("60001"), price("60000.5"))),
        (0, SetFundingRate("BTCUSDT", Rate(10_000))),
        (
            0,
            SetDepth(
                "BTCUSDT",
                ((price("60000"), quantity("1.5")), (price("59999.9"), quantity("2"))),
                ((price("60000.1"), quantity("1")),),
                replace=True,
                update_id=100,
            ),
        ),
        (
            5,
            SetDepth(
                "BTCUSDT",
                ((price("60000"), Qty(0)),),
                ((price("60000.2"), quantity("3")),),
                replace=False,
                update_id=105,
            ),
        ),
        (10, SetPrices("BTCUSDT", price("60001"), price("60000.5"))),
        (20, StreetTrade("BTCUSDT", price("60000.1"), quantity("0.5"), buyer_is_maker=False)),
        (
            30,
            SetDepth(
                "BTCUSDT", ((price("60000"), quantity("1")),), (), replace=False, update_id=110
            ),
        ),
        (1_000, SetPrices("BTCUSDT", price("60002"), price("60001.5"))),
    ]


def test_playing_does_not_depend_on_how_often_it_is_asked() -> None:
    """MKT-024: one call or many give the same, over the seam too."""
    end_ms = LENGTH_MS + 500
    at_once = played(source(*SMALL), end_ms)
    assert played(source(*SMALL), *range(0, end_ms, 7), end_ms) == at_once


def test_seam_goes_on_one_step_later_under_higher_ids() -> None:
    """MKT-024: each playing adds the same offset to update ids."""
    made = played(source(*SMALL), LENGTH_MS, 2 * LENGTH_MS, 3 * LENGTH_MS - 1)
    assert depth(made) == [
        (0, 100, True),
        (5, 105, False),
        (30, 110, False),
        (2_001, 111, True),
        (2_006, 116, False),
        (2_031, 121, False),
        (4_002, 122, True),
        (4_007, 127, False),
        (4_032, 132, False),
    ]


def test_long_gap_skips_whole_playings() -> None:
    """MKT-024: a thousand playings at once are two; the ids rise as if all had been played."""
    recorded = source(*SMALL)
    made = played(recorded, 1_000 * LENGTH_MS + 10)
    assert depth(made)[3:] == [
        (1_000 * LENGTH_MS, 11_100, True),
        (1_000 * LENGTH_MS + 5, 11_105, False),
    ]
    assert recorded.next_ms() == NOW_MS + 1_000 * LENGTH_MS + 20


def test_stamps_are_on_the_grid() -> None:
    """MKT-020: a coarser grid rounds every stamp up and changes nothing else."""
    fine = [command for _, command in played(source(*SMALL), LENGTH_MS - 1)]
    coarse = source(*SMALL, grid_ms=50)
    opening = list(coarse.open(NOW_MS))
    made = list(coarse.due(NOW_MS + 2_049))
    assert [*opening, *(command for _, command in made)] == fine
    assert {at % 50 for at, _ in made} == {0}
    assert coarse.next_ms() == 1_790_000_000_050 + 2_050


def test_late_frames_find_their_place() -> None:
    """MKT-020: order is that of the exchange's time, a print before depth of the same time."""
    made = played(
        source(
            snapshot(),
            diff(101, 102, 100, 400, [], []),
            marks("60001", "60000.5", "0.0001", 10),
            marks("60002", "60000.5", "0.0001", REORDER_MS),
            trade("60000.1", 400),
            trade("60000.0", 30),
        ),
        500,
    )
    assert [(at, type(command)) for at, command in made[3:]] == [
        (10, SetPrices),
        (30, StreetTrade),
        (400, StreetTrade),
        (400, SetDepth),
    ]


def test_levels_outside_todays_filters_are_left_out() -> None:
    """MKT-020: off the tick, below the lowest and above the highest price."""
    rows = [("60000.05", "1"), ("1.0", "1"), ("9999999.0", "1"), ("59998.0", "1")]
    made = played(
        source(snapshot(), marks("60001", "6", "0", 1), diff(99, 102, 98, 2, rows, rows)), 2
    )
    command = made[-1][1]
    assert isinstance(command, SetDepth)
    assert command.bids == command.asks == ((price("59998"), quantity("1")),)


def test_marks_by_formula() -> None:
    """MKT-025: with an index recording, a mark a second and the rate that was given."""
    contract = lines_of(
        trade("60010", -30),
        best("60000", "60004", -20),
        snapshot(),
        diff(100, 101, 99, 1_500, [("60000.0", "1")], []),
    )
    spot = lines_of(trade("60020", -40), trade("60030", 900), trade("60040", 1_100))
    recording = Recording("BTCUSDT", contract, index_lines=spot, funding_rate=Rate(0))
    made = played(RecordedSource(recording, BTCUSDT), 1_500)
    # Legs: the index itself, index - 18, and the last print; the median of the three.
    assert [item for item in made if not isinstance(item[1], SetDepth)] == [
        (0, SetPrices("BTCUSDT", price("60020"), price("60010"))),
        (0, SetFundingRate("BTCUSDT", Rate(0))),
        (1_000, SetPrices("BTCUSDT", price("60030"), price("60012"))),
    ]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((marks("1", "1", "0", 0),), "no book snapshot"),
        ((snapshot(),), "no prices"),
        ((), "no book snapshot"),
        ((snapshot(), marks("1", "1", "0", 1), diff(102, 103, 101, 2, [], [])), "from 100 to 102"),
        (
            (
                snapshot(),
                marks("1", "1", "0", 1),
                diff(99, 101, 98, 2, [], []),
                diff(104, 105, 103, 3, [], []),
            ),
            "from 101 to 104",
        ),
    ],
)
def test_broken_recordings_are_refused(lines: tuple[bytes, ...], words: str) -> None:
    """MKT-020: without snapshot, prices or unbroken ids there is no sound market."""
    recorded = source(*lines)
    with pytest.raises(RecordingBroken, match=words):
        played(recorded, 10)


def test_grid_holds_its_bound() -> None:
    """MKT-020: a grid outside its bound is refused."""
    with pytest.raises(ValueError, match="grid_ms must be 1"):
        source(*SMALL, grid_ms=GRID_MS_MAX + 1)
