"""Commissions: whose rate, in which asset, and what they count for."""

import pytest

from perpbox import rounding
from perpbox.engine.commands import (
    ChangeMarginType,
    Deposit,
    ListAsset,
    OpenExchange,
    Rules,
    SetAssetIndex,
    SetFeeBurn,
    SetFeeTier,
)
from perpbox.engine.events import LedgerPosted, OrderTraded, Rejected
from perpbox.engine.fees import DISCOUNT_FACTOR
from perpbox.engine.margin import fee_rate
from perpbox.engine.rejects import Reject
from perpbox.engine.symbol import MarginAsset
from perpbox.engine.types import LedgerKind
from perpbox.money import Amount, Rate, plain
from tests.unit.engine.board import (
    BUY,
    SELL,
    SYMBOL,
    Board,
    amount,
    contract,
    price,
    qty,
    rate,
    units,
)

TIERS = (
    (rate("0.0002"), rate("0.0005")),
    (rate("0.00016"), rate("0.0004")),
    (rate("0"), rate("0.00017")),
)


def burning(bnb: str, index: str = "500") -> Board:
    """Account 1 pays in BNB while it has any."""
    board = Board(contract(max_num_orders=50))
    board.send(ListAsset(MarginAsset("BNB", index=price(index))))
    board.send(Deposit(1, "BNB", amount(bnb)))
    board.send(SetFeeBurn(1, True))
    return board


def bought(board: Board, quantity: str) -> OrderTraded:
    events = board.place(board.order(1, BUY, quantity, "100.1"))
    (fill,) = [e for e in events if isinstance(e, OrderTraded) and e.account_id == 1]
    return fill


def bnb(board: Board) -> str:
    return plain(board.exchange.state.ledger.balance(1, "BNB"))


def test_a_commission_in_bnb() -> None:
    """ACC-037: 10 % less, by the dollar indexes, out of the BNB wallet; the wallet is whole."""
    board = burning("1")
    fill = bought(board, "2")
    # 200.2 * 0.0005 = 0.1001; 0.09009 / 500
    assert (plain(fill.commission), fill.commission_asset) == ("0.00018018", "BNB")
    assert fill.margin_asset == "USDT"
    assert (bnb(board), board.wallet()) == ("0.99981982", "10000")
    assert board.leg().fees_paid == amount("0.09009")


def test_the_recorded_break_even_of_a_maker_in_bnb() -> None:
    """ACC-037, MAR-054: a short of 87 sold for 33.466, fees in BNB at 0.0002 less 10 %."""
    net_fees = rounding.discounted(Amount(units("33.466") * 2 // 10_000), DISCOUNT_FACTOR)
    found = rounding.break_even_e20(amount("33.466"), net_fees, qty("-87"))
    assert round(found, -7) == 3_845_974_266_667 * 10**7


def test_dollar_indexes_convert() -> None:
    """ACC-037: the margin asset's index counts too; all is cut."""
    board = burning("1", "612.34567891")
    board.send(ListAsset(MarginAsset("USDT")))
    board.send(SetAssetIndex("USDT", price("0.99")))
    fill = bought(board, "1")
    # 100.1 * 0.0005 = 0.05005, less 10 % 0.045045; in dollars 0.04459455; / 612.34567891
    assert plain(fill.commission) == "0.00007282"
    assert board.leg().fees_paid == amount("0.045045")


def test_short_of_bnb_it_is_paid_in_quote() -> None:
    """ACC-037: all of a fill's commission or nothing; without the discount."""
    board = burning("0.00018017")
    fill = bought(board, "2")
    assert (plain(fill.commission), fill.commission_asset) == ("0.1001", "USDT")
    assert (bnb(board), board.wallet()) == ("0.00018017", "9999.8999")
    assert board.leg().fees_paid == amount("0.1001")
    # The next fill is small enough.
    assert bought(board, "1").commission_asset == "BNB"


def test_bnb_to_the_last_digit() -> None:
    """ACC-037: a balance of exactly the commission is enough."""
    board = burning("0.00018018")
    assert bought(board, "2").commission_asset == "BNB"
    assert bnb(board) == "0"


def test_each_fill_decides_for_itself() -> None:
    """ACC-037: one order, the first fill in BNB, the second in quote."""
    board = burning("0.0001")
    board.depth([("99", "10")], [("100", "1"), ("100.1", "10")])
    events = board.place(board.order(1, BUY, "2", "100.1"))
    paid = [e.commission_asset for e in events if isinstance(e, OrderTraded)]
    assert paid == ["BNB", "USDT"]
    kinds = [
        (e.asset, plain(e.amount), e.symbol)
        for e in events
        if isinstance(e, LedgerPosted) and e.kind is LedgerKind.COMMISSION
    ]
    # 0.05 * 0.9 / 500 and 0.05005
    assert kinds == [("BNB", "-0.00009", SYMBOL), ("USDT", "-0.05005", SYMBOL)]


def test_switched_off_and_without_a_price() -> None:
    """ACC-037: the switch can be sent again; without an index of BNB nothing is paid in it."""
    board = burning("1")
    for is_on in (True, False, False):
        assert not isinstance(board.send(SetFeeBurn(1, is_on))[0], Rejected)
    assert bought(board, "1").commission_asset == "USDT"
    board.send(SetFeeBurn(1, True))
    board.send(ListAsset(MarginAsset("BNB")))
    assert bought(board, "1").commission_asset == "USDT"
    assert board.refused(SetFeeBurn(9, True)) is Reject.ACCOUNT_UNKNOWN


def test_dust_is_paid_in_quote() -> None:
    """ACC-037: a commission that would be nothing of BNB is not paid in it."""
    board = burning("1", "1000000000")
    assert bought(board, "1").commission_asset == "USDT"


def test_rebates_stay_in_quote() -> None:
    """ACC-037: a negative rate pays out in the margin asset, whatever the switch."""
    board = burning("1")
    board.account().maker_fee = Rate(-10_000)
    board.rest(board.order(1, BUY, "1", "99.5"))
    board.place(board.order(2, SELL, "30", "99"))
    assert plain(board.leg().fees_paid) == "-0.00995"
    assert (bnb(board), board.wallet()) == ("1", "10000.00995")


def test_isolated_wallets_keep_what_is_paid_in_bnb() -> None:
    """ACC-037: only a commission in the margin asset comes out of the isolated wallet."""
    board = burning("1")
    board.send(ChangeMarginType(1, SYMBOL, True))
    bought(board, "2")
    # 200.2 / 20 and 2 * 0.1 of loss against the mark
    assert board.leg().isolated_wallet == amount("10.21")


def test_a_flip_keeps_the_opened_part() -> None:
    """ACC-037, MAR-054: 3 sold over a long of 1: two thirds count for the short."""
    board = burning("1")
    bought(board, "1")
    board.place(board.order(1, SELL, "3", "99.9"))
    # 3 * 99.9 * 0.0005 * 0.9
    whole = units("0.134865")
    assert board.leg().fees_paid == whole * 2 // 3


def test_fee_tiers() -> None:
    """ACC-038: the lower of the contract's rate and the tier's; a rate of one's own goes first."""
    board = Board(contract(maker_fee=Rate(0)))
    state = board.exchange.state
    board.send(OpenExchange(Rules(), TIERS))
    account, instrument = board.account(), board.market.instrument

    def rates() -> tuple[int, int]:
        return (
            fee_rate(state, account, instrument, is_maker=True),
            fee_rate(state, account, instrument, is_maker=False),
        )

    assert rates() == (0, 50_000)
    board.send(SetFeeTier(1, 1))
    assert rates() == (0, 40_000)
    board.send(SetFeeTier(1, 2))
    assert rates() == (0, 17_000)
    account.taker_fee = Rate(33_333)
    assert rates() == (0, 33_333)
    for wrong in (-1, 3):
        assert board.rejection(SetFeeTier(1, wrong)) == Rejected(Reject.FEE_TIER_UNKNOWN, 2)
    assert board.refused(SetFeeTier(9, 1)) is Reject.ACCOUNT_UNKNOWN
    assert account.fee_tier == 2


def test_no_tiers_but_the_first_without_a_table() -> None:
    """ACC-038: an exchange without a table knows tier 0 only."""
    board = Board()
    assert not isinstance(board.send(SetFeeTier(1, 0))[0], Rejected)
    assert board.refused(SetFeeTier(1, 1)) is Reject.FEE_TIER_UNKNOWN


@pytest.mark.parametrize("tier", [0, 1, 2])
def test_a_fill_takes_the_rate_of_the_tier(tier: int) -> None:
    """ACC-038: what is charged is what is shown."""
    board = Board()
    board.send(OpenExchange(Rules(), TIERS))
    board.send(SetFeeTier(1, tier))
    fill = bought(board, "10")
    assert fill.commission == Amount(1001 * TIERS[tier][1])
