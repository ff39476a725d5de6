"""A specification document as text: JSON whose decimals are kept as they were written."""

import json
from collections.abc import Mapping
from typing import NoReturn

from perpbox.specs.errors import SpecError

DOCUMENT = "document"
"""The path of the whole document in an error."""


def read_document(text: str | bytes) -> Mapping[str, object] | list[object]:
    """Read an overlay document without ever making a binary float of a decimal.

    Raises:
        SpecError: not JSON, a name given twice, or neither an object nor a list.
    """
    try:
        found: object = json.loads(
            text,
            parse_float=str,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique,
        )
    except json.JSONDecodeError as problem:
        place = f"line {problem.lineno} column {problem.colno}"
        raise SpecError(DOCUMENT, f"not JSON at {place}: {problem.msg}") from None
    except RecursionError:
        raise SpecError(DOCUMENT, "nested too deeply; a document has four levels") from None
    except SpecError:
        raise
    except ValueError as problem:
        raise SpecError(DOCUMENT, f"not JSON: {problem}") from None
    if isinstance(found, dict | list):
        return found
    raise SpecError(DOCUMENT, "must be an object (symbol -> specification) or a list")


def _refuse_constant(name: str) -> NoReturn:
    raise SpecError(DOCUMENT, f"{name} is not a number; give a decimal")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise SpecError(DOCUMENT, f"{name!r} is given twice in one object; keep one")
        found[name] = value
    return found
