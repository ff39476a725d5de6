"""socketify (uWebSockets) publishing one event to every reader: READERS prints its port."""

import sys

from socketify import App, CompressOptions, OpCode

EVENT = (
    '{"e":"bookTicker","u":11757092630476,"s":"BTCUSDT","ps":"BTCUSDT","b":"83091.60",'
    '"B":"4.215","a":"83091.70","A":"3.763","T":1791382994657,"E":1791382994658,"st":1}'
)
TOPIC = "event"
BURST = 16
PAUSE_S = 0.0005


def main() -> None:
    wanted = int(sys.argv[1])
    app = App()
    open_now = [0]

    async def push() -> None:
        import asyncio

        while open_now[0]:
            for _ in range(BURST):
                app.publish(TOPIC, EVENT, OpCode.TEXT)
            await asyncio.sleep(PAUSE_S)

    def opened(ws) -> None:
        ws.subscribe(TOPIC)
        open_now[0] += 1
        if open_now[0] == wanted:
            app.run_async(push())

    def closed(ws, code, message) -> None:
        open_now[0] -= 1

    app.ws(
        "/*",
        {
            "compression": CompressOptions.DISABLED,
            "open": opened,
            "close": closed,
            "drain": lambda ws: None,
        },
    )
    app.listen(
        0,
        lambda config: print(
            app.socket_port if hasattr(app, "socket_port") else config.port, flush=True
        ),
    )
    app.run()


if __name__ == "__main__":
    main()
