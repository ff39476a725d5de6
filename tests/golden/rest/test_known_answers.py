"""Answers of accounts have the keys, their order, the JSON types and texts of the known ones."""

import re
from pathlib import Path

import orjson
import pytest

from perpbox.engine.commands import SetInsurance
from perpbox.money import SCALE, Amount
from perpbox.wire.routes import ROUTES
from tests.golden.market.test_documented_answers import form
from tests.unit.gateway.test_api_schema import answers, stage

EXPONENT = re.compile(rb'"\d+\.\d+E-?\d+"')
HERE = Path(__file__).parent
ROUTE = {route.name: route for route in ROUTES}


def documents() -> dict[str, dict[str, object]]:
    """Known answers by file; ``recorded.json`` holds rows, which another test prints again."""
    found = {path.stem: orjson.loads(path.read_bytes()) for path in sorted(HERE.glob("*.json"))}
    return {name: document for name, document in found.items() if "endpoint" in document}


KNOWN = documents()


def written(value: object) -> bytes:
    """The form in JSON; whole and broken numbers are one JSON type, 7.0E-4 is a decimal too."""
    plain = orjson.loads(EXPONENT.sub(b'"0.1"', orjson.dumps(value)))
    return orjson.dumps(form(plain)).replace(b'"float"', b'"int"')


def forms(answers: list[object]) -> set[bytes]:
    """Forms of answers; of a list those of its rows, for rows may differ."""
    return {
        written(row)
        for answer in answers
        for row in (answer if isinstance(answer, list) else [answer])
    }


@pytest.mark.parametrize("name", KNOWN)
def test_answers_have_the_known_form(name: str) -> None:
    """WIR-400."""
    document = KNOWN[name]
    others = document.get("other_answers", [])
    assert isinstance(others, list)
    box = stage()
    box.submit(SetInsurance("USDT", Amount(1_000_000 * SCALE)))
    answered = answers(box, ROUTE[str(document["endpoint"])])
    assert forms(answered) <= forms([document["answer"], *others])
