"""The account as tables for people, drawn by rich."""

import io
from collections.abc import Iterable, Sequence
from typing import Final, TextIO

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from perpbox.calculator.figures import (
    HUNDRED,
    AccountFigures,
    PoolFigures,
    PositionFigures,
    Share,
)

WIDTH_MIN: Final = 64
WIDTH_PLAIN: Final = 140
"""Columns where the output is no terminal."""
WIDTH_ENDLESS: Final = 1_000
BAR_CELLS: Final = 10
BAR_FULL: Final = 5_000
"""A distance of 50 percent fills the bar."""
_NEAR, _SOON = 500, 1_500
_HIGH, _RAISED = 8_000, 5_000
Figures = PoolFigures | PositionFigures
Fields = tuple[tuple[str, str], ...]
"""(heading, name of the figure), in the order of columns."""
_POOL_FIELDS: Final = (
    ("wallet", "wallet"),
    ("PnL", "unrealized"),
    ("margin balance", "margin_balance"),
    ("maintenance", "maintenance"),
    ("margin ratio", "margin_ratio"),
    ("available", "available"),
)
_POSITION_FIELDS: Final = (
    ("amount", "quantity"),
    ("entry", "entry"),
    ("mark", "mark"),
    ("PnL", "unrealized"),
    ("margin ratio", "margin_ratio"),
    ("liquidation", "liquidation"),
    ("distance", "distance"),
)


def account_table(figures: AccountFigures, out: TextIO) -> str:
    """Account and positions; a figure a line where the output is too narrow for columns."""
    shape = _Shape(out)
    tables = [shape.pools(figures), shape.positions(figures.positions)]
    if not all(map(shape.fits, tables)):
        tables = [shape.listed(figures)]
    return shape.draw(tables)


def side_by_side(before: AccountFigures, after: AccountFigures, out: TextIO) -> str:
    """Account and positions before shocks and after them."""
    shape = _Shape(out)
    return shape.draw([shape.compared(before, after)])


class _Shape:
    """How things are drawn on one output: its width, colours and letters."""

    def __init__(self, out: TextIO) -> None:
        is_terminal = out.isatty()
        self.ascii = not (getattr(out, "encoding", None) or "utf-8").lower().startswith("utf")
        self.page = io.StringIO()
        self.console = Console(
            file=self.page,
            force_terminal=is_terminal,
            width=None if is_terminal else WIDTH_PLAIN,
            highlight=False,
            emoji=False,
            markup=False,
        )
        self.console.width = max(WIDTH_MIN, self.console.width)

    def fits(self, table: Table) -> bool:
        """Whether no cell of a table would be broken."""
        roomy = self.console.options.update(max_width=WIDTH_ENDLESS)
        return Measurement.get(self.console, roomy, table).maximum <= self.console.width

    def draw(self, tables: Iterable[Table]) -> str:
        for table in tables:
            self.console.print(table)
        return self.page.getvalue()

    def table(self, title: str) -> Table:
        lines = box.ASCII if self.ascii else box.ROUNDED
        return Table(title=title, title_justify="left", title_style="bold", box=lines)

    def pools(self, figures: AccountFigures) -> Table:
        table = self.table(f"Account: {figures.title}")
        table.add_column("asset")
        for heading, _ in _POOL_FIELDS:
            table.add_column(heading, justify="right", overflow="fold")
        for pool in figures.pools:
            table.add_row(pool.name, *(self.cell(pool, name) for _, name in _POOL_FIELDS))
        return table

    def positions(self, positions: Sequence[PositionFigures]) -> Table:
        table = self.table("Positions" if positions else "No positions")
        table.add_column("position")
        for heading, _ in _POSITION_FIELDS:
            table.add_column(heading, justify="right", overflow="fold")
        for each in positions:
            name = Text(each.name, style="bold")
            name.append(f"\n{each.terms}", style="dim")
            table.add_row(name, *(self.cell(each, field) for _, field in _POSITION_FIELDS))
        return table

    def listed(self, figures: AccountFigures) -> Table:
        """Everything below one another."""
        return self.stacked(figures.title, ("now",), (figures,))

    def compared(self, before: AccountFigures, after: AccountFigures) -> Table:
        """Everything below one another, twice."""
        return self.stacked(after.title, ("before", "after"), (before, after))

    def stacked(
        self, title: str, headings: Sequence[str], halves: Sequence[AccountFigures]
    ) -> Table:
        table = self.table(f"Account: {title}")
        for heading in ("", "", *headings):
            table.add_column(heading, justify="right" if heading else "left", overflow="fold")
        self.blocks(table, _POOL_FIELDS, [half.pools for half in halves])
        self.blocks(table, _POSITION_FIELDS, [half.positions for half in halves])
        return table

    def blocks(self, table: Table, named: Fields, halves: Sequence[Sequence[Figures]]) -> None:
        by_name = [{each.name: each for each in half} for half in halves]
        for name in dict.fromkeys(name for half in by_name for name in half):
            self.block(table, named, name, [half.get(name) for half in by_name])

    def block(
        self, table: Table, named: Fields, name: str, halves: Sequence[Figures | None]
    ) -> None:
        """One asset or position: a line a figure, bold where it has moved."""
        label = Text(name, style="bold")
        kept = next(each for each in reversed(halves) if each is not None)
        if isinstance(kept, PositionFigures):
            label.append(f" {kept.terms}", style="dim")
        for heading, field in named:
            cells = [Text("-") if each is None else self.cell(each, field) for each in halves]
            if cells[0].plain != cells[-1].plain:
                cells[-1].stylize("bold")
            table.add_row(label, heading, *cells, end_section=heading == named[-1][0])
            label = Text("")

    def cell(self, figures: Figures, field: str) -> Text:
        value: str | Share | None = getattr(figures, field)
        if field == "distance":
            assert not isinstance(value, str), field
            return self.bar(value)
        if isinstance(value, Share):
            style = "red" if value.hundredths >= _HIGH else ""
            return Text(
                value.text, style=style or ("yellow" if value.hundredths >= _RAISED else "")
            )
        text = Text(value or "")
        if field == "unrealized" and text.plain != "0":
            text.stylize("red" if text.plain.startswith("-") else "green")
        return text

    def bar(self, distance: Share | None) -> Text:
        """Distance to liquidation: the shorter, the nearer."""
        full, empty = ("#", ".") if self.ascii else ("█", "░")
        hundredths = HUNDRED if distance is None else distance.hundredths
        cells = min(BAR_CELLS, -(-hundredths * BAR_CELLS // BAR_FULL))
        style = "red" if hundredths < _NEAR else "yellow" if hundredths < _SOON else "green"
        text = Text(full * cells, style=style)
        text.append(empty * (BAR_CELLS - cells), style="dim")
        words = "none" if distance is None else distance.text
        return text.append(f" {words.rjust(9)}", style="default")
