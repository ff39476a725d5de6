"""Publishes user events under listen keys and tokens of sessions, and ends keys in time.

Events are made right after each command, before whoever sent it has its answer, so they are on
their way first.
"""

from collections.abc import Sequence
from typing import Protocol

from perpbox.engine.commands import Command
from perpbox.engine.events import Event
from perpbox.gateway.sessions import Sessions
from perpbox.wire.desk import Desk
from perpbox.wire.streams.user import (
    KINDS,
    LISTEN_KEY_EXPIRED,
    UserTeller,
    listen_key_expired,
)
from perpbox.wire.streams.user_forms import EventForms
from perpbox.wire.streams.user_steps import UserEvent, user_event


class Publisher(Protocol):
    """The hub, as far as user events need it."""

    def has(self, name: str) -> bool:
        """Whether anybody listens to the stream."""

    def publish_event(self, key: str, kind: str, payload: bytes) -> None:
        """Send an event to who listens to the key, or to this kind of it."""

    def hurry(self, key: str) -> None:
        """Write now what waits for the listeners to a key's user events."""


class UserStreams:
    """The user-data streams of a box: an observer of its commands."""

    def __init__(self, desk: Desk, hub: Publisher, sessions: Sessions | None = None) -> None:
        self._desk = desk
        self._hub = hub
        self._sessions = sessions
        self._teller = UserTeller(EventForms(desk.vintage))

    def after(self, seq: int, at_ms: int, command: Command, events: Sequence[Event]) -> None:  # noqa: ARG002
        """Tell every account with a live key or a session what a command did to it.

        An ``Observer``.
        """
        if not len(self._desk.listen_keys) and not self._sessions:
            return
        concerned: dict[int, list[UserEvent]] = {}
        for event in events:
            told = user_event(event)
            if told is not None:
                concerned.setdefault(told.account_id, []).append(told)
        for account_id, own in concerned.items():
            keys = [key for key in self._keys(account_id) if self._is_read(key)]
            if keys:
                self._tell(account_id, keys, own)

    def sweep(self) -> None:
        """Say farewell to the keys whose hour is over; their connections stay, silent."""
        if not len(self._desk.listen_keys):
            return
        for key in self._desk.listen_keys.expire():
            farewell = listen_key_expired(key, self._desk.now_ms())
            self._hub.publish_event(key, LISTEN_KEY_EXPIRED, farewell)

    def _keys(self, account_id: int) -> tuple[str, ...]:
        """The names under which an account's events go out."""
        key = self._desk.listen_keys.get(account_id)
        own = () if self._sessions is None else self._sessions.tokens(account_id)
        return own if key is None else (key, *own)

    def _is_read(self, key: str) -> bool:
        return self._hub.has(key) or any(self._hub.has(f"{key}@{kind}") for kind in KINDS)

    def _tell(self, account_id: int, keys: Sequence[str], events: Sequence[UserEvent]) -> None:
        state = self._desk.state
        account = state.accounts[account_id]
        for kind, payload in self._teller.tell(state, self._desk.views.orders, account, events):
            for key in keys:
                self._hub.publish_event(key, kind, payload)
        for key in keys:
            self._hub.hurry(key)
