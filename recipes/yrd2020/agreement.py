"""Numbers that two tables of a folder of sources print: where they differ, one of them is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.generation import fact
from recipes.yrd2020.sources import FACTS, PROVINCIAL_INVENTORIES, SERIES, provincial_series
from recipes.yrd2020.tables import PROVINCES
from sam.errors import SourceError
from sam.ranking import worst

Array = npt.NDArray[np.float64]

TOLERANCE = 0.01
"""Largest difference of two prints of one number, as a fraction of the larger."""

_YEAR = 2020
_SERIES = {"gdp": "GDP 2020 (revised NBS)", "population": "Population year-end 2020"}
"""Series, and the item of the facts of 2020 that prints its value of that year."""

_EMISSIONS = "CO2 2019 scope-1 (CEADs)"
_CAPACITIES = {
    "Thermal generation": "Thermal capacity",
    "Nuclear": "Nuclear capacity",
    "Hydro": "Hydro capacity",
}
_HOURS = 8.784
"""Thousand hours of 2020."""


def check_series(sources: Path, facts: pd.DataFrame) -> None:
    """GDP and population of 2020 are the same in the series and among the facts.

    Arguments:
        sources: folder of official tables.
        facts: facts of 2020, item by province.

    Raises:
        SourceError: they differ by more than ``TOLERANCE`` in a province.
        DatasetError: the facts lack a line.
    """
    for name, item in _SERIES.items():
        series = provincial_series(sources, name, [_YEAR])[_YEAR]
        printed = series[list(PROVINCES)].to_numpy(float)
        compare(facts, item, printed, f"{sources / SERIES[name]}, column {_YEAR}")


def check_emissions(sources: Path, facts: pd.DataFrame, printed: Array) -> None:
    """CO2 of 2019 is the same in the inventories and among the facts.

    Arguments:
        sources: folder of official tables.
        facts: facts of 2020, item by province.
        printed: CO2 by the inventories, process emissions included, Mt (province).

    Raises:
        SourceError: they differ by more than ``TOLERANCE`` in a province.
        DatasetError: the facts lack the line.
    """
    place = f"{sources / PROVINCIAL_INVENTORIES}, all rows and columns of a sheet together"
    compare(facts, _EMISSIONS, printed, place)


def check_capacity(sources: Path, facts: pd.DataFrame) -> None:
    """No power plant runs for more than all hours of a year.

    Arguments:
        sources: folder of official tables.
        facts: facts of 2020, item by province (TWh, and GW at the end of the year).

    Raises:
        SourceError: generation exceeds what the capacity of a province can make.
        DatasetError: the facts lack a line.
    """
    for made, capacity in _CAPACITIES.items():
        most = fact(facts, capacity) * _HOURS
        beyond = np.maximum(fact(facts, made) - most, 0.0)
        r = worst(beyond)
        if beyond[r] > 0.0:
            name = list(PROVINCES.values())[r]
            raise SourceError(
                f"{sources / FACTS}, row {made!r}, column {name}: found {fact(facts, made)[r]:g} "
                f"TWh, expected at most {most[r]:.4g} TWh, which row {capacity!r} can make in a "
                "year; correct the one that is wrong"
            )


def compare(facts: pd.DataFrame, item: str, other: Array, place: str) -> None:
    """A line of facts is what another table prints.

    Arguments:
        facts: facts of 2020, item by province; what they leave empty is not compared.
        item: line of the facts.
        other: the same numbers elsewhere (province).
        place: where they stand.

    Raises:
        SourceError: they differ by more than ``TOLERANCE``; names both places and numbers.
        DatasetError: the facts lack the line.
    """
    line = fact(facts, item)
    gap = np.where(line > 0.0, np.abs(line - other) / np.maximum(line, other), 0.0)
    r = worst(gap)
    if gap[r] > TOLERANCE:
        name = list(PROVINCES.values())[r]
        raise SourceError(
            f"{place}: found {other[r]:,.7g} for {name}, expected {line[r]:,.7g} as in {FACTS}, "
            f"row {item!r}, column {name} (within {100.0 * TOLERANCE:g} %); correct the one that "
            "is wrong"
        )
