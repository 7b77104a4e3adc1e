"""Macroeconomic series of the National Bureau of Statistics: provinces by year."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sam.errors import SourceError


def read_provincial_series(path: str | Path) -> pd.DataFrame:
    """A provincial series (columns ``region`` and years), as provinces by year.

    Lines that start with ``#`` are comments. Units are those of the file (GDP: 1e8 CNY at current
    prices; population: 1e4 persons at year end).

    Raises:
        SourceError: the file is missing, has no ``region`` column, or a year is not numeric.
    """
    path = Path(path)
    if not path.is_file():
        raise SourceError(f"{path}: file not found; give the folder that holds the official tables")
    frame = pd.read_csv(path, comment="#")
    if "region" not in frame.columns:
        raise SourceError.at(
            path.name, "csv", row=1, found=list(frame.columns), expected="a column 'region'"
        )
    years = [column for column in frame.columns if str(column).isdigit()]
    for year in years:
        number = pd.to_numeric(frame[year], errors="coerce")
        if number.isna().any():
            found = frame.loc[number.isna(), year].iloc[0]
            raise SourceError.at(path.name, "csv", column=year, found=found, expected="a number")
        frame[year] = number
    table = frame.set_index("region")[years]
    table.columns = pd.Index([int(year) for year in years], name="year")
    return table.sort_index(axis=1)


def read_facts(path: str | Path, regions: Sequence[str]) -> pd.DataFrame:
    """A compiled table of facts (columns ``item, unit``, one per region, ``source``).

    Returns:
        Items by ``unit``, regions and ``source``; ``NaN`` where the table has no number.

    Raises:
        SourceError: the file or a column is missing, an item is listed twice, or a cell has text.
    """
    path = Path(path)
    if not path.is_file():
        raise SourceError(f"{path}: file not found; give the folder that holds the official tables")
    frame = pd.read_csv(path, comment="#")
    missing = [name for name in ("item", "unit", *regions, "source") if name not in frame.columns]
    if missing:
        raise SourceError.at(
            path.name, "csv", row=1, found=list(frame.columns), expected=f"columns {missing}"
        )
    if frame["item"].duplicated().any():
        found = frame.loc[frame["item"].duplicated(), "item"].iloc[0]
        raise SourceError.at(
            path.name, "csv", column="item", found=found, expected="each item once"
        )
    for region in regions:
        number = pd.to_numeric(frame[region], errors="coerce")
        bad = number.isna() & frame[region].notna()
        if bad.any():
            found = frame.loc[bad, region].iloc[0]
            raise SourceError.at(path.name, "csv", column=region, found=found, expected="a number")
        frame[region] = number
    return frame.set_index("item")[["unit", *regions, "source"]]
