"""Extracts of provincial energy balances in the layout of the Yearbook: lists by fuel and line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sam.readers.bounds import at_least
from sam.readers.listing import Listing, read_listing

_SUPPLY = {
    "Indigenous Production": 1.0,
    "Interprovincial Imports": 1.0,
    "Import": 1.0,
    "Interprovincial Exports": -1.0,
    "Stock Change": 1.0,
}
_USES = (
    *("Agriculture", "Industry", "Construction", "Transportation", "Wholesale", "Other"),
    "Residential consumption",
)
_AVAILABLE = {
    "Total Primary Energy Supply": 1.0,
    "Thermal Power": 1.0,
    "Heating Supply": 1.0,
    "Coal Washing": 1.0,
    "Coking": 1.0,
    "Petroleum Refineries": 1.0,
    "Gas Works": 1.0,
    "Losses": -1.0,
}
_TOTALS = (
    ("Total Primary Energy Supply", _SUPPLY),
    ("Total Final Consumption", dict.fromkeys(_USES, 1.0)),
    ("Total Final Consumption", _AVAILABLE),
    (
        "Residential consumption",
        {"Residential consumption - Urban": 1.0, "Residential consumption - Rural": 1.0},
    ),
)
"""Parts of each total of the extract with their sign, by the beginning of the line's name.

Final use is also what supply and transformation (inputs negative) leave after losses.
"""

OMITTED = 0.01
"""Share of a total, or of its largest part, that lines left out of the extract may amount to."""


def read_balance_extract(
    path: str | Path, provinces: Sequence[str], omitted: float = OMITTED
) -> pd.DataFrame:
    """The extract of a provincial energy balance (China Energy Statistical Yearbook layout).

    Arguments:
        path: list by fuel and line.
        provinces: columns that it must have.
        omitted: share of a total that lines left out of the extract may amount to.

    Returns:
        Frame over (fuel, process) by province, Mtce (electricity at 0.1229 kgce/kWh); ``NaN`` where
        the extract has no number.

    Raises:
        SourceError: the file or a province column is missing, no comment states the unit Mtce, a
            line stands twice, a cell is not a number, or the parts of a total differ from it by
            more than the lines that an extract leaves out.
    """
    omitted = at_least("omitted", omitted)
    listing = read_listing(path, ("fuel", "process", *provinces))
    _check_extract_unit(listing)
    lines: dict[tuple[str, str], int] = {}
    for row in listing.rows:
        fuel = listing.name(row, "fuel", "the name of a fuel")
        line = fuel, listing.name(row, "process", "each process of a fuel once")
        if line in lines:
            raise listing.error(row, "process", "each process of a fuel once")
        lines[line] = row
    values = [
        [listing.number(row, province, f"{fuel}, {process}") for province in provinces]
        for (fuel, process), row in lines.items()
    ]
    index = pd.MultiIndex.from_tuples(list(lines), names=["fuel", "process"])
    frame = pd.DataFrame(values, index=index, columns=list(provinces), dtype=float)
    for fuel in frame.index.unique("fuel"):
        table = frame.loc[[fuel]].droplevel("fuel")
        _check_extract(listing, lines, table, str(fuel), omitted)
    return frame


def _check_extract_unit(listing: Listing) -> None:
    for row, line in listing.comments.items():
        match = re.search(r"\bunit:? +([^\s;.,(]+)", line, re.IGNORECASE)
        if match:
            if match.group(1) != "Mtce":
                raise listing.sheet.error(row, 0, match.group(), "unit Mtce")
            return
    found = list(listing.comments.values())
    raise listing.sheet.error(None, 0, found, "a comment line with 'Unit Mtce'")


def _check_extract(
    listing: Listing,
    lines: Mapping[tuple[str, str], int],
    table: pd.DataFrame,
    fuel: str,
    omitted: float,
) -> None:
    """Parts add up to their totals; feedstock is part of industry."""
    for total, signs in _TOTALS:
        parts = pd.Series({line: _sign(str(line), total, signs) for line in table.index})
        if total not in table.index or not parts.any():
            continue
        printed = table.loc[total]
        counted = table.mul(parts, axis=0)
        added, largest = counted.sum(skipna=True), counted.abs().max()
        size = largest.where(largest > printed.abs(), printed.abs())
        off = (added - printed).abs() > omitted * size + 1e-6
        for province in table.columns[(off & printed.notna()).to_numpy(bool)]:
            raise listing.sheet.error(
                lines[fuel, total],
                listing.columns[province],
                f"{printed[province]:.6g} Mtce",
                f"{total} of {fuel} near the sum of its parts, {added[province]:.6g} Mtce; if lines"
                f" are left out of the extract, say omitted= a share above {omitted:g}",
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
