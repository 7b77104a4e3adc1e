"""Square tables with three headings on either side: region, kind and account.

The kinds tell such a table from others, and where it stands on its sheet. A region and a kind may
stand only at the first of the accounts that share them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from sam.accounts import KINDS
from sam.errors import SourceError
from sam.matrix.frames import ACCOUNT
from sam.matrix.long import Table
from sam.matrix.square import Side, holds_numbers, read_square
from sam.matrix.titles import SEARCHED, stated_unit
from sam.matrix.totals import is_sum
from sam.readers.grid import Cell
from sam.readers.workbook import Sheet, column_letters


def kind_headings(sheet: Sheet) -> tuple[int, int] | None:
    """Row and column of a square table that hold the kinds, ``None`` where there are none.

    The corner that ``square_rows`` writes tells them; without it, the row and the column with the
    most kinds, which are most of what stands there beyond their crossing. A name that is the word
    for a kind (an account called ROW) is no heading of kinds, nor are the names of a table whose
    accounts are kinds.
    """
    width = min(sheet.width, SEARCHED)
    for i, row in enumerate(sheet.cells[:SEARCHED]):
        for j in range(2, min(width, len(row))):
            corner = [_heading(cell).lower() for cell in row[j - 2 : j + 1]]
            if corner == ACCOUNT and _heading(sheet.cell(i - 1, j)).lower() == "kind":
                return i - 1, j - 1
    kinds = [[_heading(cell).lower() in KINDS for cell in row] for row in sheet.cells]
    rows = [sum(row) for row in kinds[:SEARCHED]]
    columns = [sum(row[j] for row in kinds if j < len(row)) for j in range(width)]
    if not any(rows) or not any(columns):
        return None
    i, j = int(np.argmax(rows)), int(np.argmax(columns))
    crossing = (sheet.cell(i + 1, j), sheet.cell(i, j + 1))
    if any(_heading(cell).lower() in KINDS for cell in crossing):
        return None
    beside = [row[j] for row in sheet.cells[i + 2 :] if any(c is not None for c in row[j + 2 :])]
    return (i, j) if _mostly_kinds(sheet.cells[i][j + 2 :]) and _mostly_kinds(beside) else None


def read_headed(
    sheet: Sheet, kind_row: int, kind_column: int, region: str | None, *, ignore_totals: bool
) -> Table:
    """Read a square table whose kinds stand in the given row and column.

    Arguments:
        sheet: cells of a sheet.
        kind_row: row of the kinds of the columns, from zero; their names stand below.
        kind_column: column of the kinds of the rows, from zero; their names stand beside.
        region: region of all accounts where the table names none.
        ignore_totals: do not hold what the table states of its sums against its payments.

    Returns:
        Payments between accounts, and the unit that the sheet states.

    Raises:
        SourceError: there is no account, or none has a region, or as ``read_square``.
    """
    top, left = kind_row + 2, kind_column + 2
    across = [[sheet.cell(kind_row + k, j) for k in (0, 1)] for j in range(left, sheet.width)]
    down = [[sheet.cell(i, kind_column + k) for k in (0, 1)] for i in range(top, sheet.height)]
    above, beside = _regions(sheet, kind_row, kind_column, region)
    columns = _side(sheet, "column", above, across, left, top)
    rows = _side(sheet, "row", beside, down, top, left)
    if not rows.accounts or not columns.accounts:
        raise SourceError(
            f"{sheet.file}, sheet {sheet.name!r}: has headings but no accounts; found "
            f"{len(rows.accounts)} rows and {len(columns.accounts)} columns of accounts below and "
            "beside them, expected one of each for every account"
        )
    frame = read_square(sheet, rows, columns, ignore_totals=ignore_totals)
    titles = [cell for line in sheet.cells[: max(kind_row - 1, 0)] for cell in line]
    corner = [sheet.cell(i, j) for i in range(top) for j in range(left)]
    return frame, stated_unit([*corner, *titles])


def _mostly_kinds(cells: Iterable[Cell]) -> bool:
    """Whether the majority of the cells that are filled hold kinds."""
    filled = [_heading(cell).lower() in KINDS for cell in cells if cell is not None]
    return 2 * sum(filled) > len(filled)


def _heading(cell: object) -> str:
    """A heading's text; numbers that name accounts without decimals."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _regions(
    sheet: Sheet, kind_row: int, kind_column: int, region: str | None
) -> tuple[list[Cell], list[Cell]]:
    """Headings of regions above the columns and beside the rows, or the one region given."""
    top, left = kind_row + 2, kind_column + 2
    above: list[Cell] = [sheet.cell(kind_row - 1, j) for j in range(left, sheet.width)]
    beside: list[Cell] = [sheet.cell(i, kind_column - 1) for i in range(top, sheet.height)]
    if not above or not beside:
        return above, beside  # headings only
    if kind_row > 0 and kind_column > 0 and above[0] is not None and beside[0] is not None:
        return above, beside
    if region is None:
        raise SourceError.at(
            sheet.file,
            sheet.name,
            row=kind_row + 1,
            column=column_letters(left),
            found="kinds of accounts without a region above them, or beside those of the rows",
            expected="headings region, kind and account, or the one region of all accounts, "
            "region= (--region)",
        )
    return [region] * len(above), [region] * len(beside)


def _side(
    sheet: Sheet,
    what: str,
    regions: Sequence[Cell],
    headings: Sequence[Sequence[Cell]],
    first: int,
    start: int,
) -> Side:
    """What the lines along one side are.

    Arguments:
        sheet: cells of the sheet.
        what: ``row`` or ``column``.
        regions: headings of regions, by line.
        headings: those of kinds and accounts, by line.
        first: place of the first line.
        start: place of the first line of the other side.
    """
    side = Side(what, {}, {}, {})
    end = sheet.width if what == "row" else sheet.height
    accounts, sums, unnamed = {}, {}, {}
    region = kind = ""
    for place, cells in enumerate(zip(regions, headings, strict=True), first):
        own_region, own_kind, account = map(_heading, (cells[0], *cells[1]))
        told = [text for text in (own_region, own_kind, account) if is_sum(text)]
        if own_kind.lower() not in KINDS and told:
            sums[place] = told[0]
            continue
        region, kind = own_region or region, own_kind or kind
        if account:
            accounts[place] = region, kind.lower(), account
        elif holds_numbers(sheet.cell(*side.cell(place, k)) for k in range(start, end)):
            unnamed[place] = own_region or own_kind
    return Side(what, accounts, sums, unnamed)
