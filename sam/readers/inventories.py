r"""CEADs CO2 inventories: 47 users by 17 fuels and industrial processes, Mt.

A sheet is one province and year, or the nation in one year. Rows add up over fuels and process to
the scope 1 total, columns add up over users to the row of totals:

.. math:: E_u = \sum_f E_{uf} + P_u , \qquad E_{\cdot f} = \sum_u E_{uf} .

Emissions of purchased heat and electricity (scope 2) stand in columns of their own, outside the
total; they are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from sam.concordance import load_classification
from sam.errors import SourceError
from sam.ranking import worst
from sam.readers.bounds import at_least, interval
from sam.readers.text import normalise
from sam.readers.units import unit_at
from sam.readers.workbook import Sheet, read_workbook, visible_tables

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

_COLUMNS = (*INVENTORY_FUELS, _PROCESS, _TOTAL)

_OUTSIDE = ("Scope_2_Heat", "Scope_2_Electricity", "Other_Energy")
"""Columns outside the scope 1 total."""

_TOTAL_ROWS = ("Total Emissions", "Total Consumption")
"""Names of the row of totals in the provincial and in the national workbook."""

PROVINCE = (1.0, 2_000.0)
"""Mt CO2 of a province in a year, outside which the unit may be wrong.

Hainan emitted 7 Mt in 1997, Shandong 940 in 2019.
"""

CONVERTED = (10.0, 2_000.0)
"""The same of a table that states another unit than the Mt of CEADs: whoever converted it may have
mistaken 1e4 t for Mt, and no province emits less than 10 Mt today."""

NATION = (2_000.0, 20_000.0)
"""Mt CO2 of China in a year: 2,900 in 1997, 9,800 in 2019."""

TOLERANCE = 1e-6
"""Share of a total, or Mt below one Mt, by which printed sums may miss."""

_PROVINCE_AND_YEAR = re.compile(r"(\D+)((?:19|20)\d\d)")


def read_provincial_inventories(
    path: str | Path,
    provinces: Mapping[str, str] | Sequence[str] | None = None,
    users: Sequence[str] | None = None,
    year: int | None = None,
    *,
    plausible: tuple[float, float] | None = None,
    tolerance: float = TOLERANCE,
) -> dict[str, pd.DataFrame]:
    """Inventories by province.

    Arguments:
        path: workbook with one sheet per province and year, e.g. ``Shanghai2019``.
        provinces: names of the provinces in the sheets, or the name of each by the code wanted in
            the result (``load_classification("provinces")`` has both); if omitted all that are
            visible, with a ``SourceWarning`` where sheets are hidden.
        users: names of the user rows in their order (the total row is checked, then dropped); the
            47 of CEADs, ``load_classification("ceads_users")``, if omitted.
        year: inventory year, part of the sheet name; if omitted, the one that the sheets have.
        plausible: least and most Mt CO2 that a province can have emitted; ``PROVINCE`` if omitted,
            ``CONVERTED`` where the unit is not Mt.
        tolerance: share of a total, or Mt below one Mt, by which printed sums may miss.

    Returns:
        Per province a frame of users by (fuels, ``Process``), Mt CO2.

    Raises:
        SourceError: a sheet, row, column or unit is missing, stands twice or is unknown, the
            sheets are of several years, or the printed totals do not add up or are not plausible.
    """
    if year is None or provinces is None:
        book = visible_tables(path, read_workbook(path))
        sheets = _sheets(path, list(book), provinces, year)
    else:
        sheets = {code: f"{name}{year}" for code, name in _coded(provinces).items()}
        book = read_workbook(path, list(sheets.values()))
    return {
        code: read_inventory(book[sheet], users, plausible, tolerance)
        for code, sheet in sheets.items()
    }


def _coded(provinces: Mapping[str, str] | Sequence[str] | pd.Series[str]) -> dict[str, str]:
    """The name of each province by its code, which is the name where there is none."""
    if isinstance(provinces, (Mapping, pd.Series)):
        return {str(code): str(name) for code, name in provinces.items()}
    return {name: name for name in provinces}


def _sheets(
    path: str | Path,
    names: Sequence[str],
    provinces: Mapping[str, str] | Sequence[str] | None,
    year: int | None,
) -> dict[str, str]:
    """The sheet of each province, found by what the sheets are called."""
    matches = [match for name in names if (match := _PROVINCE_AND_YEAR.fullmatch(name))]
    years = sorted({int(match[2]) for match in matches})
    if year is None and len(years) != 1:
        found = f"years {years}" if years else f"no province and year among {list(names)}"
        expected = "sheets of one year, such as 'Shanghai2019'; name the year with year="
        raise SourceError(f"{path}: found {found}, expected {expected}")
    year = years[0] if year is None else year
    places = {match[1]: match[0] for match in matches if int(match[2]) == year}
    wanted = {name: name for name in places} if provinces is None else _coded(provinces)
    missing = [name for name in wanted.values() if name not in places]
    if missing or not places:
        raise SourceError(
            f"{path}: found no sheets of {year} of {missing or 'any province'}, expected one of"
            f" each with provinces= among {list(places) or years}"
        )
    return {code: places[name] for code, name in wanted.items()}


def read_national_inventories(
    path: str | Path,
    users: Sequence[str] | None = None,
    years: Iterable[int] | None = None,
    *,
    plausible: tuple[float, float] = NATION,
    tolerance: float = TOLERANCE,
) -> dict[int, pd.DataFrame]:
    """The national inventory of several years, each in the form of the provincial ones.

    Arguments:
        path: workbook with one sheet per year, e.g. ``2019``.
        users: names of the user rows in their order; the 47 of CEADs if omitted.
        years: those wanted; all that have a visible sheet if omitted.
        plausible: least and most Mt CO2 that the nation can have emitted.
        tolerance: share of a total, or Mt below one Mt, by which printed sums may miss.

    Raises:
        SourceError: a sheet, row, column or unit is missing, stands twice or is unknown, or the
            printed totals do not add up or are not plausible.
    """
    chosen = None if years is None else [str(year) for year in years]
    book = read_workbook(path, chosen)
    book = book if chosen else visible_tables(path, book)
    sheets = [name for name in chosen or book if re.fullmatch(r"(19|20)\d\d", name)]
    if not sheets:
        raise SourceError(
            f"{path}: found sheets {list(book)}, expected one per year, such as '2019'"
        )
    return {int(name): read_inventory(book[name], users, plausible, tolerance) for name in sheets}


def read_national_inventory(
    path: str | Path,
    users: Sequence[str] | None = None,
    year: int = 2019,
    *,
    plausible: tuple[float, float] = NATION,
    tolerance: float = TOLERANCE,
) -> pd.DataFrame:
    """The national inventory of one year; arguments as of ``read_national_inventories``.

    Raises:
        SourceError: as ``read_national_inventories``.
    """
    read = read_national_inventories(path, users, [year], plausible=plausible, tolerance=tolerance)
    return read[year]


def read_inventory(
    sheet: Sheet,
    users: Sequence[str] | None = None,
    plausible: tuple[float, float] | None = None,
    tolerance: float = TOLERANCE,
) -> pd.DataFrame:
    """One sheet: users by (fuels, ``Process``), Mt CO2.

    Sums do not tell labels that were exchanged, so users and fuels must stand in the order that all
    sheets of CEADs have.

    Arguments:
        sheet: cells of the sheet.
        users: names of the user rows in their order; the 47 of CEADs if omitted.
        plausible: least and most Mt CO2 in all; ``PROVINCE`` if omitted, ``CONVERTED`` where the
            unit is not Mt.
        tolerance: share of a total, or Mt below one Mt, by which printed sums may miss.

    Raises:
        SourceError: a row, column or unit is missing, stands twice, is out of order or unknown, or
            the printed totals do not add up or are implausible.
    """
    bounds = None if plausible is None else interval("plausible", plausible)
    tolerance = at_least("tolerance", tolerance)
    users = load_classification("ceads_users").index.tolist() if users is None else list(users)
    header = _header(sheet)
    columns = _columns(sheet, header)
    factors = _factors(sheet, header, columns)
    rows, total_row = _rows(sheet, header + 2, users)
    numbers = [
        [sheet.number(row, columns[name], f"{user}, {name}") for name in _COLUMNS]
        for user, row in (*rows.items(), ("total", total_row))
    ]
    table = np.array(numbers) * factors  # user and total, fuel and process and total
    places = [*rows.values(), total_row], list(columns.values())
    _check_totals(sheet, table, *places, factors, tolerance)
    low, high = bounds or (PROVINCE if (factors == 1.0).all() else CONVERTED)
    if not low <= table[-1, -1] <= high:
        found = f"{table[-1, -1]:.6g} Mt CO2 in all"
        expected = (
            f"{low:g} to {high:g} Mt; correct the unit, or say plausible=(low, high) if it is right"
        )
        raise sheet.error(total_row, columns[_TOTAL], found, expected)
    return pd.DataFrame(table[:-1, :-1], index=users, columns=list(_COLUMNS[:-1]))


def _plain(name: str) -> str:
    """A name without blanks, underscores and capitals, in which workbooks differ."""
    return normalise(name).replace("_", "").lower()


def _header(sheet: Sheet) -> int:
    """The row of fuel names."""
    names = {_plain(name) for name in INVENTORY_FUELS}
    for row in range(min(sheet.height, 10)):
        labels = {_plain(sheet.text(row, column)) for column in range(sheet.width)}
        if len(names & labels) > len(names) / 2:
            return row
    raise sheet.error(range(10), None, "no row of fuels", "'Raw Coal' and so on")


def _columns(sheet: Sheet, header: int) -> dict[str, int]:
    """Column of each fuel, of process and of the total; no other column has a name."""
    wanted = {_plain(name): name for name in (*_COLUMNS, *_OUTSIDE)}
    found: dict[str, int] = {}
    for column in range(1, sheet.width):
        label = sheet.text(header, column)
        name = wanted.get(_plain(label))
        if label and (name is None or name in found):
            raise sheet.error(header, column, label, "each of 17 fuels, process and totals once")
        if name is not None:
            found[name] = column
    missing = [name for name in _COLUMNS if name not in found]
    if missing:
        raise sheet.error(header, None, list(found), f"columns {missing}")
    places = {name: found[name] for name in _COLUMNS}
    late = _out_of_order(places)
    if late is not None:
        order = f"fuels in the order {', '.join(INVENTORY_FUELS)}"
        raise sheet.error(header, places[late], sheet.text(header, places[late]), order)
    return places


def _out_of_order(places: Mapping[str, int]) -> str | None:
    """The first label that stands before the one it should follow."""
    return next(
        (second for first, second in pairwise(places) if places[first] > places[second]), None
    )


def _factors(sheet: Sheet, header: int, columns: Mapping[str, int]) -> np.ndarray:
    """Mt per printed unit of each column, from the row below the names."""
    row = header + 1
    return np.array([unit_at(sheet, row, place, ["mass"]).factor for place in columns.values()])


def _rows(sheet: Sheet, first: int, users: Sequence[str]) -> tuple[dict[str, int], int]:
    """Row of each user, and the row of totals; no other row has a name."""
    wanted = {_plain(user): user for user in users}
    totals = {_plain(name) for name in _TOTAL_ROWS}
    rows: dict[str, int] = {}
    total: int | None = None
    for row in range(first, sheet.height):
        label = _plain(sheet.text(row, 0))
        if label in totals and total is None:
            total = row
        elif label in wanted and wanted[label] not in rows:
            rows[wanted[label]] = row
        elif label:
            expected = f"each of {len(users)} users and the total once; users= names the sheet's"
            raise sheet.error(row, 0, sheet.cell(row, 0), expected)
    missing = [user for user in users if user not in rows]
    if missing or total is None:
        below = range(first, sheet.height)
        expected = f"rows {missing or _TOTAL_ROWS}; users= names the sheet's"
        raise sheet.error(below, 0, f"{len(rows)} users", expected)
    places = {user: rows[user] for user in users}
    late = _out_of_order(places)
    if late is not None:
        expected = "users in the order of the layout, or of the sheet with users="
        raise sheet.error(places[late], 0, late, expected)
    return places, total


def _check_totals(
    sheet: Sheet,
    table: np.ndarray,
    rows: Sequence[int],
    columns: Sequence[int],
    factors: np.ndarray,
    tolerance: float,
) -> None:
    """Rows and columns add up to the printed totals; nothing is negative."""
    over_fuels = table[:, :-1].sum(1) - table[:, -1]
    over_users = table[:-1].sum(0) - table[-1]
    row = worst(over_fuels)
    if abs(over_fuels[row]) > tolerance * max(1.0, abs(table[row, -1])):
        expected = f"the sum of fuels and process, {(table[row, :-1].sum()) / factors[-1]:.6f}"
        expected += "; roundings can be let pass with tolerance="
        found = float(table[row, -1] / factors[-1])
        raise sheet.error(rows[row], columns[-1], found, expected)
    column = worst(over_users)
    if abs(over_users[column]) > tolerance * max(1.0, abs(table[-1, column])):
        expected = f"the sum of the users, {table[:-1, column].sum() / factors[column]:.6f}"
        expected += "; roundings can be let pass with tolerance="
        found = float(table[-1, column] / factors[column])
        raise sheet.error(rows[-1], columns[column], found, expected)
    if (table < 0.0).any():
        row, column = (int(k) for k in np.argwhere(table < 0.0)[0])
        found = float(table[row, column] / factors[column])
        raise sheet.error(rows[row], columns[column], found, "emissions of zero or more")
