r"""Provincial input-output tables in the official layouts of 42 sectors.

One table is one province: who buys each sector's product, and what each sector pays for,

.. math:: X_i = \sum_j Z_{ij} + F_i + E_i + O_i - M_i - N_i + \varepsilon_i ,

with trade with other provinces (outflow :math:`O`, inflow :math:`N`) beside foreign trade and a
statistical discrepancy :math:`\varepsilon`. Imports and inflow are competitive: uses are of goods
from anywhere. ``io_table_layout`` finds a table on its sheet in either layout, ``io_table_defects``
names what it gets wrong, ``treatment`` repairs it and keeps a record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.errors import SourceError
from sam.readers.bounds import interval
from sam.readers.defects import Defect
from sam.readers.io_table.defects import FINAL_USES, VALUE_ADDED, Printed, find_defects
from sam.readers.io_table.layout import (
    COLUMNS,
    ROWS,
    SECTORS,
    Frame,
    Layout,
    find_code_row,
    find_frame,
)
from sam.readers.units import find_unit
from sam.readers.workbook import Sheet, only_table, read_workbook

Array = npt.NDArray[np.float64]

USUAL_UNIT = 1e-4
"""Unit in which provincial tables are published, 1e4 CNY, in 1e8 CNY."""

OUTPUT_RANGE = (50.0, 5e6)
"""Gross output of a province, 1e8 CNY, outside which the unit may be wrong.

Tibet's was about 1,300 in 2012 and Guangdong's about 260,000 in 2017, so tables that state yuan,
1e4 or 1e8 CNY in each other's place fall outside.
"""


@dataclass(frozen=True)
class Treatment:
    """What was done about a defect.

    Attributes:
        kind: kind of the defect.
        account: number of the sector (empty where it is not of one).
        size: amount moved, 1e8 CNY (0 where nothing was).
        action: what was done, or why nothing was.
    """

    kind: str
    account: str
    size: float
    action: str


@dataclass(frozen=True, eq=False)
class ProvincialTable:
    """A competitive-import table of one region, in ``unit`` at producer prices of its year.

    Attributes:
        province: sheet of the table.
        sectors: names of the sectors in code order, or their codes.
        intermediate: uses by (input sector, using sector).
        final: final use by (sector, final use), in the order of ``FINAL_USES``.
        export, outflow, imports, inflow, other: trade and discrepancy by sector.
        value_added: by (component, sector), in the order of ``VALUE_ADDED``.
        output: gross output by sector.
        defects: what the printed table gets wrong or leaves open.
        treatments: what ``treat`` did about them.
        unit: unit of all numbers.
        nation: whether the table is of a whole nation, which no other province trades with.
    """

    province: str
    sectors: tuple[str, ...]
    intermediate: Array
    final: Array
    export: Array
    outflow: Array
    imports: Array
    inflow: Array
    other: Array
    value_added: Array
    output: Array
    defects: tuple[Defect, ...] = field(default=())
    treatments: tuple[Treatment, ...] = field(default=())
    unit: str = "1e8 CNY"
    nation: bool = False

    def frame(self) -> pd.DataFrame:
        """The table with its labels, value added below the sectors and final use beside them.

        Returns:
            Rows of sectors, components of value added and ``output``; columns of sectors, final
            uses, trade, ``other`` and ``output``; not a number where no cell is. The unit stands
            in ``attrs``.
        """
        trade = ("export", "outflow", "imports", "inflow", "other", "output")
        right = np.column_stack([self.final, *(getattr(self, name) for name in trade)])
        below = np.vstack([self.value_added, self.output])
        cells = np.full(
            (len(self.sectors) + len(below), len(self.sectors) + right.shape[1]), np.nan
        )
        cells[: len(self.sectors)] = np.hstack([self.intermediate, right])
        cells[len(self.sectors) :, : len(self.sectors)] = below
        rows = [*self.sectors, *VALUE_ADDED.values(), "output"]
        table = pd.DataFrame(cells, rows, [*self.sectors, *FINAL_USES.values(), *trade])
        table.attrs["unit"] = self.unit
        return table

    @property
    def use(self) -> Array:
        """Total use by sector: intermediate, final, exports and outflow."""
        return np.asarray(self.intermediate.sum(1) + self.final.sum(1) + self.export + self.outflow)

    @property
    def cost(self) -> Array:
        """Total input by sector: intermediate input and value added."""
        return np.asarray(self.intermediate.sum(0) + self.value_added.sum(0))


def read_io_table(
    path: str | Path,
    sheet: str | None = None,
    sectors: Sequence[str] | None = None,
    layout: Layout | None = None,
    output_range: tuple[float, float] = OUTPUT_RANGE,
) -> ProvincialTable:
    """Read one province's table in whichever official layout it has.

    Arguments:
        path: ``.xls`` or ``.xlsx`` workbook.
        sheet: sheet of the table; if omitted, the one that holds a table, visible before hidden.
        sectors: the 42 sectors in code order, under which the table then has them: names, as the
            labels must read, or codes of a list (``SECTOR_LISTS``) whose names they must read; as
            printed if omitted.
        layout: ``NUMERIC_LAYOUT`` or ``CODED_LAYOUT``, recognised if omitted.
        output_range: lowest and highest gross output that the table can have, 1e8 CNY.

    Raises:
        SourceError: the file or sheet is missing, several sheets hold a table, the frame, labels,
            unit or numbers are not as the layout says, or the table is one of a nation
            (``read_national_table``).
    """
    page = only_table(path, sheet, lambda page: find_code_row(page, layout) is not None)
    return read_io_sheet(page, sectors, layout, output_range)


def read_provincial_tables(
    path: str | Path,
    provinces: Sequence[str],
    sectors: Sequence[str] | None = None,
    output_range: tuple[float, float] = OUTPUT_RANGE,
) -> dict[str, ProvincialTable]:
    """Read a workbook with one sheet per province.

    Arguments:
        path: ``.xls`` or ``.xlsx`` workbook; other sheets are left alone.
        provinces: sheets to read.
        sectors: the 42 sectors in code order, under which the table then has them: names, as the
            labels must read, or codes of a list (``SECTOR_LISTS``) whose names they must read; as
            printed if omitted.
        output_range: lowest and highest gross output that each of them can have, 1e8 CNY.

    Raises:
        SourceError: a sheet is missing or its frame, labels, unit or numbers are not as the layout
            says.
    """
    book = read_workbook(path, provinces)
    return {
        province: read_io_sheet(book[province], sectors, output_range=output_range)
        for province in provinces
    }


def read_io_sheet(
    sheet: Sheet,
    sectors: Sequence[str] | None = None,
    layout: Layout | None = None,
    output_range: tuple[float, float] = OUTPUT_RANGE,
) -> ProvincialTable:
    """Read one province's table from its sheet.

    Arguments:
        sheet: cells of the sheet, whose name becomes the table's province.
        sectors: the 42 sectors in code order, names or codes; as printed if omitted.
        layout: recognised if omitted.
        output_range: lowest and highest gross output that the table can have, 1e8 CNY.

    Raises:
        SourceError: the frame, labels, unit or numbers are not as the layout says.
    """
    frame = find_frame(sheet, sectors, layout)
    unit, doubts = stated_unit(sheet, frame.code_row)
    printed = _numbers(sheet, frame, unit)
    place, made = (frame.rows["TII"], frame.columns["GO"]), float(printed.columns["GO"].sum())
    check_size(sheet, *place, made, unit, "a province", output_range)
    c, r = printed.columns, printed.rows
    return ProvincialTable(
        province=sheet.name,
        sectors=frame.sectors,
        intermediate=printed.inner,
        final=np.stack([c[name] for name in FINAL_USES], axis=1),
        export=c["EX"],
        outflow=c["OF"],
        imports=c["IM"],
        inflow=c["IF"],
        other=c["ERR"],
        value_added=np.stack([r[name] for name in VALUE_ADDED]),
        output=c["GO"],
        defects=(*doubts, *find_defects(sheet.name, printed)),
    )


def stated_unit(sheet: Sheet, code_row: int) -> tuple[float, tuple[Defect, ...]]:
    """The unit stated above a table in 1e8 CNY, and a defect where it is none or an unusual one.

    Raises:
        SourceError: the unit is unknown or not one of money.
    """
    try:
        unit = find_unit(sheet, range(code_row), ["money"])
    except SourceError as error:
        if error.found == "no unit":
            text = "no unit, taken as 1e4 CNY"
            return USUAL_UNIT, (Defect("unit", sheet.name, "", 0.0, 0.0, text),)
        raise
    if unit.factor == USUAL_UNIT:
        return unit.factor, ()
    text = f"numbers in {unit.printed}, not in 1e4 CNY as such tables are published"
    return unit.factor, (Defect("unusual_unit", sheet.name, "", 0.0, 0.0, text),)


def check_size(
    sheet: Sheet,
    row: int,
    column: int,
    output: float,
    unit: float,
    of: str,
    between: tuple[float, float],
) -> None:
    """Gross output is of the size that such a table has, so that the unit can be right.

    Arguments:
        sheet: where the table stands.
        row: where gross output stands.
        column: likewise.
        output: gross output, 1e8 CNY.
        unit: the unit it was read in, 1e8 CNY.
        of: whose output it is.
        between: lowest and highest gross output that can be, 1e8 CNY.

    Raises:
        SourceError: it is not, or these are no two numbers.
    """
    low, high = interval("output_range", between)
    if not low <= output <= high:
        raise sheet.error(
            row,
            column,
            f"gross output of {output:.4g} (1e8 CNY) of {of}, read in units of {1e8 * unit:,g} CNY",
            f"{low:g} to {high:g}: state the unit that the numbers are in, such as 单位:万元, or"
            " say output_range=(low, high) if the size is right",
        )


def _numbers(sheet: Sheet, frame: Frame, unit: float) -> Printed:
    """All numbers of the table."""
    numbers = [str(k) for k in range(1, SECTORS + 1)]
    rows = {code: frame.rows[code] for code in numbers}
    columns = {code: frame.columns[code] for code in numbers}
    below = {frame.layout.rows[name]: frame.rows[name] for name in ROWS}
    right = {frame.layout.columns[name]: frame.columns[name] for name in COLUMNS}
    total = {frame.layout.rows["TII"]: frame.rows["TII"]}
    use = {frame.layout.columns["TIU"]: frame.columns["TIU"]}
    return Printed(
        inner=read_block(sheet, rows, columns, unit),
        columns=dict(zip(COLUMNS, read_block(sheet, rows, right, unit).T, strict=True)),
        rows=dict(zip(ROWS, read_block(sheet, below, columns, unit), strict=True)),
        column_totals=dict(zip(COLUMNS, read_totals(sheet, total, right, unit)[0], strict=True)),
        row_totals=dict(zip(ROWS, read_totals(sheet, below, use, unit)[:, 0], strict=True)),
    )


def read_block(
    sheet: Sheet, rows: Mapping[str, int], columns: Mapping[str, int], unit: float
) -> Array:
    """Numbers at rows and columns (row, column) in 1e8 CNY; a blank cell is zero.

    Arguments:
        sheet: where the table stands.
        rows: place of each printed row code.
        columns: place of each printed column code.
        unit: of the numbers, 1e8 CNY.

    Raises:
        SourceError: a cell is no number.
    """
    cells = [
        [
            sheet.number(row, column, f"row code {row_code}, column code {column_code}")
            for column_code, column in columns.items()
        ]
        for row_code, row in rows.items()
    ]
    scale = 1.0 / unit  # whole for yuan, 1e3 and 1e4 CNY: quotients are the nearest numbers
    return np.array(cells).reshape(len(rows), len(columns)) / scale


def read_totals(
    sheet: Sheet, rows: Mapping[str, int], columns: Mapping[str, int], unit: float
) -> Array:
    """As ``read_block``, but a blank cell is not a number: nothing to compare with."""
    totals = np.full((len(rows), len(columns)), np.nan)
    for i, (row_code, row) in enumerate(rows.items()):
        for j, (column_code, column) in enumerate(columns.items()):
            if sheet.cell(row, column) is not None:
                cell = read_block(sheet, {row_code: row}, {column_code: column}, unit)
                totals[i, j] = cell[0, 0]
    return totals
