"""The report: docs/performance.md with tables and plots, out of the JSON of one run.

``python -m bench.report RESULT.json`` writes it. Plots are SVG files beside it. Texts by hand are
in ``bench/notes.md``, a section for each measure; what the profiler says of a path stands beside
each aim that was missed on it.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

from bench.plots import bars, lines
from bench.profiles import CALLS, IN, OF_IT
from bench.rows import Row, recorded

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "performance.md"
PLOTS = DOCS / "performance"
NOTES = Path(__file__).parent / "notes.md"
THOUSAND = 1000
BUSY = 1.0
"""More than this load on the machine before a measure, and the report says so."""
PROFILES = "profiles"
GROWN = ("scaling", "marking")
"""Measures with points to draw: a piece of work against how much there is of something."""
GROWN_WORK = {
    "accounts": "an order that fills",
    "open orders": "an order that rests",
    "symbols": "positionRisk v2, a row for each symbol",
    "connections": "positionRisk on one connection beside idle WebSockets",
    "fills remembered": "userTrades, the newest 500",
    "positions": "a mark that moves",
}
COLUMNS = ("median", "99th percentile", "CPU")
"""``NAME, median`` belongs to the row ``NAME``."""
Results = dict[str, Any]

HEAD = """# Performance

Made by `make bench` in one run on one machine; do not edit. Each pair was measured in turn (A B A B
…); a value is the median of the rounds, behind it the smallest and the largest. Compare ratios:
absolute numbers are this machine's.
"""
TITLES = {
    "position-risk": "A signed GET positionRisk, by connections",
    "orders": "Orders over REST and the WebSocket API",
    "portfolio": "positionRisk of 50 positions over 600 contracts, and one account's margin",
    "edge": "The HTTP edge alone",
    "engine": "The engine alone",
    "fanout": "Pushing to 50 readers",
    "fanout-1000": "Pushing to 1,000 readers",
    "fills": "From a fill to its frame",
    "marking": "A mark price that moves, and every margin worked out anew",
    "remargin": "Every margin worked out anew",
    "cascade": "A cascade of liquidations",
    "idle": "Idle connections",
    "start": "Start",
    "boxes": "Boxes in one process",
    "scaling": "How the work grows",
    "memory": "Idle memory",
    "page": "The dashboard in a browser",
    "siege": "Traders among a thousand connections that mean no good",
    "growth": "A week left alone",
    "journal": "The journal beside a bare file and SQLite",
    "recovery": "Coming back after 200,000 commands",
    "recovery-million": "Coming back after a million commands",
    "snapshot": "Standing still for a snapshot",
    "peers-http": "HTTP beside what else answers requests",
    "peers-books": "The order book beside books from PyPI",
    "peers-venues": "The exchange beside backtest venues",
    "peers-start": "Starting, beside servers and an engine",
    "peers-fanout": "Pushing to 50 readers beside other servers",
    "peers-fanout-1000": "Pushing to 1,000 readers beside other servers",
    PROFILES: "Where the time goes",
}
PATHS = {
    "position-risk": "GET positionRisk",
    "peers-http": "GET positionRisk",
    "portfolio": "GET positionRisk, 50 of 600",
    "engine": "engine orders",
    "peers-venues": "engine orders",
    "peers-books": "book operations",
    "fanout": "bookTicker to 50 readers",
    "fanout-1000": "bookTicker to 50 readers",
    "peers-fanout": "bookTicker to 50 readers",
    "peers-fanout-1000": "bookTicker to 50 readers",
    "boxes": "a Box made and ended",
    "start": "start to first answer",
    "journal": "journal, batches of 100",
}
"""Which profile explains the rows of a measure."""
ORDER_PATHS = ("POST order, filling", "POST order", "order.place")
"""Of the measure of orders: the first that a row's name begins with."""


def number(value: float) -> str:
    """A value with three digits that say something."""
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value:.3g}"


def bound(row: Row) -> str:
    return "" if row.aim is None else f"{'≤' if row.at_most else '≥'} {row.aim:g}"


def verdict(row: Row) -> str:
    """With the reason where there is no number, or where rounds are missing."""
    return f"{row.verdict}: {row.why}".removeprefix(": ") if row.why else row.verdict


def table(rows: list[Row]) -> str:
    """A line for each row; what belongs to another row stands in a column of that one."""
    names = {row.what for row in rows}
    beside: dict[tuple[str, str], Row] = {}
    own: list[Row] = []
    for row in rows:
        name, _, column = row.what.rpartition(", ")
        if column in COLUMNS and name in names:
            beside[name, column] = row
        else:
            own.append(row)
    columns = [each for each in COLUMNS if any(column == each for _, column in beside)]
    lines_ = [
        f"| {' | '.join(['', 'value', 'unit', 'rounds', *columns, 'aim', ''])} |",
        f"|{'|'.join(['---', '---:', '---', '---', *['---:' for _ in columns], '---', '---'])}|",
    ]
    for row in own:
        between = f"{number(row.spread[0])} … {number(row.spread[1])}" if row.spread else ""
        more = [beside.get((row.what, column)) for column in columns]
        cells = [row.what, number(row.value), row.unit, between]
        cells += [
            f"{number(each.value)} {each.unit.split('/')[0]}" if each else "" for each in more
        ]
        cells += [bound(row), verdict(row)]
        lines_.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines_)


def path_of(name: str, row: Row) -> str:
    """The profile that explains a row; empty where there is none."""
    if name == "orders":
        return next((path for path in ORDER_PATHS if row.what.startswith(path)), "")
    if name == "peers-venues" and "idle" in row.what:
        return "trade ticks"
    return PATHS.get(name, "")


def summary(measures: dict[str, list[Row]], paths: dict[str, list[Row]]) -> str:
    """Every aim of the run: met, missed, or not measured."""
    aims = [(name, row) for name, rows in measures.items() for row in rows if row.aim is not None]
    count = dict.fromkeys(("reached", "MISSED", "not measured"), 0)
    for _, row in aims:
        count[row.verdict] += 1
    lines_ = [
        f"{count['reached']} of {len(aims)} aims reached, {count['MISSED']} missed, "
        f"{count['not measured']} not measured.",
        "",
        "| measure | | value | aim | | |",
        "|---|---|---:|---|---|---|",
    ]
    for name, row in aims:
        value = f"{number(row.value)} {row.unit}"
        why = ""
        if row.verdict == "MISSED":
            path = path_of(name, row)
            where = anchor(path) if path in paths else name
            why = f"[where the time goes](#{where})"
        title = f"[{TITLES.get(name, name)}](#{name})"
        lines_.append(
            f"| {title} | {row.what} | {value} | {bound(row)} {row.unit} | {verdict(row)} | {why} |"
        )
    return "\n".join(lines_)


def anchor(path: str) -> str:
    """The name of a profile's place on the page."""
    kept = "".join(letter if letter.isalnum() else "-" for letter in path.lower())
    return f"profile-{kept}"


def profiled(rows: list[Row]) -> dict[str, list[Row]]:
    """The rows of each path: rooms, functions, calls."""
    paths: dict[str, list[Row]] = {}
    for row in rows:
        path, _, what = row.what.partition(": ")
        paths.setdefault(path, []).append(row.named(what))
    return paths


def profile_table(path: str, rows: list[Row]) -> str:
    """One path: its rooms, the functions with the most time of their own, its calls."""
    if any(row.why for row in rows):
        return f'<a id="{anchor(path)}"></a>\n\n**{path}**: not measured, {rows[0].why}\n'
    rooms = [row for row in rows if row.what.startswith(IN)]
    functions = [row for row in rows if row.what.startswith(OF_IT)]
    calls = next(row.value for row in rows if row.what == CALLS)
    lines_ = [
        f'<a id="{anchor(path)}"></a>\n',
        f"**{path}** ({number(calls)} calls each)\n",
        "| room | % | | function by itself | % |",
        "|---|---:|---|---|---:|",
    ]
    for at in range(max(len(rooms), len(functions))):
        left = right = ("", "")
        if at < len(rooms):
            left = rooms[at].what.removeprefix(IN), f"{rooms[at].value:.0f}"
        if at < len(functions):
            right = f"`{functions[at].what.removeprefix(OF_IT)}`", f"{functions[at].value:.1f}"
        lines_.append(f"| {left[0]} | {left[1]} | | {right[0]} | {right[1]} |")
    return "\n".join([*lines_, ""])


def in_a_line(rows: list[Row]) -> str:
    """The largest rooms of a path."""
    rooms = [row for row in rows if row.what.startswith(IN)]
    return ", ".join(f"{row.what.removeprefix(IN)} {row.value:.0f} %" for row in rooms[:5])


def missed(name: str, rows: list[Row], paths: dict[str, list[Row]]) -> str:
    """Beside each missed aim of a measure: where the time of its path goes."""
    lines_ = []
    for row in rows:
        path = path_of(name, row)
        if row.verdict == "MISSED" and path in paths and not paths[path][0].why:
            lines_.append(
                f"- *{row.what}* missed {bound(row)} {row.unit}: of [{path}](#{anchor(path)}), "
                f"{in_a_line(paths[path])}."
            )
    return "\n".join(lines_)


def notes() -> dict[str, str]:
    """Texts by hand: sections of ``notes.md`` by the name of their measure."""
    found: dict[str, str] = {}
    for part in NOTES.read_text().split("\n## ")[1:]:
        name, _, text = part.partition("\n")
        found[name.strip()] = text.strip()
    return found


def grown(rows: list[Row]) -> dict[str, list[tuple[float, float]]]:
    """Points of the growth measures: name -> (how many, microseconds)."""
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        count, _, name = row.what.partition(" ")
        if row.unit.startswith("us") and count.replace(",", "").isdigit():
            points.setdefault(name, []).append((float(count.replace(",", "")), row.value))
    return points


def plot_file(measure: str, name: str) -> str:
    return f"{measure}-{name.replace(' ', '-')}.svg"


def section(name: str, kept: Results, rows: list[Row], paths: dict[str, list[Row]]) -> list[str]:
    """One measure: how it is run again, its table, its notes, its plots."""
    ran = f"`python -m bench {name}`, {kept['rounds']} rounds, loads of {kept['seconds']:g} s; "
    ran += f"took {kept['took_s']:.0f} s"
    if (kept["load_before"] or 0) > BUSY:
        ran += f"; the machine was busy before it (load {kept['load_before']:.1f})"
    parts = [f'<a id="{name}"></a>\n', f"## {TITLES.get(name, name)}\n", f"{ran}.\n"]
    text = notes().get(name)
    if text:
        parts.append(f"{text}\n")
    if name == PROFILES:
        return [*parts, *(profile_table(path, each) for path, each in paths.items())]
    parts.append(f"{table(rows)}\n")
    explained = missed(name, rows, paths)
    if explained:
        parts.append(f"{explained}\n")
    if name in GROWN:
        parts += [f"![{each}](performance/{plot_file(name, each)})\n" for each in grown(rows)]
    return parts


def page(results: Results) -> str:
    measures = rows_of(results)
    machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    paths = profiled(measures.get(PROFILES, []))
    parts = [
        HEAD,
        f"Machine: {machine}. Begun {results['began']}; perpbox sources {results['sources']}.\n",
        "## Aims\n",
        summary(measures, paths) + "\n",
        "![ratios](performance/ratios.svg)\n",
    ]
    for name, rows in measures.items():
        parts += section(name, results["measures"][name], rows, paths)
    return "\n".join(parts)


def rows_of(results: Results) -> dict[str, list[Row]]:
    """The rows of each measure, in the order of the titles."""
    measures = results["measures"]
    order = [*TITLES, *(name for name in measures if name not in TITLES)]
    return {
        name: [recorded(record) for record in measures[name]["rows"]]
        for name in order
        if name in measures
    }


def draw(measures: dict[str, list[Row]]) -> None:
    """The plots: ratios against their aims, and growth."""
    PLOTS.mkdir(exist_ok=True)
    for old in PLOTS.glob("*.svg"):
        old.unlink()
    ratios = [
        (f"{name}: {row.what}", row.value, row.aim)
        for name, rows in measures.items()
        for row in rows
        if row.unit == "x" and row.aim and not row.at_most and not math.isnan(row.value)
    ]
    if ratios:
        (PLOTS / "ratios.svg").write_text(bars("Ratios, and what was aimed at", ratios))
    for name in GROWN:
        for each, points in grown(measures.get(name, [])).items():
            title = f"Microseconds of {GROWN_WORK.get(each, 'the work')}"
            drawn = lines(title, each, "us", {each: points})
            (PLOTS / plot_file(name, each)).write_text(drawn)


def write(results: Results) -> Path:
    """Write page, plots and the numbers; return where the page is."""
    draw(rows_of(results))
    PAGE.write_text(page(results))
    (PLOTS / "results.json").write_text(json.dumps(results, indent=1, allow_nan=False) + "\n")
    return PAGE


def main() -> None:
    (path,) = sys.argv[1:]
    print(write(json.loads(Path(path).read_text())))


if __name__ == "__main__":
    main()
