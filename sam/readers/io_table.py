r"""Provincial input-output tables of 2007 in the official 42-sector layout.

Each sheet is one province: a row of column codes (1-42 uses, 43-58 totals and final use) and a
column of row codes (1-42 sectors, 43-49 totals and value added) frame the table; scratch beyond
column 58 is ignored. Supply equals use in every row, with outflow to and inflow from other
provinces beside foreign trade and a statistical discrepancy,

.. math:: X_i = \sum_j Z_{ij} + C_i + I_i + E_i + O_i - M_i - N_i + \varepsilon_i .

Rows and columns are found by their codes and confirmed by their Chinese labels; exports and outflow
are told apart by their labels because one province prints them in the opposite order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sam.errors import SourceError
from sam.readers.workbook import Cell, Sheet, read_workbook

Array = np.ndarray

SECTORS = 42
UNIT = 1e4
"""10 thousand yuan per 100 million yuan: tables are printed in 1e4 CNY and returned in 1e8 CNY."""

FINAL_USES = {44: "rural", 45: "urban", 47: "government", 49: "fixed_capital", 50: "inventories"}
"""Columns of final use that are not totals."""

VALUE_ADDED = {44: "compensation", 45: "net production tax", 46: "depreciation", 47: "surplus"}
"""Rows of value added that are not totals."""

_COLUMN_LABELS = {
    43: "中间使用合计",
    44: "农村",
    45: "城镇",
    47: "政府",
    50: "存货",
    54: "最终使用合计",
    55: "进口",
    56: "调入",
    57: "其他",
    58: "总产出",
}
_ROW_LABELS = {
    43: "中间投入合计",
    44: "劳动者报酬",
    45: "生产税净额",
    46: "固定资产折旧",
    47: "营业盈余",
    48: "增加值合计",
}


@dataclass(frozen=True)
class Defect:
    """An identity that a published table breaks.

    Attributes:
        province: sheet code.
        identity: what should be equal.
        sector: sector number (0 where the defect is not of one sector).
        size: difference, 1e8 CNY.
    """

    province: str
    identity: str
    sector: int
    size: float

    def __str__(self) -> str:
        place = f" sector {self.sector}" if self.sector else ""
        return f"{self.province}{place}: {self.identity} by {self.size:.4g} (1e8 CNY)"


@dataclass(frozen=True, eq=False)
class ProvincialTable:
    """One province's competitive-import table, 1e8 CNY at 2007 producer prices.

    Attributes:
        province: sheet code.
        sectors: Chinese names of the 42 sectors.
        intermediate: uses by (input sector, using sector).
        final: final use by (sector, final use), in the order of ``FINAL_USES``.
        export, outflow, imports, inflow, other: trade and discrepancy by sector.
        value_added: by (component, sector), in the order of ``VALUE_ADDED``.
        output: gross output by sector.
        defects: identities that the printed table breaks.
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


def read_provincial_tables(
    path: str | Path, provinces: Sequence[str], sectors: Sequence[str]
) -> dict[str, ProvincialTable]:
    """Read the workbook of provincial tables.

    Arguments:
        path: ``.xls`` or ``.xlsx`` workbook with one sheet per province.
        provinces: sheets to read.
        sectors: the 42 Chinese sector names, in code order, as the labels must read.

    Raises:
        SourceError: a sheet is missing or its frame, labels or numbers are not as the layout says.
    """
    book = read_workbook(path, provinces)
    return {province: _read_table(book[province], sectors) for province in provinces}


def _read_table(sheet: Sheet, sectors: Sequence[str]) -> ProvincialTable:
    code_row, columns = _find_columns(sheet)
    rows = _find_rows(sheet, code_row)
    _check_labels(sheet, code_row, columns, rows, sectors)
    export, outflow = _trade_columns(sheet, code_row, columns)
    numbers = np.zeros((50, 59))  # row code, column code
    for row_code, row in rows.items():
        for column_code, column in columns.items():
            what = f"row code {row_code}, column code {column_code}"
            if row_code <= SECTORS or column_code <= SECTORS:
                numbers[row_code, column_code] = sheet.number(row, column, what) / UNIT
    inner = slice(1, SECTORS + 1)
    return ProvincialTable(
        province=sheet.name,
        sectors=tuple(sectors),
        intermediate=numbers[inner, inner],
        final=numbers[inner, list(FINAL_USES)],
        export=numbers[inner, export],
        outflow=numbers[inner, outflow],
        imports=numbers[inner, 55],
        inflow=numbers[inner, 56],
        other=numbers[inner, 57],
        value_added=numbers[list(VALUE_ADDED), inner],
        output=numbers[inner, 58],
        defects=tuple(_defects(sheet.name, numbers)),
    )


def _code(value: Cell) -> int | None:
    """A printed code: a whole number as number or digits."""
    if isinstance(value, float):
        return int(value) if value == int(value) else None
    return int(value) if isinstance(value, str) and value.isdigit() else None


def _find_columns(sheet: Sheet) -> tuple[int, dict[int, int]]:
    """The row of column codes and the column of each code 1-58."""
    for row in range(min(sheet.height, 15)):
        codes: dict[int, int] = {}
        for column in range(sheet.width):
            code = _code(sheet.cell(row, column))
            if code is not None and 1 <= code <= 58 and code not in codes:
                codes[code] = column
        if len(codes) >= 40 and list(codes) == sorted(codes):
            missing = [code for code in range(1, 59) if code not in codes]
            if missing:
                raise sheet.error(row, 0, f"no column code {missing}", "column codes 1 to 58")
            return row, codes
    raise SourceError.at(
        sheet.file,
        sheet.name,
        row="1-15",
        found="no row of column codes",
        expected="a row with the column codes 1 to 58",
    )


def _find_rows(sheet: Sheet, code_row: int) -> dict[int, int]:
    """The row of each row code 1-49, in the column left of the table."""
    for column in range(6):
        codes: dict[int, int] = {}
        for row in range(code_row + 1, sheet.height):
            code = _code(sheet.cell(row, column))
            if code is not None and 1 <= code <= 49 and code not in codes:
                codes[code] = row
        if len(codes) >= 40:
            missing = [code for code in range(1, 50) if code not in codes]
            if missing:
                raise sheet.error(code_row, column, f"no row code {missing}", "row codes 1 to 49")
            return codes
    raise SourceError.at(
        sheet.file,
        sheet.name,
        column="A-F",
        found="no column of row codes",
        expected="a column with the row codes 1 to 49",
    )


def _heading(sheet: Sheet, code_row: int, column: int) -> str:
    """Headings above a column, joined from top to bottom."""
    return "".join(sheet.text(row, column) for row in range(max(code_row - 4, 0), code_row))


def _check_labels(
    sheet: Sheet,
    code_row: int,
    columns: dict[int, int],
    rows: dict[int, int],
    sectors: Sequence[str],
) -> None:
    label_column = max(columns[1] - 2, 0)
    row_labels = dict(enumerate(sectors, 1)) | _ROW_LABELS
    for code, expected in row_labels.items():
        found = sheet.text(rows[code], label_column)
        if found != expected:
            raise sheet.error(rows[code], label_column, found, f"{expected!r} at row code {code}")
    column_labels = dict(enumerate(sectors, 1)) | _COLUMN_LABELS
    for code, expected in column_labels.items():
        found = _heading(sheet, code_row, columns[code])
        if expected not in found:
            raise sheet.error(
                code_row - 1, columns[code], found, f"{expected!r} above column code {code}"
            )


def _trade_columns(sheet: Sheet, code_row: int, columns: dict[int, int]) -> tuple[int, int]:
    """Column codes of exports and of outflow, told apart by their labels."""
    labels = {code: _heading(sheet, code_row, columns[code]) for code in (52, 53)}
    export = [code for code, label in labels.items() if "出口" in label]
    outflow = [code for code, label in labels.items() if "调出" in label]
    if len(export) != 1 or len(outflow) != 1:
        raise sheet.error(
            code_row - 1, columns[52], labels, "'出口' above one, '调出' above the other column"
        )
    return export[0], outflow[0]


def _defects(province: str, numbers: Array, tolerance: float = 1e-3) -> list[Defect]:
    """Identities broken by more than ``tolerance`` (1e8 CNY)."""
    s = slice(1, SECTORS + 1)
    use = numbers[s, 48] + numbers[s, 51] + numbers[s, 52] + numbers[s, 53]
    supply = numbers[s, 43] + use - numbers[s, 55] - numbers[s, 56] + numbers[s, 57]
    sums = numbers[s, 46] + numbers[s, 47]
    capital = numbers[s, 49] + numbers[s, 50]
    identities = {
        "uses differ from output (column 58)": supply - numbers[s, 58],
        "intermediate uses differ from column 43": numbers[s, s].sum(1) - numbers[s, 43],
        "rural + urban differ from column 46": numbers[s, 44] + numbers[s, 45] - numbers[s, 46],
        "consumption differs from column 48": sums - numbers[s, 48],
        "capital formation differs from column 51": capital - numbers[s, 51],
        "final uses differ from column 54": use - numbers[s, 54],
        "inputs differ from row 43": numbers[s, s].sum(0) - numbers[43, s],
        "value added differs from row 48": numbers[44:48, s].sum(0) - numbers[48, s],
        "inputs + value added differ from row 49": numbers[43, s] + numbers[48, s] - numbers[49, s],
        "row 49 differs from column 58": numbers[49, s] - numbers[s, 58],
    }
    found = []
    for identity, difference in identities.items():
        for k in np.flatnonzero(np.abs(difference) > tolerance):
            found.append(Defect(province, identity, int(k) + 1, float(difference[k])))
    return found
