"""Long tables on a sheet: one line per payment, below a line of headings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from sam.errors import SourceError
from sam.matrix.frames import COLUMNS, KEYS, NAMED, UNIT, located, names_only
from sam.matrix.square_frames import long_payments
from sam.matrix.titles import SEARCHED, stated_unit
from sam.readers.grid import prints_number
from sam.readers.text import number_of
from sam.readers.workbook import Sheet

Table = tuple[pd.DataFrame, str | None]
"""A long frame and the unit its file states."""

_REGIONS = {"row_region", "col_region"}


def names_of(cells: Sequence[object]) -> list[str]:
    """Headings in small letters."""
    return ["" if cell is None else str(cell).strip().lower() for cell in cells]


def is_long_heading(cells: Sequence[object]) -> bool:
    """Most columns of a long table are named; a missing one is an error, not another layout.

    Or all those of a table whose accounts have names only.
    """
    found = names_of(cells)
    return names_only(found) or len(set(found) & set(COLUMNS)) > len(COLUMNS) // 2


def long_heading(sheet: Sheet) -> int | None:
    """The row that heads a long table, ``None`` where the sheet holds none."""
    rows = range(min(sheet.height, SEARCHED))
    return next((row for row in rows if is_long_heading(sheet.cells[row])), None)


def read_long_sheet(
    sheet: Sheet, heading: int, region: str | None = None, *, ignore_totals: bool = False
) -> Table:
    """Read the long table below a row of headings.

    Arguments:
        sheet: cells of a sheet.
        heading: row of the headings, from zero.
        region: region of all accounts where the table has neither region column.
        ignore_totals: do not hold totals among accounts that have names only against their sums.

    Raises:
        SourceError: as ``read_long``.
    """
    width = sheet.width
    lines = [[*line, *[None] * (width - len(line))] for line in sheet.cells[heading:]]
    frame = pd.DataFrame(lines[1:], columns=range(width), dtype=object)
    named = frame.set_axis(names_of(lines[0]), axis=1)
    table, unit = read_long(
        sheet.file, sheet.name, named, heading + 1, region, ignore_totals=ignore_totals
    )
    return table, unit or stated_unit(cell for line in sheet.cells[:heading] for cell in line)


def read_long(
    file: str,
    sheet: str,
    frame: pd.DataFrame,
    above: int,
    region: str | None = None,
    *,
    ignore_totals: bool = False,
) -> Table:
    """A long table below its heading.

    Arguments:
        file: name of the file, for messages.
        sheet: name of the sheet, for messages.
        frame: cells below the heading, which names the columns in small letters.
        above: rows before the first payment.
        region: region of all accounts where the table has neither region column.
        ignore_totals: do not hold totals among accounts that have names only against their sums.

    Raises:
        SAMError: a total contradicts its payments, or an account holds the sums of all others.
        SourceError: a column is missing, a cell is empty or no number: names its place.
    """
    columns = _expected(frame.columns, region)
    names = [name for name in frame.columns if name in (*COLUMNS, UNIT)]
    if not set(columns) <= set(names) or len(set(names)) < len(names):
        lacks = (
            ""
            if _REGIONS & set(names)
            else " (or name the one region of all accounts, region=, --region)"
        )
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
    return located(
        f"{file}, sheet {sheet!r}",
        lambda: long_payments(frame, region, ignore_totals=ignore_totals),
    )


def long_rows(long: pd.DataFrame, unit: str) -> Iterable[list[object]]:
    """Headings, then one row per payment."""
    yield [*COLUMNS, UNIT]
    for line in long.itertuples(index=False, name=None):
        yield [*line, unit]


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
