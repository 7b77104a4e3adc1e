"""SAMs as files: CSV, Excel and Parquet, long or square, read back as they were written.

A **long** table has one line per payment, with the columns of ``COLUMNS`` and ``unit``. A
**square** table has one row and one column per account, each with three headings::

    unit: 1e8 CNY                | SH        SH         ...
                       kind      | activity  commodity  ...
    region  kind       account   | AGR       AGR        ...
    SH      activity   AGR       |           41.5
    SH      commodity  AGR       | 12.3

Tables whose accounts have names only are read as well, long with the columns ``row, col, value``,
or square with one heading of each row and column (``sam.matrix.named``). Which of them a sheet
holds is seen from its headings. A title that says ``unit: X`` or, in brackets,
``(in million euro)`` tells the unit; where nothing does it is "(unit not stated)". Titles above the
table, merged regions and kinds, and notes are tolerated; totals are held against
its sums (``sam.matrix.totals``). Of a workbook the first visible sheet that holds a SAM is read, a
hidden one only where no visible one does, unless the sheet is named; a table of names whose
payments do not circulate counts only where none do.

Values are written with as many digits as tell them apart from their neighbours (17 at most), so
files are exact.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sam.errors import SAMError, SourceError, SourceWarning
from sam.matrix.frames import ACCOUNT, COLUMNS, UNIT, located
from sam.matrix.layouts import holding, holds_sam, read_sheet
from sam.matrix.long import Table, is_long_heading, long_rows, names_of, read_long
from sam.matrix.square import square_rows
from sam.matrix.square_frames import long_payments
from sam.matrix.titles import SEARCHED, stated_unit
from sam.readers.grid import SPANNED
from sam.readers.workbook import Sheet, decoded, read_workbook, visible
from sam.separated import WANTED, csv_rows
from sam.writing import OTHER_SCRATCH, SCRATCH, explained, write_file

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell

_EXCEL_ROWS, _EXCEL_COLUMNS = 1_048_576, 16_384
_PARQUET_KEY = b"sam"
_WORKBOOKS = (".xlsx", ".xls")


@dataclass(frozen=True)
class Source:
    """Where a SAM was read.

    Attributes:
        file: the file.
        sheet: its sheet, ``None`` where the file is no workbook.
        others: other sheets of the workbook that hold a SAM; not sought where ``sheet`` was named.
        hidden: those of all these that the workbook hides.
        doubt: why another sheet could be meant, empty where none could or the sheet was named.
    """

    file: str
    sheet: str | None = None
    others: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    doubt: str = ""

    def __str__(self) -> str:
        if self.sheet is None:
            return self.file
        also = f"; also in this workbook: {self._listed(self.others)}" if self.others else ""
        return f"{self.file}, sheet {self._listed([self.sheet])}{also}"

    def warn(self, stacklevel: int) -> None:
        """Warn where another sheet could be meant, and say how to name one."""
        if self.doubt:
            text = f"{self.file}: {self.doubt}; name the sheet to read with sheet= (--sheet)"
            warnings.warn(text, SourceWarning, stacklevel=stacklevel)

    def _listed(self, names: Iterable[str]) -> str:
        return ", ".join(f"{name!r}{' (hidden)' * (name in self.hidden)}" for name in names)


Reading = tuple[Table, Source]
"""What is read, and where."""


def read(
    path: str | Path,
    sheet: str | None = None,
    region: str | None = None,
    *,
    ignore_totals: bool = False,
) -> Reading:
    """Read the payments of a file, its format told by its suffix.

    Arguments:
        path: ``.csv``, ``.csv.gz``, ``.xlsx``, ``.xls`` or ``.parquet``.
        sheet: name of the sheet of a workbook; the first that holds a SAM if omitted, visible
            sheets before hidden ones.
        region: region of all accounts where the table names none.
        ignore_totals: do not hold the totals of a table against its sums.

    Raises:
        SAMError: no such format, or a sheet is named of what is no workbook.
        SourceError: the file is missing, damaged or holds no SAM, or a cell is wrong: names file,
            sheet, row and column.
    """
    how = {"ignore_totals": ignore_totals}
    readers: dict[str, Callable[[Path], Reading]] = {
        ".csv": lambda file: read_csv(file, region, **how),
        ".csv.gz": lambda file: read_csv(file, region, **how),
        ".parquet": lambda file: read_parquet(file, region, **how),
        **dict.fromkeys(_WORKBOOKS, lambda file: read_excel(file, sheet, region, **how)),
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


def read_csv(path: Path, region: str | None = None, *, ignore_totals: bool = False) -> Reading:
    """Read a CSV file (UTF-8 or GB 18030, ``.gz`` allowed), long or square."""
    _require_file(path)
    text = decoded(path)
    top = _rows(path, text)
    titles: list[str] = []
    for row, cells in zip(range(SEARCHED), top, strict=False):
        if is_long_heading(cells):
            frame = _parsed(path, text, row + 1, len(cells)).set_axis(names_of(cells), axis=1)
            table, unit = read_long(
                path.name, path.stem, frame, row + 1, region, ignore_totals=ignore_totals
            )
            return (table, unit or stated_unit(titles)), Source(str(path))
        titles += cells
    sheet = _grid(path, text)
    _refuse_delimiters(path, text)
    return read_sheet(sheet, region, ignore_totals=ignore_totals), Source(str(path))


def read_excel(
    path: Path,
    sheet: str | None = None,
    region: str | None = None,
    *,
    ignore_totals: bool = False,
) -> Reading:
    """Read the named sheet of a workbook, or the first one that holds a SAM, long or square.

    Visible sheets come before hidden ones.
    """
    _require_file(path)
    book = read_workbook(path, None if sheet is None else [sheet])
    pages = holding(book)
    if not pages and len(visible(book)) == 1:
        pages = list(visible(book).values())
    if not pages:
        raise SourceError(
            f"{path}: no sheet of {list(book)} holds a SAM, long (columns {', '.join(COLUMNS)}) or "
            f"square (the same names of rows and columns, or three headings: {', '.join(ACCOUNT)})"
        )
    doubt = _doubt(pages) if sheet is None else ""
    first, *others = pages
    hidden = tuple(page.name for page in pages if page.hidden)
    source = Source(str(path), first.name, tuple(page.name for page in others), hidden, doubt)
    return read_sheet(first.whole(), region, ignore_totals=ignore_totals), source


def _doubt(pages: Sequence[Sheet]) -> str:
    """Why another sheet could be meant than the first: it is hidden, or others are visible too."""
    first = pages[0]
    others = [page.name for page in pages[1:] if not page.hidden]
    if first.hidden:
        return f"read the hidden sheet {first.name!r}, as no visible one holds a SAM"
    return f"read the sheet {first.name!r}; {others} hold SAMs too" if others else ""


def read_parquet(path: Path, region: str | None = None, *, ignore_totals: bool = False) -> Reading:
    """Read a long table from a Parquet file; its metadata tell the unit."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    _require_file(path)
    try:
        count = pq.read_metadata(path).num_rows
        table = pq.read_table(path) if count <= SPANNED else None
    except (OSError, pa.ArrowException) as reason:
        raise SourceError(f"{path}: not a readable Parquet file ({reason}); get it again") from None
    if table is None:
        raise SourceError(
            f"{path}: holds {count:,} payments, expected at most {SPANNED:,}; leave out zeros"
        )
    told = _told_unit(path, (table.schema.metadata or {}).get(_PARQUET_KEY))
    payments = table.replace_schema_metadata(None).to_pandas()  # whatever pandas noted of them
    frame, unit = located(
        path, lambda: long_payments(payments, region, ignore_totals=ignore_totals)
    )
    return (frame, told or unit), Source(str(path))


def _told_unit(path: Path, raw: bytes | None) -> str | None:
    """The unit in the metadata of a Parquet file, none where they tell none.

    Raises:
        SourceError: the metadata are damaged.
    """
    if raw is None:
        return None
    try:
        told = json.loads(raw)
        unit = told.get(UNIT) if isinstance(told, dict) else told
    except ValueError:
        told = unit = raw
    if not isinstance(told, dict) or not isinstance(unit, str | None):
        raise SourceError(
            f"{path}: found {told!r} in the metadata {_PARQUET_KEY.decode()!r}, expected a JSON "
            "object with the unit as text; write the table again without metadata, "
            "pandas.read_parquet(FILE).to_parquet(FILE), and name the unit when reading it"
        )
    return unit


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
    rows = _rows(path, text, delimiter)
    cells = tuple(tuple(cell.strip() or None for cell in row) for row in rows)
    return Sheet(path.name, path.stem, cells)


def _rows(path: Path, text: str, delimiter: str = ",") -> Iterator[list[str]]:
    def wrong(line: int, why: str) -> SourceError:
        return SourceError(f"{path}, line {line}: {why}; write {WANTED}")

    return (cells for _, cells in csv_rows(text, wrong, delimiter))


def _refuse_delimiters(path: Path, text: str) -> None:
    """Say so where other signs part the fields, beside which a comma may be decimal.

    They part a line, such as that of the headings, into more fields than commas do.
    """
    for delimiter, name in ((";", "semicolons"), ("\t", "tabulators")):
        if delimiter not in text:
            continue
        sheet = _grid(path, text, delimiter)
        top = zip(sheet.cells[:SEARCHED], csv.reader(io.StringIO(text, newline="")), strict=False)
        if any(len(parted) > len(line) for parted, line in top) and holds_sam(sheet):
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
        raise SourceError(f"{path}: not a readable CSV table ({reason}); save it again") from None
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
