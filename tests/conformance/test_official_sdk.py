"""The official Python SDK reads position risk from a live box (WIR-901)."""

from typing import Any

import pytest
from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import BadRequestError, UnauthorizedError
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from binance_sdk_derivatives_trading_usds_futures.rest_api import (
    DerivativesTradingUsdsFuturesRestAPI,
)
from binance_sdk_derivatives_trading_usds_futures.rest_api.models.enums import (
    ChangeMarginTypeMarginTypeEnum,
    NewOrderSideEnum,
    NewOrderTimeInForceEnum,
    NewOrderTypeEnum,
)

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount


def sdk(url: str, key: str, secret: str) -> DerivativesTradingUsdsFuturesRestAPI:
    configuration = ConfigurationRestAPI(api_key=key, api_secret=secret, base_path=url, retries=0)
    return DerivativesTradingUsdsFutures(config_rest_api=configuration).rest_api


def listed(rows: Any) -> list[Any]:
    """Rows of an answer; the SDK declares a list and iterates as something else."""
    return list(rows)


@pytest.fixture
def client(box: Box, trader: OpenedAccount) -> DerivativesTradingUsdsFuturesRestAPI:
    return sdk(box.url, trader.key, trader.secret)


def test_position_risk(client: DerivativesTradingUsdsFuturesRestAPI) -> None:
    client.change_initial_leverage(symbol="BTCUSDT", leverage=10)
    client.change_margin_type(symbol="BTCUSDT", margin_type=ChangeMarginTypeMarginTypeEnum.ISOLATED)
    client.new_order(
        symbol="BTCUSDT",
        side=NewOrderSideEnum.BUY,
        type=NewOrderTypeEnum.MARKET,
        quantity=0.01,
    )
    (row,) = listed(client.position_information_v2(symbol="BTCUSDT").data())
    assert (row.symbol, row.position_amt, row.leverage) == ("BTCUSDT", "0.010", "10")
    assert row.margin_type == "isolated"
    assert row.entry_price == "60000.1"
    assert row.notional == "600.00000000"
    assert float(row.liquidation_price) < 60_000
    every = listed(client.position_information_v2().data())
    assert {each.symbol for each in every} == {"BTCUSDT", "ETHUSDT", "LTCUSDT"}
    (newer,) = listed(client.position_information_v3().data())
    assert newer.liquidation_price == row.liquidation_price
    assert newer.initial_margin == "60.00000000"


def test_orders_account_and_market_data(client: DerivativesTradingUsdsFuturesRestAPI) -> None:
    placed = client.new_order(
        symbol="BTCUSDT",
        side=NewOrderSideEnum.BUY,
        type=NewOrderTypeEnum.LIMIT,
        time_in_force=NewOrderTimeInForceEnum.GTC,
        quantity=0.01,
        price=59_000,
    ).data()
    assert placed.status == "NEW"
    assert client.query_order(symbol="BTCUSDT", order_id=placed.order_id).data().price == "59000.00"
    assert client.cancel_order(symbol="BTCUSDT", order_id=placed.order_id).data().status == (
        "CANCELED"
    )
    assert client.account_information_v2().data().total_wallet_balance == "10000.00000000"
    assert client.account_information_v3().data().available_balance == "10000.00000000"
    marked: Any = client.mark_price(symbol="BTCUSDT").data().actual_instance
    assert marked.mark_price == "60000.00000000"


def test_errors(box: Box, client: DerivativesTradingUsdsFuturesRestAPI) -> None:
    with pytest.raises(BadRequestError, match="Leverage 1000 is not valid"):
        client.change_initial_leverage(symbol="BTCUSDT", leverage=1000)
    with pytest.raises(UnauthorizedError):
        sdk(box.url, "nobody", "nothing").position_information_v2()
