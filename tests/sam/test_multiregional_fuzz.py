"""Damaged copies of multi-regional tables: an error with its place, or never a wrong table."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sam import SourceError
from sam.readers import MultiRegionalTable, Sheet, read_multiregional_sheet
from sam.readers.workbook import Cell
from tests.sam.official import as_sheet
from tests.sam.official_multiregional import (
    FIRST_COLUMN,
    FIRST_ROW,
    multiregional_rows,
    world,
)

Cells = list[list[Cell]]
Damage = Callable[[Cells, random.Random], None]

COUNT, REGIONS, SECTORS = 12, 3, 4
INNER = range(FIRST_COLUMN, FIRST_COLUMN + COUNT)
FINAL = range(FIRST_COLUMN + COUNT + 1, FIRST_COLUMN + COUNT + 1 + 5 * REGIONS)
EDGE = range(FINAL.stop, FINAL.stop + 4)
COLUMNS = (*INNER, FIRST_COLUMN + COUNT, *FINAL, *EDGE)
ROWS = range(FIRST_ROW, FIRST_ROW + COUNT + 8)
FLOWS = range(FIRST_ROW, FIRST_ROW + COUNT)


def missing_row(cells: Cells, rng: random.Random) -> None:
    del cells[rng.choice([*FLOWS, FIRST_ROW + COUNT])]


def missing_column(cells: Cells, rng: random.Random) -> None:
    column = rng.choice([*INNER, *FINAL, EDGE[0], EDGE[2], EDGE[3]])
    for row in cells:
        del row[column]


def missing_province(cells: Cells, rng: random.Random) -> None:
    region = rng.randrange(REGIONS)
    del cells[FIRST_ROW + SECTORS * region : FIRST_ROW + SECTORS * (region + 1)]


def swapped_numbers_of_columns(cells: Cells, rng: random.Random) -> None:
    """Without headings; columns of final use and exports enter every sum together."""
    a = rng.choice([*INNER, *EDGE[1:]])
    b = rng.choice([column for column in COLUMNS if column != a])
    for row in ROWS:
        cells[row][a], cells[row][b] = cells[row][b], cells[row][a]


def swapped_numbers_of_rows(cells: Cells, rng: random.Random) -> None:
    a, b = rng.choice(FLOWS), rng.choice(ROWS)
    for column in COLUMNS:
        cells[a][column], cells[b][column] = cells[b][column], cells[a][column]


def swapped_columns_of_a_province(cells: Cells, rng: random.Random) -> None:
    """With headings, except the province's name, which stands above the first."""
    start = INNER[0] + SECTORS * rng.randrange(REGIONS)
    a, b = rng.sample(range(start, start + SECTORS), 2)
    for k, row in enumerate(cells):
        if k != 1:
            row[a], row[b] = row[b], row[a]


def text_in_numbers(cells: Cells, rng: random.Random) -> None:
    row, column = rng.choice(FLOWS), rng.choice(COLUMNS)
    cells[row][column] = rng.choice(["n.a.", "#REF!", "12,34", "(5)", "nan", "inf"])


def changed_number(cells: Cells, rng: random.Random) -> None:
    if rng.random() < 0.8:
        row, column = rng.choice(FLOWS), rng.choice(COLUMNS)
    else:
        row, column = rng.choice(ROWS), rng.choice(INNER)
    number = float(str(cells[row][column]))
    cells[row][column] = rng.choice([0.0, number + 1e3, number * 1.01 + 1.0, -number - 1.0])


def shifted_block(cells: Cells, rng: random.Random) -> None:
    top, left = rng.choice(FLOWS[:-2]), rng.choice(INNER[:-2])
    bottom, right = rng.randint(top + 1, FLOWS[-1]), rng.randint(left + 1, INNER[-1])
    block = [row[left:right] for row in cells[top:bottom]]
    for k, values in enumerate(block):
        cells[top + k + 1][left:right] = values


def deleted_header(cells: Cells, rng: random.Random) -> None:
    del cells[rng.randint(1, FIRST_ROW - 1)]


def renamed(cells: Cells, rng: random.Random) -> None:
    """A name of a province or sector that does not fit the other side."""
    region = rng.randrange(REGIONS)
    places = [(1, INNER[0] + SECTORS * region), (2, rng.choice(INNER)), (1, FINAL[5 * region])]
    places += [(FIRST_ROW + SECTORS * region, 0), (rng.choice(FLOWS), 1)]
    row, column = rng.choice(places)
    cells[row][column] = rng.choice(["Atlantis", "Beijing and Tianjin"])


def repeated_code(cells: Cells, rng: random.Random) -> None:
    column = rng.choice([*INNER, *FINAL])
    other = rng.choice([k for k in (*INNER, *FINAL) if cells[3][k] != cells[3][column]])
    cells[3][column] = cells[3][other]


def truncated(cells: Cells, rng: random.Random) -> None:
    if rng.random() < 0.5:
        del cells[rng.randint(1, len(cells)) :]
    else:
        width = rng.randint(1, len(cells[3]))
        for row in cells:
            del row[width:]


def wrong_unit(cells: Cells, rng: random.Random) -> None:
    cells[2][0] = rng.choice(["Unit: yuan", "单位：亿元", "Unit: tons", "Unit: furlongs"])


def harmless(cells: Cells, rng: random.Random) -> None:
    for row in cells:
        row.extend([None, 3.0, "check"])
    cells.append(["Note: compiled from provincial tables.", None, 7.0])
    cells.insert(0, ["CEADs"])


DAMAGES: Sequence[Damage] = (
    *(missing_row, missing_column, missing_province, swapped_numbers_of_columns),
    *(swapped_numbers_of_rows, swapped_columns_of_a_province, text_in_numbers, changed_number),
    *(shifted_block, deleted_header, renamed, repeated_code, truncated, wrong_unit, harmless),
)
REFUSED = {missing_row, missing_column, missing_province, text_in_numbers, renamed}
REFUSED |= {repeated_code, wrong_unit}
UNTOUCHED = {harmless, swapped_columns_of_a_province}


@pytest.fixture(scope="module")
def original() -> Sheet:
    return as_sheet(multiregional_rows(world(3, REGIONS, SECTORS)), "Table")


def read(sheet: Sheet) -> MultiRegionalTable | SourceError:
    try:
        return read_multiregional_sheet(sheet)
    except SourceError as error:
        return error


def same(first: MultiRegionalTable, second: MultiRegionalTable) -> bool:
    names = ("intermediate", "final", "export", "other", "imports", "imports_final")
    return all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for name in (*names, "value_added", "output")
    )


def settle(original: Sheet, damage: Damage, seed: int) -> str:
    """Read a damaged copy: ``refused``, ``untouched`` or ``reported``; anything else fails."""
    width = original.width
    cells = [[*row, *[None] * (width - len(row))] for row in original.cells]
    damage(cells, random.Random(seed))
    found = read(Sheet(original.file, original.name, tuple(map(tuple, cells))))
    if isinstance(found, SourceError):
        assert found.row is not None, str(found)
        assert "'Table'" in str(found)
        return "refused"
    if same(found, read_multiregional_sheet(original)):
        return "untouched"
    kinds = {defect.kind for defect in found.defects}
    assert kinds & {"imbalance", "rounding"}, f"{damage.__name__} {seed}: a wrong table"
    return "reported"


@settings(max_examples=300)
@given(st.sampled_from(DAMAGES), st.integers(0, 2**32))
def test_damaged_copies(original: Sheet, damage: Damage, seed: int) -> None:
    outcome = settle(original, damage, seed)
    if damage in REFUSED:
        assert outcome == "refused"
    if damage in UNTOUCHED:
        assert outcome == "untouched"


def test_every_kind_of_damage_has_been_tried(original: Sheet) -> None:
    for damage in DAMAGES:
        outcomes = {settle(original, damage, seed) for seed in range(5)}
        if damage in (swapped_numbers_of_columns, swapped_numbers_of_rows):
            assert "reported" in outcomes
