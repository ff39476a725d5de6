"""Asset mode, notional coefficient, automatic margin, relisting: terms and their refusals."""

import pytest

from perpbox.engine.collateral import CrossPool
from perpbox.engine.commands import (
    ChangeAssetMode,
    ChangeLeverage,
    ChangeMarginType,
    Command,
    Deposit,
    ListAsset,
    ListInstrument,
    SetAutoAddMargin,
    SetNotionalCoefficient,
)
from perpbox.engine.events import AssetModeChanged, LeverageChanged, Rejected
from perpbox.engine.hashing import state_hash
from perpbox.engine.rejects import Reject
from perpbox.engine.symbol import MarginAsset
from perpbox.money import SCALE, Rate, fixed
from perpbox.views.positions import PositionRow, symbol_rows
from tests.unit.engine.board import (
    BUY,
    SELL,
    SYMBOL,
    Board,
    amount,
    contract,
    price,
    rate,
)

ROOMY = contract(max_num_orders=50)


def dollars(board: Board) -> Board:
    """USDT and USDC with their buffers."""
    for asset in ("USDT", "USDC"):
        board.send(ListAsset(MarginAsset(asset, rate("0.0001"), rate("0.0001"), index=price("1"))))
    return board


def row_of(board: Board) -> PositionRow:
    state, account = board.exchange.state, board.account()
    holding = account.holdings[SYMBOL]
    (row,) = symbol_rows(holding, CrossPool(state, account))
    return row


def test_asset_mode() -> None:
    """ACC-035: both ways, and told."""
    board = dollars(Board())
    for multi_assets in (True, False):
        event = board.send(ChangeAssetMode(1, multi_assets))[0]
        assert isinstance(event, AssetModeChanged)
        assert event.multi_assets is board.account().multi_assets is multi_assets
        assert board.refused(ChangeAssetMode(1, multi_assets)) is Reject.ASSET_MODE_SAME
    assert board.refused(ChangeAssetMode(9, True)) is Reject.ACCOUNT_UNKNOWN


def test_asset_mode_refusals_in_order() -> None:
    """ACC-035: same value, then open orders, then isolated symbols, held or not."""
    board = dollars(Board(ROOMY))
    board.send(ChangeMarginType(1, SYMBOL, True))
    order = board.rest(board.order(1, BUY, "1", "99"))
    before = state_hash(board.exchange.state)
    assert board.refused(ChangeAssetMode(1, False)) is Reject.ASSET_MODE_SAME
    assert board.refused(ChangeAssetMode(1, True)) is Reject.ASSET_MODE_HAS_ORDERS
    board.exchange.state.seq -= 2
    assert state_hash(board.exchange.state) == before
    board.cancel(order)
    assert board.refused(ChangeAssetMode(1, True)) is Reject.ASSET_MODE_HAS_ISOLATED
    board.send(ChangeMarginType(1, SYMBOL, False))
    board.send(ChangeAssetMode(1, True))
    assert board.refused(ChangeMarginType(1, SYMBOL, True)) is Reject.MARGIN_TYPE_MULTI_ASSETS
    assert board.refused(ChangeMarginType(1, SYMBOL, False)) is Reject.MARGIN_TYPE_SAME


def test_there_the_dollar_totals_must_cover_the_margin() -> None:
    """ACC-036: what just suffices in one asset does not at bid and ask."""
    board = dollars(Board(ROOMY, wallet="101"))
    board.send(ChangeLeverage(1, SYMBOL, 1))
    board.place(board.order(1, BUY, "1", "100.1"))
    # 101 - 0.05005 - 0.1 against 100: enough. At 0.9999 and 1.0001 as well.
    board.send(Deposit(1, "USDT", amount("-0.83")))
    assert fixed(row_of(board).risk.initial) == "100.00000000"
    refused = board.refused(ChangeAssetMode(1, True))
    assert refused is Reject.ASSET_MODE_MARGIN_INSUFFICIENT
    board.send(Deposit(1, "USDT", amount("0.01")))
    board.send(ChangeAssetMode(1, True))
    assert board.account().multi_assets


def test_back_every_asset_must_stand_alone() -> None:
    """ACC-035: a debt, then margin that its own asset does not cover, refuse."""
    board = dollars(Board(ROOMY, wallet="100"))
    board.send(Deposit(1, "USDC", amount("10000")))
    board.send(ChangeAssetMode(1, True))
    board.place(board.order(1, BUY, "10", "100.1"))
    board.send(ChangeLeverage(1, SYMBOL, 5))
    refused = board.refused(ChangeAssetMode(1, False))
    assert refused is Reject.ASSET_MODE_MARGIN_INSUFFICIENT
    board.send(Deposit(1, "USDT", amount("-100")))
    assert board.refused(ChangeAssetMode(1, False)) is Reject.ASSET_MODE_NEGATIVE_BALANCE
    board.send(Deposit(1, "USDT", amount("300")))
    board.send(ChangeAssetMode(1, False))
    assert not board.account().multi_assets


def test_open_orders_refuse_the_way_back_too() -> None:
    """ACC-035: in either direction."""
    board = dollars(Board(ROOMY))
    board.send(ChangeAssetMode(1, True))
    board.rest(board.order(1, BUY, "1", "99"))
    assert board.refused(ChangeAssetMode(1, False)) is Reject.ASSET_MODE_HAS_ORDERS


def test_a_notional_coefficient_scales_the_brackets() -> None:
    """ACC-039: caps, floors and cum, and what follows from them."""
    board = Board(ROOMY, wallet="100000")
    board.send(SetNotionalCoefficient(1, SYMBOL, rate("1.5")))
    holding = board.holding()
    assert [(fixed(b.notional_floor, 1), fixed(b.notional_cap, 1)) for b in holding.brackets] == [
        ("0.0", "75000.0"),
        ("75000.0", "375000.0"),
        ("375000.0", "1500000.0"),
    ]
    assert [fixed(b.cum, 1) for b in holding.brackets] == ["0.0", "75.0", "16950.0"]
    event = board.send(ChangeLeverage(1, SYMBOL, 50))[0]
    assert isinstance(event, LeverageChanged)
    assert event.max_notional == holding.max_notional == amount("75000")
    board.depth([("99.9", "1000")], [("100.1", "1000")])
    # 70,070 are in the first bracket now, and 75,075 above its cap.
    assert board.refused(board.order(1, BUY, "750", "100.1")) is Reject.POSITION_ABOVE_BRACKET_CAP
    board.place(board.order(1, BUY, "700", "100.1"))
    assert fixed(row_of(board).risk.maintenance) == "280.00000000"


def test_a_coefficient_below_one() -> None:
    """ACC-039: the lower bracket ends earlier; another account keeps the public table."""
    board = Board(ROOMY, wallet="100000")
    board.send(SetNotionalCoefficient(1, SYMBOL, rate("0.5")))
    board.depth([("99.9", "1000")], [("100.1", "1000")])
    for number in (1, 2):
        board.place(board.order(number, BUY, "300", "100.1"))
    # 30,000 * 0.005 - 25 and 30,000 * 0.004
    assert fixed(row_of(board).risk.maintenance) == "125.00000000"
    other = board.holding(2)
    assert (other.notional_coefficient, other.brackets) == (SCALE, ROOMY.brackets)


@pytest.mark.parametrize("coefficient", [0, -1])
def test_coefficients_that_are_refused(coefficient: int) -> None:
    """ACC-039: nothing and less than nothing."""
    board = Board()
    command = SetNotionalCoefficient(1, SYMBOL, Rate(coefficient))
    assert board.refused(command) is Reject.COEFFICIENT_NOT_POSITIVE
    unknown = SetNotionalCoefficient(1, "NOUSDT", Rate(SCALE))
    assert board.refused(unknown) is Reject.SYMBOL_UNKNOWN
    assert board.refused(SetNotionalCoefficient(9, SYMBOL, Rate(SCALE))) is Reject.ACCOUNT_UNKNOWN
    assert SYMBOL not in board.account().holdings


def test_a_coefficient_outlasts_a_relisting() -> None:
    """ACC-039, ACC-012: new brackets are scaled as the old ones were; leverage stays in bounds."""
    board = Board(ROOMY)
    board.send(SetNotionalCoefficient(1, SYMBOL, rate("2")))
    board.send(ChangeLeverage(1, SYMBOL, 50))
    board.place(board.order(1, BUY, "5", "100.1"))
    version = board.account().version
    board.send(ListInstrument(contract(brackets=ROOMY.brackets[1:])))
    holding = board.holding()
    assert fixed(holding.brackets[0].notional_cap, 0) == "500000"
    assert (holding.leverage, holding.max_notional) == (20, amount("500000"))
    assert holding.instrument is board.market.instrument
    assert board.account().version > version
    # 500 * 0.005 - 100 of the bracket that is left
    assert fixed(row_of(board).risk.maintenance) == "-97.50000000"


def test_a_relisting_leaves_position_and_orders() -> None:
    """ACC-012: what is held and what rests stays, with the new filters for what comes."""
    board = Board(ROOMY)
    board.place(board.order(1, BUY, "5", "100.1"))
    order = board.rest(board.order(1, BUY, "1", "99"))
    funding_ms = board.market.funding_next_ms
    board.send(ListInstrument(contract(tick_size=price("0.5"), min_price=price("0.5"))))
    assert order.order_id in board.account().open_orders
    assert board.leg().quantity == 5 * SCALE
    assert board.market.funding_next_ms == funding_ms
    assert board.refused(board.order(1, BUY, "1", "99.1")) is Reject.PRICE_OFF_TICK
    board.place(board.order(1, SELL, "1", "99.5"))


def test_automatic_margin() -> None:
    """ACC-040: a setting of an isolated symbol; on and off, never twice the same."""
    board = Board(ROOMY)
    on, off = (SetAutoAddMargin(1, SYMBOL, is_on) for is_on in (True, False))

    def sent(command: Command) -> bool:
        return not isinstance(board.send(command)[0], Rejected)

    assert board.refused(on) is Reject.AUTO_ADD_NOT_ISOLATED
    assert board.refused(off) is Reject.AUTO_ADD_NOT_ISOLATED
    assert SYMBOL not in board.account().holdings
    board.send(ChangeMarginType(1, SYMBOL, True))
    assert board.refused(off) is Reject.AUTO_ADD_SAME
    assert sent(on)
    assert board.holding().is_auto_add
    assert board.refused(on) is Reject.AUTO_ADD_SAME
    assert sent(off)
    assert not board.holding().is_auto_add
    assert board.refused(SetAutoAddMargin(9, SYMBOL, True)) is Reject.ACCOUNT_UNKNOWN
    assert board.refused(SetAutoAddMargin(1, "NOUSDT", True)) is Reject.SYMBOL_UNKNOWN


def test_automatic_margin_ends_with_isolated_margin() -> None:
    """ACC-040: back in cross there is nothing to add to."""
    board = Board(ROOMY)
    board.send(ChangeMarginType(1, SYMBOL, True))
    board.send(SetAutoAddMargin(1, SYMBOL, True))
    board.send(ChangeMarginType(1, SYMBOL, False))
    assert not board.holding().is_auto_add
    board.send(ChangeMarginType(1, SYMBOL, True))
    assert not board.holding().is_auto_add
