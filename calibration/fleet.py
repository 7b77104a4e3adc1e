r"""The fleet: plants that stand at the end of the base year, by age, and how they die.

``data/fleet.csv`` gives GW by region, technology and vintage, the last of the five years in which
they were built. Of plants of age a a logistic share survives, half of them at the lifetime L,

.. math:: S(a) = \frac{1 + e^{-L/w}}{1 + e^{(a - L)/w}} , \qquad w = L / 10 , \quad S(0) = 1 ,

so that a cohort fades and no cliff stands at the end of its life. What stands in the base year has
survived to it: of a vintage v, built in the middle of its five years, there is in year t

.. math:: K_v(t) = K_v \, \frac{S(t - v + 2.5)}{S(t_0 - v + 2.5)} .

Statistics count pumped hydropower as hydropower, and wind and solar power as one each; ``COUNTED``
names the plants that a technology of statistics covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field, model_validator

from calibration.errors import AssumptionError, unknown
from calibration.plants import BASE, Plants, load_plants
from calibration.tables import Row, Table, source_of, table_frame, table_rows

Array = npt.NDArray[np.float64]

COUNTED: Final[Mapping[str, tuple[str, ...]]] = {
    "hydro": ("hydro", "pumped_hydro"),
    "wind": ("onshore_wind", "offshore_wind"),
    "solar": ("utility_solar", "distributed_solar"),
}
"""Technologies of statistics that cover more than the plant of their name."""

SPAN: Final = 5
"""Years of a vintage."""

_WIDTH = 0.1  # width of the logistic over the lifetime


class FleetRow(Row):
    """GW of a vintage that stand at the end of the base year."""

    region: str = Field(min_length=1)
    technology: str = Field(min_length=1)
    vintage: int = Field(ge=1900, le=BASE)
    value: float = Field(ge=0.0, allow_inf_nan=False)

    def replaces(self, other: Self) -> bool:
        """The ages of a technology in a region are one thing: they are replaced as a whole."""
        return self.region == other.region and self.technology == other.technology

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (BASE - self.vintage) % SPAN:
            raise ValueError(f"a vintage ends in a year that {SPAN} divides, such as {BASE}")
        return self


@dataclass(frozen=True)
class Fleet:
    """Plants that stand at the end of the base year.

    Attributes:
        rows: GW by region, technology and vintage, with their sources.
        known: technologies that there can be.
        source: file they come from, for messages.

    Raises:
        AssumptionError: a technology is unknown.
    """

    rows: tuple[FleetRow, ...]
    known: tuple[str, ...]
    source: str = field(default="fleet", compare=False)

    def __post_init__(self) -> None:
        self._check_technologies(row.technology for row in self.rows)

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions with plants."""
        return tuple(dict.fromkeys(row.region for row in self.rows))

    @property
    def vintages(self) -> tuple[int, ...]:
        """Last years of the five in which plants were built; the first holds all older ones."""
        return tuple(sorted({row.vintage for row in self.rows}))

    def ages(self, regions: Sequence[str], technologies: Sequence[str]) -> Array:
        """Age structure at the end of the base year.

        Arguments:
            regions: regions wanted.
            technologies: technologies of plants wanted.

        Returns:
            GW (region, technology, vintage), vintages as in ``vintages``; zero where nothing
            stands.

        Raises:
            AssumptionError: a region has no plants at all, or a technology is unknown.
        """
        self._check_technologies(technologies)
        for region in regions:
            if region not in self.regions:
                raise AssumptionError(f"{self.source}: {unknown('region', region, self.regions)}")
        table = {(row.region, row.technology, row.vintage): row.value for row in self.rows}
        return np.array(
            [
                [[table.get((r, t, v), 0.0) for v in self.vintages] for t in technologies]
                for r in regions
            ]
        )

    def capacity(self, regions: Sequence[str], technologies: Sequence[str]) -> Array:
        """Capacity at the end of the base year, GW (region, technology).

        Raises:
            AssumptionError: as for ``ages``.
        """
        total: Array = self.ages(regions, technologies).sum(axis=2)
        return total

    def counted(self, regions: Sequence[str], technologies: Sequence[str]) -> Array:
        """Capacity by the technologies of statistics and of a dataset, GW (region, technology).

        Raises:
            AssumptionError: as for ``ages``.
        """
        covered = [COUNTED.get(name, (name,)) for name in technologies]
        return np.stack([self.capacity(regions, names).sum(axis=1) for names in covered], axis=1)

    def surviving(
        self,
        regions: Sequence[str],
        technologies: Sequence[str],
        years: Sequence[int],
        lifetimes: Sequence[float],
    ) -> Array:
        """What is left of the fleet of the base year if nobody retires it early.

        Arguments:
            regions: regions wanted.
            technologies: technologies of plants wanted.
            years: years wanted, none before the base year.
            lifetimes: years of life (technology).

        Returns:
            GW (region, technology, year).

        Raises:
            AssumptionError: a label is unknown, a year lies before 2020, or a lifetime is not
                positive.
        """
        if min(years, default=BASE) < BASE:
            raise AssumptionError(f"the year {min(years)} lies before the fleet of {BASE}")
        built = self.ages(regions, technologies)  # region, technology, vintage
        now = BASE - np.array(self.vintages) + SPAN / 2.0  # vintage: age in the base year
        later = now[:, None] + np.array(years) - BASE  # vintage, year
        left = np.stack(
            [survival(later, life) / survival(now, life)[:, None] for life in lifetimes]
        )  # technology, vintage, year
        result: Array = np.einsum("rtv,tvy->rty", built, left)
        return result

    def to_frame(self) -> pd.DataFrame:
        """The table with one line per value, its source and quality."""
        return table_frame(self.rows)

    def _check_technologies(self, technologies: Iterable[str]) -> None:
        for name in technologies:
            if name not in self.known:
                raise AssumptionError(f"{self.source}: {unknown('technology', name, self.known)}")


def survival(age: npt.ArrayLike, lifetime: float) -> Array:
    """Share of plants of an age that still stand (formula of the module).

    Arguments:
        age: years since they were built.
        lifetime: years after which half are left.

    Raises:
        AssumptionError: the lifetime is not positive.
    """
    if not 0.0 < lifetime < np.inf:
        raise AssumptionError(f"the lifetime is {lifetime:g}; give a number of years above 0")
    width = _WIDTH * lifetime
    beyond = np.minimum((np.asarray(age, float) - lifetime) / width, 700.0)  # e^700 is finite
    result: Array = (1.0 + np.exp(-lifetime / width)) / (1.0 + np.exp(beyond))
    return result


def load_fleet(
    path: Table | None = None, *, plants: Plants | None = None, whole: bool = False
) -> Fleet:
    """Read the plants of the base year.

    Arguments:
        path: CSV with the columns of ``data/fleet.csv``; none: the table of the project.
        plants: technologies that there can be; none: those of the project.
        whole: the file is the whole table; else its rows are laid over those of the project.

    Raises:
        AssumptionError: a technology is unknown, or a row is wrong or given twice.
    """
    known = (plants or load_plants()).names

    def check(row: FleetRow) -> None:
        if row.technology not in known:
            raise ValueError(unknown("technology", row.technology, known))

    rows = table_rows("fleet", path, FleetRow, AssumptionError, check, whole=whole)
    return Fleet(rows, known, source_of("fleet", path))
