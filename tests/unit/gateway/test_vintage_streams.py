"""Both sides of the dated changes of streams and WebSockets."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from perpbox.box import Box
from perpbox.engine.commands import ListInstrument, ModifyOrder
from perpbox.engine.types import Side
from perpbox.wire.changes import Change
from perpbox.wire.streams.control import OLD_STREAMS_MAX, STREAMS_MAX
from tests.unit.engine.board import BUY, LONG, SYMBOL, price, qty
from tests.unit.gateway.feed_box import FROZEN, REAL, FeedBox
from tests.unit.gateway.test_algo_stream import PATH, STOP, ToldBox, order
from tests.unit.gateway.ws.ws_probe import WsClient
from tests.unit.wire.streams.test_user_events import Listener, fund, order_id, rows


def days(change: Change) -> tuple[str, str]:
    """The day before a change, and its day."""
    day = date(*change.value.day)
    return (day - timedelta(days=1)).isoformat(), day.isoformat()


def pushed(api_date: str, stream: str, symbols: tuple[str, ...] = ("BTCUSDT",)) -> list[object]:
    """What a stream pushes while a trade happens and prices move."""
    box = FeedBox(REAL, symbols, api_date=api_date)
    box.want(stream)
    box.set_mark(60_000)
    box.set_depth(59_999, 60_001)
    box.print_trade(60_000)
    box.pass_wall(2_000)
    return box.payloads(stream)


def keys_of(api_date: str, stream: str) -> set[str]:
    first = pushed(api_date, stream)[0]
    row = first[0] if isinstance(first, list) else first
    assert isinstance(row, dict)
    return set(row)


@pytest.mark.parametrize(
    ("change", "stream", "brought", "taken"),
    [
        (Change.AGG_STREAM_NORMAL_QUANTITY, "btcusdt@aggTrade", {"nq"}, set()),
        (Change.MARK_AVERAGE, "btcusdt@markPrice@1s", {"ap"}, set()),
        (Change.STREAMS_TELL_KIND, "btcusdt@bookTicker", {"st", "ps"}, set()),
        (Change.STREAMS_TELL_KIND, "btcusdt@aggTrade", {"st"}, set()),
    ],
)
def test_keys_of_market_streams(
    change: Change, stream: str, brought: set[str], taken: set[str]
) -> None:
    """VIN-020."""
    before, since = (keys_of(day, stream) for day in days(change))
    assert since - before == brought
    assert before - since == taken


@pytest.mark.parametrize(
    ("change", "stream"),
    [(Change.RPI_BOOKS, "btcusdt@rpiDepth@500ms"), (Change.TRADFI, "tradingSession")],
)
def test_streams_are_silent_before_their_day(change: Change, stream: str) -> None:
    """VIN-021."""
    before, since = (len(pushed(day, stream)) for day in days(change))
    assert (before, since > 0) == (0, True)


@pytest.mark.parametrize(
    ("change", "event"),
    [
        (Change.KR_SESSIONS, "KR_EquityUpdate"),
        (Change.HK_SESSIONS, "HK_EquityUpdate"),
        (Change.CN_SESSIONS, "CN_EquityUpdate"),
        (Change.FX_SESSIONS, "FXUpdate"),
    ],
)
def test_markets_outside_are_told_from_their_day(change: Change, event: str) -> None:
    """VIN-022."""
    before, since = (
        {row["e"] for row in pushed(day, "tradingSession") if isinstance(row, dict)}
        for day in days(change)
    )
    assert since - before == {event}


def test_contract_info_tells_its_kind() -> None:
    """VIN-020."""

    def keys(api_date: str) -> set[str]:
        box = FeedBox(FROZEN, api_date=api_date)
        box.want("!contractInfo")
        box.desk.submit(ListInstrument(box.specs.instruments["BTCUSDT"]))
        return set(box.payloads("!contractInfo")[0])

    before, since = (keys(day) for day in days(Change.CONTRACT_INFO_KIND))
    assert (since - before, before - since) == ({"st"}, {"ps"})


@pytest.mark.parametrize(
    ("api_date", "most"), [("2025-07-01", OLD_STREAMS_MAX), ("2025-07-02", STREAMS_MAX)]
)
def test_streams_of_a_connection(api_date: str, most: int) -> None:
    """VIN-023: 200 before July 2025, 1024 since; one more is refused."""
    with Box(market="none", symbols=["BTCUSDT"], clock="frozen", api_date=api_date) as box:
        port = int(box.url.rsplit(":", 1)[1])
        names = "/".join(f"n{number}" for number in range(most))
        with WsClient(port, f"/ws/{names}") as client:
            client.say(1, b'{"method":"LIST_SUBSCRIPTIONS","id":1}')
            listed = client.read_json()
            assert isinstance(listed, dict)
            assert len(listed["result"]) == most
            client.say(1, b'{"method":"SUBSCRIBE","params":["more"],"id":2}')
            assert client.read_json() == {
                "error": {"code": 4, "msg": "Too many subscriptions"},
                "id": 2,
            }


def test_the_websocket_api_has_its_day() -> None:
    """VIN-024: before, its path is unknown; methods follow the endpoints behind them."""
    before, since = days(Change.WEBSOCKET_API)
    options: dict[str, object] = {"market": "none", "symbols": ["BTCUSDT"], "clock": "frozen"}
    with Box(**options, api_date=before) as box:
        assert box.websockets.open_api is None
    with (
        Box(**options, api_date=since) as box,
        WsClient(int(box.url.rsplit(":", 1)[1]), "/ws-fapi/v1") as client,
    ):
        client.say(1, b'{"id":1,"method":"v2/account.balance","params":{}}')
        answer = client.read_json()
        assert isinstance(answer, dict)
        assert answer["status"] == 404


def told(api_date: str, act: Callable[[Listener], None], *, hedge: bool = False) -> Listener:
    board = Listener(api_date, hedge=hedge)
    act(board)
    return board


def two_sides(
    change: Change, act: Callable[[Listener], None], *, hedge: bool = False
) -> tuple[Listener, Listener]:
    before, since = days(change)
    return told(before, act, hedge=hedge), told(since, act, hedge=hedge)


def buys(board: Listener) -> None:
    board.place(board.order(1, BUY, "1", "100.1"))


def bids(board: Listener) -> None:
    board.place(board.order(1, BUY, "1", "99"))


def test_the_light_trade() -> None:
    """VIN-025."""
    before, since = two_sides(Change.TRADE_LITE, buys)
    assert "TRADE_LITE" not in before.kinds()
    assert since.kinds()[0] == "TRADE_LITE"


@pytest.mark.parametrize(
    ("change", "brought"),
    [
        (Change.MATCH_FIELDS, {"V", "pm", "gtd"}),
        (Change.EXPIRY_REASON, {"er"}),
        (Change.NO_COMMISSION_TOLD, {"n", "N"}),
    ],
)
def test_keys_of_order_updates(change: Change, brought: set[str]) -> None:
    """VIN-025."""
    before, since = two_sides(change, bids)
    assert set(since.orders()[0]) - set(before.orders()[0]) == brought


def test_keys_of_account_updates() -> None:
    """VIN-025."""
    before, since = two_sides(Change.BREAK_EVEN, buys)
    changed = [set(rows(each.updates()[0], "P")[0]) for each in (before, since)]
    assert changed[1] - changed[0] == {"bep"}
    before, since = two_sides(Change.BALANCE_CHANGE, buys)
    changed = [set(rows(each.updates()[0], "B")[0]) for each in (before, since)]
    assert changed[1] - changed[0] == {"bc"}


def test_texts_of_the_user_stream() -> None:
    """VIN-025: fixed decimals before; entries of ep as doubles since 2024."""
    before, since = two_sides(Change.USER_NUMBERS_TRIMMED, bids)
    assert [each.orders()[0]["p"] for each in (before, since)] == ["99.00", "99"]
    before, since = two_sides(Change.USER_ENTRY_DOUBLE, buys)
    entries = [str(rows(each.updates()[0], "P")[0]["ep"]) for each in (before, since)]
    assert entries == ["100.10000", "100.1"]


def test_the_both_leg_of_hedge_accounts() -> None:
    """VIN-025."""

    def opens(board: Listener) -> None:
        board.place(board.order(1, BUY, "1", "100.1", leg=LONG))

    before, since = two_sides(Change.BOTH_LEG_UNTOLD, opens, hedge=True)
    sides = [[row["ps"] for row in rows(each.updates()[0], "P")] for each in (before, since)]
    assert sides == [["BOTH", "LONG"], ["LONG"]]


def test_the_funding_says_its_symbol() -> None:
    """VIN-025."""

    def pays(board: Listener) -> None:
        buys(board)
        fund(board)

    before, since = two_sides(Change.FUNDING_SYMBOL, pays)
    assert set(since.updates()[0]) - set(before.updates()[0]) == {"S"}


def test_the_modification_says_its_id() -> None:
    """VIN-025."""

    def amends(board: Listener) -> None:
        placed = order_id(board.place(board.order(1, BUY, "1", "99")))
        board.send(ModifyOrder(1, SYMBOL, placed, "", Side.BUY, qty("1"), price("98"), modify_id=7))

    before, since = two_sides(Change.MODIFY_ID, amends)
    assert set(since.orders()[0]) - set(before.orders()[0]) == {"M"}


def test_the_conditional_order_says_whether_it_is_active() -> None:
    """VIN-025."""
    keys = []
    for day in days(Change.ALGO_ACTIVE):
        box = ToldBox(day)
        box.row("POST", PATH, **STOP)
        keys.append(set(order(box.listener.frames[0])))
    assert keys[1] - keys[0] == {"ia"}
