"""Logs of a server: one line an event, as text or JSON, and never a secret in full.

Built on the standard library's logging, so that what libraries say comes out the same way.
"""

import json
import logging
import re
import secrets
import sys
import time
from collections.abc import Mapping
from itertools import count
from typing import Final, TextIO

from perpbox.gateway.handler import Handler, Reply

FORMATS: Final = ("text", "json")
LEVELS: Final = ("debug", "info", "warning", "error")
REQUEST_ID: Final = b"x-request-id"
SHOWN_LETTERS: Final = 4
"""Letters of a key, token or signature that a log may have."""
TEXT_LENGTH_MAX: Final = 8_000
"""Letters of one value."""

_SECRET: Final = re.compile(r"[A-Za-z0-9+=]{32,}")
"""Keys, secrets, tokens and signatures are that long; words and numbers are not."""
_NAMED: Final = re.compile(r"(?i)\b(signature|secret|token|bearer)([=: ]+)[^\s&,;\"']+")
_OWN_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_BUILT_IN: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}

_BOOT: Final = secrets.token_hex(4)
_NUMBERS: Final = count(1)
_requests = logging.getLogger("perpbox.requests")


def new_request_id() -> str:
    """A name for one request: of this start of the process, and counted."""
    return f"{_BOOT}-{next(_NUMBERS)}"


def redacted(text: str) -> str:
    """The text with all but the first letters of what could be secret taken out."""
    text = _NAMED.sub(r"\1\2…", text[:TEXT_LENGTH_MAX])
    return _SECRET.sub(lambda found: found[0][:SHOWN_LETTERS] + "…", text)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """What is said beyond the message: a number stays one, all else is text."""
    said = {name: value for name, value in record.__dict__.items() if name not in _BUILT_IN}
    if record.exc_info:
        said["exception"] = logging.Formatter().formatException(record.exc_info)
    return {
        name: value if isinstance(value, (int, float)) else redacted(str(value))
        for name, value in said.items()
    }


def _stamp(record: logging.LogRecord) -> str:
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{at}.{int(record.msecs):03}Z"


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, event, and what else is said."""

    def format(self, record: logging.LogRecord) -> str:
        """Put a record into a line."""
        line = {
            "at": _stamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": redacted(record.getMessage()),
            **_fields(record),
        }
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    """For people: the same as ``JsonLines``, the exception on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Put a record into a line."""
        fields = _fields(record)
        exception = fields.pop("exception", "")
        told = "".join(f" {name}={value}" for name, value in fields.items())
        line = (
            f"{_stamp(record)} {record.levelname.lower():<7} {redacted(record.getMessage())}{told}"
        )
        return f"{line}\n{exception}" if exception else line


def begin(form: str, level: str, stream: TextIO | None = None) -> None:
    """Let all logs of this process go to a stream (standard error) in one of ``FORMATS``."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def logged(handle: Handler) -> Handler:
    """The same handler, with a line for each request and its id in the answer.

    The id is the client's own ``X-Request-Id`` where it sends one. Of the request method, path,
    peer and outcome are told: keys and signatures are in the query, headers and body.
    """

    def handle_and_tell(
        method: str,
        path: str,
        query: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes,
        peer: str,
    ) -> Reply:
        own = headers.get(REQUEST_ID, b"")
        request_id = own.decode() if _OWN_ID.fullmatch(own) else new_request_id()
        began_ns = time.perf_counter_ns()
        status, extra, answer = handle(method, path, query, headers, body, peer)
        about = {
            "request": request_id,
            "method": method,
            "path": path,
            "peer": peer,
            "status": status,
            "micros": (time.perf_counter_ns() - began_ns) // 1000,
            "bytes": len(answer),
        }
        _requests.info("request", extra=about)
        return status, extra + b"X-Request-Id: %s\r\n" % request_id.encode(), answer

    return handle_and_tell
