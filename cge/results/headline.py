r"""Headline variables of a path, by region and in total.

They are the reports that say what regions together have: a sum (a region's sectors, fuels or
technologies are added up too), a mean, or a sum that makes sense for named groups only. Emissions
are gross where they arise and net after removal,

.. math:: E^{net}_r = E^{energy}_r + E^{process}_r - R_r ,

where energy covers industry, power and households. Indirect emissions, of electricity that a
region draws from outside its group, arise elsewhere and are never part of these; within the nation
they arise in it, so the nation has none.

Of two measures of welfare, ``welfare_with_saving`` is the headline that tables show: that of
consumption and of what capital formation has become more or less. ``equivalent_variation`` is of
consumption alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xarray as xr

from sam import Geography

if TYPE_CHECKING:
    from cge.path import Pathway

Array = npt.NDArray[np.float64]


def headline(path: Pathway) -> xr.Dataset:
    """Headline variables by year and region, totals after the regions they consist of.

    Arguments:
        path: a solved path.

    Returns:
        Variables (region, year) under the names of their reports, with their units; a region's
        entry is missing where its report says nothing, a total's where one of its parts is missing.
    """
    data, places = path.data, path.geography
    regions = [str(region) for region in data["region"].to_numpy()]
    groups = totals(places, regions)
    tables = {
        str(name): _with_totals(data, str(name), groups, places.nation)
        for name, variable in data.data_vars.items()
        if variable.attrs["total"] != "none"
    }
    return xr.Dataset(tables).sel(region=display_order(places, regions))


def totals(places: Geography, regions: Sequence[str]) -> dict[str, list[str]]:
    """Totals that can be formed, and the regions they consist of; the nation last."""
    groups = {
        name: list(members)
        for name, members in places.groups.items()
        if set(members) <= set(regions)
    }
    return {**groups, places.nation: list(regions)}


def title(places: Geography, region: str) -> str:
    """A region or a total for people: the full name, with the code where there is one."""
    return places.title(region) if region in places.names else region


def display_order(places: Geography, regions: Sequence[str]) -> list[str]:
    """Regions and totals as tables show them: each group after its members, the nation last."""
    groups = totals(places, regions)
    shown: list[str] = []
    for name, members in groups.items():
        shown += [region for region in members if region not in shown]
        shown.append(name)
    return shown


def _with_totals(
    data: xr.Dataset, name: str, groups: Mapping[str, Sequence[str]], nation: str
) -> xr.DataArray:
    """A variable by region with its totals after them (region, year)."""
    variable = data[name]
    part = _over_regions(variable)
    rule = variable.attrs["total"]
    regions = [str(region) for region in data["region"].to_numpy()]
    rows = [[regions.index(region) for region in members] for members in groups.values()]
    if rule == "mean":
        weight = _over_regions(data[variable.attrs["by"]])
        totals = [_mean(part[of], weight[of]) for of in rows]
    else:
        totals = [part[of].sum(axis=0) for of in rows]
    if rule == "groups":
        totals[-1] = totals[-1] * np.nan
    values = np.vstack([part, *totals])
    coords = {"region": [*regions, *groups], "year": data["year"].to_numpy()}
    return xr.DataArray(values, coords=coords, dims=("region", "year"), attrs=variable.attrs)


def _over_regions(part: xr.DataArray) -> Array:
    """Sum over all but regions and years (region, year)."""
    others = tuple(k for k, dim in enumerate(part.dims) if dim not in ("region", "year"))
    whole = part.to_numpy().sum(axis=others)
    kept = [dim for dim in part.dims if dim in ("region", "year")]
    found: Array = whole if kept == ["region", "year"] else whole.T
    return found


def _mean(part: Array, weight: Array) -> Array:
    """Weighted mean over regions, where weights that are missing count for nothing (year)."""
    total: Array = (part * weight).sum(axis=0)
    mean: Array = total / np.maximum(np.nansum(weight, axis=0), 1e-300)
    return mean
