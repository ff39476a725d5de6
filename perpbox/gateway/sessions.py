"""Sessions of the box's own pages: a token that stands for the key and signature of one account.

The operator opens them (``POST /perpbox/v1/sessions``), so a page never holds a secret. They live
in memory only: not in the log, not in the hash; a restart or a reset ends them all.
"""

import hmac
import secrets
from collections.abc import Callable
from typing import Final

from perpbox.wire.errors import WireError

SESSION_HEADER: Final = b"x-perpbox-session"
SESSIONS_MAX: Final = 256
"""Open at one time. One more ends the one that is unused the longest."""
IDLE_MS: Final = 12 * 3_600_000
"""Of the wall clock: a session that is neither used nor read for so long is over."""
SWEEP_MS: Final = 1_000
NAME_BYTES: Final = 8
SECRET_BYTES: Final = 32
SESSION_UNKNOWN: Final = -9016
SESSIONS_FULL: Final = -9017
SESSION_CANNOT: Final = -9018
_NAME_LENGTH: Final = 2 * NAME_BYTES


def _nobody_reads(token: str) -> bool:  # noqa: ARG001
    """Where there are no streams."""
    return False


class SessionsFull(Exception):
    """``SESSIONS_MAX`` sessions are open, and somebody reads the stream of each."""


class Session:
    """A page at work. ``account_id`` 0 is the operator's own, which acts for no account."""

    __slots__ = ("account_id", "token", "used_ms")

    def __init__(self, token: str, account_id: int, used_ms: int) -> None:
        self.token: Final = token
        self.account_id: Final = account_id
        self.used_ms = used_ms

    @property
    def expires_ms(self) -> int:
        """When it is over unless it is used, by the wall clock."""
        return self.used_ms + IDLE_MS


class Sessions:
    """All open sessions. The first letters of a token are its name, the rest is the secret.

    ``wall_ms`` is the wall clock.
    """

    def __init__(self, wall_ms: Callable[[], int]) -> None:
        self._wall_ms = wall_ms
        self.is_read: Callable[[str], bool] = _nobody_reads
        """Whether somebody reads the stream of a token: then its session is in use."""
        self._by_name: dict[str, Session] = {}
        self._tokens: dict[int, tuple[str, ...]] = {}
        self._swept_ms = 0
        self.ended: list[Callable[[str], None]] = []
        """Told the token of every session that is over."""

    def __len__(self) -> int:
        return len(self._by_name)

    def open(self, account_id: int) -> Session:
        """A new session of an account, or of the operator (0).

        Raises:
            SessionsFull: there is no room, and none of those open is unused.
        """
        if len(self._by_name) >= SESSIONS_MAX:
            self._make_room()
        name, secret = secrets.token_hex(NAME_BYTES), secrets.token_urlsafe(SECRET_BYTES)
        session = Session(name + secret, account_id, self._wall_ms())
        self._by_name[name] = session
        self._tokens[account_id] = (*self.tokens(account_id), session.token)
        return session

    def find(self, token: bytes) -> Session | None:
        """The session of a token, which is used by that; compared in constant time."""
        session = self._by_name.get(token[:_NAME_LENGTH].decode("latin-1"))
        if session is None or not hmac.compare_digest(session.token.encode(), token):
            return None
        now_ms = self._wall_ms()
        if now_ms >= session.expires_ms and not self.is_read(session.token):
            self._end(session)
            return None
        session.used_ms = now_ms
        return session

    def tokens(self, account_id: int) -> tuple[str, ...]:
        """Tokens of an account's sessions; they are the names of its streams too."""
        return self._tokens.get(account_id, ())

    def account_of(self, token: str) -> int | None:
        """Whose session a stream's name is; ``None`` when it is no session's."""
        session = self._by_name.get(token[:_NAME_LENGTH])
        return session.account_id if session is not None and session.token == token else None

    def is_of_an_account(self, token: str) -> bool:
        """Whether a token opens the stream of an account; it is used by that."""
        session = self.find(token.encode(errors="replace"))
        return session is not None and session.account_id != 0

    def end(self, token: bytes) -> bool:
        """End a session; ``False`` when there is none."""
        session = self.find(token)
        if session is not None:
            self._end(session)
        return session is not None

    def sweep(self) -> None:
        """End who is idle; to be called every now and then."""
        now_ms = self._wall_ms()
        if 0 <= now_ms - self._swept_ms < SWEEP_MS:
            return
        self._swept_ms = now_ms
        for session in tuple(self._by_name.values()):
            if self.is_read(session.token):
                session.used_ms = now_ms
            elif now_ms >= session.expires_ms:
                self._end(session)

    def clear(self) -> None:
        """End all."""
        for session in tuple(self._by_name.values()):
            self._end(session)

    def _make_room(self) -> None:
        unused = [each for each in self._by_name.values() if not self.is_read(each.token)]
        if not unused:
            raise SessionsFull
        self._end(min(unused, key=lambda each: each.used_ms))

    def _end(self, session: Session) -> None:
        del self._by_name[session.token[:_NAME_LENGTH]]
        left = tuple(each for each in self.tokens(session.account_id) if each != session.token)
        if left:
            self._tokens[session.account_id] = left
        else:
            del self._tokens[session.account_id]
        for told in self.ended:
            told(session.token)


def session_unknown() -> WireError:
    """The token opens nothing (any more): ask for a new one."""
    return WireError(
        401,
        SESSION_UNKNOWN,
        "This session is unknown or over: POST /perpbox/v1/sessions opens one.",
    )


def session_cannot(what: str) -> WireError:
    """What a session may not do."""
    return WireError(403, SESSION_CANNOT, what)
