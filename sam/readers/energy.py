r"""Provincial energy tables: the 2007 table by energy and the 2021 balance extract.

The 2007 table has one sheet per energy with production, trade, transformation and final use of each
province. On every sheet

.. math:: P + N + M + T_{own} = O + E + \sum_{t \ne own} T_t + \sum_u F_u + S ,

production ``PROD``, inflow ``DRC``, imports ``RC`` and what the energy's own transformation adds
equal outflow ``DX``, exports ``X``, what other transformations take, final use and stocks ``INV``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sam.errors import SourceError
from sam.readers.listing import Listing, read_listing
from sam.readers.units import find_unit, parse_unit
from sam.readers.workbook import Sheet, read_workbook

ENERGIES_2007 = ("COAL", "FG", "OIL", "ROIL", "NG", "ELEH")
"""Sheets of the 2007 table: coal, other gas, crude, refined oil and coke, gas, electricity."""

ITEMS_2007 = (
    "PROD",
    "DX",
    "X",
    "DRC",
    "RC",
    "COALT",
    "FGT",
    "OILT",
    "ROILT",
    "NGT",
    "ELEHT",
    "OTHET",
    "AGR",
    "IND",
    "CON",
    "TR",
    "WRHR",
    "OTH",
    "FU",
    "INV",
)
"""Production, trade, transformation (..T) and final use, in the order of the columns."""

_SOURCES_2007 = ("PROD", "DRC", "RC")

_ROUNDING_2007 = 0.01
"""1e4 tce by which a row of the 2007 table may miss; the worst printed row misses by 0.002."""


def read_energy_2007(path: str | Path, provinces: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The 2007 provincial energy table.

    Returns:
        Per energy a frame of provinces by item, 1e4 tce; placeholders below 1e-5 are zero.

    Raises:
        SourceError: a sheet, a province or an item is missing or printed twice, the unit is not
            1e4 tce, supply differs from use, or the provinces do not add up to the last row.
    """
    book = read_workbook(path, ENERGIES_2007)
    return {energy: read_energy_sheet(book[energy], provinces) for energy in ENERGIES_2007}


def read_energy_sheet(sheet: Sheet, provinces: Sequence[str]) -> pd.DataFrame:
    """One energy of the 2007 table, as ``read_energy_2007`` returns it."""
    columns = {item: _only_column(sheet, item) for item in ITEMS_2007}
    unit = find_unit(sheet, range(sheet.height), ["coal equivalent"])
    if unit.factor != 0.01:
        raise SourceError.at(sheet.file, sheet.name, found=unit.printed, expected="10000 TCE")
    rows = {name: _only_row(sheet, name) for name in provinces}
    table = np.array(
        [[sheet.number(rows[name], columns[item], item) for item in ITEMS_2007] for name in rows]
    ).reshape(len(rows), len(ITEMS_2007))
    _check_supply_and_use(sheet, table, list(rows.values()))
    _check_national(sheet, columns)
    table[np.abs(table) < 1e-5] = 0.0
    return pd.DataFrame(table, index=list(provinces), columns=list(ITEMS_2007))


def _only_column(sheet: Sheet, label: str) -> int:
    labels = [sheet.text(0, column) for column in range(sheet.width)]
    if labels.count(label) != 1:
        raise SourceError.at(
            sheet.file,
            sheet.name,
            row=1,
            found=[text for text in labels if text],
            expected=f"one column {label!r}",
        )
    return labels.index(label)


def _only_row(sheet: Sheet, label: str) -> int:
    found = [row for row in range(1, sheet.height) if sheet.text(row, 0) == label]
    if len(found) != 1:
        count = "no such row" if not found else f"rows {[row + 1 for row in found]}"
        raise SourceError.at(
            sheet.file, sheet.name, column="A", found=count, expected=f"one row {label!r}"
        )
    return found[0]


def _check_supply_and_use(sheet: Sheet, table: np.ndarray, rows: Sequence[int]) -> None:
    """Supply equals use in each province."""
    source = np.array([item in (*_SOURCES_2007, f"{sheet.name}T") for item in ITEMS_2007])
    miss = table[:, source].sum(1) - table[:, ~source].sum(1)
    off = np.flatnonzero(np.abs(miss) > _ROUNDING_2007).tolist()
    for k in off:
        raise SourceError.at(
            sheet.file,
            sheet.name,
            row=rows[k] + 1,
            found=f"supply minus use of {miss[k]:+.6g} (1e4 tce)",
            expected="supply that equals use",
        )


def _check_national(sheet: Sheet, columns: Mapping[str, int]) -> None:
    """The row without a label adds up all provinces."""
    first = columns[ITEMS_2007[0]]
    provinces = [
        row for row in range(1, sheet.height) if re.fullmatch("[A-Z]{3}", sheet.text(row, 0))
    ]
    total = [
        row
        for row in range(1, sheet.height)
        if not sheet.text(row, 0) and sheet.cell(row, first) is not None
    ]
    if len(total) != 1:
        raise SourceError.at(
            sheet.file, sheet.name, found=f"{len(total)} rows without a label", expected="one total"
        )
    for item, column in columns.items():
        added = sum(sheet.number(row, column, item) for row in provinces)
        printed = sheet.number(total[0], column, item)
        if abs(added - printed) > 1e-6 * max(1.0, abs(printed)):
            raise sheet.error(
                total[0], column, printed, f"the sum of {len(provinces)} provinces, {added:.6f}"
            )


_EXTRACT_TOTALS = {
    "Total Primary Energy Supply": {
        "Indigenous Production": 1.0,
        "Interprovincial Imports": 1.0,
        "Import": 1.0,
        "Interprovincial Exports": -1.0,
        "Stock Change": 1.0,
    },
    "Total Final Consumption": dict.fromkeys(
        (
            "Agriculture",
            "Industry",
            "Construction",
            "Transportation",
            "Wholesale",
            "Other",
            "Residential consumption",
        ),
        1.0,
    ),
    "Residential consumption": {
        "Residential consumption - Urban": 1.0,
        "Residential consumption - Rural": 1.0,
    },
}
"""Parts of each total of the extract with their sign, by the beginning of the line's name."""

_OMITTED = 0.01
"""Share of a total that lines left out of the extract may amount to."""


def read_balance_extract(path: str | Path, provinces: Sequence[str]) -> pd.DataFrame:
    """The extract of a provincial energy balance (China Energy Statistical Yearbook layout).

    Returns:
        Frame over (fuel, process) by province, Mtce (electricity at 0.1229 kgce/kWh); ``NaN`` where
        the extract has no number.

    Raises:
        SourceError: the file or a province column is missing, no comment states the unit Mtce, a
            line stands twice, a cell is not a number, or the parts of a total differ from it by
            more than the lines that an extract leaves out.
    """
    listing = read_listing(path, ("fuel", "process", *provinces))
    _check_extract_unit(listing)
    lines: dict[tuple[str, str], int] = {}
    for row in listing.rows:
        line = listing.text(row, "fuel"), listing.text(row, "process")
        if "" in line or line in lines:
            raise listing.error(row, "process", "each process of a fuel once")
        lines[line] = row
    values = [
        [listing.number(row, province, f"{fuel}, {process}") for province in provinces]
        for (fuel, process), row in lines.items()
    ]
    index = pd.MultiIndex.from_tuples(list(lines), names=["fuel", "process"])
    frame = pd.DataFrame(values, index=index, columns=list(provinces), dtype=float)
    for fuel in frame.index.unique("fuel"):
        _check_extract(listing, lines, frame.loc[[fuel]].droplevel("fuel"), str(fuel))
    return frame


def _check_extract_unit(listing: Listing) -> None:
    for line in listing.comments:
        match = re.search(r"\bunit:? +([^\s;.,(]+)", line, re.IGNORECASE)
        if match:
            unit = parse_unit(match.group(1))
            if unit.name == "Mtce" and unit.factor == 1.0:
                return
            raise SourceError.at(
                listing.sheet.file, listing.sheet.name, found=match.group(), expected="unit Mtce"
            )
    raise SourceError.at(
        listing.sheet.file,
        listing.sheet.name,
        found=list(listing.comments),
        expected="a comment line with 'Unit Mtce'",
    )


def _check_extract(
    listing: Listing, lines: Mapping[tuple[str, str], int], table: pd.DataFrame, fuel: str
) -> None:
    """Parts add up to their totals; feedstock is part of industry."""
    for total, signs in _EXTRACT_TOTALS.items():
        parts = pd.Series({line: _sign(str(line), total, signs) for line in table.index})
        if total not in table.index or not parts.any():
            continue
        printed = table.loc[total]
        added = table.mul(parts, axis=0).sum(skipna=True)
        off = (added - printed).abs() > _OMITTED * printed.abs() + 1e-6
        for province in table.columns[(off & printed.notna()).to_numpy(bool)]:
            raise listing.sheet.error(
                lines[fuel, total],
                listing.columns[province],
                f"{printed[province]:.6g} Mtce",
                f"{total} of {fuel} near the sum of its parts, {added[province]:.6g} Mtce",
            )
    feedstock = "Industry - NonEnergy Use"
    if feedstock in table.index and "Industry" in table.index:
        above = (table.loc[feedstock] > table.loc["Industry"]).to_numpy(bool)
        for province in table.columns[above]:
            raise listing.error(
                lines[fuel, feedstock], province, "at most the line 'Industry' of the fuel"
            )


def _sign(line: str, total: str, signs: Mapping[str, float]) -> float:
    """Sign of a line in a total, zero where it is no part of it."""
    if line in signs:
        return signs[line]
    if total == "Residential consumption" or " - " in line:
        return 0.0
    word = re.split(r"[,(]", line)[0].strip()
    return signs.get(word, 0.0)
