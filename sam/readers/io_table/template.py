"""An empty sheet in the coded layout of provincial input-output tables, to be filled in.

Headings are the words that the reader asks for at each code (``sam.readers.io_table.layout``).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sam.errors import SourceError
from sam.readers.io_table.layout import COLUMNS, ROWS, SECTORS
from sam.readers.workbook import column_letters
from sam.writing import OTHER_SCRATCH, SCRATCH, explained, write_file

_FIRST_ROW, _FIRST_COLUMN = 5, 3  # of the numbers, from 1 and from 0


def write_template(
    path: str | Path, sectors: Sequence[str], province: str = "Province", unit: str = "万元"
) -> None:
    """Write a workbook with one empty table in the coded layout since 2012.

    Sums (``TIU``, ``THC``, ``TC``, ``GCF``, ``TFU``, ``TII``, ``TVA``, ``TI``) are formulas, so the
    sheet is filled in and saved with a spreadsheet program, which computes them; all other cells
    are to be filled, gross output ``GO`` too. ``read_io_table`` reads the result.

    Arguments:
        path: ``.xlsx`` file to write.
        sectors: names of the 42 sectors, in code order.
        province: name of the sheet.
        unit: unit of the numbers as printed above the table.

    Raises:
        ValueError: there are not 42 names.
        SourceError: the file cannot be written.
    """
    import openpyxl

    if len(sectors) != SECTORS:
        raise ValueError(f"{len(sectors)} sector names given, expected {SECTORS}")
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = province
    numbers = [f"{k + 1:02d}" for k in range(SECTORS)]
    page.append([f"{province}投入产出表 (按当年生产者价格计算)"])
    page.append([f"单位：{unit}"])
    page.append([None, None, None, *sectors, *(words[0] for words in COLUMNS.values())])
    page.append([None, None, "代码", *numbers, *COLUMNS])
    for name, code in zip(sectors, numbers, strict=True):
        page.append([None, name, code])
    for code, words in ROWS.items():
        page.append([None, words[0], code])
    _write_sums(page)
    page.freeze_panes = f"{column_letters(_FIRST_COLUMN)}{_FIRST_ROW}"
    packed = io.BytesIO()
    with explained(SourceError, f"{path}: {SCRATCH}", OTHER_SCRATCH):
        book.save(packed)
    with explained(SourceError, f"{path}:", "name another file"):
        write_file(Path(path), packed.getvalue())


def _write_sums(page: Any) -> None:
    """Formulas of all sums of a sector, by row and by column."""
    letters = {code: column_letters(_FIRST_COLUMN + SECTORS + k) for k, code in enumerate(COLUMNS)}
    first, last = column_letters(_FIRST_COLUMN), column_letters(_FIRST_COLUMN + SECTORS - 1)
    row_of = {code: _FIRST_ROW + SECTORS + k for k, code in enumerate(ROWS)}
    for row in range(_FIRST_ROW, _FIRST_ROW + SECTORS):
        page[f"{letters['TIU']}{row}"] = f"=SUM({first}{row}:{last}{row})"
        for code, parts in _SUMS.items():
            page[f"{letters[code]}{row}"] = "=" + "+".join(f"{letters[p]}{row}" for p in parts)
    end = _FIRST_ROW + SECTORS - 1
    for k in range(SECTORS):
        column = column_letters(_FIRST_COLUMN + k)
        page[f"{column}{row_of['TII']}"] = f"=SUM({column}{_FIRST_ROW}:{column}{end})"
        components = f"{column}{row_of['VA001']}:{column}{row_of['VA004']}"
        page[f"{column}{row_of['TVA']}"] = f"=SUM({components})"
        total = f"{column}{row_of['TII']}+{column}{row_of['TVA']}"
        page[f"{column}{row_of['TI']}"] = f"={total}"


_SUMS = {
    "THC": ("FU101", "FU102"),
    "TC": ("THC", "FU103"),
    "GCF": ("FU201", "FU202"),
    "TFU": ("TC", "GCF", "EX", "OF"),
}
"""Columns that are sums of others."""
