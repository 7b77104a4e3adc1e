"""The empty sheet of the coded layout: filled in, it reads as the table that was meant."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from sam import SourceError
from sam.readers import ProvincialTable, read_io_table, write_template
from tests.sam.official import COLUMN_CODES, NAMES_2017, ROW_CODES, economy, equal

_FREE = ("FU101", "FU102", "FU103", "FU201", "FU202", "EX", "OF", "IM", "IF", "ERR", "GO")


def filled(path: Path, seed: int, computed: bool = True) -> Path:
    """The template with every cell but the sums filled, the sums computed as a spreadsheet does."""
    write_template(path, NAMES_2017, "Hebei")
    book = openpyxl.load_workbook(path)
    page, table = book.worksheets[0], economy(seed)
    codes = {cell.value: cell.column for cell in page[4]}
    rows = {cell.value: cell.row for cell in page["C"]}
    for i in range(42):
        row = rows[f"{i + 1:02d}"]
        for j in range(42):
            page.cell(row, codes[f"{j + 1:02d}"]).value = float(table.columns[i, 1 + j]) * 1e4
        for code in _FREE:
            number = float(table.columns[i, 43 + COLUMN_CODES.index(code)]) * 1e4
            page.cell(row, codes[code]).value = number
        for code in ROW_CODES[1:5]:
            number = float(table.rows[ROW_CODES.index(code), i]) * 1e4
            page.cell(rows[code], codes[f"{i + 1:02d}"]).value = number
    if computed:
        compute(page)
    book.save(path)
    return path


def compute(page: openpyxl.worksheet.worksheet.Worksheet) -> None:
    """Replace formulas, sums of cells and ranges, by their results."""

    def value(cell: openpyxl.cell.cell.Cell) -> float:
        content = cell.value
        if not isinstance(content, str):
            return float(content or 0.0)
        terms = re.fullmatch(r"=(?:SUM\((\w+):(\w+)\)|(\w+(?:\+\w+)+))", content)
        assert terms is not None, content
        if terms[3]:
            return sum(value(page[name]) for name in terms[3].split("+"))
        return sum(value(part) for line in page[f"{terms[1]}:{terms[2]}"] for part in line)

    formulas = [c for row in page.iter_rows() for c in row if str(c.value).startswith("=")]
    for cell, result in [(cell, value(cell)) for cell in formulas]:
        cell.value = result


def test_a_filled_template_is_the_table_that_was_meant(tmp_path: Path) -> None:
    table = economy(0)
    found = read_io_table(filled(tmp_path / "io.xlsx", 0))
    assert isinstance(found, ProvincialTable)
    assert found.province == "Hebei"
    assert found.sectors == NAMES_2017
    np.testing.assert_allclose(found.intermediate, table.columns[:, 1:43])
    np.testing.assert_allclose(found.final, table.columns[:, [44, 45, 47, 49, 50]])
    np.testing.assert_allclose(found.output, table.columns[:, 58])
    assert not [defect for defect in found.defects if defect.kind == "imbalance"]
    assert equal(found, read_io_table(tmp_path / "io.xlsx"))


@pytest.mark.parametrize("unit", ["万元", "亿元"])
def test_a_table_is_written_in_the_layout_and_read_again(tmp_path: Path, unit: str) -> None:
    meant = read_io_table(filled(tmp_path / "io.xlsx", 1))
    write_template(tmp_path / "again.xlsx", NAMES_2017, "Hebei", unit, meant)
    found = read_io_table(tmp_path / "again.xlsx", output_range=(0.0, 1e12))
    np.testing.assert_allclose(found.frame(), meant.frame(), rtol=1e-12)
    assert not [d for d in found.defects if d.kind in ("imbalance", "rounding")]


def test_a_template_is_of_money_and_of_the_sectors_of_the_table(tmp_path: Path) -> None:
    for unit in ("万吨", "foo"):
        with pytest.raises(SourceError, match=rf"unit '{unit}': "):
            write_template(tmp_path / "io.xlsx", NAMES_2017, unit=unit)
    small = ProvincialTable(
        "A", ("x",), *(np.ones(s) for s in ((1, 1), (1, 5), 1, 1, 1, 1, 1, (4, 1), 1))
    )
    with pytest.raises(SourceError, match="a table of 1 sectors, expected 42"):
        write_template(tmp_path / "io.xlsx", NAMES_2017, table=small)


def test_sums_that_nobody_computed_are_not_read_as_zero(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="=SUM"):
        read_io_table(filled(tmp_path / "io.xlsx", 0, computed=False))


def test_a_template_needs_the_sectors_of_the_layout(tmp_path: Path) -> None:
    codes = [f"{k:02d}" for k in range(1, 43)]
    with pytest.raises(SourceError, match=r"codes .* names in code order"):
        write_template(tmp_path / "io.xlsx", codes)
    with pytest.raises(SourceError, match="found 41 sectors, expected 42 names"):
        write_template(tmp_path / "io.xlsx", NAMES_2017[1:])
