"""SAMs as files: CSV, Excel and Parquet, long or square, read back as they were written.

A **long** table has one line per payment, with the columns of ``COLUMNS`` and ``unit``. A
**square** table has one row and one column per account, each with three headings::

    unit: 1e8 CNY                | SH        SH         ...
                       kind      | activity  commodity  ...
    region  kind       account   | AGR       AGR        ...
    SH      activity   AGR       |           41.5
    SH      commodity  AGR       | 12.3

Which of the two a sheet holds is seen from its headings. A title that says ``unit: X`` or, in
brackets, ``(in million euro)`` tells the unit; where nothing does it is "(unit not stated)". Titles
above the table, merged regions and kinds, a row and a column of totals, and notes below a long
table are tolerated. Values are written with as many digits as tell them apart from their neighbours
(17 at most), so files are exact.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sam.errors import SAMError, SourceError
from sam.matrix.frames import ACCOUNT, COLUMNS, UNIT, long_frame
from sam.matrix.layouts import (
    SEARCHED,
    Table,
    is_long,
    is_long_heading,
    kind_headings,
    located,
    long_rows,
    names_of,
    read_long,
    read_sheet,
    square_rows,
    stated_unit,
)
from sam.readers.workbook import Sheet, read_workbook
from sam.writing import OTHER_SCRATCH, SCRATCH, explained, write_file

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell

_EXCEL_ROWS, _EXCEL_COLUMNS = 1_048_576, 16_384
_PARQUET_KEY = b"sam"
_WORKBOOKS = (".xlsx", ".xls")


def read(path: str | Path, sheet: str | None = None, region: str | None = None) -> Table:
    """Read the payments of a file, its format told by its suffix.

    Arguments:
        path: ``.csv``, ``.csv.gz``, ``.xlsx``, ``.xls`` or ``.parquet``.
        sheet: name of the sheet of a workbook; the first that holds a SAM if omitted.
        region: region of all accounts where the table names none.

    Raises:
        SAMError: no such format, or a sheet is named of what is no workbook.
        SourceError: the file is missing, damaged or holds no SAM, or a cell is wrong: names file,
            sheet, row and column.
    """
    readers: dict[str, Callable[[Path], Table]] = {
        ".csv": lambda file: read_csv(file, region),
        ".csv.gz": lambda file: read_csv(file, region),
        ".parquet": lambda file: read_parquet(file, region),
        **dict.fromkeys(_WORKBOOKS, lambda file: read_excel(file, sheet, region)),
    }
    ending = suffix(path, readers)
    if sheet is not None and ending not in _WORKBOOKS:
        raise SAMError(
            f"{path}: has no sheet {sheet!r}, for it is no workbook; leave out the sheet"
        )
    return readers[ending](Path(path))


def write(path: str | Path, long: pd.DataFrame, square: pd.DataFrame | None, unit: str) -> None:
    """Write payments to a file, its format told by its suffix.

    Arguments:
        path: ``.csv``, ``.csv.gz``, ``.xlsx`` or ``.parquet``.
        long: payments as a long frame.
        square: the same as a square table, if that is the layout wanted.
        unit: unit of the values.

    Raises:
        SAMError: no such format or folder, or the table is too large for the format.
    """
    writers: dict[str, Callable[[Path], None]] = {
        ".csv": lambda file: write_csv(file, long, square, unit),
        ".csv.gz": lambda file: write_csv(file, long, square, unit),
        ".xlsx": lambda file: write_excel(file, long, square, unit),
        ".parquet": lambda file: write_parquet(file, long, square, unit),
    }
    writers[suffix(path, writers)](Path(path))


def suffix(path: str | Path, known: Iterable[str]) -> str:
    """The suffix of a path that tells its format.

    Raises:
        SAMError: there is none among the known.
    """
    name = Path(path).name.lower()
    for ending in sorted(known, key=len, reverse=True):
        if name.endswith(ending):
            return ending
    raise SAMError(f"{path}: no known format; use one of {', '.join(known)}")


def read_csv(path: Path, region: str | None = None) -> Table:
    """Read a CSV file (UTF-8 or GB 18030, ``.gz`` allowed), long or square."""
    text = _decoded(path)
    top = csv.reader(io.StringIO(text, newline=""))
    titles: list[str] = []
    for row, cells in zip(range(SEARCHED), top, strict=False):
        if is_long_heading(cells):
            frame = _parsed(path, text, row + 1, len(cells)).set_axis(names_of(cells), axis=1)
            table, unit = read_long(path.name, path.stem, frame, row + 1, region)
            return table, unit or stated_unit(titles)
        titles += cells
    sheet = _grid(path, text)
    if kind_headings(sheet) is None:
        _refuse_delimiters(path, text)
    return read_sheet(sheet, region)


def read_excel(path: Path, sheet: str | None = None, region: str | None = None) -> Table:
    """Read the named sheet of a workbook, or the first one that holds a SAM, long or square."""
    _require_file(path)
    book = read_workbook(path, None if sheet is None else [sheet])
    for page in book.values():
        if is_long(page) or kind_headings(page) is not None or len(book) == 1:
            return read_sheet(page, region)
    raise SourceError(
        f"{path}: no sheet of {list(book)} holds a SAM, long (columns {', '.join(COLUMNS)}) or "
        f"square (three headings of rows and columns: {', '.join(ACCOUNT)})"
    )


def read_parquet(path: Path, region: str | None = None) -> Table:
    """Read a long table from a Parquet file; its metadata tell the unit."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    _require_file(path)
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as reason:
        raise SourceError(f"{path}: not a readable Parquet file ({reason})") from None
    told = json.loads((table.schema.metadata or {}).get(_PARQUET_KEY, b"{}"))
    frame, unit = located(path, lambda: long_frame(table.to_pandas(), region))
    return frame, told.get(UNIT, unit)


def write_csv(path: Path, long: pd.DataFrame, square: pd.DataFrame | None, unit: str) -> None:
    """Write a CSV file in UTF-8; equal SAMs give equal bytes.

    Raises:
        SAMError: there is no such folder, or the file cannot be written.
    """
    _require_folder(path)
    if square is None:
        text = long.assign(unit=unit).to_csv(index=False, lineterminator="\n")
    else:
        page = io.StringIO(newline="")
        csv.writer(page, lineterminator="\n").writerows(square_rows(square, unit))
        text = page.getvalue()
    raw = text.encode("utf-8")
    _save(path, gzip.compress(raw, mtime=0) if path.suffix.lower() == ".gz" else raw)


def write_excel(path: Path, long: pd.DataFrame, square: pd.DataFrame | None, unit: str) -> None:
    """Write a workbook with one sheet, headings frozen and filterable.

    Raises:
        SAMError: the file cannot be written, or a sheet cannot hold so many payments or accounts.
    """
    _require_folder(path)
    rows, columns = (len(long) + 1, 8) if square is None else (len(square) + 3,) * 2
    if rows > _EXCEL_ROWS or columns > _EXCEL_COLUMNS:
        raise SAMError(
            f"{path}: a sheet cannot hold {rows} x {columns} cells; write Parquet or CSV"
        )
    with explained(SAMError, f"{path}: {SCRATCH}", OTHER_SCRATCH):
        content = _workbook(long, square, unit, columns)
    _save(path, content)


def _workbook(long: pd.DataFrame, square: pd.DataFrame | None, unit: str, columns: int) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("SAM")
    page.freeze_panes = "A2" if square is None else "D4"
    for number in range(1, 1 + min(columns, 8)):
        page.column_dimensions[openpyxl.utils.get_column_letter(number)].width = 13
    heads = 1 if square is None else 3
    table = long_rows(long, unit) if square is None else square_rows(square, unit)
    for place, row in enumerate(table):
        page.append([_excel_cell(page, value, bold=place < heads) for value in row])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def write_parquet(path: Path, long: pd.DataFrame, square: pd.DataFrame | None, unit: str) -> None:
    """Write a Parquet file with the unit in its metadata.

    Raises:
        SAMError: the file cannot be written, or the layout is square, which Parquet does not hold.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    _require_folder(path)
    if square is not None:
        raise SAMError(f"{path}: Parquet holds long tables only; leave out layout='square'")
    table = pa.Table.from_pandas(long, preserve_index=False)
    told = {**(table.schema.metadata or {}), _PARQUET_KEY: json.dumps({UNIT: unit}).encode()}
    packed = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(told), packed, compression="zstd")
    _save(path, packed.getvalue())


def _save(path: Path, content: bytes) -> None:
    with explained(SAMError, f"{path}:", "name another file"):
        write_file(path, content)


def _grid(path: Path, text: str, delimiter: str = ",") -> Sheet:
    """The cells of a CSV text."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    cells = tuple(tuple(cell.strip() or None for cell in row) for row in rows)
    return Sheet(path.name, path.stem, cells)


def _refuse_delimiters(path: Path, text: str) -> None:
    """Say so where fields are parted by other signs, beside which a comma may be decimal."""
    for delimiter, name in ((";", "semicolons"), ("\t", "tabulators")):
        sheet = _grid(path, text, delimiter)
        if is_long(sheet) or kind_headings(sheet) is not None:
            raise SourceError(
                f"{path}: fields are parted by {name}; save it with commas between fields and "
                "decimal points"
            )


def _parsed(path: Path, text: str, above: int, width: int) -> pd.DataFrame:
    """The lines below the heading as text, checked for fields too many."""
    try:
        frame = pd.read_csv(
            io.StringIO(text, newline=""),
            header=None,
            skiprows=above,
            names=range(width + 1),
            dtype="str",
            keep_default_na=False,
            skip_blank_lines=False,
        )
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=range(width))
    except pd.errors.ParserError as reason:
        raise SourceError(f"{path}: not a readable CSV table ({reason})") from None
    more = (frame[width].fillna("") != "").to_numpy()
    if more.any():
        raise SourceError.at(
            path.name,
            path.stem,
            row=int(more.argmax()) + above + 1,
            found=f"more than {width} fields",
            expected="as many as headings; put labels with commas in quotation marks",
        )
    return frame[list(range(width))]


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise SourceError(f"{path}: file not found; give the path of a file that holds a SAM")


def _require_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise SAMError(f"{path}: there is no folder {path.parent}; create it or choose another")


def _decoded(path: Path) -> str:
    """The text of a file, unpacked where it is compressed."""
    _require_file(path)
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if path.suffix.lower() == ".gz" else raw
    except (OSError, EOFError, zlib.error) as reason:
        raise SourceError(f"{path}: cannot be read ({reason})") from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SourceError(f"{path}: found neither UTF-8 nor GB 18030 text; save it as UTF-8")


def _excel_cell(page: Any, value: object, *, bold: bool) -> WriteOnlyCell | str | None:
    """A cell that holds exactly this text or number, whatever Excel would make of it."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    if value is None or (isinstance(value, str) and not bold and value[0] not in "=#"):
        return value
    if isinstance(value, float):
        cell = WriteOnlyCell(page, repr(float(value)))  # all digits, of which openpyxl writes 16
        cell.data_type, cell.number_format = "n", "#,##0.00"
    else:
        cell = WriteOnlyCell(page, str(value))
        cell.data_type = "s"  # no formula, no error code
    if bold:
        cell.font = Font(bold=True)
    return cell
