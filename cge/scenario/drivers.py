"""Drivers of a scenario: people, growth, saving and the world, other than those of the dataset.

They are about the world, so that the baseline has them too. Drivers of the base year stay as they
are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import model_validator

from calibration import Prospects
from calibration.plants import BASE
from calibration.prospects import ProspectRow
from cge.scenario.errors import Misplaced
from cge.scenario.moves import Move, Rule
from cge.scenario.values import Names, Strict, Unit
from sam import Dataset

Array = npt.NDArray[np.float64]

LAST = 2060
"""Last year of paths of prospects, after which they are constant."""

MOVES: Mapping[str, tuple[Rule, ...]] = {
    "population": ("level", "factor", "add"),
    "labour": ("level", "factor", "add"),
    "gdp": ("factor",),
    "gdp_growth": ("level", "factor", "add"),
    "saving": ("level", "factor"),
    "world": ("level", "factor"),
}
"""Drivers, and how each may be moved."""

_OF_NATION = ("saving", "world")
"""Drivers of which there is one for all regions."""


class Driver(Move):
    """How a driver is moved.

    Attributes:
        region: regions for which it is; all by default.
    """

    region: Names | None = None


class Drivers(Strict):
    """Drivers instead of the dataset's, or relative to them.

    Attributes:
        population: people of a region, million; its households alike.
        labour: people who work, million.
        gdp: factor on the path of real GDP.
        gdp_growth: yearly growth of real GDP, a fraction.
        saving: rates of saving of households and enterprises relative to the base year.
        world: world demand relative to the base year.
    """

    population: Annotated[Driver | None, Unit("million")] = None
    labour: Annotated[Driver | None, Unit("million person")] = None
    gdp: Annotated[Driver | None, Unit("ratio")] = None
    gdp_growth: Annotated[Driver | None, Unit("fraction a year")] = None
    saving: Annotated[Driver | None, Unit("ratio to the base year")] = None
    world: Annotated[Driver | None, Unit("ratio to the base year")] = None

    @property
    def given(self) -> Mapping[str, Driver]:
        """Those that are moved, by name."""
        found = {name: getattr(self, name) for name in MOVES}
        return {name: driver for name, driver in found.items() if driver is not None}

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, driver in self.given.items():
            if driver.rule not in MOVES[name]:
                raise Misplaced(
                    f"{name} is moved by {' or '.join(MOVES[name])}, not by {driver.rule}",
                    *(name, driver.rule),
                )
            if driver.region is not None and name in _OF_NATION:
                raise Misplaced(f"{name} is one for all regions; remove the key", name, "region")
        if self.gdp is not None and self.gdp_growth is not None:
            raise Misplaced("gdp and gdp_growth are given; give one, the other follows", "gdp")
        return self


def driven(dataset: Dataset, drivers: Drivers) -> Dataset:
    """A dataset with other drivers of the years after the base year.

    Raises:
        Misplaced: a driver is moved out of range; names it, the region and the year.
    """
    moved = {name: each for name, each in drivers.given.items() if name not in _OF_NATION}
    if not moved:
        return dataset
    table = dataset.drivers
    for name, driver in moved.items():
        for variable, rows in _moved(dataset, name, driver):
            kept = table[table["variable"] != variable]
            table = pd.concat([kept, rows], ignore_index=True)
    return replace(dataset, drivers=table)


def prospective(prospects: Prospects, drivers: Drivers) -> Prospects:
    """Prospects with other paths of saving and of the world."""
    moved = {name: each for name, each in drivers.given.items() if name in _OF_NATION}
    if not moved:
        return prospects
    kept = [row for row in prospects.rows if row.item not in moved]
    rows = [row for name, each in moved.items() for row in _prospect(prospects, name, each)]
    return replace(prospects, rows=(*kept, *rows))


def _moved(dataset: Dataset, name: str, driver: Driver) -> Iterator[tuple[str, pd.DataFrame]]:
    """Lines of the table of drivers that a driver replaces, by variable."""
    if name == "population":
        households = [v for v in dataset.drivers["variable"].unique() if v.startswith(_PEOPLE)]
        tables = [dataset.driver(variable) for variable in households]
        whole = sum(tables[1:], start=tables[0])
        grown = _path(dataset, name, whole, driver) / whole
        for variable, table in zip(households, tables, strict=True):
            yield variable, _lines(dataset, variable, table * grown)
    elif name == "gdp":
        rates = dataset.driver("gdp_growth")
        level = (1.0 + rates).cumprod()
        moved = _path(dataset, name, level, driver)
        yield "gdp_growth", _lines(dataset, "gdp_growth", moved / moved.shift(fill_value=1.0) - 1.0)
    else:
        table = dataset.driver(name)
        yield name, _lines(dataset, name, _path(dataset, name, table, driver))


_PEOPLE = "population_"


def _path(dataset: Dataset, name: str, table: pd.DataFrame, driver: Driver) -> pd.DataFrame:
    """A driver after it is moved (year, region)."""
    regions = list(driver.region or dataset.regions)
    found = table.copy()
    for year in (year for year in table.index if year > dataset.base_year):
        before = table.loc[year, regions].to_numpy(dtype=float)
        found.loc[year, regions] = after = driver.moved(before, int(year))
        least = -1.0 if name == "gdp_growth" else 0.0
        if not (after > least).all():
            region = regions[int(np.argmin(after))]
            raise Misplaced(
                f"{name} comes to {after.min():g} in {region} in {year}; give what leads to more "
                f"than {least:g}",
                *("drivers", name, driver.rule),
            )
    return found


def _lines(dataset: Dataset, variable: str, table: pd.DataFrame) -> pd.DataFrame:
    """A driver as lines of the table of drivers, with unit, source and quality of the old ones."""
    old = dataset.drivers[dataset.drivers["variable"] == variable]
    by_year = table.rename_axis(index="year", columns="region").reset_index()
    long = by_year.melt(id_vars="year", var_name="region", value_name="value")
    return old.drop(columns="value").merge(long, on=["year", "region"])


def _prospect(prospects: Prospects, name: str, driver: Driver) -> Iterator[ProspectRow]:
    """The path of a prospect after it is moved, a row a year."""
    told = [row for row in prospects.rows if row.item == name]
    for year in range(BASE, LAST + 1) if told else ():
        before = prospects.factors(name, [""], [year])[0]
        value = before if year == BASE else driver.moved(before, year)
        if not value[0] > 0.0:
            raise Misplaced(
                f"{name} comes to {value[0]:g} in {year}; give what leads to more than 0",
                *("drivers", name, driver.rule),
            )
        told_new = {"year": year, "value": float(value[0]), "quality": "derived"}
        yield told[-1].model_copy(update=told_new)
