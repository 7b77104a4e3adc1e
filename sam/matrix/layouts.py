"""Layouts of a SAM on a sheet: long, one line per payment, or square, one row per account.

Which of the two a sheet holds is seen from its headings. Titles above the table, merged regions and
kinds, a row and a column of totals, and notes below the table are tolerated; a wrong cell is named
with its place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import KINDS
from sam.errors import SAMError, SourceError
from sam.matrix import totals
from sam.matrix.frames import ACCOUNT, COLUMNS, KEYS, NAMED, UNIT, long_frame, melt, names_only
from sam.readers.grid import prints_number
from sam.readers.text import number_of
from sam.readers.workbook import Cell, Sheet, column_letters

LONG, SQUARE = "long", "square"
LAYOUTS = (LONG, SQUARE)

Table = tuple[pd.DataFrame, str | None]
"""A long frame and the unit its file states."""

T = TypeVar("T")

BALANCED = 1e-6
"""Difference of receipts and payments, relative to the payments, of a row that lacks nothing."""

_OVERRIDE = "ignore_totals=True (--ignore-totals) reads the table as it is"

SEARCHED = 30
"""Rows above a table, and columns before it, that may hold titles."""

_REGIONS = {"row_region", "col_region"}
_UNIT = r"(?:\bunits?|单位)\s*[:：]\s*"
_SCALE = r"(?:\d+e\d+|thousands?|millions?|billions?|trillions?|mn|bn|亿|万)"
_MONEY = r"(?:yuan|cny|rmb|euros?|eur|usd|dollars?|yen|pounds?|rupees?|元)"
_UNIT_CELL = (
    re.compile(rf"\s*{_UNIT}(.+)", re.IGNORECASE),
    re.compile(rf".*?{_UNIT}([^;；)）]+)", re.IGNORECASE),
    re.compile(rf".*[(（]\s*in\s+([^()（）]*\b(?:{_SCALE}|{_MONEY})\b[^()（）]*)", re.IGNORECASE),
    re.compile(rf".*[(（]\s*({_SCALE}(?:\s+of\b|\b|(?=元))[^()（）]*)", re.IGNORECASE),
)
"""A cell that is ``unit: X``, that holds it, or that holds ``(in X)`` or ``(X)`` with X money."""


def read_sheet(sheet: Sheet, region: str | None = None, *, ignore_totals: bool = False) -> Table:
    """Read a sheet in the layout that its headings show.

    Arguments:
        sheet: cells of a sheet.
        region: region of all accounts where the table names none.
        ignore_totals: do not hold the totals of a square table against its sums.

    Raises:
        SourceError: there is no SAM, or a cell is wrong: names file, sheet, row and column.
    """
    for row, cells in enumerate(sheet.cells[:SEARCHED]):
        if is_long_heading(cells):
            width = sheet.width
            body = [[*line, *[None] * (width - len(line))] for line in sheet.cells[row + 1 :]]
            frame = pd.DataFrame(body, columns=range(width), dtype=object)
            named = frame.set_axis(names_of([*cells, *[None] * (width - len(cells))]), axis=1)
            table, unit = read_long(sheet.file, sheet.name, named, row + 1, region)
            titles = (cell for line in sheet.cells[:row] for cell in line)
            return table, unit or stated_unit(titles)
    from sam.matrix.named import name_headings, read_named  # which read parts of this module

    headings = kind_headings(sheet)
    if headings is None and (names := name_headings(sheet)):
        return read_named(sheet, *names)
    if headings is None:
        raise SourceError(
            f"{sheet.file}, sheet {sheet.name!r}: holds no SAM; expected a long table with the "
            f"columns {', '.join(COLUMNS)} (or {', '.join(NAMED)}), or a square one whose rows and "
            f"columns have the same names, or three headings: {', '.join(ACCOUNT)}, kinds being "
            f"{', '.join(KINDS)}"
        )
    return _square(sheet, headings, region, ignore_totals)


def names_of(cells: Sequence[object]) -> list[str]:
    """Headings in small letters."""
    return ["" if cell is None else str(cell).strip().lower() for cell in cells]


def is_long_heading(cells: Sequence[object]) -> bool:
    """Most columns of a long table are named; a missing one is an error, not another layout.

    Or all those of a table whose accounts have names only.
    """
    found = names_of(cells)
    return names_only(found) or len(set(found) & set(COLUMNS)) > len(COLUMNS) // 2


def is_long(sheet: Sheet) -> bool:
    """Whether a sheet holds a long table."""
    return any(is_long_heading(row) for row in sheet.cells[:SEARCHED])


def read_long(
    file: str, sheet: str, frame: pd.DataFrame, above: int, region: str | None = None
) -> Table:
    """A long table below its heading.

    Arguments:
        file: name of the file, for messages.
        sheet: name of the sheet, for messages.
        frame: cells below the heading, which names the columns in small letters.
        above: rows before the first payment.
        region: region of all accounts where the table has neither region column.

    Raises:
        SourceError: a column is missing, a cell is empty or no number: names its place.
    """
    columns = _expected(frame.columns, region)
    names = [name for name in frame.columns if name in (*COLUMNS, UNIT)]
    if not set(columns) <= set(names) or len(set(names)) < len(names):
        lacks = "" if _REGIONS & set(names) else " (or name the one region of all accounts)"
        raise SourceError.at(
            file, sheet, row=above, found=names, expected=f"each of {columns} once{lacks}"
        )
    frame = frame[names]
    filled = frame.notna() & (frame != "")
    notes = filled.to_numpy().sum(axis=1) <= 1  # blank rows, and notes below the table
    lone = zip(filled.loc[notes, "value"], frame.loc[notes, "value"], strict=True)
    notes[notes] = [not (told and prints_number(value)) for told, value in lone]
    frame, filled = frame[~notes], filled[~notes]
    if frame.empty:
        raise SourceError(f"{file}, sheet {sheet!r}: has headings but no payments")
    empty = ~filled[columns].to_numpy()
    if empty.any():
        line, column = np.argwhere(empty)[0]
        raise SourceError.at(
            file,
            sheet,
            row=int(frame.index[line]) + above + 1,
            column=columns[column],
            found="an empty cell",
            expected="a label" if columns[column] in KEYS else "a number",
        )
    numbers = [
        _number(file, sheet, int(line) + above + 1, "value", value)
        for line, value in zip(frame.index, frame["value"].tolist(), strict=True)
    ]
    frame = frame.assign(value=numbers).reset_index(drop=True)
    return located(f"{file}, sheet {sheet!r}", lambda: long_frame(frame, region))


def _expected(found: Iterable[str], region: str | None) -> list[str]:
    """Columns of a long table: names alone, or no regions where one is given instead."""
    found = list(found)
    if names_only(found):
        return list(NAMED)
    without = set() if region is None or _REGIONS & set(found) else _REGIONS
    return [name for name in COLUMNS if name not in without]


def _number(file: str, sheet: str, row: int, column: str, value: object) -> float:
    try:
        return number_of(value)
    except ValueError as reason:
        expected = f"a number ({reason})"
        raise SourceError.at(
            file, sheet, row=row, column=column, found=value, expected=expected
        ) from None


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


def _mostly_kinds(cells: Iterable[Cell]) -> bool:
    """Whether the majority of the cells that are filled hold kinds."""
    filled = [_heading(cell).lower() in KINDS for cell in cells if cell is not None]
    return 2 * sum(filled) > len(filled)


def _heading(cell: object) -> str:
    """A heading's text; numbers that name accounts without decimals."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _square(
    sheet: Sheet, headings: tuple[int, int], region: str | None, ignore_totals: bool
) -> Table:
    """A square table whose kinds stand in the row and the column of the given place."""
    kind_row, kind_column = headings
    top, left = kind_row + 2, kind_column + 2
    across = [[sheet.cell(kind_row + k, j) for k in (0, 1)] for j in range(left, sheet.width)]
    down = [[sheet.cell(i, kind_column + k) for k in (0, 1)] for i in range(top, sheet.height)]
    above, beside = _regions(sheet, kind_row, kind_column, region)
    columns = _accounts(sheet, above, across, "column", left, top)
    rows = _accounts(sheet, beside, down, "row", top, left)
    if not rows.accounts or not columns.accounts:
        raise SourceError(
            f"{sheet.file}, sheet {sheet.name!r}: has headings but no accounts; found "
            f"{len(rows.accounts)} rows and {len(columns.accounts)} columns of accounts below and "
            "beside them, expected one of each for every account"
        )
    values = np.array([[_value(sheet, i, j) for j in columns.accounts] for i in rows.accounts])
    if not ignore_totals:
        check_totals(sheet, rows, columns, values)
    _refuse_cut_rows(sheet, rows, columns, values)
    table = pd.DataFrame(
        values,
        pd.MultiIndex.from_tuples(rows.accounts.values(), names=ACCOUNT),
        pd.MultiIndex.from_tuples(columns.accounts.values(), names=ACCOUNT),
    )
    frame = located(f"{sheet.file}, sheet {sheet.name!r}", lambda: melt(table))
    titles = [cell for line in sheet.cells[: max(kind_row - 1, 0)] for cell in line]
    corner = [sheet.cell(i, j) for i in range(top) for j in range(left)]
    return frame, stated_unit([*corner, *titles])


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
            expected="headings region, kind and account, or one region named for all accounts",
        )
    return [region] * len(above), [region] * len(beside)


@dataclass(frozen=True)
class Side:
    """The lines along one side of a square table, by their place on the sheet.

    Attributes:
        accounts: labels of the accounts.
        totals: names of the lines that hold sums.
    """

    accounts: dict[int, tuple[str, ...]]
    totals: dict[int, str]


def _accounts(
    sheet: Sheet,
    regions: list[Cell],
    headings: list[list[Cell]],
    what: str,
    first: int,
    start: int,
) -> Side:
    """Labels of the accounts along one side, and totals; blanks are left out.

    A region and a kind may stand only at the first of the accounts that share them.
    """
    side = Side({}, {})
    region = kind = ""
    for place, cells in enumerate(zip(regions, headings, strict=True), first):
        own_region, own_kind, account = map(_heading, (cells[0], *cells[1]))
        sums = [text for text in (own_region, own_kind, account) if _is_sum(text)]
        if own_kind.lower() not in KINDS and sums:
            side.totals[place] = sums[0]
            continue
        region, kind = own_region or region, own_kind or kind
        if account:
            side.accounts[place] = region, kind, account
        else:
            _refuse_nameless(sheet, what, place, start, own_region or own_kind)
    return side


def _is_sum(label: str) -> bool:
    return totals.is_total(label) or totals.is_subtotal(label)


def _refuse_nameless(sheet: Sheet, what: str, place: int, start: int, group: str) -> None:
    """Say so where numbers stand in a line without the name of an account; text is a note."""
    if what == "row":
        line = [(place, j) for j in range(start, sheet.width)]
    else:
        line = [(i, place) for i in range(start, sheet.height)]
    numbers = [cell for cell in line if prints_number(sheet.cell(*cell))]
    if not numbers:
        return
    row, column = numbers[0]
    name = f"{column_letters(column)}{row + 1}"
    remedy = f"; if {group} means totals, call it Total" if group else ""
    if len(numbers) == 1:
        remedy = f", or no number: cell {name} stands alone in its {what}; delete it if it is none"
    raise SourceError.at(
        sheet.file,
        sheet.name,
        **{what: column_letters(place) if what == "column" else place + 1},
        found="payments without account",
        expected=f"the account's name{remedy}",
    )


def _value(sheet: Sheet, row: int, column: int) -> float:
    cell = sheet.cell(row, column)
    if (isinstance(cell, float) and math.isfinite(cell)) or (cell is None and not sheet.merged):
        return cell or 0.0
    return sheet.number(row, column, "a payment")


def check_totals(sheet: Sheet, rows: Side, columns: Side, values: totals.Array) -> None:
    """Hold the totals of a square table against the sums of its lines.

    Arguments:
        sheet: cells of the sheet.
        rows: lines of receiving accounts and their totals.
        columns: lines of paying accounts and their totals.
        values: payments (row, column) of the accounts.

    Raises:
        SourceError: a total is not the sum of its line, but for rounding, or an account holds the
            sums of all others: names the cell or the line.
    """
    for what, side, other, addends in (
        ("row", rows, columns, values),
        ("column", columns, rows, values.T),
    ):
        for place, name in side.totals.items():
            cells = [(place, k) if what == "row" else (k, place) for k in other.accounts]
            before = sum(account < place for account in side.accounts)
            _check_stated(sheet, cells, name, addends, before)
    _refuse_disguised(sheet, rows, columns, values)


def _refuse_disguised(sheet: Sheet, rows: Side, columns: Side, values: totals.Array) -> None:
    """Say so where an account, on both sides or on its only one, holds the sums of all others."""
    by_row, by_column = _counterparts(rows, columns), _counterparts(columns, rows)
    sums = {
        "row": totals.totals_among(values, by_row),
        "column": totals.totals_among(values.T, by_column),
    }
    both = sums["row"] & ((by_row < 0) | sums["column"][by_row])
    lone = sums["column"] & (by_column < 0)
    for what, side, found in (("row", rows, both), ("column", columns, lone)):
        if found.any():
            place, label = list(side.accounts.items())[int(found.argmax())]
            raise SourceError.at(
                sheet.file,
                sheet.name,
                **{what: column_letters(place) if what == "column" else place + 1},
                found=f"{'/'.join(label)}, whose entries are the sums of all others",
                expected=f"an account; delete the {what} if it holds totals, or name it Total "
                f"without a kind; {_OVERRIDE}",
            )


def _counterparts(side: Side, other: Side) -> npt.NDArray[np.intp]:
    """Position of each account of one side on the other, -1 where it is not there."""
    position = {label: k for k, label in enumerate(other.accounts.values())}
    return np.array([position.get(label, -1) for label in side.accounts.values()], dtype=np.intp)


def _check_stated(
    sheet: Sheet,
    cells: list[tuple[int, int]],
    name: str,
    addends: totals.Array,
    before: int,
) -> None:
    """One line of totals after some of its addends; what is no number states nothing."""
    numbers = [sheet.cell(*cell) for cell in cells]
    stated = np.array([number_of(x) if prints_number(x) else np.nan for x in numbers])
    if totals.is_subtotal(name):
        addends = totals.nearest_run(stated, addends[:before][::-1], addends[before:])
    wrong = totals.contradicted(stated, addends)
    if wrong is None:
        return
    row, column = cells[wrong]
    raise sheet.error(
        row,
        column,
        f"{name} {stated[wrong]:,.15g}",
        f"{addends[:, wrong].sum():,.15g}, the sum of its line; correct the cell or what it sums, "
        f"or delete the totals; {_OVERRIDE}",
    )


def _refuse_cut_rows(sheet: Sheet, rows: Side, columns: Side, values: totals.Array) -> None:
    """Say so where a row has fewer cells than headings and its account lacks receipts."""
    last = max(columns.accounts)
    paid = dict(zip(columns.accounts.values(), values.sum(axis=0), strict=True))
    for place, line in zip(rows.accounts, values, strict=True):
        count = len(sheet.cells[place])
        pays = paid.get(rows.accounts[place], 0.0)
        if count <= last and abs(line.sum() - pays) > BALANCED * abs(pays):
            raise sheet.error(
                place,
                None,
                f"{count} cells, receipts of {line.sum():,.15g} beside payments of {pays:,.15g}",
                f"{last + 1} cells, as many as headings; write the cells that the row lacks, zeros "
                "as 0",
            )


def stated_unit(cells: Iterable[object]) -> str | None:
    """The unit that one of some cells around a table states.

    Arguments:
        cells: titles and headings.
    """
    texts = [cell for cell in cells if isinstance(cell, str)]
    for form in _UNIT_CELL:
        for text in texts:
            match = form.match(text)
            if match and match.group(1).strip():
                return match.group(1).strip()
    return None


def long_rows(long: pd.DataFrame, unit: str) -> Iterable[list[object]]:
    """Headings, then one row per payment."""
    yield [*COLUMNS, UNIT]
    for line in long.itertuples(index=False, name=None):
        yield [*line, unit]


def square_rows(square: pd.DataFrame, unit: str) -> Iterable[list[object]]:
    """Headings, then one row per account; zeros are left blank."""
    regions, kinds, names = zip(*square.columns, strict=True)
    yield [f"unit: {unit}", None, None, *regions]
    yield [None, None, "kind", *kinds]
    yield [*ACCOUNT, *names]
    for label, row in zip(square.index, square.to_numpy().tolist(), strict=True):
        yield [*label, *(value if value != 0.0 else None for value in row)]


def located(place: object, read: Callable[[], T]) -> T:
    """Read, with the place before what the SAM itself objects to."""
    try:
        return read()
    except SAMError as cause:
        cause.args = (f"{place}: {cause}",)
        raise
