"""Square tables as published: one row and one column of names, and nothing that tells kinds.

The heading row and the heading column are those whose names agree. Further headings (numbers,
codes, descriptions), titles, blank lines, and notes below and to the right do no harm, such as a
legend that says the names once more. Where names repeat, the line before them may tell their sets,
each at its first name: ``agr`` in the set ``J`` is the account ``J-agr``. An account that pays
nothing has a blank column, one that receives nothing a blank row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np

from sam.errors import SourceError
from sam.kinds import account_name
from sam.matrix.long import Table
from sam.matrix.square import Side, holds_numbers, number_in, read_square
from sam.matrix.titles import SEARCHED, stated_unit
from sam.matrix.totals import is_sum
from sam.readers.grid import Cell
from sam.readers.workbook import Sheet

_EVEN = 0.01
"""Difference of receipts and payments, relative to them, of an account that counts as balanced."""


def name_headings(sheet: Sheet) -> tuple[int, int] | None:
    """Row and column whose names agree; ``None`` where the sheet has none.

    Of several (codes and descriptions) those with the most names in common, then the shortest.
    """
    rows = {i: _names(sheet.cells[i]) for i in range(min(sheet.height, SEARCHED))}
    columns = {j: _names(_column(sheet, j)) for j in range(min(sheet.width, SEARCHED))}
    names = {name for line in (*rows.values(), *columns.values()) for name in line.values()}
    words = {name for name in names if np.isnan(number_in(name))}
    accounts = {name for name in names if not is_sum(name)}
    best, found = (0, 0, 0), None
    for (i, across), (j, down) in product(rows.items(), columns.items()):
        right = accounts & {name for place, name in across.items() if place > j}
        below = accounts & {name for place, name in down.items() if place > i}
        common = right & below
        if len(common) < max(2, min(len(right), len(below)) / 2):
            continue
        if common.isdisjoint(words) and right != below:
            continue
        key = (len(common & words), len(common), -sum(map(len, common)))
        if found is None or key > best:
            best, found = key, (i, j)
    return found


def read_named(sheet: Sheet, top: int, left: int, *, ignore_totals: bool = False) -> Table:
    """Read a square table whose names stand in the given row and column.

    Arguments:
        sheet: cells of a sheet.
        top: row of the names of the columns, from zero.
        left: column of the names of the rows, from zero.
        ignore_totals: do not hold what the table states of its sums against its payments.

    Returns:
        Payments between accounts that have names only, and the unit that the sheet states.

    Raises:
        SourceError: there is no payment, or as ``read_square``.
    """
    down, across = _sides(sheet, top, left)
    shared = _shared(down, across)
    inner_rows, inner_columns = (
        [place for place, name in names.items() if name in shared] for names in (down, across)
    )
    rows = _side(sheet, "row", range(top + 1, sheet.height), down, shared, inner_columns)
    columns = _side(sheet, "column", range(left + 1, sheet.width), across, shared, inner_rows)
    frame = read_square(sheet, rows, columns, ignore_totals=ignore_totals)
    if not frame["value"].any():
        raise SourceError(f"{sheet.file}, sheet {sheet.name!r}: has headings but no payments")
    titles = [cell for line in sheet.cells[: top + 1] for cell in line]
    beside = [sheet.cell(i, j) for i in range(top + 1, inner_rows[0]) for j in range(left + 1)]
    return frame, stated_unit([*titles, *beside])


def shared_names(sheet: Sheet, top: int, left: int) -> set[str]:
    """Names of the accounts of a table that have a row and a column.

    Arguments:
        sheet: cells of a sheet.
        top: row of the names of the columns, from zero.
        left: column of the names of the rows, from zero.
    """
    return _shared(*_sides(sheet, top, left))


def circulates(sheet: Sheet, top: int, left: int) -> bool:
    """Whether a table of names looks like payments rather than any numbers by the same names.

    Most accounts receive what they pay, and not from whom they pay, as in a symmetric table of
    distances, or a diagonal one of correspondences.

    Arguments:
        sheet: cells of a sheet.
        top: row of the names of the columns, from zero.
        left: column of the names of the rows, from zero.
    """
    down, across = _sides(sheet, top, left)
    rows, columns = ({name: k for k, name in names.items()} for names in (down, across))
    accounts = sorted(_shared(down, across))
    values = np.nan_to_num(
        [[number_in(sheet.cell(rows[a], columns[b])) for b in accounts] for a in accounts]
    )
    receipts, payments = values.sum(axis=1), values.sum(axis=0)
    size = np.maximum(np.abs(receipts), np.abs(payments))
    even = np.abs(receipts - payments) <= _EVEN * size
    used = size > 0.0
    return bool(2 * (even & used).sum() > used.sum()) and not np.allclose(values, values.T)


def _side(
    sheet: Sheet,
    what: str,
    places: Iterable[int],
    names: Mapping[int, str],
    shared: set[str],
    crossing: Sequence[int],
) -> Side:
    """What the lines along one side are.

    A line whose name the other side lacks is an account only if it has numbers; without, it is a
    heading or a note. So is a line without a name before the first account: it holds codes.

    Arguments:
        sheet: cells of a sheet.
        what: ``row`` or ``column``.
        places: of the lines.
        names: names of the lines by place.
        shared: names of accounts on both sides.
        crossing: places of the accounts on the other side.
    """
    start = crossing[0]
    end = sheet.width if what == "row" else sheet.height
    empty = Side(what, {}, {}, {})
    accounts: dict[int, tuple[str, ...]] = {}
    sums: dict[int, str] = {}
    unnamed: dict[int, str] = {}
    for place in places:
        line = [sheet.cell(*empty.cell(place, k)) for k in range(end)]
        name, told = names.get(place, ""), map(account_name, line[:start])
        if name in shared:
            accounts[place] = (name,)
        elif not holds_numbers(line[start:]) or (
            not accounts and _is_heading([line[k] for k in crossing])
        ):
            continue
        elif stated := [text for text in told if is_sum(text)]:
            sums[place] = stated[0]
        elif name:
            accounts[place] = (name,)
        elif accounts:
            unnamed[place] = ""
    return Side(what, accounts, sums, unnamed)


def _sides(sheet: Sheet, top: int, left: int) -> tuple[dict[int, str], dict[int, str]]:
    """Names beside the rows and above the columns, by place; with their sets where they repeat."""
    down, across = _names(_column(sheet, left), top + 1), _names(sheet.cells[top], left + 1)
    single = _stated(sheet, "row", down, left + 1), _stated(sheet, "column", across, top + 1)
    if top == 0 or left == 0 or not any(map(_repeats, single)):
        return single
    full = (
        _within_sets(down, _names(_column(sheet, left - 1), top + 1)),
        _within_sets(across, _names(sheet.cells[top - 1], left + 1)),
    )
    few = min(map(len, full)) / 2
    if any(map(_repeats, full)) or len(_shared(*full)) < max(2, few):
        return single
    return full


def _stated(sheet: Sheet, what: str, names: Mapping[int, str], start: int) -> dict[int, str]:
    """Names of lines but those of notes: said before, and without numbers from a place on."""
    side, end = Side(what, {}, {}, {}), sheet.width if what == "row" else sheet.height
    seen: set[str] = set()
    stated: dict[int, str] = {}
    for place, name in names.items():
        if name not in seen or holds_numbers(
            sheet.cell(*side.cell(place, k)) for k in range(start, end)
        ):
            stated[place] = name
        seen.add(name)
    return stated


def _repeats(names: Mapping[int, str]) -> bool:
    """Whether accounts share a name."""
    accounts = [name for name in names.values() if not is_sum(name)]
    return len(set(accounts)) < len(accounts)


def _within_sets(names: Mapping[int, str], sets: Mapping[int, str]) -> dict[int, str]:
    """Names with the set in which they stand, told at its first name; numbers are no sets."""
    full: dict[int, str] = {}
    within = ""
    for place in sorted({*names, *sets}):
        if np.isnan(number_in(sets.get(place, ""))):
            within = sets.get(place, within)
        if place in names:
            name = names[place]
            full[place] = name if is_sum(name) or not within else f"{within}-{name}"
    return full


def _shared(down: Mapping[int, str], across: Mapping[int, str]) -> set[str]:
    """Names of accounts on both sides."""
    return {name for name in {*down.values()} & {*across.values()} if not is_sum(name)}


def _names(cells: Iterable[Cell], first: int = 0) -> dict[int, str]:
    """Names in a line by place, from a place on."""
    return {
        place: name
        for place, cell in enumerate(cells)
        if place >= first and (name := account_name(cell))
    }


def _column(sheet: Sheet, column: int) -> list[Cell]:
    return [sheet.cell(row, column) for row in range(sheet.height)]


def _is_heading(cells: Sequence[Cell]) -> bool:
    """Whether a line before the accounts numbers them, or has no number at all."""
    numbers = [number_in(cell) for cell in cells]
    return numbers == list(range(1, len(cells) + 1)) or bool(np.isnan(numbers).all())
