"""Answers about mark price and funding: premiumIndex, fundingRate, fundingInfo."""

from typing import Final

import orjson

from perpbox.engine.events import FundingFixed
from perpbox.engine.funding import funding_rate as funding_rate_of
from perpbox.engine.marking import estimated_settle_price
from perpbox.engine.state import Account, Market
from perpbox.money import fixed
from perpbox.wire.changes import Change
from perpbox.wire.desk import Desk
from perpbox.wire.market.text import array, one_or_all
from perpbox.wire.params import Params

INTEREST_RATE: Final = "0.00010000"
"""Interest part of the rate for eight hours (recorded on BTCUSDT); printed for every contract."""
RATES_LIMIT: Final = 100
RATES_LIMIT_UNASKED: Final = 200
"""Rows when neither a symbol nor a time is named."""


def premium_index(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/premiumIndex``; a dated contract has no funding (page).

    The estimated settle price is the index, and its average before a delivery (our choice).
    """

    def row(market: Market) -> str:
        now_ms = desk.now_ms()
        settle = fixed(estimated_settle_price(market, now_ms))
        rate, interest = fixed(funding_rate_of(market, now_ms)), INTEREST_RATE
        if market.instrument.is_dated:
            rate = interest = ""
        return (
            f'{{"symbol":"{market.instrument.symbol}","markPrice":"{fixed(market.mark)}",'
            f'"indexPrice":"{fixed(market.index)}","estimatedSettlePrice":"{settle}",'
            f'"lastFundingRate":"{rate}","interestRate":"{interest}",'
            f'"nextFundingTime":{market.funding_next_ms},'
            f'"time":{market.prices_ms or now_ms}}}'
        )

    return one_or_all(desk, params, row)


def funding_rate(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/fundingRate``, ascending; ``rateType`` since 2026-07-22."""
    symbol = params.text_or_none("symbol")
    start_ms = params.number_or_none("startTime")
    end_ms = params.number_or_none("endTime")
    is_unasked = symbol is None and start_ms is None and end_ms is None
    limit = params.number_or_none("limit") or (RATES_LIMIT_UNASKED if is_unasked else RATES_LIMIT)
    tail = ',"rateType":"Regular"}' if desk.vintage.has(Change.FUNDING_RATE_TYPE) else "}"
    rows = desk.views.funding.history(symbol, start_ms, end_ms, limit)
    return array(_settled(row) + tail for row in rows)


def _settled(row: FundingFixed) -> str:
    return (
        f'{{"symbol":"{row.symbol}","fundingTime":{row.funding_ms},'
        f'"fundingRate":"{fixed(row.rate)}","markPrice":"{fixed(row.mark)}"'
    )


def funding_info(desk: Desk, _account: Account | None, _params: Params) -> bytes:
    """``GET /fapi/v1/fundingInfo``: only contracts with adjusted terms are listed."""
    rows: list[dict[str, object]] = []
    for symbol in desk.state.markets:
        info = desk.catalogue.funding_info(symbol)
        if info.is_listed:
            rows.append(
                {
                    "symbol": symbol,
                    "adjustedFundingRateCap": info.cap_text,
                    "adjustedFundingRateFloor": info.floor_text,
                    "fundingIntervalHours": info.interval_hours,
                    "disclaimer": info.disclaimer,
                    "updateTime": info.updated_ms,
                }
            )
    return orjson.dumps(rows)
