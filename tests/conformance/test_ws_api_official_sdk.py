"""The official Python SDK's websocket_api, unmodified, on a live box (WSA-901)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from binance_common.configuration import ConfigurationWebSocketAPI
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from binance_sdk_derivatives_trading_usds_futures.websocket_api.models import (
    ModifyOrderSideEnum,
    NewOrderNewOrderRespTypeEnum,
    NewOrderSideEnum,
    NewOrderTimeInForceEnum,
    NewOrderTypeEnum,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount
from tests.unit.gateway.ws_api_keys import ED25519_KEY, ED25519_PEM

pytestmark = pytest.mark.filterwarnings("ignore:parameter 'timeout':DeprecationWarning")
"""The SDK calls its own HTTP library in a deprecated way."""

SYMBOL = "BTCUSDT"
Connection = Any
"""The SDK's own types are wider than what it returns."""


def run(url: str, work: Callable[[Connection], Awaitable[None]], **credentials: Any) -> None:
    """Do it over one connection of the SDK."""

    async def session() -> None:
        configuration = ConfigurationWebSocketAPI(stream_url=url + "/ws-fapi/v1", **credentials)
        client: Any = DerivativesTradingUsdsFutures(config_ws_api=configuration)
        connection = await client.websocket_api.create_connection()
        try:
            await work(connection)
        finally:
            await connection.close_connection(close_session=True)

    asyncio.run(session())


def refusal(answer: Any) -> int:
    """The code of a refusal: the SDK logs it and hands it over in the place of the data."""
    code: int = answer.data()["error"]["code"]
    return code


async def trade(connection: Connection) -> None:
    """Place, change, look up and cancel an order; then buy and see the position."""
    placed = await connection.new_order(
        symbol=SYMBOL,
        side=NewOrderSideEnum["BUY"].value,
        type=NewOrderTypeEnum["LIMIT"].value,
        time_in_force=NewOrderTimeInForceEnum["GTC"].value,
        quantity=0.01,
        price=59000.0,
        new_client_order_id="a/b:c",
    )
    order = placed.data().result
    assert (order.status, order.price, order.orig_qty) == ("NEW", "59000.00", "0.010")
    assert [(limit.rateLimitType, limit.limit) for limit in placed.rate_limits] == [
        ("REQUEST_WEIGHT", -1),
        ("ORDERS", 300),
        ("ORDERS", 1200),
    ]
    changed = await connection.modify_order(
        symbol=SYMBOL,
        side=ModifyOrderSideEnum["BUY"].value,
        quantity=0.02,
        price=58900.5,
        order_id=order.order_id,
    )
    assert changed.data().result.orig_qty == "0.020"
    found = await connection.query_order(symbol=SYMBOL, orig_client_order_id="a/b:c")
    assert found.data().result.price == "58900.50"
    gone = await connection.cancel_order(symbol=SYMBOL, order_id=order.order_id)
    assert gone.data().result.status == "CANCELED"
    bought = await connection.new_order(
        symbol=SYMBOL,
        side=NewOrderSideEnum["BUY"].value,
        type=NewOrderTypeEnum["MARKET"].value,
        quantity=0.01,
        new_order_resp_type=NewOrderNewOrderRespTypeEnum["RESULT"].value,
    )
    assert bought.data().result.status == "FILLED"
    (position,) = (await connection.position_information_v2()).data().result
    assert position.position_amt == "0.010"
    (position,) = (await connection.position_information(symbol=SYMBOL)).data().result
    assert (position.position_amt, position.is_auto_add_margin) == ("0.010", "false")


async def look(connection: Connection) -> None:
    """Read the account and the market."""
    account = (await connection.account_information_v2(recv_window=9000)).data().result
    assert account.total_wallet_balance == "10000.00000000"
    account = (await connection.account_information()).data().result
    assert account.available_balance == "10000.00000000"
    for balances in (
        await connection.futures_account_balance(),
        await connection.futures_account_balance_v2(),
    ):
        assert balances.data().result[0].balance == "10000.00000000"
    book = await connection.order_book(symbol=SYMBOL, limit=5)
    assert book.rate_limits[0].limit == 2400
    price = (await connection.symbol_price_ticker(symbol=SYMBOL)).data()
    assert "60000.00" in str(price)
    best = (await connection.symbol_order_book_ticker(symbol=SYMBOL)).data()
    assert SYMBOL in str(best)


async def keep_a_listen_key(connection: Connection) -> None:
    """Start, prolong and close the user-data stream."""
    started = (await connection.start_user_data_stream()).data().result
    kept = (await connection.keepalive_user_data_stream()).data().result
    assert kept.listen_key == started.listen_key
    await connection.close_user_data_stream()
    assert refusal(await connection.keepalive_user_data_stream()) == -1125


@pytest.mark.parametrize("work", [trade, look, keep_a_listen_key])
def test_with_a_secret(
    box: Box, trader: OpenedAccount, work: Callable[[Connection], Awaitable[None]]
) -> None:
    """WSA-901: each request signed by HMAC."""
    run(box.ws_url, work, api_key=trader.key, api_secret=trader.secret)


@pytest.mark.parametrize("work", [trade, look, keep_a_listen_key])
def test_in_a_session(box: Box, work: Callable[[Connection], Awaitable[None]]) -> None:
    """WSA-901: logged on with Ed25519, then without key and signature."""
    owner = box.account(usdt=10_000, public_key=ED25519_PEM)
    private_key = ED25519_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    async def logged_on(connection: Connection) -> None:
        told = await connection.send_signed_message(
            payload={"method": "session.logon", "params": {}},
            signer=connection.signer,
            api_key=True,
            session_logon=True,
        )
        assert told.data()["result"]["apiKey"] == owner.key
        await work(connection)

    run(box.ws_url, logged_on, api_key=owner.key, private_key=private_key.decode())


def test_refusals(box: Box, trader: OpenedAccount) -> None:
    """WSA-901."""

    async def work(connection: Connection) -> None:
        assert refusal(await connection.query_order(symbol=SYMBOL, order_id=99)) == -2013
        assert refusal(await connection.cancel_algo_order(algo_id=1)) == -2013
        await look(connection)

    run(box.ws_url, work, api_key=trader.key, api_secret=trader.secret)
