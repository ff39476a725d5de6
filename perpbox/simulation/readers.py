"""Readers of the user stream that lose connections, fall behind, and must still be right."""

from typing import Final

import orjson

from perpbox.box import Box
from perpbox.simulation.follower import Follower, snapshot
from perpbox.wire.streams.user import LISTEN_KEY_EXPIRED

QUEUE_BYTES_MAX: Final = 20_000
"""More than this unread, and the reader has been too slow: its connection is closed."""
SHORT, MIDDLE = 126, 127
"""Marks of the longer forms of a frame's length."""


def payload_of(frame: bytes) -> bytes:
    """The text of an unmasked frame."""
    size = frame[1]
    start = 2 if size < SHORT else 4 if size == SHORT else 10
    return frame[start:]


class Reader:
    """One connection to an account's user stream, as the hub sees it, and who follows it.

    What is put waits inside the box until the turn's commands are durable (``leave``), then on
    the wire until it is read. A reader that lost its connection begins anew with a snapshot.
    """

    form = 0

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        self.follower: Follower | None = None
        self._inside: list[bytes] = []
        self._wire: list[bytes] = []
        self._size = 0

    def put(self, ready: bytes) -> bool:
        """The hub has a frame. Nothing has to be flushed: the world lets it out."""
        self._inside.append(ready)
        return False

    def flush(self) -> None:
        """Nothing: frames leave with the batch."""

    def connect(self, box: Box) -> None:
        """Subscribe, then take the snapshots, as clients do."""
        self.lose(box)
        key = box.desk.listen_keys.open(self.account_id)
        box.hub.subscribe(self, key)
        self.follower = Follower(*snapshot(box.desk, self.account_id))

    def lose(self, box: Box) -> None:
        """The connection is gone."""
        box.hub.drop(self)
        self.forget()

    def forget(self) -> None:
        """Nothing waits any more, and nothing is known."""
        self.follower = None
        self._inside, self._wire, self._size = [], [], 0

    def leave(self, box: Box) -> None:
        """The turn is durable: its frames are on the wire, if the reader keeps up."""
        left, self._inside = self._inside, []
        self._wire += left
        self._size += sum(map(len, left))
        if self._size > QUEUE_BYTES_MAX:
            self.lose(box)

    def read(self, box: Box) -> list[str]:
        """Take in everything; what then differs from a fresh snapshot, in words."""
        if self.follower is None:
            self.connect(box)
        follower = self.follower
        assert follower is not None
        read, self._wire, self._size = self._wire, [], 0
        for frame in read:
            payload = payload_of(frame)
            if orjson.loads(payload)["e"] == LISTEN_KEY_EXPIRED:
                # Nothing comes under that key any more, as the box has just said: begin anew.
                self.connect(box)
                return self.read(box)
            follower.take(payload)
        return follower.differences(*snapshot(box.desk, self.account_id))
