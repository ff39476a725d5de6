from binance.um_futures import UMFutures
from binance.websocket.um_futures.websocket_client import UMFuturesWebsocketClient

client = UMFutures("demokey0" * 8, "secret00" * 8, base_url="http://127.0.0.1:8800")


def streams(on_message):
    return UMFuturesWebsocketClient(stream_url="ws://127.0.0.1:8800", on_message=on_message)
