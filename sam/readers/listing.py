"""Text tables with one row of column names, as lists of records that know their place."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from sam.errors import SourceError
from sam.readers.workbook import Sheet, read_workbook, visible


@dataclass(frozen=True)
class Listing:
    """Records of a text table; lines that start with ``#`` are comments.

    Attributes:
        sheet: all cells, so that errors can name line and column.
        columns: place of each column name.
        heads: line of the column names.
        rows: lines that hold records.
        comments: text of the comment lines, by line.
    """

    sheet: Sheet
    columns: dict[str, int]
    heads: int
    rows: tuple[int, ...]
    comments: dict[int, str]

    def text(self, row: int, column: str) -> str:
        """A cell as printed, empty where there is none."""
        value = self.sheet.cell(row, self.columns[column])
        return value if isinstance(value, str) else ""

    def name(self, row: int, column: str, what: str) -> str:
        """A cell that names something.

        Raises:
            SourceError: the cell is empty, a number, or holds half a pair of quotation marks.
        """
        text = self.text(row, column)
        if '"' in text or not any(sign.isalpha() for sign in text):
            raise self.error(row, column, what)
        return text

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

    def require(
        self, column: str, labels: Sequence[str], rows: Sequence[int], also: Collection[str] = ()
    ) -> None:
        """Some records name every label, and none names an unknown one, whatever case and spaces.

        Arguments:
            column: where the records name what they are about.
            labels: what has to be there.
            rows: the records.
            also: further labels that may be there.

        Raises:
            SourceError: a label is unknown or missing.
        """
        found = {_plain(self.text(row, column)): row for row in reversed(rows)}
        missing = [label for label in labels if _plain(label) not in found]
        unknown = sorted({*found.values()} - {found.get(_plain(x)) for x in (*labels, *also)})
        if unknown:
            expected = f"one of {', '.join(dict.fromkeys((*labels, *also)))}"
            expected = f"the missing {', '.join(missing)}" if missing else expected
            raise self.error(unknown[0], column, expected)
        if missing:
            place = range(rows[0], rows[-1] + 1) if rows else None
            absent = f"no line of {', '.join(missing)}"
            expected = f"lines of all {len(labels)}: {', '.join(labels)}"
            raise self.sheet.error(place, self.columns[column], absent, expected)

    def spelt(self, column: str, labels: Sequence[str]) -> list[str]:
        """What each record names, spelt as one of some labels."""
        known = {_plain(label): label for label in labels}
        texts = [self.text(row, column) for row in self.rows]
        return [known.get(_plain(text), text) for text in texts]


def _plain(label: str) -> str:
    """A label without spaces and case, so that ``Inner Mongolia`` is ``Innermongolia``."""
    return "".join(label.split()).casefold()


def read_listing(path: str | Path, required: Sequence[str]) -> Listing:
    """Read a ``.csv`` (or ``.csv.gz``) table whose first line that is no comment names the columns.

    Raises:
        SourceError: the file or a required column is missing, a name stands above two columns, or a
            line has more or fewer cells than there are names (a comma in a number or text without
            quotation marks shifts all that follow).
    """
    sheet = next(iter(visible(read_workbook(path)).values())).whole()
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
        if sheet.cells[row] == sheet.cells[rows[0]]:
            raise sheet.error(row, None, "the column names again", "them once")
    return Listing(sheet, columns, rows[0], tuple(rows[1:]), comments)


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
