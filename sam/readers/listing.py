"""Text tables with one row of column names, as lists of records that know their place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sam.errors import SourceError
from sam.readers.workbook import Sheet, read_workbook


@dataclass(frozen=True)
class Listing:
    """Records of a text table; lines that start with ``#`` are comments.

    Attributes:
        sheet: all cells, so that errors can name line and column.
        columns: place of each column name.
        rows: lines that hold records.
        comments: text of the comment lines, by line.
    """

    sheet: Sheet
    columns: dict[str, int]
    rows: tuple[int, ...]
    comments: dict[int, str]

    def text(self, row: int, column: str) -> str:
        """A cell as printed, empty where there is none."""
        value = self.sheet.cell(row, self.columns[column])
        return value if isinstance(value, str) else ""

    def number(self, row: int, column: str, what: str) -> float:
        """A cell as a number, ``NaN`` where it is empty.

        Raises:
            SourceError: the cell holds text that is not a number.
        """
        place = self.columns[column]
        return math.nan if not self.text(row, column) else self.sheet.number(row, place, what)

    def error(self, row: int, column: str, expected: str) -> SourceError:
        """An error at a cell."""
        found = self.text(row, column) or None
        return self.sheet.error(row, self.columns[column], found, expected)


def read_listing(path: str | Path, required: Sequence[str]) -> Listing:
    """Read a ``.csv`` table whose first line that is no comment names the columns.

    Raises:
        SourceError: the file or a required column is missing, a name stands above two columns, or a
            line has more or fewer cells than there are names (a comma in a number or text without
            quotation marks shifts all that follow).
    """
    path = Path(path)
    sheet = read_workbook(path)[path.stem]
    comments: dict[int, str] = {}
    rows = []
    for row, cells in enumerate(sheet.cells):
        first = cells[0] if cells else None
        if isinstance(first, str) and first.startswith("#"):
            comments[row] = ",".join(str(cell) for cell in cells if cell is not None)
        elif any(cell is not None for cell in cells):
            rows.append(row)
    if not rows:
        raise sheet.error(None, None, "no records", "a line of column names")
    columns = _columns(sheet, rows[0], required)
    width = len(sheet.cells[rows[0]])
    for row in rows[1:]:
        count = len(sheet.cells[row])
        if count != width:
            last = range(min(count, width), max(count, width))
            raise sheet.error(row, last, f"{count} cells", f"{width}, as many as column names")
    return Listing(sheet, columns, tuple(rows[1:]), comments)


def _columns(sheet: Sheet, row: int, required: Sequence[str]) -> dict[str, int]:
    """Place of each column name."""
    names = [str(cell) if cell is not None else "" for cell in sheet.cells[row]]
    missing = [name for name in required if name not in names]
    if missing:
        raise sheet.error(row, None, names, f"columns {missing}")
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise sheet.error(row, names.index(twice[0]), twice[0], "each column name once")
    return {name: place for place, name in enumerate(names) if name}
