from binance import AsyncClient, BinanceSocketManager
from binance.client import Client

client = Client("demokey0" * 8, "secret00" * 8, ping=False)
client.FUTURES_URL = "http://127.0.0.1:8800/fapi"
client.FUTURES_DATA_URL = "http://127.0.0.1:8800/futures/data"


def streaming_client():
    """The asynchronous client, for streams and the WebSocket API; make it in the event loop."""
    client = AsyncClient("demokey0" * 8, "secret00" * 8)
    client.FUTURES_URL = "http://127.0.0.1:8800/fapi"
    client.FUTURES_DATA_URL = "http://127.0.0.1:8800/futures/data"
    client.ws_future._url = "ws://127.0.0.1:8800/ws-fapi/v1"
    sockets = BinanceSocketManager(client)
    sockets.FSTREAM_URL = "ws://127.0.0.1:8800/"
    return client, sockets
