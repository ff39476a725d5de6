"""Prometheus' text format, version 0.0.4: names, help, types and samples as lines."""

from collections.abc import Mapping
from itertools import accumulate
from typing import Final

CONTENT_TYPE: Final = b"Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"

Labels = Mapping[str, str]
NO_LABELS: Final[Labels] = {}


class Exposition:
    """A page of metrics in the making. Give all samples of a name one after another."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._named = ""

    def gauge(self, name: str, what: str, value: float, labels: Labels = NO_LABELS) -> None:
        """Add a number that goes up and down."""
        self._head(name, what, "gauge")
        self._sample(name, value, labels)

    def counter(self, name: str, what: str, value: float, labels: Labels = NO_LABELS) -> None:
        """Add a number that only grows; its name ends with ``_total``."""
        self._head(name, what, "counter")
        self._sample(name, value, labels)

    def histogram(
        self,
        name: str,
        what: str,
        bounds: tuple[float, ...],
        buckets: list[int],
        total: float,
        labels: Labels = NO_LABELS,
    ) -> None:
        """Add buckets, one more than ``bounds``; each sample was counted in one of them."""
        self._head(name, what, "histogram")
        sums = list(accumulate(buckets))
        for bound, count in zip((*(f"{bound:g}" for bound in bounds), "+Inf"), sums, strict=True):
            self._sample(f"{name}_bucket", count, {**labels, "le": bound})
        self._sample(f"{name}_sum", total, labels)
        self._sample(f"{name}_count", sums[-1], labels)

    def text(self) -> bytes:
        """Give the page."""
        return "".join(self._lines).encode()

    def _head(self, name: str, what: str, kind: str) -> None:
        if name != self._named:
            self._named = name
            self._lines.append(f"# HELP {name} {what}\n# TYPE {name} {kind}\n")

    def _sample(self, name: str, value: float, labels: Labels) -> None:
        shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        braced = f"{{{shown}}}" if shown else ""
        number = str(value) if isinstance(value, int) else f"{value:.9g}"
        self._lines.append(f"{name}{braced} {number}\n")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
