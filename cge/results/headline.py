r"""Headline variables of a path, by region and in total.

They are the reports that say what regions together have: a sum (a region's sectors, fuels or
technologies are added up too), a weighted mean, or a sum that makes sense for named groups only.
Emissions are gross where they arise and net after removal,

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

Members = Mapping[str, Sequence[str]]
"""Labels by dimension."""


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
        str(name): _with_totals(data, str(name), groups, {})
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


def with_totals(path: Pathway, name: str, members: Members | None = None) -> xr.DataArray:
    """A report by region, with totals after the regions they consist of.

    Arguments:
        path: a solved path.
        name: name of the report.
        members: labels that are added up, by dimension; all of them by default.

    Returns:
        Values (region, year), with the attributes of the report.
    """
    regions = [str(region) for region in path.data["region"].to_numpy()]
    groups = totals(path.geography, regions)
    found = _with_totals(path.data, name, groups, members or {})
    return found.sel(region=display_order(path.geography, regions))


def by_label(path: Pathway, name: str) -> xr.DataArray:
    """A report with all its dimensions, and totals after the regions they consist of.

    Arguments:
        path: a solved path.
        name: name of the report; it has no totals unless regions add up.
    """
    variable: xr.DataArray = path.data[name]
    if variable.attrs["total"] != "sum" or "region" not in variable.dims:
        return variable
    regions = [str(region) for region in variable["region"].to_numpy()]
    parts = [
        variable.sel(region=members).sum("region", skipna=False).expand_dims(region=[total])
        for total, members in totals(path.geography, regions).items()
    ]
    whole = xr.concat([variable, *parts], "region", coords="minimal", compat="override")
    shown = whole.sel(region=display_order(path.geography, regions))
    return shown.transpose(*variable.dims).assign_attrs(variable.attrs)


def _with_totals(
    data: xr.Dataset, name: str, groups: Mapping[str, Sequence[str]], members: Members
) -> xr.DataArray:
    """A variable by region with its totals after them (region, year)."""
    variable = _selected(data[name], members)
    rule = variable.attrs["total"]
    dims = ["region", *(dim for dim in variable.dims if dim not in ("region", "year")), "year"]
    values = variable.transpose(*dims).to_numpy()
    if rule == "mean":
        weight = _selected(data[variable.attrs["by"]], members)
        weight = weight.sum(set(weight.dims) - set(dims), skipna=False)
        weights = weight.transpose(*dims).to_numpy()
    else:
        weights = None
    regions = [str(region) for region in data["region"].to_numpy()]
    rows = [[regions.index(region) for region in part] for part in groups.values()]
    parts = [_together(values, weights, of) for of in rows]
    if rule == "groups":
        parts[-1] = parts[-1] * np.nan
    own = [_together(values, weights, [k]) for k in range(len(regions))]
    whole = values if values.ndim == 2 else np.stack(own)
    coords = {"region": [*regions, *groups], "year": data["year"].to_numpy()}
    table = np.vstack([whole, *parts])
    return xr.DataArray(table, coords=coords, dims=("region", "year"), attrs=variable.attrs)


def _selected(variable: xr.DataArray, members: Members) -> xr.DataArray:
    """The part of a variable that has these labels."""
    return variable.sel({dim: list(members[dim]) for dim in members if dim in variable.dims})


def _together(values: Array, weights: Array | None, of: Sequence[int]) -> Array:
    """Sum over regions and all but years, or mean where there are weights (year)."""
    part = values[list(of)]
    if weights is None:
        total: Array = part.sum(axis=tuple(range(part.ndim - 1)))
        return total
    return _mean(part, weights[list(of)])


def _mean(part: Array, weight: Array) -> Array:
    """Weighted mean over all but years, where weights that are missing or zero count for nothing
    (year).
    """
    over = tuple(range(part.ndim - 1))
    total: Array = np.where(weight == 0.0, 0.0, part * weight).sum(axis=over)
    mean: Array = total / np.maximum(np.nansum(weight, axis=over), 1e-300)
    return mean
