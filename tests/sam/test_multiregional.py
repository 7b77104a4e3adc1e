"""The reader of multi-regional tables: what the layout says, and what it says when broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sam import SourceError
from sam.concordance import load_classification
from sam.readers import MultiRegionalTable, read_multiregional_sheet, read_multiregional_table
from tests.sam.official import Rows, as_sheet
from tests.sam.official_multiregional import (
    FIRST_COLUMN,
    FIRST_ROW,
    World,
    multiregional_rows,
    world,
    write_multiregional,
)

CODE_ROW = FIRST_ROW - 1
COUNT = 12
GO = FIRST_COLUMN + COUNT + 1 + 15 + 3


@pytest.fixture(scope="module")
def table() -> World:
    return world(0)


def read(rows: Rows) -> MultiRegionalTable:
    return read_multiregional_sheet(as_sheet(rows, "Table"))


def same(first: MultiRegionalTable, second: MultiRegionalTable) -> bool:
    names = ("intermediate", "final", "export", "other", "imports", "imports_final")
    pairs = [(getattr(first, n), getattr(second, n)) for n in (*names, "value_added", "output")]
    labels = first.regions == second.regions and first.sectors == second.sectors
    return labels and all(np.array_equal(a, b) for a, b in pairs)


def test_a_workbook_is_read_in_1e8_yuan_with_its_labels(tmp_path: Path, table: World) -> None:
    found = read_multiregional_table(write_multiregional(tmp_path / "mrio.xlsx", table))
    assert found.regions == ("Beijing", "Tianjin", "Hebei")
    assert found.sectors == tuple(table.sectors)
    shape = (3, 4, 3, 4)
    np.testing.assert_allclose(found.intermediate, table.inner.reshape(shape), rtol=1e-12)
    np.testing.assert_allclose(found.final, table.final.reshape(3, 4, 3, 5), rtol=1e-12)
    np.testing.assert_allclose(found.value_added, table.added.reshape(4, 3, 4), rtol=1e-12)
    np.testing.assert_allclose(found.imports_final, table.imports_final.reshape(3, 5), rtol=1e-12)
    for name in ("export", "other", "imports", "output"):
        expected = getattr(table, name).reshape(3, 4)
        np.testing.assert_allclose(getattr(found, name), expected, rtol=1e-12)
    assert found.defects == ()


def test_uses_and_inputs_both_equal_output(table: World) -> None:
    found = read(multiregional_rows(table))
    np.testing.assert_allclose(found.use + found.other, found.output, rtol=1e-12)
    np.testing.assert_allclose(found.cost, found.output, rtol=1e-12)


def test_the_full_size_of_31_provinces_by_42_sectors() -> None:
    big = world(1, 31, 42)
    found = read(multiregional_rows(big))
    assert found.intermediate.shape == (31, 42, 31, 42)
    np.testing.assert_allclose(found.intermediate.reshape(1302, 1302), big.inner, rtol=1e-12)
    np.testing.assert_allclose(found.final.reshape(1302, 155), big.final, rtol=1e-12)
    assert found.defects == ()


def test_codes_are_held_against_the_names_of_their_list() -> None:
    """Codes say nothing of sectors but by a list that has them and the names printed."""
    names = load_classification("nbs2017")
    big = world(1, 2, 42)
    with pytest.raises(SourceError, match=r"01 农林牧渔产品和服务.*leave out sectors="):
        read_multiregional_sheet(as_sheet(multiregional_rows(big)), names.index.tolist())
    listed = replace(big, sectors=names.tolist())
    sheet = as_sheet(multiregional_rows(listed))
    found = read_multiregional_sheet(sheet, names.index.tolist())
    assert found.sectors == tuple(names.index)
    small = as_sheet(multiregional_rows(world(1, 2, 3)))
    with pytest.raises(SourceError, match=r"lists nbs153, nbs149, nbs2017; leave out sectors="):
        read_multiregional_sheet(small, ["1", "2", "3"])
    printed = read_multiregional_sheet(small)
    assert read_multiregional_sheet(small, printed.sectors).sectors == printed.sectors


def test_provinces_may_stand_in_another_order_on_either_side(table: World) -> None:
    rows = multiregional_rows(table)
    expected = read(rows)
    a, b = slice(3, 7), slice(11, 15)  # the columns of Beijing and of Hebei
    for row in rows[1 : FIRST_ROW + COUNT + 8]:
        row[a], row[b] = row[b], row[a]
    assert same(read(rows), expected)


def test_a_block_that_another_column_interrupts_needs_its_name_again(table: World) -> None:
    rows = multiregional_rows(table)
    first = FIRST_COLUMN + COUNT
    for row in rows:  # Tianjin's first use, Beijing's five in reverse, total intermediate use
        row[first : first + 7] = row[first : first + 7][::-1]
    with pytest.raises(SourceError, match="tells every column code apart"):
        read(rows)


def test_a_table_whose_intermediate_input_leaves_imports_out_is_the_same_table(
    table: World,
) -> None:
    rows = multiregional_rows(table)
    expected = read(rows)
    for k in range(FIRST_COLUMN, FIRST_COLUMN + COUNT):
        total, imports = rows[FIRST_ROW + COUNT + 1][k], rows[FIRST_ROW + COUNT][k]
        rows[FIRST_ROW + COUNT + 1][k] = float(str(total)) - float(str(imports))
    found = read(rows)
    assert same(found, expected)
    assert found.defects == ()


def test_labels_stand_in_for_codes_of_totals_that_are_not_printed(table: World) -> None:
    rows = multiregional_rows(table)
    expected = read(rows)
    for column in (FIRST_COLUMN + COUNT, GO - 3, GO - 2, GO - 1, GO):
        rows[CODE_ROW][column] = None
    for row in rows[FIRST_ROW + COUNT :]:
        if len(row) > 2:
            row[2] = None
    assert same(read(rows), expected)


def test_other_units_give_the_same_table(table: World) -> None:
    rows = multiregional_rows(table)
    expected = read(rows)
    rows[2][0] = "单位：亿元"
    for row in rows[FIRST_ROW:]:
        row[FIRST_COLUMN:] = [v / 1e4 if isinstance(v, float) else v for v in row[FIRST_COLUMN:]]
    np.testing.assert_allclose(read(rows).output, expected.output, rtol=1e-12)


def change(row: int, column: int, value: object) -> Callable[[Rows], None]:
    def edit(rows: Rows) -> None:
        rows[row][column] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (change(CODE_ROW, FIRST_COLUMN + 5, "01"), ["row 2, column I", "tells every column"]),
        (change(CODE_ROW, FIRST_COLUMN + 5, None), ["column code ['2'] of Tianjin", "codes"]),
        (change(1, FIRST_COLUMN + 4, None), ["row 2, column H", "'' above"]),
        (change(1, FIRST_COLUMN + 4, "Atlantis"), ["Atlantis", "one of the provinces"]),
        (change(FIRST_ROW + 4, 0, "Beijing"), ["row 9", "tells every row code apart"]),
        (change(FIRST_ROW + 5, 1, "Mining"), ["row 10, column B", "'Mining'", "row code 2"]),
        (change(2, FIRST_COLUMN + 5, "Mining"), ["row 3, column I", "column code 2"]),
        (change(2, FIRST_COLUMN + COUNT + 2, "Government"), ["row 3", "'urban' at FU102"]),
        (change(FIRST_ROW + 2, FIRST_COLUMN + 7, "n.a."), ["row 7, column K", "n.a."]),
        (change(FIRST_ROW + COUNT + 2, 2, "VA004"), ["no row VA001", "code VA001"]),
        (change(FIRST_ROW + COUNT + 2, 1, "Operating surplus"), ["row 19, column B", "at VA001"]),
        (change(2, GO, "Export"), ["row 3", "'Export'", "at GO"]),
        (change(2, 0, "Unit: tons"), ["row 3, column A", "money"]),
        (change(2, 0, "Unit: yuan"), ["gross output of", "state the unit"]),
    ],
)
def test_a_broken_table_is_an_error_that_names_the_place(
    table: World, edit: Callable[[Rows], None], words: list[str]
) -> None:
    rows = multiregional_rows(table)
    edit(rows)
    with pytest.raises(SourceError) as error:
        read(rows)
    for word in ("io.xlsx", "'Table'", *words):
        assert word in str(error.value), str(error.value)
    assert error.value.row is not None


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (FIRST_ROW + 1, FIRST_COLUMN + 6, "intermediate uses differ from their total"),
        (FIRST_ROW + 1, FIRST_COLUMN + COUNT + 3, "final uses differ from their total"),
        (FIRST_ROW + 1, GO - 1, "uses differ from output"),
        (FIRST_ROW + 1, GO, "total input differs from output"),
        (FIRST_ROW + COUNT, FIRST_COLUMN + 1, "inputs differ from output"),
        (FIRST_ROW + COUNT + 3, FIRST_COLUMN + 1, "components differ from value added"),
    ],
)
def test_a_misprint_breaks_a_sum_that_is_reported(
    table: World, row: int, column: int, message: str
) -> None:
    rows = multiregional_rows(table)
    rows[row][column] = float(str(rows[row][column])) + 5e4
    defects = read(rows).defects
    assert any(d.message == message and d.kind == "imbalance" for d in defects)
    assert all(d.account for d in defects)


def test_totals_of_final_use_are_checked_where_they_are_printed(table: World) -> None:
    rows = multiregional_rows(table)
    first, domestic = FIRST_COLUMN + COUNT + 1, table.final.sum(0)
    for code, imports in (("TII", False), ("TI", True)):
        row = next(row for row in rows if len(row) > 2 and row[2] == code)
        row.extend([None] * (first - len(row)))
        row[first:] = ((domestic + imports * table.imports_final) * 1e4).tolist()
    assert read(rows).defects == ()
    rows[FIRST_ROW][first], rows[FIRST_ROW][first + 1] = (
        rows[FIRST_ROW][first + 1],
        rows[FIRST_ROW][first],
    )
    rows[FIRST_ROW + COUNT][first + 7] = -1.0
    found = {(d.kind, d.table, d.message) for d in read(rows).defects}
    total = "purchases for {} differ from their total"
    assert found >= {
        ("imbalance", "Beijing", total.format("FU101")),
        ("imbalance", "Beijing", total.format("FU102")),
        ("imbalance", "Tianjin", total.format("FU103")),
        ("negative_use", "Tianjin", "negative imports for FU103"),
    }


def test_a_sheet_must_be_named_where_a_book_holds_a_table_in_two_languages(
    tmp_path: Path, table: World
) -> None:
    import openpyxl

    path = write_multiregional(tmp_path / "mrio.xlsx", table)
    book = openpyxl.load_workbook(path)
    book.copy_worksheet(book["Table_2017_consistent"]).title = "English_Version"
    book.save(path)
    with pytest.raises(SourceError, match="English_Version"):
        read_multiregional_table(path)
    assert read_multiregional_table(path, "English_Version").regions[0] == "Beijing"
    with pytest.raises(SourceError, match="no row of column codes"):
        read_multiregional_table(path, "Province")
