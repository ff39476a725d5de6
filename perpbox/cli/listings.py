"""``perpbox openapi``, ``routes`` and ``vintage``: what the interface is, printed."""

from typing import TYPE_CHECKING

from perpbox.cli.parsing import EXIT_OK, Options, misused, say

if TYPE_CHECKING:
    from perpbox.cli.parsing import Commands


def add(commands: "Commands") -> None:
    """Add the three commands and their options."""
    openapi = commands.add_parser(
        "openapi", help="print the OpenAPI document of the REST interface"
    )
    openapi.set_defaults(run=run_openapi)
    routes = commands.add_parser("routes", help="list the REST endpoints and the lab's")
    routes.set_defaults(run=run_routes)
    vintage = commands.add_parser(
        "vintage", help="list the dated changes of the API, and which of them a date switches"
    )
    vintage.add_argument("--api-date", metavar="DATE", help="the day to look at (newest)")
    vintage.set_defaults(run=run_vintage)


def run_openapi(_: Options) -> int:
    """Print the document; the exit code."""
    from perpbox.wire.openapi import openapi_json  # noqa: PLC0415
    from perpbox.wire.routes import ROUTES  # noqa: PLC0415

    say(openapi_json(ROUTES).decode())
    return EXIT_OK


def run_routes(_: Options) -> int:
    """Print a line an endpoint; the exit code."""
    say(_routes())
    return EXIT_OK


def _routes() -> str:
    from perpbox.lab.api import PREFIX  # noqa: PLC0415
    from perpbox.lab.routes import ROUTES as LAB_ROUTES  # noqa: PLC0415
    from perpbox.wire.routes import ROUTES  # noqa: PLC0415

    rows = [
        (route.method, route.path, route.security.name, route.weight.words(), route.summary)
        for route in ROUTES
    ]
    rows += [(route.method, PREFIX + route.path, "LAB", "-", route.summary) for route in LAB_ROUTES]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join(
            [*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[4]],
        )
        + (f" (weight {row[3]})" if row[3] != "-" else "")
        for row in rows
    )


def run_vintage(options: Options) -> int:
    """List the dated changes; the exit code."""
    from perpbox.wire.almanac import almanac  # noqa: PLC0415
    from perpbox.wire.vintage import NEWEST, Vintage  # noqa: PLC0415

    try:
        vintage = Vintage(str(options["api_date"] or NEWEST))
    except ValueError as error:
        return misused(f"--api-date: {error}")
    say(almanac(vintage))
    return EXIT_OK
