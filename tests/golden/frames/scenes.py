"""The recorded actions, done again. Each scene gives back what the trader's stream said.

Prices and quantities are those of the record, so that most texts come out the same; wallets are
not.
"""

from collections.abc import Callable
from typing import Final

from tests.golden.frames.stage import Frame, Stage

Scene = Callable[[str], list[Frame]]
"""API date -> frames."""


def taker_limit_open_pricematch(date: str) -> list[Frame]:
    stage = Stage(date, wallet="642.85271069")
    stage.at("91739.89")
    stage.order(
        side="BUY",
        type="LIMIT",
        timeInForce="GTC",
        quantity="0.002",
        priceMatch="OPPONENT",
        selfTradePreventionMode="NONE",
    )
    return stage.wire.frames


def taker_market_close_reduce_only(date: str) -> list[Frame]:
    stage = Stage(date, wallet="642.85271069")
    stage.buy_at("91739.90", "0.002")
    stage.quietly()
    stage.sell_at("90853.20", "0.002", reduceOnly="true", selfTradePreventionMode="NONE")
    return stage.wire.frames


def taker_market_open_2026(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(4, 2))
    stage.buy_at("80", "1")
    stage.sell_at("81", "1")
    stage.quietly()
    stage.at("80.1899")
    stage.mark("80.19")
    stage.order(side="BUY", type="MARKET", quantity="0.10")
    return stage.wire.frames


def testnet_market_fill_2025(date: str) -> list[Frame]:
    stage = Stage(date, taker_fee="0.0004")
    stage.buy_at("84000", "0.1")
    stage.sell_at("84010", "0.1")
    stage.quietly()
    stage.buy_at("84146.50", "0.100")
    return stage.wire.frames


def testnet_limit_rest_2025(date: str) -> list[Frame]:
    stage = Stage(date)
    stage.at("84146.50")
    stage.rest("BUY", "50000", "1")
    return stage.wire.frames


def transfer_in(date: str) -> list[Frame]:
    stage = Stage(date, asset="USDC", wallet="38.84650063")
    stage.move("10")
    return stage.wire.frames


def transfer_out(date: str) -> list[Frame]:
    stage = Stage(date, asset="USDC", wallet="48.84650063")
    stage.move("-10")
    return stage.wire.frames


def withdraw_all_2021(date: str) -> list[Frame]:
    stage = Stage(date, wallet="21.14364261")
    stage.move("-21.14364261")
    return stage.wire.frames


def funding_cross(date: str) -> list[Frame]:
    stage = Stage(date, asset="USDC", wallet="38.17891952", maker_fee="0", taker_fee="0")
    stage.buy_at("2317.3", "0.02")
    stage.quietly()
    stage.box.advance(hours=8)
    return stage.wire.frames


def limit_rest_amend_cancel_fill_usdc(date: str) -> list[Frame]:
    stage = Stage(date, asset="USDC", wallet="37.87866827", maker_fee="0")
    stage.buy_at("2320", "0.02")
    stage.sell_at("2319", "0.02")
    stage.quietly()
    first = stage.rest("BUY", "2313", "0.02")
    said = list(stage.wire.frames)
    stage.cancel(first)
    other = stage.rest("BUY", "2310", "0.02")
    stage.quietly()
    stage.cancel(other)
    said += stage.wire.frames
    filled = stage.rest("BUY", "2312", "0.02")
    stage.quietly()
    stage.amend(filled, "BUY", "2315.9", "0.02")
    said += stage.wire.frames
    stage.amend(filled, "BUY", "2317.3", "0.02")
    stage.quietly()
    stage.street("2317.2", "1", seller_takes=True)
    return said + stage.wire.frames


def hedge_maker_gtx_fill(date: str) -> list[Frame]:
    stage = Stage(date, asset="USDC", wallet="291", hedge=True, maker_fee="0")
    stage.sell_at("2463", "0.1", positionSide="SHORT")
    stage.buy_at("2500", "0.1", positionSide="SHORT")
    stage.at("2463.16")
    stage.quietly()
    short = {"positionSide": "SHORT", "timeInForce": "GTX"}
    stage.rest("SELL", "2463.26", "0.473", **short)
    stage.street("2463.30", "10", seller_takes=False)
    return stage.wire.frames


def hedge_reduce_limit_2026_05(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(2, 2), hedge=True)
    stage.sell_at("86.1", "30", positionSide="SHORT")
    stage.rest("BUY", "84.53", "10.1", positionSide="LONG")
    stage.quietly()
    stage.rest("BUY", "85.67", "21.26", positionSide="SHORT")
    return stage.wire.frames


def trade_lite_envelope(date: str) -> list[Frame]:
    stage = Stage(date)
    stage.at("2631.89")
    stage.rest("BUY", "2631.90", "0.037")
    return stage.wire.frames


def trade_lite_2026_09(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(6, 1))
    stage.buy_at("1.1359", "4.9")
    return stage.wire.frames


def market_fill_2021(date: str) -> list[Frame]:
    stage = Stage(date, wallet="1000000")
    stage.buy_at("39000", "4.5")
    stage.sell_at("39500", "0.5")
    stage.quietly()
    stage.buy_at("39849.93", "1")
    return stage.wire.frames


def hedge_open_long_2021(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(5, 0), hedge=True)
    stage.buy_at("0.45", "1000", positionSide="LONG")
    stage.sell_at("0.46", "500", positionSide="LONG")
    stage.quietly()
    stage.buy_at("0.45855", "2684", positionSide="LONG")
    return stage.wire.frames


def hedge_limit_rest_2021(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(5, 0), hedge=True)
    stage.at("0.65")
    stage.rest("BUY", "0.62788", "1000", positionSide="LONG")
    stage.quietly()
    stage.rest("BUY", "0.63428", "1000", positionSide="LONG")
    return stage.wire.frames


def leverage_change(date: str) -> list[Frame]:
    stage = Stage(date)
    stage.set("leverage", leverage="19")
    return stage.wire.frames


def market_open_close_short_cycle_2024(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(5, 0), wallet="19.27688055")
    stage.buy_at("0.02", "300")
    stage.sell_at("0.01999", "300")
    stage.quietly()
    stage.buy_at("0.02", "300")
    stage.sell_at("0.01999", "300")
    return stage.wire.frames


def hedge_limit_rest_cancel_2024(date: str) -> list[Frame]:
    stage = Stage(date, hedge=True)
    stage.at("44000")
    terms = {"positionSide": "LONG", "selfTradePreventionMode": "NONE"}
    order = stage.rest("BUY", "20000", "0.010", **terms)
    stage.cancel(order)
    return stage.wire.frames


def limit_cancel_2025(date: str) -> list[Frame]:
    stage = Stage(date)
    stage.at("118000")
    order = stage.rest("BUY", "117912", "0.001")
    stage.quietly()
    stage.cancel(order)
    return stage.wire.frames


def testnet_limit_sell_rest_2025(date: str) -> list[Frame]:
    stage = Stage(date)
    stage.at("119000")
    stage.rest("SELL", "119395.1", "0.401")
    stage.quietly()
    stage.rest("SELL", "119394.4", "0.046")
    return stage.wire.frames


def otoco_isolated_stop_2021(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(5, 0), wallet="316.19875733", taker_fee="0.0004")
    stage.set("marginType", marginType="ISOLATED")
    stage.set("leverage", leverage="1")
    stage.buy_at("0.07", "300")
    stage.sell_at("0.08", "300")
    stage.quietly()
    stage.at("0.07574")
    stage.mark("0.07577341")
    stage.order(side="SELL", type="MARKET", quantity="150")
    return stage.wire.frames


def manual_close_with_gte_siblings_2021(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(5, 0), taker_fee="0.0004")
    stage.set("marginType", marginType="ISOLATED")
    stage.buy_at("0.05", "1000")
    stage.sell_at("0.06", "1000")
    stage.buy_at("0.07597", "150")
    stage.rest("SELL", "0.07650", "150", reduceOnly="true")
    stage.rest("SELL", "0.07660", "150", reduceOnly="true")
    stage.quietly()
    stage.sell_at("0.07596", "150", reduceOnly="true")
    return stage.wire.frames


def ioc_no_match_2024(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(6, 2))
    stage.at("8")
    terms = {"timeInForce": "IOC", "selfTradePreventionMode": "NONE"}
    stage.rest("BUY", "7.8833", "1.26", **terms)
    return stage.wire.frames


def market_partial_fill_2024(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(7, 0))
    stage.at("0.8982990")
    stage.without_street()
    for quantity in ("381", "11", "100"):
        stage.others_rest("SELL", "0.8983000", quantity)
    stage.quietly()
    stage.order(side="BUY", type="MARKET", quantity="445", selfTradePreventionMode="NONE")
    return stage.wire.frames


def testnet_modify_2023(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(4, 1))
    stage.at("0.48")
    order = stage.rest("BUY", "0.4720", "20")
    stage.quietly()
    stage.amend(order, "BUY", "0.4716", "20")
    return stage.wire.frames


def testnet_modify_into_fill_2023(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(4, 1))
    stage.at("0.5341")
    stage.rest("BUY", "0.5299", "20")
    order = stage.rest("SELL", "0.5400", "20")
    stage.quietly()
    stage.amend(order, "SELL", "0.5340", "20")
    return stage.wire.frames


def limit_rest_2021(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(4, 1))
    stage.at("1.08")
    stage.rest("BUY", "1.0741", "5")
    return stage.wire.frames


def limit_cancel_2021(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(4, 1))
    stage.at("1.08")
    order = stage.rest("BUY", "1.0667", "5")
    stage.quietly()
    stage.cancel(order)
    return stage.wire.frames


def limit_maker_fill_2021(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(4, 1))
    stage.at("1.15")
    stage.rest("SELL", "1.1583", "5")
    stage.street("1.1590", "100", seller_takes=False)
    return stage.wire.frames


def limit_taker_fill_close_2021(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(4, 1), taker_fee="0.0004")
    stage.sell_at("1.1568", "10")
    stage.quietly()
    stage.at("1.1558")
    stage.rest("BUY", "1.1559", "10")
    return stage.wire.frames


def account_update_order_2021(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(4, 1), wallet="21.12399540", taker_fee="0.0004")
    stage.at("1.1554")
    stage.mark("1.1552")
    stage.order(side="SELL", type="MARKET", quantity="5")
    return stage.wire.frames


def gtx_cancel_with_other_orders_2024(date: str) -> list[Frame]:
    stage = Stage(date, decimals=(5, 0))
    stage.at("0.335")
    stage.rest("BUY", "0.33214", "1801")
    stage.rest("SELL", "0.33793", "891")
    order = stage.rest("BUY", "0.33210", "900", timeInForce="GTX")
    stage.quietly()
    stage.cancel(order)
    return stage.wire.frames


SCENES: Final[dict[str, Scene]] = {
    scene.__name__: scene
    for scene in (
        taker_limit_open_pricematch,
        taker_market_close_reduce_only,
        taker_market_open_2026,
        testnet_market_fill_2025,
        testnet_limit_rest_2025,
        transfer_in,
        transfer_out,
        withdraw_all_2021,
        funding_cross,
        limit_rest_amend_cancel_fill_usdc,
        hedge_maker_gtx_fill,
        hedge_reduce_limit_2026_05,
        trade_lite_envelope,
        trade_lite_2026_09,
        market_fill_2021,
        hedge_open_long_2021,
        hedge_limit_rest_2021,
        leverage_change,
        market_open_close_short_cycle_2024,
        hedge_limit_rest_cancel_2024,
        limit_cancel_2025,
        testnet_limit_sell_rest_2025,
        otoco_isolated_stop_2021,
        manual_close_with_gte_siblings_2021,
        ioc_no_match_2024,
        market_partial_fill_2024,
        testnet_modify_2023,
        testnet_modify_into_fill_2023,
        limit_rest_2021,
        limit_cancel_2021,
        limit_maker_fill_2021,
        limit_taker_fill_close_2021,
        account_update_order_2021,
        gtx_cancel_with_other_orders_2024,
    )
}
"""Sequence -> scene."""
PARTLY_QUOTED: Final = frozenset(
    (
        "taker_market_open_2026",
        "testnet_market_fill_2025",
        "hedge_maker_gtx_fill",
        "trade_lite_envelope",
        "trade_lite_2026_09",
        "market_fill_2021",
        "hedge_open_long_2021",
        "market_open_close_short_cycle_2024",
        "ioc_no_match_2024",
        "market_partial_fill_2024",
        "testnet_modify_into_fill_2023",
        "limit_maker_fill_2021",
        "limit_taker_fill_close_2021",
        "account_update_order_2021",
    )
)
"""Sequences of which the source quotes some frames only; they are there, in the same order."""
PLAYED_FRAMES: Final = {"otoco_isolated_stop_2021": 3}
"""How many of the first frames of a sequence a scene does again; all of the others."""
