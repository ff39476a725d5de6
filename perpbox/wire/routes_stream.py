"""Routes of the user-data stream's key. Only the key header is needed; parameters are ignored."""

from typing import Final

from perpbox.wire.answers import listen_key
from perpbox.wire.route import Route, Security

USER_STREAM: Final = Security.USER_STREAM
PATH: Final = "/fapi/v1/listenKey"
GROUP: Final = "user data stream"

ROUTES: Final = (
    Route(
        "POST",
        PATH,
        USER_STREAM,
        1,
        (),
        listen_key.listen_key_open,
        "Open the user-data stream",
        group=GROUP,
    ),
    Route(
        "PUT",
        PATH,
        USER_STREAM,
        1,
        (),
        listen_key.listen_key_prolong,
        "Prolong the user-data stream",
        group=GROUP,
    ),
    Route(
        "DELETE",
        PATH,
        USER_STREAM,
        1,
        (),
        listen_key.listen_key_close,
        "Close the user-data stream",
        group=GROUP,
    ),
)
