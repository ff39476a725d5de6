"""``python -m bench [NAME …]``: run the measures, print tables, keep the numbers as JSON."""

import argparse
import json
import signal
import sys
import time
from pathlib import Path

from bench.measures import LONG, MEASURES, OWN
from bench.report import write
from bench.rows import Plan
from bench.run import RESULTS, earlier, keep, new_results, run

EXIT_TERMINATED = 143


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="bench", description=__doc__)
    names = f"of {', '.join(MEASURES)} (all but {', '.join(sorted(LONG))})"
    made.add_argument("names", nargs="*", help=names)
    made.add_argument("--rounds", type=int, default=3, help="how often each is measured (3)")
    made.add_argument("--seconds", type=float, default=2.0, help="how long a load lasts (2)")
    made.add_argument("--own", action="store_true", help="only what needs no peers")
    made.add_argument("--report", action="store_true", help="write docs/performance.md")
    made.add_argument(
        "--from",
        dest="earlier",
        type=Path,
        metavar="FILE",
        help="go on with the numbers of an earlier run: what is in them is measured only if named",
    )
    made.add_argument("--rows-into", type=Path, help=argparse.SUPPRESS)
    made.add_argument("--engine-once", action="store_true", help=argparse.SUPPRESS)
    return made


def main() -> None:
    options = parser().parse_args()
    if options.engine_once:
        from bench import engine  # noqa: PLC0415

        print(json.dumps(engine.run()))
        return
    unknown = set(options.names) - set(MEASURES)
    if unknown:
        parser().error(f"no such measure: {', '.join(sorted(unknown))}")
    if options.rounds < 1 or options.seconds <= 0:
        parser().error("--rounds and --seconds are above 0")
    plan = Plan(options.rounds, options.seconds)
    if options.rows_into:
        (name,) = options.names
        rows = MEASURES[name](plan)
        options.rows_into.write_text(json.dumps([row.record() for row in rows]))
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_TERMINATED))  # what runs ends with it
    results, kept = new_results(plan), RESULTS / time.strftime("%Y%m%dT%H%M%SZ.json", time.gmtime())
    if options.earlier:
        try:
            results = earlier(options.earlier)
        except (OSError, ValueError, KeyError) as error:
            parser().error(f"--from: {error}")
    every = OWN if options.own else MEASURES
    left = [name for name in every if name not in LONG and name not in results["measures"]]
    print(", ".join(f"{name} {value}" for name, value in results["machine"].items()))
    for _ in run(options.names or left, plan, results, kept):
        pass  # each is kept as it comes: python -m bench.report FILE writes what there is
    keep(results, kept)
    print(f"\n{kept}")
    if options.report:
        print(write(results))


if __name__ == "__main__":
    main()
