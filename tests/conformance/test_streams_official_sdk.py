"""The official Python SDK's websocket_streams, unmodified, on a live box (STR-901, USR-901)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from binance_common.configuration import ConfigurationRestAPI, ConfigurationWebSocketStreams
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from binance_sdk_derivatives_trading_usds_futures.rest_api.models.enums import (
    NewOrderSideEnum,
    NewOrderTypeEnum,
)

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount
from tests.conformance.waiting import SESSION_S, Heard

SYMBOL = "BTCUSDT"
PAIR = "btcusdt"
Client = Any
"""The SDK's own types are wider than what it returns."""
Streams = Callable[[Client], Awaitable[dict[str, Any]]]


def run(box: Box, trader: OpenedAccount, work: Callable[[Client, Heard], Awaitable[None]]) -> None:
    """Do it with the SDK's three connections; what fails inside its callbacks fails the test."""

    async def session() -> None:
        client: Client = DerivativesTradingUsdsFutures(
            config_rest_api=ConfigurationRestAPI(
                api_key=trader.key, api_secret=trader.secret, base_path=box.url, retries=0
            ),
            config_ws_streams=ConfigurationWebSocketStreams(stream_url=box.ws_url),
        )
        connection = await client.websocket_streams.create_connection()
        errors = Heard()
        connection.on_connection("error", errors.put)
        try:
            async with asyncio.timeout(SESSION_S):
                await work(client, errors)
            assert errors.all == []
        finally:
            await connection.close_connection(close_session=True)

    asyncio.run(session())


def listen(stream: Any) -> Heard:
    heard = Heard()
    stream.on("message", heard.put)
    return heard


@pytest.mark.filterwarnings("ignore:.*timeout:DeprecationWarning")
def test_market_streams(lively: Box) -> None:
    """STR-901: its models take every kind of stream that moves here, strictly typed."""

    async def work(client: Client, _: Heard) -> None:
        streams = client.websocket_streams
        opened = await asyncio.gather(
            streams.aggregate_trade_streams(PAIR),
            streams.mark_price_stream(PAIR, update_speed="1s"),
            streams.mark_price_stream_for_all_market(update_speed="1s"),
            streams.kline_candlestick_streams(PAIR, interval="1m"),
            streams.continuous_contract_kline_candlestick_streams(
                PAIR, contract_type="perpetual", interval="1m"
            ),
            streams.individual_symbol_ticker_streams(PAIR),
            streams.individual_symbol_mini_ticker_stream(PAIR),
            streams.all_market_tickers_streams(),
            streams.all_market_mini_tickers_stream(),
            streams.individual_symbol_book_ticker_streams(PAIR),
            streams.all_book_tickers_stream(),
            streams.diff_book_depth_streams(PAIR, update_speed="100ms"),
            streams.partial_book_depth_streams(PAIR, levels="5", update_speed="100ms"),
            streams.rpi_diff_book_depth_streams(PAIR),
        )
        heard = [listen(stream) for stream in opened]
        told = await asyncio.gather(*(each.first() for each in heard))
        trade, mark, marks, candle, continuous, ticker, mini, tickers, minis = told[:9]
        best, _, depth, partial, rpi = told[9:]
        assert (trade.e, trade.s) == ("aggTrade", SYMBOL)
        assert float(mark.p) == pytest.approx(float(trade.p), rel=0.01)
        assert [row.s for row in marks] == [SYMBOL]
        assert (candle.k.i, continuous.ct) == ("1m", "PERPETUAL")
        assert float(ticker.h) >= float(ticker.c) >= float(ticker.l)
        assert mini.o == ticker.o
        assert [row.s for row in tickers] == [row.s for row in minis] == [SYMBOL]
        assert float(best.b) < float(best.a)
        assert depth.u >= depth.U
        assert len(partial.b) == len(partial.a) == 5
        assert rpi.u >= rpi.U

    run(lively, lively.account(usdt=10_000), work)


@pytest.mark.filterwarnings("ignore:.*timeout:DeprecationWarning")
def test_own_fills(box: Box, trader: OpenedAccount) -> None:
    """USR-901: the events of one market order, in their order, by the SDK's own models."""

    async def work(client: Client, _: Heard) -> None:
        streams = client.websocket_streams
        key = client.rest_api.start_user_data_stream().data().listen_key
        heard = listen(await streams.user_data(key))
        (private,) = [each for each in streams.connections if each.url_path == "private"]
        listed = {"method": "LIST_SUBSCRIPTIONS", "id": "ready"}
        answer = await (await streams.send_message(listed, private))
        assert answer["result"] == [key]
        client.rest_api.new_order(
            symbol=SYMBOL,
            side=NewOrderSideEnum.BUY,
            type=NewOrderTypeEnum.MARKET,
            quantity=0.01,
            new_client_order_id="mine",
        )
        await heard.first(lambda _: len(heard.all) >= 4)
        events = [event.actual_instance for event in heard.all]
        assert [type(event).__name__ for event in events] == [
            "TradeLite",
            "OrderTradeUpdate",
            "AccountUpdate",
            "OrderTradeUpdate",
        ]
        lite, new, account, fill = events
        assert (new.o.x, new.o.X, fill.o.x, fill.o.X) == ("NEW", "NEW", "TRADE", "FILLED")
        assert (fill.o.c, float(fill.o.l), float(fill.o.L)) == ("mine", 0.01, 60_000.1)
        assert (lite.c, lite.t) == ("mine", fill.o.t)
        (position,) = account.a.P
        assert (position.s, float(position.pa)) == (SYMBOL, 0.01)
        (risk,) = list(client.rest_api.position_information_v3(symbol=SYMBOL).data())
        assert float(risk.entry_price) == float(position.ep)

    run(box, trader, work)
