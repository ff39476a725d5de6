"""The OpenAPI 3.1 document of the exchange, made from the route table and recorded answers."""

import json
from importlib.resources import files
from typing import Final

import orjson

from perpbox import __version__
from perpbox.wire.links import links_of, operation_id
from perpbox.wire.params import Param
from perpbox.wire.route import Route

Schema = dict[str, object]

ERROR_SCHEMA: Final[Schema] = {
    "type": "object",
    "properties": {"code": {"type": "integer"}, "msg": {"type": "string"}},
    "required": ["code", "msg"],
}
TIMESTAMP: Final[Schema] = {
    "name": "timestamp",
    "in": "query",
    "required": True,
    "description": "Epoch milliseconds of the caller.",
    "schema": {"type": "integer"},
}
RECV_WINDOW: Final[Schema] = {
    "name": "recvWindow",
    "in": "query",
    "required": False,
    "description": "Milliseconds for which the request is good; 5000 when absent.",
    "schema": {"type": "integer", "minimum": 0},
}
SIGNATURE: Final[Schema] = {
    "name": "signature",
    "in": "query",
    "required": True,
    "description": (
        "HMAC-SHA256 (hex), RSA or Ed25519 (base64) over query string and body; the last pair."
    ),
    "schema": {"type": "string"},
}
STATUSES: Final = {
    400: "Refused; nothing was applied",
    401: "Key header missing or unknown",
    418: "Address banned for going on after 429",
    429: "Rate limit exceeded",
}
_SCALARS: Final = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"))


def examples() -> dict[str, list[object]]:
    """Recorded answers by route name, others' ids masked; several where the form varies."""
    text = files(__package__).joinpath("examples.json").read_text("utf-8")
    loaded: dict[str, list[object]] = json.loads(text)
    return loaded


def schema_of(example: object) -> Schema:
    """A schema that the example and everything of its form fits."""
    if isinstance(example, dict):
        return {
            "type": "object",
            "properties": {name: schema_of(value) for name, value in example.items()},
            "required": list(example),
        }
    if isinstance(example, list):
        return _array_schema(example)
    if example is None:
        return {"type": "null"}
    return {"type": next(word for kind, word in _SCALARS if isinstance(example, kind))}


def _array_schema(elements: list[object]) -> Schema:
    schemas = [schema_of(element) for element in elements]
    is_tuple = len({str(each["type"]) for each in schemas}) > 1 and not any(
        isinstance(element, dict | list) or element is None for element in elements
    )
    merged: list[Schema] = []
    for schema in schemas:
        _merge(merged, schema)
    if not merged:
        return {"type": "array"}
    array: Schema = {
        "type": "array",
        "items": merged[0] if len(merged) == 1 else {"anyOf": merged},
    }
    if is_tuple:
        # A row of mixed values, such as a candle. The types of its places would be prefixItems,
        # but readers of such documents still stumble over that.
        array |= {"minItems": len(schemas), "maxItems": len(schemas)}
    return array


def _merge(known: list[Schema], schema: Schema) -> None:
    """Add a schema unless one with the same keys is there; then widen that one's types."""
    for each in known:
        if each.get("required") != schema.get("required") or each["type"] != schema["type"]:
            continue
        ours, theirs = each.get("properties"), schema.get("properties")
        if isinstance(ours, dict) and isinstance(theirs, dict):
            for name, theirs_of in theirs.items():
                if ours[name] != theirs_of:
                    ours[name] = _either(ours[name], theirs_of)
            return
        if each == schema:
            return
    known.append(schema)


def _either(ours: Schema, theirs: Schema) -> Schema:
    options = ours["anyOf"] if isinstance(ours.get("anyOf"), list) else [ours]
    assert isinstance(options, list)
    return {"anyOf": options if theirs in options else [*options, theirs]}


def _parameter(param: Param) -> Schema:
    entry: Schema = {
        "name": param.name,
        "in": "query",
        "required": param.mandatory,
        "schema": param.kind.schema(),
    }
    notes = [param.note] if param.note else []
    if param.default is not None:
        notes.append(f"default {getattr(param.default, 'name', param.default)}")
    if notes:
        entry["description"] = "; ".join(notes)
    return entry


def _answer(name: str, forms: list[object]) -> Schema:
    schemas = [schema_of(form) for form in forms]
    answer: Schema = {
        "description": "Done",
        "content": {
            "application/json": {
                "schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas},
                "examples": {str(i): {"value": form} for i, form in enumerate(forms, start=1)},
            }
        },
    }
    links = links_of(name)
    return answer | {"links": links} if links else answer


def _refusal(status: int) -> Schema:
    return {
        "description": STATUSES[status],
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }


def _operation(route: Route, forms: list[object]) -> Schema:
    parameters = [_parameter(param) for param in route.table.params]
    if route.security.is_signed:
        parameters += [RECV_WINDOW, TIMESTAMP, SIGNATURE]
    refusals = [400, 401, 418, 429] if route.security.is_keyed else [400, 418, 429]
    lines = [f"Security {route.security.name}. Weight {route.weight.words()}."]
    if route.orders is not None:
        ten_seconds, minute = route.orders
        lines.append(f"Counts {ten_seconds} in ten seconds and {minute} in a minute as orders.")
    if route.method != "GET":
        lines.append("Parameters may stand in the query string, in a form body or in both.")
    operation: Schema = {
        "operationId": operation_id(route.name),
        "tags": [route.group],
        "summary": route.summary,
        "description": " ".join(lines),
        "parameters": parameters,
        "responses": {"200": _answer(route.name, forms)}
        | {str(status): _refusal(status) for status in refusals},
        "security": [{"apiKey": []}] if route.security.is_keyed else [],
    }
    return operation


def document(routes: tuple[Route, ...]) -> Schema:
    """The whole document as plain values."""
    recorded = examples()
    paths: dict[str, Schema] = {}
    for route in routes:
        operation = _operation(route, recorded[route.name])
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "perpbox",
            "version": __version__,
            "description": (
                "A USDⓈ-M perpetual-futures exchange in a box. "
                "Prices, quantities and amounts are decimal strings, times epoch milliseconds."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-MBX-APIKEY"}
            },
            "schemas": {"Error": ERROR_SCHEMA},
        },
    }


def openapi_json(routes: tuple[Route, ...]) -> bytes:
    """The document as JSON."""
    return orjson.dumps(document(routes), option=orjson.OPT_INDENT_2)
