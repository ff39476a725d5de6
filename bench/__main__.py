"""``python -m bench [NAME …]``: run the measures, print a table, keep the numbers as JSON."""

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

from bench.measures import LONG, MEASURES, OWN
from bench.report import write
from bench.rows import Plan, Row, machine

RESULTS = Path(__file__).parent / "results"


def table(name: str, rows: list[Row]) -> None:
    print(f"\n{name}")
    for row in rows:
        aim = ""
        if row.aim is not None:
            aim = f"{'at most' if row.at_most else 'at least'} {row.aim:g}: {row.verdict}"
        spread = f"({row.spread[0]:.3g} .. {row.spread[1]:.3g})" if row.spread else ""
        value = f"{row.value:,.0f}" if row.value >= 1000 else f"{row.value:.3g}"
        print(
            f"  {row.what:<36} {value:>10} {row.unit:<12} {spread:<20} {aim}".rstrip(), flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", help=f"of {', '.join(MEASURES)} (all but {', '.join(LONG)})"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (5)")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long a load lasts (3)")
    parser.add_argument("--own", action="store_true", help="only what needs no peers")
    parser.add_argument("--report", action="store_true", help="write docs/performance.md")
    parser.add_argument("--engine-once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine_once:
        from bench import engine  # noqa: PLC0415

        print(json.dumps(engine.run()))
        return
    unknown = set(options.names) - set(MEASURES)
    if unknown:
        parser.error(f"no such measure: {', '.join(sorted(unknown))}")
    plan = Plan(options.rounds, options.seconds)
    results: dict[str, object] = {"machine": machine(), "plan": asdict(plan)}
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    every = OWN if options.own else MEASURES
    for name in options.names or (each for each in every if each not in LONG):
        rows = MEASURES[name](plan)
        table(name, rows)
        results[name] = [{**asdict(row), "verdict": row.verdict} for row in rows]
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / time.strftime("%Y%m%dT%H%M%SZ.json", time.gmtime())
    kept.write_text(json.dumps(results, indent=1) + "\n")
    print(f"\n{kept}")
    if options.report:
        print(write(results))


if __name__ == "__main__":
    main()
