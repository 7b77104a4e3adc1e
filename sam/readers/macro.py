"""Macroeconomic series of the National Bureau of Statistics: provinces by year."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sam.readers.listing import Listing, read_listing


def read_provincial_series(path: str | Path, unit: str | None = None) -> pd.DataFrame:
    """A provincial series (columns ``region`` and years), as provinces by year.

    Lines that start with ``#`` are comments. Units are those of the file (GDP: 1e8 CNY at current
    prices; population: 1e4 persons at year end).

    Arguments:
        path: CSV file.
        unit: unit that the last words of a comment line must state, e.g. ``1e8 yuan``.

    Raises:
        SourceError: the file is missing, has no ``region`` column, states another unit, lists a
            region twice, or a year is not a positive number.
    """
    listing = read_listing(path, ("region",))
    if unit is not None and not any(line.endswith(unit) for line in listing.comments.values()):
        expected = f"a comment line that ends with the unit {unit!r}"
        raise listing.sheet.error(None, 0, list(listing.comments.values()), expected)
    years = sorted(name for name in listing.columns if re.fullmatch("[12][0-9]{3}", name))
    regions = _labels(listing, "region")
    if not years or not regions:
        found = f"{len(regions)} regions and {len(years)} years"
        raise listing.sheet.error(None, None, found, "a row per region and a column per year")
    values = [[_level(listing, row, year) for year in years] for row in listing.rows]
    columns = pd.Index([int(year) for year in years], name="year")
    return pd.DataFrame(values, index=pd.Index(regions, name="region"), columns=columns)


def read_facts(path: str | Path, regions: Sequence[str]) -> pd.DataFrame:
    """A compiled table of facts (columns ``item, unit``, one per region, ``source``).

    Returns:
        Items by ``unit``, regions and ``source``; ``NaN`` where the table has no number.

    Raises:
        SourceError: the file or a column is missing, an item is listed twice, or a cell has text.
    """
    listing = read_listing(path, ("item", "unit", *regions, "source"))
    items = _labels(listing, "item")
    records = []
    for row, item in zip(listing.rows, items, strict=True):
        values = [listing.number(row, region, item) for region in regions]
        records.append((listing.text(row, "unit"), *values, listing.text(row, "source")))
    index = pd.Index(items, name="item")
    return pd.DataFrame(records, index=index, columns=["unit", *regions, "source"])


def _labels(listing: Listing, column: str) -> list[str]:
    """Labels of the records, each once."""
    labels: list[str] = []
    for row in listing.rows:
        label = listing.text(row, column)
        if not label or label in labels:
            raise listing.error(row, column, f"each {column} once")
        labels.append(label)
    return labels


def _level(listing: Listing, row: int, year: str) -> float:
    value = listing.number(row, year, f"{listing.text(row, 'region')} {year}")
    if math.isnan(value) or value <= 0.0:
        raise listing.error(row, year, "a number above zero")
    return value
