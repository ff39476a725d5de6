"""``docs/lab.md``: every route of the lab with an example, made from the table.

Examples are asked of a real box; this module turns its answers into a page.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Final

import orjson

from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.route import LabRoute
from perpbox.lab.routes import GROUPS, ROUTES

ITEMS_SHOWN_MAX: Final = 2
"""Elements of a list that an example shows."""
TABLES: Final = frozenset(("fields", "totals", "paths"))
"""Objects that are such tables."""
COLLAPSED: Final = frozenset(("components", "security", "post", "delete"))
"""Parts of a document that an example leaves out."""
MASKED: Final = {"session": "TOKEN", "tookMicros": 25, "hash": "5f0c…"}
"""What differs from run to run, and what is shown in its place."""
CUT: Final = "…"
Ask = Callable[[LabRoute], object]
"""Gives a box's answer to the example of a route, as parsed JSON."""

INTRODUCTION: Final = """\
# The lab

What no real exchange would offer is under `/perpbox/v1`: accounts, prices, time, what-ifs,
explanations, and a look inside. JSON in and out; decimals are strings (numbers are read by their
text), times are epoch milliseconds or ISO-8601. A GET has its fields in the query, any other
request in a JSON body. This page is made from the lab's table of routes by `make docs`; the
answers are those of a box with market none. `GET /perpbox/v1/openapi.json` says the same to
programs.

On a loopback address the lab needs no token; anywhere else every request brings
`Authorization: Bearer OPERATOR_TOKEN`.

```
box=http://127.0.0.1:8800/perpbox/v1
```

## Errors

A refusal is HTTP 400, or the status in the table, with `{"code","msg"}`; then nothing was changed.

| code | status | what is wrong |
|---|---|---|
"""

STREAMS: Final = """\
## Sessions: a page without a secret

A session stands for key and signature of one account. Requests of the exchange (`/fapi/…`) with
the header `X-PERPBOX-SESSION: TOKEN` act as that account: no key, no timestamp, no signature. They
count in nobody's weight and nobody's order limits. A session cannot touch the account's listenKey,
so a page never ends a bot's stream.

The token names the account's user-data stream too: `/private/ws?session=TOKEN`, or `TOKEN` among
the names of `/stream?streams=…` and SUBSCRIBE. When the session ends (`DELETE /sessions`, a reset,
a restart, twelve hours in which nobody used or read it) the connection is closed with 1008.

`POST /sessions {}` opens the operator's own session, which acts for no account. A browser cannot
send a token with a WebSocket handshake; off loopback that session opens the operator's stream.

## The operator's stream

`ws://127.0.0.1:8800/perpbox/v1/ws`, off loopback with the operator token as a header or with
`?session=` and the operator's own session. Text frames, each one JSON object. Nothing can be asked
on it, and nothing is computed while nobody listens.

| `e` | fields | when |
|---|---|---|
| `clock` | as `GET /clock` | at the start, and when time goes on otherwise than it was told |
| `state` | `seq`, `now`, `ledgerSum`, `hash`; the last two in small boxes only | at the start, \
and once a second while things happen |
| `connections` | `count` | at the start, and once a second while they change |
| `log` | `rows` as `GET /events`, `dropped`: older rows that were left out | within 50 ms |
| `requests` | `rows` as `GET /requests`, oldest first, `dropped` | within 50 ms |

```
{"e":"log","rows":[{"seq":9,"at":1793491200000,"command":"PlaceOrder",\
"summary":"account 1 BTCUSDT BUY BOTH MARKET GTC quantity 0.1 no reduce only client order mine",\
"events":["OrderAccepted","TradePrinted","LedgerPosted","PositionChanged","OrderTraded",\
"BookChanged"]}],"dropped":0}
```

"""


def page(ask: Ask) -> str:
    """The whole page."""
    lines = [INTRODUCTION.rstrip("\n")]
    lines += [
        f"| {int(code)} | {LabError(code, '').status} | {code.name.lower().replace('_', ' ')} |"
        for code in LabCode
    ]
    lines += ["", STREAMS.rstrip("\n"), ""]
    for group in GROUPS:
        lines += [f"## {group}", ""]
        for route in ROUTES:
            if route.group == group:
                lines += _route(route, ask)
    return "\n".join(lines).rstrip("\n") + "\n"


def _route(route: LabRoute, ask: Ask) -> Iterator[str]:
    yield f"### {route.method} {route.path}"
    yield ""
    yield f"{route.summary}."
    yield ""
    if route.fields:
        yield "| field | |"
        yield "|---|---|"
        for note, alike in groupby(route.fields, key=lambda field: field.note):
            yield f"| {', '.join(f'`{field.name}`' for field in alike)} | {note} |"
        yield ""
    yield "```"
    yield _command(route)
    yield orjson.dumps(shortened(ask(route)), option=orjson.OPT_INDENT_2).decode()
    yield "```"
    yield ""


def _command(route: LabRoute) -> str:
    if route.method == "GET":
        target = f"$box{route.path}"
        return f'curl "{target}?{route.example}"' if route.example else f"curl {target}"
    sent = f" -d '{route.example}'" if route.example else ""
    header = " -H 'X-PERPBOX-SESSION: TOKEN'" if route.takes_session else ""
    method = "" if sent and route.method == "POST" else f" -X {route.method}"
    return f"curl{method} $box{route.path}{header}{sent}"


def shortened(value: object, name: str = "") -> object:
    """An answer as an example shows it: cut where it repeats itself, masked where it varies."""
    if name in COLLAPSED:
        return CUT
    if name in MASKED and not isinstance(value, (dict, list, bool)):
        return MASKED[name]
    if isinstance(value, list):
        shown = [shortened(each) for each in value[:ITEMS_SHOWN_MAX]]
        return [*shown, CUT] if len(value) > ITEMS_SHOWN_MAX else shown
    if isinstance(value, dict):
        entries = list(value.items())
        most = 1 if name in TABLES else len(entries)
        cut = {key: shortened(each, key) for key, each in entries[:most]}
        return cut | {CUT: CUT} if most < len(entries) else cut
    return value
