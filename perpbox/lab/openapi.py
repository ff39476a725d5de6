"""The lab's routes as an OpenAPI 3.1 document."""

from collections.abc import Iterable, Mapping
from typing import Final

from perpbox import __version__
from perpbox.lab.route import LabRoute

Document = dict[str, object]
_ERROR: Final[Document] = {
    "type": "object",
    "properties": {"code": {"type": "integer"}, "msg": {"type": "string"}},
    "required": ["code", "msg"],
}


def openapi_document(routes: Iterable[LabRoute], prefix: str) -> Document:
    """Every route with its fields; decimals are strings or numbers."""
    paths: dict[str, Document] = {}
    for route in routes:
        paths.setdefault(prefix + route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "perpbox lab", "version": __version__},
        "components": {
            "securitySchemes": {"operator": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": _ERROR},
        },
        "security": [{}, {"operator": []}],
        "paths": paths,
    }


def _operation(route: LabRoute) -> Document:
    told: Document = {
        "summary": route.summary,
        "tags": [route.group],
        "responses": {
            "200": _content("The answer", {}),
            "400": _content("Refused; nothing was changed", {"$ref": "#/components/schemas/Error"}),
        },
    }
    parameters: list[Document] = []
    if route.takes_session:
        schema: Document = {"type": "string"}
        parameters.append({"name": "X-PERPBOX-SESSION", "in": "header", "schema": schema})
    if route.method == "GET":
        for field in route.fields:
            named = {"name": field.name, "in": "query", "description": field.note}
            parameters.append({**named, "schema": {"type": "string"}})
    elif route.fields:
        properties = {field.name: {"description": field.note} for field in route.fields}
        body = {"type": "object", "properties": properties, "additionalProperties": False}
        told["requestBody"] = {"content": {"application/json": {"schema": body}}}
    if parameters:
        told["parameters"] = parameters
    return told


def _content(description: str, schema: Mapping[str, object]) -> Document:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
