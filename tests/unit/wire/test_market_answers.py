"""Market answers against recorded ones: order of keys, JSON types, form of every text."""

from pathlib import Path

import msgspec
import orjson
import pytest

from perpbox.engine.commands import Command
from perpbox.engine.events import Event, FundingFixed, TradePrinted
from perpbox.engine.state import Market, State
from perpbox.engine.types import TradeSource
from perpbox.money import Amount, Price, Qty, Rate, parse
from perpbox.specs import Catalogue, catalogue
from perpbox.views import Views
from perpbox.wire import render_market as market
from perpbox.wire.errands import Errands
from perpbox.wire.errors import WireError
from perpbox.wire.params import Params
from perpbox.wire.rendered import RenderedRisk
from perpbox.wire.streams.listen_keys import ListenKeys
from perpbox.wire.vintage import Vintage

GOLDEN = Path(__file__).parents[2] / "golden" / "market"
SYMBOL = "BTCUSDT"
NOW_MS = 1_791_382_991_286
DAY_MS = 86_400_000

Json = dict[str, object] | list[object]


class StillDesk:
    """A desk over a state that the test wrote itself."""

    def __init__(self, now_ms: int = NOW_MS, api_date: str = "2026-11-01") -> None:
        self.catalogue: Catalogue = catalogue([SYMBOL, "ETHUSDT"])
        self.vintage = Vintage(api_date)
        self.views = Views()
        self.rendered_risk = RenderedRisk()
        self.listen_keys = ListenKeys(self.now_ms, str)
        self.errands = Errands(self.now_ms, str)
        self.state = State()
        self._now_ms = now_ms
        for symbol, instrument in self.catalogue.instruments.items():
            self.state.markets[symbol] = Market(instrument)

    @property
    def market(self) -> Market:
        return self.state.markets[SYMBOL]

    def now_ms(self) -> int:
        return self._now_ms

    def submit(self, command: Command) -> list[Event]:
        raise AssertionError(command)


def golden(name: str) -> Json:
    document = orjson.loads((GOLDEN / f"{name}.json").read_bytes())
    answer = document["answer"]
    assert isinstance(answer, dict | list)
    return answer


def rows_of(answer: Json) -> list[list[object]]:
    assert isinstance(answer, list)
    rows: list[list[object]] = []
    for row in answer:
        assert isinstance(row, list)
        rows.append(row)
    return rows


def objects_of(answer: Json) -> list[dict[str, object]]:
    assert isinstance(answer, list)
    objects: list[dict[str, object]] = []
    for row in answer:
        assert isinstance(row, dict)
        objects.append(row)
    return objects


def object_of(answer: Json) -> dict[str, object]:
    assert isinstance(answer, dict)
    return answer


def asked(**values: object) -> Params:
    return Params({"symbol": SYMBOL, **values})


def number(value: object) -> int:
    """A whole JSON number, or a decimal text at scale 1e-8."""
    assert isinstance(value, int | str)
    return value if isinstance(value, int) else parse(value)


def decimals_of(text: str) -> int:
    return len(text.partition(".")[2])


def printed(
    trade_id: int,
    at_ms: int,
    price: object,
    quantity: object,
    quote: object = 0,
    buyer_is_maker: bool = False,
) -> TradePrinted:
    return TradePrinted(
        symbol=SYMBOL,
        trade_id=trade_id,
        price=Price(number(price)),
        quantity=Qty(number(quantity)),
        quote=Amount(number(quote)),
        buyer_is_maker=buyer_is_maker,
        source=TradeSource.STREET,
        at_ms=at_ms,
    )


def candle_trades(row: list[object]) -> list[TradePrinted]:
    """Trades of which a recorded candle may be the sum."""
    open_ms, opening, high, low, close, volume, _, quote, count, bought, bought_quote, _ = row
    start_ms = number(open_ms)
    bulk = number(count) - 4
    sold = number(volume) - number(bought)
    sold_quote = number(quote) - number(bought_quote)
    trades = [
        printed(1, start_ms, opening, "0"),
        printed(2, start_ms, high, "0"),
        printed(3, start_ms, low, "0"),
        printed(4, start_ms, close, sold, sold_quote, buyer_is_maker=True),
    ]
    for n in range(bulk):
        share = (bought, bought_quote) if n == 0 else ("0", "0")
        trades.append(printed(5 + n, start_ms + 59_000, close, *share))
    return trades


def test_depth_is_printed_as_recorded() -> None:
    """WIR-101"""
    recorded = object_of(golden("depth"))
    desk = StillDesk(now_ms=number(recorded["E"]))
    book = desk.market.book
    for side, name in ((book.bids, "bids"), (book.asks, "asks")):
        levels = recorded[name]
        assert isinstance(levels, list)
        for price, quantity in levels:
            side.set_street(Price(parse(price)), Qty(parse(quantity)))
    book.update_id = number(recorded["lastUpdateId"])
    book.changed_ms = number(recorded["T"])
    assert market.depth(desk, None, asked(limit=5)) == orjson.dumps(recorded)
    one = orjson.loads(market.depth(desk, None, asked(limit=1)))
    assert (one["bids"], one["asks"]) == ([["83084.30", "2.986"]], [["83084.40", "4.632"]])


def test_depth_gives_500_levels_when_not_told() -> None:
    """WIR-102"""
    desk = StillDesk()
    for n in range(1, 600):
        desk.market.book.bids.set_street(Price(n * 10**7), Qty(10**8))
    answer = orjson.loads(market.depth(desk, None, asked()))
    assert len(answer["bids"]) == 500
    assert answer["asks"] == []
    assert answer["bids"][0] == ["59.90", "1.000"]


def test_aggregates_are_printed_as_recorded() -> None:
    """WIR-103"""
    (recorded,) = objects_of(golden("agg_trades"))
    desk = StillDesk()
    trade = printed(
        number(recorded["f"]),
        number(recorded["T"]),
        recorded["p"],
        recorded["q"],
        buyer_is_maker=recorded["m"] is True,
    )
    desk.views.fold([trade])
    # Ids count from 1 in a box; everything else is the recorded text.
    assert market.agg_trades(desk, None, asked()) == orjson.dumps([{**recorded, "a": 1}])
    early = StillDesk(api_date="2026-06-08")
    early.views.fold([trade])
    (row,) = orjson.loads(market.agg_trades(early, None, asked()))
    assert list(row) == ["a", "p", "q", "f", "l", "T", "m"]


@pytest.mark.parametrize("name", ["startTime", "endTime"])
def test_aggregates_older_than_two_days_are_refused(name: str) -> None:
    """WIR-104"""
    desk = StillDesk()
    with pytest.raises(WireError, match="recent 2 days only") as refusal:
        market.agg_trades(desk, None, asked(**{name: NOW_MS - 2 * DAY_MS - 1}))
    assert (refusal.value.status, refusal.value.code) == (400, -4166)
    assert market.agg_trades(desk, None, asked(**{name: NOW_MS - 2 * DAY_MS})) == b"[]"


def test_candles_are_printed_as_recorded() -> None:
    """WIR-105"""
    recorded = rows_of(golden("klines"))
    desk = StillDesk(now_ms=number(recorded[0][6]))
    for row in recorded:
        desk.views.fold(candle_trades(row))
    assert market.klines(desk, None, asked(interval="1m")) == orjson.dumps(recorded)


def test_quote_columns_have_the_decimals_of_price_and_quantity_together() -> None:
    """WIR-106"""
    recorded = rows_of(golden("klines_testnet"))
    desk = StillDesk(now_ms=number(recorded[-1][0]) + 24_000)
    finer = msgspec.structs.replace(desk.market.instrument, quantity_precision=4)
    desk.market.instrument = finer
    for row in recorded:
        desk.views.fold(candle_trades(row))
    answer = market.klines(desk, None, asked(interval="1m", limit=2))
    assert answer == orjson.dumps(recorded)


def test_more_decimals_than_are_kept_print_as_zeros() -> None:
    """WIR-106"""
    desk = StillDesk()
    desk.market.instrument = msgspec.structs.replace(
        desk.market.instrument, price_precision=6, quantity_precision=4
    )
    desk.views.fold([printed(1, NOW_MS, "1.5", "2", "3.00000001")])
    (row,) = orjson.loads(market.trades(desk, None, asked()))
    assert row["quoteQty"] == "3.0000000100"


def test_the_day_ticker_is_printed_as_recorded() -> None:
    """WIR-107"""
    recorded = object_of(golden("ticker_day"))
    desk = StillDesk(now_ms=number(recorded["closeTime"]))
    start_ms = number(recorded["openTime"])
    first_id, last_id = number(recorded["firstId"]), number(recorded["lastId"])
    rest = number(recorded["volume"]) - number(recorded["lastQty"])
    desk.views.fold(
        [
            printed(first_id - 1, start_ms - 1, "1", "1", "1"),
            printed(first_id, start_ms, recorded["openPrice"], rest, recorded["quoteVolume"]),
            printed(first_id + 1, start_ms + 3_600_000, recorded["highPrice"], "0"),
            printed(first_id + 2, start_ms + 7_200_000, recorded["lowPrice"], "0"),
            printed(last_id, desk.now_ms(), recorded["lastPrice"], recorded["lastQty"]),
        ]
    )
    assert market.ticker_24hr(desk, None, asked()) == orjson.dumps({**recorded, "count": 4})


def test_all_day_tickers_are_those_of_contracts_that_trade() -> None:
    """WIR-108"""
    desk = StillDesk()
    every = orjson.loads(market.ticker_24hr(desk, None, Params({})))
    assert [row["symbol"] for row in every] == [SYMBOL, "ETHUSDT"]
    closed = msgspec.structs.replace(desk.market.instrument, is_trading=False)
    desk.market.instrument = closed
    rest = orjson.loads(market.ticker_24hr(desk, None, Params({})))
    assert [row["symbol"] for row in rest] == ["ETHUSDT"]
    assert orjson.loads(market.ticker_24hr(desk, None, asked()))["symbol"] == SYMBOL


def test_the_premium_index_is_printed_as_recorded() -> None:
    """WIR-109"""
    recorded = object_of(golden("premium_index"))
    desk = StillDesk()
    desk.market.mark = Price(number(recorded["markPrice"]))
    desk.market.index = Price(number(recorded["indexPrice"]))
    desk.market.funding_rate = Rate(number(recorded["lastFundingRate"]))
    desk.market.funding_is_given = True
    desk.market.funding_next_ms = number(recorded["nextFundingTime"])
    desk.market.prices_ms = number(recorded["time"])
    expected = {**recorded, "estimatedSettlePrice": recorded["indexPrice"]}
    assert market.premium_index(desk, None, asked()) == orjson.dumps(expected)


def test_funding_rates_are_printed_as_recorded() -> None:
    """WIR-110"""
    recorded = objects_of(golden("funding_rate"))

    def settled(desk: StillDesk) -> StillDesk:
        for row in recorded:
            rate, mark = Rate(number(row["fundingRate"])), Price(number(row["markPrice"]))
            funding_ms = number(row["fundingTime"])
            desk.views.fold([FundingFixed(SYMBOL, rate, mark, funding_ms)])
        return desk

    desk = settled(StillDesk())
    assert market.funding_rate(desk, None, asked()) == orjson.dumps(recorded)
    assert market.funding_rate(desk, None, Params({})) == orjson.dumps(recorded)
    newest = orjson.loads(market.funding_rate(desk, None, asked(limit=1)))
    assert newest == recorded[1:]
    early = orjson.loads(
        market.funding_rate(settled(StillDesk(api_date="2026-07-21")), None, asked())
    )
    assert list(early[0]) == ["symbol", "fundingTime", "fundingRate", "markPrice"]


def test_unasked_funding_rates_are_the_newest_200() -> None:
    """WIR-111"""
    desk = StillDesk()
    desk.views.fold([FundingFixed(SYMBOL, Rate(1), Price(1), hour) for hour in range(300)])
    assert len(orjson.loads(market.funding_rate(desk, None, Params({})))) == 200
    assert len(orjson.loads(market.funding_rate(desk, None, asked()))) == 100
    assert len(orjson.loads(market.funding_rate(desk, None, Params({"startTime": 0})))) == 100


def test_funding_terms_are_printed_as_recorded() -> None:
    """WIR-112"""
    recorded = objects_of(golden("funding_info"))
    of_symbol = [row for row in recorded if row["symbol"] == SYMBOL]
    answer = orjson.loads(market.funding_info(StillDesk(), None, Params({})))
    assert [list(row) for row in answer] == [list(row) for row in of_symbol]
    assert answer == of_symbol


def test_exchange_information_is_printed_as_recorded() -> None:
    """WIR-113"""
    recorded = object_of(golden("exchange_info"))
    desk = StillDesk(now_ms=number(recorded["serverTime"]))
    answer = orjson.loads(market.exchange_info(desk, None, Params({})))
    assert list(answer) == list(recorded)
    for name in ("timezone", "serverTime", "futuresType", "rateLimits", "exchangeFilters"):
        assert answer[name] == recorded[name]
    recorded_rows = recorded["symbols"]
    assert isinstance(recorded_rows, list)
    row, recorded_row = answer["symbols"][0], recorded_rows[0]
    assert row["symbol"] == recorded_row["symbol"] == SYMBOL
    assert list(row) == list(recorded_row)
    assert [type(value) for value in row.values()] == [
        type(value) for value in recorded_row.values()
    ]
    assert [sorted(each) for each in row["filters"]] == [
        sorted(each) for each in recorded_row["filters"]
    ]
    assert [row["symbol"] for row in answer["symbols"]] == [SYMBOL, "ETHUSDT"]


def test_exchange_information_follows_the_clock() -> None:
    """WIR-113"""
    desk, later = StillDesk(now_ms=5), StillDesk(now_ms=6)
    later.catalogue = desk.catalogue
    first = market.exchange_info(desk, None, Params({}))
    assert orjson.loads(first)["serverTime"] == 5
    assert market.exchange_info(later, None, Params({})) == first.replace(b":5,", b":6,", 1)


def test_trades_carry_the_published_keys() -> None:
    """WIR-114"""
    (sample,) = objects_of(golden("trades"))
    desk, early = StillDesk(), StillDesk(api_date="2025-11-17")
    for each in (desk, early):
        each.views.fold([printed(7, 20, "83084.3", "0.002", "166.1686", buyer_is_maker=True)])
    (row,) = orjson.loads(market.trades(desk, None, asked(limit=1)))
    assert list(row) == list(sample)
    assert [type(value) for value in row.values()] == [type(value) for value in sample.values()]
    assert list(row.values()) == [7, "83084.30", "0.002", "166.16860", 20, True, False]
    (row,) = orjson.loads(market.trades(early, None, asked()))
    assert list(row) == list(sample)[:-1]


def test_the_book_ticker_carries_the_published_keys() -> None:
    """WIR-115"""
    sample = object_of(golden("book_ticker"))
    desk = StillDesk()
    desk.market.book.bids.set_street(Price(parse("83084.3")), Qty(parse("2.986")))
    desk.market.book.update_id = 9
    desk.market.book.changed_ms = 77
    row = orjson.loads(market.ticker_book(desk, None, asked()))
    assert list(row) == list(sample)
    assert list(row.values()) == [9, SYMBOL, "83084.30", "2.986", "0.00", "0.000", 77]
    every = orjson.loads(market.ticker_book(desk, None, Params({})))
    assert [each["symbol"] for each in every] == [SYMBOL, "ETHUSDT"]


def test_the_price_ticker_carries_the_published_keys() -> None:
    """WIR-116"""
    sample = object_of(golden("ticker_price"))
    desk = StillDesk()
    desk.views.fold([printed(1, 20, "83084.3", "1"), printed(2, 30, "83084.4", "1")])
    row = orjson.loads(market.ticker_price(desk, None, asked()))
    assert list(row) == list(sample)
    assert list(row.values()) == [SYMBOL, "83084.40", 30]
    every = orjson.loads(market.ticker_price(desk, None, Params({})))
    assert [each["price"] for each in every] == ["83084.40", "0.00"]


def test_time_and_ping() -> None:
    """WIR-117"""
    desk = StillDesk()
    time = orjson.loads(market.time(desk, None, Params({})))
    assert time == {"serverTime": NOW_MS}
    assert list(time) == list(object_of(golden("server_time")))
    assert orjson.loads(market.ping(desk, None, Params({}))) == golden("ping")


def test_a_market_without_prices_prints_zeros_at_its_scales() -> None:
    """WIR-118"""
    desk = StillDesk()
    depth = object_of(golden("depth"))
    answer = orjson.loads(market.depth(desk, None, asked()))
    assert answer == {"lastUpdateId": 0, "E": NOW_MS, "T": NOW_MS, "bids": [], "asks": []}
    assert list(answer) == list(depth)
    for name, found in (
        ("ticker_day", market.ticker_24hr(desk, None, asked())),
        ("premium_index", market.premium_index(desk, None, asked())),
    ):
        recorded = object_of(golden(name))
        empty = orjson.loads(found)
        assert list(empty) == list(recorded)
        for key, value in recorded.items():
            assert type(empty[key]) is type(value)
            if isinstance(value, str) and key not in ("symbol", "interestRate"):
                assert decimals_of(empty[key]) == decimals_of(value)
                assert parse(empty[key]) == 0
    assert orjson.loads(market.ticker_price(desk, None, asked()))["time"] == NOW_MS
    for empty_list in (market.trades, market.agg_trades, market.funding_rate):
        assert empty_list(desk, None, asked()) == b"[]"
    assert market.klines(desk, None, asked(interval="1d")) == b"[]"
