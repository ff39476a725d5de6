"""The official Python SDK changes orders, converts and asks for files (WIR-901)."""

from binance_sdk_derivatives_trading_usds_futures.rest_api.models.enums import (
    ModifyOrderSideEnum,
    NewOrderSideEnum,
    NewOrderTimeInForceEnum,
    NewOrderTypeEnum,
)

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount
from tests.conformance.test_official_sdk import listed, sdk


def test_changes_conversions_and_files(box: Box, trader: OpenedAccount) -> None:
    """WIR-901: its models read every answer."""
    client = sdk(box.url, trader.key, trader.secret)
    placed = client.new_order(
        symbol="BTCUSDT",
        side=NewOrderSideEnum.BUY,
        type=NewOrderTypeEnum.LIMIT,
        time_in_force=NewOrderTimeInForceEnum.GTC,
        quantity=0.01,
        price=58_000,
    ).data()
    client.modify_order(
        symbol="BTCUSDT",
        side=ModifyOrderSideEnum.BUY,
        quantity=0.01,
        price=57_000,
        order_id=placed.order_id,
    )
    changes = listed(
        client.get_order_modify_history(symbol="BTCUSDT", order_id=placed.order_id).data()
    )
    assert changes[0].amendment.price.after == "57000"
    quote = client.send_quote_request(from_asset="USDT", to_asset="BTC", from_amount=100).data()
    done = client.accept_the_offered_quote(quote_id=str(quote.quote_id)).data()
    status = client.order_status(order_id=done.order_id).data()
    assert (status.order_status, str(status.order_id)) == ("SUCCESS", done.order_id)
    now_ms = box.desk.now_ms()
    asked = client.get_download_id_for_futures_order_history(
        start_time=now_ms - 1000, end_time=now_ms + 1000
    ).data()
    link = client.get_futures_order_history_download_link_by_id(
        download_id=str(asked.download_id)
    ).data()
    assert link.status in ("processing", "completed")
    assert client.futures_tradfi_perps_contract().data().msg == "success"
    assert len(listed(client.query_user_rate_limit().data())) == 2
