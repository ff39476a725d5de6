"""Requests of the WebSocket API: one JSON text each, read without changing a digit. Pure.

What is signed are the values as they were written (``48500.0`` stays ``48500.0``), so numbers and
the words true, false and null are kept as their literal text and never become numbers here.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, quote_plus

import msgspec

from perpbox.wire.auth import SIGNATURE_TEXT_MAX, Verifier
from perpbox.wire.errors import wire_error
from perpbox.wire.form import PARAMETERS_MAX, Form

NO_ID: Final = b"null"
SIGNATURE: Final = "signature"
UNESCAPED_BY_BROWSERS: Final = "!~*'()"
"""What ``encodeURIComponent`` leaves alone beside letters, digits and ``-_.``."""

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")


class _Envelope(msgspec.Struct):
    id: msgspec.Raw
    method: str
    params: dict[str, msgspec.Raw] | None = None


class _PlainEnvelope(msgspec.Struct):
    id: msgspec.Raw
    method: str
    params: dict[str, str | int]


class _Addressed(msgspec.Struct):
    id: msgspec.Raw


_PLAIN_ENVELOPES: Final = msgspec.json.Decoder(_PlainEnvelope)
"""Reads what nearly all clients send, in one go: texts and whole numbers."""
_ENVELOPES: Final = msgspec.json.Decoder(_Envelope)
_ADDRESSES: Final = msgspec.json.Decoder(_Addressed)


class NotARequest(ValueError):
    """The text is no request; ``request_id`` is the literal JSON of its id if it has one."""

    def __init__(self, request_id: bytes = NO_ID) -> None:
        super().__init__(request_id)
        self.request_id = request_id


class WsRequest:
    """One request: the literal JSON of its id, its method, its parameters' texts by name.

    The text of a JSON string is its content, that of anything else the token as written.
    """

    __slots__ = ("form", "method", "request_id", "texts")

    def __init__(self, request_id: bytes, method: str, texts: dict[str, str]) -> None:
        self.request_id = request_id
        self.method = method
        self.texts = texts
        self.form: Form = _form(texts)


def _text(token: bytes) -> str:
    """A JSON string's content, any other token as written."""
    return msgspec.json.decode(token, type=str) if token[:1] == b'"' else token.decode()


def _form(texts: dict[str, str]) -> Form:
    """Lower-case names, as the guards look them up; null is as good as empty.

    Names that differ in case only, and too many of them, are a fault as on the REST side.
    """
    values = {name.lower(): "" if text == "null" else text for name, text in texts.items()}
    if len(values) == len(texts) <= PARAMETERS_MAX:
        return values, None
    # Of names that differ in case only, the first one counts.
    for name, text in reversed(texts.items()):
        values[name.lower()] = "" if text == "null" else text
    return values, wire_error(-1101)


def _plain_texts(params: dict[str, str | int]) -> dict[str, str] | None:
    """The texts of what came as texts and whole numbers; None where that cannot be told.

    A whole number is written in one way only, but for zero: that may have been ``-0``.
    """
    if 0 in params.values():
        return None
    return {name: value if type(value) is str else str(value) for name, value in params.items()}


def read_request(text: str) -> WsRequest:
    """Read one text frame.

    Raises:
        NotARequest: it is not JSON, or not an object with an id, a method that is a string and
            params that are an object, null or absent.
    """
    try:
        plain = _PLAIN_ENVELOPES.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return _read_any(text)
    texts = _plain_texts(plain.params)
    return _read_any(text) if texts is None else WsRequest(bytes(plain.id), plain.method, texts)


def _read_any(text: str) -> WsRequest:
    """Read a frame token by token, whatever its parameters are."""
    try:
        envelope = _ENVELOPES.decode(text)
        texts = {name: _text(bytes(raw)) for name, raw in (envelope.params or {}).items()}
    except (msgspec.DecodeError, RecursionError):
        raise NotARequest(_id_of(text)) from None
    return WsRequest(bytes(envelope.id), envelope.method, texts)


def _id_of(text: str) -> bytes:
    """The id of what is an object with an id, whatever else is wrong with it."""
    try:
        return bytes(_ADDRESSES.decode(text).id)
    except (msgspec.DecodeError, RecursionError):
        return NO_ID


def signed_texts(texts: dict[str, str]) -> Iterator[bytes]:
    """What may have been signed: pairs sorted by name, raw first, then percent-encoded both ways.

    Clients differ: some join the values as they are, some encode them as a form does, some as
    browsers do.
    """
    raw = [f"{name}={texts[name]}" for name in sorted(texts) if name != SIGNATURE]
    yield "&".join(raw).encode()
    names = [name for name in sorted(texts) if name != SIGNATURE]
    if not all(_PLAIN.fullmatch(texts[name]) for name in names):
        yield "&".join([f"{name}={quote_plus(texts[name])}" for name in names]).encode()
        browsers = [f"{name}={quote(texts[name], UNESCAPED_BY_BROWSERS)}" for name in names]
        yield "&".join(browsers).encode()


class SignedParams:
    """The proof of such a request: ``signature`` over its other parameters."""

    __slots__ = ("_signature", "_texts")

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts
        self._signature = texts.get(SIGNATURE, "").encode()

    def is_sent(self) -> bool:
        """Whether there is a signature that is not empty."""
        return bool(self._signature)

    def is_by(self, verifier: Verifier) -> bool:
        """Check every text that may have been signed."""
        if len(self._signature) > SIGNATURE_TEXT_MAX:
            return False
        return any(verifier.verify(text, self._signature) for text in signed_texts(self._texts))


class Vouched:
    """The proof of a request without a signature in a session that has logged on."""

    __slots__ = ()

    def is_sent(self) -> bool:
        """The session stands for it."""
        return True

    def is_by(self, verifier: Verifier) -> bool:  # noqa: ARG002
        """The session's key was checked when it logged on."""
        return True
