"""Where and when a path is looked at: what its reports say of a region or a total in a year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import xarray as xr

from cge.results.headline import summed
from sam.accounts import NATIONAL

if TYPE_CHECKING:
    from cge.path import Pathway

Array = npt.NDArray[np.float64]

NATION: Final = NATIONAL
DELTA: Final = "YRD"
"""Regions of facts and claims that are totals."""


@dataclass(frozen=True, eq=False)
class Place:
    """A path in a region or a total, and in a year.

    Attributes:
        path: the path.
        region: a region of the path, ``NATION``, or ``DELTA``.
        year: the year.
    """

    path: Pathway
    region: str
    year: int

    @property
    def members(self) -> list[str]:
        """Regions that it consists of."""
        known = [str(region) for region in self.path.data.get_index("region")]
        if self.region == NATION:
            return known
        if self.region == DELTA:
            first = next(iter(self.path.geography.groups.values()), ())
            return [region for region in known if region in first]
        return [region for region in known if region == self.region]

    @property
    def years(self) -> list[int]:
        """Years of the path."""
        return [int(year) for year in self.path.data.get_index("year")]

    def of(self, name: str, **labels: Iterable[str]) -> float:
        """Sum of a variable over the region and all labels but those that are named."""
        return float(self.over(name, **labels)[self.path.data.get_index("year").get_loc(self.year)])

    def over(self, name: str, **labels: Iterable[str]) -> Array:
        """The same in all years of the path (year)."""
        chosen = {dim: list(wanted) for dim, wanted in labels.items()}
        return summed(self.path, name, {"region": self.members, **chosen})

    def mean(self, name: str, weight: str) -> float:
        """Mean of a variable over the region, weighted with another."""
        one, other = self._array(name), self._array(weight)
        return float((one * other).sum()) / self.of(weight)

    def at(self, year: int) -> Place:
        """The same in another year."""
        return replace(self, year=year)

    def _array(self, name: str) -> xr.DataArray:
        found = self.path.data[name].sel(year=self.year)
        return found.sel(region=self.members) if "region" in found.dims else found
