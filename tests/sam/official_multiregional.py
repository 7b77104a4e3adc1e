"""Workbooks in the layout of CEADs' multi-regional tables, of our own making.

As published for 2012-2020: a title, a line of provinces (merged), a line of sectors with the unit,
a line of codes; province, sector and code left of the table; total intermediate use, five final
uses of every province, exports, total final use, errors, gross output; then two columns of the
authors' own checks. Below the sectors imports, inputs, value added and, after a blank row, CO2.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openpyxl

from tests.sam.official import Rows

Array = npt.NDArray[np.float64]

FIRST_ROW, FIRST_COLUMN = 4, 3
FINALS = {
    "FU101": "Rural household consumption",
    "FU102": "Urban household consumption",
    "FU103": "Government consumption",
    "FU201": "Fixed capital formation",
    "FU202": "Changes in inventories",
}
TAIL = {"EX": "Export", "TFU": "Total Final Use", "ERR": "Errors", "GO": "Gross Output"}
BELOW = {
    "IM": "Imports",
    "TII": "Total Intermediate Input",
    "VA001": "Compensation of employees",
    "VA002": "Net taxes on production",
    "VA003": "Depreciation of fixed capital",
    "VA004": "Operating surplus",
    "TVA": "Total Value Added",
    "TI": "Total Input",
}
PROVINCES = (
    "Beijing Tianjin Hebei Shanxi InnerMongolia Liaoning Jilin Heilongjiang Shanghai Jiangsu"
    " Zhejiang Anhui Fujian Jiangxi Shandong Henan Hubei Hunan Guangdong Guangxi Hainan Chongqing"
    " Sichuan Guizhou Yunnan Tibet Shaanxi Gansu Qinghai Ningxia Xinjiang"
)


@dataclass(frozen=True, eq=False)
class World:
    """A balanced multi-regional table, 1e8 CNY.

    Attributes:
        regions, sectors: names.
        inner: intermediate use (product by region, sector by region).
        final: final use (product by region, final use by region).
        export, other, imports, output: by sector by region.
        imports_final: by final use by region.
        added: value added (component, sector by region).
    """

    regions: list[str]
    sectors: list[str]
    inner: Array
    final: Array
    export: Array
    other: Array
    imports: Array
    imports_final: Array
    added: Array
    output: Array


def world(seed: int, regions: int = 3, sectors: int = 4) -> World:
    """A table that balances: value added closes every column."""
    rng = np.random.default_rng(seed)
    count, finals = regions * sectors, regions * len(FINALS)
    final = rng.uniform(1.0, 20.0, (count, finals))
    inner = rng.uniform(0.1, 1.0, (count, count)) * final.mean() * finals / count
    export = rng.uniform(0.0, 20.0, count)
    use = inner.sum(1) + final.sum(1) + export
    other = rng.uniform(-0.005, 0.005, count) * use
    output = use + other
    inner *= np.minimum(0.6 * output / inner.sum(0), 1.0)
    output = inner.sum(1) + final.sum(1) + export + other
    imports = 0.05 * output
    share = rng.uniform(0.1, 1.0, (4, count))
    added = share / share.sum(0) * (output - inner.sum(0) - imports)
    return World(
        PROVINCES.split()[:regions],
        [f"Sector {k + 1}" for k in range(sectors)],
        inner,
        final,
        export,
        other,
        imports,
        rng.uniform(0.0, 2.0, finals),
        added,
        output,
    )


def multiregional_rows(table: World) -> Rows:
    """Cells of the sheet, in 1e4 CNY."""
    codes = [f"{k + 1:02d}" for k in range(len(table.sectors))]
    count, finals = len(table.output), table.final.shape[1]
    width = FIRST_COLUMN + count + 1 + finals + len(TAIL) + 2
    top: Rows = [[None] * width for _ in range(FIRST_ROW)]
    top[0][0] = "China multi-regional input-output table"
    top[2][0] = "Unit: 10000 yuan"
    for r, region in enumerate(table.regions):
        top[1][FIRST_COLUMN + r * len(codes)] = region
        top[1][FIRST_COLUMN + count + 1 + r * len(FINALS)] = region
    across = [*table.sectors * len(table.regions), "Total intermediate use"]
    across += [*list(FINALS.values()) * len(table.regions), *TAIL.values()]
    top[2][FIRST_COLUMN:-2] = across
    top[2][-2:] = ["Proportion of errors in gross output (less than 5%)", "Gross Output Check"]
    line = [*codes * len(table.regions), "TIU", *list(FINALS) * len(table.regions), *TAIL]
    top[3][FIRST_COLUMN:-2] = line
    return [*top, *_flow_rows(table, codes), *_rows_below(table)]


def _flow_rows(table: World, codes: list[str]) -> Rows:
    sales = table.final.sum(1) + table.export
    tail = (table.export, sales, table.other, table.output)
    numbers = np.column_stack([table.inner, table.inner.sum(1), table.final, *tail]) * 1e4
    checks = np.column_stack([np.abs(table.other / table.output), np.ones(len(table.output))])
    rows: Rows = []
    for k, values in enumerate(np.hstack([numbers, checks]).tolist()):
        region, sector = divmod(k, len(codes))
        name = table.regions[region] if sector == 0 else None
        rows.append([name, table.sectors[sector], codes[sector], *values])
    return rows


def _rows_below(table: World) -> Rows:
    inputs, added = table.inner.sum(0) + table.imports, table.added.sum(0)
    values = [table.imports, inputs, *table.added, added, table.output]
    rows: Rows = []
    for (code, label), numbers in zip(BELOW.items(), values, strict=True):
        rows.append([None, label, code, *(numbers * 1e4).tolist()])
    rows[0] += [None, *(table.imports_final * 1e4).tolist()]
    carbon = [None, "CO2 (Mt)", None, *(0.01 * table.output).tolist()]
    return [*rows, [None, "Gross Input", None, *(table.output * 1e4).tolist()], [], carbon]


def write_multiregional(path: Path, table: World, sheet: str = "Table_2017_consistent") -> Path:
    """Write a table with merged names of provinces, beside the sheets that CEADs adds."""
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Note"
    provinces = book.create_sheet("Province")
    provinces.append(["Order", "Province"])
    for k, name in enumerate(table.regions):
        provinces.append([k + 1, name])
    page = book.create_sheet(sheet)
    for row in multiregional_rows(table):
        page.append(row)
    sectors, shift = len(table.sectors), FIRST_COLUMN + len(table.output) + 2
    for r in range(len(table.regions)):
        left, top = FIRST_COLUMN + 1 + r * sectors, FIRST_ROW + 1 + r * sectors
        page.merge_cells(None, 2, left, 2, left + sectors - 1)
        page.merge_cells(None, 2, shift + 5 * r, 2, shift + 5 * r + 4)
        page.merge_cells(None, top, 1, top + sectors - 1, 1)
    book.save(path)
    return path
