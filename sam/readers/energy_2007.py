r"""The provincial energy table of 2007: production, trade, transformation and use by energy.

The table has one sheet per energy with production, trade, transformation and final use of each
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
from sam.readers.units import find_unit
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
