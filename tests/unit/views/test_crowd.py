"""Samples of who holds what, against all events looked through anew for each point."""

from hypothesis import given, settings
from hypothesis import strategies as st

from perpbox.engine.events import Event, LedgerPosted, PositionChanged
from perpbox.engine.types import LedgerKind, PositionSide
from perpbox.money import Amount, Price, Qty
from perpbox.views import ViewBounds
from perpbox.views.crowd import GRID_MS, Crowd, Crowds, Side

START_MS = 1_793_491_200_000
BTC, ETH = "BTCUSDT", "ETHUSDT"


def leg(
    at_ms: int,
    account_id: int,
    quantity: int,
    side: PositionSide = PositionSide.BOTH,
    symbol: str = BTC,
) -> PositionChanged:
    nothing = Amount(0)
    return PositionChanged(
        account_id, symbol, side, Qty(quantity), nothing, 0, nothing, nothing, nothing, nothing,
        at_ms,
    )  # fmt: skip


def wallet(at_ms: int, account_id: int, balance: int, asset: str = "USDT") -> LedgerPosted:
    return LedgerPosted(
        account_id, LedgerKind.TRANSFER, asset, Amount(1), Amount(balance), "", 0, 1, at_ms
    )


def folded(events: list[Event], bounds: ViewBounds | None = None) -> Crowds:
    crowds = Crowds(bounds or ViewBounds())
    for event in events:
        if isinstance(event, PositionChanged):
            crowds.moved(event)
        elif isinstance(event, LedgerPosted):
            crowds.posted(event)
    return crowds


def side(legs: dict[tuple[int, PositionSide], int], who: set[int], sign: int) -> Side:
    nets = {each: sum(q for (account, _), q in legs.items() if account == each) for each in who}
    return Side(
        len([net for net in nets.values() if net * sign > 0]),
        sum(q * sign for (account, _), q in legs.items() if q * sign > 0 and account in who),
    )


def slow(events: list[Event], symbol: str, at_ms: int) -> tuple[Side, Side, Side, Side] | None:
    """Holders by all events before a time."""
    legs: dict[tuple[int, PositionSide], int] = {}
    wallets: dict[int, int] = {}
    is_known = False
    for event in events:
        if isinstance(event, LedgerPosted) and event.at_ms < at_ms and event.asset == "USDT":
            wallets[event.account_id] = event.balance
        if isinstance(event, PositionChanged) and event.at_ms < at_ms and event.symbol == symbol:
            is_known = True
            legs[event.account_id, event.position_side] = event.quantity
    legs = {key: quantity for key, quantity in legs.items() if quantity}
    holders = {account for account, _ in legs}
    rank = sorted(holders, key=lambda each: (-wallets.get(each, 0), each))
    top = set(rank[: (len(rank) + 4) // 5])
    if not is_known:
        return None
    return (
        side(legs, holders, 1),
        side(legs, holders, -1),
        side(legs, top, 1),
        side(legs, top, -1),
    )


def seen(crowd: Crowd | None) -> tuple[Side, Side, Side, Side] | None:
    if crowd is None:
        return None
    return (crowd.long, crowd.short, crowd.top_long, crowd.top_short)


waits = st.sampled_from([0, 1, GRID_MS - 1, GRID_MS, 3 * GRID_MS + 7])
accounts = st.integers(1, 7)
steps = st.one_of(
    st.tuples(
        st.just("leg"),
        waits,
        accounts,
        st.integers(-3, 3),
        st.sampled_from(list(PositionSide)),
        st.sampled_from([BTC, ETH]),
    ),
    st.tuples(st.just("wallet"), waits, accounts, st.integers(0, 50)),
)


@settings(max_examples=80)
@given(st.lists(steps, max_size=30))
def test_samples_are_what_stood_before_each_point(moves: list[tuple[object, ...]]) -> None:
    """WIR-340, WIR-342."""
    events: list[Event] = []
    at_ms = START_MS
    for kind, wait, account_id, amount, *more in moves:
        assert isinstance(wait, int)
        assert isinstance(account_id, int)
        assert isinstance(amount, int)
        at_ms += wait
        if kind == "wallet":
            events.append(wallet(at_ms, account_id, amount))
        else:
            which, symbol = more
            assert isinstance(which, PositionSide)
            assert isinstance(symbol, str)
            events.append(leg(at_ms, account_id, amount, which, symbol))
    crowds = folded(events)
    times = list(range(START_MS - GRID_MS, at_ms + 2 * GRID_MS, GRID_MS))
    for symbol in (BTC, ETH):
        assert [seen(each) for each in crowds.at(symbol, times)] == [
            slow(events, symbol, each) for each in times
        ]
        known = [each for each in times if slow(events, symbol, each) is not None]
        assert crowds.known_since_ms(symbol) == (known[0] if known else None)


def test_only_so_many_samples_are_kept() -> None:
    """WIR-340."""
    events: list[Event] = [leg(START_MS + n * GRID_MS, 1, n + 1) for n in range(100)]
    crowds = folded(events, ViewBounds(crowds_per_symbol=16))
    since_ms = crowds.known_since_ms(BTC)
    assert since_ms is not None
    assert 80 <= (since_ms - START_MS) // GRID_MS <= 84


def test_what_stays_is_not_kept_twice() -> None:
    """WIR-340."""
    events: list[Event] = [leg(START_MS, 1, 5)]
    events += [wallet(START_MS + n * GRID_MS, 1, n) for n in range(1, 200)]
    crowds = folded(events, ViewBounds(crowds_per_symbol=16))
    assert crowds.known_since_ms(BTC) == START_MS + GRID_MS


def test_other_assets_rank_nobody() -> None:
    """WIR-342."""
    events: list[Event] = [
        wallet(START_MS, 1, 10),
        wallet(START_MS, 2, 10**9, "BNB"),
        leg(START_MS, 1, 3),
        leg(START_MS, 2, -4),
    ]
    (crowd,) = folded(events).at(BTC, [START_MS + GRID_MS])
    assert crowd is not None
    assert (crowd.top_long, crowd.top_short) == (Side(1, 3), Side(0, 0))
    assert Price(crowd.open_interest) == 4
