"""What streams say of each thing that can happen to an account."""

import orjson
import pytest

from perpbox.engine.commands import (
    AdjustIsolatedMargin,
    AdvanceTime,
    CancelAllOrders,
    ChangeAssetMode,
    ChangeLeverage,
    ChangeMarginType,
    ChangePositionMode,
    Command,
    Deposit,
    ListAsset,
    ModifyOrder,
    OverrideFundingRate,
    SetAssetIndex,
    SetFeeBurn,
    StreetTrade,
)
from perpbox.engine.events import Event, OrderAccepted
from perpbox.engine.symbol import MarginAsset
from perpbox.engine.types import EndReason, PriceMatch, SelfTradePrevention, TimeInForce
from perpbox.views import Views
from perpbox.wire.streams.user import UserTeller
from perpbox.wire.streams.user_forms import EventForms
from perpbox.wire.streams.user_orders import expiry_reason
from perpbox.wire.streams.user_steps import user_event
from perpbox.wire.vintage import Vintage
from tests.unit.engine.board import (
    BOTH,
    BUY,
    GTD,
    GTX,
    IOC,
    LONG,
    SELL,
    SHORT,
    SYMBOL,
    Board,
    amount,
    price,
    qty,
    rate,
)

Row = dict[str, object]


class Listener(Board):
    """A board whose first account is listened to: ``said`` is what its stream told last."""

    def __init__(self, api_date: str = "2026-11-01", *, hedge: bool = False) -> None:
        self.views = Views()
        self.teller = UserTeller(EventForms(Vintage(api_date)))
        self.said: list[Row] = []
        super().__init__(hedge=hedge)

    def send(self, command: Command) -> list[Event]:
        events = super().send(command)
        self.views.fold(events)
        own = [told for told in map(user_event, events) if told and told.account_id == 1]
        state = self.exchange.state
        if own:
            pushed = self.teller.tell(state, self.views.orders, state.accounts[1], own)
            assert all(
                payload.startswith(f'{{"e":"{event}",'.encode()) for event, payload in pushed
            )
            self.said = [orjson.loads(payload) for _, payload in pushed]
        else:
            self.said = []
        return events

    def isolate(self) -> None:
        self.send(ChangeMarginType(1, SYMBOL, isolated=True))

    def kinds(self) -> list[str]:
        """Kinds of what was said: event type, and execution type, reason or setting."""
        return [kind(event) for event in self.said]

    def orders(self) -> list[Row]:
        return [part(event, "o") for event in self.said if "o" in event]

    def updates(self) -> list[Row]:
        return [part(event, "a") for event in self.said if "a" in event]


def part(event: Row, key: str) -> Row:
    inner = event[key]
    assert isinstance(inner, dict)
    return inner


def rows(update: Row, key: str) -> list[Row]:
    found = update[key]
    assert isinstance(found, list)
    return found


def kind(event: Row) -> str:
    if "o" in event:
        order = part(event, "o")
        return f"{order['x']} {order['X']}"
    if "a" in event:
        return str(part(event, "a")["m"])
    return str(event["e"])


def order_id(events: list[Event]) -> int:
    assert isinstance(events[0], OrderAccepted)
    return events[0].order_id


def test_a_taker_is_told_lightly_first() -> None:
    """USR-010."""
    board = Listener()
    board.place(board.order(1, BUY, "1", "100.1"))
    assert board.kinds() == ["TRADE_LITE", "NEW NEW", "ORDER", "TRADE FILLED"]


def test_a_resting_order_is_told_lightly_before_its_fill() -> None:
    """USR-011."""
    board = Listener()
    board.place(board.order(1, BUY, "1", "100"))
    assert board.kinds() == ["NEW NEW"]
    board.place(board.order(2, SELL, "0.4", "100"))
    assert board.kinds() == ["TRADE_LITE", "ORDER", "TRADE PARTIALLY_FILLED"]
    board.send(StreetTrade(SYMBOL, price("99.9"), qty("5"), buyer_is_maker=True))
    assert board.kinds() == ["TRADE_LITE", "ORDER", "TRADE FILLED"]


def test_what_moves_nothing_pushes_no_account_update() -> None:
    """USR-012."""
    board = Listener()
    order = board.rest(board.order(1, BUY, "1", "98"))
    board.send(board.modify(order, "2", "97"))
    assert board.kinds() == ["AMENDMENT NEW"]
    board.cancel(order)
    assert board.kinds() == ["CANCELED CANCELED"]


def test_an_amendment_comes_before_what_it_causes() -> None:
    """USR-012."""
    board = Listener()
    board.depth([], [])
    order = board.rest(board.order(1, BUY, "2", "97"))
    board.place(board.order(2, SELL, "0.5", "97"))
    assert board.kinds() == ["TRADE_LITE", "ORDER", "TRADE PARTIALLY_FILLED"]
    board.place(board.order(2, SELL, "1", "99"))
    board.send(board.modify(order, "1.5", "99"))
    assert board.kinds() == ["AMENDMENT PARTIALLY_FILLED", "TRADE_LITE", "ORDER", "TRADE FILLED"]
    amended, traded = board.orders()
    assert (amended["z"], amended["ap"], amended["p"], amended["q"]) == ("0.5", "97", "99", "1.5")
    assert (traded["z"], traded["l"], traded["L"]) == ("1.5", "1", "99")
    assert (amended["b"], traded["b"]) == ("99", "0")


def test_the_callers_mark_is_in_the_amendment_only() -> None:
    """USR-023."""
    board = Listener()
    order = board.rest(board.order(1, BUY, "1", "98"))
    marked = ModifyOrder(
        1, SYMBOL, order.order_id, "", BUY, qty("1"), price("97"), PriceMatch.NONE, 77
    )
    board.send(marked)
    (amended,) = board.orders()
    assert amended["M"] == 77
    assert list(amended).index("M") == list(amended).index("i") + 1
    board.send(board.modify(order, "1", "96"))
    board.cancel(order)
    assert "M" not in board.orders()[0]
    old = Listener("2026-07-21")
    order = old.rest(old.order(1, BUY, "1", "98"))
    old.send(marked)
    assert "M" not in old.orders()[0]


def test_several_fills_tell_several_states() -> None:
    """USR-015."""
    board = Listener()
    board.depth([("99", "5")], [("100.1", "1"), ("100.2", "1"), ("100.3", "1")])
    board.place(board.order(1, BUY, "4", "100.3"))
    assert board.kinds() == [
        "TRADE_LITE",
        "TRADE_LITE",
        "TRADE_LITE",
        "NEW NEW",
        *["ORDER", "TRADE PARTIALLY_FILLED"] * 3,
    ]
    amounts = [rows(update, "P")[0]["pa"] for update in board.updates()]
    wallets = [rows(update, "B")[0]["wb"] for update in board.updates()]
    entries = [rows(update, "P")[0]["ep"] for update in board.updates()]
    assert amounts == ["1", "2", "3"]
    assert wallets == ["9999.94995", "9999.89985", "9999.8497"]
    assert entries == ["100.1", "100.15", "100.2"]
    left = [(order["z"], order["b"]) for order in board.orders()]
    assert left == [("0", "401.2"), ("1", "300.9"), ("2", "200.6"), ("3", "100.3")]


def test_both_sides_of_a_trade_with_oneself() -> None:
    """USR-015: taker first; the maker's light fill just before it."""
    board = Listener()
    board.depth([], [])
    board.place(board.order(1, SELL, "1", "100"))
    none = SelfTradePrevention.NONE
    board.place(board.order(1, BUY, "1", "100", prevention=none))
    assert board.kinds() == [
        "TRADE_LITE",
        "NEW NEW",
        "ORDER",
        "TRADE FILLED",
        "TRADE_LITE",
        "ORDER",
        "TRADE FILLED",
    ]
    assert [rows(update, "P")[0]["pa"] for update in board.updates()] == ["1", "0"]
    assert [(order["b"], order["a"]) for order in board.orders()] == [
        ("100", "100"),
        ("0", "100"),
        ("0", "0"),
    ]


def test_what_is_knocked_out_by_an_incoming_order_expires_first() -> None:
    """USR-014, USR-021."""
    board = Listener()
    board.place(board.order(1, BUY, "1"))
    board.place(board.order(1, SELL, "1", "103", reduce_only=True))
    board.place(board.order(1, SELL, "1", reduce_only=True))
    assert board.kinds() == [
        "TRADE_LITE",
        "EXPIRED EXPIRED",
        "NEW NEW",
        "ORDER",
        "TRADE FILLED",
    ]
    assert [order["er"] for order in board.orders()] == ["4", "0", "0"]


def test_what_is_knocked_out_by_a_resting_order_expires_after() -> None:
    """USR-014."""
    board = Listener()
    board.place(board.order(1, BUY, "1"))
    board.place(board.order(1, SELL, "1", "103", reduce_only=True))
    board.place(board.order(1, SELL, "1", "104", reduce_only=True))
    board.send(StreetTrade(SYMBOL, price("103.1"), qty("50"), buyer_is_maker=False))
    assert board.kinds() == ["TRADE_LITE", "ORDER", "TRADE FILLED", "EXPIRED EXPIRED"]


def test_reasons_of_ends() -> None:
    """USR-021, USR-022."""
    board = Listener()
    board.place(board.order(1, BUY, "1", "99.9", tif=IOC))
    assert board.kinds() == ["NEW NEW", "EXPIRED EXPIRED"]
    assert [order["er"] for order in board.orders()] == ["0", "2"]
    board.depth([("90", "1")], [("104", "1")])
    board.place(board.order(1, BUY, "2"))
    assert board.kinds()[-1] == "EXPIRED EXPIRED"
    assert board.orders()[-1]["er"] == "9"
    assert board.orders()[-1]["z"] == "1"
    assert (board.orders()[-1]["l"], board.orders()[-1]["L"]) == ("0", "0")
    good_till_ms = board.now_ms + 700_000
    board.place(board.order(1, BUY, "1", "95", tif=GTD, good_till_ms=good_till_ms))
    assert board.orders()[0]["gtd"] == good_till_ms
    board.now_ms = good_till_ms
    board.send(AdvanceTime())
    assert board.kinds() == ["EXPIRED EXPIRED"]
    assert board.orders()[0]["er"] == "0"


def test_every_end_has_a_number() -> None:
    """USR-021: the map is total."""
    numbers = {reason: expiry_reason(reason, TimeInForce.GTC) for reason in EndReason}
    assert set(numbers.values()) <= set("0123456789")


@pytest.mark.parametrize(
    ("prevention", "names", "reasons"),
    [
        (
            SelfTradePrevention.EXPIRE_MAKER,
            ["NEW NEW", "EXPIRED EXPIRED_IN_MATCH", "EXPIRED EXPIRED"],
            ["0", "1", "2"],
        ),
        (
            SelfTradePrevention.EXPIRE_TAKER,
            ["NEW NEW", "EXPIRED EXPIRED_IN_MATCH"],
            ["0", "3"],
        ),
        (
            SelfTradePrevention.EXPIRE_BOTH,
            ["NEW NEW", "EXPIRED EXPIRED_IN_MATCH", "EXPIRED EXPIRED_IN_MATCH"],
            ["0", "1", "3"],
        ),
    ],
)
def test_self_trade_prevention(
    prevention: SelfTradePrevention, names: list[str], reasons: list[str]
) -> None:
    """USR-021, USR-022: 3 is what an IOC order lost to it."""
    board = Listener()
    board.depth([], [])
    board.place(board.order(1, SELL, "1", "100"))
    board.place(board.order(1, BUY, "1", "100", tif=IOC, prevention=prevention))
    assert board.kinds() == names
    assert [order["er"] for order in board.orders()] == reasons


def test_ends_by_modification_are_cancellations() -> None:
    """USR-022."""
    board = Listener()
    order = board.rest(board.order(1, BUY, "1", "98", tif=GTX))
    board.send(board.modify(order, "1", "101"))
    assert board.kinds() == ["CANCELED CANCELED"]
    assert board.orders()[0]["er"] == "0"


def test_open_notionals_are_those_of_the_symbol() -> None:
    """USR-024: of both sides, after the event; orders that only reduce count nothing."""
    board = Listener()
    board.place(board.order(1, BUY, "1", "98"))
    order = board.rest(board.order(1, SELL, "2", "103"))
    (new,) = board.orders()
    assert (new["b"], new["a"]) == ("98", "206")
    board.place(board.order(1, BUY, "1"))
    assert {(each["b"], each["a"]) for each in board.orders()} == {("98", "206")}
    board.cancel(order)
    assert (board.orders()[0]["b"], board.orders()[0]["a"]) == ("98", "0")
    board.place(board.order(1, SELL, "1", "104", reduce_only=True))
    assert (board.orders()[0]["b"], board.orders()[0]["a"]) == ("98", "0")
    board.send(CancelAllOrders(1, SYMBOL))
    assert [each["b"] for each in board.orders()] == ["0", "0"]


def test_closing_orders_of_hedge_mode_count() -> None:
    """USR-024, USR-025: as position risk shows them."""
    board = Listener(hedge=True)
    board.place(board.order(1, BUY, "2", leg=LONG))
    board.place(board.order(1, SELL, "1", "103", leg=LONG))
    board.place(board.order(1, SELL, "1", "104", leg=SHORT))
    (new,) = board.orders()
    assert (new["b"], new["a"], new["R"]) == ("0", "207", False)
    board.send(StreetTrade(SYMBOL, price("103.1"), qty("50"), buyer_is_maker=False))
    (traded,) = board.orders()
    assert (traded["a"], traded["R"]) == ("104", True)
    board.place(board.order(1, SELL, "1", "98", leg=LONG))
    assert [each["a"] for each in board.orders()] == ["202", "104"]


def test_hedge_mode_lists_the_leg_that_changed() -> None:
    """USR-031, USR-025, USR-037."""
    board = Listener(hedge=True)
    board.place(board.order(1, BUY, "2", leg=LONG))
    board.place(board.order(1, SELL, "1", leg=SHORT))
    (update,) = board.updates()
    (row,) = rows(update, "P")
    assert (row["ps"], row["pa"]) == ("SHORT", "-1")
    board.place(board.order(1, SELL, "2", leg=LONG))
    assert {order["R"] for order in board.orders()} == {True}
    (row,) = rows(board.updates()[-1], "P")
    assert (row["ps"], row["pa"], row["ep"], row["up"]) == ("LONG", "0", "0", "0")
    assert row["cr"] == "-0.4"
    board.place(board.order(1, BUY, "1", leg=LONG))
    (row,) = rows(board.updates()[-1], "P")
    assert row["cr"] == "-0.4"


def test_hedge_mode_listed_both_before() -> None:
    """USR-031."""
    board = Listener("2026-06-29", hedge=True)
    board.place(board.order(1, BUY, "2", leg=LONG))
    (update,) = board.updates()
    assert [(row["ps"], row["pa"]) for row in rows(update, "P")] == [("BOTH", "0"), ("LONG", "2")]
    board.place(board.order(1, SELL, "2", leg=LONG))
    board.isolate()
    (update,) = board.updates()
    assert [row["ps"] for row in rows(update, "P")] == ["BOTH", "LONG", "SHORT"]


def test_lifetime_profit_survives_being_flat() -> None:
    """USR-037: fees apart, and a close turning into an opening counts its closing part."""
    board = Listener()
    board.place(board.order(1, BUY, "1"))
    board.place(board.order(1, SELL, "1"))
    (update,) = board.updates()
    assert rows(update, "P")[0]["cr"] == "-0.2"
    board.place(board.order(1, BUY, "1"))
    board.place(board.order(1, SELL, "2"))
    (update,) = board.updates()
    (row,) = rows(update, "P")
    assert (row["pa"], row["cr"]) == ("-1", "-0.4")
    assert board.leg().lifetime_realized == amount("-0.4")
    assert board.leg().realized == 0


def test_transfers_name_their_asset_only() -> None:
    """USR-032, USR-030."""
    board = Listener()
    board.place(board.order(1, BUY, "1"))
    board.send(Deposit(1, "USDC", amount("10")))
    assert board.updates() == [
        {"B": [{"a": "USDC", "wb": "10", "cw": "10", "bc": "10"}], "P": [], "m": "DEPOSIT"}
    ]
    board.send(Deposit(1, "USDC", amount("-2.5")))
    assert board.updates() == [
        {"B": [{"a": "USDC", "wb": "7.5", "cw": "7.5", "bc": "-2.5"}], "P": [], "m": "WITHDRAW"}
    ]
    board.send(Deposit(1, "USDC", amount("0")))
    assert board.said == []


def test_isolated_margin_leaves_the_cross_wallet() -> None:
    """USR-039, USR-034: the wallet balance stays the total."""
    board = Listener()
    board.isolate()
    board.place(board.order(1, BUY, "1", "100.1"))
    (update,) = board.updates()
    (balance,), (row,) = rows(update, "B"), rows(update, "P")
    assert (balance["wb"], balance["cw"], balance["bc"]) == ("9999.94995", "9994.895", "0")
    assert (row["mt"], row["iw"]) == ("isolated", "5.05495")
    board.send(AdjustIsolatedMargin(1, SYMBOL, BOTH, amount("3")))
    (update,) = board.updates()
    assert update["m"] == "MARGIN_TRANSFER"
    (balance,), (row,) = rows(update, "B"), rows(update, "P")
    assert (balance["wb"], balance["cw"], balance["bc"]) == ("9999.94995", "9991.895", "0")
    assert (row["pa"], row["iw"]) == ("1", "8.05495")
    board.send(AdjustIsolatedMargin(1, SYMBOL, BOTH, amount("-1")))
    (update,) = board.updates()
    assert rows(update, "P")[0]["iw"] == "7.05495"
    board.place(board.order(1, SELL, "1", "99.9"))
    (update,) = board.updates()
    (balance,), (row,) = rows(update, "B"), rows(update, "P")
    assert (row["pa"], row["iw"], row["mt"]) == ("0", "0", "isolated")
    assert balance["wb"] == balance["cw"]


def fund(board: Listener, rate_text: str = "0.0001") -> None:
    """Let a funding boundary pass at mark 100."""
    board.send(OverrideFundingRate(SYMBOL, rate(rate_text)))
    board.now_ms = board.market.funding_next_ms
    board.send(AdvanceTime())


def test_funding_of_a_cross_position() -> None:
    """USR-043: the asset alone, with the fee as bc; S names the symbol."""
    board = Listener()
    board.place(board.order(1, BUY, "1", "100.1"))
    fund(board)
    assert board.updates() == [
        {
            "B": [{"a": "USDT", "wb": "9999.93995", "cw": "9999.93995", "bc": "-0.01"}],
            "P": [],
            "m": "FUNDING_FEE",
            "S": SYMBOL,
        }
    ]
    fund(board, "-0.0002")
    assert rows(board.updates()[0], "B")[0]["bc"] == "0.02"
    old = Listener("2026-08-06")
    old.place(old.order(1, BUY, "1", "100.1"))
    fund(old)
    assert list(old.updates()[0]) == ["B", "P", "m"]


def test_funding_of_an_isolated_position() -> None:
    """USR-043: it leaves the isolated wallet, so the leg is told and the cross wallet stays."""
    board = Listener()
    board.isolate()
    board.place(board.order(1, BUY, "1", "100.1"))
    (before,) = rows(board.updates()[0], "B")
    fund(board)
    (update,) = board.updates()
    (balance,), (row,) = rows(update, "B"), rows(update, "P")
    assert (balance["cw"], balance["wb"]) == (before["cw"], "9999.93995")
    assert (row["iw"], row["pa"], row["cr"]) == ("5.04495", "1", "0")


def test_funding_of_both_legs() -> None:
    """USR-043: one event a leg, each with the wallet of its moment."""
    board = Listener(hedge=True)
    board.place(board.order(1, BUY, "2", leg=LONG))
    board.place(board.order(1, SELL, "1", leg=SHORT))
    fund(board)
    changes = [rows(update, "B")[0] for update in board.updates()]
    assert [row["bc"] for row in changes] == ["-0.02", "0.01"]
    first, second = (amount(str(row["wb"])) for row in changes)
    assert second - first == amount("0.01")


def test_margin_type_shows_the_rows_of_the_symbol() -> None:
    """USR-035."""
    board = Listener()
    board.isolate()
    (update,) = board.updates()
    assert (update["m"], update["B"]) == ("MARGIN_TYPE_CHANGE", [])
    assert [(row["ps"], row["mt"]) for row in rows(update, "P")] == [("BOTH", "isolated")]
    hedge = Listener(hedge=True)
    hedge.isolate()
    (update,) = hedge.updates()
    assert [row["ps"] for row in rows(update, "P")] == ["LONG", "SHORT"]


def test_settings() -> None:
    """USR-033, USR-036."""
    board = Listener()
    board.send(ChangeLeverage(1, SYMBOL, 7))
    (event,) = board.said
    assert list(event) == ["e", "T", "E", "ac"]
    assert (event["e"], event["ac"]) == ("ACCOUNT_CONFIG_UPDATE", {"s": SYMBOL, "l": 7})
    board.send(ChangeAssetMode(1, multi_assets=True))
    (event,) = board.said
    assert (event["e"], event["ai"]) == ("ACCOUNT_CONFIG_UPDATE", {"j": True})
    board.send(ChangeAssetMode(1, multi_assets=False))
    assert board.said[0]["ai"] == {"j": False}
    board.send(ChangePositionMode(1, hedge=True))
    assert board.said == []
    board.send(SetFeeBurn(1, fee_burn=True))
    assert board.said == []


def test_commission_in_another_asset() -> None:
    """USR-026, USR-030: both wallets are told, the margin asset first."""
    board = Listener()
    for asset, dollars in (("USDT", "1"), ("BNB", "500")):
        board.send(ListAsset(MarginAsset(asset)))
        board.send(SetAssetIndex(asset, price(dollars)))
    board.send(Deposit(1, "BNB", amount("1")))
    board.send(SetFeeBurn(1, fee_burn=True))
    board.place(board.order(1, BUY, "1", "100.1"))
    (update,) = board.updates()
    assert [(row["a"], row["wb"]) for row in rows(update, "B")] == [
        ("USDT", "10000"),
        ("BNB", "0.99990991"),
    ]
    traded = board.orders()[-1]
    assert (traded["n"], traded["N"]) == ("0.00009009", "BNB")


def test_old_orders_carry_fewer_keys() -> None:
    """USR-041."""
    board = Listener("2021-06-04")
    board.place(board.order(1, BUY, "1", "100.1"))
    assert board.kinds() == ["NEW NEW", "ORDER", "TRADE FILLED"]
    new, traded = board.orders()
    assert {"n", "N", "V", "pm", "gtd", "er"} & set(new) == set()
    assert {"n", "N", "V", "pm", "gtd", "er"} & set(traded) == {"n", "N"}
    assert "bep" not in rows(board.updates()[0], "P")[0]


def test_refusals_and_others_push_nothing() -> None:
    """USR-042."""
    board = Listener()
    board.refused(board.order(1, BUY, "1", "0.5"))
    assert board.said == []
    board.place(board.order(2, BUY, "1"))
    assert board.said == []
    board.mark("101")
    assert board.said == []


def test_client_ids_are_json() -> None:
    """USR-020: whatever the command carried."""
    board = Listener()
    events = board.place(board.order(1, BUY, "1", "98", client_id='a"b\\c'))
    assert board.orders()[0]["c"] == 'a"b\\c'
    assert board.orders()[0]["i"] == order_id(events)
