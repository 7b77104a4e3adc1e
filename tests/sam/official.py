"""Small workbooks in the official layout of the 2007 provincial tables, of our own making."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openpyxl

from sam.concordance import load_concordance

Array = npt.NDArray[np.float64]
Rows = list[list[object]]

NAMES = load_concordance("nbs2007_to_model").sources
"""The 42 sectors of 2007, in code order."""

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
        rows = _rows(table, code_row, name in swapped)
        if edit is not None:
            edit(rows)
        for row in rows:
            page.append(row)
    book.save(path)
    return path


def _rows(table: Economy, code_row: int, swapped: bool) -> Rows:
    order = list(range(1, 59))
    headings = dict(enumerate(NAMES, 1)) | COLUMN_HEADINGS
    columns = table.columns
    if swapped:
        headings |= {52: headings[53], 53: headings[52]}
        columns = columns.copy()
        columns[:, [52, 53]] = columns[:, [53, 52]]
    top: Rows = [[None] * (FIRST + 58) for _ in range(code_row - 1)]
    labels = [None, None, None, *(headings[code] for code in order)]
    codes: list[object] = [None, None, None, *order]
    body: Rows = []
    for k in range(COUNT):
        values = (columns[k, 1:] * 1e4).tolist()
        body.append([None, NAMES[k], f"{k + 1:02d}", *values])
    for k, (code, label) in enumerate(ROW_HEADINGS.items()):
        body.append([None, label, code, *(table.rows[k] * 1e4).tolist()])
    return [*top, labels, codes, *body]
