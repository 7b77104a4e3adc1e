"""Published totals and assumptions of a base year: those that are there, and what stands in.

``data/inputs.csv`` has the numbers of 2020. A folder of official tables may hold more, of any year,
in ``macro/totals.csv`` with the same columns. What has no number of the year is taken from the
nearest year that has one: money moves with the nominal GDP of its region, shares and prices stay.
Each such number says in its source that it stands in for one that is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from recipes.yrd2020.inputs import INPUTS, Inputs
from recipes.yrd2020.sources import provincial_series
from sam.dataset import QUALITIES
from sam.readers.listing import Listing, read_listing
from sam.report import MISSING

TOTALS = Path("macro", "totals.csv")
"""Further numbers in a folder of official tables."""

COLUMNS = ["item", "region", "year", "value", "unit", "source", "quality"]

_KEYS = ["item", "region"]
_ALWAYS = 0.5  # how far a number of all years is: after one of the year, before those of others
_MONEY = ("1e8 CNY", "CNY per person")


def inputs_of(sources: Path, year: int) -> Inputs:
    """Numbers of a base year.

    Arguments:
        sources: folder of official tables.
        year: the base year.

    Raises:
        sam.errors.SourceError: a number of the folder has an unknown item or region, another unit
            or no value, or stands there twice; or the series of GDP lacks a year.
    """
    table = pd.read_csv(INPUTS)
    if (sources / TOTALS).is_file():
        both = pd.concat([_more(sources / TOTALS, table), table], ignore_index=True)
        table = both.drop_duplicates([*_KEYS, "year"], ignore_index=True)
    apart = (table["year"] - year).abs().fillna(_ALWAYS)
    order = table.assign(apart=apart).sort_values("apart", kind="stable")
    nearest = order.drop_duplicates(_KEYS).sort_index()
    found, others = (nearest[nearest["apart"] < 1.0], nearest[nearest["apart"] >= 1.0])
    if len(others):
        others = others.astype({"year": int})
        growth = _growth(sources, year, sorted(set(others["year"])))
        found = pd.concat([found, _standing_in(others, year, growth)]).sort_index()
    return Inputs(found[[name for name in COLUMNS if name != "year"]].reset_index(drop=True))


def _more(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """Numbers of a file, each an item, region and unit that the embedded ones know."""
    listing = read_listing(path, COLUMNS)
    units = dict(zip(table["item"], table["unit"], strict=True))
    regions = [str(region) for region in dict.fromkeys(table["region"])]
    rows = [_number(listing, row, units, regions) for row in listing.rows]
    more = pd.DataFrame(rows, columns=COLUMNS)
    twice = more.duplicated([*_KEYS, "year"]).to_numpy()
    if twice.any():
        row = listing.rows[int(twice.argmax())]
        expected = "one line of an item, region and year, but it is the second"
        raise listing.error(row, "item", expected)
    return more


def _number(
    listing: Listing, row: int, units: Mapping[str, str], regions: Sequence[str]
) -> tuple[object, ...]:
    """One line of a file of further numbers."""
    item = listing.text(row, "item")
    if item not in units:
        raise listing.error(row, "item", "an item that the recipe knows")
    wanted = {"region": regions, "unit": [units[item]], "quality": QUALITIES}
    for column, labels in wanted.items():
        if listing.text(row, column) not in labels:
            raise listing.error(row, column, f"{' or '.join(labels)} for {item}")
    year, value = (listing.number(row, name, f"{name} of {item}") for name in ("year", "value"))
    if not np.isfinite([year, value]).all() or year != int(year):
        raise listing.error(row, "year", f"a whole year and a value of {item}")
    source = listing.name(row, "source", f"the publication that {item} is from")
    texts = [listing.text(row, name) for name in ("region", "unit", "quality")]
    return item, texts[0], int(year), value, texts[1], source, texts[2]


def _growth(sources: Path, year: int, others: list[int]) -> Mapping[tuple[str, int], float]:
    """Nominal GDP of a year over that of others, by region and year."""
    gdp = provincial_series(sources, "gdp", sorted({year, *others}))
    return {
        (str(region), other): float(gdp.loc[region, year] / gdp.loc[region, other])
        for region in gdp.index
        for other in others
    }


def _standing_in(
    rows: pd.DataFrame, year: int, growth: Mapping[tuple[str, int], float]
) -> pd.DataFrame:
    """Numbers of another year as those of this one."""
    money = rows["unit"].isin(_MONEY)
    places = zip(rows["region"], rows["year"], strict=True)
    factor = np.where(money, [growth.get(place, 1.0) for place in places], 1.0)
    moved = np.where(money, ", moved with nominal GDP", "")
    lines = zip(rows["year"], moved, rows["source"], strict=True)
    source = [
        f"{MISSING}{year}: that of {other}{text}, of {origin}" for other, text, origin in lines
    ]
    return rows.assign(value=rows["value"] * factor, source=source, quality="assumed")
