"""Two kinds of plots as SVG text: bars against aims, and lines over logarithmic axes."""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH = 860
ROW = 22
LABEL = 380
BAR = 380
PLOT = (70, 60, 560, 300)
"""Left, top, width and height of the lines."""
COLOURS = ("#2b6cb0", "#c05621", "#2f855a", "#6b46c1", "#b83280", "#4a5568")
STYLE = "font-family='system-ui, sans-serif' font-size='12'"


def _svg(height: int, body: Sequence[str]) -> str:
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' {STYLE}>"
        f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>"
    )
    return "\n".join([head, *body, "</svg>", ""])


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f"<text x='{x:.0f}' y='{y:.0f}' text-anchor='{anchor}' font-weight='{weight}' "
        f"fill='#1a202c'>{escape(text)}</text>"
    )


def bars(title: str, rows: Sequence[tuple[str, float, float | None]]) -> str:
    """Bars of (name, value, aim) over a logarithmic axis; a line marks the aim."""
    values = [value for _, value, _ in rows] + [aim for _, _, aim in rows if aim]
    low = math.log10(min([0.1, *[value for value in values if value > 0]]))
    high = math.log10(max([10.0, *values]))

    def x(value: float) -> float:
        return LABEL + (math.log10(max(value, 10**low)) - low) / (high - low) * BAR

    body = [_text(10, 22, title, weight="bold")]
    for at, (name, value, aim) in enumerate(rows):
        top = 36 + at * ROW
        colour = COLOURS[0] if aim is None or value >= aim else COLOURS[1]
        body += [
            _text(LABEL - 8, top + 13, name[:58], "end"),
            f"<rect x='{LABEL}' y='{top + 3}' width='{max(1.0, x(value) - LABEL):.0f}' "
            f"height='14' fill='{colour}'/>",
            _text(x(value) + 5, top + 14, f"{value:.3g}"),
        ]
        if aim:
            body.append(
                f"<line x1='{x(aim):.0f}' x2='{x(aim):.0f}' y1='{top}' y2='{top + 20}' "
                "stroke='#1a202c' stroke-width='2'/>"
            )
    return _svg(46 + len(rows) * ROW, body)


def lines(
    title: str, x_label: str, y_label: str, series: Mapping[str, Sequence[tuple[float, float]]]
) -> str:
    """Lines of (x, y) points; both axes are logarithmic."""
    points = [point for each in series.values() for point in each]
    left, top, width, height = PLOT
    x_low, x_high = (f(math.log10(x) for x, _ in points) for f in (min, max))
    y_low, y_high = (f(math.log10(max(y, 1e-3)) for _, y in points) for f in (min, max))
    y_low, y_high = math.floor(y_low), max(math.ceil(y_high), math.floor(y_low) + 1)

    def place(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - x_low) / (x_high - x_low or 1)
        up = (math.log10(max(y, 1e-3)) - y_low) / (y_high - y_low)
        return left + across * width, top + (1 - up) * height

    body = [_text(10, 22, title, weight="bold")]
    for power in range(y_low, y_high + 1):
        _, y = place(10**x_low, 10.0**power)
        body += [
            f"<line x1='{left}' x2='{left + width}' y1='{y:.0f}' y2='{y:.0f}' stroke='#cbd5e0'/>",
            _text(left - 6, y + 4, f"{10.0**power:g}", "end"),
        ]
    for power in range(math.ceil(x_low), math.floor(x_high) + 1):
        x, _ = place(10.0**power, 10.0**y_low)
        body.append(_text(x, top + height + 18, f"{10**power:,}", "middle"))
    body += [
        _text(left + width / 2, top + height + 36, x_label, "middle"),
        _text(left, top - 8, y_label),
    ]
    for at, (name, each) in enumerate(series.items()):
        colour = COLOURS[at % len(COLOURS)]
        placed = [place(x, y) for x, y in each]
        path = " ".join(f"{x:.0f},{y:.0f}" for x, y in placed)
        body.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>")
        body += [f"<circle cx='{x:.0f}' cy='{y:.0f}' r='3' fill='{colour}'/>" for x, y in placed]
        mark = top + 10 + at * 18
        body += [
            f"<rect x='{left + width + 14}' y='{mark}' width='12' height='12' fill='{colour}'/>",
            _text(left + width + 32, mark + 10, name),
        ]
    return _svg(top + height + 50, body)
