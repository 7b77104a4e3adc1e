"""Spreadsheets of either generation (``.xls``, ``.xlsx``) as plain grids of cells."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sam.errors import SourceError

Cell = str | float | None


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, cells counted from zero.

    Attributes:
        file: name of the workbook.
        name: name of the sheet.
        cells: rows of cells: text (stripped), number, or ``None`` where empty.
    """

    file: str
    name: str
    cells: tuple[tuple[Cell, ...], ...]

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.cells)

    @property
    def width(self) -> int:
        """Number of columns of the widest row."""
        return max((len(row) for row in self.cells), default=0)

    def cell(self, row: int, column: int) -> Cell:
        """The cell at a place, ``None`` outside the sheet."""
        if 0 <= row < len(self.cells) and 0 <= column < len(self.cells[row]):
            return self.cells[row][column]
        return None

    def text(self, row: int, column: int) -> str:
        """The cell as text without any white space, empty if there is none."""
        value = self.cell(row, column)
        return "".join(value.split()) if isinstance(value, str) else ""

    def number(self, row: int, column: int, what: str) -> float:
        """The cell as a number; an empty cell is zero.

        Raises:
            SourceError: the cell holds text that is not a number.
        """
        value = self.cell(row, column)
        if value is None or value == "":
            return 0.0
        try:
            return float(value)
        except ValueError:
            raise self.error(row, column, value, f"a number ({what})") from None

    def error(self, row: int, column: int, found: object, expected: str) -> SourceError:
        """A ``SourceError`` at a place, rows and columns counted from one as in a spreadsheet."""
        place = {"row": row + 1, "column": column_letters(column)}
        return SourceError.at(self.file, self.name, **place, found=found, expected=expected)


def column_letters(column: int) -> str:
    """Spreadsheet name of a column counted from zero (0 is A, 26 is AA)."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_workbook(path: str | Path, sheets: Collection[str] | None = None) -> dict[str, Sheet]:
    """Read the sheets of a workbook in order.

    Arguments:
        path: ``.xls`` or ``.xlsx`` file.
        sheets: names of the sheets to read, all if omitted.

    Raises:
        SourceError: the file is missing, is neither format, or lacks a named sheet.
    """
    path = Path(path)
    if not path.is_file():
        raise SourceError(f"{path}: file not found; give the folder that holds the official tables")
    reader = {".xls": _read_xls, ".xlsx": _read_xlsx}.get(path.suffix.lower())
    if reader is None:
        raise SourceError(f"{path}: found a {path.suffix!r} file, expected .xls or .xlsx")
    found = reader(path, sheets)
    missing = sorted(set(sheets or ()) - set(found))
    if missing:
        raise SourceError(f"{path}: sheets {missing} are missing, found {list(found)}")
    return found


def _read_xls(path: Path, sheets: Collection[str] | None) -> dict[str, Sheet]:
    import xlrd

    with xlrd.open_workbook(path, on_demand=True) as book:
        names = [name for name in book.sheet_names() if sheets is None or name in sheets]
        found = {}
        for name in names:
            page = book.sheet_by_name(name)
            rows = [page.row_values(row) for row in range(page.nrows)]
            found[name] = Sheet(path.name, name, tuple(tuple(map(_clean, row)) for row in rows))
            book.unload_sheet(name)
    return found


def _read_xlsx(path: Path, sheets: Collection[str] | None) -> dict[str, Sheet]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        found = {}
        for page in book.worksheets:
            if sheets is None or page.title in sheets:
                rows = page.iter_rows(values_only=True)
                cells = tuple(tuple(map(_clean, row)) for row in rows)
                found[page.title] = Sheet(path.name, page.title, cells)
    finally:
        book.close()
    return found


def _clean(value: object) -> Cell:
    if value is None:
        return None
    if isinstance(value, (int, float)):
        return float(value)
    text = str(value).strip()
    return text or None
