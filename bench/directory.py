"""A served box of the default market on a fast clock: its data directory and its memory.

``python -m bench.directory [SPEED] [MINUTES]`` starts ``perpbox serve --clock SPEED`` with a data
directory of its own and prints one JSON object each half minute. Everything else is the default:
the snapshots, the retention and the street of every contract twice a second of box time.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from bench.growth import directory_mib
from bench.servers import cpu_seconds, perpbox, resident_mib
from perpbox.gateway.journal.snapshot import FOLDER, SUFFIX

SPEED = 20
MINUTES = 20
LOOK_S = 1.0
LINE_S = 30.0


def main() -> None:
    speed = int(sys.argv[1]) if len(sys.argv) > 1 else SPEED
    minutes = float(sys.argv[2]) if len(sys.argv) > 2 else MINUTES
    with tempfile.TemporaryDirectory(prefix="perpbox-directory-") as name:
        data = Path(name) / "data"
        with perpbox("--clock", str(speed), "--data", str(data)) as box:
            state = json.loads(box.call("GET", "/perpbox/v1/state"))
            began, began_ms = time.perf_counter(), state["now"]
            largest_mib, snapshots, line_s = 0.0, set[str](), 0.0
            while (passed_s := time.perf_counter() - began) < minutes * 60:
                largest_mib = max(largest_mib, directory_mib(data))
                snapshots |= {each.name for each in (data / FOLDER).glob(f"*{SUFFIX}")}
                if passed_s >= line_s:
                    line_s += LINE_S
                    state = json.loads(box.call("GET", "/perpbox/v1/state"))
                    row = {
                        "minutes": round(passed_s / 60, 1),
                        "box_hours": round((state["now"] - began_ms) / 3_600_000, 2),
                        "commands": state["seq"],
                        "directory_mib": round(directory_mib(data), 1),
                        "directory_mib_max": round(largest_mib, 1),
                        "snapshots": len(snapshots),
                        "resident_mib": round(resident_mib(box.pid) or 0, 1),
                        "cpu_s": round(cpu_seconds(box.pid) or 0, 1),
                    }
                    print(json.dumps(row), flush=True)
                time.sleep(LOOK_S)


if __name__ == "__main__":
    main()
