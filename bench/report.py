"""The report: docs/performance.md with tables and plots, out of the JSON of one run.

``python -m bench.report RESULT.json`` writes it. Plots are SVG files beside it.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

from bench.plots import bars, lines

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "performance.md"
PLOTS = DOCS / "performance"
THOUSAND = 1000
Result = dict[str, Any]

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
    "fills": "From a fill to its frame",
    "marking": "A mark price that moves",
    "cascade": "A cascade of liquidations",
    "idle": "Idle connections",
    "start": "Start",
    "boxes": "Boxes in one process",
    "scaling": "How the work grows",
    "memory": "Idle memory",
    "siege": "Traders among a thousand connections that mean no good",
    "growth": "A week left alone",
    "journal": "The journal beside a bare file and SQLite",
    "recovery": "Coming back after a million commands",
    "snapshot": "Standing still for a snapshot",
    "peers-http": "HTTP beside what else answers requests",
    "peers-books": "The order book beside books from PyPI",
    "peers-venues": "The exchange beside backtest venues",
    "peers-start": "Making an engine",
    "peers-fanout": "Pushing beside other servers",
}


def number(value: float) -> str:
    """A value with three digits that say something."""
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value:.3g}"


def table(rows: list[Result]) -> str:
    lines_ = ["| | value | unit | rounds | aim | |", "|---|---:|---|---|---|---|"]
    for row in rows:
        aim = ""
        if row["aim"] is not None:
            aim = f"{'≤' if row['at_most'] else '≥'} {row['aim']:g}"
        spread = row["spread"]
        between = f"{number(spread[0])} … {number(spread[1])}" if spread else ""
        lines_.append(
            f"| {row['what']} | {number(row['value'])} | {row['unit']} | {between} | {aim} "
            f"| {row['verdict']} |"
        )
    return "\n".join(lines_)


def summary(results: Result) -> str:
    """Every aim of the run, met or not."""
    aims = [
        (TITLES.get(name, name), row)
        for name, rows in results.items()
        if isinstance(rows, list)
        for row in rows
        if row["aim"] is not None
    ]
    met = sum(row["verdict"] == "reached" for _, row in aims)
    lines_ = [
        f"{met} of {len(aims)} aims reached.",
        "",
        "| measure | | value | aim | |",
        "|---|---|---:|---|---|",
    ]
    for title, row in aims:
        bound = f"{'≤' if row['at_most'] else '≥'} {row['aim']:g} {row['unit']}"
        value = f"{number(row['value'])} {row['unit']}"
        lines_.append(f"| {title} | {row['what']} | {value} | {bound} | {row['verdict']} |")
    return "\n".join(lines_)


def grown(rows: list[Result]) -> dict[str, list[tuple[float, float]]]:
    """Points of the growth measures: name -> (how many, microseconds)."""
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        count, _, name = row["what"].partition(" ")
        if row["unit"] == "us" and count.replace(",", "").isdigit():
            points.setdefault(name, []).append((float(count.replace(",", "")), row["value"]))
    return points


def page(results: Result) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    plan = results["plan"]
    parts = [
        HEAD,
        f"Machine: {machine}. {plan['rounds']} rounds, loads of {plan['seconds']:g} s.\n",
        "## Aims\n",
        summary(results) + "\n",
        "![ratios](performance/ratios.svg)\n",
    ]
    for name, rows in results.items():
        if isinstance(rows, list):
            parts += [f"## {TITLES.get(name, name)}\n", f"`python -m bench {name}`\n", table(rows)]
            if name in {"scaling", "marking"}:
                parts.append(f"\n![{TITLES[name]}](performance/{name}.svg)")
            parts.append("")
    return "\n".join(parts)


def draw(results: Result) -> None:
    """The plots: ratios against their aims, and growth."""
    PLOTS.mkdir(exist_ok=True)
    ratios = [
        (row["what"], row["value"], row["aim"])
        for rows in results.values()
        if isinstance(rows, list)
        for row in rows
        if row["unit"] == "x" and not row["at_most"] and not math.isnan(row["value"])
    ]
    (PLOTS / "ratios.svg").write_text(bars("Ratios, and what was aimed at", ratios))
    for name, label in (("scaling", "how many"), ("marking", "positions")):
        if name in results:
            drawn = lines(TITLES[name], label, "microseconds", grown(results[name]))
            (PLOTS / f"{name}.svg").write_text(drawn)


def write(results: Result) -> Path:
    """Write page, plots and the numbers; return where the page is."""
    draw(results)
    PAGE.write_text(page(results))
    (PLOTS / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    return PAGE


def main() -> None:
    (path,) = sys.argv[1:]
    print(write(json.loads(Path(path).read_text())))


if __name__ == "__main__":
    main()
