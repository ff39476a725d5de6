"""Splitting a query string and a form body into names and texts, without ever refusing.

A fault is returned, not raised: the order of checks decides when it is told.
"""

import re
from typing import Final, TypeAlias
from urllib.parse import unquote

from perpbox.wire.errors import WireError, wire_error

PARAMETERS_MAX: Final = 256
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODING: Final = "UTF-8 in percent-encoding"

Form: TypeAlias = tuple[dict[str, str], WireError | None]
"""Lower-case name -> decoded text, and the first fault of the text if there is one."""


def _decoded(text: str) -> str | None:
    """Percent-decoded text, or None when the encoding is broken."""
    if _BROKEN.search(text) is not None:
        return None
    try:
        return unquote(text.replace("+", " "), errors="strict")
    except UnicodeDecodeError:
        return None


def _split(part: bytes) -> Form:
    values: dict[str, str] = {}
    fault: WireError | None = None
    try:
        text = part.decode()
    except UnicodeDecodeError:
        text = part.decode("latin-1")
        fault = wire_error(-1100, "query", _ENCODING)
    is_encoded = "%" in text or "+" in text
    pairs = text.split("&", PARAMETERS_MAX)
    if not is_encoded:
        plain = {name.lower(): value for name, _, value in [pair.partition("=") for pair in pairs]}
        # As long as no name is empty or stands twice, this is all there is to it.
        if len(plain) == len(pairs) <= PARAMETERS_MAX and "" not in plain:
            return plain, fault
    if len(pairs) > PARAMETERS_MAX:
        fault = fault or wire_error(-1101)
        pairs.pop()
    for pair in pairs:
        name, _, value = pair.partition("=")
        if is_encoded:
            decoded_name, decoded = _decoded(name), _decoded(value)
            if decoded_name is None or decoded is None:
                fault = fault or wire_error(-1100, (decoded_name or "query")[:64], _ENCODING)
            name, value = decoded_name or name, value if decoded is None else decoded
        if not name:
            continue
        name = name.lower()
        if name in values:
            fault = fault or wire_error(-1101)
            continue
        values[name] = value
    return values, fault


def read_form(query: bytes, body: bytes) -> Form:
    """Names and texts of a request; on a clash the query string wins over the body.

    A name that stands twice in the same part is a fault (-1101), and so are a broken
    percent-encoding or text that is not UTF-8 (-1100).
    """
    if not body:
        return _split(query)
    values, fault = _split(query)
    sent, body_fault = _split(body)
    sent.update(values)
    return sent, fault or body_fault
