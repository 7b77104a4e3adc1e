"""Square tables on a sheet: the payments between their accounts, and the lines beside them.

Rows receive, columns pay, both in any order. A table states sums in lines of totals, subtotals or
differences, which are held against its payments (``sam.matrix.totals``). A line of numbers without
a name is one of them if it states the sums of all others; anything else that has no account, or
has one on one side only, is named with its place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sam.errors import SourceError
from sam.kinds import listed
from sam.matrix.frames import ACCOUNT, located, melt
from sam.matrix.totals import (
    IGNORED,
    Line,
    contradiction,
    is_total,
    misses,
    states_sums,
    total_account,
)
from sam.readers.grid import Cell
from sam.readers.text import number_of
from sam.readers.workbook import Sheet, column_letters

Label = tuple[str, ...]
"""Region, kind and name of an account, or its name alone."""

Places = Mapping[int, Label]
"""Labels of accounts by their places on the sheet."""

BALANCED = 1e-6
"""Difference of receipts and payments, relative to the payments, of a row that lacks nothing."""

_WORD = re.compile(r"[^\W\d_]{3}")
"""Letters enough that a cell is a remark rather than a damaged number."""


@dataclass(frozen=True)
class Side:
    """The rows, or the columns, of a square table by what they are.

    Attributes:
        what: ``row`` or ``column``.
        accounts: their labels, by place on the sheet.
        sums: names of the lines that state totals, subtotals or differences, by place.
        unnamed: lines with numbers and without an account, by place: the group they stand in, or
            nothing.
    """

    what: str
    accounts: Mapping[int, Label]
    sums: Mapping[int, str]
    unnamed: Mapping[int, str]

    def cell(self, line: int, across: int) -> tuple[int, int]:
        """Row and column of the cell where a line crosses one of the other side."""
        return (line, across) if self.what == "row" else (across, line)

    def error(self, sheet: Sheet, place: int, found: str, expected: str) -> SourceError:
        """A ``SourceError`` at a line."""
        name = place + 1 if self.what == "row" else column_letters(place)
        where: dict[str, Any] = {self.what: name}
        return SourceError.at(sheet.file, sheet.name, **where, found=found, expected=expected)


def read_square(sheet: Sheet, rows: Side, columns: Side, *, ignore_totals: bool) -> pd.DataFrame:
    """The payments between the accounts of a square table, as a long frame.

    Arguments:
        sheet: cells of the sheet.
        rows: receiving accounts, and lines beside them.
        columns: paying accounts, and lines beside them.
        ignore_totals: do not hold what the table states of its sums against its payments.

    Raises:
        SourceError: a cell is no number, a line has no name, the name of another or no counterpart,
            a total contradicts its payments, or an account holds the sums of all others: names
            file, sheet, row and column.
    """
    for side in (rows, columns):
        _require_different(sheet, side)
    shared = set(rows.accounts.values()) & set(columns.accounts.values())
    down, across = (
        {place: label for place, label in side.accounts.items() if label in shared}
        for side in (rows, columns)
    )
    values = [[_value(sheet, i, j) for j in across] for i in down]
    table = pd.DataFrame(
        np.array(values, dtype=float).reshape(len(down), len(across)),
        index=_labels(down.values()),
        columns=_labels(across.values()),
    )
    sides = ((rows, down, across, table), (columns, across, down, table.T))
    for side, own, other, payments in sides:
        _refuse_nameless(sheet, side, own, other, payments)
    _require_counterparts(sheet, rows, columns)
    if not ignore_totals:
        _refuse_crossing(sheet, rows, columns, table, down, across)
        for side, own, other, payments in sides:
            _check_sums(sheet, side, own, other, payments)
        _refuse_disguised(sheet, rows, down, table)
    _refuse_cut_rows(sheet, down, max(across, default=0), table)
    return located(f"{sheet.file}, sheet {sheet.name!r}", lambda: melt(table))


def holds_numbers(cells: Iterable[Cell]) -> bool:
    """Whether a line has numbers, or what may be meant for one; text is a note."""
    return any(map(_is_numeral, cells))


def number_in(cell: object) -> float:
    """The number that a cell prints, ``NaN`` where it prints none: a formula, a remark."""
    try:
        return number_of(cell)
    except ValueError:
        return math.nan


def square_rows(square: pd.DataFrame, unit: str) -> Iterable[list[object]]:
    """Headings, then one row per account; zeros are left blank."""
    regions, kinds, names = zip(*square.columns, strict=True)
    yield [f"unit: {unit}", None, None, *regions]
    yield [None, None, "kind", *kinds]
    yield [*ACCOUNT, *names]
    for label, row in zip(square.index, square.to_numpy().tolist(), strict=True):
        yield [*label, *(value if value != 0.0 else None for value in row)]


def _labels(labels: Iterable[Label]) -> pd.Index:
    """Labels of one side; those of one level are names alone."""
    known = list(labels)
    if known and len(known[0]) == len(ACCOUNT):
        return pd.MultiIndex.from_tuples(known, names=ACCOUNT)
    return pd.Index([name for (name,) in known])


def _value(sheet: Sheet, row: int, column: int) -> float:
    cell = sheet.cell(row, column)
    if (isinstance(cell, float) and math.isfinite(cell)) or (cell is None and not sheet.merged):
        return cell or 0.0
    return sheet.number(row, column, "a payment")


def _require_different(sheet: Sheet, side: Side) -> None:
    """Every account stands once."""
    seen: set[Label] = set()
    for place, label in side.accounts.items():
        if label in seen:
            expected = (
                "each account once; if a second table begins here, put each on a sheet of its own; "
                "if accounts share a name, give each its own; if one stands in two lines, make it "
                "one"
            )
            raise side.error(sheet, place, "/".join(label), expected)
        seen.add(label)


def _line(sheet: Sheet, side: Side, place: int, name: str, own: Places, other: Places) -> Line:
    """What a line beside accounts states of those that it crosses."""
    stated = [number_in(sheet.cell(*side.cell(place, k))) for k in other]
    return Line(name, sum(account < place for account in own), np.array(stated))


def _refuse_nameless(
    sheet: Sheet, side: Side, own: Places, other: Places, payments: pd.DataFrame
) -> None:
    """Say so where numbers stand in a line without an account and are not the sums of all."""
    for place, group in side.unnamed.items():
        if states_sums(_line(sheet, side, place, group, own, other), payments):
            continue
        expected = "the account's name"
        ends = range(min(other, default=0), sheet.width if side.what == "row" else sheet.height)
        cells = [side.cell(place, k) for k in ends]
        numbers = [cell for cell in cells if holds_numbers([sheet.cell(*cell)])]
        if len(numbers) == 1:
            name = f"{column_letters(numbers[0][1])}{numbers[0][0] + 1}"
            expected += (
                f", or no number: cell {name} stands alone in its {side.what}; delete it if it is "
                "none"
            )
        else:
            expected += f", or Total if {group or 'it'} holds totals"
        raise side.error(sheet, place, "payments without account", expected)


def _require_counterparts(sheet: Sheet, rows: Side, columns: Side) -> None:
    """Every account has a row and a column."""
    lone = {
        side.what: {p: "/".join(x) for p, x in side.accounts.items() if x not in there}
        for side, there in (
            (rows, set(columns.accounts.values())),
            (columns, set(rows.accounts.values())),
        )
    }
    for side, other in ((rows, columns), (columns, rows)):
        for place, name in lone[side.what].items():
            more = [text for text in lone[side.what].values() if text != name]
            there = list(lone[other.what].values())
            raise side.error(
                sheet,
                place,
                name,
                f"an account that has a {other.what}, too"
                + (f" (so has not {listed(more)})" if more else "")
                + (f"; without a {side.what} stand the {other.what}s {listed(there)}" * bool(there))
                + f"; that of an account without payments is blank, but named; a {side.what} of "
                "totals is called Total",
            )


def _refuse_crossing(
    sheet: Sheet, rows: Side, columns: Side, table: pd.DataFrame, down: Places, across: Places
) -> None:
    """Say so where one row and one column miss their totals by as much: where they cross."""
    wrong: list[tuple[int, float]] = []
    for side, own, other, payments in (
        (columns, across, down, table.T),
        (rows, down, across, table),
    ):
        for place, name in side.sums.items():
            if not is_total(name):
                continue
            apart = misses(_line(sheet, side, place, name, own, other), payments)
            if np.count_nonzero(apart) != 1:
                return
            worst = int(np.abs(apart).argmax())
            wrong.append((list(other)[worst], float(apart[worst])))
            break
    if len(wrong) < len((rows, columns)) or not math.isclose(wrong[0][1], wrong[1][1]):
        return
    (row, gap), (column, _) = wrong
    receiver, payer = "/".join(down[row]), "/".join(across[column])
    cell = f"{column_letters(column)}{row + 1}"
    raise sheet.error(
        row,
        column,
        f"{_value(sheet, row, column):,.15g}, with which row "
        f"{receiver} and column {payer} both differ from their totals by {gap:,.15g}",
        f"totals that are the sums of their lines; cell {cell} may be wrong: correct it; {IGNORED}",
    )


def _check_sums(
    sheet: Sheet, side: Side, own: Places, other: Places, payments: pd.DataFrame
) -> None:
    """What lines state is what the payments sum to, but for rounding."""
    for place, name in side.sums.items():
        line = _line(sheet, side, place, name, own, other)
        wrong = contradiction(line, payments)
        if wrong is not None:
            raise sheet.error(
                *side.cell(place, list(other)[wrong[0]]),
                f"{name} {line.stated[wrong[0]]:,.15g}",
                f"{wrong[1]}; correct the cell or what it sums, or delete the {side.what}; "
                f"{IGNORED}",
            )


def _refuse_disguised(sheet: Sheet, rows: Side, down: Places, table: pd.DataFrame) -> None:
    """Say so where an account holds the sums of all others."""
    found = total_account(table.loc[:, table.index].to_numpy())
    if found is not None:
        place, label = list(down.items())[found]
        kind = " without a kind" if len(label) == len(ACCOUNT) else ""
        raise rows.error(
            sheet,
            place,
            f"{'/'.join(label)}, whose entries are the sums of all others",
            f"an account; if it holds totals, delete its row and its column or name them Total"
            f"{kind}; {IGNORED}",
        )


def _refuse_cut_rows(sheet: Sheet, down: Places, last: int, table: pd.DataFrame) -> None:
    """Say so where a row has fewer cells than headings and its account lacks receipts."""
    values, own = table.to_numpy(), table.columns.get_indexer(table.index)
    for place, receives, pays in zip(
        down, values.sum(axis=1), values.sum(axis=0)[own], strict=True
    ):
        count = len(sheet.cells[place])
        if count <= last and abs(receives - pays) > BALANCED * abs(pays):
            raise sheet.error(
                place,
                None,
                f"{count} cells, receipts of {receives:,.15g} beside payments of {pays:,.15g}",
                f"{last + 1} cells, as many as headings; write the cells that the row lacks, zeros "
                "as 0",
            )


def _is_numeral(cell: Cell) -> bool:
    if not isinstance(cell, str):
        return cell is not None
    return any(sign.isdigit() for sign in cell) and not _WORD.search(cell)
