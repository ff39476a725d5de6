"""The reference page: the route table as one static HTML page that loads nothing else."""

import json
from html import escape
from itertools import groupby
from typing import Final

from perpbox.wire.openapi import examples
from perpbox.wire.params import Param
from perpbox.wire.route import Route

EXAMPLE_CHARACTERS_MAX: Final = 4000
STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "code,pre{font:13px/1.4 ui-monospace,monospace}pre{background:#8881;padding:.7rem;"
    "overflow:auto;max-height:20rem}table{border-collapse:collapse}"
    "td,th{text-align:left;padding:.15rem .8rem .15rem 0;vertical-align:top}"
    "h3{margin:2rem 0 .3rem}.m{display:inline-block;min-width:4.5rem}"
    ":root{color-scheme:light dark}"
)


def _words(param: Param) -> str:
    schema = param.kind.schema()
    enum = schema.get("enum")
    words = " | ".join(str(each) for each in enum) if isinstance(enum, list) else ""
    notes = [words or str(schema.get("format", schema["type"])), param.note]
    if param.default is not None:
        notes.append(f"default {getattr(param.default, 'name', param.default)}")
    return "; ".join(note for note in notes if note)


def _section(route: Route, forms: list[object]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(param.name)}</code></td>"
        f"<td>{'yes' if param.mandatory else ''}</td><td>{escape(_words(param))}</td></tr>"
        for param in route.table.params
    )
    table = f"<table><tr><th>parameter</th><th>needed</th><th></th></tr>{rows}</table>"
    example = json.dumps(forms[0], indent=1, ensure_ascii=False)
    if len(example) > EXAMPLE_CHARACTERS_MAX:
        example = example[:EXAMPLE_CHARACTERS_MAX] + "\n…"
    return (
        f'<h3><span class="m">{route.method}</span> <code>{escape(route.path)}</code></h3>'
        f"<p>{escape(route.summary)}. {route.security.name}, "
        f"weight {escape(route.weight.words())}.</p>{table if rows else ''}"
        f"<pre>{escape(example)}</pre>"
    )


def reference_html(routes: tuple[Route, ...]) -> bytes:
    """The page, UTF-8."""
    recorded = examples()
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        "<title>perpbox: REST reference</title>"
        f"<style>{STYLE}</style><h1>REST reference</h1>"
        "<p>Made from the route table. The same as a document for programs: "
        '<a href="/openapi.json">/openapi.json</a>.</p>'
    ]
    for group, members in groupby(routes, key=lambda route: route.group):
        parts.append(f"<h2>{escape(group.capitalize())}</h2>")
        parts += [_section(route, recorded[route.name]) for route in members]
    parts.append("</html>\n")
    return "".join(parts).encode()
