"""Workbooks in the official layouts of provincial input-output tables, of our own making.

The 2007 layout with numbers as codes, and the layout since 2012 with its mnemonics, title, unit,
merged headings and footnote, as the provincial bureaus publish it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openpyxl

from sam.concordance import load_concordance
from sam.readers import ProvincialTable, Sheet

Array = npt.NDArray[np.float64]
Rows = list[list[object]]

NAMES = load_concordance("nbs2007_to_model").sources
"""The 42 sectors of 2007, in code order."""

NAMES_2017 = tuple(load_concordance("nbs2017_to_model").table.groupby("source")["name"].first())
"""The 42 sectors of 2017, in code order."""

COUNT = len(NAMES)
FIRST = 3
"""Column of sector 1; its codes stand one column to the left, its names two."""

COLUMN_HEADINGS = {
    43: "中间使用合计",
    44: "农村居民消费",
    45: "城镇居民消费",
    46: "居民消费合计",
    47: "政府消费支出",
    48: "最终消费合计",
    49: "固定资本形成总额",
    50: "存货增加",
    51: "资本形成总额合计",
    52: "出口",
    53: "调出",
    54: "最终使用合计",
    55: "进口",
    56: "调入",
    57: "其他",
    58: "总产出",
}
ROW_HEADINGS = {
    43: "中间投入合计",
    44: "劳动者报酬",
    45: "生产税净额",
    46: "固定资产折旧",
    47: "营业盈余",
    48: "增加值合计",
    49: "总投入",
}


COLUMN_CODES = (
    *("TIU", "FU101", "FU102", "THC", "FU103", "TC", "FU201", "FU202", "GCF"),
    *("EX", "OF", "TFU", "IM", "IF", "ERR", "GO"),
)
ROW_CODES = ("TII", "VA001", "VA002", "VA003", "VA004", "TVA", "TI")
"""Codes since 2012, in the order of the columns 43-58 and the rows 43-49 of 2007."""


@dataclass(frozen=True, eq=False)
class Economy:
    """One province's table in 1e8 CNY: what every column and row code holds.

    Attributes:
        columns: values by sector of the column codes 1-58 (sector, code).
        rows: values by sector of the row codes 43-49 (code, sector).
    """

    columns: Array
    rows: Array


def economy(seed: int) -> Economy:
    """A balanced table: trade with other provinces closes every row."""
    rng = np.random.default_rng(seed)
    inner = rng.uniform(0.0, 20.0, (COUNT, COUNT)) * (rng.random((COUNT, COUNT)) < 0.6)
    added = rng.uniform(1.0, 200.0, (4, COUNT))  # component, sector
    output = inner.sum(0) + added.sum(0)
    final = rng.uniform(0.0, 60.0, (COUNT, 5))  # rural, urban, government, fixed capital, stocks
    export, imports = rng.uniform(0.0, 50.0, (2, COUNT))
    other = rng.uniform(-5.0, 5.0, COUNT)
    need = inner.sum(1) + final.sum(1) + export - imports + other - output
    outflow, inflow = np.maximum(-need, 0.0) + 10.0, np.maximum(need, 0.0) + 10.0
    columns = np.zeros((COUNT, 59))
    columns[:, 1:43] = inner
    columns[:, 43] = inner.sum(1)
    columns[:, [44, 45, 47, 49, 50]] = final
    columns[:, 46] = final[:, :2].sum(1)
    columns[:, 48] = final[:, :3].sum(1)
    columns[:, 51] = final[:, 3:].sum(1)
    columns[:, 52], columns[:, 53], columns[:, 55], columns[:, 56] = (
        export,
        outflow,
        imports,
        inflow,
    )
    columns[:, 54] = final.sum(1) + export + outflow
    columns[:, 57], columns[:, 58] = other, output
    rows = np.vstack([inner.sum(0), added, added.sum(0), output])
    return Economy(columns, rows)


def write_workbook(
    path: Path,
    provinces: dict[str, Economy],
    edit: Callable[[Rows], None] | None = None,
    code_row: int = 7,
    swapped: Sequence[str] = (),
) -> Path:
    """Write provinces as sheets, in 1e4 CNY.

    Arguments:
        path: workbook to write.
        provinces: table of each sheet.
        edit: changes the cells of every sheet before it is written.
        code_row: row of the column codes, from 0.
        swapped: sheets that print outflow before exports.
    """
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, table in provinces.items():
        page = book.create_sheet(name)
        rows = numeric_rows(table, code_row, name in swapped)
        if edit is not None:
            edit(rows)
        for row in rows:
            page.append(row)
    book.save(path)
    return path


def numeric_rows(table: Economy, code_row: int = 7, swapped: bool = False) -> Rows:
    """Cells in the layout of 2007, in 1e4 CNY; arguments as in ``write_workbook``."""
    headings = dict(enumerate(NAMES, 1)) | COLUMN_HEADINGS
    columns = table.columns
    if swapped:
        headings |= {52: headings[53], 53: headings[52]}
        columns = columns.copy()
        columns[:, [52, 53]] = columns[:, [53, 52]]
    top: Rows = [[None] * (FIRST + 58) for _ in range(code_row - 1)]
    top[0][0] = "某省2007年投入产出表(按当年生产者价格计算)"
    top[1][FIRST + 55] = "单位:万元"
    labels = [None, None, None, *(headings[code] for code in range(1, 59))]
    codes: list[object] = [None, None, None, *range(1, 59)]
    names = [f"{k + 1:02d}" for k in range(COUNT)]
    return [*top, labels, codes, *_body(columns, table.rows, NAMES, names, list(range(43, 50)))]


def _body(
    columns: Array,
    rows: Array,
    names: Sequence[str],
    sector_codes: Sequence[object],
    row_codes: Sequence[object],
) -> Rows:
    """Rows of sectors, then of totals and value added with their totals, in 1e4 CNY."""
    body: Rows = []
    for name, code, values in zip(names, sector_codes, columns[:, 1:] * 1e4, strict=True):
        body.append([None, name, code, *values.tolist()])
    for label, code, values in zip(ROW_HEADINGS.values(), row_codes, rows * 1e4, strict=True):
        body.append([None, label, code, *values.tolist(), float(values.sum())])
    body[COUNT] += (columns[:, 44:].sum(0) * 1e4).tolist()
    return body


def coded_rows(table: Economy) -> Rows:
    """Cells in the layout since 2012, in 1e4 CNY; ``MERGED`` says which are merged.

    Rows: title, unit, groups of columns, sub-groups, names, codes, 42 sectors, seven totals, note.
    """
    width = FIRST + 58
    top: Rows = [[None] * width for _ in range(6)]
    top[0][0] = "2017年某省42部门投入产出表 (按当年生产者价格计算)"
    top[1][width - 1] = "单位：万元"
    top[2][0], top[2][FIRST], top[2][FIRST + 43] = "投入", "中间使用", "最终使用"
    for code in (55, 56, 57, 58):
        top[2][FIRST + code - 1] = CODED_HEADINGS[code]
    top[3][FIRST + 43], top[3][FIRST + 48] = "最终消费支出", "资本形成总额"
    top[4][FIRST : FIRST + 42] = NAMES_2017
    for code in range(43, 55):
        top[4][FIRST + code - 1] = CODED_HEADINGS[code]
    numbers = [f"{k + 1:02d}" for k in range(COUNT)]
    top[5] = [None, None, "代码", *numbers, *COLUMN_CODES]
    body = _body(table.columns, table.rows, NAMES_2017, numbers, ROW_CODES)
    body[0][0], body[COUNT + 1][0] = "中间投入", "增加值"
    body[-1][0], body[-1][1] = "总投入", None
    return [*top, *body, [], ["注：本表数据因四舍五入, 合计数与分项之和可能不等。"]]


CODED_HEADINGS = COLUMN_HEADINGS | {
    44: "农村居民消费支出",
    45: "城镇居民消费支出",
    46: "小计",
    47: "政府消费支出",
    48: "合计",
    51: "合计",
    53: "国内省外流出",
    56: "国内省外流入",
}

MERGED = ((3, 4, 4, 45), (3, 3, 47, 57), (4, 4, 47, 51), (4, 4, 52, 54))
"""Merged cells of the coded layout: first and last row, first and last column, from 1."""


def write_coded_workbook(
    path: Path, provinces: dict[str, Economy], edit: Callable[[Rows], None] | None = None
) -> Path:
    """Write provinces as sheets in the layout since 2012, headings merged."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, table in provinces.items():
        page = book.create_sheet(name)
        rows = coded_rows(table)
        if edit is not None:
            edit(rows)
        for row in rows:
            page.append(row)
        for top, bottom, left, right in MERGED:
            page.merge_cells(None, top, left, bottom, right)
    book.save(path)
    return path


def as_sheet(rows: Rows, name: str = "AAA") -> Sheet:
    """Cells as a reader of workbooks gives them, without writing a file."""
    cells = tuple(
        tuple(float(v) if isinstance(v, (int, float)) else None if v is None else str(v) for v in r)
        for r in rows
    )
    return Sheet("io.xlsx", name, cells)


def equal(first: ProvincialTable, second: ProvincialTable) -> bool:
    """Whether two tables hold the same numbers."""
    names = ("intermediate", "final", "export", "outflow", "imports", "inflow", "other")
    return all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for name in (*names, "value_added", "output")
    )
