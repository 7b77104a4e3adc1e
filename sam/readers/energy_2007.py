r"""The provincial energy table of 2007: production, trade, transformation and use by energy.

The table has one sheet per energy with production, trade, transformation and final use of each
province. On every sheet

.. math:: P + N + M + T_{own} = O + E + \sum_{t \ne own} T_t + \sum_u F_u + S ,

production ``PROD``, inflow ``DRC``, imports ``RC`` and what the energy's own transformation adds
equal outflow ``DX``, exports ``X``, what other transformations take, final use and stocks ``INV``.
Sums do not tell labels that were exchanged, so items and provinces must stand in the order of the
published table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.ranking import worst
from sam.readers.units import find_unit
from sam.readers.workbook import Sheet, read_workbook

Array = npt.NDArray[np.float64]

ENERGIES_2007 = ("COAL", "FG", "OIL", "ROIL", "NG", "ELEH")
"""Sheets of the 2007 table: coal, other gas, crude, refined oil and coke, gas, electricity."""

ITEMS_2007 = (
    *("PROD", "DX", "X", "DRC", "RC"),
    *("COALT", "FGT", "OILT", "ROILT", "NGT", "ELEHT", "OTHET"),
    *("AGR", "IND", "CON", "TR", "WRHR", "OTH", "FU", "INV"),
)
"""Production, trade, transformation (..T) and final use, in the order of the columns."""

PROVINCES_2007 = (
    *("BEJ", "TAJ", "HEB", "SHX", "NMG", "LIA", "JIL", "HLJ", "SHH", "JSU", "ZHJ", "ANH", "FUJ"),
    *("JXI", "SHD", "HEN", "HUB", "HUN", "GUD", "GXI", "HAI", "CHQ", "SIC", "GZH", "YUN", "SHA"),
    *("GAN", "NXA", "QIH", "XIN"),
)
"""Provinces in the order of the rows; Tibet is absent."""

_SOURCES = ("PROD", "DRC", "RC")

_ROUNDING = 0.01
"""1e4 tce by which a row may miss; the worst printed row misses by 0.002."""


def read_energy_2007(path: str | Path, provinces: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The 2007 provincial energy table.

    Arguments:
        path: workbook with one sheet per energy.
        provinces: those wanted, among ``PROVINCES_2007``.

    Returns:
        Per energy a frame of provinces by item, 1e4 tce; placeholders below 1e-5 are zero.

    Raises:
        SourceError: a sheet, a province or an item is missing, printed twice or out of order, the
            unit is not 1e4 tce, supply differs from use, or the provinces do not add up to the last
            row.
    """
    book = read_workbook(path, ENERGIES_2007)
    return {energy: read_energy_sheet(book[energy], provinces) for energy in ENERGIES_2007}


def read_energy_sheet(sheet: Sheet, provinces: Sequence[str]) -> pd.DataFrame:
    """One energy of the 2007 table, as ``read_energy_2007`` returns it."""
    columns, rows = _columns(sheet), _rows(sheet)
    unknown = [name for name in provinces if name not in rows]
    if unknown:
        raise sheet.error(None, 0, "no such row", f"rows {unknown}")
    unit = find_unit(sheet, range(sheet.height), ["coal equivalent"])
    if unit.factor != 0.01:
        raise sheet.error(None, None, unit.printed, "10000 TCE")
    table = np.array(
        [[sheet.number(row, columns[item], item) for item in columns] for row in rows.values()]
    )  # province, item
    _check_supply_and_use(sheet, table, rows)
    _check_national(sheet, table, rows, columns)
    table[np.abs(table) < 1e-5] = 0.0
    return pd.DataFrame(table, index=list(rows), columns=list(columns)).loc[list(provinces)]


def _columns(sheet: Sheet) -> dict[str, int]:
    """Column of each item; columns without a name are scratch."""
    named = {k: text for k in range(1, sheet.width) if (text := sheet.text(0, k))}
    for (column, found), expected in zip(named.items(), ITEMS_2007, strict=False):
        if found != expected:
            raise sheet.error(0, column, found, f"item {expected!r}")
    if len(named) != len(ITEMS_2007):
        raise sheet.error(0, None, f"{len(named)} items", f"the items {', '.join(ITEMS_2007)}")
    return {item: column for column, item in named.items()}


def _rows(sheet: Sheet) -> dict[str, int]:
    """Row of each province."""
    named = {k: text for k in range(1, sheet.height) if (text := sheet.text(k, 0))}
    for (row, found), expected in zip(named.items(), PROVINCES_2007, strict=False):
        if found != expected:
            raise sheet.error(row, 0, found, f"province {expected!r}")
    if len(named) < len(PROVINCES_2007):
        last = PROVINCES_2007[len(named)]
        raise sheet.error(None, 0, f"{len(named)} provinces", f"a row {last!r}")
    return dict(zip(PROVINCES_2007, named, strict=False))


def _check_supply_and_use(sheet: Sheet, table: Array, rows: Mapping[str, int]) -> None:
    """Supply equals use in each province."""
    source = np.array([item in (*_SOURCES, f"{sheet.name}T") for item in ITEMS_2007])
    miss = table[:, source].sum(1) - table[:, ~source].sum(1)
    k = worst(miss)
    if abs(miss[k]) > _ROUNDING:
        found = f"supply minus use of {miss[k]:+.6g} (1e4 tce)"
        raise sheet.error(list(rows.values())[k], None, found, "supply that equals use")


def _check_national(
    sheet: Sheet, table: Array, rows: Mapping[str, int], columns: Mapping[str, int]
) -> None:
    """The first row without a label, below the provinces, adds them up."""
    below = range(max(rows.values()) + 1, sheet.height)
    total = next((row for row in below if not sheet.text(row, 0)), None)
    if total is None:
        raise sheet.error(below, 0, "no row without a label", "the sum of the provinces")
    for added, (item, column) in zip(table.sum(0).tolist(), columns.items(), strict=True):
        printed = sheet.number(total, column, item)
        if abs(added - printed) > 1e-6 * max(1.0, abs(printed)):
            raise sheet.error(total, column, printed, f"the sum of the provinces, {added:.6f}")
