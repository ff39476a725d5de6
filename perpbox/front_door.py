"""Which part of a box answers a path."""

from collections.abc import Callable, Mapping

import msgspec

from perpbox.dashboard.pages import Pages
from perpbox.gateway.api import Api
from perpbox.gateway.handler import Reply
from perpbox.gateway.ws.handshake import UPGRADE_REQUIRED
from perpbox.lab.api import PREFIX, STREAM_PATH, LabApi
from perpbox.lab.vitals import METRICS_PATHS, Vitals
from perpbox.wire.streams.paths import PREFIXES, is_websocket_path


class FrontDoor:
    """fapi, lab, vitals and pages behind one address; what is none of theirs fapi refuses."""

    vitals: Vitals
    """Set once there is a server whose connections it can count."""

    def __init__(
        self, api: Api, lab: LabApi, pages: Pages, landing: Callable[[], Mapping[str, str]]
    ) -> None:
        """``landing`` gives what a program is told that asks for ``/``."""
        self._api = api
        self._lab = lab
        self._pages = pages
        self._landing = landing

    def answer(
        self,
        method: str,
        path: str,
        query: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes,
        peer: str,
    ) -> Reply:
        """Answer a request: status, further header lines, body. A ``Handler``."""
        if path.startswith("/fapi/"):  # nothing of the box's own lies there
            return self._api.handle(method, path, query, headers, body, peer)
        if path == STREAM_PATH:
            return UPGRADE_REQUIRED
        if path.startswith(PREFIX):
            told = self.vitals.reply(method, path, headers)
            if told is not None:
                return told
            return self._lab.handle(method, path, query, headers, body)
        page = self._pages.reply(method, path, headers) or (
            self.vitals.reply(method, path, headers) if path in METRICS_PATHS else None
        )
        if page is not None:
            return page
        if path == "/" and method == "GET":
            return 200, b"", msgspec.json.encode(self._landing())
        if path.startswith(PREFIXES) and is_websocket_path(path):
            return UPGRADE_REQUIRED
        return self._api.handle(method, path, query, headers, body, peer)
