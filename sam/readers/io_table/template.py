"""A sheet in the coded layout of provincial input-output tables, empty or with a table's numbers.

Headings are the words that the reader asks for at each code (``sam.readers.io_table.layout``).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sam.errors import SourceError
from sam.readers.io_table.defects import FINAL_USES, VALUE_ADDED
from sam.readers.io_table.layout import COLUMNS, ROWS, SECTORS
from sam.readers.io_table.table import ProvincialTable
from sam.readers.units import parse_unit
from sam.readers.workbook import column_letters
from sam.writing import OTHER_SCRATCH, SCRATCH, explained, write_file

_FIRST_ROW, _FIRST_COLUMN = 5, 3  # of the numbers, from 1 and from 0


def write_template(
    path: str | Path,
    sectors: Sequence[str],
    province: str = "Province",
    unit: str = "万元",
    table: ProvincialTable | None = None,
) -> None:
    """Write a workbook with one table in the coded layout since 2012, empty or filled.

    Sums (``TIU``, ``THC``, ``TC``, ``GCF``, ``TFU``, ``TII``, ``TVA``, ``TI``) of an empty sheet
    are formulas, so it is filled in and saved with a spreadsheet program, which computes them; all
    other cells are to be filled, gross output ``GO`` too. ``read_io_table`` reads the result, and
    that of a table as it is.

    Arguments:
        path: ``.xlsx`` file to write.
        sectors: names of the 42 sectors in code order, such as
            ``load_classification("nbs2017").tolist()``.
        province: name of the sheet.
        unit: unit of the numbers as printed above the table.
        table: its numbers, in 1e8 CNY; none for an empty sheet.

    Raises:
        SourceError: there are not 42 names, they are codes, the table has another number of
            sectors, the unit is none of money, or the file cannot be written.
    """
    import openpyxl

    codes = [name for name in sectors if str(name).isdigit()]
    if len(sectors) != SECTORS or codes:
        found = f"{len(sectors)} sectors" + (f", codes {codes[:3]} among them" if codes else "")
        raise SourceError(
            f"template {path}: found {found}, expected {SECTORS} names in code order, such as"
            " load_classification('nbs2017').tolist()"
        )
    if table is not None and len(table.sectors) != SECTORS:
        found = f"a table of {len(table.sectors)} sectors"
        raise SourceError(f"template {path}: found {found}, expected {SECTORS} as in the layout")
    size = _money(path, unit)
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
    if table is not None:
        _write_numbers(page, table, size)
    page.freeze_panes = f"{column_letters(_FIRST_COLUMN)}{_FIRST_ROW}"
    packed = io.BytesIO()
    with explained(SourceError, f"{path}: {SCRATCH}", OTHER_SCRATCH):
        book.save(packed)
    with explained(SourceError, f"{path}:", "name another file"):
        write_file(Path(path), packed.getvalue())


def _money(path: str | Path, unit: str) -> float:
    """Size of a printed unit of money, 1e8 CNY."""
    try:
        read = parse_unit(unit)
    except ValueError as reason:
        raise SourceError(f"template {path}, unit {unit!r}: {reason}; say such as '万元'") from None
    if read.quantity != "money":
        raise SourceError(f"template {path}, unit {unit!r}: found {read.quantity}, expected money")
    return read.factor


def _write_numbers(page: Any, table: ProvincialTable, size: float) -> None:
    """Numbers of a table in all its cells, sums too."""
    sides = (table.export, table.outflow, table.imports, table.inflow, table.other, table.output)
    right = dict(zip(("EX", "OF", "IM", "IF", "ERR", "GO"), sides, strict=True))
    right |= dict(zip(FINAL_USES, table.final.T, strict=True))
    right |= {"TIU": table.intermediate.sum(1)}
    for code, parts in _SUMS.items():
        right[code] = np.sum([right[part] for part in parts], axis=0)
    below = dict(zip(VALUE_ADDED, table.value_added, strict=True))
    below |= {"TII": table.intermediate.sum(0), "TVA": table.value_added.sum(0), "TI": table.cost}
    beside = np.column_stack([table.intermediate, *(right[code] for code in COLUMNS)]) / size
    under = np.stack([below[code] for code in ROWS]) / size
    for first, block in ((_FIRST_ROW, beside), (_FIRST_ROW + SECTORS, under)):
        for row, values in enumerate(block.tolist(), start=first):
            for column, value in enumerate(values, start=_FIRST_COLUMN + 1):
                page.cell(row, column).value = value


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
