"""The same ``handle`` as an ASGI application: the oracle of the HTTP edge's probes."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from perpbox.gateway.handler import Handler

Message: TypeAlias = MutableMapping[str, Any]  # ASGI's own shape: the values are of any type
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]


def asgi(handle: Handler) -> Application:
    """Serve ``handle`` from any ASGI server; ``http`` only, no lifespan, no WebSockets."""

    async def application(scope: Message, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            part = await receive()
            body += part.get("body", b"")
            more = part.get("more_body", False)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        path = scope["raw_path"].decode("latin-1")
        peer = (scope.get("client") or ("",))[0]
        headers = dict(scope["headers"])
        status, extra, answer = handle(method, path, scope["query_string"], headers, body, peer)
        lines = [(b"content-length", b"%d" % len(answer))]
        for line in extra.split(b"\r\n")[:-1]:
            name, _, value = line.partition(b": ")
            lines.append((name.lower(), value))
        if not any(name == b"content-type" for name, _ in lines):
            lines.append((b"content-type", b"application/json"))
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": answer})

    return application
