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
from typing import TYPE_CHECKING, Any

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
    reports = path.data.data_vars.items()
    names = [str(name) for name, variable in reports if variable.attrs["total"] != "none"]
    tables = {
        name: (("region", "year"), totalled(path, name), path.data[name].attrs) for name in names
    }
    return xr.Dataset(tables, coords=_coordinates(path))


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
    return xr.DataArray(
        totalled(path, name, members),
        coords=_coordinates(path),
        dims=("region", "year"),
        attrs=path.data[name].attrs,
    )


def totalled(path: Pathway, name: str, members: Members | None = None) -> Array:
    """The values of ``with_totals``, in the order of ``display_order`` (region, year)."""
    data, members = path.data.variables, members or {}
    rule = data[name].attrs["total"]
    others = [str(dim) for dim in data[name].dims if dim not in ("region", "year")]
    kept = ("region", *others, "year")
    values = _values(path.data, name, members, kept)
    weights = _values(path.data, data[name].attrs["by"], members, kept) if rule == "mean" else None
    table = np.stack(
        [
            values[of[0]] if len(of) == 1 and not others else _together(values, weights, of)
            for of in _rows(path)
        ]
    )
    if rule == "groups":
        table[-1] = np.nan  # that of the nation
    return table


def summed(path: Pathway, name: str, members: Members) -> Array:
    """A report summed over all but years (year).

    Arguments:
        path: a solved path.
        name: name of the report.
        members: labels that are added up, by dimension, as far as the path has them; all of the
            dimensions that are not named. What is not by region holds in all of them.

    Raises:
        KeyError: it has no such dimension.
    """
    strange = [dim for dim in members if dim not in ("region", *path.data.variables[name].dims)]
    if strange:
        raise KeyError(f"report {name!r} is not by {strange[0]!r}; leave its labels out")
    known = {
        dim: [label for label in labels if label in path.data.get_index(dim)]
        for dim, labels in members.items()
    }
    return _values(path.data, name, known, ("year",))


def _values(data: xr.Dataset, name: str, members: Members, kept: Sequence[str]) -> Array:
    """Values that have these labels, summed over all dimensions but those that are kept."""
    part = data.variables[name]
    part = part.isel(
        {
            dim: [data.get_index(dim).get_loc(label) for label in labels]
            for dim, labels in members.items()
            if dim in part.dims
        }
    )
    left = [dim for dim in part.dims if dim not in kept]
    values: Array = (part.sum(left, skipna=False) if left else part).transpose(*kept).to_numpy()
    return values


def _rows(path: Pathway) -> list[list[int]]:
    """Places of the regions that each region or total consists of, as tables show them."""
    regions = [str(region) for region in path.data["region"].to_numpy()]
    groups = totals(path.geography, regions)
    shown = display_order(path.geography, regions)
    return [[regions.index(region) for region in groups.get(area, [area])] for area in shown]


def _coordinates(path: Pathway) -> dict[str, Any]:
    """Labels of regions and totals, and years."""
    data = path.data
    regions = [str(region) for region in data["region"].to_numpy()]
    return {"region": display_order(path.geography, regions), "year": data["year"].to_numpy()}


def by_label(path: Pathway, name: str) -> xr.DataArray:
    """A report with all its dimensions, and totals after the regions they consist of.

    Arguments:
        path: a solved path.
        name: name of the report; it has no totals unless regions add up.
    """
    variable: xr.DataArray = path.data[name]
    if variable.attrs["total"] != "sum" or "region" not in variable.dims:
        return variable
    order = ["region", *(dim for dim in variable.dims if dim != "region")]
    values = variable.transpose(*order).to_numpy()
    table = np.stack([values[of].sum(axis=0) for of in _rows(path)])
    coords = {**variable.coords, "region": _coordinates(path)["region"]}
    whole = xr.DataArray(table, coords, order, name, variable.attrs)
    return whole.transpose(*variable.dims)


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
