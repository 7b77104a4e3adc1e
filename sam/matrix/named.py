"""Square tables as published: one row and one column of names, and nothing that tells kinds.

The heading row and the heading column are those whose names agree. Further headings (numbers,
descriptions), titles, blank lines, and notes below and to the right do no harm, and rows and
columns may come in different orders. Totals and differences that the table states are held against
its payments. An account that pays nothing has a blank column, one that receives nothing a blank
row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.errors import SAMError, SourceError
from sam.kinds import account_name, listed
from sam.matrix.frames import melt
from sam.matrix.layouts import SEARCHED, Table, located, stated_unit
from sam.matrix.totals import is_total
from sam.readers.text import to_number
from sam.readers.workbook import Cell, Sheet, column_letters

Array = npt.NDArray[np.float64]

_DIFFERENCES = frozenset(
    (
        *("difference", "differences", "diff", "diff.", "check", "imbalance"),
        *("差额", "差异", "diferencia", "différence", "écart"),
    )
)
"""Names of lines that state how far receipts and payments are apart."""

_EXACT = 1e-6
"""Difference from a stated total, relative to what adds up to it, that counts as none."""

_NAMELESS = ("payments without account", "the account's name, or the word total")
"""What is found and expected in a line with numbers and no name."""

_WORD = re.compile(r"[^\W\d_]{3}")
"""Letters enough that a cell is a remark rather than a damaged number."""


@dataclass(frozen=True)
class Side:
    """The rows, or the columns, of a table by what they are.

    Attributes:
        accounts: place by name.
        totals: places of lines that state totals.
        differences: places of lines that state how far totals are apart.
        unnamed: places of lines with numbers and without a name.
        lone: place by name of lines with numbers whose name is not on the other side.
    """

    accounts: Mapping[str, int]
    totals: Sequence[int]
    differences: Sequence[int]
    unnamed: Sequence[int]
    lone: Mapping[str, int]


def name_headings(sheet: Sheet) -> tuple[int, int] | None:
    """Row and column whose names agree; ``None`` where the sheet has none.

    Of several (codes and descriptions) those with the most names in common, then the shortest.
    """
    rows = {i: _names(sheet.cells[i]) for i in range(min(sheet.height, SEARCHED))}
    columns = {j: _names(_column(sheet, j)) for j in range(min(sheet.width, SEARCHED))}
    words = {name for line in (*rows.values(), *columns.values()) for name in line.values()}
    words = {name for name in words if not _is_number(name)}
    best, found = (0, 0, 0), None
    for (i, across), (j, down) in product(rows.items(), columns.items()):
        right = {name for place, name in across.items() if place > j and _may_be_account(name)}
        below = {name for place, name in down.items() if place > i and _may_be_account(name)}
        common = right & below
        if len(common) < max(2, min(len(right), len(below)) / 2):
            continue
        if common.isdisjoint(words) and right != below:
            continue
        key = (len(common & words), len(common), -sum(map(len, common)))
        if found is None or key > best:
            best, found = key, (i, j)
    return found


def read_named(sheet: Sheet, top: int, left: int) -> Table:
    """Read a square table whose names stand in the given row and column.

    Arguments:
        sheet: cells of a sheet.
        top: row of the names of the columns, from zero.
        left: column of the names of the rows, from zero.

    Returns:
        Payments between accounts that have names only, and the unit that the sheet states.

    Raises:
        SourceError: a cell cannot be read, a line has no name, the name of another or no
            counterpart, or a total contradicts its payments: names file, sheet, row and column.
    """
    down, across = _names(_column(sheet, left), top + 1), _names(sheet.cells[top], left + 1)
    shared = {name for name in {*down.values()} & {*across.values()} if _may_be_account(name)}
    inner_rows = [i for i, name in down.items() if name in shared]
    inner_columns = [j for j, name in across.items() if name in shared]

    def row(i: int) -> tuple[list[Cell], list[Cell]]:
        headings = [sheet.cell(i, j) for j in range(inner_columns[0])]
        return [sheet.cell(i, j) for j in inner_columns], headings

    def column(j: int) -> tuple[list[Cell], list[Cell]]:
        headings = [sheet.cell(i, j) for i in range(inner_rows[0])]
        return [sheet.cell(i, j) for i in inner_rows], headings

    rows = _side(sheet, "row", (top + 1, sheet.height), down, shared, row)
    columns = _side(sheet, "column", (left + 1, sheet.width), across, shared, column)
    _require_counterparts(sheet, rows, columns)
    values = np.array(
        [
            [sheet.number(i, j, "a payment") for j in columns.accounts.values()]
            for i in rows.accounts.values()
        ]
    )
    table = pd.DataFrame(values, list(rows.accounts), list(columns.accounts))
    _require_totals(sheet, table, rows, columns)
    titles = [cell for line in sheet.cells[: top + 1] for cell in line]
    beside = [sheet.cell(i, j) for i in range(top + 1, inner_rows[0]) for j in range(left + 1)]
    return located(_place(sheet), lambda: melt(table)), stated_unit([*titles, *beside])


def payments_of(table: pd.DataFrame, region: str | None = None) -> pd.DataFrame:
    """The payments of a square frame; of one with names only lines of totals are left out.

    Arguments:
        table: receiving accounts as index, paying accounts as columns.
        region: region of all accounts where labels are only kind and account.

    Raises:
        SAMError: rows and columns list different accounts, a cell is no finite number, or a total
            contradicts its payments.
    """
    if table.index.nlevels > 1 or table.columns.nlevels > 1:
        return melt(table, region)
    down, across = (
        np.array([is_total(account_name(name)) for name in axis], dtype=bool)
        for axis in (table.index, table.columns)
    )
    inner = table.loc[~down, ~across]
    payments = melt(inner)
    for totals, cells, what in (
        (table.loc[down, ~across], inner, "column"),
        (table.loc[~down, across].T, inner.T, "row"),
    ):
        for line, account in product(range(len(totals)), range(cells.shape[1])):
            values, stated = cells.iloc[:, account].to_numpy(float), totals.iat[line, account]
            if _contradicts(stated, values.sum(), values):
                raise SAMError(
                    f"SAM: the payments of the {what} {str(cells.columns[account])!r} sum to "
                    f"{values.sum():.10g}, but {str(totals.index[line])!r} is {stated!s}; correct "
                    "it, or leave out the totals"
                )
    return payments


def _side(
    sheet: Sheet,
    what: str,
    ends: tuple[int, int],
    names: Mapping[int, str],
    shared: set[str],
    line: Callable[[int], tuple[list[Cell], list[Cell]]],
) -> Side:
    """What every row, or column, of a table is.

    Arguments:
        sheet: cells of a sheet.
        what: ``row`` or ``column``.
        ends: first place, and the one after the last.
        names: names of the lines by place.
        shared: names of accounts.
        line: gives the cells of a line where it crosses accounts, and its headings.
    """
    accounts: dict[str, int] = {}
    lone: dict[str, int] = {}
    totals, differences, unnamed = [], [], []
    for place in range(*ends):
        name = names.get(place, "")
        cells, headings = line(place)
        heading = not accounts  # lines before the first account may be further headings
        if name in accounts:
            raise _error(sheet, what, place, repr(name), "each account once")
        if name in shared:
            accounts[name] = place
        elif not any(_is_numeral(cell, strict=heading) for cell in cells):
            continue
        elif any(is_total(account_name(text)) for text in headings):
            totals.append(place)
        elif name.casefold() in _DIFFERENCES:
            differences.append(place)
        elif name:
            lone[name] = place
        elif not (heading and _is_numbering(cells)):
            unnamed.append(place)
    return Side(accounts, totals, differences, unnamed, lone)


def _require_counterparts(sheet: Sheet, rows: Side, columns: Side) -> None:
    """Every account has a row and a column."""
    sides = (("row", rows, "column", columns), ("column", columns, "row", rows))
    for what, side, _, other in sides:
        if side.unnamed and other.lone:
            raise _error(sheet, what, side.unnamed[0], *_NAMELESS)
    for what, side, crossing, other in sides:
        for name, place in side.lone.items():
            others = [lone for lone in side.lone if lone != name]
            more = f" (and {listed(others)})" if others else ""
            spelt = [lone for lone in other.lone if lone.casefold() == name.casefold()]
            hint = f"; the {crossing} is spelt {spelt[0]!r}" if spelt else ""
            expected = (
                f"a name that a {crossing} has, too{hint}; the {crossing} of an account without "
                "payments there is blank, but named"
            )
            raise _error(sheet, what, place, f"{name!r}{more}", expected)


def _require_totals(sheet: Sheet, table: pd.DataFrame, rows: Side, columns: Side) -> None:
    """What the table states of its sums is what its payments sum to.

    Lines with numbers and no name are totals if they state the sums.
    """
    for what, side, accounts in (
        ("row", rows, columns.accounts),
        ("column", columns, rows.accounts),
    ):
        for line, (name, place) in product((*side.totals, *side.unnamed), accounts.items()):
            at = (line, place) if what == "row" else (place, line)
            cells = (table[name] if what == "row" else table.loc[name]).to_numpy()
            stated, total = sheet.cell(*at), cells.sum()
            if line in side.unnamed and (stated is not None or total != 0.0):
                if _stated(stated) is None or _contradicts(stated, total, cells):
                    raise _error(sheet, what, line, *_NAMELESS)
            elif _contradicts(stated, total, cells):
                expected = f"{total:.10g}, the sum of the payments of its {_crossing(what)}"
                raise sheet.error(*at, stated, f"{expected}; correct it or leave out the total")
        for line, (name, place) in product(side.differences, accounts.items()):
            at = (line, place) if what == "row" else (place, line)
            cells = np.concatenate([table.loc[name].to_numpy(), -table[name].to_numpy()])
            if _contradicts(_size(sheet.cell(*at)), abs(cells.sum()), cells):
                expected = f"{cells.sum():.10g}, what {name!r} receives less what it pays"
                raise sheet.error(*at, sheet.cell(*at), f"{expected}; correct it or leave it out")


def _crossing(what: str) -> str:
    return "column" if what == "row" else "row"


def _contradicts(stated: object, total: float, cells: Array) -> bool:
    """Whether a number states another total than its cells have, rounding aside.

    Text states nothing: a formula without a result, or a remark.
    """
    number = _stated(stated)
    if number is None:
        return False
    apart = abs(number - total)
    if apart <= _EXACT * max(float(np.abs(cells).sum()), abs(number)):
        return False
    shown = [f"{value:.9f}".rstrip("0").partition(".")[2] for value in (number, *cells)]
    rounding = 0.5 * 10.0 ** -max(map(len, shown)) * (1 + np.count_nonzero(cells))
    return bool(apart > 1.001 * rounding)


def _stated(cell: object) -> float | None:
    """The number of a cell, ``None`` where it is none."""
    if cell is None:
        return None
    try:
        number = float(cell) if isinstance(cell, (float, int)) else to_number(str(cell))
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _size(cell: object) -> float | None:
    number = _stated(cell)
    return None if number is None else abs(number)


def _may_be_account(name: str) -> bool:
    return not is_total(name) and name.casefold() not in _DIFFERENCES


def _names(cells: Iterable[Cell], first: int = 0) -> dict[int, str]:
    """Names in a line by place, from a place on."""
    return {
        place: name
        for place, cell in enumerate(cells)
        if place >= first and (name := account_name(cell))
    }


def _column(sheet: Sheet, column: int) -> list[Cell]:
    return [sheet.cell(row, column) for row in range(sheet.height)]


def _is_number(text: str) -> bool:
    return _stated(text) is not None


def _is_numeral(cell: Cell, *, strict: bool) -> bool:
    """Whether a cell holds a number, or, unless strict, what may be meant for one."""
    if not isinstance(cell, str):
        return cell is not None
    if not any(sign.isdigit() for sign in cell):
        return False
    return _is_number(cell) if strict else not _WORD.search(cell)


def _is_numbering(cells: Sequence[Cell]) -> bool:
    """Whether cells count from one to their number."""
    return [_stated(cell) for cell in cells] == list(range(1, len(cells) + 1))


def _place(sheet: Sheet) -> str:
    return f"{sheet.file}, sheet {sheet.name!r}"


def _error(sheet: Sheet, what: str, place: int, found: str, expected: str) -> SourceError:
    """A ``SourceError`` at a row or a column."""
    row, column = (place + 1, None) if what == "row" else (None, column_letters(place))
    error = SourceError(
        f"{_place(sheet)}, {what} {row or column}: found {found}, expected {expected}"
    )
    error.row, error.column, error.found = row, column, found
    return error
