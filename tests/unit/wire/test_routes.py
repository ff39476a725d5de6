import json
from pathlib import Path

from perpbox.wire.openapi import document, examples
from perpbox.wire.route import Route, Security
from perpbox.wire.routes import ROUTES

SIGNED_PARAMS = {"timestamp", "signature", "recvWindow"}
WIRE = Path(__file__).parents[3] / "perpbox" / "wire"


def operation(route: Route) -> dict[str, object]:
    paths = document(ROUTES)["paths"]
    assert isinstance(paths, dict)
    found = paths[route.path][route.method.lower()]
    assert isinstance(found, dict)
    return found


def test_every_row_has_a_name_of_its_own_and_an_example() -> None:
    """WIR-037."""
    names = [route.name for route in ROUTES]
    assert len(set(names)) == len(names)
    assert set(examples()) == set(names)
    identifiers = {str(operation(route)["operationId"]) for route in ROUTES}
    assert len(identifiers) == len(ROUTES)


def test_the_document_has_every_parameter() -> None:
    """WIR-037."""
    for route in ROUTES:
        parameters = operation(route)["parameters"]
        assert isinstance(parameters, list)
        names = {str(each["name"]) for each in parameters}
        own = {param.name for param in route.table.params}
        assert names == own | (SIGNED_PARAMS if route.security.is_signed else set()), route.name


def test_keyed_routes_say_so() -> None:
    """WIR-037."""
    for route in ROUTES:
        expected: list[object] = [] if route.security is Security.NONE else [{"apiKey": []}]
        assert operation(route)["security"] == expected


def test_examples_carry_no_ids_of_others() -> None:
    """WIR-037."""
    text = (WIRE / "examples.json").read_text("utf-8")
    assert json.loads(text)
    for trace in ("masked", "pulsetrade", "chanlun", "x-xcKtGhcu", "8389766058155948588"):
        assert trace not in text
