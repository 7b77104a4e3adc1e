"""Damaged copies of input-output tables: an error with its place, or never a wrong table.

A damaged table may be refused with a place, read as if nothing had happened (where the damage did
not touch it), or read with a sum that no longer holds and is reported. It may not be read as
another table that looks sound.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sam import SourceError
from sam.concordance import load_concordance
from sam.readers import ProvincialTable, Sheet, read_io_sheet, read_workbook
from sam.readers.io_table.layout import Frame, find_frame
from sam.readers.workbook import Cell
from tests.sam.official import (
    NAMES,
    NAMES_2017,
    as_sheet,
    coded_rows,
    economy,
    equal,
    numeric_rows,
)

Cells = list[list[Cell]]
Damage = Callable[[Cells, Frame, random.Random], None]

SUMS = {"imbalance", "rounding"}
TWINS = ({"FU101", "FU102"}, {"FU201", "FU202"}, {"EX", "OF"}, {"IM", "IF"})
"""Columns that enter every sum together: swapped with their totals, no sum can tell."""
COMPONENTS = {"VA001", "VA002", "VA003", "VA004"}
"""Rows that enter every sum together."""


def missing_row(cells: Cells, frame: Frame, rng: random.Random) -> None:
    del cells[rng.choice(list(frame.rows.values()))]


def missing_column(cells: Cells, frame: Frame, rng: random.Random) -> None:
    column = rng.choice(list(frame.columns.values()))
    for row in cells:
        del row[column : column + 1]


def swapped_columns(cells: Cells, frame: Frame, rng: random.Random) -> None:
    """With headings and codes."""
    a, b = rng.sample(list(frame.columns.values()), 2)
    for row in cells:
        row[a], row[b] = row[b], row[a]


def swapped_rows(cells: Cells, frame: Frame, rng: random.Random) -> None:
    """With labels and codes."""
    a, b = rng.sample(list(frame.rows.values()), 2)
    cells[a], cells[b] = cells[b], cells[a]


def swapped_numbers_of_columns(cells: Cells, frame: Frame, rng: random.Random) -> None:
    """Without headings and codes."""
    names = list(frame.columns)
    pairs = [pair for pair in combinations(names, 2) if set(pair) not in TWINS]
    a, b = (frame.columns[name] for name in rng.choice(pairs))
    for row in frame.rows.values():
        cells[row][a], cells[row][b] = cells[row][b], cells[row][a]


def swapped_numbers_of_rows(cells: Cells, frame: Frame, rng: random.Random) -> None:
    """Without labels and codes."""
    pairs = [pair for pair in combinations(frame.rows, 2) if not set(pair) <= COMPONENTS]
    a, b = (frame.rows[name] for name in rng.choice(pairs))
    for column in frame.columns.values():
        cells[a][column], cells[b][column] = cells[b][column], cells[a][column]


def swapped_headings(cells: Cells, frame: Frame, rng: random.Random) -> None:
    """Without codes and numbers; of exports and outflow of 2007 the heading decides."""
    names = [name for name in frame.columns if name != "OF"]
    a, b = (frame.columns[name] for name in rng.sample(names, 2))
    for row in cells[: frame.code_row]:
        row[a], row[b] = row[b], row[a]


def swapped_codes(cells: Cells, frame: Frame, rng: random.Random) -> None:
    a, b = rng.sample(list(frame.columns.values()), 2)
    row = cells[frame.code_row]
    row[a], row[b] = row[b], row[a]


def text_in_numbers(cells: Cells, frame: Frame, rng: random.Random) -> None:
    row, column = _place(frame, rng)
    cells[row][column] = rng.choice(["n.a.", "见注", "12,34", "(5)", "1.2.3", "#REF!", "10%"])


def changed_number(cells: Cells, frame: Frame, rng: random.Random) -> None:
    row, column = _place(frame, rng)
    number = float(str(cells[row][column] or 0.0))
    cells[row][column] = rng.choice([number + 1e5, number * 1.01 + 10.0, -number - 1.0])


def blanked_number(cells: Cells, frame: Frame, rng: random.Random) -> None:
    row, column = _place(frame, rng)
    cells[row][column] = None


def shifted_block(cells: Cells, frame: Frame, rng: random.Random) -> None:
    """A rectangle of numbers moved by one row or column."""
    rows = sorted(frame.rows[str(k)] for k in range(1, 43))
    columns = sorted(frame.columns.values())
    top, left = rng.randrange(40), rng.randrange(54)
    bottom, right = rng.randint(top + 1, 41), rng.randint(left + 1, 56)
    block = [[cells[r][c] for c in columns[left:right]] for r in rows[top:bottom]]
    down, along = rng.choice([(1, 0), (0, 1)])
    for i, values in enumerate(block):
        for j, value in enumerate(values):
            cells[rows[top + i + down]][columns[left + j + along]] = value


def deleted_header(cells: Cells, frame: Frame, rng: random.Random) -> None:
    first = rng.randint(0, frame.code_row)
    del cells[first : rng.randint(first, frame.code_row) + 1]


def repeated_code(cells: Cells, frame: Frame, rng: random.Random) -> None:
    a, b = rng.sample(list(frame.columns.values()), 2)
    cells[frame.code_row][a] = cells[frame.code_row][b]


def repeated_row_code(cells: Cells, frame: Frame, rng: random.Random) -> None:
    a, b = rng.sample(list(frame.rows.values()), 2)
    cells[a][frame.code_column] = cells[b][frame.code_column]


def repeated_row(cells: Cells, frame: Frame, rng: random.Random) -> None:
    row = rng.choice(list(frame.rows.values()))
    cells.insert(rng.randint(frame.code_row + 1, len(cells)), list(cells[row]))


def repeated_column(cells: Cells, frame: Frame, rng: random.Random) -> None:
    source = rng.choice(list(frame.columns.values()))
    target = rng.randint(min(frame.columns.values()), max(frame.columns.values()) + 1)
    for row in cells:
        if len(row) > source:
            row.insert(target, row[source])


def wrong_label(cells: Cells, frame: Frame, rng: random.Random) -> None:
    row = frame.rows[str(rng.randint(1, 42))]
    cells[row][frame.code_column - 1] = rng.choice(["其他", "煤炭", "", "合计"])


def truncated(cells: Cells, frame: Frame, rng: random.Random) -> None:
    if rng.random() < 0.5:
        del cells[rng.randint(1, len(cells)) :]
    else:
        width = rng.randint(1, max(map(len, cells)))
        for row in cells:
            del row[width:]


def wrong_unit(cells: Cells, frame: Frame, rng: random.Random) -> None:
    unit = rng.choice(["单位：亿元", "单位：元", "单位：吨", "Unit: 100 million yuan", "单位：斤"])
    for row in cells[: frame.code_row]:
        for k, value in enumerate(row):
            if isinstance(value, str) and "单位" in value and "制表" not in value:
                row[k] = None
    cells[0][0] = unit


def harmless(cells: Cells, frame: Frame, rng: random.Random) -> None:
    """Scratch to the right, notes below, rows above, blank rows between."""
    for row in cells:
        row.extend([None, 99.0, "核对", float(rng.randint(1, 58))])
    cells.append(["注：含进料加工。", None, 3.0])
    cells.insert(rng.randint(frame.code_row + 1, len(cells) - 1), [])
    cells.insert(0, ["附表"])


def _place(frame: Frame, rng: random.Random) -> tuple[int, int]:
    """A cell that is read: a number of a sector."""
    sector = str(rng.randint(1, 42))
    if rng.random() < 0.8:
        return frame.rows[sector], rng.choice(list(frame.columns.values()))
    return rng.choice(list(frame.rows.values())), frame.columns[sector]


DAMAGES: Sequence[Damage] = (
    *(missing_row, missing_column, swapped_columns, swapped_rows, swapped_numbers_of_columns),
    *(swapped_numbers_of_rows, swapped_headings, swapped_codes, text_in_numbers, changed_number),
    *(blanked_number, shifted_block, deleted_header, repeated_code, repeated_row_code),
    *(repeated_row, repeated_column, wrong_label, truncated, wrong_unit, harmless),
)
REFUSED = {missing_row, missing_column, text_in_numbers, repeated_row_code, wrong_label, wrong_unit}
UNTOUCHED = {swapped_columns, swapped_rows, harmless}


class Original:
    """A sound sheet, what it reads as, and where its table stands."""

    def __init__(self, sheet: Sheet, names: Sequence[str]) -> None:
        self.sheet = sheet
        self.names = names
        self.frame = find_frame(sheet, names)
        self.table = read_io_sheet(sheet, names)

    def damaged(self, damage: Damage, seed: int) -> Sheet:
        width = max(self.sheet.width, 70)
        cells = [[*row, *[None] * (width - len(row))] for row in self.sheet.cells]
        damage(cells, self.frame, random.Random(seed))
        return Sheet(self.sheet.file, self.sheet.name, tuple(map(tuple, cells)))


def read(sheet: Sheet, names: Sequence[str]) -> ProvincialTable | SourceError:
    try:
        return read_io_sheet(sheet, names)
    except SourceError as error:
        return error


def settle(original: Original, damage: Damage, seed: int) -> str:
    """Read a damaged copy: ``refused``, ``untouched`` or ``reported``; anything else fails."""
    found = read(original.damaged(damage, seed), original.names)
    if isinstance(found, SourceError):
        assert found.row is not None, str(found)
        assert original.sheet.name in str(found)
        return "refused"
    if equal(found, original.table):
        return "untouched"
    known = {str(defect) for defect in original.table.defects}
    new = [defect for defect in found.defects if str(defect) not in known]
    assert any(defect.kind in SUMS for defect in new), f"{damage.__name__} {seed}: a wrong table"
    return "reported"


@pytest.fixture(scope="module")
def generated() -> list[Original]:
    return [
        Original(as_sheet(numeric_rows(economy(1))), NAMES),
        Original(as_sheet(numeric_rows(economy(2), code_row=4, swapped=True)), NAMES),
        Original(as_sheet(coded_rows(economy(3))), NAMES_2017),
    ]


@pytest.fixture(scope="module")
def official() -> list[Original]:
    sources = os.environ.get("M3C_SOURCES")
    if not sources:
        pytest.skip("needs the official tables: set M3C_SOURCES to their folder")
    path = Path(sources) / "io2007" / "china_provincial_io_2007.xls"
    provinces = load_concordance("provinces_to_regions").sources
    return [Original(sheet, NAMES) for sheet in read_workbook(path, provinces).values()]


@settings(max_examples=150)
@given(st.integers(0, 2), st.sampled_from(DAMAGES), st.integers(0, 2**32))
def test_damaged_copies_of_generated_tables(
    generated: list[Original], which: int, damage: Damage, seed: int
) -> None:
    outcome = settle(generated[which], damage, seed)
    if damage in REFUSED:
        assert outcome == "refused"
    if damage in UNTOUCHED:
        assert outcome == "untouched"


@settings(max_examples=200)
@given(st.integers(0, 29), st.sampled_from(DAMAGES), st.integers(0, 2**32))
def test_damaged_copies_of_official_tables(
    official: list[Original], which: int, damage: Damage, seed: int
) -> None:
    outcome = settle(official[which], damage, seed)
    if damage in REFUSED:
        assert outcome == "refused"
    if damage in UNTOUCHED:
        assert outcome == "untouched"


def test_every_kind_of_damage_has_been_tried_on_every_layout(generated: list[Original]) -> None:
    for original in generated:
        for damage in DAMAGES:
            outcomes = {settle(original, damage, seed) for seed in range(3)}
            if damage in (swapped_numbers_of_columns, swapped_numbers_of_rows, changed_number):
                assert outcomes == {"reported"}


def test_columns_that_no_sum_tells_apart_are_those_that_are_named(
    generated: list[Original],
) -> None:
    """Swapped with their totals and without headings, all pairs but the named ones are noticed."""
    original = generated[0]
    silent = []
    totals = [name for name in original.frame.columns if not name.isdigit()]
    for a, b in combinations(["1", "17", "42", *totals], 2):

        def swap(
            cells: Cells, frame: Frame, _: random.Random, pair: Sequence[str] = (a, b)
        ) -> None:
            first, second = (frame.columns[name] for name in pair)
            for row in frame.rows.values():
                cells[row][first], cells[row][second] = cells[row][second], cells[row][first]

        found = read(original.damaged(swap, 0), original.names)
        if isinstance(found, SourceError) or any(defect.kind in SUMS for defect in found.defects):
            continue
        silent.append({a, b})
    assert sorted(map(sorted, silent)) == sorted(map(sorted, TWINS))
