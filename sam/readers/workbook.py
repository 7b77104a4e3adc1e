"""Spreadsheets (``.xls``, ``.xlsx``) and text tables (``.csv``) as plain grids of cells."""

from __future__ import annotations

import gzip
import io
import math
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sam.errors import SourceError, SourceWarning
from sam.readers.grid import GAP, Placed, clean, grid_of
from sam.readers.grid import Cell as Cell
from sam.readers.grid import Range as Range
from sam.readers.text import normalise, to_number
from sam.separated import WANTED, csv_rows

UNPACKED = 2**30
"""Bytes that a packed file may unpack to; beyond them it is refused unread."""

_ACCENTED = re.compile(
    r"[a-zA-Z]+[\u3400-\u9fff][a-z]{2,}|[a-zA-Z][a-z]{3,}[\u3400-\u9fff](?![\u3400-\u9fff])"
)
"""One Chinese sign in or at the end of a Latin word: an accent and a letter beside it, misread."""


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, cells counted from zero.

    Attributes:
        file: name of the workbook.
        name: name of the sheet.
        cells: rows of cells: text (stripped), number, or ``None`` where empty. Dates, truth values,
            spreadsheet errors (``#REF!``) and formulas that were never computed are text.
        merged: ranges of merged cells; the value stands in the first cell of each.
        hidden: whether the workbook hides the sheet.
        stray: place of a number beyond ``GAP`` empty rows or columns, which ``cells`` leave out;
            text as far from the table is a note and left out too.
        note: place of the first such text.
    """

    file: str
    name: str
    cells: tuple[tuple[Cell, ...], ...]
    merged: tuple[Range, ...] = ()
    hidden: bool = False
    stray: tuple[int, int] | None = None
    note: tuple[int, int] | None = None

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

    def filled_down(self, column: int) -> list[str]:
        """Labels of a column where a group's name stands only beside the first of its rows."""
        labels: list[str] = []
        for row in range(self.height):
            labels.append(self.label(row, column) or (labels[-1] if labels else ""))
        return labels

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

    def whole(self, *, texts: bool = False) -> Sheet:
        """The sheet, if all its numbers are in one piece.

        Arguments:
            texts: whether its texts have to be as well, for a table of texts.

        Raises:
            SourceError: a number stands alone, far from the table: names the cell.
        """
        lost, what = (self.stray, "number") if self.stray or not texts else (self.note, "text")
        if lost is None:
            return self
        row, column = lost
        name = f"{column_letters(column)}{row + 1}"
        beyond = f"{max(row + 1 - self.height, 0):,} rows and {max(column + 1 - self.width, 0):,}"
        raise self.error(
            row,
            column,
            f"a {what} in cell {name}, which stands alone, {beyond} columns beyond the table",
            f"{what}s within {GAP} empty rows and columns of each other; delete the cell {name}, "
            "or the empty rows and columns before it",
        )

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
            of one sheet, named like the file without suffix.
        sheets: names of the sheets to read, hidden ones too; all if omitted.

    Raises:
        SourceError: the file is missing, damaged, of another format or larger than ``UNPACKED``,
            or lacks a named sheet, a number of a named sheet stands far from its table, or the
            installed packages cannot read it.
    """
    path = Path(path)
    if not path.is_file():
        place = "" if path.is_absolute() else f" in {Path.cwd()}"
        raise SourceError(f"{path}: file not found{place}; check its name and folder")
    try:
        names, found = _reader(path)(path, sheets)
    except SourceError:
        raise
    except ImportError as absent:
        raise _not_installed(absent) from absent
    except Exception as reason:  # what a damaged file makes a parser raise is anyone's guess
        cause = f"{type(reason).__name__}: {reason}"
        raise SourceError(
            f"{path}: not a readable {path.suffix} file ({cause}); get it again, or open it with a "
            "spreadsheet program and save it anew"
        ) from reason
    missing = sorted(set(sheets or ()) - set(found))
    if missing:
        raise SourceError(f"{path}: sheets {missing} are missing, found {names}")
    if not found:
        raise SourceError(f"{path}: has no sheet of cells; put the table on one")
    return found if sheets is None else {name: page.whole() for name, page in found.items()}


PACKAGES = "'openpyxl >=3.1.5, <3.2' and 'xlrd >=2.0'"
"""What reads workbooks; of openpyxl also parts that no promise covers."""


def _not_installed(missing: Exception) -> SourceError:
    return SourceError(
        f"workbooks cannot be read with the packages installed here ({missing}); the file may be "
        f"fine: install {PACKAGES}"
    )


@contextmanager
def _parts_of_openpyxl() -> Iterator[None]:
    """What openpyxl lacks is no fault of the file."""
    try:
        yield
    except (AttributeError, TypeError) as missing:
        raise _not_installed(missing) from missing


def visible(book: Mapping[str, Sheet]) -> dict[str, Sheet]:
    """The sheets of a workbook that are not hidden, or all where none is visible."""
    shown = {name: page for name, page in book.items() if not page.hidden}
    return shown or dict(book)


def only_table(path: str | Path, sheet: str | None, holds: Callable[[Sheet], bool]) -> Sheet:
    """The named sheet of a workbook, or the only one that holds a table, visible before hidden.

    Arguments:
        path: a workbook.
        sheet: name of the sheet; if omitted, a hidden one is read only where no visible one holds a
            table, with a ``SourceWarning``.
        holds: whether a sheet holds a table.

    Returns:
        The sheet, or where none holds a table the first visible one.

    Raises:
        SourceError: several sheets hold a table, or as ``read_workbook``.
    """
    if sheet is not None:
        return read_workbook(path, [sheet])[sheet]
    book = read_workbook(path)
    tables = visible({name: page for name, page in book.items() if holds(page)})
    if len(tables) > 1:
        hidden = " (hidden ones)" if all(page.hidden for page in tables.values()) else ""
        raise SourceError(
            f"{path}: sheets {list(tables)}{hidden} hold tables; name the one to read with sheet="
        )
    page = next(iter(tables.values() or visible(book).values()))
    if tables and page.hidden:
        _warn(
            f"{path}: read the hidden sheet {page.name!r}, as no visible one holds a table; unhide "
            "it, or name it with sheet="
        )
    return page.whole()


def visible_tables(path: str | Path, book: Mapping[str, Sheet]) -> dict[str, Sheet]:
    """The sheets of a workbook of tables that are not hidden; the hidden ones are warned of.

    Raises:
        SourceError: a number of a sheet stands far from its table.
    """
    shown = visible(book)
    hidden = [name for name in book if book[name].hidden]
    if hidden:
        did = "left out" if len(shown) < len(book) else "read, as there is no other,"
        _warn(f"{path}: {did} hidden sheets {hidden}; name the sheets to read, or unhide them")
    return {name: page.whole() for name, page in shown.items()}


def _warn(text: str) -> None:
    warnings.warn(text, SourceWarning, stacklevel=4)


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
        path, logfile=io.StringIO(), on_demand=True, formatting_info=True, ragged_rows=True
    ) as book:
        found = {}
        for name in book.sheet_names():
            if sheets is None or name in sheets:
                page = book.sheet_by_name(name)
                cells = (
                    (row, column, _xls_cell(cell, book.datemode))
                    for row, line in enumerate(page.get_rows())
                    for column, cell in enumerate(line)
                )
                hidden = page.visibility != 0
                found[name] = _sheet(path, name, cells, tuple(page.merged_cells), hidden)
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
    found = {}
    with zipfile.ZipFile(path) as parts:
        _refuse_large(path, sum(part.file_size for part in parts.infolist()))
    with path.open("rb") as first, path.open("rb") as second:
        book = _open_xlsx(first, results=True)
        formulas = _open_xlsx(second, results=False) if _uncomputed(path) else None
        for page in book.worksheets:
            if sheets is None or page.title in sheets:
                merged: list[Range] = []
                cells = _xlsx_cells(book, page, merged)
                if formulas is not None:
                    cells = _with_formulas(cells, formulas, page.title)
                hidden = page.sheet_state != "visible"
                found[page.title] = _sheet(path, page.title, cells, merged, hidden)
        return [page.title for page in book.worksheets], found


def _open_xlsx(stream: IO[bytes], *, results: bool) -> Any:
    """A workbook whose sheets are read as streams, with results of formulas or formulas."""
    from openpyxl.chartsheet import Chartsheet
    from openpyxl.reader.excel import ExcelReader

    class Reader(ExcelReader):  # type: ignore[misc]
        def read_chartsheet(self, sheet: Any, rel: Any) -> None:
            """Keep the name of a sheet without cells; charts may be of any form."""
            with _parts_of_openpyxl():
                add = self.wb._add_sheet
            add(Chartsheet(parent=self.wb, title=sheet.name))

    reader = Reader(stream, read_only=True, data_only=results)
    reader.read()
    return reader.wb


def _xlsx_cells(book: Any, page: Any, merged: list[Range] | None = None) -> Iterator[Placed]:
    """Cells of a sheet as its XML lists them, then its merged ranges.

    openpyxl's own streams give every empty cell up to the last, and lose cells that come late.
    """
    from openpyxl.utils import range_boundaries
    from openpyxl.worksheet._reader import WorkSheetParser

    with _parts_of_openpyxl():
        open_source = page._get_source
        shared, dates, spans = page._shared_strings, book._date_formats, book._timedelta_formats
    with open_source() as source:
        with _parts_of_openpyxl():
            parser = WorkSheetParser(
                source,
                shared,
                data_only=book.data_only,
                epoch=book.epoch,
                date_formats=dates,
                timedelta_formats=spans,
            )
        for _, row in parser.parse():
            for cell in row:
                yield cell["row"] - 1, cell["column"] - 1, cell["value"]
        if merged is not None and parser.merged_cells is not None:
            for cells in parser.merged_cells.mergeCell:
                left, top, right, bottom = range_boundaries(cells.ref)
                merged.append((top - 1, bottom, left - 1, right))


def _with_formulas(cells: Iterator[Placed], formulas: Any, title: str) -> Iterator[Placed]:
    """Cells, with the formula where its result is not stored: it cannot pass for an empty cell."""
    texts = _xlsx_cells(formulas, formulas[title])
    for (row, column, value), (*_, text) in zip(cells, texts, strict=True):
        yield row, column, text if value is None else value


_UNCOMPUTED = re.compile(
    rb"(</(\w+:)?f>|<(\w+:)?f(\s[^>]*)?/>)\s*(<(\w+:)?v\s*/>|<(\w+:)?v>\s*</(\w+:)?v>)?\s*</(\w+:)?c>"
)
"""A cell of a sheet's XML with a formula and no stored result."""

_CHUNK, _OVERLAP = 2**20, 2**12


def _uncomputed(path: Path) -> bool:
    """Whether a workbook holds formulas without their results."""
    with zipfile.ZipFile(path) as parts:
        names = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        return any(_holds_uncomputed(parts, name) for name in names)


def _holds_uncomputed(parts: zipfile.ZipFile, name: str) -> bool:
    before = b""
    with parts.open(name) as stream:
        while chunk := stream.read(_CHUNK):
            if _UNCOMPUTED.search(before + chunk):
                return True
            before = chunk[-_OVERLAP:]
    return False


def _sheet(
    path: Path, name: str, cells: Iterable[Placed], merged: Collection[Range], hidden: bool
) -> Sheet:
    """A sheet of its cells; its merged ranges may be known only once these are read."""
    grid = grid_of(cells, merged, f"{path}, sheet {name!r}")
    return Sheet(path.name, name, grid.cells, tuple(merged), hidden, grid.stray, grid.note)


def _refuse_large(path: Path, size: int) -> None:
    if size > UNPACKED:
        raise SourceError(
            f"{path}: unpacks to {size:,} bytes, expected at most {UNPACKED:,}; save the sheet of "
            "the table as .csv, or raise sam.readers.workbook.UNPACKED"
        )


def _read_csv(path: Path, sheets: Collection[str] | None) -> tuple[list[str], dict[str, Sheet]]:
    packed = path.suffix.lower() == ".gz"
    name = Path(path.stem).stem if packed else path.stem
    if sheets is not None and name not in sheets:
        return [name], {}
    text = decoded(path)

    def wrong(line: int, why: str) -> SourceError:
        place = {"row": line, "column": "A"}
        return SourceError.at(path.name, name, **place, found=why, expected=WANTED)

    cells = tuple(tuple(map(clean, row)) for _, row in csv_rows(text, wrong, strict=True))
    return [name], {name: Sheet(path.name, name, cells)}


def decoded(path: Path) -> str:
    """The text of a file in UTF-8 or GB 18030, unpacked where its name ends in ``.gz``.

    Raises:
        SourceError: it is neither, damaged, or larger than ``UNPACKED``; or Chinese signs stand
            within Latin words, as where letters with accents are read as GB 18030.
    """
    try:
        if path.suffix.lower() == ".gz":
            with gzip.open(path) as stream:
                raw = stream.read(UNPACKED + 1)
            _refuse_large(path, len(raw))
        else:
            raw = path.read_bytes()
    except (OSError, EOFError, zlib.error) as reason:
        raise SourceError(f"{path}: cannot be read ({reason}); get or write it again") from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        misread = _ACCENTED.search(text) if encoding == "gb18030" else None
        if misread is not None:
            raise SourceError(
                f"{path}: found {misread.group()!r} if read as GB 18030, so it seems to hold "
                "accents in another encoding; save it as UTF-8"
            )
        return text
    raise SourceError(f"{path}: found neither UTF-8 nor GB 18030 text; save it as UTF-8")
