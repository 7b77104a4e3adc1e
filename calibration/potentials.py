r"""Potentials: how much wind, sun, water, fuel and storage there is, and how dear the next unit is.

``data/potentials.csv`` gives what each region has of a resource in all, and the full-load hours of
plants there. ``data/supply_curves.csv`` says what the next unit costs relative to an average new
plant when a share s of the resource is used: a curve that rises through its points and goes on
rising beyond the last, so that a potential is no wall,

.. math::

   m(s) = m_k + (m_{k+1} - m_k) \frac{s - s_k}{s_{k+1} - s_k} , \qquad s_k \le s \le s_{k+1} ,

with the slope of the last two points for s above one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field, model_validator

from calibration.errors import AssumptionError, unknown
from calibration.tables import Row, Table, source_of, table_frame, table_rows

Array = npt.NDArray[np.float64]

RESOURCES: Final[Mapping[str, str]] = {
    "onshore_wind": "TWh per year",
    "offshore_wind": "TWh per year",
    "utility_solar": "TWh per year",
    "distributed_solar": "TWh per year",
    "hydro": "TWh per year",
    "pumped_hydro": "GW",
    "nuclear": "TWh per year",
    "biomass": "PJ of fuel per year",
    "co2_storage": "Mt in all",
    "co2_injection": "Mt per year",
}
"""Resources by name, with the unit of their total."""

_ELECTRIC = tuple(name for name, unit in RESOURCES.items() if unit.startswith("TWh"))
_HOURS_OF_A_YEAR = 8760.0


class PotentialRow(Row):
    """What a region has of a resource in all, or the full-load hours of plants there."""

    region: str = Field(min_length=1)
    resource: str
    item: Literal["total", "hours"]
    value: float = Field(ge=0.0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.resource not in RESOURCES:
            raise ValueError(unknown("resource", self.resource, RESOURCES))
        if self.item == "hours" and self.resource not in _ELECTRIC:
            raise ValueError(f"{self.resource} is counted in {RESOURCES[self.resource]}: no hours")
        if self.item == "hours" and not 0.0 < self.value <= _HOURS_OF_A_YEAR:
            raise ValueError("hours must be above 0 and at most 8760")
        return self


class CurveRow(Row):
    """Cost of the next unit, relative to an average new plant, when a share is used."""

    resource: str
    share: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)
    value: float = Field(gt=0.0, allow_inf_nan=False)

    def replaces(self, other: Self) -> bool:
        """A curve is replaced as a whole."""
        return self.resource == other.resource

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.resource not in RESOURCES:
            raise ValueError(unknown("resource", self.resource, RESOURCES))
        return self


@dataclass(frozen=True)
class Potentials:
    """Resources of regions and their supply curves.

    Attributes:
        rows: totals and hours by region, with their sources.
        curves: points of the supply curves, with their sources.
        source: file the totals come from, for messages.
        curves_source: file the curves come from, for messages.

    Raises:
        AssumptionError: a total or hours are missing, or a curve does not run from nothing to all
            or falls.
    """

    rows: tuple[PotentialRow, ...]
    curves: tuple[CurveRow, ...]
    source: str = field(default="potentials", compare=False)
    curves_source: str = field(default="supply_curves", compare=False)

    def __post_init__(self) -> None:
        given = {(row.region, row.resource, row.item) for row in self.rows}
        for region in self.regions:
            for resource in RESOURCES:
                needed = ("total", "hours") if resource in _ELECTRIC else ("total",)
                for item in needed:
                    if (region, resource, item) not in given:
                        raise AssumptionError(
                            f"{self.source}: {region} has no row for {item!r} of {resource!r}; add "
                            "it (a total of 0 where there is none)"
                        )
        for resource in RESOURCES:
            self._check_curve(resource)

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions of the table."""
        return tuple(dict.fromkeys(row.region for row in self.rows))

    def total(self, resource: str, regions: Sequence[str]) -> Array:
        """What regions have in all, in the unit of ``RESOURCES`` (region).

        Raises:
            AssumptionError: the resource or a region is unknown.
        """
        return self._values(resource, "total", regions)

    def hours(self, resource: str, regions: Sequence[str]) -> Array:
        """Full-load hours of plants (region).

        Raises:
            AssumptionError: the resource or a region is unknown, or it is not counted in TWh.
        """
        if resource in RESOURCES and resource not in _ELECTRIC:
            raise AssumptionError(
                f"{resource} is counted in {RESOURCES[resource]} and has no hours; ask for its "
                "total"
            )
        return self._values(resource, "hours", regions)

    def capacity(self, resource: str, regions: Sequence[str]) -> Array:
        """Plants that use all of a resource counted in TWh, GW (region).

        Raises:
            AssumptionError: as for ``hours``.
        """
        gw: Array = 1e3 * self.total(resource, regions) / self.hours(resource, regions)
        return gw

    def multiplier(self, resource: str, used: npt.ArrayLike) -> Array:
        """Cost of the next unit relative to an average new plant (formula of the module).

        Arguments:
            resource: one of ``RESOURCES``.
            used: share of the total that is used, 0 or more, of any shape.

        Raises:
            AssumptionError: the resource is unknown, or a share is negative or no number.
        """
        share = np.asarray(used, float)
        if not (share >= 0.0).all():
            raise AssumptionError(f"share used of {resource}: give numbers of 0 or more")
        at, cost = self._curve(resource)
        slope = (cost[-1] - cost[-2]) / (at[-1] - at[-2])
        result: Array = np.interp(share, at, cost) + slope * np.maximum(share - at[-1], 0.0)
        return result

    def steps(self, resource: str, regions: Sequence[str]) -> tuple[Array, Array]:
        """The supply curve in steps, one between each two of its points.

        Returns:
            Amounts in the unit of ``RESOURCES`` (region, step), which sum to the total, and mean
            costs relative to an average new plant (step).

        Raises:
            AssumptionError: the resource or a region is unknown.
        """
        at, cost = self._curve(resource)
        amounts: Array = self.total(resource, regions)[:, None] * np.diff(at)
        return amounts, (cost[1:] + cost[:-1]) / 2.0

    def to_frame(self) -> pd.DataFrame:
        """Totals and hours with one line per value, its source and quality."""
        return table_frame(self.rows)

    def _values(self, resource: str, item: str, regions: Sequence[str]) -> Array:
        self._check_resource(resource)
        for region in regions:
            if region not in self.regions:
                raise AssumptionError(f"{self.source}: {unknown('region', region, self.regions)}")
        table = {
            row.region: row.value
            for row in self.rows
            if (row.resource, row.item) == (resource, item)
        }
        return np.array([table[region] for region in regions])

    def _curve(self, resource: str) -> tuple[Array, Array]:
        """Shares used and costs of a curve (point)."""
        self._check_resource(resource)
        points = sorted((row.share, row.value) for row in self.curves if row.resource == resource)
        at, cost = np.array(points).reshape(-1, 2).T
        return at, cost

    def _check_resource(self, resource: str) -> None:
        if resource not in RESOURCES:
            raise AssumptionError(unknown("resource", resource, RESOURCES))

    def _check_curve(self, resource: str) -> None:
        at, cost = self._curve(resource)
        if not {0.0, 1.0} <= set(at):
            raise AssumptionError(
                f"{self.curves_source}: the curve of {resource!r} must have the shares 0 and 1; a "
                "curve is replaced as a whole, so add them"
            )
        if (np.diff(cost) < 0.0).any():
            k = int(np.argmin(np.diff(cost)))
            raise AssumptionError(
                f"{self.curves_source}: the curve of {resource!r} falls from {cost[k]:g} to "
                f"{cost[k + 1]:g} at the share {at[k + 1]:g}; the cheapest is used first, so let "
                "it rise"
            )


def load_potentials(
    path: Table | None = None,
    curves_path: Table | None = None,
    *,
    whole: bool = False,
) -> Potentials:
    """Read what regions have of each resource, and what the next unit costs.

    Arguments:
        path: CSV with the columns of ``data/potentials.csv``; none: the table of the project.
        curves_path: CSV with the columns of ``data/supply_curves.csv``; none: that of the project.
        whole: the files are whole tables; else their rows are laid over those of the project.

    Raises:
        AssumptionError: a resource is unknown, a value is missing, given twice or out of range, or
            a curve falls.
    """
    return Potentials(
        table_rows("potentials", path, PotentialRow, AssumptionError, whole=whole),
        table_rows("supply_curves", curves_path, CurveRow, AssumptionError, whole=whole),
        source_of("potentials", path),
        source_of("supply_curves", curves_path),
    )
