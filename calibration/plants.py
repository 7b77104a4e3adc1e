r"""Plants: what it costs to build and run a kilowatt of generation or storage, year by year.

``data/plants.csv`` gives each technology its overnight cost (yuan of 2020 per kW), fixed (yuan per
kW and year) and variable cost without fuel (yuan per kWh), efficiency, years of life and of
construction, full-load hours of a new plant and the bound on them, the share of CO2 captured, and
what the investment buys. A path is linear between its years and constant before and after. With the
annuity :math:`a` of a rate of interest r over a life of n years, and T years of construction paid
for in their middle, a kWh costs

.. math::

   a(r, n) = \frac{r}{1 - (1 + r)^{-n}} , \qquad
   c = \frac{K (1 + r)^{T/2} \, a(r, n) + F}{h} + V + \frac{p}{\eta} ,

for overnight cost K, fixed cost F, hours h, variable cost V, fuel price p and efficiency η (IEA and
NEA 2020, Projected Costs of Generating Electricity). Learning is an option: where output ever made
is a multiple m of today's, cost is multiplied by

.. math:: m^{\log_2 (1 - \lambda)} .
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from itertools import product
from typing import Any, Final, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field, model_validator

from calibration.courses import Course, courses
from calibration.errors import AssumptionError, unknown
from calibration.tables import Row, Table, source_of, table_frame, table_rows

Array = npt.NDArray[np.float64]

BASE: Final = 2020
"""Year in which every path begins, and whose prices costs are in."""

Item = Literal[
    "overnight",
    "energy_overnight",
    "fixed_om",
    "variable_om",
    "efficiency",
    "lifetime",
    "construction",
    "hours",
    "bound",
    "credit",
    "co2",
    "capture",
    "fuel_price",
    "machinery",
    "works",
    "services",
    "learning",
    "entry",
    "entry_most",
    "support",
    "load",
]

UNITS: Final[Mapping[str, str]] = {
    "overnight": "yuan of 2020 per kW",
    "energy_overnight": "yuan of 2020 per kWh of storage",
    "fixed_om": "yuan of 2020 per kW and year",
    "variable_om": "yuan of 2020 per kWh, without fuel",
    "efficiency": "kWh out per kWh in",
    "lifetime": "years",
    "construction": "years",
    "hours": "full-load hours of a new plant, hours per year",
    "bound": "most hours over ``hours``",
    "credit": "firm share of the capacity",
    "co2": "t of CO2 per MWh of fuel",
    "capture": "share of the CO2 captured",
    "fuel_price": "yuan of 2020 per kWh of fuel",
    "machinery": "share of the investment",
    "works": "share of the investment: construction",
    "services": "share of the investment: engineering, finance, land",
    "learning": "fall of the cost when output ever made doubles",
    "entry": "additions in a year in which a new plant just pays, share of the capacity",
    "entry_most": "the most that is added in a year, share of the capacity",
    "support": "share of the base year's support per kWh that new plants get",
    "load": "TWh per TWh of the region's load, base year = 1, of plants that go with it",
}
"""Items by name, with their units."""

COMPOSITION: Final[tuple[Item, ...]] = ("machinery", "works", "services")
"""What an investment buys; the shares sum to one."""

_ALWAYS: Final[tuple[Item, ...]] = (
    "overnight",
    "fixed_om",
    "variable_om",
    "efficiency",
    "lifetime",
    "construction",
    "credit",
    *COMPOSITION,
)
_GENERATION: Final[tuple[Item, ...]] = ("hours", "bound", "entry", "entry_most", "support")
_NONE: Final[Mapping[str, float]] = {"co2": 0.0, "capture": 0.0, "fuel_price": 0.0, "learning": 0.0}
"""Items that may be left out, and what that says."""

_POSITIVE = ("overnight", "efficiency", "lifetime", "hours", "bound")
_SHARES = (
    "efficiency",
    "credit",
    "capture",
    "learning",
    "entry",
    "entry_most",
    "support",
    *COMPOSITION,
)
_HOURS_OF_A_YEAR = 8760.0


class PlantRow(Row):
    """One property of a technology in a year, which holds between the years of its path."""

    technology: str = Field(min_length=1)
    item: Item
    year: int = Field(ge=1900, le=2200)
    value: float = Field(ge=0.0, allow_inf_nan=False)

    def replaces(self, other: Self) -> bool:
        """A path is replaced as a whole, whatever its years."""
        return self.technology == other.technology and self.item == other.item

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.item in _POSITIVE and not self.value > 0.0:
            raise ValueError(f"{self.item} must be positive ({UNITS[self.item]})")
        if self.item in _SHARES and self.value > 1.0:
            raise ValueError(f"{self.item} must not exceed 1 ({UNITS[self.item]})")
        if self.item == "bound" and self.value < 1.0:
            raise ValueError("bound must be at least 1: its hours are possible")
        return self

    @classmethod
    def in_order(cls, rows: Sequence[Self]) -> list[Self]:
        """Technologies as they come, which is their order in a model, then items and years."""
        names = list(dict.fromkeys(row.technology for row in rows))
        return sorted(rows, key=lambda row: (names.index(row.technology), row.item, row.year))


@dataclass(frozen=True)
class Plants:
    """Technologies of generation and storage.

    Attributes:
        rows: properties with their sources; technologies in model order.
        source: file they come from, for messages.

    Raises:
        AssumptionError: an item is missing, a path begins after 2020, an investment's shares do not
            sum to one, or the bound on hours exceeds the year.
    """

    rows: tuple[PlantRow, ...]
    source: str = field(default="plants", compare=False)

    def __post_init__(self) -> None:
        self._check_complete()
        for (name, item), course in self._courses.items():
            if course.first > BASE:
                raise AssumptionError(
                    f"{self.source}: {item} of {name!r} begins in {course.first}; a path is "
                    f"replaced as a whole, so add its row of {BASE}"
                )
        self._check_sums()
        for name in self.follows_load:
            if (start := self.value(name, "load", BASE)) != 1.0:
                raise AssumptionError(
                    f"{self.source}: load of {name!r} is {start:g} in {BASE}; it is relative to "
                    f"that year, so give 1 there and other values in later years"
                )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Technologies, in model order."""
        return tuple(dict.fromkeys(row.technology for row in self.rows))

    @property
    def storage(self) -> tuple[str, ...]:
        """Technologies that store electricity: those with a cost per kWh of storage."""
        return tuple(name for name in self.names if (name, "energy_overnight") in self._courses)

    @property
    def generation(self) -> tuple[str, ...]:
        """Technologies that make electricity."""
        return tuple(name for name in self.names if name not in self.storage)

    @property
    def follows_load(self) -> tuple[str, ...]:
        """Technologies whose kWh (peak load, islands) others do not replace by price."""
        return tuple(name for name in self.names if (name, "load") in self._courses)

    def values(self, item: Item, technologies: Sequence[str], years: Sequence[int]) -> Array:
        """A property of technologies over years.

        Arguments:
            item: one of ``UNITS``.
            technologies: technologies wanted.
            years: years wanted.

        Returns:
            Value in the unit of the item (technology, year).

        Raises:
            AssumptionError: a technology is unknown or has no such item.
        """
        return np.stack([self._course(name, item, years) for name in technologies])

    def value(self, technology: str, item: Item, year: int) -> float:
        """A property of a technology in a year, in the unit of the item.

        Raises:
            AssumptionError: the technology is unknown or has no such item.
        """
        return float(self._course(technology, item, [year])[0])

    def capital_charge(self, technology: str, year: int, rate: float) -> float:
        """Yearly cost of having a kW: annuity of what it cost to build, and fixed cost.

        Arguments:
            technology: one of ``names``; of storage, its power alone.
            year: year of the investment.
            rate: rate of interest, a fraction.

        Returns:
            Yuan of 2020 per kW and year.

        Raises:
            AssumptionError: the technology is unknown, or the rate is negative.
        """
        waiting = (1.0 + rate) ** (self.value(technology, "construction", year) / 2.0)
        yearly = annuity(rate, self.value(technology, "lifetime", year))
        built = self.value(technology, "overnight", year) * waiting
        return float(built * yearly + self.value(technology, "fixed_om", year))

    def levelised_cost(
        self,
        technology: str,
        year: int,
        rate: float,
        *,
        hours: float | None = None,
        fuel_price: float | None = None,
    ) -> float:
        """Cost of a kWh over the life of a plant built in a year (formula of the module).

        Arguments:
            technology: one of ``generation``.
            year: year of the investment.
            rate: rate of interest, a fraction.
            hours: full-load hours; None for those of the table.
            fuel_price: yuan of 2020 per kWh of fuel; None for that of the table.

        Returns:
            Yuan of 2020 per kWh; CO2 costs nothing.

        Raises:
            AssumptionError: the technology is unknown or stores, or an argument is out of range.
        """
        running = self.value(technology, "hours", year) if hours is None else hours
        fuel = self.value(technology, "fuel_price", year) if fuel_price is None else fuel_price
        if not 0.0 < running <= _HOURS_OF_A_YEAR:
            raise AssumptionError(f"hours are {running:g}; give a number above 0, at most 8760")
        if not 0.0 <= fuel < np.inf:
            raise AssumptionError(
                f"the fuel price is {fuel:g}; give yuan per kWh of fuel, 0 or more"
            )
        fixed = self.capital_charge(technology, year, rate) / running
        burnt = fuel / self.value(technology, "efficiency", year)
        return fixed + self.value(technology, "variable_om", year) + burnt

    def captured(self, technology: str, year: int) -> float:
        """CO2 captured by a new plant, t per MWh of electricity."""
        kept = self.value(technology, "capture", year) * self.value(technology, "co2", year)
        return kept / self.value(technology, "efficiency", year)

    def learned(self, technology: str, multiple: float) -> float:
        """Factor on the cost when output ever made is a multiple of that of the base year.

        Arguments:
            technology: one of ``names``.
            multiple: output ever made over that up to the base year, at least 1.

        Raises:
            AssumptionError: the technology is unknown, or the multiple is below 1.
        """
        if not 1.0 <= multiple < np.inf:
            raise AssumptionError(f"the multiple is {multiple:g}; what was made cannot be unmade")
        rate = self.value(technology, "learning", BASE)
        return float(np.power(1.0 - rate, np.log2(multiple)))

    def to_frame(self) -> pd.DataFrame:
        """The table with one line per value, its source and quality."""
        return table_frame(self.rows)

    @cached_property
    def _courses(self) -> Mapping[tuple[Any, ...], Course]:
        """Properties over the years by technology and item."""
        return courses((row.technology, row.item, row.year, row.value) for row in self.rows)

    def _course(self, technology: str, item: Item, years: Sequence[int]) -> Array:
        if technology not in self.names:
            raise AssumptionError(f"{self.source}: {unknown('technology', technology, self.names)}")
        if item not in UNITS:
            raise AssumptionError(f"{self.source}: {unknown('item', item, UNITS)}")
        course = self._courses.get((technology, item))
        if course is None and item in _NONE:
            return np.full(len(years), _NONE[item])
        if course is None:
            raise AssumptionError(
                f"{self.source}: technology {technology!r} has no row for {item!r}; add it, or ask "
                "for another item"
            )
        return course.over(years)

    def _check_complete(self) -> None:
        given = self._courses
        for name in self.names:
            needed = _ALWAYS if name in self.storage else (*_ALWAYS, *_GENERATION)
            missing = [item for item in needed if (name, item) not in given]
            if missing:
                whole = [
                    other for other in self.names if all((other, item) in given for item in _ALWAYS)
                ]
                near = get_close_matches(name, whole, n=1)
                hint = f", or did you mean {near[0]!r}?" if near else ""
                raise AssumptionError(
                    f"{self.source}: technology {name!r} has no row for {missing[0]!r}; "
                    f"add it{hint}"
                )

    def _check_sums(self) -> None:
        for name in self.names:
            years = sorted({row.year for row in self.rows if row.technology == name})
            shares = np.stack(
                [self._course(name, item, years) for item in COMPOSITION]
            )  # part, year
            wrong = np.flatnonzero(np.abs(shares.sum(axis=0) - 1.0) > 1e-9)
            if wrong.size:
                raise AssumptionError(
                    f"{self.source}: the shares of the investment in {name!r} sum to "
                    f"{shares[:, wrong[0]].sum():.12g} in {years[wrong[0]]}, not 1; correct them"
                )
        for name, year in product(self.generation, {row.year for row in self.rows}):
            if self.value(name, "entry", year) > self.value(name, "entry_most", year):
                raise AssumptionError(
                    f"{self.source}: more of {name!r} is added in a normal year (entry) of {year} "
                    "than at most (entry_most); lower one or raise the other"
                )
            most = self.value(name, "hours", year) * self.value(name, "bound", year)
            if most > _HOURS_OF_A_YEAR:
                raise AssumptionError(
                    f"{self.source}: {name!r} may run {most:.0f} hours in {year} (hours times "
                    "bound), more than a year has; lower one of them"
                )


def annuity(rate: float, lifetime: float) -> float:
    """Constant yearly payment that repays one unit over a life; with no interest, one over it.

    Arguments:
        rate: rate of interest, a fraction, at least zero.
        lifetime: years.

    Raises:
        AssumptionError: the rate is negative, or the lifetime is not positive.
    """
    if not 0.0 <= rate < np.inf:
        raise AssumptionError(f"the rate of interest is {rate:g}; give a fraction, 0 or more")
    if not 0.0 < lifetime < np.inf:
        raise AssumptionError(f"the lifetime is {lifetime:g}; give a number of years above 0")
    if rate == 0.0:
        return 1.0 / lifetime
    return float(rate / -np.expm1(-lifetime * np.log1p(rate)))


def load_plants(path: Table | None = None, *, whole: bool = False) -> Plants:
    """Read what plants cost.

    Arguments:
        path: CSV with the columns of ``data/plants.csv``; none: the table of the project.
        whole: the file is the whole table; else its rows are laid over those of the project.

    Raises:
        AssumptionError: an item is missing, unknown, given twice or out of range.
    """
    rows = table_rows("plants", path, PlantRow, AssumptionError, whole=whole)
    if path is not None and not whole:
        order = list(dict.fromkeys(row.technology for row in (*load_plants().rows, *rows)))
        rows = tuple(sorted(rows, key=lambda row: order.index(row.technology)))
    return Plants(rows, source_of("plants", path))
