"""CEADs CO2 inventories: 47 users by 17 fuels and industrial processes, Mt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sam.errors import SourceError
from sam.readers.workbook import Sheet, read_workbook

INVENTORY_FUELS = (
    "Raw_Coal",
    "CleanedCoal",
    "Other_Washed_Coal",
    "Briquettes",
    "Coke",
    "Coke_Oven_Gas",
    "Other_Gas",
    "Other_Coking_Products",
    "Crude_Oil",
    "Gasoline",
    "Kerosene",
    "Diesel_Oil",
    "Fuel_Oil",
    "LPG",
    "Refinery_Gas",
    "Other_Petroleum_Products",
    "Natural_Gas",
)
"""The 17 fuels of the inventories, as the provincial workbook spells them."""

_PROCESS, _TOTAL = "Process", "Scope_1_Total"


def read_provincial_inventories(
    path: str | Path, provinces: Mapping[str, str], users: Sequence[str], year: int = 2019
) -> dict[str, pd.DataFrame]:
    """Inventories by province.

    Arguments:
        path: workbook with one sheet per province and year, e.g. ``Shanghai2019``.
        provinces: name of each province in the sheets, by the code wanted in the result.
        users: names of the user rows (the total row is checked, then dropped).
        year: inventory year, part of the sheet name.

    Returns:
        Per province a frame of users by (fuels, ``Process``), Mt CO2.

    Raises:
        SourceError: a sheet, row or column is missing or the printed totals do not add up.
    """
    sheets = {code: f"{name}{year}" for code, name in provinces.items()}
    book = read_workbook(path, list(sheets.values()))
    return {code: _read_inventory(book[sheet], users) for code, sheet in sheets.items()}


def read_national_inventory(
    path: str | Path, users: Sequence[str], year: int = 2019
) -> pd.DataFrame:
    """The national inventory of one year, in the form of the provincial ones.

    Raises:
        SourceError: the sheet, a row or a column is missing or totals do not add up.
    """
    return _read_inventory(read_workbook(path, [str(year)])[str(year)], users)


def _read_inventory(sheet: Sheet, users: Sequence[str]) -> pd.DataFrame:
    columns = _columns(sheet)
    rows = {sheet.text(row, 0).lower(): row for row in range(3, sheet.height)}
    wanted = [*INVENTORY_FUELS, _PROCESS, _TOTAL]
    table = np.zeros((len(users), len(wanted)))
    for k, user in enumerate(users):
        row = rows.get("".join(user.split()).lower())
        if row is None:
            raise SourceError.at(
                sheet.file, sheet.name, column="A", found="no such row", expected=f"user {user!r}"
            )
        table[k] = [sheet.number(row, columns[name], name) for name in wanted]
    frame = pd.DataFrame(table, index=list(users), columns=wanted)
    _check_totals(sheet, frame, columns[_TOTAL])
    return frame.drop(columns=_TOTAL)


def _columns(sheet: Sheet) -> dict[str, int]:
    """Column of each fuel; spelling differs between workbooks only in blanks and underscores."""
    found = {_plain(sheet.text(0, column)): column for column in range(sheet.width)}
    columns = {}
    for name in (*INVENTORY_FUELS, _PROCESS, _TOTAL):
        if _plain(name) not in found:
            raise SourceError.at(
                sheet.file, sheet.name, row=1, found=list(found), expected=f"a column {name!r}"
            )
        columns[name] = found[_plain(name)]
    return columns


def _plain(name: str) -> str:
    return name.replace("_", "").replace(" ", "").lower()


def _check_totals(sheet: Sheet, frame: pd.DataFrame, total_column: int) -> None:
    """Rows add up over fuels and users add up to the printed total (row 4)."""
    rows = frame.drop(columns=_TOTAL).sum(axis=1) - frame[_TOTAL]
    worst = str(rows.abs().idxmax())
    if abs(rows[worst]) > 1e-6 * max(1.0, float(frame[_TOTAL].loc[worst])):
        found = f"{worst}: fuels and process sum to {rows[worst]:+.6g} Mt off the row total"
        raise SourceError.at(sheet.file, sheet.name, found=found, expected="row totals that add up")
    printed = sheet.number(3, total_column, "total emissions")
    total = float(frame[_TOTAL].sum())
    if abs(total - printed) > 1e-6 * max(1.0, printed):
        raise sheet.error(3, total_column, printed, f"the sum of the user rows, {total:.6f}")
