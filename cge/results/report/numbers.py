"""Paths as the report asks for them: a variable of a region or total over the years, by label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from cge.results.headline import summed, totals, with_totals
from cge.results.iamc import DUST
from cge.results.names import LANGUAGES, Names, names_of
from cge.results.report.exhibits import Text

if TYPE_CHECKING:
    from cge.path import Pathway

YEARS = (2020, 2025, 2030, 2035, 2040, 2050, 2060)
"""Years of tables."""


@dataclass(frozen=True, eq=False)
class Run:
    """The paths of a report.

    Attributes:
        paths: solved paths, the baseline first.
        names: names of labels.
    """

    paths: Sequence[Pathway]
    names: Names

    @classmethod
    def of(cls, paths: Sequence[Pathway]) -> Run:
        """The paths with the names of their labels."""
        return cls(paths, names_of(paths[0].geography, paths[0].scenario.dataset))

    @property
    def base(self) -> Pathway:
        """The first path, which the others are compared with."""
        return self.paths[0]

    @property
    def last(self) -> Pathway:
        """The last path, which the report looks into."""
        return self.paths[-1]

    @property
    def others(self) -> Sequence[Pathway]:
        """Paths beside the first."""
        return self.paths[1:]

    @property
    def nation(self) -> str:
        """Name of all regions together."""
        return self.base.geography.nation

    @property
    def areas(self) -> list[str]:
        """The nation, and the first group of regions where there is one."""
        groups = [name for name in totals(self.base.geography, self.regions) if name != self.nation]
        return [self.nation, *groups[:1]]

    @property
    def regions(self) -> list[str]:
        """Codes of regions."""
        return [str(region) for region in self.base.data["region"].to_numpy()]

    def years(self, path: Pathway) -> list[int]:
        """Years of a path."""
        return [int(year) for year in path.data["year"].to_numpy()]

    @property
    def shown(self) -> list[int]:
        """Years of tables that the last path has, and its last year."""
        known = self.years(self.last)
        return [year for year in known if year in YEARS or year == known[-1]]

    def has(self, *reports: str) -> bool:
        """Whether all paths report these."""
        return all(name in path.data for path in self.paths for name in reports)

    def name(self, dimension: str, label: str) -> Text:
        """A label in both languages."""
        english, chinese = (self.names.of(dimension, label, each) for each in LANGUAGES)
        return english, chinese

    def scenario(self, path: Pathway) -> Text:
        """The name of the scenario of a path."""
        return self.name("scenario", path.scenario.name)


def members(path: Pathway, area: str) -> list[str]:
    """Regions of an area: those of a total, or the region itself."""
    known = [str(region) for region in path.data["region"].to_numpy()]
    return totals(path.geography, known).get(area, [area])


def over(path: Pathway, report: str, place: str, /, **labels: Iterable[str]) -> xr.DataArray:
    """A variable summed over an area and all labels but those that are named (year)."""
    chosen = {dim: list(wanted) for dim, wanted in labels.items()}
    total = summed(path, report, {"region": members(path, place), **chosen})
    return xr.DataArray(total, {"year": path.data["year"].to_numpy()}, "year")


def mean(path: Pathway, report: str, area: str) -> xr.DataArray:
    """A variable of an area as its report says that regions make a total (year)."""
    return with_totals(path, report).sel(region=area)


def values(data: xr.DataArray, factor: float = 1.0) -> list[float | None]:
    """Plain numbers over the years, without dust; None where there is none."""
    told = factor * data.where(~(np.abs(data) < DUST), 0.0).to_numpy()
    return [float(value) if np.isfinite(value) else None for value in told]
