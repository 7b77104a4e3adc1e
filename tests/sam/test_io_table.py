"""Readers of provincial input-output tables: what the layout says, and what it says when broken."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sam import SourceError
from sam.concordance import load_concordance
from sam.readers import ProvincialTable, read_provincial_tables
from tests.sam.official import FIRST, NAMES, Economy, Rows, economy, write_workbook

CODE_ROW = 7


def read(path: Path, *provinces: str) -> ProvincialTable:
    return read_provincial_tables(path, provinces or ("AAA",), NAMES)[(provinces or ("AAA",))[0]]


@pytest.fixture
def table() -> Economy:
    return economy(0)


def test_a_table_is_read_in_units_of_1e8_yuan(tmp_path: Path, table: Economy) -> None:
    found = read(write_workbook(tmp_path / "io.xlsx", {"AAA": table}))
    np.testing.assert_allclose(found.intermediate, table.columns[:, 1:43])
    np.testing.assert_allclose(found.final, table.columns[:, [44, 45, 47, 49, 50]])
    np.testing.assert_allclose(found.value_added, table.rows[1:5])
    np.testing.assert_allclose(found.output, table.rows[6])
    for name, code in (("export", 52), ("outflow", 53), ("imports", 55), ("inflow", 56)):
        np.testing.assert_allclose(getattr(found, name), table.columns[:, code])
    assert found.sectors == tuple(NAMES)


def test_a_balanced_table_has_no_defects(tmp_path: Path, table: Economy) -> None:
    found = read(write_workbook(tmp_path / "io.xlsx", {"AAA": table}))
    assert found.defects == ()
    use = found.intermediate.sum(1) + found.final.sum(1) + found.export + found.outflow
    supply = found.output + found.imports + found.inflow - found.other
    np.testing.assert_allclose(use, supply)


def test_the_frame_may_stand_elsewhere_and_scratch_beside_it_is_ignored(
    tmp_path: Path, table: Economy
) -> None:
    def scribble(rows: Rows) -> None:
        for row in rows:
            row.extend([None, 99.0, "check"])

    moved = write_workbook(tmp_path / "io.xlsx", {"AAA": table}, scribble, code_row=4)
    np.testing.assert_allclose(read(moved).output, table.rows[6])


def test_exports_and_outflow_are_told_apart_by_their_headings(
    tmp_path: Path, table: Economy
) -> None:
    path = write_workbook(tmp_path / "io.xlsx", {"AAA": table, "BBB": table}, swapped=("BBB",))
    both = read_provincial_tables(path, ("AAA", "BBB"), NAMES)
    np.testing.assert_allclose(both["BBB"].export, both["AAA"].export)
    np.testing.assert_allclose(both["BBB"].outflow, both["AAA"].outflow)


def test_defects_of_a_printed_table_are_named_with_their_size(
    tmp_path: Path, table: Economy
) -> None:
    def misprint(rows: Rows) -> None:
        row = rows[CODE_ROW + 5]  # sector 5
        row[FIRST + 57] = float(str(row[FIRST + 57])) + 3e4  # output, 1e4 CNY

    found = read(write_workbook(tmp_path / "io.xlsx", {"AAA": table}, misprint))
    sizes = {(defect.identity, defect.sector): defect.size for defect in found.defects}
    assert sizes[("uses differ from output (column 58)", 5)] == pytest.approx(-3.0)
    assert sizes[("row 49 differs from column 58", 5)] == pytest.approx(-3.0)
    assert len(found.defects) == 2
    assert "AAA sector 5" in str(found.defects[0])


def test_the_official_workbook_is_read_with_its_known_defects() -> None:
    sources = os.environ.get("M3C_SOURCES")
    if not sources:
        pytest.skip("needs the official tables: set M3C_SOURCES to their folder")
    provinces = load_concordance("provinces_to_regions").sources
    path = Path(sources) / "io2007" / "china_provincial_io_2007.xls"
    tables = read_provincial_tables(path, provinces, NAMES)
    assert {name for name, table in tables.items() if table.defects} == {"HLJ"}
    silent = [name for name, table in tables.items() if not table.export.any()]
    assert len(silent) == 11  # provinces that print foreign trade within outflow and inflow
    added = sum(float(table.value_added.sum()) for table in tables.values())
    assert added == pytest.approx(276_000, rel=0.02)  # NBS 2007: provinces sum to 27.6 trillion


def change(row: int, column: int, value: object) -> Callable[[Rows], None]:
    def edit(rows: Rows) -> None:
        rows[row][column] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (change(CODE_ROW + 3, 1, "煤炭"), ["石油和天然气开采业", "煤炭", "'AAA'"]),
        (change(CODE_ROW - 1, FIRST + 10, "炼焦"), ["炼焦", "column code 11"]),
        (change(CODE_ROW + 3, FIRST + 1, "n.a."), ["n.a.", "row code 3, column code 2"]),
        (change(CODE_ROW + 45, 2, None), ["no row code [45]"]),
        (change(CODE_ROW, FIRST + 54, None), ["no column code [55]"]),
        (change(CODE_ROW - 1, FIRST + 51, "调出"), ["'出口' above one"]),
    ],
)
def test_a_table_that_breaks_the_layout_is_an_error_that_names_the_place(
    tmp_path: Path, table: Economy, edit: Callable[[Rows], None], words: list[str]
) -> None:
    path = write_workbook(tmp_path / "io.xlsx", {"AAA": table}, edit)
    with pytest.raises(SourceError) as error:
        read(path)
    for word in ["io.xlsx", *words]:
        assert word in str(error.value)


def test_missing_files_and_sheets_are_named(tmp_path: Path, table: Economy) -> None:
    path = write_workbook(tmp_path / "io.xlsx", {"AAA": table})
    with pytest.raises(SourceError, match="BBB"):
        read(path, "BBB")
    with pytest.raises(SourceError, match="file not found"):
        read(tmp_path / "absent.xlsx")
    (tmp_path / "io.ods").write_text("")
    with pytest.raises(SourceError, match=r"expected \.xls or \.xlsx"):
        read(tmp_path / "io.ods")
