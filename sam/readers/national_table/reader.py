"""Reading a national input-output table: sheet, unit, year, numbers, defects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sam.readers.io_table.defects import VALUE_ADDED, Printed, find_defects
from sam.readers.io_table.layout import COLUMNS, ROWS
from sam.readers.io_table.table import check_size, read_block, read_totals, stated_unit
from sam.readers.national_table.layout import (
    NationalFrame,
    find_national_frame,
    national_code_row,
)
from sam.readers.national_table.table import NationalTable, Purchases
from sam.readers.workbook import Sheet, only_table

Array = npt.NDArray[np.float64]

NATION_OUTPUT = (1e4, 2e7)
"""Gross output of China, 1e8 CNY, outside which the unit may be wrong.

It was some 26,000 in the first table, of 1987, and 2,700,000 in that of 2020, so tables that state
yuan, 1e4 or 1e8 CNY in each other's place fall outside.
"""


def read_national_table(
    path: str | Path,
    sheet: str | None = None,
    year: int | None = None,
    output_range: tuple[float, float] = NATION_OUTPUT,
) -> NationalTable:
    """Read a national table of any number of sectors, competitive or by origin.

    Arguments:
        path: ``.xlsx``, ``.xls``, ``.csv`` or ``.csv.gz`` file, with codes, and titles, units and
            headings above them or not.
        sheet: sheet of the table; if omitted, the one sheet that holds a table.
        year: year of the table; if omitted, the one in its title, sheet or file name.
        output_range: lowest and highest gross output that the table can have, 1e8 CNY.

    Returns:
        The table in 1e8 CNY as printed, with its defects; ``balanced`` makes it exact.

    Raises:
        SourceError: the file or sheet is missing, several sheets hold a table, or codes, labels,
            unit or numbers are not as the layout says.
    """
    page = only_table(path, sheet, lambda page: national_code_row(page) is not None)
    frame = find_national_frame(page)
    unit, doubts = stated_unit(page, frame.code_row)
    printed, imported = _numbers(page, frame, unit)
    place, made = (frame.rows["TII"], frame.columns["GO"]), float(printed.columns["GO"].sum())
    check_size(page, *place, made, unit, "a nation", output_range)
    labels = frame.labels.values()
    return NationalTable(
        name=page.name,
        year=year if year is not None else _year(page, frame.code_row),
        codes=tuple(frame.labels),
        names=tuple(label.chinese or label.english for label in labels),
        english=tuple(label.english for label in labels),
        uses=frame.uses,
        intermediate=printed.inner,
        final=np.stack([printed.columns[name] for name in frame.uses], axis=1),
        exports=printed.columns["EX"],
        imports=imported.total if imported else printed.column("IM"),
        other=printed.column("ERR"),
        value_added=np.stack([printed.rows[name] for name in VALUE_ADDED]),
        output=printed.columns["GO"],
        imported=imported,
        defects=(*doubts, *find_defects(page.name, printed)),
    )


def _year(sheet: Sheet, code_row: int) -> int | None:
    """The one year that the lines above the codes, the sheet or the file names."""
    title = " ".join(str(cell) for row in sheet.cells[:code_row] for cell in row if cell)
    for text in (title, sheet.name, sheet.file):
        years = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text))
        if len(years) == 1:
            return int(years.pop())
    return None


def _numbers(sheet: Sheet, frame: NationalFrame, unit: float) -> tuple[Printed, Purchases | None]:
    """All numbers, of goods from anywhere, and the imported part where rows tell origins."""
    inner = {code: frame.columns[code] for code in frame.labels}
    right = {name: frame.columns[name] for name in COLUMNS if name in frame.columns}
    own = {code: frame.rows[code] for code in frame.labels}
    below = {name: frame.rows[name] for name in ROWS}
    use = {name: frame.columns[name] for name in ("TIU",) if name in frame.columns}
    totals = read_totals(sheet, {"TII": frame.rows["TII"]}, right, unit)[0]
    printed = Printed(
        inner=read_block(sheet, own, inner, unit),
        columns=dict(zip(right, read_block(sheet, own, right, unit).T, strict=True)),
        rows=dict(zip(ROWS, read_block(sheet, below, inner, unit), strict=True)),
        column_totals=dict(zip(right, totals, strict=True)),
        row_totals=dict(zip(ROWS, read_totals(sheet, below, use, unit).flat, strict=bool(use))),
        uses=frame.uses,
    )
    if not frame.imported:
        return printed, None
    purchases = read_block(sheet, frame.imported, inner, unit)
    columns = dict(zip(right, read_block(sheet, frame.imported, right, unit).T, strict=True))
    final = np.stack([columns[name] for name in frame.uses], axis=1)
    return _of_any_origin(printed, purchases, columns), Purchases(purchases, final, columns["EX"])


def _of_any_origin(domestic: Printed, inner: Array, columns: Mapping[str, Array]) -> Printed:
    """Uses of domestic and imported products together; imports are what their rows sum to."""
    both = {name: column + columns[name] for name, column in domestic.columns.items()}
    imports = columns["GO"]
    made = domestic.column_totals["GO"] - float(imports.sum())
    return replace(
        domestic,
        inner=domestic.inner + inner,
        columns={**both, "IM": imports, "GO": domestic.columns["GO"]},
        column_totals={**domestic.column_totals, "GO": made},
    )
