"""What a client sees of an automatic exchange, and that all answers agree with it."""

from decimal import Decimal

from perpbox.money import SCALE, Amount
from perpbox.specs import catalogue
from tests.unit.gateway.distress import Trader, opened, words

BTC = "BTCUSDT"
RATE = Decimal("0.9999") / Decimal("1.0001")
"""Dollars of USDC at the bid over dollars of USDT at the ask, of automatic exchange."""


def test_a_debt_beyond_the_threshold_is_exchanged() -> None:
    """AEX-001, AEX-007: after the fill that made it; streams, income and account agree."""
    with opened(BTC) as box:
        trader = Trader(box, box.account(wallets={"USDC": 50_000}, multi_assets=True))
        trader.market(BTC, "BUY", "0.5")
        box.set_price(BTC, "35000")
        with trader.listening():
            trader.market(BTC, "SELL", "0.3")
            assert trader.wallet() > -10_000
            assert trader.income("AUTO_EXCHANGE") == []
            trader.heard()
            trader.market(BTC, "SELL", "0.2")
            events = trader.heard()
        assert words(events)[-2:] == ["ACCOUNT_UPDATE AUTO_EXCHANGE"] * 2
        given, got = (event["a"]["B"][0] for event in events[-2:])
        assert (given["a"], got["a"], got["wb"]) == ("USDC", "USDT", "0")
        assert trader.income("AUTO_EXCHANGE") == [Decimal(given["bc"]), Decimal(got["bc"])]
        assert abs(-Decimal(given["bc"]) * RATE - Decimal(got["bc"])) < Decimal("0.0001")
        assert trader.wallet("USDT") == 0
        assert trader.wallet("USDC") == Decimal(given["wb"])
        assert trader.rest.lab("GET", "/state")[1]["ledgerSum"] == "0"


def test_thresholds_are_those_of_exchange_info() -> None:
    """AEX-001: the number that exchangeInfo prints is the one that counts."""
    terms = {each.asset: each.exchange_threshold for each in catalogue().margin_assets}
    assert terms["USDT"] == Amount(-10_000 * SCALE)
    assert terms["BTC"] == Amount(-SCALE // 10)
    assert terms["FDUSD"] == 0
