"""Spreadsheets (``.xls``, ``.xlsx``) and text tables (``.csv``) as plain grids of cells."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import math
import re
import zipfile
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sam.errors import SourceError
from sam.readers.text import normalise, to_number

Cell = str | float | None

Range = tuple[int, int, int, int]
"""Cells merged into one: first row, row after the last, first column, column after the last."""

STREAMED = 8_000_000
"""Size in bytes above which an ``.xlsx`` file is read as a stream, without its merged ranges."""


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, cells counted from zero.

    Attributes:
        file: name of the workbook.
        name: name of the sheet.
        cells: rows of cells: text (stripped), number, or ``None`` where empty. Dates, truth values,
            spreadsheet errors (``#REF!``) and formulas that were never computed are text.
        merged: ranges of merged cells; the value stands in the first cell of each.
    """

    file: str
    name: str
    cells: tuple[tuple[Cell, ...], ...]
    merged: tuple[Range, ...] = ()

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
        """The cell's text as ``normalise`` writes it, empty where there is no text."""
        value = self.cell(row, column)
        return normalise(value) if isinstance(value, str) else ""

    def label(self, row: int, column: int) -> str:
        """The text seen at a place: that of the cell or of the merged range that covers it."""
        return self.text(*self._owner(row, column))

    def heading(self, rows: Iterable[int], column: int) -> str:
        """Labels of a column joined from top to bottom, each merged range once."""
        owners = dict.fromkeys(self._owner(row, column) for row in rows)
        return "".join(self.text(*owner) for owner in owners)

    def filled_right(self, row: int) -> list[str]:
        """Labels of a row where a group's name stands only above the first of its columns."""
        return _filled([self.label(row, column) for column in range(self.width)])

    def filled_down(self, column: int) -> list[str]:
        """Labels of a column where a group's name stands only beside the first of its rows."""
        return _filled([self.label(row, column) for row in range(self.height)])

    def number(self, row: int, column: int, what: str) -> float:
        """The cell as a number, as ``text.to_number`` reads it; an empty cell is zero.

        Raises:
            SourceError: the cell holds anything else, or shares one number with other cells.
        """
        value = self.cell(row, column)
        if value is None:
            owner = self._owner(row, column)
            shared = None if owner == (row, column) else self.cell(*owner)
            if shared is not None:
                place = f"{column_letters(owner[1])}{owner[0] + 1}"
                found = f"{shared!r} of the merged cell {place}"
                raise self.error(row, column, found, f"a number of its own ({what})")
            return 0.0
        if isinstance(value, float) and math.isfinite(value):
            return value
        try:
            return to_number(str(value))
        except ValueError as reason:
            raise self.error(row, column, value, f"a number ({what}); {reason}") from None

    def error(
        self, row: int | range | None, column: int | range | None, found: object, expected: str
    ) -> SourceError:
        """A ``SourceError`` at a place, rows and columns named as in a spreadsheet.

        Arguments:
            row: row or rows counted from zero, all if ``None``.
            column: column or columns counted from zero, all if ``None``.
            found: what stands there.
            expected: what should.
        """
        rows = range(self.height) if row is None else row
        columns = range(self.width) if column is None else column
        place = {"row": _named(rows, str), "column": _named(columns, column_letters, 0)}
        return SourceError.at(self.file, self.name, **place, found=found, expected=expected)

    def _owner(self, row: int, column: int) -> tuple[int, int]:
        """The first cell of the merged range at a place, the place itself outside any."""
        for top, bottom, left, right in self.merged:
            if top <= row < bottom and left <= column < right:
                return top, left
        return row, column


def _filled(labels: list[str]) -> list[str]:
    for k in range(1, len(labels)):
        labels[k] = labels[k] or labels[k - 1]
    return labels


def _named(places: int | range, name: Callable[[int], str], first: int = 1) -> str:
    """A place or the first and last of a range, as a spreadsheet names it."""
    if isinstance(places, int):
        return name(places + first)
    ends = (places.start, max(places.stop - 1, places.start))
    return "-".join(dict.fromkeys(name(place + first) for place in ends))


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
        path: ``.xls``, ``.xlsx`` or ``.xlsm`` file (told by its content where its name says
            another of them), or a ``.csv`` or ``.csv.gz`` file (UTF-8 or GB 18030) as a workbook
            of one sheet, named like the file without suffix. Merged ranges are known of ``.xls``
            and of the others up to ``STREAMED`` bytes.
        sheets: names of the sheets to read, all if omitted.

    Raises:
        SourceError: the file is missing, damaged or of another format, or lacks a named sheet.
    """
    path = Path(path)
    if not path.is_file():
        place = "" if path.is_absolute() else f" in {Path.cwd()}"
        raise SourceError(f"{path}: file not found{place}; check its name and folder")
    try:
        names, found = _reader(path)(path, sheets)
    except SourceError:
        raise
    except Exception as reason:  # what a damaged file makes a parser raise is anyone's guess
        text = f"{path}: not a readable {path.suffix} file ({type(reason).__name__}: {reason})"
        raise SourceError(text) from reason
    missing = sorted(set(sheets or ()) - set(found))
    if missing:
        raise SourceError(f"{path}: sheets {missing} are missing, found {names}")
    return found


_Reader = Callable[[Path, Collection[str] | None], tuple[list[str], dict[str, Sheet]]]
"""Gives the names of all sheets and the cells of those that are wanted."""


def _reader(path: Path) -> _Reader:
    """What reads a file, by its suffix and its first bytes.

    Raises:
        SourceError: the suffix is that of no table.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv" or path.name.lower().endswith(".csv.gz"):
        return _read_csv
    if suffix not in (".xls", ".xlsx", ".xlsm"):
        expected = ".xls or .xlsx (or .csv, .csv.gz)"
        raise SourceError(f"{path}: found a {path.suffix!r} file, expected {expected}")
    with path.open("rb") as stream:
        first = stream.read(4)
    if first == _COMPOUND or (suffix == ".xls" and first != _ARCHIVE):
        return _read_xls
    return _read_xlsx


_COMPOUND, _ARCHIVE = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
"""First bytes of an ``.xls`` file and of the archive that an ``.xlsx`` file is."""


def _read_xls(path: Path, sheets: Collection[str] | None) -> tuple[list[str], dict[str, Sheet]]:
    import xlrd

    with xlrd.open_workbook(
        path, logfile=io.StringIO(), on_demand=True, formatting_info=True
    ) as book:
        found = {}
        for name in book.sheet_names():
            if sheets is None or name in sheets:
                page = book.sheet_by_name(name)
                rows = [[_xls_cell(cell, book.datemode) for cell in row] for row in page.get_rows()]
                found[name] = Sheet(path.name, name, _grid(rows), tuple(page.merged_cells))
                book.unload_sheet(name)
        return book.sheet_names(), found


def _xls_cell(cell: Any, datemode: int) -> object:
    """The value of an ``.xls`` cell in the types that openpyxl uses."""
    import xlrd

    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#ERROR!"))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, datemode)
    return cell.value


def _read_xlsx(path: Path, sheets: Collection[str] | None) -> tuple[list[str], dict[str, Sheet]]:
    import openpyxl

    stream = path.stat().st_size > STREAMED
    found = {}
    with path.open("rb") as first, path.open("rb") as second:
        book = openpyxl.load_workbook(first, read_only=stream, data_only=True)
        shown = openpyxl.load_workbook(second, read_only=stream) if _uncomputed(path) else None
        for page in book.worksheets:
            if sheets is None or page.title in sheets:
                rows = [list(row) for row in page.iter_rows(values_only=True)]
                if shown is not None:
                    _show_formulas(rows, shown[page.title].iter_rows(values_only=True))
                merged = () if stream else tuple(map(_range, page.merged_cells.ranges))
                found[page.title] = Sheet(path.name, page.title, _grid(rows), merged)
        return [page.title for page in book.worksheets], found


_UNCOMPUTED = re.compile(
    rb"(</(\w+:)?f>|<(\w+:)?f(\s[^>]*)?/>)\s*(<(\w+:)?v\s*/>|<(\w+:)?v>\s*</(\w+:)?v>)?\s*</(\w+:)?c>"
)
"""A cell of a sheet's XML with a formula and no stored result."""


def _uncomputed(path: Path) -> bool:
    """Whether a workbook holds formulas without their results."""
    with zipfile.ZipFile(path) as parts:
        names = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        return any(_UNCOMPUTED.search(parts.read(name)) for name in names)


def _show_formulas(rows: list[list[object]], formulas: Iterable[tuple[object, ...]]) -> None:
    """Put a formula without a stored result in its cell, where it cannot pass for an empty one."""
    for row, texts in zip(rows, formulas, strict=True):
        for column, text in enumerate(texts):
            if row[column] is None and text is not None:
                row[column] = text


def _range(cells: Any) -> Range:
    return cells.min_row - 1, cells.max_row, cells.min_col - 1, cells.max_col


def _read_csv(path: Path, sheets: Collection[str] | None) -> tuple[list[str], dict[str, Sheet]]:
    packed = path.suffix.lower() == ".gz"
    name = Path(path.stem).stem if packed else path.stem
    if sheets is not None and name not in sheets:
        return [name], {}
    raw = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError:
            raise SourceError(f"{path}: found neither UTF-8 nor GB 18030 text") from None
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        cells = _grid(lines)
    except csv.Error as reason:
        raise SourceError.at(
            path.name,
            name,
            row=lines.line_num,
            column="A",
            found=str(reason),
            expected="cells parted by commas, with pairs of quotation marks",
        ) from None
    return [name], {name: Sheet(path.name, name, cells)}


def _grid(rows: Iterable[Iterable[object]]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(map(_clean, row)) for row in rows)


def _clean(value: object) -> Cell:
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    text = str(value).strip()
    return text or None
