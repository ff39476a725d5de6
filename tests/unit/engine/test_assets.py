"""Dollar indexes and the rates at which an asset counts as collateral."""

import pytest

from perpbox.engine.assets import ONE_TO_ONE, AssetRates, asset_index, asset_rates
from perpbox.engine.commands import ListAsset, SetAssetIndex, SetPrices
from perpbox.engine.rejects import Reject
from perpbox.engine.symbol import MarginAsset
from perpbox.money import SCALE, Amount, Price, plain
from tests.unit.engine.board import Board, amount, contract, price, rate

ADA = MarginAsset("ADA", rate("0.1"), rate("0.1"), index=price("1.9295737"))


def rates_of(asset: MarginAsset) -> tuple[str, str, str]:
    board = Board()
    board.send(ListAsset(asset))
    rates = asset_rates(board.exchange.state, asset.asset)
    return plain(rates.index), plain(rates.bid), plain(rates.ask)


@pytest.mark.parametrize(
    ("buffer", "bid", "ask"),
    [("0.1", "1.73661633", "2.12253107"), ("0.05", "1.83309501", "2.02605238")],
)
def test_documented_rates(buffer: str, bid: str, ask: str) -> None:
    """ACC-030: index less and plus its buffer, both cut."""
    listed = MarginAsset("ADA", rate(buffer), rate(buffer), index=price("1.9295737"))
    assert rates_of(listed) == ("1.9295737", bid, ask)


def test_rates_that_are_given_stand_for_themselves() -> None:
    """ACC-030: bid and ask rates of an asset replace what index and buffers make."""
    listed = MarginAsset("ADA", index=price("2"), bid_rate=price("1.7"), ask_rate=price("2.2"))
    assert rates_of(listed) == ("2", "1.7", "2.2")


def test_where_the_index_comes_from() -> None:
    """ACC-031: held by the lab, else the contract's index in dollars, else the listed one."""
    board = Board()
    state = board.exchange.state
    assert asset_index(state, "USDT") == SCALE
    assert asset_index(state, "ADA") == 0
    board.send(ListAsset(ADA))
    assert asset_index(state, "ADA") == price("1.9295737")
    board.add(contract(symbol="ADAUSDT"), "2.5")
    assert asset_index(state, "ADA") == price("2.5")
    board.send(ListAsset(MarginAsset("USDT", index=price("0.999"))))
    assert asset_index(state, "ADA") == price("2.4975")
    board.send(SetPrices("ADAUSDT", price("3"), price("9")))
    assert asset_index(state, "ADA") == price("2.997"), "the index, not the mark"
    board.send(SetAssetIndex("ADA", price("7")))
    board.send(SetAssetIndex("USDT", price("2")))
    assert (asset_index(state, "ADA"), asset_index(state, "USDT")) == (price("7"), price("2"))
    board.send(SetAssetIndex("ADA", Price(0)))
    assert asset_index(state, "ADA") == price("6")


def test_asset_indexes_that_are_refused() -> None:
    """ACC-031: an asset that is not listed, a negative index."""
    board = Board()
    assert board.refused(SetAssetIndex("ADA", price("1"))) is Reject.ASSET_UNKNOWN
    board.send(ListAsset(ADA))
    assert board.refused(SetAssetIndex("ADA", price("-1"))) is Reject.PRICE_NOT_POSITIVE


def test_what_counts_at_which_rate() -> None:
    """ACC-032: wallets and profit at the bid, margins and what is owed at the ask; all cut."""
    rates = AssetRates(price("1"), price("0.9"), price("1.1"))
    odd = Amount(7)
    assert (rates.value(odd), rates.value(Amount(-7))) == (6, -7)
    assert (rates.profit(odd), rates.profit(Amount(-7))) == (6, -6)
    assert rates.requirement(odd) == 7
    assert rates.surplus_e16(amount("2"), amount("-1"), amount("0.5")) == 35 * 10**14
    assert rates.surplus_e16(amount("-2"), amount("1"), Amount(0)) == -13 * 10**15
    assert ONE_TO_ONE.surplus_e16(Amount(5), Amount(-3), Amount(1)) == SCALE
