"""Provincial energy tables: the 2007 table by energy and the 2021 balance extract."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sam.errors import SourceError
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


def read_energy_2007(path: str | Path, provinces: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The 2007 provincial energy table.

    Returns:
        Per energy a frame of provinces by item, 1e4 tce; placeholders below 1e-5 are zero.

    Raises:
        SourceError: a sheet, a province or an item is missing, or the unit is not 10000 tce.
    """
    book = read_workbook(path, ENERGIES_2007)
    return {energy: _read_energy(book[energy], provinces) for energy in ENERGIES_2007}


def _read_energy(sheet: Sheet, provinces: Sequence[str]) -> pd.DataFrame:
    for k, item in enumerate(ITEMS_2007, 1):
        if sheet.text(0, k) != item:
            raise sheet.error(0, k, sheet.text(0, k), repr(item))
    labels = {sheet.text(row, 0): row for row in range(1, sheet.height)}
    if not any("10000TCE" in label.upper() for label in labels):
        raise SourceError.at(
            sheet.file, sheet.name, column="A", found="no unit line", expected="'UNIT: 10000 TCE'"
        )
    table = np.zeros((len(provinces), len(ITEMS_2007)))
    for k, province in enumerate(provinces):
        if province not in labels:
            raise SourceError.at(
                sheet.file, sheet.name, column="A", found="no such row", expected=repr(province)
            )
        row = labels[province]
        table[k] = [sheet.number(row, 1 + c, item) for c, item in enumerate(ITEMS_2007)]
    table[np.abs(table) < 1e-5] = 0.0
    return pd.DataFrame(table, index=list(provinces), columns=list(ITEMS_2007))


def read_balance_extract(path: str | Path, provinces: Sequence[str]) -> pd.DataFrame:
    """The extract of a provincial energy balance (China Energy Statistical Yearbook layout).

    Returns:
        Frame over (fuel, process) by province, Mtce (electricity at 0.1229 kgce/kWh); ``NaN`` where
        the extract has no number.

    Raises:
        SourceError: the file or a province column is missing, or a cell is not a number.
    """
    path = Path(path)
    if not path.is_file():
        raise SourceError(f"{path}: file not found; give the folder that holds the official tables")
    frame = pd.read_csv(path, comment="#")
    missing = [name for name in ("fuel", "process", *provinces) if name not in frame.columns]
    if missing:
        raise SourceError.at(
            path.name, "csv", row=1, found=list(frame.columns), expected=f"columns {missing}"
        )
    for province in provinces:
        number = pd.to_numeric(frame[province], errors="coerce")
        bad = number.isna() & frame[province].notna()
        if bad.any():
            found = frame.loc[bad, province].iloc[0]
            raise SourceError.at(
                path.name, "csv", column=province, found=found, expected="a number"
            )
        frame[province] = number
    return frame.set_index(["fuel", "process"])[list(provinces)]
