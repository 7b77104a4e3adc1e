"""The cells of a sheet as one grid: the table, without what stands far from it.

A workbook lists cells that hold something, and one of them a million rows below the others is
easily made: so only these are kept, and rows are filled up to the width of the table alone.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sam.errors import SourceError
from sam.readers.text import number_of

Cell = str | float | None

Placed = tuple[int, int, object]
"""Row, column and value of a cell, counted from zero."""

Range = tuple[int, int, int, int]
"""Cells merged into one: first row, row after the last, first column, column after the last."""

SPANNED = 50_000_000
"""Cells, empty ones among them, that a sheet may span from its first to its last."""

GAP = 200
"""Empty rows or columns in a row beyond which a cell does not belong to the table of a sheet."""


@dataclass(frozen=True)
class Grid:
    """The table of a sheet.

    Attributes:
        cells: rows of cells, all of one width.
        stray: place of the first number beyond ``GAP`` empty rows or columns.
        note: place of the first text there.
    """

    cells: tuple[tuple[Cell, ...], ...]
    stray: tuple[int, int] | None
    note: tuple[int, int] | None


def grid_of(cells: Iterable[Placed], merged: Collection[Range], place: str) -> Grid:
    """The grid of some cells.

    Arguments:
        cells: cells of a sheet in any order.
        merged: merged ranges, of each of which only the first cell is seen; complete once the cells
            are read.
        place: file and sheet, for messages.

    Raises:
        SourceError: the cells span more than ``SPANNED``.
    """
    rows = _filled_rows(cells, place)
    height = _end(sorted(rows))
    near = {row: line for row, line in rows.items() if row < height}
    width = _end(sorted({column for line in near.values() for column in _filled(line)}))
    _refuse_span(height, width, place)
    blank: tuple[Cell, ...] = (None,) * width
    grid = [blank] * height
    for row, line in near.items():
        grid[row] = tuple(line[:width]) + blank[len(line) :]
    _empty_covered(grid, merged)
    far = {
        (row, column): prints_number(line[column])
        for row, line in sorted(rows.items())
        for column in _filled(line)
        if row >= height or column >= width
    }
    stray, note = (
        next((place for place, number in far.items() if number is wanted), None)
        for wanted in (True, False)
    )
    return Grid(tuple(grid), stray, note)


def clean(value: object) -> Cell:
    """A value as number or stripped text; dates, truth values and errors are text."""
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    text = str(value).strip()
    return text or None


def prints_number(value: Cell) -> bool:
    """Whether a cell prints a number; other text is a note."""
    try:
        number_of(value)
    except ValueError:
        return False
    return True


def _filled_rows(cells: Iterable[Placed], place: str) -> dict[int, list[Cell]]:
    """Rows that hold something, each up to its last cell that does."""
    rows: dict[int, list[Cell]] = {}
    spanned = 0
    for row, column, found in cells:
        value = clean(found)
        if value is not None:
            line = rows.setdefault(row, [])
            more = column + 1 - len(line)
            if more > 0:
                line.extend([None] * more)
                spanned += more
                _refuse_span(1, spanned, place)
            line[column] = value
    return rows


def _filled(line: list[Cell]) -> list[int]:
    return [column for column, value in enumerate(line) if value is not None]


def _end(places: list[int]) -> int:
    """The place after the last one before a gap, none of which is wider than ``GAP``."""
    for before, after in itertools.pairwise(places):
        if after - before > GAP + 1:
            return before + 1
    return places[-1] + 1 if places else 0


def _empty_covered(grid: list[tuple[Cell, ...]], merged: Iterable[Range]) -> None:
    """Empty what merged cells hold beneath the first."""
    for top, bottom, left, right in merged:
        for row in range(top, min(bottom, len(grid))):
            line = grid[row]
            start = left + (row == top)
            if any(value is not None for value in line[start:right]):
                covered = (None,) * (min(right, len(line)) - start)
                grid[row] = (*line[:start], *covered, *line[right:])


def _refuse_span(height: int, width: int, place: str) -> None:
    if height * width > SPANNED:
        raise SourceError(
            f"{place}: found cells that span {height:,} rows and {width:,} columns, most of them "
            f"empty; expected at most {SPANNED:,} in all; copy the table to a workbook of its own"
        )
