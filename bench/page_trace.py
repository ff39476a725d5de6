"""How busy a page's main thread was, read from a trace that Chromium recorded."""

import json
from dataclasses import dataclass
from typing import Any

MAIN_THREAD = "CrRendererMain"
TASK = "RunTask"
"""End of the names of top-level tasks; they differ between versions of Chromium."""
Event = dict[str, Any]


@dataclass(frozen=True)
class Busy:
    """Shares of the traced time that a thread spent in tasks, and its longest one."""

    seconds: float
    percent: float
    cpu_percent: float
    longest_ms: float


def main_thread(trace: bytes) -> Busy:
    """The busiest renderer main thread of a trace: the page's, for others stand still."""
    events: list[Event] = json.loads(trace)["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == MAIN_THREAD
    }
    tasks: dict[tuple[int, int], list[Event]] = {thread: [] for thread in threads}
    stamps = [event["ts"] for event in events if event["ts"]]
    for event in events:
        thread = (event["pid"], event.get("tid"))
        if thread in tasks and event["ph"] == "X" and event["name"].endswith(TASK):
            tasks[thread].append(event)
    assert any(tasks.values()), "the trace has no tasks of a renderer's main thread"
    return max(
        (_busy(each, max(stamps) - min(stamps)) for each in tasks.values() if each),
        key=lambda busy: busy.cpu_percent,
    )


def _busy(tasks: list[Event], span_us: float) -> Busy:
    """Top-level tasks only: one that runs inside another is in the other's time."""
    tops: list[Event] = []
    for task in sorted(tasks, key=lambda each: (each["ts"], -each["dur"])):
        if not tops or task["ts"] >= tops[-1]["ts"] + tops[-1]["dur"]:
            tops.append(task)
    return Busy(
        seconds=span_us / 1e6,
        percent=sum(task["dur"] for task in tops) / span_us * 100,
        cpu_percent=sum(task.get("tdur", 0) for task in tops) / span_us * 100,
        longest_ms=max(task["dur"] for task in tops) / 1000,
    )
