"""Macroeconomic series of the National Bureau of Statistics: provinces by year."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pandas as pd

from sam.readers.bounds import at_least
from sam.readers.listing import Listing, read_listing

JUMP = 1.5
"""Ratio that no series of a province reaches from one year to the next.

From 2005 to 2024 GDP at current prices rose by at most 30 % a year and fell by at most 6 %;
population changed by at most 6 %.
"""

SPREAD = 2000.0
"""Ratio of the largest to the smallest region beyond which one must have another unit.

The GDP of Guangdong was at most 92 times that of Tibet.
"""


def read_provincial_series(
    path: str | Path,
    unit: str | None = None,
    *,
    regions: Sequence[str] = (),
    years: Sequence[int] = (),
    jump: float = JUMP,
    spread: float = SPREAD,
) -> pd.DataFrame:
    """A provincial series (columns ``region`` and years), as provinces by year.

    Lines that start with ``#`` are comments. Units are those of the file (GDP: 1e8 CNY at current
    prices; population: 1e4 persons at year end).

    Arguments:
        path: CSV file.
        unit: unit that the last words of a comment line must state, e.g. ``1e8 yuan``.
        regions: the regions that the series has, no more and no fewer; the result spells them
            as here. Default: any.
        years: years that it must have.
        jump: ratio that a region does not reach from one year to the next, either way.
        spread: largest ratio of the largest region to the smallest.

    Raises:
        SourceError: the file is missing, has no ``region`` column, states another unit, lists a
            region twice, lacks a region or a year, has an unknown region, its years are not at
            equal steps, or a value is not a positive number or out of proportion to others.
    """
    jump, spread = at_least("jump", jump, 1.0), at_least("spread", spread, 1.0)
    listing = read_listing(path, ("region",))
    if unit is not None and not any(line.endswith(unit) for line in listing.comments.values()):
        expected = f"a comment line that ends with the unit {unit!r}"
        raise listing.sheet.error(None, 0, list(listing.comments.values()), expected)
    printed = sorted(_years(listing))
    labels = _labels(listing, "region")
    if not printed or not labels:
        found = f"{len(labels)} regions and {len(printed)} years"
        raise listing.sheet.error(None, None, found, "a row per region and a column per year")
    lost = [year for year in years if str(year) not in listing.columns]
    if lost:
        expected = f"a column of {', '.join(map(str, lost))}"
        raise listing.sheet.error(listing.heads, None, f"years {', '.join(printed)}", expected)
    if regions:
        listing.require("region", regions, listing.rows)
        labels = listing.spelt("region", regions)
    values = [[_level(listing, row, year) for year in printed] for row in listing.rows]
    _check_proportions(listing, printed, values, jump, spread)
    columns = pd.Index([int(year) for year in printed], name="year")
    return pd.DataFrame(values, index=pd.Index(labels, name="region"), columns=columns)


def _years(listing: Listing) -> list[str]:
    """Names of the years as printed, forward or backward at equal steps."""
    years = [name for name in listing.columns if re.fullmatch("[12][0-9]{3}", name)]
    steps = [int(late) - int(early) for early, late in pairwise(years)]
    for year, step in zip(years[1:], steps, strict=True):
        if step != steps[0]:
            raise listing.error(listing.heads, year, f"years at equal steps of {steps[0]}")
    return years


def _check_proportions(
    listing: Listing,
    years: Sequence[str],
    values: Sequence[Sequence[float]],
    jump: float,
    spread: float,
) -> None:
    """No jump from year to year, no region of another order of magnitude."""
    one = len(years) > 1 and int(years[1]) - int(years[0]) == 1
    for row, levels in zip(listing.rows, values, strict=True):
        for year, (early, late) in zip(years[1:], pairwise(levels), strict=True):
            if one and not 1.0 / jump < late / early < jump:
                expected = f"a number nearer to {early:g} of the year before; correct it, or say"
                raise listing.error(
                    row, year, f"{expected} jump={_above(late, early)} if it is right"
                )
    for year, levels in zip(years, zip(*values, strict=True), strict=True):
        if max(levels) > spread * min(levels):
            row = listing.rows[levels.index(max(levels))]
            expected = f"at most {spread:g} times {min(levels):g}, the smallest; correct it, or say"
            ratio = _above(max(levels), min(levels))
            raise listing.error(row, year, f"{expected} spread={ratio} if it is right")


def _above(one: float, other: float) -> str:
    """A round number above the ratio of two, either way."""
    return f"{1.1 * max(one / other, other / one):.3g}"


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
        label = listing.name(row, column, f"the name of a {column}")
        if label in labels:
            raise listing.error(row, column, f"each {column} once")
        labels.append(label)
    return labels


def _level(listing: Listing, row: int, year: str) -> float:
    value = listing.number(row, year, f"{listing.text(row, 'region')} {year}")
    if math.isnan(value) or value <= 0.0:
        raise listing.error(row, year, "a number above zero")
    return value
