"""docs/lab.md and the lab's OpenAPI document say what the table says."""

import re

import pytest

from perpbox.lab.errors import LabCode
from perpbox.lab.openapi import openapi_document
from perpbox.lab.reference import page, shortened
from perpbox.lab.route import PREFIX, LabRoute
from perpbox.lab.routes import GROUPS, ROUTES
from tests.golden.lab_page import ask
from tests.tidy import source_tree


def test_the_page_is_current() -> None:
    """LAB-130: every route with its fields and the answer to its example, as committed."""
    committed = (source_tree.ROOT / "docs" / "lab.md").read_text()
    assert committed == page(ask), "run make docs"
    told = re.findall(r"^### (\S+) (\S+)$", committed, re.MULTILINE)
    assert sorted(told) == sorted((route.method, route.path) for route in ROUTES)
    for code in LabCode:
        assert f"| {int(code)} |" in committed


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_is_told_whole(route: LabRoute) -> None:
    """LAB-130: a group that the page shows, a note for each field, an example where it has any."""
    assert route.group in GROUPS
    assert all(field.note for field in route.fields)
    assert bool(route.example) == bool(route.fields) or route.path == "/connections"


def test_examples_are_cut_and_masked() -> None:
    """LAB-130: what varies from run to run is not on the page."""
    told = {"session": "x" * 60, "tookMicros": 7, "rows": [1, 2, 3], "fields": {"a": 1, "b": 2}}
    assert shortened(told) == {
        "session": "TOKEN",
        "tookMicros": 25,
        "rows": [1, 2, "…"],
        "fields": {"a": 1, "…": "…"},
    }


def test_the_document_is_openapi() -> None:
    """LAB-131: with every route and every field."""
    document = openapi_document(ROUTES, PREFIX)
    paths = document["paths"]
    assert isinstance(paths, dict)
    assert {(method, path) for path, methods in paths.items() for method in methods} == {
        (route.method.lower(), PREFIX + route.path) for route in ROUTES
    }
    for route in ROUTES:
        told = paths[PREFIX + route.path][route.method.lower()]
        if route.method == "GET":
            names = [each["name"] for each in told.get("parameters", [])]
        else:
            body = told.get("requestBody", {"content": {"application/json": {"schema": {}}}})
            names = list(body["content"]["application/json"]["schema"].get("properties", {}))
        assert names == list(route.names)
